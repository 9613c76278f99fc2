"""Which sheets there are, and who may know of which: the office of the place its own, a member the own one.

Lists are in the order of names and never of scores (domain.md §0 no. 1).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from casework.assessment.tables import Assessment, SpotCheck, SpotFinding
from casework.campaign.links.listing import Key, after
from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known
from casework.core.errors import NotFound
from casework.core.ranges import lies_in_any
from casework.matters import sight
from casework.members.tables import Member
from casework.permissions import Subject


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on the sheets an actor may know of."""
    own: dict[str, ColumnElement[bool]] = {}
    if "member" in actor.roles and actor.person_id is not None:
        mine = select(Member.id).where(known(Member), Member.person_id == actor.person_id)
        own["own"] = Assessment.member_id.in_(mine)
    return sight.seen_by(actor, "assessment", Assessment, own)


def get(session: Session, actor: Actor, sheet_id: UUID, *, lock: bool = False) -> Assessment:
    """Return a sheet.

    Raises:
        NotFound: there is none, or none the actor may know of.
    """
    return sight.take(session, Assessment, sheet_id, visible_to(actor), lock=lock)


def subject_of(session: Session, row: Assessment) -> Subject:
    """Return what permissions about a sheet are asked of: its place, and whose account the member's is."""
    person = person_of(session, row)
    return Subject(row.region_code, own_person_ids=() if person is None else (person,))


def person_of(session: Session, row: Assessment) -> UUID | None:
    """Return the account of the member a sheet is about, None when they have none."""
    return session.scalar(select(Member.person_id).where(known(Member), Member.id == row.member_id))


def page(
    session: Session,
    actor: Actor,
    *,
    campaign: str | None = None,
    year: int | None = None,
    band: str | None = None,
    state: str | None = None,
    member: UUID | None = None,
    name: str | None = None,
    key: Key | None = None,
    limit: int,
) -> Sequence[Assessment]:
    """Return sheets in the order of members, by the letters of the name; `name`: of those whose name holds it."""
    is_of = and_(Member.id == Assessment.member_id, known(Member))
    wanted = {"campaign": campaign, "year": year, "band": band, "state": state, "member_id": member}
    asked = select(Assessment).join(Member, is_of).where(visible_to(actor), *_fitting(wanted))
    if name:
        asked = asked.where(Assessment.member_name.contains(name, autoescape=True))
    return session.scalars(after(asked, Member.pinyin, Assessment.id, key).limit(limit)).all()


def count(
    session: Session,
    actor: Actor,
    *,
    campaign: str | None = None,
    year: int | None = None,
    band: str | None = None,
    state: str | None = None,
    member: UUID | None = None,
) -> int:
    """Count all sheets that fit."""
    wanted = {"campaign": campaign, "year": year, "band": band, "state": state, "member_id": member}
    asked = select(func.count()).select_from(Assessment).where(visible_to(actor), *_fitting(wanted))
    return session.scalar(asked) or 0


