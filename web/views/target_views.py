"""Targets as the pages show them: an item with where it stands, what shows it, and what the reader may do with it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for

from casework.campaign import evidence, goals
from casework.campaign.definition import Checklist, Item
from casework.campaign.evidence import Evidence
from casework.campaign.loader import campaigns
from casework.campaign.readers import Desk
from casework.campaign.record_names import Change
from casework.campaign.records import activity_kinds
from casework.campaign.tables import Goal
from casework.campaign.targets import HOUSEHOLD, INDUSTRY, UNIT, UNPLANNED, Asked, Target
from casework.core import personal
from web import identity, unit
from web.locales import local, locale, words
from web.views import addresses, reference, wording
from web.views.histories import Entry
from web.views.link_words import act
from web.views.people import income_views
from workflows.campaign import goals as workflow_goals

_TONES = {
    goals.PLANNED: "outline",
    goals.IN_PROGRESS: "blue",
    goals.CLAIMED: "amber",
    goals.VERIFIED: "green",
    goals.LAPSED: "grey",
    UNPLANNED: "grey",
}
# The move that is offered first from each state.
_NEXT = {
    goals.PLANNED: goals.IN_PROGRESS,
    goals.IN_PROGRESS: goals.CLAIMED,
    goals.CLAIMED: goals.VERIFIED,
    goals.LAPSED: goals.PLANNED,
}


def desk() -> Desk:
    """Return what is at hand in this request."""
    return Desk(unit.session(), unit.at(), identity.actor())


def state_chip(state: str) -> dict[str, str]:
    """Return the chip of where an item stands."""
    return {"tone": _TONES[state], "text": words(f"goal_state.{state}")}


def page_of(target: Target, asked: Asked) -> str:
    """Return the page of what a checklist is for."""
    more = {"campaign": [asked.campaign.code], "year": [str(asked.year)]}
    if target.object_id is None:
        return url_for("targets.show_village", code=target.region_code) + addresses.query(more)
    urls = {
        HOUSEHOLD: lambda: url_for("households.show", household_id=target.object_id),
        INDUSTRY: lambda: url_for("targets.show_industry", record_id=target.object_id),
        UNIT: lambda: url_for("targets.show_unit", record_id=target.object_id),
    }
    return urls[target.of]() + addresses.query(more)


def item_of(goal: Goal) -> tuple[str, Item | None]:
    """Return what the checklist of a goal is called, and its item; what left the library stands for itself."""
    campaign = campaigns().get(goal.campaign)
    checklist = None if campaign is None else campaign.checklists.get(goal.checklist)
    if checklist is None:
        return goal.checklist, None
    return checklist.label[locale()], next((each for each in checklist.items if each.code == goal.item), None)


def item_name(goal: Goal) -> str:
    """Say what an item is called."""
    _checklist, item = item_of(goal)
    return goal.item if item is None else item.label[locale()]


def sections(
    asked: Asked, checklists: Sequence[Checklist], found: Mapping[tuple[str, str], Goal], *, plan_url: str | None
) -> list[dict[str, Any]]:
    """Return a section for each checklist of an object, every item in it; `plan_url`: where the year is planned."""
    shown = evidence.of_ids(desk(), [each.evidence_id for each in found.values()])
    made: list[dict[str, Any]] = []
    for checklist in checklists:
        mine = [(item, found.get((checklist.code, item.code))) for item in checklist.items]
        made.append(
            {
                "code": checklist.code,
                "title": words("targets.of_year", checklist=checklist.label[locale()], year=asked.year),
                "nothing": "",
                "rows": [_row(item, goal, shown) for item, goal in mine],
                "act": act("targets.do.plan", plan_url) if plan_url and not made else None,
            }
        )
    return made


def _row(item: Item, goal: Goal | None, shown: Mapping[UUID, Evidence]) -> dict[str, Any]:
    if goal is None:
        return {"text": item.label[locale()], "sub": None, "chips": [state_chip(UNPLANNED)], "links": [], "act": None}
    found = None if goal.evidence_id is None else shown.get(goal.evidence_id)
    return {
        "text": item.label[locale()],
        "url": url_for("targets.show", record_id=goal.id),
        "chips": [state_chip(goal.state)],
        "sub": told_of(goal, item) or None,
        "links": [] if found is None else [evidence_link(found)],
        "act": _first_move(goal),
    }


def _first_move(goal: Goal) -> dict[str, str] | None:
    following = _NEXT.get(goal.state)
    moves = workflow_goals.moves_open(unit.session(), goal, actor=identity.actor(), at=unit.at())
    return move_act(goal, following) if following is not None and following in moves else None


def moves_of(goal: Goal) -> list[dict[str, str]]:
    """Return a button for each move the reader may make of a goal, the one that leads on first."""
    moves = workflow_goals.moves_open(unit.session(), goal, actor=identity.actor(), at=unit.at())
    return [move_act(goal, each) for each in sorted(moves, key=lambda state: state != _NEXT.get(goal.state))]


def move_act(goal: Goal, state: str) -> dict[str, str]:
    """Return the button that leads to a move of a goal."""
    back = (
        "again." if goal.state in (goals.CLAIMED, goals.LAPSED) and state in (goals.PLANNED, goals.IN_PROGRESS) else ""
    )
    url = url_for("target_moves.ask", record_id=goal.id) + addresses.query({"to": [state]})
    return act(f"targets.do.{back}{state}", url)


def told_of(goal: Goal, item: Item | None) -> str:
    """Say in one line how many are reached, by when, since when, and what shows it."""
    told = []
    if item is not None and item.target > 1:
        told.append(words("targets.count", n=goal.count, target=item.target))
    if goal.reached_on is not None and goal.state in (goals.CLAIMED, goals.VERIFIED):
        told.append(words("targets.reached", day=goal.reached_on.isoformat()))
    elif goal.due_on is not None:
        told.append(words("targets.due", day=goal.due_on.isoformat()))
    if goal.responsible:
        told.append(words("targets.responsible", who=goal.responsible))
    if goal.state == goals.LAPSED and goal.reason:
        told.append(words("targets.lapsed_because", reason=goal.reason))
    if goal.evidence:
        told.append(words("targets.evidence", text=personal.scrub(goal.evidence)))
    return words("links.between").join(told)


def evidence_link(found: Evidence) -> dict[str, str]:
    """Return the way to what shows that something is reached."""
    if found.kind == evidence.CASE:
        url = url_for("cases.show", number=found.number)
        return {"text": words("targets.shown.case", number=wording.short_number(found.number)), "url": url}
    url = url_for("targets.show_evidence", record_id=found.id)
    return {"text": words(f"targets.shown.{found.kind}", title=evidence_title(found)), "url": url}


def evidence_title(found: Evidence) -> str:
    """Say what a record that shows something is called: of a visit, what kind of activity it was and when."""
    if found.kind == evidence.ACTIVITY:
        day = "" if found.on is None else found.on.isoformat()
        return words("targets.activity_on", kind=activity_kinds()[found.number]["label"][locale()], day=day)
    if found.kind == evidence.INCOME:
        return words("income.of_year", year=found.number, per_person=income_views.told(found.row)["per_person"])
    return personal.scrub(found.title)


def facts_of_goal(goal: Goal, target: Target, asked: Asked, shown: Evidence | None) -> list[dict[str, Any]]:
    """Return what is known of one target: for whom, which item of which list, until when, and what shows it."""
    checklist, item = item_of(goal)
    told: list[dict[str, Any]] = [
        {"label": words("targets.for"), "links": [{"text": target.name, "url": page_of(target, asked)}]},
        {"label": words("targets.place"), "text": reference.place_told(goal.region_code)},
        {"label": words("targets.checklist"), "text": words("targets.of_year", checklist=checklist, year=goal.year)},
    ]
    if item is not None:
        wanted = words(f"target_kind.{item.target_kind}", n=item.target)
        told.append({"label": words("targets.target"), "text": wanted})
    told.append({"label": words("targets.progress"), "text": str(goal.count)})
    for name, day in (("due_on", goal.due_on), ("reached_on", goal.reached_on)):
        if day is not None:
            told.append({"label": words(f"targets.{name}"), "text": day.isoformat()})
    for name in ("responsible", "evidence", "remark"):
        if getattr(goal, name):
            told.append({"label": words(f"targets.field.{name}"), "text": personal.scrub(getattr(goal, name))})
    if shown is not None:
        told.append({"label": words("targets.record"), "links": [evidence_link(shown)]})
    return told


def facts_of_evidence(found: Evidence) -> list[dict[str, Any]]:
    """Return what a visit, an activity, a project or an estimate tells, its words without numbers of people."""
    row = found.row
    if found.kind == evidence.INCOME:
        return income_views.facts_of(row)
    told = [("targets.place", reference.place_told(row.region_code))]
    if found.on is not None:
        told.append(("targets.day", found.on.isoformat()))
    of_activity = ("title", "findings", "policy", "measures", "result", "evidence", "document_no")
    of_project = ("name", "content", "department", "progress")
    names = of_activity if found.kind == evidence.ACTIVITY else of_project
    told += [(f"targets.field.{name}", getattr(row, name)) for name in (*names, "remark")]
    return [{"label": words(label), "text": personal.scrub(text)} for label, text in told if text]


def history_of(changes: Sequence[Change], *, plainly: bool) -> list[Entry]:
    """Return how a target came to where it is, newest first; `plainly`: words with numbers of people in them too."""
    return [_entry(each, plainly=plainly) for each in reversed(changes)]


def _entry(change: Change, *, plainly: bool) -> Entry:
    moved = change.fields.get("state")
    state = moved["to"] if isinstance(moved, Mapping) else moved or "mend"
    said = change.fields.get("evidence", "")
    told = [change.reason, said["to"] if isinstance(said, Mapping) else said]
    text = words("links.between").join(str(each) for each in told if each)
    return Entry(
        when=wording.moment(change.at),
        at=local(change.at).isoformat(timespec="seconds"),
        kind="move" if isinstance(moved, Mapping) else "note" if change.person_id else "system",
        actor=change.person_name or words("history.system"),
        verb=words(f"targets.did.{state}"),
        text=None,
        sub=(text if plainly else personal.scrub(text)) or None,
    )
