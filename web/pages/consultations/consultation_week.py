"""The week beside the form of a date: what takes the venue and who has to come, what is free, the meeting itself.

Whoever may not know of a meeting sees that somebody is taken, and not by what: the rule of the clash check.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from flask import request, url_for

from casework.consultations import bookings, queries, weeks
from casework.consultations.bookings import VENUE
from casework.consultations.slots import NOON, NOON_MINUTES
from casework.consultations.weeks import Rows, Span, Taken
from casework.core.calendars import WorkCalendar
from casework.core.errors import Invalid
from casework.core.texts import parse_date
from casework.permissions import permits
from casework.registry.calendar import load_calendar
from web import identity, unit
from web.locales import local, words
from web.pages.consultations import consultation_slots
from web.pages.consultations.consultation_slots import Offer, Sought
from web.views import consultation_words, wording

# The field of the button that turns to another week.
WEEK = "week"
# Nobody plans a village meeting further from today than this; beyond there are no weeks to turn to.
_FURTHEST = timedelta(days=731)
_HALF_HOUR, _DAY, _HOUR = timedelta(minutes=30), timedelta(days=1), 60
_WEEKEND = 5

Part = tuple[int, int]


def asked_week(seen: Sought, offered: Sequence[Mapping[str, Any]]) -> date:
    """Return the first day of the week to show: the one asked for, of the date typed, else of the first free time."""
    today = unit.today()
    day = seen.first
    if offered:
        day = date.fromisoformat(str(offered[0]["value"])[:10])
    if seen.planned is not None:
        day = seen.planned[0].date()
    try:
        day = parse_date(request.values[WEEK], field=WEEK) if request.values.get(WEEK) else day
    except Invalid:
        day = today
    return weeks.monday(min(max(day, today - _FURTHEST), today + _FURTHEST))


def clashes(seen: Sought, taken: Sequence[Taken], monday: date) -> Sequence[Taken]:
    """Return what the date typed would clash with; asked for on its own where it lies in another week."""
    if seen.planned is None:
        return ()
    since, until = weeks.span_of(monday, calendar=load_calendar(unit.session()))
    if since <= seen.planned[0] and seen.planned[1] <= until:
        return [each for each in taken if weeks.overlap(each.span, seen.planned)]
    return weeks.taken(unit.session(), seen.rooms, seen.must, seen.planned, but_for=bookings.own(seen.row))


def taken_in(seen: Sought, monday: date) -> Sequence[Taken]:
    """Return the other meetings of a week that take the venue or somebody who has to come."""
    span = weeks.span_of(monday, calendar=load_calendar(unit.session()))
    return weeks.taken(unit.session(), seen.rooms, seen.must, span, but_for=bookings.own(seen.row))


def clash_lines(seen: Sought, found: Sequence[Taken]) -> list[dict[str, str]]:
    """Return clashes as they stand in words beside the form: venue, convenor, then participants."""
    order = (VENUE, bookings.CONVENOR, bookings.PARTICIPANT)
    each_one = [(what, of, each) for each in found for of, what in each.takes.items()]
    return [
        {
            "what": words(f"meetings.clash.{what}"),
            "name": seen.room.name if what == VENUE and seen.room is not None else seen.names.get(of, ""),
            "when": consultation_words.span(*each.span),
            **_named(each),
        }
        for what, of, each in sorted(each_one, key=lambda one: order.index(one[0]))
    ]


def _named(each: Taken) -> dict[str, str]:
    """Return what a meeting is called and where it stands; to whoever may not know of it, that there is one."""
    clash = each.clash
    sees = permits(identity.actor(), "consultation.read", queries.place_of(clash.region_code))
    return {
        "title": clash.title if sees and clash.title else words("meetings.clash.other"),
        "url": url_for("consultations.show", meeting=clash.number) if sees and clash.number else "",
    }


def people(seen: Sought, clashing: Sequence[Taken]) -> dict[str, Any]:
    """Return who is asked to come, by name, with whoever has to come and cannot at the time typed."""
    cannot = {of for each in clashing for of in each.takes}
    rows = [
        {
            "name": seen.names.get(of, ""),
            "part": words("meetings.part.convenor") if what == bookings.CONVENOR else "",
            "must": True,
            "clashes": of in cannot,
        }
        for of, what in sorted(seen.must.items(), key=lambda each: each[1] != bookings.CONVENOR)
    ]
    rows += [{"name": seen.names.get(of, ""), "part": "", "must": False, "clashes": False} for of in seen.may]
    named = seen.stakeholders + seen.others
    return {
        "rows": rows,
        "named": words("meetings.week.named", n=named) if named else "",
        "n": len(rows) + named,
        "must": len(seen.must),
        "unusual": consultation_slots.unusual(seen),
    }


# ------------------------------------------------------------------ the grid
def drawn(seen: Sought, monday: date, taken: Sequence[Taken], clashing: Sequence[Taken]) -> dict[str, Any]:
    """Return a week for the template: its days with what stands in each, by the rows of quarters of an hour."""
    calendar = load_calendar(unit.session())
    days = [monday + n * _DAY for n in range(weeks.DAYS)]
    first, last = max(monday, seen.first), days[-1]
    offers = consultation_slots.offers(seen, first, last) if first <= last else []
    shown = [_parts(seen, day, taken, offers, calendar) for day in days]
    rows = weeks.rows_of([part for busy, free, own in shown for part, _ in (*busy, *free, *own)], calendar=calendar)
    span = words("meetings.between", first=wording.long_day(days[0]), last=wording.long_day(last))
    free = sum(len(each[1]) for each in shown)
    return {
        "span": span,
        # What a reader of the screen hears when the week has come anew.
        "told": words("meetings.week.told", span=span, free=free, clashes=sum(len(each.takes) for each in clashing)),
        "before": (monday - weeks.DAYS * _DAY).isoformat(),
        "after": (monday + weeks.DAYS * _DAY).isoformat(),
        "today": None if monday == weeks.monday(unit.today()) else unit.today().isoformat(),
        "opens": rows.opens,
        "hours": _hours(rows),
        "noon": _noon(rows),
        "days": [
            {**_head(seen, day, calendar), "items": _items(seen, parts, rows, clashing)}
            for day, parts in zip(days, shown, strict=True)
        ],
        "moves": _moves(seen, calendar) if any(own for *_, own in shown) else [],
        "unsure": words("meetings.week.unsure", years=list(years))
        if (years := calendar.unknown_years(monday, last))
        else "",
    }


_Parts = tuple[list[tuple[Part, Taken]], list[tuple[Part, Offer]], list[tuple[Part, Span]]]


def _parts(seen: Sought, day: date, taken: Sequence[Taken], offers: Sequence[Offer], calendar: WorkCalendar) -> _Parts:
    """Return what lies on a day, each with its part of it: what is taken, what is free, and the date typed."""

    def on(span: Span) -> Part | None:
        return weeks.within(span, day, calendar=calendar)

    own = [(part, span) for span in ([seen.planned] if seen.planned else []) if (part := on(span)) is not None]
    busy = [(part, each) for each in taken if (part := on(each.span)) is not None]
    free = [(part, each) for each in offers if (part := on((each.slot.starts_at, each.slot.ends_at))) is not None]
    # A free time under the date typed is no other choice, and of two that overlap the earlier is one.
    free = [each for each in free if not any(weeks.overlap(each[0], part) for part, _span in own)]
    later = {n for n, (one, other) in enumerate(pairwise(free), start=1) if weeks.overlap(one[0], other[0])}
    return sorted(busy, key=lambda each: each[0]), [each for n, each in enumerate(free) if n not in later], own


def _hours(rows: Rows) -> list[dict[str, Any]]:
    whole = range(-(-rows.opens // _HOUR) * _HOUR, rows.closes, _HOUR)
    begins, ends = NOON_MINUTES
    told = [minute for minute in whole if not (rows.folds and begins <= minute < ends)]
    return [{"label": f"{minute // _HOUR}:00", "at": rows.line(minute)} for minute in told]


def _noon(rows: Rows) -> dict[str, Any] | None:
    if not rows.folds:
        return None
    since, until = NOON
    text = words("meetings.week.noon", since=f"{since:%H:%M}", until=f"{until:%H:%M}")
    begins, ends = NOON_MINUTES
    return {"at": rows.line(begins), "rows": weeks.FOLDED, "after": ends, "text": text}


def _items(seen: Sought, parts: _Parts, rows: Rows, clashing: Sequence[Taken]) -> list[dict[str, Any]]:
    busy, free, own = parts
    items = [_busy(seen, [busy[n] for n in places], rows) for places in weeks.together([part for part, _ in busy])]
    items += [_free(seen, part, offer, rows) for part, offer in free]
    items += [_own(seen, part, rows, clashing) for part, _span in own]
    return sorted(items, key=lambda each: (each["at"], each["kind"]))


def _head(seen: Sought, day: date, calendar: WorkCalendar) -> dict[str, Any]:
    """Return what a day is: holidays and worked weekends by their words, today, too soon for the notices."""
    works, today = calendar.is_workday(day), unit.today()
    rest = None if works else calendar.rest_around(day)
    return {
        "day": day.isoformat(),
        "label": wording.long_day(day),
        "weekday": words(f"meetings.weekday.{day.isoweekday()}"),
        "n": day.day,
        "today": day == today,
        "past": day < today,
        "rest": not works,
        "makeup": works and day.weekday() >= _WEEKEND,
        "weekend": day.weekday() >= _WEEKEND,
        "why": wording.joined(list(rest.names)) if rest is not None else "",
        "late": works and today <= day < seen.first,
    }


def _item(kind: str, part: Part, rows: Rows, lines: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    since, until = part
    at, ends = rows.line(since), rows.line(until, up=True)
    time = f"{since // 60}:{since % 60:02}–{until // 60}:{until % 60:02}"
    return {"kind": kind, "at": at, "rows": max(1, ends - at), "time": time, "lines": lines, **more}


def _busy(seen: Sought, found: Sequence[tuple[Part, Taken]], rows: Rows) -> dict[str, Any]:
    """Return what overlaps as one block, each meeting in it in words and, where there are several, with its time."""
    whole = (min(part[0] for part, _ in found), max(part[1] for part, _ in found))
    by_room = any(VENUE in each.takes.values() for _part, each in found)
    lines = []
    for part, each in found:
        several = part != whole
        time = _item("", part, rows, [])["time"] if several else ""
        lines.append({"who": _who(seen, each), "time": time, **_named(each)})
    return _item("room" if by_room else "people", whole, rows, lines)


def _who(seen: Sought, each: Taken) -> str:
    """Say whose time a meeting takes: the venue, then people by name."""
    names = [seen.names.get(of, "") for of, what in each.takes.items() if what != VENUE]
    room = [seen.room.name] if seen.room is not None and VENUE in each.takes.values() else []
    return wording.joined([*room, *names])


def _free(seen: Sought, part: Part, offer: Offer, rows: Rows) -> dict[str, Any]:
    told = consultation_slots.told(seen, offer)
    lines = [{"who": text, "time": "", "title": "", "url": ""} for text in (told["free"], told["away"], told["venue"])]
    return _item("free", part, rows, [each for each in lines if each["who"]], value=told["value"])


def _own(seen: Sought, part: Part, rows: Rows, clashing: Sequence[Taken]) -> dict[str, Any]:
    lines = [{"who": _who(seen, each), "time": "", **_named(each)} for each in clashing]
    if not lines and seen.room is not None:
        lines = [{"who": seen.room.name, "time": "", "title": "", "url": ""}]
    count = sum(len(each.takes) for each in clashing)
    return _item("clashing" if clashing else "planned", part, rows, lines, count=count)


def _moves(seen: Sought, calendar: WorkCalendar) -> list[dict[str, str]]:
    """Return the ways to move the date typed by a working day or half an hour, each as a time that fills the form."""
    if seen.planned is None:
        return []
    since, until = (local(each) for each in seen.planned)
    made = []
    for code, days, step in (
        ("left", -1, timedelta()),
        ("right", 1, timedelta()),
        ("up", 0, -_HALF_HOUR),
        ("down", 0, _HALF_HOUR),
    ):
        shift = step + (calendar.add_workdays(since.date(), days) - since.date())
        if since + shift > unit.at():
            room = "" if seen.room is None else seen.room.code
            value = consultation_slots.value_of(since + shift, until + shift, room)
            made.append({"code": code, "text": words(f"meetings.week.move.{code}"), "value": value})
    return made
