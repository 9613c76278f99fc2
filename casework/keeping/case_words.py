"""What cases say of themselves against what their histories tell: codes and words as reported, and as mended since."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select

from casework.cases.actions import MEND
from casework.cases.tables import Case
from casework.keeping.view import Side, View
from casework.matters.tables import HistoryEntry

_CODES = ("category", "kind", "urgency", "region_code", "channel")
_WORDS = ("title", "description")


def as_told(view: View) -> Iterator[str]:
    """A case has the category, urgency, place and words its history tells: nobody has rewritten it beside the history.

    The first row of a history holds the codes and a digest of the words, each mending what was there before and what
    came of it; so from what stands there now the way back must end at the report.
    """
    entry = HistoryEntry
    told = Side(
        view.stream(
            select(entry.matter_id, entry.seq, entry.fields)
            .where(or_(entry.seq == 1, entry.trigger == MEND))
            .order_by(entry.matter_id, entry.seq)
        )
    )
    columns = (getattr(Case, name) for name in (*_CODES, *_WORDS))
    for case_id, *values in view.stream(select(Case.id, *columns).order_by(Case.id)):
        rows = [(seq, fields) for _, seq, fields in told.take(case_id)]
        # Without a first row there is nothing to hold it against, which is told by I2.
        if rows and rows[0][0] == 1:
            now = dict(zip((*_CODES, *_WORDS), values, strict=True))
            for name in _otherwise(now, rows[0][1], [fields for _, fields in rows[1:]]):
                yield f"{case_id} {name}"


def _otherwise(now: dict[str, Any], reported: Mapping[str, Any], mended: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what of a case is otherwise than its report and its mendings make it."""
    for fields in reversed(mended):
        for name in now.keys() & fields.keys():
            if fields[name]["to"] != now[name]:
                yield name
            now[name] = fields[name]["from"]
    yield from (name for name in _CODES if now[name] != reported[name])
    words = f"{now['title']}\n{now['description']}"
    if hashlib.sha256(words.encode()).hexdigest() != reported["words_sha256"]:
        yield "words"
