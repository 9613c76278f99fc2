"""Column types that mean the same on SQLite and PostgreSQL.

SQLite's own DateTime drops the offset and its Numeric rounds silently (reliability.md §0.5), so neither is used: an
instant is an integer of microseconds there, money is integer fen everywhere, and every table is STRICT.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import BigInteger, Dialect, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# As each engine writes the condition; parts of indexes must be worded as the questions that use them.


class _Part(TypedDict):
    where: str
    sqlite: str


# What every table ends its arguments with.
STRICT: dict[str, Any] = {"sqlite_strict": True}
OPEN: _Part = {"where": "is_open", "sqlite": "is_open = 1"}
_NOTHING: Mapping[type, str | None] = {list: "[]", dict: "{}"}
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _canonical_writer() -> Callable[[Any], str]:
    """Return what writes canonical JSON; where json has its writer in C, it is made once and not for every value."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return _CANONICAL.encode
    words = json.encoder.encode_basestring  # in C, where there is C
    pieces = make(None, _CANONICAL.default, words, None, ":", ",", True, False, False)
    return lambda value: "".join(pieces(value, 0))


_written = _canonical_writer()
# What makes one value, which is not nothing, one for a driver, or one of a driver's ours.
Sender = Callable[[Any], Any] | None
_decoded = json.JSONDecoder().decode
_EMPTY: Mapping[str, Callable[[], Any]] = {"[]": list, "{}": dict}


def _id_text(value: UUID) -> str:
    # The driver would look at each by itself, in Python; a text it hands over as it is.
    return f"{value.int:032x}"


def _id_bytes(value: UUID) -> bytes:
    return value.int.to_bytes(16, "big")


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a naive datetime may not be stored")
    return value


def _microseconds(value: datetime) -> int:
    return (_aware(value) - _EPOCH) // _MICROSECOND


def instant_text(value: datetime) -> str:
    """Return an instant in words, in UTC: the rows of a life say the same one again and again."""
    return _kept_instant_text(value if value.tzinfo is UTC else _aware(value).astimezone(UTC))


# Of instants of one zone alone: of two that are equal elsewhere one may be an hour later.
_kept_instant_text = lru_cache(4096)(datetime.isoformat)


