"""Setting the date of a consultation: the form with clashes and free times beside it, and the calendar."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.consultations import bookings, distances, notice, queries, slots, venues
from casework.consultations.codes import KNOWN
from casework.consultations.tables import Consultation
from casework.core.errors import FieldError, Invalid
from casework.core.ids import parse_id
from casework.core.texts import parse_date
from casework.registry.calendar import load_calendar
from web import identity, unit
from web.access import needs
from web.api.consultations.consultations import READ
from web.forms import with_mistakes
from web.locales import local, locale, words
from web.pages import once
from web.pages.consultations import consultation_forms, consultation_moving
from web.pages.consultations import consultation_parts as parts
from web.views import addresses, chips, consultation_words, counting, wording

blueprint = Blueprint("consultation_dates", __name__)

_SLOTS_SHOWN, _DAYS_AHEAD, _LOOKED_AT, _NOON = 8, 45, 400, 12
_VIEWS = ("week", "month")
# The steps that set a date.
DATES = ("schedule", "reschedule")


def schedule_form(
    row: Consultation,
    title: str,
    url: str,
    clash: Mapping[str, Any],
    *,
    mistakes: Sequence[FieldError] = (),
    said: str | None = None,
    status: int = 200,
) -> Response:
    """Answer with the form of a date; a slot that was pressed fills it, and nothing is kept by that."""
    fields = consultation_forms.fields_of(row, DATES[0])
    taken = request.form.get("slot", "").split("|")
    if len(taken) == 3:
        chosen = dict(zip(("starts_at", "ends_at", "venue"), taken, strict=True))
        fields = [{**each, "value": chosen.get(each["name"], each["value"])} for each in fields]
    shown, summary = with_mistakes([*fields, once.field(once.new_number())], mistakes)
    page = render_template(
        "consultations/schedule.html",
        frame=counting.framed(parts.ROOM),
        title=title,
        crumb={"text": row.number, "url": parts.url_of(row)},
        said=said,
        form={"url": url, "fields": shown, "errors": summary, "submit": words("meetings.set_date")},
        clashes=[_clash(each) for each in clash.get("clashes", ())],
        ways=_ways(clash.get("alternatives", ())),
        slots=[] if mistakes and not taken else _slots(row),
        notice=notice_told(row, next((str(each["value"]) for each in fields if each["name"] == "starts_at"), "")),
    )
    return make_response(page, status)


def _clash(told: Mapping[str, Any]) -> dict[str, str]:
    when = consultation_words.span(datetime.fromisoformat(told["starts_at"]), datetime.fromisoformat(told["ends_at"]))
    return {
        "what": words(f"meetings.clash.{told['what']}"),
        "name": told["name"],
        "title": told["title"] or words("meetings.clash.other"),
        "when": when,
        "url": url_for("consultations.show", meeting=told["number"]) if told["number"] and told["title"] else "",
    }


def _ways(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the ways out of a clash, those that keep the time first."""
    made: dict[str, list[dict[str, str]]] = {}
    for each in found:
        since, until = (datetime.fromisoformat(each[name]) for name in ("starts_at", "ends_at"))
        value = "|".join((consultation_forms.wall_time(since), consultation_forms.wall_time(until), each["venue"]))
        when, venue = consultation_words.span(since, until), each["name"]
        km = words("meetings.alternative.km", km=each["km"]) if each["km"] > distances.NEAR_KM else ""
        line = {"when": when, "venue": _venue_told(venue, each["km"]), "value": value}
        if each["what"] == "venue":
            line |= {"when": venue, "venue": km}
        made.setdefault(each["what"], []).append(line)
    return [{"label": words(f"meetings.alternative.{what}"), "slots": lines} for what, lines in made.items()]


def notice_told(row: Consultation, starts_at: str) -> dict[str, Any]:
    """Return by when notices go out for a date that was typed, or the rule where none is; `tone`: amber when late."""
    calendar, today = load_calendar(unit.session()), unit.today()
    try:
        day = datetime.fromisoformat(starts_at).date()
        told = notice.period(row.kind, day, today=today, calendar=calendar)
    except (ValueError, Invalid):
        first = notice.earliest(row.kind, today=today, calendar=calendar)
        days, of_materials = notice.NOTICE_DAYS[row.kind], notice.MATERIAL_DAYS[row.kind]
        text = words("meetings.notice_days", n=days, m=of_materials, day=wording.long_day(first))
        return {"url": _notice_url(row), "text": text, "late": ""}
    late = words("warning.notice_short", ahead=told.ahead, days=told.working_days) if told.is_short else ""
    text = words("meetings.notice_told", words=told.explain(locale()))
    return {"url": _notice_url(row), "text": text, "late": late}


