"""The board of supervised matters: rows by unit or leader, what moved, what waits for the caller, what is proposed."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from flask import request, url_for

from casework.core.calendars import WorkCalendar
from casework.core.errors import Refusal
from casework.permissions import Subject, may_anywhere
from casework.supervisions import actions, board, queries
from casework.supervisions.board import Cell, Group
from casework.supervisions.queries import Filter
from casework.supervisions.tables import Supervision
from web import identity, unit
from web.api.answers import seen_by
from web.locales import locale, words
from web.views import addresses, chips, counting, reference, wording
from web.views import supervision_views as views
from workflows import engine
from workflows.engine import Moves
from workflows.registry import registry

_Made = TypeVar("_Made")
LIST = "list"
WAYS = ("unit", "leader", LIST)
# So many rows on a page of the board, so many cards in each cell; the rest are behind the doors that count them.
MOST_ROWS, MOST_CARDS, MOST_PAGES = 10, 3, 1000
DAYS_AHEAD = 7
MOST_PROPOSED = 4
# In these states a step of the line waits for somebody in particular; so many of them are looked at, so many shown.
_WAITS = frozenset({"initiated", "issued", "reported", "verified", "proposed"})
_MOST_ASKED, _MOST_MINE, _MOST_TOLD, _MOST_ENTRIES = 10, 5, 8, 60
# What moved a matter and is worth a line of "what moved since last week", with the tone of its word.
_MOVED: Mapping[str, str] = {
    "initiate": "blue",
    "issue": "blue",
    "escalate": "red",
    "ease": "teal",
    "report": "teal",
    "verify": "teal",
    "strike_off": "green",
    "keep_long_term": "outline",
    "recur": "red",
    "grant_extension": "amber",
    "list": "red",
    "supervise": "red",
}
# What nobody did that was to be done.
_LACKING = frozenset({"silent", "unled"})
_MINE = ("issue", "acknowledge", "verify", "propose_strike_off", "strike_off", "grant_extension", "accept_progress")


def months() -> list[dict[str, str]]:
    """Return the months whose notice can be written now: the last one and this one so far."""
    this = unit.today().replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    return [
        {
            "text": words("supervision.month", year=each.year, month=each.month),
            "url": url_for("supervision_papers.fetch_month", month=f"{each:%Y-%m}"),
        }
        for each in (last, this)
    ]


def tabs(way: str) -> list[dict[str, Any]]:
    labels = {"unit": "supervision.by_unit", "leader": "supervision.by_leader", "list": "supervision.as_list"}
    return [
        {
            "label": words(labels[each]),
            "n": None,
            "url": url_for("supervisions.show_board", by=each),
            "current": each == way,
        }
        for each in WAYS
    ]


def counted() -> Mapping[str, int]:
    """Count what is open and how it stands, all that the caller may know of."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    until = at + timedelta(days=DAYS_AHEAD)
    return _kept("sums", make=lambda: board.sums(session, actor, at=at, until=until, since=last_monday()))


def _kept(*what: Hashable, make: Callable[[], _Made]) -> _Made:
    """Return what is the same for a few seconds, as the numbers beside the rooms are."""
    actor = identity.actor()
    return counting.kept(("supervision", *what, actor.person_id, actor.grants, locale()), make)


