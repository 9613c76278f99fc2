"""What can be asked of places, units, categories and people."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from casework.core import texts
from casework.core.actors import Grant
from casework.core.bulk import among
from casework.core.database import Session
from casework.core.errors import invalid
from casework.core.ids import parse_id
from casework.core.ranges import lies_in
from casework.registry.tables import Category, Deputy, Org, Person, Region, RoleGrant

# Of a province, prefecture, county, township and village.
PLACE_DIGITS = (2, 4, 6, 9, 12)
# The code of the unit that stands for whoever answered where a file names nobody; other counties have theirs behind it.
STAND_IN = "imported"


def orgs_by_code(session: Session, codes: Iterable[str]) -> Mapping[str, Org]:
    """Return the units in force of the given codes; within a transaction each is asked for once."""
    wanted = list(codes)
    known: dict[str, Org] = session.known.setdefault("orgs", {})
    missing = [code for code in wanted if code not in known]
    if missing:
        found = session.scalars(_ORGS_BY_CODE, {"codes": missing})
        known.update((org.code, org) for org in found)
    return {code: known[code] for code in wanted if code in known and known[code].valid_to is None}


# Asked at every assignment, so it is made once.
_ORGS_BY_CODE = select(Org).where(Org.code.in_(bindparam("codes", expanding=True)), Org.valid_to.is_(None))


def is_stand_in(code: str) -> bool:
    """Say whether a unit stands for one that nobody knows: what it answered teaches nothing, nothing is given to it."""
    return code == STAND_IN or code.startswith(f"{STAND_IN}-")


def has_units(session: Session) -> bool:
    """Say whether there is any unit in force that a case could be given to."""
    return session.scalar(select(Org.id).where(Org.valid_to.is_(None)).limit(1)) is not None


def org_ever(session: Session, value: object, *, field: str) -> UUID:
    """Return the unit of a code, one of the past too: what it did is still there.

    Raises:
        Invalid: it is no code, or no unit ever had it.
    """
    code = texts.parse_code(value, field=field)
    org_id = session.scalar(select(Org.id).where(Org.code == code))
    if org_id is None:
        raise invalid(field, "no_such_org", value=code)
    return org_id


def orgs_by_id(session: Session, ids: Iterable[UUID]) -> Mapping[UUID, Org]:
    """Return the units of the given ids, those of the past too."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    return {org.id: org for org in session.scalars(select(Org).where(Org.id.in_(wanted)))}


def region(session: Session, code: str) -> Region | None:
    """Return a place in force, or None."""
    found = None if texts.names_nothing(code) else session.get(Region, code)
    return found if found is not None and found.valid_to is None else None


def begins_a_place(session: Session, code: str) -> bool:
    """Say whether a digit code is that of a place, those of the past too, or of what places lie in."""
    if not (code.isascii() and code.isdigit() and len(code) in PLACE_DIGITS):
        return False
    # A range over an index, not a LIKE: places are few, but every list asks.
    return session.scalar(select(Region.code).where(lies_in(Region.code, code)).limit(1)) is not None


def region_names(session: Session, codes: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Return for each code the names from township to village, such as ("竹园镇", "方石村")."""
    wanted = set(codes)
    asked = {part for code in wanted for part in _path(code)}
    if not asked:
        return {}
    rows = session.execute(select(Region.code, Region.name).where(Region.code.in_(asked)))
    names: dict[str, str] = {row[0]: row[1] for row in rows}
    return {code: [names[part] for part in _path(code) if part in names] for code in wanted}


def _path(code: str) -> list[str]:
    # Below the county: township (9 digits) and village (12); the county itself only when it is all there is.
    return [code[:length] for length in (9, 12) if len(code) >= length] or [code]


def category(session: Session, code: str) -> Category | None:
    """Return a category in use, or None."""
    found = None if texts.names_nothing(code) else session.get(Category, code)
    return found if found is not None and found.active else None


def people_by_id(session: Session, ids: Iterable[UUID | None]) -> Mapping[UUID, str]:
    """Return the names of people."""
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    return {row[0]: row[1] for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))}


def people_named(session: Session, names: Sequence[str]) -> Sequence[UUID]:
    """Return the active people of these user names, and of these names where only one person bears it, in order."""
    by_name = people_by_name(session, names)
    return list(dict.fromkeys(person_id for name in names for person_id in by_name[name]))


def people_by_name(session: Session, names: Collection[str]) -> Mapping[str, Sequence[UUID]]:
    """Return the same people by the name or user name they were asked for."""
    if not names:
        return {}
    rows = session.execute(
        select(Person.id, Person.user_name, Person.name).where(
            or_(among(session, Person.user_name, names), among(session, Person.name, names)),
            Person.disabled_at.is_(None),
        )
    ).all()
    found: dict[str, Sequence[UUID]] = {}
    for name in names:
        by_user = [row.id for row in rows if row.user_name == name]
        bearing = [row.id for row in rows if row.name == name]
        found[name] = by_user or (bearing if len(bearing) == 1 else [])
    return found


def _held(on: date) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on a grant that it holds on a day."""
    return (
        or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= on),
        or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= on),
    )


