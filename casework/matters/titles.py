"""Titles found by words, as who may not read numbers of people sees them.

Beside the full text (casework.matters.search): short lists have no index of words and are asked by LIKE. Where masking
may matter what was hit is compared with the masked title here, whoever asks: nobody finds a title by such a number.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, select

from casework.core import personal, texts
from casework.core.bulk import among
from casework.core.database import Session
from casework.matters import search


def saying(session: Session, said: ColumnElement[bool], column: Any, words: str) -> ColumnElement[bool]:
    """Return the condition `said` (that a column holds some words) less what the words hit behind a mask alone."""
    if not search.is_touched(words):
        return said
    table, key = column.class_, texts.search_key(words)
    rows = session.execute(select(table.id, column).where(said)).all()
    seen = [row_id for row_id, title in rows if key in texts.search_key(personal.scrub(title))]
    return and_(said, among(session, table.id, seen))
