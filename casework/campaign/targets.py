"""How far every household, village, industry and unit has come with its checklists in a year.

Who a checklist is for follows from the links that held in that year, and from what was planned for it: an object with a
goal is counted although its link has ended. Nothing here is typed; every number is of goals that stand in a list.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from casework.campaign.coverage import REACHED, Share, counted
from casework.campaign.definition import Campaign, Checklist
from casework.campaign.goals import STATES
from casework.campaign.links import listing
from casework.campaign.links.links import active
from casework.campaign.record_visibility import visible_to
from casework.campaign.tables import Goal, Link
from casework.campaign.visibility import visible_links
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known
from casework.households.tables import Household
from casework.industries.tables import Industry
from casework.registry import queries as registry

# What stands for an item nobody has planned yet.
UNPLANNED = "unplanned"
HOUSEHOLD, INDUSTRY, UNIT, VILLAGE = "household", "industry", "org", "region"
_NAMES: Mapping[str, tuple[Any, str]] = {HOUSEHOLD: (Household, "head_name"), INDUSTRY: (Industry, "name")}


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which campaign and year, in which places (none: everywhere the actor may look)."""

    campaign: Campaign
    year: int
    regions: tuple[str, ...] = ()

    def day(self, today: date) -> date:
        """Return the day whose links say who the checklists of the year are for."""
        days = [today, date(self.year, 12, 31)]
        return min(days if self.campaign.ends is None else [*days, self.campaign.ends])


@dataclass(frozen=True, slots=True)
class Target:
    """What a checklist is for: a household, industry or unit by id, a village by its place; the head is masked."""

    of: str
    object_id: UUID | None
    region_code: str
    name: str = ""

    @property
    def key(self) -> str:
        """What it is told apart by."""
        return self.region_code if self.object_id is None else str(self.object_id)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where one item stands."""

    goal_id: UUID
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One object with its items, each by its code; an item that is not planned has no mark."""

    target: Target
    marks: Mapping[str, Mark] = field(default_factory=dict)

    def state(self, item: str) -> str:
        """Return where an item stands."""
        return self.marks[item].state if item in self.marks else UNPLANNED


def years(session: Session, actor: Actor, campaign: Campaign, *, on: date) -> Sequence[int]:
    """Return the years of a campaign until today, and those planned ahead, the newest first."""
    last = on.year if campaign.ends is None else min(on.year, campaign.ends.year)
    mine = (known(Goal), Goal.campaign == campaign.code, visible_to(actor, Goal, on=on))
    planned = session.scalar(select(func.max(Goal.year)).where(*mine))
    return tuple(range(max(last, planned or last), campaign.begins.year - 1, -1))


def usual_year(session: Session, actor: Actor, campaign: Campaign, *, on: date) -> int:
    """Return the year to begin with: the last one planned until today, else this one, as far as the campaign goes."""
    mine = (known(Goal), Goal.campaign == campaign.code, Goal.year <= on.year, visible_to(actor, Goal, on=on))
    found = session.scalar(select(func.max(Goal.year)).where(*mine))
    if found is not None:
        return found
    last = on.year if campaign.ends is None else min(on.year, campaign.ends.year)
    return max(last, campaign.begins.year)


def lines(session: Session, actor: Actor, asked: Asked, checklist: Checklist, *, on: date) -> Sequence[Line]:
    """Return every object of a checklist that the actor may know of with its items, by place and name; `on`: today."""
    marks: dict[tuple[UUID | None, str], dict[str, Mark]] = {}
    for row in session.execute(_goals(actor, asked, checklist, on=on)):
        marks.setdefault(_key(checklist, row), {})[row.item] = Mark(row.id, row.state, row.reached)
    for row in session.execute(_linked(actor, asked, checklist, on=on)):
        marks.setdefault(_key(checklist, row), {})
    told = _named(session, checklist.of, marks)
    found = [Line(told[key], mine) for key, mine in marks.items() if key in told]
    return sorted(found, key=lambda each: (each.target.region_code, each.target.name, each.target.key))


