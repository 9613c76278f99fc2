"""The plan of a year on a sheet of A4, and the chart of all of them for the wall on A3."""

from collections.abc import Mapping, Sequence
from typing import Any

from casework.campaign import coverage, goals, plans, targets
from casework.campaign.definition import Checklist
from casework.campaign.links.link_list import LinkFile
from casework.campaign.tables import Goal, Plan
from casework.campaign.targets import HOUSEHOLD, UNPLANNED, Asked, Line, Target
from casework.core import personal
from casework.households import incomes
from casework.households.tables import Household
from web import frames, identity, unit
from web.locales import locale, words
from web.views import link_words, reference, wording
from web.views.people import household_views, income_views

# So that a chart in black and white still says what stands where.
MARKS = {
    goals.VERIFIED: "●",
    goals.CLAIMED: "◐",
    goals.IN_PROGRESS: "○",
    goals.PLANNED: "·",
    goals.LAPSED: "×",
    UNPLANNED: "",
}


def sheet_of(
    wanted: Asked,
    target: Target,
    plan: Plan | None,
    found: Mapping[tuple[str, str], Goal],
    held: Sequence[LinkFile],
    *,
    home: Household | None = None,
) -> dict[str, Any]:
    """Return the sheet of one household, village, industry or unit: words, items, what is done, who signs."""
    facts = [
        (words("targets.for"), target.name),
        (words("targets.place"), reference.place_told(target.region_code)),
        (words("targets.campaign"), wanted.campaign.label[locale()]),
    ]
    holders = wording.joined([each.holder_name for each in held if link_words.holds_today(each.link)])
    if holders:
        facts.append((words("targets.held_by"), holders))
    if plan is not None:
        facts.append((words("targets.plan.made_on"), plan.made_on.isoformat()))
        facts += [(words("targets.field.responsible"), plan.responsible)] if plan.responsible else []
    lists = [each for each in wanted.campaign.checklists.values() if each.of == target.of]
    done = sum(each.state in coverage.REACHED for each in found.values())
    facts += [(each["label"], each["text"]) for each in ([] if home is None else household_views.handbook_facts(home))]
    return {
        "title": words(f"targets.sheet.{target.of}", name=target.name, year=wanted.year),
        "facts": [{"label": label, "text": text} for label, text in facts],
        "words": [
            {"label": words(f"targets.plan.{name}"), "text": personal.scrub(getattr(plan, name))}
            for name in plans.WORDS
            if plan is not None and getattr(plan, name)
        ],
        "lists": [
            {"title": checklist.label[locale()], "rows": [_item(checklist, item, found) for item in checklist.items]}
            for checklist in lists
        ],
        "done": words("targets.sheet.done", done=done, whole=sum(len(each.items) for each in lists)),
        "incomes": _incomes(target),
        "note": words("income.note"),
        "signs": [words(f"targets.sign.{name}") for name in _SIGNS.get(target.of, _SIGNS[""])],
        "printed": _printed(),
    }


_SIGNS = {HOUSEHOLD: ("head", "member", "office"), "": ("responsible", "office")}


def _item(checklist: Checklist, item: Any, found: Mapping[tuple[str, str], Goal]) -> dict[str, str]:
    goal = found.get((checklist.code, item.code))
    if goal is None:
        state = {"state": words(f"goal_state.{UNPLANNED}"), "due": "", "reached": "", "shown": "", "who": ""}
        return {"text": item.label[locale()], **state}
    is_reached = goal.state in coverage.REACHED
    count = words("targets.count", n=goal.count, target=item.target) if item.target > 1 else ""
    reached = goal.reached_on.isoformat() if is_reached and goal.reached_on is not None else count
    return {
        "text": item.label[locale()],
        "state": f"{MARKS[goal.state]} {words(f'goal_state.{goal.state}')}",
        "due": "" if goal.due_on is None else goal.due_on.isoformat(),
        "who": goal.responsible,
        "reached": reached,
        "shown": personal.scrub(goal.reason if goal.state == goals.LAPSED else goal.evidence),
    }


def _incomes(target: Target) -> list[dict[str, str]]:
    """Return the estimates of a household's income for who may know of them; each says that it is one."""
    if target.of != HOUSEHOLD or target.object_id is None or not income_views.may_read(target.object_id):
        return []
    found = incomes.trend(incomes.of_household(unit.session(), target.object_id))
    return [income_views.told(row) for row in found]


def wall_of(wanted: Asked, of: str, lists: Sequence[Checklist], found: Mapping[str, Sequence[Line]]) -> dict[str, Any]:
    """Return the chart of every object of a kind: one row each, one column an item, a mark where it stands."""
    rows: dict[str, dict[str, Any]] = {}
    totals = []
    for checklist in lists:
        for line in found[checklist.code]:
            place, name = reference.place_told(line.target.region_code), line.target.name
            row = rows.setdefault(line.target.key, {"name": name, "place": place, "states": {}})
            for item in checklist.items:
                row["states"][checklist.code, item.code] = line.state(item.code)
        for item in checklist.items:
            share = targets.share(targets.tally(found[checklist.code], item.code))
            totals.append({"n": f"{share.done}/{share.whole}", "percent": f"{share.percent}%"})
    keys = [(checklist.code, item.code) for checklist in lists for item in checklist.items]
    return {
        "title": words(f"targets.wall.{of}", campaign=wanted.campaign.label[locale()], year=wanted.year),
        "places": wording.joined([reference.place_told(code) for code in wanted.regions]),
        "with_place": of == HOUSEHOLD,
        "lists": [
            {"title": each.label[locale()], "items": [item.label[locale()] for item in each.items]} for each in lists
        ],
        "rows": [
            {
                "name": row["name"],
                "place": row["place"],
                "cells": [
                    {"state": row["states"].get(key, UNPLANNED), "mark": MARKS[row["states"].get(key, UNPLANNED)]}
                    for key in keys
                ],
                "done": sum(state in coverage.REACHED for state in row["states"].values()),
            }
            for row in rows.values()
        ],
        "totals": totals,
        "whole": len(keys),
        "legend": [
            {"mark": mark, "text": words(f"goal_state.{state}"), "state": state}
            for state, mark in MARKS.items()
            if mark
        ],
        "nothing": words("targets.nothing"),
        "printed": _printed(),
    }


def _printed() -> str:
    told = {"name": identity.actor().name, "moment": wording.plain_moment(unit.at())}
    return words("overview.printed_by", **told) + "　" + frames.office_name()