def sums(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the sums above the board, each the door to what it counts."""
    asked = {
        "open": "open=true",
        "week": f"open=true&due_within={DAYS_AHEAD}",
        "silent": "open=true&progress_late=true",
        "strike_off": "state=proposed",
    }
    if counts["unled"]:
        asked["unled"] = f"open=true&level={actions.LISTED}&has_leader=false"
    return [
        {
            "label": words(f"supervision.sum.{name}"),
            "n": counts[name],
            "url": f"{views.URL}?by=list&{query}",
            "late": name in _LACKING and counts[name] > 0,
        }
        for name, query in asked.items()
    ]


def rows(wanted: Filter, calendar: WorkCalendar, way: str, nth: int) -> dict[str, Any]:
    """Return a page of the board: a row for each unit or leader, with the first cards under each level."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    if wanted == Filter():
        found = _kept("groups", way, make=lambda: board.groups(session, actor, wanted, by=way, at=at))
    else:
        found = board.groups(session, actor, wanted, by=way, at=at)
    first = (nth - 1) * MOST_ROWS
    here = found[first : first + MOST_ROWS]
    cells = [(group.key, level) for group in here for level in group.at_level]
    cards = board.firsts(session, actor, wanted, by=way, at=at, cells=cells, limit=MOST_CARDS)
    return {
        "groups": [_row(group, cards, calendar, way) for group in here],
        "pager_data": _pager(nth, len(here), len(found)) if len(found) > len(here) else None,
    }


def _row(group: Group, cards: Mapping[Cell, Sequence[Supervision]], calendar: WorkCalendar, way: str) -> dict[str, Any]:
    asked = _narrowed_to(group, way)
    made = []
    for level in actions.LEVELS:
        shown = cards.get((group.key, level), ())
        more = group.at_level.get(level, 0) - len(shown)
        made.append(
            {
                "cards": [views.card_of(row, calendar) for row in shown],
                "more": more,
                "url": _list_url({**asked, "shown_level": [str(level)]}) if more > 0 else None,
            }
        )
    return {
        "name": _name_of(group.key, way),
        "count": words("supervision.count", n=group.total),
        "late": group.late,
        "late_url": _list_url({**asked, "result_late": ["true"]}),
        "url": _list_url(asked),
        "cells": made,
    }


def _name_of(key: UUID | str | None, way: str) -> str:
    if isinstance(key, UUID):
        return reference.org_name(key) or "—"
    return key or words("supervision.no_leader" if way == "leader" else "supervision.no_unit")


def _narrowed_to(group: Group, way: str) -> dict[str, list[str]]:
    """Return the words of the list that holds a row of the board, with what the board itself is narrowed to."""
    asked = {name: [value] for name, value in request.args.items() if value and name not in ("by", "page")}
    if way == "leader":
        return asked | ({"has_leader": ["false"]} if group.key is None else {"leader": [str(group.key)]})
    org = reference.orgs().get(group.key) if isinstance(group.key, UUID) else None
    return asked | ({} if org is None else {"org": [org.code]})


def _list_url(asked: Mapping[str, Sequence[str]]) -> str:
    return views.URL + addresses.query({"by": [LIST], **asked, "open": ["true"]})


def _pager(nth: int, shown: int, total: int) -> dict[str, Any]:
    asked = dict(request.args.lists())
    first = (nth - 1) * MOST_ROWS
    return {
        "text": words("supervision.rows", first=first + 1 if shown else 0, last=first + shown, total=total),
        "prev_url": addresses.changed(asked, page=str(nth - 1) if nth > 2 else None) or "?" if nth > 1 else None,
        "next_url": addresses.changed(asked, page=str(nth + 1)) if first + shown < total else None,
    }


def last_monday() -> datetime:
    """Return the beginning of last week's Monday by the office's clock."""
    today = unit.today()
    monday = today - timedelta(days=today.weekday() + 7)
    return datetime.combine(monday, time(), tzinfo=unit.office().settings.zone)


def moved(still: int) -> dict[str, Any]:
    """Return what moved since last week, each matter once with its last move, and how many stood still."""
    rows, since = _kept("moved", make=_moved_rows), last_monday().date()
    return {
        "rows": rows[:_MOST_TOLD],
        "more": len(rows[_MOST_TOLD:]),
        "still": still,
        "still_url": f"{views.URL}?by=list&open=true&still_since={since.isoformat()}",
        "since": wording.short_day(since),
    }


def _moved_rows() -> list[dict[str, Any]]:
    told: dict[UUID, dict[str, Any]] = {}
    for entry, title in moved_entries(last_monday()):
        told.setdefault(
            entry.matter_id,
            {
                "chip": chips.Chip(_MOVED[entry.trigger], words(f"supervision.moved.{entry.trigger}")),
                "title": title,
                "url": f"{views.URL}/{entry.matter_id}",
            },
        )
    return list(told.values())


def moved_entries(since: datetime) -> list[tuple[Any, str]]:
    """Return the rows of histories since an instant that moved a matter, newest first, with its title as it is seen."""
    session, actor = unit.session(), identity.actor()
    found = queries.moved_since(session, actor, since=since, triggers=_MOVED.keys(), limit=_MOST_ENTRIES)
    return [(entry, seen_by(subject)(title) or "") for entry, title, subject in found]


def mine() -> list[dict[str, Any]]:
    """Return what waits for the caller: the steps of the main line that are theirs, what is due first first."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    workflow = registry().latest("supervision").workflow
    theirs = [workflow.by_trigger[each] for each in _MINE if may_anywhere(actor, workflow.by_trigger[each].permission)]
    states = _WAITS & {state for transition in theirs for state in transition.sources}
    made: list[dict[str, Any]] = []
    rows = board.waiting(session, actor, states, limit=_MOST_ASKED)
    subjects = queries.subjects_of(session, rows, actor=actor)
    for row in rows:
        if len(made) >= _MOST_MINE:
            break
        moves = engine.available(session, row, subject=subjects[row.id], actor=actor, at=at)
        step = _waiting(row, moves)
        if step is not None:
            made.append(step)
    return made


def _waiting(row: Supervision, moves: Moves) -> dict[str, Any] | None:
    workflow = wording.workflow_of(row)
    trigger = next((each for each in moves.available if each in _MINE), None)
    told = {"title": row.title, "url": views.url_of(row), "why": None}
    if trigger is not None:
        return {**told, "step": wording.told(workflow.by_trigger[trigger].label)}
    second = [Refusal("proposer_cannot_strike_off")]
    for each in moves.unavailable:
        if each.trigger == "strike_off" and list(each.reasons) == second:
            return {**told, "step": wording.told(workflow.by_trigger["strike_off"].label), "why": views.said(second)}
    return None


def proposed() -> list[dict[str, Any]]:
    """Return the late cases that the ladder would have supervised: proposed, never made by itself."""
    return _kept("proposed", make=_proposed_rows)


def _proposed_rows() -> list[dict[str, Any]]:
    found = queries.cases_to_propose(unit.session(), identity.actor(), at=unit.at(), limit=MOST_PROPOSED)
    return [
        {
            "title": seen_by(Subject(case.region_code, lead_org_id=case.lead_org_id))(case.title),
            "number": case.number,
            "url": f"/cases/{case.number}",
            "why": words(
                "supervision.proposed_why",
                level=words(f"level.{case.due_level}"),
                org=reference.org_name(case.lead_org_id) or "—",
            ),
            "new_url": url_for("supervision_forms.show_new", case=case.number),
        }
        for case in found
    ]
