"""Pieces of reply text with the days they may be used; replies are made faster, never by themselves."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from casework.cases.tables import Snippet
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound
from casework.core.ids import new_id
from casework.core.ranges import lies_in
from casework.registry import queries as registry

TITLE_LENGTH, BODY_LENGTH = 20, 2000


def usable(session: Session, *, region_code: str, category: str, on: date) -> Sequence[Snippet]:
    """Return what may be used for a case of a place and category on a day."""
    prefixes = [region_code[:length] for length in (2, 4, 6, 9, 12) if len(region_code) >= length]
    return session.scalars(
        select(Snippet)
        .where(
            Snippet.region.in_(prefixes),
            or_(Snippet.category.is_(None), Snippet.category == category),
            or_(Snippet.valid_from.is_(None), Snippet.valid_from <= on),
            or_(Snippet.valid_to.is_(None), Snippet.valid_to >= on),
        )
        .order_by(Snippet.title)
    ).all()


def listed(session: Session, *, region: str) -> Sequence[Snippet]:
    """Return all of a county, those of the past too, by title."""
    statement = select(Snippet).where(lies_in(Snippet.region, region))
    return session.scalars(statement.order_by(Snippet.title, Snippet.created_at)).all()


def add(session: Session, raw: dict[str, Any], *, region: str, actor: Actor, at: datetime) -> Snippet:
    """Keep a piece (`title`, `body`, and `category?`, `valid_from?`, `valid_to?`).

    Raises:
        Invalid: every mistake.
    """
    errors: list[FieldError] = []
    values: dict[str, Any] = {}

    def read(name: str, reader: Any) -> None:
        try:
            values[name] = reader(raw.get(name))
        except Invalid as mistake:
            errors.extend(mistake.errors)

    read("title", lambda v: texts.clean_text(v, field="title", max_length=TITLE_LENGTH, multiline=False))
    read("body", lambda v: texts.clean_text(v, field="body", max_length=BODY_LENGTH))
    for name in ("valid_from", "valid_to"):
        read(name, lambda v, name=name: texts.parse_date(v, field=name) if v else None)
    category = raw.get("category") or None
    if category is not None and registry.category(session, str(category)[:64]) is None:
        errors.append(FieldError("category", "no_such_category", {"value": str(category)[:64]}))
    first, last = values.get("valid_from"), values.get("valid_to")
    if first is not None and last is not None and last < first:
        errors.append(FieldError("valid_to", "ends_before_start"))
    if errors:
        raise Invalid(errors)
    row = Snippet(id=new_id(), region=region, category=category, created_by=actor.person_id, created_at=at, **values)
    session.add(row)
    return row


def end(session: Session, *, snippet_id: UUID, on: date) -> Snippet:
    """Let a piece be used no more from a day on.

    Raises:
        NotFound: there is none.
    """
    row = session.get(Snippet, snippet_id)
    if row is None:
        raise NotFound("snippet")
    row.valid_to = on
    return row
