"""Encrypted columns, their indexes, and what must never stand anywhere in plain (I24 of reliability.md §3).

Which columns are encrypted says the schema (`info={"pii": …}`); `x_cipher` has its blind index in `x_index`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Table, Text, or_, select

from casework.core.columns import Json
from casework.core.database import Base
from casework.core.encryption import Keyring, Tampered, WrongKey
from casework.core.personal import find_id_numbers
from casework.keeping.view import View

_SEALED = frozenset({"cipher", "secret"})
# Words that people type: an identity number in them is told as a warning, for nobody can keep them from it.
FREE_TEXT = frozenset(
    {
        *("title", "description", "public_summary", "plan", "reply", "comment", "question", "answer", "answers"),
        *("reason", "waive_reason", "decision_reason", "note", "words", "ruling", "body", "folded", "fields", "label"),
        *(
            "project",
            "source",
            "document_no",
            "key",
            "attachments.name",
            "attachments.caption",
            "saved_filters.name",
            "saved_filters.query",
        ),
        *("login_failures.user_name", "open311_submissions.repeat_key"),
    }
)
# Digests hold runs of digits by chance.
_DIGESTS = frozenset({"hash", "prev_hash", "head_hash", "digest", "code_digest", "sha256", "root", "fingerprint"})
_OTHERS = frozenset({"password_hash", "former_hashes", "tokens", "due", "pauses", "rungs", "headers"})
_DIGEST_IN_TEXT = re.compile(r"[0-9a-f]{32,}")
_LIKE_A_NUMBER = re.compile(r"[0-9\uff10-\uff19]{6}[ \-\u3000\uff0d]?[12\uff11\uff12][0-9\uff10-\uff19]{3}")


def sealed_columns() -> Iterator[Column[str]]:
    """Return every encrypted column."""
    for table in Base.metadata.sorted_tables:
        yield from (column for column in table.columns if column.info.get("pii") in _SEALED)


def unopened(view: View) -> Iterator[str]:
    """I24: every encrypted value opens with a key of this ring in the cell where it stands; its index is its own."""
    keyring = view.session.info["keyring"]
    for table in Base.metadata.sorted_tables:
        sealed = [column for column in table.columns if column.info.get("pii") in _SEALED]
        if sealed and view.holds(table) and isinstance(keyring, Keyring):
            yield from _unopened(view, table, sealed, keyring)


def _unopened(view: View, table: Table, sealed: list[Column[str]], keyring: Keyring) -> Iterator[str]:
    cells = [_Cell(column, _beside(column, "_index"), _beside(column, "", "_number")) for column in sealed]
    wanted = {column.name: column for cell in cells for column in cell.columns}
    statement = select(table.c.id, *wanted.values()).where(or_(*(column.is_not(None) for column in wanted.values())))
    for row in view.stream(statement):
        values = dict(zip(wanted, row[1:], strict=True))
        for cell in cells:
            if not _opens(keyring, cell, row[0], values):
                yield f"{table.name}.{cell.sealed.name} {row[0]}"


@dataclass(frozen=True, slots=True)
class _Cell:
    """An encrypted column with its blind index and its masked form, as far as it has them."""

    sealed: Column[str]
    index: Column[str] | None
    masked: Column[str] | None

    @property
    def columns(self) -> Iterator[Column[str]]:
        return (column for column in (self.sealed, self.index, self.masked) if column is not None)


def _beside(sealed: Column[str], *endings: str) -> Column[str] | None:
    stem = sealed.name.removesuffix("_cipher")
    names = [stem + ending for ending in endings if stem + ending != sealed.name]
    columns = sealed.table.columns
    return next((columns[name] for name in names if name in columns), None)


def _opens(keyring: Keyring, cell: _Cell, row_id: object, values: Mapping[str, str | None]) -> bool:
    value = values[cell.sealed.name]
    index = None if cell.index is None else values[cell.index.name]
    masked = None if cell.masked is None else values[cell.masked.name]
    if value is None:
        return index is None and masked is None
    try:
        plain = keyring.decrypt(value, table=cell.sealed.table.name, column=cell.sealed.name, row_id=str(row_id))
    except (Tampered, WrongKey):
        return False
    return masked != plain and (cell.index is None or index in keyring.blind_indexes(plain))


def plain_numbers(view: View) -> Iterator[str]:
    """I24: no identity number stands in a column that holds codes, facts or masked values."""
    return _plain(view, free=False)


def typed_numbers(view: View) -> Iterator[str]:
    """Tell of identity numbers that somebody typed into a free text."""
    return _plain(view, free=True)


def _plain(view: View, *, free: bool) -> Iterator[str]:
    for table in Base.metadata.sorted_tables:
        columns = [column for column in text_columns(table) if _is_free(column) == free]
        if not columns or not view.holds(table):
            continue
        keys = [column.name for column in table.primary_key.columns]
        names = [column.name for column in columns]
        for row in view.raw(table.name, *names, *keys):
            for name, value in zip(names, row, strict=False):
                if value is not None and _LIKE_A_NUMBER.search(value) and _holds_number(value):
                    yield f"{table.name}.{name} {_shown(row[len(names)])}"


def text_columns(table: Table) -> list[Column[str]]:
    """Return the columns in which plain text could stand."""
    return [
        column
        for column in table.columns
        if isinstance(column.type, Text | Json)
        and column.info.get("pii") not in (*_SEALED, "index")
        and column.name not in _DIGESTS | _OTHERS
    ]


def _is_free(column: Column[str]) -> bool:
    return not FREE_TEXT.isdisjoint((column.name, f"{column.table.name}.{column.name}"))


def _holds_number(text: str) -> bool:
    return bool(find_id_numbers(_DIGEST_IN_TEXT.sub("", text)))


def _shown(raw: object) -> str:
    return raw.hex() if isinstance(raw, bytes) else str(raw)