def _instant(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def _array(tokens: Sequence[str]) -> str:
    return f"{{{','.join(tokens)}}}"


def _day(value: date) -> date:
    if isinstance(value, datetime):
        raise ValueError("an instant is no day")
    return value


def _day_text(value: date) -> str:
    return _day(value).isoformat()


def _json(value: Any) -> str:
    if type(value) is Told:
        return value.words
    # Half of all that is written holds nothing yet.
    return canonical(value) if value else _NOTHING.get(type(value)) or canonical(value)


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _told(words: str) -> Any:
    # Most lists hold nothing.
    empty = _EMPTY.get(words)
    return _decoded(words) if empty is None else empty()


class Id(TypeDecorator[UUID]):
    """A UUID: native on PostgreSQL, 16 bytes on SQLite."""

    impl = LargeBinary
    cache_ok = True
    # What PostgreSQL's driver reads needs nothing more (casework.core.driver.questions).
    as_it_comes = True

    def sender(self, engine: str) -> Sender:
        """Return what `casework.core.writing` makes of a value."""
        return _id_text if engine == "postgresql" else _id_bytes

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type of the engine at hand."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(LargeBinary())

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        """Hand a UUID to the driver."""
        if value is None or dialect.name == "postgresql":
            return value
        return value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        """Read a UUID from the driver."""
        if value is None or isinstance(value, UUID):
            return value
        return UUID(bytes=bytes(value))


class Instant(TypeDecorator[datetime]):
    """An aware instant, UTC: timestamptz on PostgreSQL, microseconds since 1970 on SQLite."""

    impl = BigInteger
    cache_ok = True
    # Where a column is sent as one array of words (`casework.core.arrays`).
    folded_as = staticmethod(instant_text)

    def sender(self, engine: str) -> Sender:
        """Return what `casework.core.writing` makes of a value."""
        return _aware if engine == "postgresql" else _microseconds

    def reader(self, engine: str) -> Sender:
        """Return what `casework.core.driver.questions` makes of the driver's value."""
        return _utc if engine == "postgresql" else _instant

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type of the engine at hand."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(Integer())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse a naive value, else hand it over."""
        if value is None:
            return None
        return _aware(value) if dialect.name == "postgresql" else _microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give an aware UTC instant back."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return _utc(value)
        return _instant(value)


class Day(TypeDecorator[date]):
    """A calendar day without zone: date on PostgreSQL, ISO text on SQLite."""

    impl = Text
    cache_ok = True
    as_it_comes = True

    def sender(self, engine: str) -> Sender:
        """Return what `casework.core.writing` makes of a value."""
        return _day if engine == "postgresql" else _day_text

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type of the engine at hand."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.DATE())
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        """Hand a day over; an instant is refused, it is no day."""
        if value is None:
            return None
        return _day(value) if dialect.name == "postgresql" else _day_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """Read a day."""
        if value is None or isinstance(value, date):
            return value
        return date.fromisoformat(value)


class Told(Mapping[str, Any]):
    """A JSON object that many rows hold alike and nobody changes, in canonical words: read only if somebody asks."""

    __slots__ = ("_read", "words")

    def __init__(self, words: str) -> None:
        self.words = words
        self._read: Mapping[str, Any] | None = None

    def __getitem__(self, key: str) -> Any:
        """Return what it says of `key`."""
        return self._said()[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over what it speaks of."""
        return iter(self._said())

    def __len__(self) -> int:
        """Count what it speaks of."""
        return len(self._said())

    def _said(self) -> Mapping[str, Any]:
        if self._read is None:
            self._read = json.loads(self.words)
        return self._read


class Json(TypeDecorator[Any]):
    """JSON as plain text: portable, and never an operator in a query (design.md "Storage")."""

    impl = Text
    cache_ok = True

    def sender(self, engine: str) -> Sender:
        """Return what `casework.core.writing` makes of a value."""
        return _json

    def reader(self, engine: str) -> Sender:
        """Return what `casework.core.driver.questions` makes of the driver's value."""
        return _told

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write canonical JSON."""
        return None if value is None else _json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read JSON."""
        return None if value is None else _told(value)


class Hundredths(TypeDecorator[Decimal]):
    """A number with two digits behind the point, such as an area; an integer in the database, as money is."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Write hundredths."""
        return None if value is None else int(value.scaleb(2))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Read hundredths."""
        return None if value is None else Decimal(value).scaleb(-2)


class Flag(TypeDecorator[bool]):
    """True or false: boolean on PostgreSQL, 0 or 1 on SQLite (STRICT tables know no BOOLEAN)."""

    impl = Integer
    cache_ok = True
    as_it_comes = True

    def sender(self, engine: str) -> Sender:
        """Return what `casework.core.writing` makes of a value; None where the driver takes it as it is."""
        return None if engine == "postgresql" else int

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type of the engine at hand."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.BOOLEAN())
        return dialect.type_descriptor(sqlite.INTEGER())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> Any:
        """Hand a truth value over."""
        if value is None or dialect.name == "postgresql":
            return value
        return int(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        """Read a truth value."""
        return None if value is None else bool(value)


class Tokens(TypeDecorator[str]):
    """Search tokens: tsvector on PostgreSQL; on SQLite they stand in an FTS5 table and this stays empty."""

    impl = Text
    cache_ok = True
    # How `casework.core.writing` sends a list of tokens to PostgreSQL.
    sent_as = "array_to_tsvector({})"
    # In an array of them: the server reads words that stand side by side.
    folded_as = staticmethod(" ".join)

    def sender(self, engine: str) -> Sender:
        """Return what `casework.core.writing` makes of a value: of ASCII tokens, the text of an array."""
        return _array if engine == "postgresql" else None

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type of the engine at hand."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TSVECTOR())
        return dialect.type_descriptor(Text())


def canonical(value: Any) -> str:
    """Write `value` as canonical JSON: sorted keys, no blanks, no floats of ours, UTF-8 as it is."""
    return _written(value)


# A whole number of up to 63 bits (STRICT tables of SQLite know only INTEGER).
Big = BigInteger().with_variant(Integer(), "sqlite")


def part_index(name: str, *columns: str, where: str, sqlite: str | None = None, unique: bool = False) -> Index:
    """Return an index over a part of a table alone; `sqlite`: the condition there, if it is worded otherwise."""
    return Index(name, *columns, unique=unique, postgresql_where=text(where), sqlite_where=text(sqlite or where))
