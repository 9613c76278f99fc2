"""What a combobox offers: units by name, pinyin initials or code, and the people who handle cases in one."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from casework.core import texts
from casework.core.actors import TRIAGE_ROLES, Actor, Grant
from casework.core.database import Session
from casework.core.ranges import lies_in_any
from casework.registry.tables import Category, Org, Person, Region, RoleGrant

MOST = 20


def search_orgs(session: Session, *, within: Sequence[str], words: str, limit: int = MOST) -> Sequence[Org]:
    """Find units in force in some places by part of the name, of the pinyin or of the initials, or by code.

    Nobody types the 县 that every unit's name begins with. Without words, the first ones by name; the nearest match
    stands first.
    """
    if not within:
        return ()
    key = texts.search_key(words).strip()
    reach = lies_in_any(Org.region_code, within)
    statement = select(Org).where(reach, Org.valid_to.is_(None))
    if key:
        statement = statement.where(
            or_(
                Org.name.contains(key, autoescape=True),
                Org.initials.contains(key, autoescape=True),
                Org.pinyin.contains(key, autoescape=True),
                Org.code.ilike(f"{_escaped(key)}%", escape="\\"),
            )
        )
    rows = session.scalars(statement.order_by(Org.name, Org.code).limit(10 * limit)).all()
    return sorted(rows, key=lambda row: _distance(row, key))[:limit]


def _distance(row: Org, key: str) -> tuple[bool, bool, bool]:
    exact = key in (row.initials, row.code.lower())
    begins = row.initials.startswith(key) or row.code.lower().startswith(key) or row.name.startswith(key)
    return not exact, not begins, key not in row.name and not row.initials.endswith(key)


def find_org(session: Session, *, typed: str) -> Org | None:
    """Return the unit in force of a code or an exact name that only one bears."""
    if texts.names_nothing(typed):
        return None
    rows = session.scalars(
        select(Org).where(or_(Org.code == typed, Org.name == typed), Org.valid_to.is_(None)).limit(2)
    ).all()
    by_code = next((row for row in rows if row.code == typed), None)
    return by_code or (rows[0] if len(rows) == 1 else None)


def handlers(
    session: Session, *, org_code: str | None, words: str, on: date, limit: int = MOST
) -> Sequence[tuple[Person, str]]:
    """Return the handlers and heads of a unit, or (None) of any, each with its name, by part of the own name, user
    name, or beginning of pinyin or initials.
    """
    statement = _at_work(Org.name, words, on=on).join(Org, Org.id == RoleGrant.org_id)
    statement = statement.where(RoleGrant.role.in_(("handler", "unit_head")))
    return _each_once(session, statement.where(Org.code == org_code) if org_code else statement, limit)


def _at_work(beside: Any, words: str, *, on: date) -> Select[Any]:
    """Return the question for people with an account and a role on a day, by part of a name; `beside`: what else."""
    key = texts.search_key(words).strip()
    statement = (
        select(Person, beside)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(
            Person.disabled_at.is_(None),
            Person.user_name.is_not(None),
            or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= on),
            or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= on),
        )
    )
    if not key:
        return statement
    return statement.where(
        or_(
            Person.name.contains(key, autoescape=True),
            Person.initials.startswith(key, autoescape=True),
            Person.pinyin.startswith(key, autoescape=True),
            Person.user_name.startswith(key, autoescape=True),
        )
    )


def _each_once(session: Session, statement: Select[Any], limit: int | None) -> Sequence[tuple[Person, str]]:
    rows = session.execute(statement.order_by(Person.name).limit(limit))
    return list({person.id: (person, beside) for person, beside in rows}.values())


def find_region(session: Session, *, typed: str, within: Sequence[str]) -> Region | None:
    """Return the place of a code, or of an exact name (of the place, or of town and village) that only one bears."""
    if not within or texts.names_nothing(typed):
        return None
    reach = lies_in_any(Region.code, within)
    names = typed.split()
    rows = session.scalars(
        select(Region)
        .where(reach, Region.valid_to.is_(None), or_(Region.code == typed, Region.name == (names or [typed])[-1]))
        .order_by(Region.code)
    ).all()
    by_code = next((row for row in rows if row.code == typed), None)
    if by_code is not None or len(names) < 2:
        return by_code or (rows[0] if len(rows) == 1 else None)
    towns = set(session.scalars(select(Region.code).where(Region.name == names[-2])))
    fitting = [row for row in rows if row.parent_code in towns]
    return fitting[0] if len(fitting) == 1 else None


def names_of_orgs(session: Session) -> Sequence[Org]:
    """Return every unit, those of the past too: for a process that keeps the names for a minute."""
    return session.scalars(select(Org).order_by(Org.name, Org.code)).all()


def categories(session: Session) -> Sequence[Category]:
    """Return every category in its order, those out of use too."""
    return session.scalars(select(Category).order_by(Category.sort, Category.code)).all()


def towns(session: Session, *, within: str) -> Sequence[Region]:
    """Return the townships in force of a county, by code."""
    return session.scalars(
        select(Region).where(Region.parent_code == within, Region.valid_to.is_(None)).order_by(Region.code)
    ).all()


def place_names(session: Session, *, within: str) -> Sequence[Region]:
    """Return every place in force of a county: what a text may name."""
    return session.scalars(
        select(Region).where(Region.code > within, Region.code < within + ":", Region.valid_to.is_(None))
    ).all()


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def people(session: Session, *, words: str, on: date, limit: int = MOST) -> Sequence[tuple[Person, str]]:
    """Return people with an account and a role, each with one of their roles, by part of the name, user name, or
    beginning of pinyin or initials.
    """
    statement = _at_work(RoleGrant.role, words, on=on)
    return _each_once(session, statement.where(RoleGrant.role.not_in(("admin", "security", "auditor"))), limit)


def colleagues(
    session: Session, actor: Actor, *, words: str, on: date, limit: int | None = MOST
) -> Sequence[tuple[Person, str]]:
    """Return who works beside somebody, each with one of their roles: in the same unit, the same office, or with the
    same role over the same places; by part of the name, user name, or beginning of pinyin or initials.
    """
    beside = [
        _beside(grant) for grant in actor.grants if grant.of is None and (grant.org_id is not None or grant.region)
    ]
    if not beside:
        return ()
    statement = _at_work(RoleGrant.role, words, on=on).where(or_(*beside), Person.id != actor.person_id)
    return _each_once(session, statement, limit)


def _beside(grant: Grant) -> ColumnElement[bool]:
    if grant.org_id is not None:
        return RoleGrant.org_id == grant.org_id
    roles = TRIAGE_ROLES if grant.role in TRIAGE_ROLES else (grant.role,)
    return and_(RoleGrant.role.in_(sorted(roles)), RoleGrant.region == grant.region)