def _notice_url(row: Consultation) -> str:
    return url_for("consultation_dates.tell_notice", meeting=row.number)


@blueprint.get("/consultations/<meeting>/notice")
@needs(READ)
def tell_notice(meeting: str) -> Response:
    """Tell by when notices go out for the date that is being typed; a part of the form."""
    row = queries.take(unit.session(), identity.actor(), meeting)
    told = notice_told(row, request.args.get("starts_at", ""))
    return make_response(render_template("consultations/_notice.html", notice=told))


def _slots(row: Consultation) -> list[dict[str, str]]:
    """Return the first free times of who has to come, late enough for the notices: in the venue chosen, else near."""
    session, calendar = unit.session(), load_calendar(unit.session())
    first = notice.earliest(row.kind, today=unit.today(), calendar=calendar)
    now = consultation_moving.begun(row)
    convenor = now.get("convenor") or consultation_forms.one_typed("convenor") or str(identity.person_id())
    ids = [parse_id(each) for each in (*now.get("required", consultation_forms.people_typed("required")), convenor)]
    people: list[UUID] = [each for each in ids if each is not None]
    rooms = venues.every(session)
    chosen = [each for each in rooms if each.code == now.get("venue", consultation_forms.typed("venue"))]
    ways = distances.near(session, row.region_code, chosen or rooms, seats=0 if chosen else _seats(row, now))
    asked = slots.Asked(
        first,
        first + timedelta(days=_DAYS_AHEAD),
        _length(),
        people,
        [room for room, _km in ways.values()],
        now=unit.at(),
        but_for=bookings.own(row),
        spares_noon=True,
    )
    # One of each morning and afternoon, in the venue nearest to the village: eight of one day are no choice.
    found: dict[tuple[date, bool], tuple[int, slots.Slot]] = {}
    for each in slots.free(session, asked, calendar=calendar, limit=_LOOKED_AT):
        starts, km = local(each.starts_at), 0 if each.venue is None else ways[each.venue.id][1]
        half = (starts.date(), starts.hour < _NOON)
        if half not in found or km < found[half][0]:
            found[half] = (km, each)
    return [
        {
            "when": consultation_words.span(each.starts_at, each.ends_at),
            "venue": "" if each.venue is None else _venue_told(each.venue.name, km),
            "value": "|".join(
                (
                    consultation_forms.wall_time(each.starts_at),
                    consultation_forms.wall_time(each.ends_at),
                    "" if each.venue is None else each.venue.code,
                )
            ),
        }
        for km, each in list(found.values())[:_SLOTS_SHOWN]
    ]


def _seats(row: Consultation, now: Mapping[str, Any]) -> int:
    """Return how many are invited, as the form begins, as typed or as they are, and the convenor."""
    if "required" in now:
        named = sum(len(now[name].splitlines()) for name in ("stakeholders", "others"))
        return len(now["required"]) + len(now["invited"]) + named + 1
    if request.method == "POST":
        return len(consultation_forms.invited()) + 1
    return len(queries.participants_of(unit.session(), row))


def _venue_told(name: str, km: int) -> str:
    return wording.joined([name, words("meetings.alternative.km", km=km)]) if km > distances.NEAR_KM else name


def _length() -> timedelta:
    """Return how long the meeting typed would be, two hours where nothing says so."""
    try:
        since, until = (datetime.fromisoformat(consultation_forms.typed(name)) for name in ("starts_at", "ends_at"))
        length = until - since
    except (ValueError, TypeError):
        return consultation_forms.USUAL
    return length if timedelta(minutes=15) <= length <= timedelta(hours=8) else consultation_forms.USUAL


def led_to(row: Consultation) -> str:
    """Return where a step leads on to: back to the calendar in which the meeting was dragged, else to its page."""
    view = request.form.get("view", "")
    if view not in _VIEWS or row.meets_on is None:
        return parts.url_of(row)
    return url_for("consultation_dates.show_calendar", view=view, day=row.meets_on.isoformat())


