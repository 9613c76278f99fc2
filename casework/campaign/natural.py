"""Records of a campaign by what files know them by: a day and whom it was about, never an id.

Withdrawn records are found too, so that an old file does not bring back what was taken out; who lists leaves them out.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import and_, select

from casework.activities.tables import Activity, Attendance, Cosignature, Service, Suggestion
from casework.campaign.tables import Goal, Link
from casework.core import editions
from casework.core.bulk import among
from casework.core.database import Session
from casework.core.editions import known
from casework.core.ranges import lies_in
from casework.households.tables import Household
from casework.industries.tables import Industry
from casework.members.tables import Member
from casework.projects.tables import Project

VISIT = "household_visit"
Dated = TypeVar("Dated", Service, Suggestion)


def links_of(session: Session, object_ids: Collection[UUID]) -> dict[UUID, list[Link]]:
    """Return the links to these objects in every campaign, ended ones too, oldest first."""
    asked = select(Link).where(known(Link), Link.object_id.in_(object_ids)).order_by(Link.valid_from)
    found: dict[UUID, list[Link]] = {}
    for link in session.scalars(asked) if object_ids else ():
        if link.object_id is not None:
            found.setdefault(link.object_id, []).append(link)
    return found


def visits_to(session: Session, household_ids: Collection[UUID], days: Collection[date]) -> Sequence[Activity]:
    """Return the visits to these households on these days."""
    if not household_ids:
        return ()
    asked = select(Activity).where(
        known(Activity),
        Activity.kind == VISIT,
        Activity.household_id.in_(household_ids),
        Activity.on_date.in_(days),
    )
    return session.scalars(asked.order_by(Activity.id)).all()


def activities_on(session: Session, days: Collection[date], region_code: str) -> Sequence[Activity]:
    """Return what was done in a county on these days, visits left out."""
    asked = select(Activity).where(
        known(Activity),
        Activity.kind != VISIT,
        Activity.on_date.in_(days),
        lies_in(Activity.region_code, region_code),
    )
    return session.scalars(asked.order_by(Activity.id)).all()


def attendances_of(session: Session, activity_ids: Collection[UUID], part: str) -> dict[UUID, list[Attendance]]:
    """Return who came along to these activities, or attended them, by activity in the order they were entered."""
    asked = select(Attendance).where(
        known(Attendance), Attendance.activity_id.in_(activity_ids), Attendance.part == part
    )
    found: dict[UUID, list[Attendance]] = {}
    for row in session.scalars(asked.order_by(Attendance.id)) if activity_ids else ():
        found.setdefault(row.activity_id, []).append(row)
    return found


def dated(
    session: Session, table: type[Dated], region_code: str, *, days: Collection[date], contents: Collection[str] = ()
) -> Sequence[Dated]:
    """Return the services or suggestions of a county that are of one of these days or say one of these things."""
    place = lies_in(table.region_code, region_code)
    asked = select(table).where(known(table), place, table.on_date.in_(days) | table.content.in_(contents))
    return session.scalars(asked.order_by(table.id)).all()


def goals_of(
    session: Session, *, years: Collection[int], object_ids: Collection[UUID], region_codes: Collection[str]
) -> Sequence[Goal]:
    """Return the goals of these objects and villages in these years."""
    about = Goal.object_id.in_(object_ids) | (Goal.object_id.is_(None) & Goal.region_code.in_(region_codes))
    return session.scalars(select(Goal).where(known(Goal), Goal.year.in_(years), about)).all()


def projects_named(
    session: Session, region_code: str, names: Collection[str], *, lock: bool = False
) -> Sequence[Project]:
    """Return the projects of a county that bear one of these names, locked for a change with `lock`."""
    place = lies_in(Project.region_code, region_code)
    return editions.newest_of(session, Project, and_(place, among(session, Project.name, names)), lock=lock)


def industries(session: Session, region_code: str) -> Sequence[Industry]:
    """Return the industries of a county."""
    asked = select(Industry).where(known(Industry), Industry.region_code == region_code, ~Industry.withdrawn)
    return session.scalars(asked.order_by(Industry.id)).all()


def members_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Member]:
    """Return these members."""
    return {row.id: row for row in session.scalars(select(Member).where(known(Member), Member.id.in_(ids)))}


# ---------------------------------------------------------------- whole ledgers


def told_visits(session: Session, region_code: str) -> Iterator[tuple[Activity, Member, Household]]:
    """Yield the visits of a county with who made them and to whom, the oldest first."""
    asked = (
        select(Activity, Member, Household)
        .join(Member, and_(Member.id == Activity.member_id, known(Member)))
        .join(Household, and_(Household.id == Activity.household_id, known(Household)))
        .where(*_standing(Activity, region_code), Activity.kind == VISIT)
        .order_by(Activity.on_date, Activity.id)
    )
    yield from session.execute(asked).all()


def companions(session: Session, activity_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Return the names of the members who came along, by activity."""
    asked = (
        select(Attendance.activity_id, Member.name)
        .join(Member, and_(Member.id == Attendance.member_id, known(Member)))
        .where(known(Attendance), ~Attendance.withdrawn, Attendance.part == "companion")
        .where(Attendance.activity_id.in_(activity_ids))
        .order_by(Attendance.id)
    )
    found: dict[UUID, list[str]] = {}
    for activity_id, name in session.execute(asked):
        found.setdefault(activity_id, []).append(name)
    return found


