"""The projects of the campaign: applied for, begun, finished; and the households that earn more by them, one by one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from casework.projects.tables import Beneficiary, Project
from workflows.demo.campaign import households
from workflows.demo.campaign.households import Home
from workflows.demo.campaign.industries import Trade
from workflows.demo.campaign.links import Tie
from workflows.demo.campaign.material import told
from workflows.demo.campaign.stage import TOLD_UNTIL, Stage
from workflows.demo.campaign.villages import Matter

# So many different households earn more by some project; so many of them are linked ones, so many by two projects.
_BENEFITED, _LINKED, _TWICE = (1503, 1594), (236, 262), (48, 70)
_FARMING = "agri_industry"
_LAG = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Work:
    """A project with its share in money; `trade` or `matter`: through which it was raised."""

    id: UUID
    name: str
    kind: str
    region_code: str
    begun: date | None
    weight: float
    households: int = 0
    trade: Trade | None = None
    matter: Matter | None = None


def tell(stage: Stage, trades: Sequence[Trade], matters: Sequence[Matter], ties: Sequence[Tie]) -> list[Work]:
    """Tell of every project with those who earn more by it."""
    works = [_farming(stage, trade, about) for trade in trades for about in trade.told["project"]]
    named = {trade.name: trade for trade in trades}
    waiting = [_farming(stage, named[about["industry"]], about) for about in told("industries")["waiting"]]
    built = [_built(stage, matter) for matter in matters if "class" not in matter.told]
    _benefit(stage, works, ties)
    return works + waiting + built


def _farming(stage: Stage, trade: Trade, about: Mapping[str, Any]) -> Work:
    facts = {"kind": _FARMING, "department": about["department"], "industry_id": trade.id}
    begun = about.get("begun")
    row_id = _project(stage, about, facts, applied=about["applied"], begun=begun)
    weight, households_share = about.get("weight", 0), about.get("households", 0)
    return Work(row_id, about["name"], _FARMING, about["village"], begun, weight, households_share, trade=trade)


def _built(stage: Stage, matter: Matter) -> Work:
    about = matter.told
    name = f"{stage.cast.villages[about['code']]}{about['matter']}"
    begun = stage.workday(about["on"] + timedelta(days=12), about["on"] + timedelta(days=40))
    finished = stage.workday(begun + timedelta(days=25), min(begun + timedelta(days=90), TOLD_UNTIL))
    applied = stage.calendar.add_workdays(about["on"], 3)
    facts = {"name": name, "village": about["code"], "content": about["plan"], "finished": finished}
    row_id = _project(stage, facts, {"kind": about["kind"]}, applied=applied, begun=begun)
    return Work(row_id, name, about["kind"], about["code"], begun, stage.chance.uniform(0.7, 1.5), matter=matter)


def _project(
    stage: Stage, about: Mapping[str, Any], facts: Mapping[str, Any], *, applied: date, begun: date | None
) -> UUID:
    progress = told("villages")["progress"]
    row = stage.ledger.enter(
        Project,
        by=stage.clerk(),
        at=stage.evening(applied),
        name=about["name"],
        region_code=about["village"],
        content=about["content"],
        progress=progress["applied"],
        **facts,
    )
    if begun is not None:
        changes = {"begun_on": begun, "progress": progress["begun"]}
        row = stage.ledger.mend(Project, row, changes, by=stage.clerk(), at=stage.evening(begun))
    if "finished" in about:
        changes = {"finished_on": about["finished"], "progress": progress["finished"]}
        row = stage.ledger.mend(Project, row, changes, by=stage.clerk(), at=stage.evening(about["finished"]))
    found: UUID = row["id"]
    return found


def _benefit(stage: Stage, works: Sequence[Work], ties: Sequence[Tie]) -> None:
    """Name the households of every project: linked ones of the county, others of its village and those around."""
    homes = list({tie.home.id: tie.home for tie in ties if tie.until is None}.values())
    linked = stage.chance.sample(homes, stage.chance.randint(*_LINKED))
    count = stage.chance.randint(*_BENEFITED)
    named = []
    for work in _drawn(stage, works, count):
        home = linked.pop() if linked else None
        named.append((work, *_name(stage, work, home)))
    for work, home, on in stage.chance.sample(named, stage.chance.randint(*_TWICE)):
        other = stage.chance.choice([each for each in works if each.id != work.id])
        _name(stage, other, home, after=on)


def _drawn(stage: Stage, works: Sequence[Work], count: int) -> Iterator[Work]:
    yield from stage.chance.choices(works, [work.households for work in works], k=count)


def _name(stage: Stage, work: Work, home: Home | None, *, after: date | None = None) -> tuple[Home, date]:
    begun = work.begun or TOLD_UNTIL
    first = begun + _LAG if after is None else max(begun + _LAG, after)
    if home is not None:
        first = max(first, home.known)
    on = stage.day(min(first, TOLD_UNTIL), TOLD_UNTIL)
    if home is None:
        near = stage.villages_of(work.region_code[:9])
        code = work.region_code if stage.chance.random() < 0.6 else stage.chance.choice(near)
        home = households.tell(stage, code, on=on)
    stage.ledger.enter(
        Beneficiary, by=stage.clerk(), at=stage.evening(on), project_id=work.id, household_id=home.id, on_date=on
    )
    return home, on