# ------------------------------------------------------------------ the calendar
@blueprint.get("/consultations/calendar")
@needs(READ, anywhere=True)
def show_calendar() -> Response:
    """Show the meetings of a week or a month, day by day."""
    view = request.args.get("view", "week")
    view = view if view in _VIEWS else "week"
    try:
        day = parse_date(request.args["day"], field="day") if request.args.get("day") else unit.today()
    except Invalid:
        day = unit.today()
    first, last = _span(view, day)
    zone = unit.office().settings.zone
    since, until = (datetime.combine(each, time(), tzinfo=zone) for each in (first, last + timedelta(days=1)))
    rows = queries.dated(unit.session(), identity.actor(), since=since, until=until)
    rooms = venues.by_id(unit.session(), [row.venue_id for row in rows if row.venue_id is not None])
    days = [_day(first + timedelta(days=n), view, day, rows, rooms) for n in range((last - first).days + 1)]
    before, after = _beside(view, day)
    # The weeks of a month reach into the months beside it; what stands there is shown, and not counted.
    count = sum(len(each["meetings"]) for each in days if not each["outside"])
    ends = until if view == "week" else datetime.combine(after, time(), tzinfo=zone)
    page = render_template(
        "consultations/calendar.html",
        frame=counting.framed(parts.ROOM),
        title=words("meetings.tab.calendar"),
        tabs=parts.tabs("calendar"),
        views=[
            {"label": words(f"meetings.view.{each}"), "n": None, "url": _url(each, day), "current": each == view}
            for each in _VIEWS
        ],
        span=_named(view, day),
        before=_url(view, before),
        after=_url(view, after),
        today_url=_url(view, unit.today()),
        weeks=[days[n : n + 7] for n in range(0, len(days), 7)],
        weekdays=[words(f"meetings.weekday.{n}") for n in range(1, 8)],
        count=count,
        further=None if count else _further(view, ends),
        drag={"view": view, "form_id": once.new_number()} if any(map(consultation_moving.may_drag, rows)) else None,
    )
    return make_response(page)


def _day(each: date, view: str, asked: date, rows: Sequence[Consultation], rooms: Mapping[UUID, Any]) -> dict[str, Any]:
    on = [row for row in rows if row.starts_at is not None and local(row.starts_at).date() == each]
    return {
        "label": wording.long_day(each),
        "n": each.day,
        "today": each == unit.today(),
        "works": load_calendar(unit.session()).is_workday(each),
        "day": each.isoformat(),
        "outside": view == "month" and each.month != asked.month,
        "meetings": [_meeting(row, rooms) for row in on],
    }


def _further(view: str, since: datetime) -> dict[str, str] | None:
    """Return the way to the next meeting after days that have none, if any is set."""
    row = queries.nearest(unit.session(), identity.actor(), since=max(since, unit.at()))
    if row is None or row.starts_at is None:
        return None
    day = local(row.starts_at).date()
    return {"text": f"{wording.long_day(day)} {parts.seen(row, row.title)}", "url": _url(view, day)}


def _span(view: str, day: date) -> tuple[date, date]:
    if view == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    first, last = day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def _beside(view: str, day: date) -> tuple[date, date]:
    """Return a day of the week or month before and of the one after: months differ in length, and none is skipped."""
    if view == "week":
        return day - timedelta(days=7), day + timedelta(days=7)
    first, last = day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
    return first - timedelta(days=1), last + timedelta(days=1)


def _named(view: str, day: date) -> str:
    """Return what is looked at in words; the weeks of a month reach into the months beside it."""
    if view == "month":
        return words("meetings.month", year=day.year, month=day.month)
    first, last = _span(view, day)
    return words("meetings.between", first=wording.long_day(first), last=wording.long_day(last))


def _url(view: str, day: date) -> str:
    return addresses.query({"view": [view], "day": [day.isoformat()]})


def _meeting(row: Consultation, rooms: Mapping[UUID, Any]) -> dict[str, Any]:
    place = rooms.get(row.venue_id) if row.venue_id is not None else None
    starts, ends = row.starts_at, row.ends_at
    clock = "" if starts is None or ends is None else f"{local(starts):%H:%M}–{local(ends):%H:%M}"
    return {
        "url": parts.url_of(row),
        "title": parts.seen(row, row.title),
        "time": clock,
        "venue": row.place if place is None else place.name,
        "chip": chips.Chip(*parts.tone_and_label(row)),
        "move_url": url_for("consultations.move", meeting=row.number, trigger="reschedule")
        if consultation_moving.may_drag(row)
        else None,
        "at": "" if starts is None else f"{local(starts):%H:%M}",
        "says": words("meetings.drag.known" if row.state in KNOWN else "meetings.drag.quiet"),
    }
