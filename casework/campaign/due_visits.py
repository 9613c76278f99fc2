"""Which linked households to visit next, by need (domain.md §3e): where nobody was this quarter, the watched first,
then the longest unvisited.

A household is visited once a quarter; where the campaign asks one visit of each member instead, any of theirs will do.
Who made the visit does not matter for the household's need; a telephone call is told apart and is no visit. One
statement answers for a member's households as for those of a whole county.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, tuple_

from casework.activities.tables import Activity
from casework.campaign.definition import PER_MEMBER, LinkKind
from casework.campaign.links import listing, member_list
from casework.campaign.links.links import active
from casework.campaign.loader import campaigns
from casework.campaign.quarters import quarter_of
from casework.campaign.tables import Link
from casework.campaign.visibility import visible_households, visible_links
from casework.campaign.visits import VISIT
from casework.core.actors import Actor
from casework.core.columns import Day, Id
from casework.core.database import Session
from casework.core.editions import known, standing
from casework.households.actions import WATCH
from casework.households.tables import Household, HouseholdStatus
from casework.members.tables import Member

# Days of a quarter on which those who have not been everywhere are reminded (domain.md §3e).
REMINDER_DAYS = (80, 60)
_PHONE = "phone"
# What was known to be a risk and is none any more needs no haste.
_CLEARED = "risk_cleared"
# Where no visit was made, the wait is the longest there is.
_NEVER = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the queue is narrowed to; What is empty narrows nothing.

    `name`: of the member, or its letters; `missing`: not visited this quarter.
    """

    regions: tuple[str, ...] = ()
    member: UUID | None = None
    name: str = ""
    missing: bool = False
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """One link of a member to a household, with how long nobody was there; `watch` is empty for the unwatched."""

    household: Household
    link: Link
    member_name: str
    watch: str
    visited_on: date | None
    called_on: date | None
    # The last visit that counts by the rule of the link's campaign.
    counted_on: date | None = None
    # How pressing it is, 0 the most.
    rank: int = 0

    @property
    def key(self) -> tuple[int, date, UUID]:
        """Its place in the queue."""
        return (self.rank, self.visited_on or _NEVER, self.link.id)

    def is_missing(self, on: date) -> bool:
        """Say whether nobody was there yet in the quarter of a day."""
        return self.counted_on is None or self.counted_on < quarter_of(on).first

    def days(self, on: date) -> int | None:
        """Return how many days ago the last visit was; None when there was none."""
        return None if self.visited_on is None else (on - self.visited_on).days


@dataclass(frozen=True, slots=True)
class Missing:
    """A member with so many linked households nobody has visited this quarter; `person_id`: the account, if any."""

    member_id: UUID
    person_id: UUID | None
    region_code: str
    households: int


def page(
    session: Session,
    actor: Actor,
    asked: Asked,
    *,
    on: date,
    after: tuple[int, date, UUID] | None = None,
    limit: int | None = None,
) -> Sequence[Due]:
    """Return linked households the actor may know of by need, from behind a key on; `on` is today."""
    found = _asked(actor, asked, on=on)
    place = (_rank(on), func.coalesce(_last(on, is_call=False), literal(_NEVER, Day())), Link.id)
    if after is not None:
        found = found.where(
            tuple_(*place) > tuple_(literal(after[0]), literal(after[1], Day()), literal(after[2], Id()))
        )
    rows = session.execute(found.order_by(*place).limit(limit))
    return [Due(row[0], row[1], row[2], row[3] or "", *row[4:]) for row in rows]


def count(session: Session, actor: Actor, asked: Asked, *, on: date) -> int:
    """Count the links that fit."""
    found = _asked(actor, asked, on=on).with_only_columns(Link.id)
    return listing.count(session, found)


def reminder(on: date) -> int:
    """Return the highest of the reminder's days that the quarter has reached; 0 before the first."""
    passed = (on - quarter_of(on).first).days + 1
    return next((day for day in REMINDER_DAYS if passed >= day), 0)


