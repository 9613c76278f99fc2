"""Regular days for consultations as pages: the rules, one with its days, what is put on each."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.consultations import queries, regular
from casework.consultations import venues as rooms
from casework.consultations.queries import Filter
from casework.consultations.tables import RegularDay, RegularDays, Venue
from casework.core.errors import Refused
from casework.core.ids import parse_id
from casework.registry.calendar import load_calendar
from web import errors, identity, unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import link_parts, once
from web.pages.consultations import consultation_parts as parts
from web.pages.link_parts import Form
from web.views import consultation_words, counting, wording
from workflows.consultations import regular_days
from workflows.consultations.consulting import RUN

blueprint = Blueprint("consultation_days", __name__)

_WAITING = ("approved", "postponed")
_TONES = {regular.KEPT: "green", regular.SKIPPED: "amber", regular.TAKEN: "red", regular.RELEASED: "outline"}


@blueprint.get("/consultation-days")
@needs(RUN, anywhere=True)
def show_list() -> Response:
    """List the regular days with the next of each."""
    session, today = unit.session(), unit.today()
    nearest: dict[Any, RegularDay] = {}
    for day, row, _venue in regular.to_come(session, today=today):
        nearest.setdefault(row.id, day)
    page = render_template(
        "consultations/days.html",
        frame=counting.framed(parts.ROOM),
        title=words("meetings.tab.days"),
        tabs=parts.tabs("days"),
        rows=[
            {
                "name": row.name,
                "rule": _rule(row),
                "venue": venue.name,
                "next": _long(nearest[row.id].on_date) if row.id in nearest else words("meetings.days.none"),
                "url": url_for("consultation_days.show", rule=row.id),
            }
            for row, venue in regular.every(session)
        ],
        new_url=url_for("consultation_days.ask_new"),
    )
    return make_response(page)


@blueprint.get("/consultation-days/new")
@needs(RUN, anywhere=True)
def ask_new() -> Response:
    """Show the form of a regular day."""
    return _form()


@blueprint.post("/consultation-days/new")
@needs(RUN, anywhere=True)
@once.sent_once
def enter() -> Response:
    """Enter a regular day and keep its days."""

    def write() -> Response:
        raw = link_parts.sent(*regular.FIELDS)
        row = regular_days.enter(unit.session(), raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("meetings.days.entered", url_for("consultation_days.show", rule=row.id))

    return link_parts.try_it(write, _form)


def _form(**why: Any) -> Response:
    def typed(name: str, usual: Any = "") -> Any:
        return request.form.get(name, usual)

    halls = [(each.code, f"{each.name} ({each.capacity})") for each in rooms.every(unit.session())]
    weeks = [(str(n), words(f"meetings.days.week.{n}")) for n in range(1, regular.LAST + 1)]
    weekdays = [(str(n), words(f"meetings.weekday.{n}")) for n in range(1, 8)]
    year = unit.today().replace(month=12, day=31)
    fields = [
        field("name", "meetings.days.name", value=typed("name"), wide=True, max=regular.NAME_LENGTH),
        field("week", "meetings.days.week", kind="select", options=weeks, value=typed("week", "2")),
        field("weekday", "meetings.days.weekday", kind="select", options=weekdays, value=typed("weekday", "4")),
        field("opens", "meetings.days.opens", value=typed("opens", "09:00"), hint="meetings.hint.clock"),
        field("closes", "meetings.days.closes", value=typed("closes", "11:30"), hint="meetings.hint.clock"),
        field("venue", "meetings.field.venue", kind="select", options=halls, value=typed("venue")),
        field("first_on", "meetings.days.first_on", kind="date", value=typed("first_on", unit.today().isoformat())),
        field("last_on", "meetings.days.last_on", kind="date", value=typed("last_on", year.isoformat())),
    ]
    back = (words("meetings.tab.days"), url_for("consultation_days.show_list"))
    url = url_for("consultation_days.enter")
    form = Form(words("meetings.days.new"), url, back, fields, words("meetings.days.enter"), room=parts.ROOM)
    return link_parts.form_page(form, **why)


# ------------------------------------------------------------------ one rule
@blueprint.get("/consultation-days/<rule>")
@needs(RUN, anywhere=True)
def show(rule: str) -> Response:
    """Show the days of a rule, each with the topics put on it."""
    return _page(regular.take(unit.session(), parse_id(rule)))


def _page(rule: tuple[RegularDays, Venue], *, said: str | None = None, status: int = 200) -> Response:
    session = unit.session()
    row, venue = rule
    days = regular.days_of(session, row)
    topics = regular.topics_of(session, days)
    waiting = queries.page(session, identity.actor(), Filter(states=_WAITING), limit=100)
    page = render_template(
        "consultations/day.html",
        frame=counting.framed(parts.ROOM),
        back={"text": words("meetings.tab.days"), "url": url_for("consultation_days.show_list")},
        title=row.name,
        rule=_rule(row),
        venue=venue.name,
        said=said,
        waiting=[(each.number, parts.seen(each, each.title)) for each in waiting if each.day_id is None],
        days=[_day(row, each, topics.get(each.id, ())) for each in days],
    )
    return make_response(page, status)


def _day(row: RegularDays, each: RegularDay, topics: Any) -> dict[str, Any]:
    calendar, today = load_calendar(unit.session()), unit.today()
    rest = calendar.rest_around(each.due_on)
    why = wording.joined(list(rest.names)) if rest is not None else ""
    ahead = (each.on_date or each.due_on) > today
    # A holiday is passed over; the next working day is offered, and where the hall is taken the next after that.
    offered = (
        calendar.workday_from(each.due_on) if each.status == regular.SKIPPED else calendar.next_workday(each.due_on)
    )
    return {
        "day": _long(each.on_date or each.due_on),
        "moved": words("meetings.days.instead", day=_long(each.due_on))
        if each.on_date not in (None, each.due_on)
        else "",
        "tone": _TONES[each.status],
        "status": words(f"meetings.days.status.{each.status}"),
        "why": why if each.status == regular.SKIPPED else "",
        "url": url_for("consultation_days.change", rule=row.id, day_id=each.id),
        "offer": {"value": offered.isoformat(), "label": words("meetings.days.offer", day=_long(offered))}
        if each.status != regular.KEPT and ahead and offered > today
        else None,
        "give_up": each.status == regular.KEPT and ahead and not topics,
        "takes": each.status == regular.KEPT and ahead,
        "topics": [
            {
                "text": parts.seen(topic, topic.title),
                "url": parts.url_of(topic),
                "state": parts.tone_and_label(topic)[1],
                "when": consultation_words.when(topic) if topic.state not in _WAITING else "",
                "number": topic.number,
                "schedule_url": url_for("consultations.ask_move", meeting=topic.number, trigger="schedule")
                if topic.state in _WAITING
                else None,
            }
            for topic in topics
        ],
    }


@blueprint.post("/consultation-days/<rule>/days/<day_id>")
@needs(RUN, anywhere=True)
def change(rule: str, day_id: str) -> Response:
    """Keep a day (on another date), give it up, or put a topic on it or take it off."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    found = regular.take(session, parse_id(rule), lock=True)
    day = regular.take_day(session, parse_id(day_id))
    try:
        if "topic" in request.form or "off" in request.form:
            _put(day)
        elif "on" in request.form:
            raw = {"on": request.form["on"]}
            if regular_days.keep_day(session, found, day, raw, actor=actor, at=at):
                return link_parts.done("meetings.days.taken", url_for("consultation_days.show", rule=rule))
        else:
            regular_days.give_up_day(session, found, day, actor=actor, at=at)
    except Refused as refused:
        return _page(found, said=errors.sentences(refused.refusals), status=409)
    return link_parts.done("meetings.days.changed", url_for("consultation_days.show", rule=rule))


def _put(day: RegularDay) -> None:
    session, actor = unit.session(), identity.actor()
    off = request.form.get("off", "")
    row = queries.take(session, actor, off or request.form.get("topic", ""), lock=True)
    subject = queries.subject_of(session, row)
    regular_days.put_on(session, row, None if off else day, subject=subject, actor=actor, at=unit.at())


def _rule(row: RegularDays) -> str:
    return words(
        "meetings.days.rule",
        week=words(f"meetings.days.week.{row.week}"),
        weekday=words(f"meetings.weekday.{row.weekday}"),
        opens=row.opens,
        closes=row.closes,
    )


def _long(day: Any) -> str:
    return wording.long_day(day)
