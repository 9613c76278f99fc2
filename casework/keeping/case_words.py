"""What cases say of themselves against what their histories tell: codes and words as reported, and as mended since."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import or_, select

from casework.cases.actions import MEND
from casework.cases.tables import Case
from casework.keeping.view import View
from casework.matters.tables import HistoryEntry

_CODES = ("category", "kind", "urgency", "region_code", "channel")
_WORDS = ("title", "description")


def as_told(view: View) -> Iterator[str]:
    """A case has the category, urgency, place and words its history tells: nobody has rewritten it beside the history.

    The first row of a history holds the codes and a digest of the words, each mending what was there before and what
    came of it; so from what stands there now the way back must end at the report. What was erased after its years has
    no words left; a case without a first row has nothing to be held against, which I2 tells.
    """
    entry = HistoryEntry
    columns = (getattr(Case, name) for name in (*_CODES, *_WORDS))
    asked = (
        select(Case.id, entry.seq, entry.fields, Case.erased_at.is_not(None), *columns)
        .join(entry, entry.matter_id == Case.id)
        .where(or_(entry.seq == 1, entry.trigger == MEND))
        .order_by(Case.id, entry.seq)
    )
    for case_id, rows in groupby(view.stream(asked), key=itemgetter(0)):
        (_, seq, reported, is_erased, *values), *mended = rows
        if seq == 1:
            now = dict(zip((*_CODES, *_WORDS), values, strict=True))
            kept = _CODES if is_erased else (*_CODES, *_WORDS)
            for name in _otherwise(now, kept, reported, [fields for _, _, fields, *_ in mended]):
                yield f"{case_id} {name}"


def _otherwise(
    now: dict[str, Any], kept: Sequence[str], reported: Mapping[str, Any], mended: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """Yield what of a case is otherwise than its report and its mendings make it."""
    for fields in reversed(mended):
        for name in (each for each in kept if each in fields):
            if fields[name]["to"] != now[name]:
                yield name
            now[name] = fields[name]["from"]
    yield from (name for name in _CODES if now[name] != reported[name])
    words = f"{now['title']}\n{now['description']}"
    if "title" in kept and hashlib.sha256(words.encode()).hexdigest() != reported["words_sha256"]:
        yield "words"
