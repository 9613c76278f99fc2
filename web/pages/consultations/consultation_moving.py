"""What the form of a date begins with: the date that stands, on another day where the meeting was dragged there; what a
poll asked about; or who was invited to a date that fell. Nobody types a list of people twice."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import request

from casework.consultations import meetings, polls, queries, regular, venues
from casework.consultations.codes import DATED, FALLEN
from casework.consultations.tables import Consultation, DatePoll
from casework.core.errors import Invalid
from casework.core.texts import parse_date
from casework.permissions import permits
from casework.registry.calendar import load_calendar
from web import identity, unit
from web.locales import local

RUN = "consultation.run"
# The fields of a form that names nothing but the new day and, on a week's view, the new hour.
DAY, AT = "day", "at"
# The field of a form that names nothing but one of the dates of a poll, by its number from 0.
OPTION = "option"
_VILLAGERS = {"stakeholder": "stakeholders"}


def standing(row: Consultation) -> Mapping[str, Any]:
    """Return a date that stands by the names of the form's fields; nothing where there is none."""
    if row.state not in DATED or row.starts_at is None or row.ends_at is None:
        return {}
    return {
        **_last(row),
        "starts_at": f"{local(row.starts_at):%Y-%m-%dT%H:%M}",
        "ends_at": f"{local(row.ends_at):%Y-%m-%dT%H:%M}",
        "override_reason": row.override_reason,
    }


def _last(row: Consultation) -> dict[str, Any]:
    """Return who was invited to the date that was set last, who convened it and where."""
    venue = venues.by_id(unit.session(), [row.venue_id] if row.venue_id else []).get(row.venue_id or row.id)
    people = (
        (str(each.person_id or ""), each.name, each.part, each.required)
        for each in meetings.standing(unit.session(), row)
    )
    return {
        **_people(people),
        "venue": "" if venue is None else venue.code,
        "convenor": str(row.convenor_id or ""),
    }


def _people(found: Iterable[tuple[str, str, str, bool]]) -> dict[str, Any]:
    """Return people (id or nothing, name, part, required) by the names of the form's fields."""
    made: dict[str, list[str]] = {"required": [], "invited": [], "stakeholders": [], "others": []}
    for person, name, part, required in found:
        if person:
            made["required" if required else "invited"].append(person)
        else:
            made[_VILLAGERS.get(part, "others")].append(name)
    return {**made, "stakeholders": "\n".join(made["stakeholders"]), "others": "\n".join(made["others"])}


def _asked_before(row: Consultation) -> Mapping[str, Any]:
    """Return who was to come to a date that fell, or was asked by a poll since, and where."""
    poll = polls.newest(unit.session(), row)
    if poll is not None and (row.state not in FALLEN or poll.created_at >= row.state_since):
        return _of_poll(poll)
    return _last(row) if row.state in FALLEN else {}


def _of_poll(poll: DatePoll) -> Mapping[str, Any]:
    asked = poll.asked
    people = (
        (str(each.get("person") or ""), str(each.get("name") or ""), str(each.get("part")), bool(each.get("required")))
        for each in asked["participants"]
        if str(each.get("person") or "") != str(asked["convenor"])
    )
    return {**_people(people), "venue": asked["venue"], "convenor": str(asked["convenor"])}


def _of_option(row: Consultation) -> Mapping[str, Any]:
    """Return what a date of the poll is with everybody it asked; nothing where the form names none."""
    poll, n = polls.newest(unit.session(), row), request.form.get(OPTION, "")
    if poll is None or not n.isdecimal() or int(n[:3]) >= len(poll.options):
        return {}
    since, until = (local(datetime.fromisoformat(poll.options[int(n)][name])) for name in ("starts_at", "ends_at"))
    return {**_of_poll(poll), "starts_at": f"{since:%Y-%m-%dT%H:%M}", "ends_at": f"{until:%Y-%m-%dT%H:%M}"}


def begun(row: Consultation) -> Mapping[str, Any]:
    """Return what the form of a date begins with, by the names of its fields; nothing where a whole form was sent."""
    if request.method == "GET":
        return standing(row) or {**_asked_before(row), **_of_regular_day(row)}
    if OPTION in request.form:
        return _of_option(row)
    day = dragged()
    return {} if day is None else typed_of(row, day)


def _of_regular_day(row: Consultation) -> Mapping[str, Any]:
    """Return where and when the regular day is on which a topic is put; two hours of it at most."""
    if row.day_id is None:
        return {}
    day = regular.take_day(unit.session(), row.day_id)
    if day.on_date is None:
        return {}
    rule, venue = regular.take(unit.session(), day.regular_id)
    opens, closes = regular.span(rule, day.on_date, calendar=load_calendar(unit.session()))
    closes = min(closes, opens + timedelta(hours=2))
    return {"starts_at": f"{opens:%Y-%m-%dT%H:%M}", "ends_at": f"{closes:%Y-%m-%dT%H:%M}", "venue": venue.code}


def dragged() -> date | None:
    """Return the day onto which a meeting was dragged; None where a whole form was sent."""
    try:
        return parse_date(request.form[DAY], field=DAY) if DAY in request.form else None
    except Invalid:
        return None


def dragged_at() -> time | None:
    """Return the hour onto which a meeting was dragged; None where it keeps its own."""
    try:
        return time.fromisoformat(request.form.get(AT, "")[:5])
    except ValueError:
        return None


def to_day(row: Consultation, day: date) -> dict[str, Any]:
    """Return the same times on another day, or from another hour on, as the engine takes them; all else stays."""
    if row.starts_at is None or row.ends_at is None:
        return {}
    starts, zone = local(row.starts_at), unit.office().settings.zone
    moved = datetime.combine(day, dragged_at() or starts.time(), tzinfo=zone)
    ends = moved + (row.ends_at - row.starts_at)
    told = {"starts_at": moved.isoformat(), "ends_at": ends.isoformat()}
    return told | ({"override_reason": row.override_reason} if row.override_reason else {})


def typed_of(row: Consultation, day: date) -> Mapping[str, Any]:
    """Return the form of a date as it would be on another day."""
    kept = standing(row)
    if not kept:
        return {}
    span = datetime.fromisoformat(kept["ends_at"]) - datetime.fromisoformat(kept["starts_at"])
    starts = datetime.combine(day, dragged_at() or datetime.fromisoformat(kept["starts_at"]).time())
    return {**kept, "starts_at": f"{starts:%Y-%m-%dT%H:%M}", "ends_at": f"{starts + span:%Y-%m-%dT%H:%M}"}


def may_drag(row: Consultation) -> bool:
    """Say whether the caller may drag a meeting in the calendar: one still to come, as the office."""
    starts = row.starts_at
    if row.state not in DATED or starts is None or starts <= unit.at():
        return False
    return permits(identity.actor(), RUN, queries.place_of(row.region_code))
