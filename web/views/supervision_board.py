"""The board of supervised matters: rows by unit or leader, what moved, what waits for the caller, what is proposed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import request, url_for

from casework.core.calendars import WorkCalendar
from casework.core.errors import Refusal
from casework.permissions import Subject
from casework.supervisions import actions, queries
from casework.supervisions.queries import Filter
from casework.supervisions.tables import Supervision
from web import identity, unit
from web.api.answers import seen_by
from web.locales import words
from web.views import addresses, chips, reference, wording
from web.views import supervision_views as views
from workflows import engine
from workflows.engine import Moves
from workflows.registry import registry

WAYS = ("unit", "leader", "list")
MOST_PROPOSED = 4
# In these states a step of the line waits for somebody in particular; so many of them are looked at, so many shown.
_WAITS = frozenset({"initiated", "issued", "reported", "verified", "proposed"})
_MOST_ASKED, _MOST_MINE = 40, 5
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


def sums(at: datetime) -> list[dict[str, Any]]:
    counts = queries.counts(unit.session(), identity.actor(), at=at, until=at + timedelta(days=7))
    asked = {
        "open": "open=true",
        "week": "open=true",
        "progress": "progress_late=true",
        "strike_off": "state=proposed",
    }
    return [
        {
            "label": words(f"supervision.sum.{name}"),
            "n": counts[name],
            "url": f"{views.URL}?by=list&{query}",
            "late": name == "progress" and counts[name] > 0,
        }
        for name, query in asked.items()
    ]


def filters(wanted: Filter, way: str) -> list[dict[str, Any]]:
    """Return the chips that narrow the list: its states and levels."""
    if way != "list":
        return []
    asked = {name: [value] for name, value in request.args.items() if value}
    states = registry().latest("supervision").workflow.states
    made = [{"label": words("assessments.all"), "url": addresses.query({"by": ["list"]}), "current": len(asked) == 1}]
    for name, state in states.items():
        is_on = wanted.state == name
        url = addresses.changed(asked, state=None if is_on else name)
        made.append({"label": wording.told(state.label), "url": url, "current": is_on})
    for level in actions.LEVELS:
        is_on = wanted.level == level
        url = addresses.changed(asked, level=None if is_on else str(level))
        made.append({"label": views.level_chip(level).text, "url": url, "current": is_on})
    return made


def groups(rows: Sequence[Supervision], calendar: WorkCalendar, way: str) -> list[dict[str, Any]]:
    """Return the rows of the board, those with the most first: a name, and the cards under each level."""
    groups: dict[str, list[Supervision]] = {}
    for row in rows:
        name = reference.org_name(row.lead_org_id) if way == "unit" else row.leader or words("supervision.no_leader")
        groups.setdefault(name, []).append(row)
    made = []
    for name, members in sorted(groups.items(), key=lambda each: (-len(each[1]), each[0])):
        cells: list[list[dict[str, Any]]] = [[] for _ in actions.LEVELS]
        for row in members:
            cells[views.shown_level(row) - 1].append(views.card_of(row, calendar))
        made.append(
            {
                "name": name,
                "count": words("supervision.count", n=len(members)),
                "url": _group_url(members[0], way),
                "cells": cells,
            }
        )
    return made


def _group_url(row: Supervision, way: str) -> str:
    if way == "leader":
        return url_for("supervisions.show_board", by="list", leader=row.leader, open="true")
    org = reference.orgs().get(row.lead_org_id) if row.lead_org_id is not None else None
    return url_for("supervisions.show_board", by="list", org=None if org is None else org.code, open="true")


def _last_monday() -> datetime:
    """Return the beginning of last week's Monday by the office's clock."""
    today = unit.today()
    monday = today - timedelta(days=today.weekday() + 7)
    return datetime.combine(monday, time(), tzinfo=unit.office().settings.zone)


def moved(rows: Sequence[Supervision], way: str) -> dict[str, Any] | None:
    """Return what moved since last week, each matter once with its last move, and how many stood still."""
    if way == "list":
        return None
    told: dict[UUID, dict[str, Any]] = {}
    for entry, title in moved_entries(_last_monday()):
        told.setdefault(
            entry.matter_id,
            {
                "chip": chips.Chip(_MOVED[entry.trigger], words(f"supervision.moved.{entry.trigger}")),
                "title": title,
                "url": f"{views.URL}/{entry.matter_id}",
            },
        )
    still = sum(row.id not in told for row in rows)
    return {"rows": list(told.values())[:8], "still": still, "since": wording.short_day(_last_monday().date())}


def moved_entries(since: datetime) -> list[tuple[Any, str]]:
    """Return the rows of histories since an instant that moved a matter, newest first, with its title."""
    found = queries.moved_since(unit.session(), identity.actor(), since=since, limit=400)
    return [(entry, title) for entry, title in found if entry.trigger in _MOVED]


def mine(rows: Sequence[Supervision]) -> list[dict[str, Any]]:
    """Return what waits for the caller: of the matters shown, the steps of the main line that are theirs."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    made: list[dict[str, Any]] = []
    asked = 0
    for row in rows:
        if row.state not in _WAITS:
            continue
        asked += 1
        if len(made) >= _MOST_MINE or asked > _MOST_ASKED:
            break
        subject = queries.subject_of(session, row, actor=actor)
        moves = engine.available(session, row, subject=subject, actor=actor, at=at)
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