def cosigners(session: Session, suggestion_ids: Collection[UUID]) -> dict[UUID, list[tuple[Cosignature, str]]]:
    """Return who signed along, with their names, by suggestion, in the order in which they were entered."""
    asked = (
        select(Cosignature, Member.name)
        .join(Member, and_(Member.id == Cosignature.member_id, known(Member)))
        .where(known(Cosignature), ~Cosignature.withdrawn, Cosignature.suggestion_id.in_(suggestion_ids))
        .order_by(Cosignature.created_at, Cosignature.id)
    )
    found: dict[UUID, list[tuple[Cosignature, str]]] = {}
    for row, name in session.execute(asked):
        found.setdefault(row.suggestion_id, []).append((row, name))
    return found


def told(session: Session, table: type[Dated], region_code: str) -> Iterator[Dated]:
    """Yield the services or suggestions of a county, the oldest first."""
    asked = select(table).where(*_standing(table, region_code)).order_by(table.on_date, table.id)
    yield from session.scalars(asked)


def told_attendances(session: Session, region_code: str) -> Iterator[tuple[Attendance, Activity, Member]]:
    """Yield who signed in to what in a county, the oldest activity first."""
    asked = (
        select(Attendance, Activity, Member)
        .join(Activity, and_(Activity.id == Attendance.activity_id, known(Activity)))
        .join(Member, and_(Member.id == Attendance.member_id, known(Member)))
        .where(known(Attendance), ~Attendance.withdrawn, Attendance.part == "attendee")
        .where(*_standing(Activity, region_code))
        .order_by(Activity.on_date, Activity.id, Attendance.id)
    )
    yield from session.execute(asked).all()


def told_goals(session: Session, region_code: str) -> Sequence[Sequence[Goal]]:
    """Return the goals of a county, those of one object and year together, ordered by checklist, year and place."""
    place = lies_in(Goal.region_code, region_code)
    order = (Goal.campaign, Goal.checklist, Goal.year, Goal.region_code, Goal.object_id, Goal.id)
    found: dict[tuple[object, ...], list[Goal]] = {}
    for goal in session.scalars(select(Goal).where(known(Goal), place).order_by(*order)):
        found.setdefault((goal.campaign, goal.year, goal.object_id or goal.region_code), []).append(goal)
    return list(found.values())


def households_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Household]:
    """Return these households."""
    return {row.id: row for row in session.scalars(select(Household).where(known(Household), Household.id.in_(ids)))}


def _standing(table: type[Activity | Service | Suggestion], region_code: str) -> tuple[Any, ...]:
    place = lies_in(table.region_code, region_code)
    return (known(table), ~table.withdrawn, place)