def tally(found: Sequence[Line], item: str) -> Mapping[str, int]:
    """Return how many objects stand where with an item: a number for each state, and for `unplanned`."""
    counts = dict.fromkeys((*STATES, UNPLANNED), 0)
    for each in found:
        counts[each.state(item)] += 1
    return counts


def share(counts: Mapping[str, int]) -> Share:
    """Return how many objects have reached an item, of all."""
    return Share(sum(counts[state] for state in REACHED), sum(counts.values()))


def share_of_all(found: Sequence[Line], checklist: Checklist) -> Share:
    """Return how much of a checklist is done, as coverage counts it: of five entities that an item asks for, three."""
    done = sum(
        counted(mark.state, mark.count, item.target)
        for each in found
        for item in checklist.items
        if (mark := each.marks.get(item.code)) is not None
    )
    return Share(done, len(found) * sum(item.target for item in checklist.items))


def goals_of(
    session: Session, actor: Actor, asked: Asked, target: Target, *, on: date
) -> Mapping[tuple[str, str], Goal]:
    """Return the goals of one object in a year by checklist and item, as far as the actor may know of them."""
    mine = Goal.region_code == target.region_code if target.object_id is None else Goal.object_id == target.object_id
    rows = session.scalars(
        select(Goal).where(
            known(Goal),
            Goal.campaign == asked.campaign.code,
            Goal.year == asked.year,
            mine,
            Goal.object_id.is_(None) if target.object_id is None else Goal.object_id.is_not(None),
            visible_to(actor, Goal, on=on),
        )
    )
    return {(each.checklist, each.item): each for each in rows}


def target_of(session: Session, goal: Goal, of: str) -> Target:
    """Return what a goal is for, with its name."""
    key = (goal.object_id, "" if goal.object_id is not None else goal.region_code)
    return _named(session, of, [key]).get(key, Target(of, goal.object_id, goal.region_code))


def _goals(actor: Actor, asked: Asked, checklist: Checklist, *, on: date) -> Any:
    found = select(Goal.id, Goal.object_id, Goal.region_code, Goal.item, Goal.state, Goal.count.label("reached")).where(
        known(Goal),
        Goal.campaign == asked.campaign.code,
        Goal.checklist == checklist.code,
        Goal.year == asked.year,
        visible_to(actor, Goal, on=on),
    )
    return found.where(listing.within(Goal.region_code, asked.regions)) if asked.regions else found


def _linked(actor: Actor, asked: Asked, checklist: Checklist, *, on: date) -> Any:
    """Return the SELECT of what is linked in the year; a unit is one that has to hold a link (8委1室)."""
    is_unit = checklist.of == UNIT
    kinds = [
        kind.code
        for kind in asked.campaign.links.values()
        if (bool(kind.holder_kinds) if is_unit else kind.object == checklist.of)
    ]
    column = Link.holder_id if is_unit else Link.object_id
    found = select(column.label("object_id"), Link.region_code).where(
        known(Link),
        Link.campaign == asked.campaign.code,
        Link.kind.in_(kinds),
        active(asked.day(on)),
        visible_links(actor, on=on),
    )
    return (found.where(listing.within(Link.region_code, asked.regions)) if asked.regions else found).distinct()


def _key(checklist: Checklist, row: Row[Any]) -> tuple[UUID | None, str]:
    return (None, row.region_code) if checklist.of == VILLAGE else (row.object_id, "")


def _named(
    session: Session, of: str, keys: Iterable[tuple[UUID | None, str]]
) -> Mapping[tuple[UUID | None, str], Target]:
    wanted = list(keys)
    if of == VILLAGE:
        names = registry.region_names(session, [code for _id, code in wanted])
        return {(None, code): Target(of, None, code, " ".join(names.get(code, ()))) for _id, code in wanted}
    ids = [found for found, _code in wanted if found is not None]
    if of == UNIT:
        return {
            (org.id, ""): Target(of, org.id, org.region_code, org.name)
            for org in registry.orgs_by_id(session, ids).values()
        }
    table, column = _NAMES[of]
    rows = session.execute(
        select(table.id, table.region_code, getattr(table, column)).where(known(table), table.id.in_(ids))
    )
    return {(row[0], ""): Target(of, row[0], row[1], row[2]) for row in rows}