def grants_of(session: Session, person_id: UUID, *, on: date) -> tuple[Grant, ...]:
    """Return the grants of a person that hold on a day."""
    rows = session.scalars(
        select(RoleGrant).where(
            RoleGrant.person_id == person_id,
            *_held(on),
        )
    )
    return tuple(as_grant(row) for row in rows)


def roles_held(session: Session, person_id: UUID, *, on: date) -> Sequence[tuple[UUID, str]]:
    """Return the grants of a person that hold on a day, each by id with its role."""
    asked = select(RoleGrant.id, RoleGrant.role).where(
        RoleGrant.person_id == person_id,
        *_held(on),
    )
    return [(row[0], row[1]) for row in session.execute(asked.order_by(RoleGrant.role, RoleGrant.id))]


def roles_of(session: Session, people: Collection[UUID], *, on: date) -> Mapping[UUID, frozenset[str]]:
    """Return the roles that each of some people holds on a day; who holds none is not told of."""
    asked = select(RoleGrant.person_id, RoleGrant.role).where(
        RoleGrant.person_id.in_(people),
        *_held(on),
    )
    found: dict[UUID, set[str]] = {}
    for person_id, role in session.execute(asked) if people else ():
        found.setdefault(person_id, set()).add(role)
    return {person_id: frozenset(roles) for person_id, roles in found.items()}


def as_grant(row: RoleGrant) -> Grant:
    """Turn a row into the value an actor carries."""
    return Grant(row.role, row.region, row.org_id, row.valid_from, row.valid_to)


def deputised_by(session: Session, person_id: UUID, *, on: date) -> Sequence[UUID]:
    """Return those for whom a person stands in on a day; chains are followed."""
    found: list[UUID] = []
    frontier = [person_id]
    while frontier:
        rows = session.scalars(
            select(Deputy.person_id).where(
                and_(Deputy.deputy_id.in_(frontier), Deputy.valid_from <= on, Deputy.valid_to >= on)
            )
        ).all()
        frontier = [each for each in rows if each not in found and each != person_id]
        found += frontier
    return found


def heads_of(session: Session, org_id: UUID | None, *, on: date) -> Sequence[str]:
    """Return the names of those who head a unit on a day."""
    return session.scalars(
        select(Person.name)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(
            Person.disabled_at.is_(None),
            RoleGrant.org_id == org_id,
            RoleGrant.role == "unit_head",
            *_held(on),
        )
        .order_by(Person.name)
    ).all()


def handler_in(session: Session, *, reference: str, org_id: UUID, on: date) -> Person | None:
    """Find a handler or head of a unit by id or user name; None when there is no such person there."""
    person_id = parse_id(reference)
    known_by = Person.user_name == reference if person_id is None else Person.id == person_id
    return session.scalars(
        select(Person)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(
            known_by,
            Person.disabled_at.is_(None),
            RoleGrant.org_id == org_id,
            RoleGrant.role.in_(("handler", "unit_head")),
            or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= on),
        )
        .limit(1)
    ).first()


def category_roots(session: Session) -> Mapping[str, str]:
    """Return for the code of each category that of the one at the top of its branch."""
    rows = session.execute(select(Category.code, Category.parent_code))
    return roots_of({row[0]: row[1] for row in rows})


def roots_of(parents: Mapping[str, str | None]) -> Mapping[str, str]:
    """Return for each code that of the one at the top of its branch, of codes with what they stand under."""
    roots: dict[str, str] = {}
    for code in parents:
        top, seen = code, {code}
        while (parent := parents.get(top)) is not None and parent in parents and parent not in seen:
            top = parent
            seen.add(parent)
        roots[code] = top
    return roots
