"""Records that are kept in editions, and what holds between them: terms and links that do not overlap (I28, I29)."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Any

from sqlalchemy import Table, select

from casework.campaign.tables import Link
from casework.core.database import Base
from casework.core.editions import known
from casework.keeping.view import View
from casework.members.tables import MemberTerm

_MARK = "superseded_at"


def edition_tables() -> list[Table]:
    """Return every table that keeps editions."""
    return [table for table in Base.metadata.sorted_tables if _MARK in table.columns]


def editions(view: View) -> Iterator[str]:
    """I28: the editions of a record count from 1 without a gap, each ends when the next is recorded, the last never."""
    for table in edition_tables():
        columns = table.columns
        asked = select(columns.id, columns.version, columns.created_at, columns.recorded_at, columns[_MARK])
        rows = view.stream(asked.order_by(columns.id, columns.version))
        for record_id, group in groupby(rows, key=lambda row: row[0]):
            if not _follow(list(group)):
                yield f"{table.name} {record_id}"


def _follow(rows: Sequence[Any]) -> bool:
    numbered = [row.version for row in rows] == list(range(1, len(rows) + 1))
    joined = all(before.superseded_at == after.recorded_at for before, after in pairwise(rows))
    return (
        numbered
        and joined
        and rows[-1].superseded_at is None
        and rows[0].created_at == rows[0].recorded_at
        and len({row.created_at for row in rows}) == 1
    )


def overlaps(view: View) -> Iterator[str]:
    """I29: no member has two terms, and no two are linked twice, on one day; nothing ends before it begins.

    A link that was withdrawn ends on the day before its first: it holds on no day and overlaps nothing.
    """
    terms = select(MemberTerm.member_id, MemberTerm.valid_from, MemberTerm.valid_to, MemberTerm.id)
    yield from _overlapping(view, "member_terms", terms.where(known(MemberTerm)), keys=1)
    ends = (Link.campaign, Link.kind, Link.holder_id, Link.object_id, Link.region_code)
    asked = select(*ends, Link.valid_from, Link.valid_to, Link.id).where(known(Link))
    yield from _overlapping(view, "links", asked, keys=len(ends))


def _overlapping(view: View, name: str, asked: Any, *, keys: int) -> Iterator[str]:
    order = [*asked.selected_columns][: keys + 1]
    rows = view.stream(asked.order_by(*order))
    for _key, group in groupby(rows, key=lambda row: tuple(row[:keys])):
        last = date.min
        for row in group:
            begins, ends, row_id = row[keys:]
            if name == Link.__tablename__ and ends == begins - timedelta(days=1):
                continue
            if begins <= last or (ends or date.max) < begins:
                yield f"{name} {row_id}"
            last = max(last, ends or date.max)