def _fitting(wanted: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    return [getattr(Assessment, name) == value for name, value in wanted.items() if value is not None]


def place_of(session: Session, row: Assessment) -> list[str]:
    """Return where a sheet stands among those of `page`."""
    letters = session.scalar(select(Member.pinyin).where(Member.id == row.member_id, known(Member)))
    return [letters or "", str(row.id)]


def states(session: Session, actor: Actor, campaign: str, year: int) -> dict[str, int]:
    """Count the sheets of a year that an actor may know of by their state."""
    asked = select(Assessment.state, func.count()).where(
        visible_to(actor), Assessment.campaign == campaign, Assessment.year == year
    )
    return {row[0]: row[1] for row in session.execute(asked.group_by(Assessment.state))}


def last_year(session: Session, actor: Actor, campaign: str) -> int | None:
    """Return the latest year of which an actor may know of a sheet, None when there is none."""
    asked = select(func.max(Assessment.year)).where(visible_to(actor), Assessment.campaign == campaign)
    return session.scalar(asked)


def newest_of(session: Session, actor: Actor, member_id: UUID) -> Assessment | None:
    """Return the sheet of the latest year of a member, None when the actor may know of none."""
    asked = select(Assessment).where(visible_to(actor), Assessment.member_id == member_id)
    return session.scalars(asked.order_by(Assessment.year.desc(), Assessment.id.desc()).limit(1)).one_or_none()


def of_year(session: Session, campaign: str, year: int) -> dict[UUID, Assessment]:
    """Return the sheets of a year by member."""
    asked = select(Assessment).where(Assessment.campaign == campaign, Assessment.year == year)
    return {row.member_id: row for row in session.scalars(asked)}


def under(session: Session, actor: Actor) -> Iterator[Assessment]:
    """Yield every sheet an actor may know of, by year and name."""
    asked = select(Assessment).where(visible_to(actor))
    yield from session.scalars(asked.order_by(Assessment.year, Assessment.member_name, Assessment.id))


def unanswered(session: Session, *, at: datetime) -> Sequence[UUID]:
    """Return the sheets whose time to answer is over without a word."""
    asked = select(Assessment.id).where(Assessment.state == "computed", Assessment.due_at <= at)
    return session.scalars(asked.order_by(Assessment.id)).all()


def checks(
    session: Session,
    actor: Actor,
    *,
    campaign: str | None = None,
    quarter: str | None = None,
    after: tuple[str, str, UUID] | None = None,
    limit: int | None = None,
) -> Sequence[SpotCheck]:
    """Return the spot checks an actor may know of, the latest quarter first; `after` quarter, campaign and id."""
    asked = select(SpotCheck).where(*_checks(actor, campaign, quarter))
    if after is not None:
        of_quarter, of_campaign, last = after
        behind = or_(SpotCheck.campaign > of_campaign, and_(SpotCheck.campaign == of_campaign, SpotCheck.id > last))
        asked = asked.where(or_(SpotCheck.quarter < of_quarter, and_(SpotCheck.quarter == of_quarter, behind)))
    return session.scalars(
        asked.order_by(SpotCheck.quarter.desc(), SpotCheck.campaign, SpotCheck.id).limit(limit)
    ).all()


def count_checks(session: Session, actor: Actor, *, campaign: str | None = None, quarter: str | None = None) -> int:
    """Count the spot checks that fit."""
    asked = select(func.count()).select_from(SpotCheck).where(*_checks(actor, campaign, quarter))
    return session.scalar(asked) or 0


def _checks(actor: Actor, campaign: str | None, quarter: str | None) -> list[ColumnElement[bool]]:
    asked = ((SpotCheck.campaign, campaign), (SpotCheck.quarter, quarter))
    told = (column == value for column, value in asked if value is not None)
    return [known(SpotCheck), _over(SpotCheck, actor), *told]


def get_check(session: Session, actor: Actor, check_id: UUID, *, lock: bool = False) -> SpotCheck:
    """Return a spot check.

    Raises:
        NotFound: there is none, or none the actor may know of.
    """
    asked = select(SpotCheck).where(SpotCheck.id == check_id, known(SpotCheck), _over(SpotCheck, actor))
    found = session.scalars(asked).one_or_none()
    if found is None:
        raise NotFound
    return editions.newest(session, SpotCheck, check_id, lock=True) if lock else found


def get_finding(session: Session, check: SpotCheck, visit_id: UUID) -> SpotFinding:
    """Return a visit drawn in a check, locked for a change.

    Raises:
        NotFound: it was not drawn.
    """
    asked = select(SpotFinding.id).where(
        known(SpotFinding), SpotFinding.spot_check_id == check.id, SpotFinding.activity_id == visit_id
    )
    found = session.scalar(asked)
    if found is None:
        raise NotFound
    return editions.newest(session, SpotFinding, found, lock=True)


def _over(table: type[SpotCheck], actor: Actor) -> ColumnElement[bool]:
    prefixes = {prefix for roles in sight.BY_PLACE.values() for prefix in actor.regions(roles)}
    return lies_in_any(table.region_code, sorted(prefixes))
