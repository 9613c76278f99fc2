"""Lists of places, units and categories, and what staff changed in them. Changing is upkeep.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Select, func, or_, select

from casework.core import texts
from casework.core.database import Session
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.core.ranges import lies_in
from casework.registry.tables import AuditEvent, Category, Org, Person, Region

# Places and categories are known by their codes; the id every record carries follows from it.
_NAMESPACE = UUID("6f1c8e5a-2a64-5d8e-9d3c-0b7a5f3c9e21")

Row = Region | Org | Category


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a record: when, by whom, made or mended, and what."""

    seq: int
    at: datetime
    person_id: UUID | None
    person_name: str | None
    made: bool
    fields: Mapping[str, Any]


def id_of(row: Row) -> UUID:
    """Return the id of a record."""
    return row.id if isinstance(row, Org) else _made_id(kind_of(row), row.code)


def _made_id(kind: str, code: str) -> UUID:
    return uuid5(_NAMESPACE, f"{kind}:{code}")


def kind_of(row: Row) -> str:
    """Return `region`, `org` or `category`."""
    return _KINDS[type(row)]


_KINDS: Mapping[type, str] = {Region: "region", Org: "org", Category: "category"}


def list_regions(
    *, within: str | None, parent: str | None, level: str | None, words: str | None, ended: bool
) -> Select[Any]:
    """Ask for places: under a code, by parent, level, or words in name, pinyin or code; in force, or ended."""
    asked = select(Region).where(Region.valid_to.is_not(None) if ended else Region.valid_to.is_(None))
    if within is not None:
        asked = asked.where(lies_in(Region.code, within))
    if parent is not None:
        asked = asked.where(Region.parent_code == parent)
    if level is not None:
        asked = asked.where(Region.level == level)
    return asked if words is None else asked.where(_says(Region, words))


def list_orgs(*, within: str | None, kind: str | None, words: str | None, ended: bool) -> Select[Any]:
    """Ask for units: of a place, of a kind, by words; in force, or ended."""
    asked = select(Org).where(Org.valid_to.is_not(None) if ended else Org.valid_to.is_(None))
    if within is not None:
        asked = asked.where(lies_in(Org.region_code, within))
    if kind is not None:
        asked = asked.where(Org.kind == kind)
    return asked if words is None else asked.where(_says(Org, words))


def list_categories(*, parent: str | None, words: str | None, ended: bool) -> Select[Any]:
    """Ask for categories: under one, by words; in use, or no longer."""
    asked = select(Category).where(Category.active == (not ended))
    if parent is not None:
        asked = asked.where(Category.parent_code == parent)
    if words is not None:
        key = texts.search_key(words)
        asked = asked.where(
            or_(
                Category.label_zh.contains(key, autoescape=True),
                func.lower(Category.label_en).contains(key, autoescape=True),
                Category.code.startswith(key, autoescape=True),
            )
        )
    return asked


def _says(table: type[Region] | type[Org], words: str) -> Any:
    key = texts.search_key(words)
    return or_(
        table.name.contains(key, autoescape=True),
        table.pinyin.startswith(key, autoescape=True),
        table.initials.startswith(key, autoescape=True),
        func.lower(table.code).startswith(key, autoescape=True),
    )


def page(session: Session, asked: Select[Any], *, after: str | None, limit: int) -> Sequence[Any]:
    """Return up to `limit` records of a question, by code, that come after a code."""
    table = asked.column_descriptions[0]["entity"]
    statement = asked.order_by(table.code).limit(limit)
    return session.scalars(statement if after is None else statement.where(table.code > after)).all()


def count(session: Session, asked: Select[Any]) -> int:
    """Count the records of a question."""
    return session.scalar(select(func.count()).select_from(asked.subquery())) or 0


def get(session: Session, table: type[Row], reference: str, *, lock: bool = False) -> Any:
    """Return a record by its code or id, those of the past too.

    Raises:
        NotFound: there is none.
    """
    record_id = parse_id(reference)
    code = reference if record_id is None else _code_of(session, table, record_id)
    statement = select(table).where(table.code == code)
    row = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NotFound(table.__tablename__)
    return row


def _code_of(session: Session, table: type[Row], record_id: UUID) -> str | None:
    if table is Org:
        return session.scalar(select(Org.code).where(Org.id == record_id))
    # The id of a place or a category is made from its code, so the codes are gone through.
    kind = _KINDS[table]
    return next((code for code in session.scalars(select(table.code)) if _made_id(kind, code) == record_id), None)


def changes_of(session: Session, row: Row) -> Sequence[Change]:
    """Return what staff changed in a record, oldest first."""
    kind = kind_of(row)
    rows = session.execute(
        select(AuditEvent, Person.name)
        .outerjoin(Person, Person.id == AuditEvent.person_id)
        .where(AuditEvent.matter_id == id_of(row), AuditEvent.event.in_((f"{kind}.made", f"{kind}.mended")))
        .order_by(AuditEvent.at, AuditEvent.id)
    ).all()
    return [
        Change(seq, event.at, event.person_id, name, event.event.endswith(".made"), event.facts)
        for seq, (event, name) in enumerate(rows, start=1)
    ]
