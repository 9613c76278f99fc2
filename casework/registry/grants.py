"""Roles given and ended, and who stands in for whom.

Rights are separated (reliability.md §4.3, §4.4): nobody holds two of the three offices admin, security, auditor; who
made an account does not grant it roles, and nobody grants any to themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from casework.core import texts
from casework.core.actors import ROLES, UNIT_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, Refusal, Refused
from casework.core.ids import new_id
from casework.registry import audit, queries
from casework.registry.account_rules import THREE_OFFICERS, is_officer
from casework.registry.tables import Deputy, Person, RoleGrant

ADDED, ENDED = "grant.added", "grant.ended"
APPOINTED = "deputy.appointed"
REASON_LENGTH = 200
_NO_PLACE = frozenset({"admin", "security"})


@dataclass(frozen=True, slots=True)
class Scope:
    """Over what a role is held."""

    role: str
    region: str | None
    org_id: UUID | None


def read_scope(session: Session, *, role: str, region: str | None, org: str | None, county: str) -> Scope:
    """Read role, region code and unit code. A role over places that names none is held over `county`.

    Raises:
        Invalid: `not_a_choice` on `role`, `no_such_region` on `region`, `no_such_org` or `org_needed` on `org`.
    """
    faults = []
    if role not in ROLES:
        faults.append(FieldError("role", "not_a_choice", {"choices": ", ".join(ROLES)}))
    if region and queries.region(session, region) is None:
        faults.append(FieldError("region", "no_such_region"))
    unit = queries.orgs_by_code(session, [org]).get(org) if org else None
    if org and unit is None:
        faults.append(FieldError("org", "no_such_org"))
    if not org and role in UNIT_ROLES:
        faults.append(FieldError("org", "org_needed", {"role": role}))
    if faults:
        raise Invalid(faults)
    if not region and role not in _NO_PLACE and role not in UNIT_ROLES:
        region = county
    return Scope(role, region or None, unit.id if unit is not None else None)


def add_grant(
    session: Session,
    person: Person,
    scope: Scope,
    *,
    actor: Actor | None,
    at: datetime,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> RoleGrant:
    """Give a person a role; the same role over the same again changes nothing. `actor` None: the office's console.

    Raises:
        Invalid: `valid_to` lies before `valid_from`.
        Refused: the rights would no longer be separated.
    """
    today = at.astimezone(session.info["zone"]).date()
    if valid_to is not None and valid_to < (valid_from or today):
        raise Invalid([FieldError("valid_to", "ends_before_start")])
    held = grants_from(session, person.id, day=today)
    refusals = _not_separated(person, scope, held, actor)
    if refusals:
        raise Refused(refusals)
    for row in held:
        if (row.role, row.region, row.org_id, row.valid_to) == (scope.role, scope.region, scope.org_id, valid_to):
            return row
    row = RoleGrant(
        id=new_id(),
        person_id=person.id,
        role=scope.role,
        region=scope.region,
        org_id=scope.org_id,
        valid_from=valid_from,
        valid_to=valid_to,
        reason="",
        granted_by=None if actor is None else actor.person_id,
        created_at=at,
    )
    session.add(row)
    audit.record(session, event=ADDED, actor=actor, at=at, facts=facts_of(row))
    session.flush()
    return row


def end_grant(session: Session, grant_id: UUID, *, reason: object, actor: Actor, at: datetime) -> RoleGrant:
    """End a role at once: yesterday was its last day, so the next request goes without it.

    Raises:
        NotFound: there is no such grant, or it has ended.
        Invalid: no reason was given.
        Refused: it is the actor's own.
    """
    words = texts.clean_text(reason, field="reason", max_length=REASON_LENGTH, multiline=False)
    today = at.astimezone(session.info["zone"]).date()
    row = get_grant(session, grant_id, at=at)
    if row.person_id == actor.person_id:
        raise Refused([Refusal("own_grant")])
    row.valid_to = today - timedelta(days=1)
    row.reason = words
    facts = {"person": str(row.person_id), "grant": str(row.id), "role": row.role, "reason": words}
    audit.record(session, event=ENDED, actor=actor, at=at, facts=facts)
    return row


def facts_of(row: RoleGrant) -> dict[str, str | None]:
    """Return what the audit tells of a role that is given: all it is, for `verify` holds the row against it."""
    told = {name: getattr(row, name) for name in ("region", "valid_from", "valid_to")}
    told |= {"person": row.person_id, "grant": row.id, "role": row.role, "org": row.org_id}
    return {name: None if value is None else str(value) for name, value in told.items()}


def get_grant(session: Session, grant_id: UUID, *, at: datetime) -> RoleGrant:
    """Return a grant that holds or will hold.

    Raises:
        NotFound: there is no such grant, or it has ended.
    """
    today = at.astimezone(session.info["zone"]).date()
    row = session.scalars(select(RoleGrant).where(RoleGrant.id == grant_id)).one_or_none()
    if row is None or (row.valid_to is not None and row.valid_to < today):
        raise NotFound("grant")
    return row


def grants_from(session: Session, person_id: UUID, *, day: date) -> Sequence[RoleGrant]:
    """Return the grants of a person that hold on a day or will later, in the order they were made."""
    return session.scalars(
        select(RoleGrant)
        .where(RoleGrant.person_id == person_id, or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= day))
        .order_by(RoleGrant.id)
    ).all()


def appoint_deputy(
    session: Session,
    person: Person,
    deputy: Person,
    *,
    valid_from: date,
    valid_to: date,
    actor: Actor | None,
    at: datetime,
) -> Deputy:
    """Let `deputy` stand in for `person` from one day to another, both included.

    Raises:
        Invalid: the end lies before the beginning, both are the same person, or the deputy holds one of the three
            offices.
    """
    if person.id == deputy.id:
        raise Invalid([FieldError("deputy", "own_deputy")])
    today = at.astimezone(session.info["zone"]).date()
    if is_officer({row.role for row in grants_from(session, deputy.id, day=today)}):
        raise Invalid([FieldError("deputy", "deputy_conflicted")])
    if valid_to < valid_from:
        raise Invalid([FieldError("valid_to", "ends_before_start")])
    row = Deputy(
        id=new_id(), person_id=person.id, deputy_id=deputy.id, valid_from=valid_from, valid_to=valid_to, created_at=at
    )
    session.add(row)
    audit.record(session, event=APPOINTED, actor=actor, at=at, facts=appointment_facts(row))
    session.flush()
    return row


def appointment_facts(row: Deputy) -> dict[str, str | None]:
    """Return what the audit tells of who stands in for whom; `verify` holds the row against it."""
    ids = {"appointment": row.id, "person": row.person_id, "deputy": row.deputy_id}
    days = {"valid_from": row.valid_from, "valid_to": row.valid_to}
    return {name: str(value) for name, value in {**ids, **days}.items()}


def deputies_of(session: Session, person_id: UUID, *, day: date) -> Sequence[tuple[Deputy, str]]:
    """Return who stands in for a person on a day or will later, with their names."""
    rows = session.execute(
        select(Deputy, Person.name)
        .join(Person, Person.id == Deputy.deputy_id)
        .where(Deputy.person_id == person_id, Deputy.valid_to >= day)
        .order_by(Deputy.valid_from)
    )
    return [(row, name) for row, name in rows]


def _not_separated(person: Person, scope: Scope, held: Sequence[RoleGrant], actor: Actor | None) -> list[Refusal]:
    refusals = []
    offices = THREE_OFFICERS & {scope.role, *(row.role for row in held)}
    if scope.role in THREE_OFFICERS and len(offices) > 1:
        refusals.append(Refusal("three_offices_apart"))
    if actor is not None and actor.person_id == person.id:
        refusals.append(Refusal("own_grant"))
    elif actor is not None and person.created_by is not None and actor.person_id == person.created_by:
        refusals.append(Refusal("maker_cannot_grant"))
    return refusals