def missing_by_member(session: Session, *, on: date) -> list[Missing]:
    """Return every member who is linked to a household nobody has visited in the quarter of a day.

    Where a campaign asks one visit of each member, a member who made one is none of them.
    """
    first = literal(quarter_of(on).first, Day())
    made = (standing(Activity), Activity.kind == VISIT, Activity.form != _PHONE)
    when = (Activity.on_date >= first, Activity.on_date <= literal(on, Day()))
    visited = select(Activity.id).where(*made, *when, Activity.household_id == Link.object_id).exists()
    went = select(Activity.id).where(*made, *when, Activity.member_id == Link.holder_id).exists()
    each_member = [code for code, told in campaigns().items() if told.visit_rule == "per_member"]
    homes = [(code, kind.code) for code, told in campaigns().items() for kind in told.links.values() if _is_home(kind)]
    rows = session.execute(
        select(Member.id, Member.person_id, Member.region_code, func.count(Link.object_id.distinct()))
        .join(Link, and_(Link.holder_id == Member.id, known(Link), active(on)))
        .where(
            known(Member),
            tuple_(Link.campaign, Link.kind).in_(homes),
            ~visited,
            or_(Link.campaign.not_in(each_member), ~went),
        )
        .group_by(Member.id, Member.person_id, Member.region_code)
        .order_by(Member.id)
    )
    return [Missing(*row) for row in rows]


def _is_home(kind: LinkKind) -> bool:
    return kind.holder == "member" and kind.object == "household"


def latest_visit(session: Session, household_id: UUID) -> Activity | None:
    """Return the last visit or call to a household; who may know of the household may know of it."""
    asked = select(Activity).where(standing(Activity), Activity.kind == VISIT, Activity.household_id == household_id)
    return session.scalars(asked.order_by(Activity.on_date.desc(), Activity.id.desc()).limit(1)).first()


def _asked(actor: Actor, asked: Asked, *, on: date) -> Select[Any]:
    found = (
        select(
            Household,
            Link,
            Member.name,
            _watch(on),
            _last(on, is_call=False),
            _last(on, is_call=True),
            _counted(on),
            _rank(on),
        )
        .join(Link, and_(Link.object_id == Household.id, known(Link), active(on)))
        .join(Member, and_(Member.id == Link.holder_id, known(Member)))
        .where(known(Household), visible_households(actor, on=on), visible_links(actor, on=on))
        # A link that was left open when its campaign ended asks for no more visits.
        .where(Link.campaign.not_in([each.code for each in campaigns().values() if each.ends and each.ends < on]))
    )
    if asked.campaign is not None:
        found = found.where(Link.campaign == asked.campaign)
    if asked.regions:
        found = found.where(listing.within(Household.region_code, asked.regions))
    if asked.member is not None:
        found = found.where(Link.holder_id == asked.member)
    if asked.name:
        found = found.where(member_list.called_so(asked.name))
    return found.where(~_is_done(on)) if asked.missing else found


def _last(on: date, *, is_call: bool) -> ColumnElement[Any]:
    """Return the day of the last visit, or the last call; a visit of which no form is told was made on site."""
    return (
        select(func.max(Activity.on_date))
        .where(
            standing(Activity),
            Activity.kind == VISIT,
            Activity.household_id == Household.id,
            Activity.on_date <= literal(on, Day()),
            Activity.form == _PHONE if is_call else Activity.form != _PHONE,
        )
        .correlate(Household)
        .scalar_subquery()
    )


def _counted(on: date) -> ColumnElement[Any]:
    """Return the day of the last visit that counts: to the household, or by the member where the campaign says so."""
    per_member = [each.code for each in campaigns().values() if each.visit_rule == PER_MEMBER]
    if not per_member:
        return _last(on, is_call=False)
    by_member = (
        select(func.max(Activity.on_date))
        .where(
            standing(Activity),
            Activity.kind == VISIT,
            Activity.member_id == Link.holder_id,
            Activity.on_date <= literal(on, Day()),
            Activity.form != _PHONE,
        )
        .correlate(Link)
        .scalar_subquery()
    )
    return case((Link.campaign.in_(per_member), by_member), else_=_last(on, is_call=False))


def _watch(on: date) -> ColumnElement[Any]:
    held = and_(
        known(HouseholdStatus),
        HouseholdStatus.household_id == Household.id,
        HouseholdStatus.part == WATCH,
        HouseholdStatus.code != _CLEARED,
        HouseholdStatus.valid_from <= literal(on, Day()),
        or_(HouseholdStatus.valid_to.is_(None), HouseholdStatus.valid_to >= literal(on, Day())),
    )
    return select(func.max(HouseholdStatus.code)).where(held).correlate(Household).scalar_subquery()


def _is_done(on: date) -> ColumnElement[bool]:
    """Whether somebody was there in the quarter of a day; of a household nobody ever went to that is no."""
    return func.coalesce(_counted(on), literal(_NEVER, Day())) >= literal(quarter_of(on).first, Day())


def _rank(on: date) -> ColumnElement[int]:
    return case((_is_done(on), 2), else_=0) + case((_watch(on).is_not(None), 0), else_=1)
