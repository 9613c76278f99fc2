"""How far a campaign has come: households visited in a quarter, items of its checklists reached, links that lack.

Every number comes as done out of whole; none is typed anywhere (domain.md §1.3, "computed").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select

from casework.activities.tables import Activity
from casework.campaign.definition import PER_MEMBER, LinkKind
from casework.campaign.quarters import Quarter
from casework.campaign.sources import Instants, links_held, within
from casework.campaign.tables import Goal, Link
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


def homes(instants: Instants) -> Select[Any]:
    """Return the SELECT of the households some member was linked to on the last day that counts."""
    return select(Link.object_id).where(*links_held(instants), Link.kind.in_(instants.campaign.kinds_to("household")))


def visits(instants: Instants, quarter: Quarter) -> Sequence[Any]:
    """Return the conditions on the visits of a quarter; a call by telephone is none (domain.md §3e)."""
    return (
        standing(Activity, instants.known_at),
        Activity.kind == "household_visit",
        Activity.form != "phone",
        Activity.on_date >= quarter.first,
        Activity.on_date <= min(quarter.last, instants.until),
    )


def visited(session: Session, instants: Instants, quarter: Quarter) -> Share:
    """Return how many linked households were visited in a quarter; where the campaign asks one visit of each member
    instead, how many linked members made one.
    """
    if instants.campaign.visit_rule == PER_MEMBER:
        holders = select(Link.holder_id).where(
            *links_held(instants), Link.kind.in_(instants.campaign.kinds_to("household"))
        )
        went = select(func.count(Activity.member_id.distinct())).where(
            *visits(instants, quarter), Activity.household_id.in_(homes(instants)), Activity.member_id.in_(holders)
        )
        all_of_them = select(func.count(holders.distinct().subquery().c.holder_id))
        return Share(session.scalar(went) or 0, session.scalar(all_of_them) or 0)
    seen = select(func.count(Activity.household_id.distinct())).where(
        *visits(instants, quarter), Activity.household_id.in_(homes(instants))
    )
    whole = select(func.count(homes(instants).distinct().subquery().c.object_id))
    return Share(session.scalar(seen) or 0, session.scalar(whole) or 0)


def planned_year(session: Session, instants: Instants, checklist: str) -> int | None:
    """Return the last year a checklist is planned for; in a year's first weeks, with nothing planned, the one before.

    None: it was never planned.
    """
    mine = (*_of_checklist(instants, checklist), Goal.year <= instants.until.year)
    return session.scalar(select(func.max(Goal.year)).where(*mine))


def _of_checklist(instants: Instants, checklist: str) -> Sequence[Any]:
    return (known(Goal, instants.known_at), Goal.campaign == instants.campaign.code, Goal.checklist == checklist)


def objects(session: Session, instants: Instants, thing: str) -> int:
    """Return to how many households, industries or places somebody was linked on the last day that counts."""
    column = Link.region_code if thing == "region" else Link.object_id
    asked = select(func.count(column.distinct())).where(
        *links_held(instants), Link.kind.in_(instants.campaign.kinds_to(thing))
    )
    return session.scalar(asked) or 0


def counted(state: str, count: int, target: int) -> int:
    """Return how much of an item is done: all of its target once it is reached, of several what is there so far."""
    if state in REACHED:
        return target
    return min(count, target) if target > 1 else 0


def reached(session: Session, instants: Instants, checklist: str, *, objects: int) -> Share:
    """Return how many items of a checklist are reached in the last planned year, of all items of so many objects.

    An item that asks for several counts each of them: of five entities, three.
    """
    told = instants.campaign.checklists[checklist]
    whole = objects * sum(item.target for item in told.items)
    targets = {item.code: item.target for item in told.items}
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
    done = 0
    for item, state, count, goals in session.execute(asked):
        done += goals * counted(state, count, targets.get(item, 0))
    return Share(min(done, whole), whole)


def lacking(session: Session, instants: Instants, kind: LinkKind, part: str) -> int:
    """Return how many members in office have too few links of a part (the "1+1" of domain.md §1.2)."""
    if not kind.least[part]:
        return 0
    held = (
        select(Link.holder_id)
        .where(*links_held(instants), Link.kind == kind.code, Link.part == part)
        .group_by(Link.holder_id)
        .having(func.count() >= kind.least[part])
    )
    serving = select(MemberTerm.member_id).where(in_office(instants.until, known_at=instants.known_at))
    asked = select(func.count(Member.id.distinct())).where(
        known(Member, instants.known_at),
        within(Member.region_code, instants.campaign.region_code),
        Member.id.in_(serving),
        Member.id.not_in(held),
    )
    return session.scalar(asked) or 0
