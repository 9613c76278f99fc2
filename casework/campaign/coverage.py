"""How far a campaign has come: households visited in a quarter, items of its checklists reached, links that lack.

Every number comes as done out of whole; none is typed anywhere (domain.md §1.3, "computed").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import CompoundSelect, Integer, Select, bindparam, case, func, or_, select, union_all

from casework.activities.tables import Activity
from casework.campaign.definition import PER_MEMBER, Campaign, LinkKind
from casework.campaign.figures import Bound, Same
from casework.campaign.quarters import Quarter
from casework.campaign.sources import Instants, links_held, within
from casework.campaign.tables import Goal, Link
from casework.core.columns import Day
from casework.core.database import Session
from casework.core.editions import known, standing
from casework.members.queries import in_office
from casework.members.tables import Member, MemberTerm

REACHED = ("claimed", "verified")


@dataclass(frozen=True, slots=True)
class Share:
    """So many done of so many."""

    done: int
    whole: int

    @property
    def percent(self) -> int:
        """The share in whole percent, rounded down: done is said only of what is done."""
        return 100 * self.done // self.whole if self.whole else 0


def homes(instants: Any) -> Select[Any]:
    """Return the SELECT of the households some member was linked to on the last day that counts."""
    return select(Link.object_id).where(*links_held(instants), Link.kind.in_(instants.campaign.kinds_to("household")))


def visits(instants: Any, quarter: Any) -> Sequence[Any]:
    """Return the conditions on the visits of a quarter; a call by telephone is none (domain.md §3e)."""
    return (
        standing(Activity, instants.known_at),
        Activity.kind == "household_visit",
        Activity.form != "phone",
        Activity.on_date >= quarter.first,
        Activity.on_date <= quarter.last,
        Activity.on_date <= instants.until,
    )


def visited(session: Session, instants: Instants, quarter: Quarter) -> Share:
    """Return how many linked households were visited in a quarter; where the campaign asks one visit of each member
    instead, how many linked members made one.
    """
    done, whole = (session.scalar(each) or 0 for each in visited_asked(instants, quarter))
    return Share(done, whole)


def visited_asked(instants: Any, quarter: Any) -> tuple[Select[Any], Select[Any]]:
    """Return the SELECTs of `visited`: those done, and all of them."""
    if instants.campaign.visit_rule == PER_MEMBER:
        holders = select(Link.holder_id).where(
            *links_held(instants), Link.kind.in_(instants.campaign.kinds_to("household"))
        )
        went = select(func.count(Activity.member_id.distinct())).where(
            *visits(instants, quarter), Activity.household_id.in_(homes(instants)), Activity.member_id.in_(holders)
        )
        all_of_them = select(func.count(holders.distinct().subquery().c.holder_id))
        return went, all_of_them
    seen = select(func.count(Activity.household_id.distinct())).where(
        *visits(instants, quarter), Activity.household_id.in_(homes(instants))
    )
    whole = select(func.count(homes(instants).distinct().subquery().c.object_id))
    return seen, whole


def planned_year(session: Session, instants: Instants, checklist: str) -> int | None:
    """Return the last year a checklist is planned for; in a year's first weeks, with nothing planned, the one before.

    None: it was never planned.
    """
    mine = (*_of_checklist(instants, checklist), Goal.year <= instants.until.year)
    return session.scalar(select(func.max(Goal.year)).where(*mine))


def _of_checklist(instants: Any, checklist: str) -> Sequence[Any]:
    return (known(Goal, instants.known_at), Goal.campaign == instants.campaign.code, Goal.checklist == checklist)


def objects(session: Session, instants: Instants, thing: str) -> int:
    """Return to how many households, industries or places somebody was linked on the last day that counts."""
    return session.scalar(objects_asked(instants, thing)) or 0


def objects_asked(instants: Any, thing: str) -> Select[Any]:
    """Return the SELECT of `objects`."""
    column = Link.region_code if thing == "region" else Link.object_id
    return select(func.count(column.distinct())).where(
        *links_held(instants), Link.kind.in_(instants.campaign.kinds_to(thing))
    )


def counted(state: str, count: int, target: int) -> int:
    """Return how much of an item is done: all of its target once it is reached, of several what is there so far."""
    if state in REACHED:
        return target
    return min(count, target) if target > 1 else 0


def reached(session: Session, instants: Instants, checklist: str, *, objects: int) -> Share:
    """Return how many items of a checklist are reached in the last planned year, of all items of so many objects.

    An item that asks for several counts each of them: of five entities, three.
    """
    alike = (Goal.item, Goal.state, Goal.count)
    asked = (
        select(*alike, func.count())
        .where(
            *_of_checklist(instants, checklist),
            Goal.year == planned_year(session, instants, checklist),
            or_(Goal.reached_on.is_(None), Goal.reached_on <= instants.until),
        )
        .group_by(*alike)
    )
    rows = session.execute(asked).all()
    return _share(instants.campaign, checklist, [tuple(row) for row in rows], objects=objects)


def _share(campaign: Campaign, checklist: str, rows: Sequence[tuple[Any, ...]], *, objects: int) -> Share:
    """Return the share that rows (item, state, count, how many of them) come to."""
    items = campaign.checklists[checklist].items
    whole = objects * sum(item.target for item in items)
    targets = {item.code: item.target for item in items}
    done = sum(goals * counted(state, count, targets.get(item, 0)) for item, state, count, goals in rows)
    return Share(min(done, whole), whole)


def lacking(session: Session, instants: Instants, kind: LinkKind, part: str) -> int:
    """Return how many members in office have too few links of a part (the "1+1" of domain.md §1.2)."""
    return (session.scalar(lacking_asked(instants, kind, part)) or 0) if kind.least[part] else 0


def lacking_asked(instants: Any, kind: LinkKind, part: str) -> Select[Any]:
    """Return the SELECT of `lacking`, of a part that has to be held."""
    held = (
        select(Link.holder_id)
        .where(*links_held(instants), Link.kind == kind.code, Link.part == part)
        .group_by(Link.holder_id)
        .having(func.count() >= kind.least[part])
    )
    serving = select(MemberTerm.member_id).where(in_office(instants.until, known_at=instants.known_at))
    return select(func.count(Member.id.distinct())).where(
        known(Member, instants.known_at),
        within(Member.region_code, instants.campaign.region_code),
        Member.id.in_(serving),
        Member.id.not_in(held),
    )


# ------------------------------------------------------------------ all at a glance
@dataclass(frozen=True, slots=True)
class Glance:
    """All that the cards of a campaign's page say besides its figures."""

    visited: Share
    # (kind of link, part) → how many members have too few of it.
    lacking: Mapping[tuple[str, str], int]
    # checklist → how much of it is reached in the last planned year, and that year.
    reached: Mapping[str, Share]
    planned: Mapping[str, int | None]


