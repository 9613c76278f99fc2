"""Which plain records of a campaign an actor may know of, as SQL, and what the same question is asked of in Python.

Relations are those of permissions.toml `[visible]`; a property test compares `visible_to` with `subject_of` and the
predicates of permissions.py. A member sees what is their own (by `member_id` or by having come along) and what is
about a household they are linked to, until some days after the link has ended.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from casework.activities.tables import Activity, Attendance, Cosignature, Lead, Service, Suggestion
from casework.announcements.tables import Announcement, Receipt
from casework.campaign.tables import Goal, Link, Plan
from casework.core.actors import TRIAGE_ROLES, UNIT_ROLES, Actor
from casework.core.database import Session
from casework.core.editions import Edition, known, standing, withdrawn
from casework.core.errors import NotFound
from casework.core.ranges import lies_in
from casework.duties.tables import Duty, MemberHome
from casework.households.tables import Household, IncomeEstimate
from casework.industries.tables import Entity, Industry, Park
from casework.leaders.tables import Leader
from casework.members.tables import Member
from casework.permissions import Subject, rules
from casework.projects.tables import Beneficiary, Project
from casework.slogans.tables import Slogan

# What belonged to a link stays readable for so long after it ended, like a case for a unit that had it.
LINKED_DAYS = 30
# The kind of activity that is written for every member to read.
PUBLISHED = "experience"
# Records by the family whose rules of `[visible]` hold for them.
FAMILIES: Mapping[type[Edition], str] = {
    **dict.fromkeys((Industry, Park, Entity), "industry"),
    Leader: "leader",
    **dict.fromkeys((Project, Beneficiary), "project"),
    Activity: "activity",
    Attendance: "attendance",
    Cosignature: "cosignature",
    Lead: "lead",
    **dict.fromkeys((Service, Suggestion), "contribution"),
    **dict.fromkeys((Goal, Plan), "goal"),
    IncomeEstimate: "income",
    Announcement: "announcement",
    Receipt: "receipt",
    **dict.fromkeys((MemberHome, Duty), "duty"),
    Slogan: "slogan",
    Member: "member",
    Household: "household",
}
# What has no place of its own lies where its parent lies.
_PARENTS: Mapping[type[Edition], tuple[Any, type[Edition]]] = {
    Attendance: (Attendance.activity_id, Activity),
    Beneficiary: (Beneficiary.project_id, Project),
    IncomeEstimate: (IncomeEstimate.household_id, Household),
    Cosignature: (Cosignature.suggestion_id, Suggestion),
    Receipt: (Receipt.announcement_id, Announcement),
    Duty: (Duty.home_id, MemberHome),
}
_HOUSEHOLDS: Mapping[type[Edition], Any] = {
    Activity: Activity.household_id,
    Lead: Lead.household_id,
    Goal: Goal.object_id,
    Plan: Plan.object_id,
    IncomeEstimate: IncomeEstimate.household_id,
    Household: Household.id,
}
_Term = Callable[[Actor, Any, date], ColumnElement[bool] | None]


def visible_to(actor: Actor, table: type[Edition], *, on: date) -> ColumnElement[bool]:
    """Return the condition on a table that holds for every record the actor may know of on a day, and for no other."""
    made = (_TERMS[name](actor, table, on) for name in rules().visible[FAMILIES[table]])
    terms = [term for term in made if term is not None]
    return or_(*terms) if terms else false()


def seen_of(session: Session, actor: Actor, table: type[Edition], ids: Collection[UUID], *, on: date) -> set[UUID]:
    """Return those of some records, by id, the actor may know of on a day."""
    asked = select(table.id).where(table.id.in_(ids), known(table), visible_to(actor, table, on=on))
    return set(session.scalars(asked)) if ids else set()


def find(
    session: Session,
    actor: Actor,
    table: type[Edition],
    record_id: UUID,
    *,
    on: date,
    only: Sequence[ColumnElement[bool]] = (),
    lock: bool = False,
) -> Any:
    """Return the newest edition of a record the actor may know of, one of `only` these, locked with `lock`.

    Raises:
        NotFound: there is none, or none for this actor.
    """
    asked = select(table).where(table.id == record_id, known(table), *only, visible_to(actor, table, on=on))
    # Who waited for the lock of an edition that was superseded meanwhile finds nothing, and looks once more.
    for _ in range(2):
        found = session.scalars(asked.with_for_update() if lock else asked).one_or_none()
        if found is not None:
            return found
    raise NotFound(str(table.__name__))


def place_condition(table: Any, prefix: str) -> ColumnElement[bool]:
    """Return the condition that a record lies in a place whose code begins so."""
    if not prefix:
        return true()
    column, parent = _PARENTS.get(table, (None, table))
    place = _place(parent)
    # A range instead of LIKE: it uses the index whatever the collation. Codes are digits only.
    near = lies_in(place, prefix)
    return near if column is None else column.in_(select(parent.id).where(known(parent), near))


def subject_of(session: Session, row: Any, *, on: date) -> Subject:
    """Return what permissions are asked about a record: its place, whose it is and who is linked to its household."""
    table = type(row)
    household_id = getattr(row, _HOUSEHOLDS[table].key) if table in _HOUSEHOLDS else None
    return Subject(
        place_of(session, row),
        own_person_ids=_accounts(session, _own_members(session, row)),
        co_org_ids=_own_orgs(session, row),
        is_published=isinstance(row, Activity) and row.kind == PUBLISHED,
        linked_person_ids=() if household_id is None else _accounts(session, _linked_members(household_id, on)),
    )


def place_of(session: Session, row: Any) -> str:
    """Return the code of the place a record lies in: its own, or that of the activity or project it belongs to."""
    parent = _PARENTS.get(type(row))
    if parent is None:
        code: str = row.region_code
        return code
    column, table = parent
    asked = select(_place(table)).where(table.id == getattr(row, column.key), known(table))
    return session.scalar(asked) or ""


def own_member(session: Session, actor: Actor) -> UUID | None:
    """Return the member whose account the actor is, None when they are no member."""
    if actor.person_id is None or "member" not in actor.roles:
        return None
    return session.scalars(_own_ids(actor.person_id).order_by(Member.id).limit(1)).first()


def _own_ids(person_id: UUID) -> Select[Any]:
    return select(Member.id).where(known(Member), Member.person_id == person_id)


def _mine(actor: Actor) -> Select[Any] | None:
    return None if actor.person_id is None or "member" not in actor.roles else _own_ids(actor.person_id)


def _place(table: Any) -> Any:
    return table.region_code


def _over(roles: frozenset[str]) -> _Term:
    def term(actor: Actor, table: Any, _on: date) -> ColumnElement[bool] | None:
        prefixes = actor.regions(roles)
        if not prefixes:
            return None
        return or_(*(place_condition(table, code) for code in prefixes))

    return term


def _reader(actor: Actor, table: Any, on: date) -> ColumnElement[bool] | None:
    over = _over(frozenset({"member"}))(actor, table, on)
    return None if over is None else and_(table.kind == PUBLISHED, over)


def _own(actor: Actor, table: Any, _on: date) -> ColumnElement[bool] | None:
    mine = _mine(actor)
    if mine is None:
        return None
    if table is Announcement:
        return Announcement.id.in_(_addressed(Receipt.member_id.in_(mine)))
    terms: list[ColumnElement[bool]] = [table.member_id.in_(mine)]
    if table is Activity:
        along = select(Attendance.activity_id).where(
            known(Attendance), withdrawn(Attendance, value=False), Attendance.member_id.in_(mine)
        )
        called = select(Announcement.activity_id).where(
            standing(Announcement), Announcement.id.in_(_addressed(Receipt.member_id.in_(mine)))
        )
        terms += [Activity.id.in_(along), Activity.id.in_(called)]
    elif table is Attendance:
        led = select(Activity.id).where(known(Activity), Activity.member_id.in_(mine))
        terms.append(Attendance.activity_id.in_(led))
    elif table is Suggestion:
        signed = select(Cosignature.suggestion_id).where(standing(Cosignature), Cosignature.member_id.in_(mine))
        terms.append(Suggestion.id.in_(signed))
    elif table is Cosignature:
        made = select(Suggestion.id).where(known(Suggestion), Suggestion.member_id.in_(mine))
        terms.append(Cosignature.suggestion_id.in_(made))
    return or_(*terms)


def _of_unit(actor: Actor, table: Any, _on: date) -> ColumnElement[bool] | None:
    orgs = actor.org_ids(UNIT_ROLES)
    if not orgs:
        return None
    if table is Lead:
        return Lead.org_id.in_(orgs)
    mine = Receipt.org_id.in_(orgs)
    return mine if table is Receipt else Announcement.id.in_(_addressed(mine))


def _addressed(mine: ColumnElement[bool]) -> Select[Any]:
    return select(Receipt.announcement_id).where(standing(Receipt), mine)


def addressed_to(actor: Actor, table: type[Announcement] | type[Receipt]) -> ColumnElement[bool]:
    """Return the condition on announcements or receipts that are the actor's own to answer, as member or for a unit."""
    terms = [term for term in (_own(actor, table, date.max), _of_unit(actor, table, date.max)) if term is not None]
    return or_(*terms) if terms else false()


