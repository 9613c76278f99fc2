"""Cases that bear a slogan (casework/campaign/slogans.py puts them on): read from words, turned into a condition."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from casework.cases.tables import Case
from casework.core.database import Session
from casework.core.editions import standing
from casework.core.errors import invalid
from casework.core.ids import parse_id
from casework.slogans.tables import Slogan, SloganMark

NAME = "slogan"


def read(session: Session, given: Sequence[str]) -> UUID:
    """Return the slogan that is named by its id, one that has ended too.

    Raises:
        Invalid: there is none.
    """
    slogan_id = parse_id(given[0])
    known = None if slogan_id is None else session.scalar(select(Slogan.id).where(Slogan.id == slogan_id).limit(1))
    if known is None:
        raise invalid(NAME, "no_such_slogan")
    return known


def bears(slogan_id: UUID, _at: datetime) -> ColumnElement[bool]:
    """Return the condition that a case bears a slogan."""
    mine = (standing(SloganMark), SloganMark.slogan_id == slogan_id, SloganMark.kind == "case")
    return Case.id.in_(select(SloganMark.bearer_id).where(*mine))