def at_a_glance(session: Session, instants: Instants, quarter: Quarter) -> Glance:
    """Read what `visited`, `lacking`, `reached` and `planned_year` say of a campaign, all of it in two statements.

    Their text is drawn up once for a campaign and kept.
    """
    campaign, is_known = instants.campaign, instants.known_at is not None
    days = {"until_0": instants.until, "first": quarter.first, "last": quarter.last, "year": instants.until.year}
    told = days | ({"known_at": instants.known_at} if is_known else {})
    numbers, goals = _asking(Same(campaign), is_known)
    session.plan_anew()
    seen, whole, *rest = (int(n or 0) for n in session.execute(numbers, told).one())
    parts, things = _parts(campaign), _things(campaign)
    objects = dict(zip(things, rest[len(parts) :], strict=True))
    rows: dict[str, list[tuple[Any, ...]]] = {}
    planned: dict[str, int | None] = dict.fromkeys(_checklists(campaign))
    for checklist, year, *row in session.execute(goals, told):
        planned[checklist] = year
        rows.setdefault(checklist, []).append(tuple(row))
    return Glance(
        Share(seen, whole),
        dict(zip(parts, rest, strict=False)),
        {
            code: _share(campaign, code, rows.get(code, ()), objects=objects[campaign.checklists[code].of])
            for code in _checklists(campaign)
        },
        planned,
    )


def _parts(campaign: Campaign) -> Sequence[tuple[str, str]]:
    """Return the parts that every member has to hold, each with its kind of link."""
    kinds = [kind for kind in campaign.links.values() if kind.holder == "member"]
    return [(kind.code, part) for kind in kinds for part in kind.parts if kind.least[part]]


def _checklists(campaign: Campaign) -> Sequence[str]:
    """Return the checklists that the cards of its page show."""
    named = [code for card in campaign.front.cards for code in (card.share, *card.checklists)]
    return [code for code in dict.fromkeys(named) if code in campaign.checklists]


def _things(campaign: Campaign) -> Sequence[str]:
    """Return what those checklists are of."""
    return sorted({campaign.checklists[code].of for code in _checklists(campaign)})


@lru_cache(32)
def _asking(same: Same, is_known: bool) -> tuple[Select[Any], CompoundSelect[Any]]:
    """Return the SELECT of one row of numbers, and that of the goals of each checklist's last planned year."""
    campaign = same.campaign
    bound = Bound(campaign, is_known=is_known)
    quarter = SimpleNamespace(first=bindparam("first", type_=Day()), last=bindparam("last", type_=Day()))
    numbers = [
        *visited_asked(bound, quarter),
        *(lacking_asked(bound, campaign.links[kind], part) for kind, part in _parts(campaign)),
        *(objects_asked(bound, thing) for thing in _things(campaign)),
    ]
    in_time = or_(Goal.reached_on.is_(None), Goal.reached_on <= bound.until)
    alike = (Goal.checklist, Goal.year, Goal.item, Goal.state, Goal.count)
    goals = []
    # One by one, so that the index on campaign, checklist and year leads to each.
    for code in _checklists(campaign):
        mine = _of_checklist(bound, code)
        year = select(func.max(Goal.year)).where(*mine, Goal.year <= bindparam("year", type_=Integer()))
        told = select(*alike, func.sum(case((in_time, 1), else_=0))).where(*mine, Goal.year == year.scalar_subquery())
        goals.append(told.group_by(*alike))
    return select(*(each.scalar_subquery() for each in numbers)), union_all(*goals)