def _linked(actor: Actor, table: Any, on: date) -> ColumnElement[bool] | None:
    mine = _mine(actor)
    if mine is None:
        return None
    if table is Member:
        # What they are linked to first of all is their own record.
        return Member.person_id == actor.person_id
    held = select(Link.object_id).where(known(Link), Link.holder_id.in_(mine), _lasts(on), Link.object_id.is_not(None))
    condition: ColumnElement[bool] = _HOUSEHOLDS[table].in_(held)
    return condition


def _lasts(on: date) -> ColumnElement[bool]:
    return or_(Link.valid_to.is_(None), Link.valid_to >= on - timedelta(days=LINKED_DAYS))


def _own_members(session: Session, row: Any) -> Sequence[UUID]:
    own: list[UUID | None] = [getattr(row, "member_id", None)]
    if isinstance(row, Activity):
        along = select(Attendance.member_id).where(
            known(Attendance), withdrawn(Attendance, value=False), Attendance.activity_id == row.id
        )
        own += session.scalars(along)
        call = select(Announcement.id).where(standing(Announcement), Announcement.activity_id == row.id)
        own += session.scalars(select(Receipt.member_id).where(standing(Receipt), Receipt.announcement_id.in_(call)))
    elif isinstance(row, Attendance):
        own += session.scalars(select(Activity.member_id).where(known(Activity), Activity.id == row.activity_id))
    elif isinstance(row, Suggestion):
        signed = select(Cosignature.member_id).where(standing(Cosignature), Cosignature.suggestion_id == row.id)
        own += session.scalars(signed)
    elif isinstance(row, Cosignature):
        made = select(Suggestion.member_id).where(known(Suggestion), Suggestion.id == row.suggestion_id)
        own += session.scalars(made)
    elif isinstance(row, Announcement):
        own += session.scalars(select(Receipt.member_id).where(standing(Receipt), Receipt.announcement_id == row.id))
    return [each for each in own if each is not None]


