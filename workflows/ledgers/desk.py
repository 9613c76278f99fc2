"""What an import lays before it: lines read from the file, and what became of each of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from casework.core import i18n
from casework.core.database import Session
from casework.core.errors import CaseworkError, FieldError, Invalid, Refusal, Refused
from casework.exchange.column_sets import ColumnSet
from casework.exchange.marking import Fault
from casework.registry.loading import Outcome
from workflows.ledgers.baton import Baton

# So many rows of the database are sent while the lines that follow them are made.
SENT_TOGETHER = 600


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: where it stands, its values by key, and the headings the file has for the keys."""

    sheet: str
    row: int
    values: Mapping[str, Any]
    headings: Mapping[str, str]
    # Headings of cells that could not be read: such a row is refused, and looked at for what else is wrong with it.
    spoilt: frozenset[str] = frozenset()
    # Where columns stand that share a heading with another (联系电话 of the member, and of the household).
    places: Mapping[str, int] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        """Go to another process as what it is made of: a dataclass by itself looks up its fields for every row."""
        return Line, (self.sheet, self.row, self.values, self.headings, self.spoilt, self.places)

    def heading(self, field_name: str, columns: ColumnSet) -> str:
        """Return the heading a mistake belongs to; empty when it is of the whole row."""
        if field_name in self.headings:
            return self.headings[field_name]
        known = next((column.heading for column in columns.columns if column.key == field_name), None)
        if known is not None:
            return known
        return field_name if field_name in self.headings.values() else ""


class Partly(dict[str, Any]):
    """The values of a row some cells of which cannot be read: what depends on one of them cannot be judged.

    `stand_ins`: what is asked for in place of words, so that the rest of what a row names can be looked up with it;
    whatever is found wrong with it stands at a cell that is marked already.
    """

    def __init__(self, read: Mapping[str, Any], *, stand_ins: Mapping[str, Any], unread: Collection[str]) -> None:
        super().__init__(read)
        self._stand_ins, self._unread = stand_ins, unread

    def __missing__(self, key: str) -> Any:
        """Return what stands in for an unreadable cell.

        Raises:
            Invalid: of no mistake; nothing stands in for it.
        """
        if key in self._stand_ins:
            return self._stand_ins[key]
        raise Invalid(())

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, `default` where the file has no such column or the words of the cell are gone.

        Raises:
            Invalid: of no mistake; there is something in the cell, and it cannot be read.
        """
        if key in self._unread:
            raise Invalid(())
        return super().get(key, default)


@dataclass(slots=True)
class Imported:
    """What an import did; `marked` counts the look-alikes it has linked, `read` the rows of the file."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    marked: int = 0
    refused: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the answer of `casework import --json`."""
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "marked": self.marked,
            "refused": [_as_json(fault) for fault in self.refused],
            "warnings": [_as_json(fault) for fault in self.warnings],
        }

    def add(self, other: "Imported") -> None:
        """Add what a further chunk did, once it is kept."""
        self.read += other.read
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.marked += other.marked
        self.refused += other.refused
        self.warnings += other.warnings


class RefusedAt(Refused):
    """Rules of the business stand against one cell of a line."""

    def __init__(self, refusals: Sequence[Refusal], *, field: str) -> None:
        super().__init__(refusals)
        self.field = field


@dataclass(slots=True)
class Desk:
    """Takes down what became of the lines of one chunk.

    `key_field`: the column of what a line is known by, where a rule is told that stands against the line as a whole.
    `baton`: when the chunk may write.
    """

    columns: ColumnSet
    locale: str
    key_field: str = ""
    done: Imported = field(default_factory=Imported)
    baton: Baton = field(default_factory=Baton)

    def note(self, outcome: Outcome) -> None:
        """Count a line that landed."""
        setattr(self.done, outcome, getattr(self.done, outcome) + 1)

    def refuse(self, line: Line, why: CaseworkError) -> None:
        """Refuse one line, every reason at its column; the others go on."""
        if isinstance(why, Invalid):
            faults = [self._fault(line, mistake) for mistake in why.errors]
        elif isinstance(why, Refused):
            at = why.field if isinstance(why, RefusedAt) else self.key_field
            faults = [self._against(line, at, each.code, each.params) for each in why.refusals]
        else:
            faults = [self._against(line, self.key_field, why.code, {})]
        # The same cell may be at fault for several steps of one life; it is told once.
        self.done.refused += list(dict.fromkeys(faults))

    def warn(self, line: Line, *, key: str, code: str, **params: Any) -> None:
        """Keep a line and say what in it should be looked at."""
        self.done.warnings.append(self._fault(line, FieldError(key, code, params)))

    def _against(self, line: Line, field_name: str, code: str, params: Mapping[str, Any]) -> Fault:
        heading = line.heading(field_name, self.columns)
        told = self._say(f"refusal.{code}", i18n.in_words(params, locale=self.locale))
        return Fault(line.sheet, line.row, heading, told, line.places.get(field_name))

    def _fault(self, line: Line, mistake: FieldError) -> Fault:
        heading = line.heading(mistake.field, self.columns)
        told = self._say(f"field.{mistake.code}", mistake.params)
        return Fault(line.sheet, line.row, heading, told, line.places.get(mistake.field))

    def _say(self, code: str, params: Mapping[str, Any]) -> str:
        words = (*params, *params.values())
        # Of values of other kinds two may be alike that are written differently.
        if {*map(type, words)} == {str}:
            return _said(code, self.locale, words)
        return i18n.say(code, locale=self.locale, **params)


@lru_cache(500)
def _said(code: str, locale: str, words: tuple[str, ...]) -> str:
    # The same unknown word stands in a thousand rows.
    half = len(words) // 2
    return i18n.say(code, locale=locale, **dict(zip(words[:half], words[half:], strict=True)))


class Ledger(Protocol):
    """One kind of file on its way in."""

    columns: ColumnSet
    # The column that `key` is taken from; mistakes about the key stand there.
    key_field: str

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Look through the whole file before anything is written."""

    def key(self, line: Line) -> str | None:
        """Return what a line is known by; a second line of the same key in one file is no second record."""

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk in the transaction at hand."""


def _as_json(fault: Fault) -> dict[str, Any]:
    return {"sheet": fault.sheet, "row": fault.row, "column": fault.column, "reason": fault.reason}
