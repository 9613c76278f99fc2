"""The checklists of 2022: what was reached for each household, village, industry and unit, and by which record."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from casework.campaign.loader import campaigns
from casework.campaign.tables import Goal
from workflows.demo.campaign.industries import Trade
from workflows.demo.campaign.links import Tie
from workflows.demo.campaign.living import Life
from workflows.demo.campaign.material import told
from workflows.demo.campaign.stage import CAMPAIGN, Stage
from workflows.demo.campaign.villages import Matter

_YEAR, _DUE = 2022, date(2022, 12, 31)
_LAPSED_ON = date(2023, 1, 5)
_SET_UP, _REACHED = date(2022, 3, 8), (date(2022, 3, 20), date(2022, 6, 10))
# Of every hundred items of a household: verified, claimed, in progress, lapsed at the end of the year.
_FATES = (("verified", 52), ("claimed", 18), ("in_progress", 18), ("lapsed", 12))
_DIFFICULTY, _LIVELIHOOD, _PARK, _ENTITIES = "difficulty_solved", "livelihood", "park", "entities"
Solved = Mapping[UUID, tuple[UUID, date]]


def tell(
    stage: Stage, ties: Sequence[Tie], matters: Sequence[Matter], trades: Sequence[Trade], lives: Sequence[Life]
) -> None:
    """Tell of every item of every checklist."""
    solved = _solved(stage, lives)
    for home, since in {tie.home.id: (tie.home, tie.since) for tie in ties if tie.until is None}.values():
        for code in _codes("five_ones_household"):
            found = solved.get(home.id) if code == _DIFFICULTY else None
            _item(stage, "five_ones_household", code, home.region_code, since, object_id=home.id, found=found)
    for matter in matters:
        if matter.is_linked:
            _village(stage, matter, solved)
    for trade in trades:
        for code in _codes("seven_goods"):
            evidence = trade.park if code == _PARK else None
            found = None if evidence is None else (evidence, stage.workday(date(2022, 9, 1), date(2022, 12, 20)))
            count = len(trade.entities) if code == _ENTITIES else 1
            since = trade.told["since"]
            _item(stage, "seven_goods", code, stage.county, since, object_id=trade.id, found=found, count=count)
    for org in sorted({trade.told["org"] for trade in trades}):
        for code in _codes("six_haves"):
            done = stage.workday(*_REACHED)
            _item(stage, "six_haves", code, stage.county, _SET_UP, object_id=stage.orgs[org], found=(None, done))


def tell_haves(stage: Stage, ties: Sequence[Tie]) -> None:
    """Tell of the four haves (四个有) of each linked household."""
    for home, since in {tie.home.id: (tie.home, tie.since) for tie in ties if tie.until is None}.values():
        for code in _codes("four_haves"):
            _item(stage, "four_haves", code, home.region_code, since, object_id=home.id)


def _codes(checklist: str) -> list[str]:
    return [item.code for item in campaigns()[CAMPAIGN].checklists[checklist].items]


def _solved(stage: Stage, lives: Sequence[Life]) -> dict[UUID, tuple[UUID, date]]:
    """Return the case, and the day it was solved on, by the household or the survey it was raised through."""
    found = {}
    for life in lives:
        for step in life.steps:
            if step.trigger == "resolve" and step.given["result_class"] == "A":
                day = step.at.astimezone(stage.calendar.zone).date()
                for key in ("household_id", "activity_id"):
                    if key in life.raised_through and day <= _DUE:
                        found[life.raised_through[key]] = (life.report.id, day)
    return found


def _village(stage: Stage, matter: Matter, solved: Solved) -> None:
    for code in _codes("five_ones_village"):
        found: tuple[UUID | None, date] | None = None
        if code == _LIVELIHOOD:
            found = solved.get(matter.survey)
        elif code in matter.done:
            found = (matter.done[code], max(matter.told["on"], matter.told["civility"][1]))
        since = matter.told["since"]
        _item(stage, "five_ones_village", code, matter.told["code"], since, object_id=None, found=found)


def _item(
    stage: Stage,
    checklist: str,
    code: str,
    region_code: str,
    since: date,
    *,
    object_id: UUID | None,
    found: tuple[UUID | None, date] | None = None,
    count: int = 1,
) -> None:
    """Tell of one item: planned when the link began, then what became of it; with `found` it is verified by that."""
    clerk = stage.clerk()
    row = stage.ledger.enter(
        Goal,
        by=clerk,
        at=stage.evening(since),
        campaign=CAMPAIGN,
        checklist=checklist,
        item=code,
        year=_YEAR,
        object_id=object_id,
        region_code=region_code,
        state="planned",
        due_on=_DUE,
    )
    state = "verified" if found is not None else stage.drawn(_FATES)
    evidence_id, on = found or (None, stage.day(since + timedelta(days=30), _DUE))
    changes: dict[str, Any] = {"state": state}
    if state in ("verified", "claimed"):
        words = told("meetings")["evidence"][checklist][code]
        changes |= {"count": count, "reached_on": on, "evidence": words, "evidence_id": evidence_id}
    on = _LAPSED_ON if state == "lapsed" else max(on, since)
    why = told("meetings")["lapsed"][checklist][code] if state == "lapsed" else ""
    stage.ledger.mend(Goal, row, changes, by=clerk, at=stage.evening(on), reason=why)