def _own_orgs(session: Session, row: Any) -> Sequence[UUID]:
    """Return the units an announcement went to, or the one a receipt is of or a lead was told to."""
    orgs: list[UUID | None] = []
    if isinstance(row, Announcement):
        orgs += session.scalars(select(Receipt.org_id).where(standing(Receipt), Receipt.announcement_id == row.id))
    elif isinstance(row, Receipt | Lead):
        orgs.append(row.org_id)
    return [each for each in orgs if each is not None]


def _linked_members(household_id: UUID, on: date) -> Select[Any]:
    return select(Link.holder_id).where(known(Link), Link.object_id == household_id, _lasts(on))


def _accounts(session: Session, members: Any) -> Sequence[UUID]:
    asked = select(Member.person_id).where(known(Member), Member.id.in_(members), Member.person_id.is_not(None))
    return [each for each in session.scalars(asked) if each is not None]


def _system(actor: Actor, _table: Any, _on: date) -> ColumnElement[bool] | None:
    return true() if actor.is_system else None


_TERMS: Mapping[str, _Term] = {
    "triage": _over(TRIAGE_ROLES),
    "member": _over(frozenset({"member"})),
    "overseer": _over(frozenset({"observer", "auditor"})),
    "liaison": _over(frozenset({"liaison"})),
    "own": _own,
    "co_unit": _of_unit,
    "reader": _reader,
    "linked": _linked,
    "system": _system,
}
