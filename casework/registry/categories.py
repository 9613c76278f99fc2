"""Categories by name, for lists and forms. Changing them is upkeep.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from casework.core.database import Session
from casework.registry.tables import Category


@dataclass(frozen=True, slots=True)
class Named:
    """A category by code, with its label by language."""

    code: str
    label: Mapping[str, str]


def first_level(session: Session) -> Sequence[Named]:
    """Return the categories in use that have none above them, in the order of the office."""
    rows = session.scalars(
        select(Category).where(Category.active, Category.parent_code.is_(None)).order_by(Category.sort, Category.code)
    ).all()
    return [Named(row.code, {"zh": row.label_zh, "en": row.label_en}) for row in rows]


def label_of(session: Session, code: str) -> Mapping[str, str]:
    """Return the label of a category, one of the past too; an unknown code stands for itself."""
    row = session.get(Category, code)
    return {"zh": row.label_zh, "en": row.label_en} if row is not None else {"zh": code, "en": code}


def listed(session: Session) -> Sequence[Category]:
    """Return every category, those switched off too, in the order of the office."""
    return session.scalars(select(Category).order_by(Category.sort, Category.code)).all()
