"""What ledgers of plain records have in common: found by what a row says, entered once, mended where a row differs.

A row is known by its natural key, never by its number. What a row leaves empty says nothing: it stays as it is kept. A
withdrawn record is not brought back by an old file. New records of a chunk are written together.
"""

import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from casework.campaign import forms
from casework.campaign.forms import Form
from casework.core import editions
from casework.core.actors import Actor
from casework.core.columns import canonical
from casework.core.database import Session
from casework.core.errors import CaseworkError, FieldError, Invalid, invalid
from casework.core.office import Office
from casework.exchange.column_sets import column_set
from casework.exchange.values import names_from_cell, says_nothing
from workflows.ledgers.case_rows import cell_text
from workflows.ledgers.desk import Desk, Line
from workflows.ledgers.names import Names
from workflows.ledgers.people import People

Value = TypeVar("Value")


@dataclass(slots=True)
class Told:
    """One row, checked.

    `bucket`: what kept records are looked up by; `fits` tells which of them the row may be about. `key`: what the row
    is known by within its file. `columns`: what it says of the record; `given`: what a new one
    is entered with besides; `more`: what stands in records beside it.
    """

    line: Line
    bucket: Hashable
    key: str
    columns: dict[str, Any]
    given: dict[str, Any] = field(default_factory=dict)
    fits: Callable[[Any], bool] = lambda _row: True
    warnings: list[FieldError] = field(default_factory=list)
    more: Any = None

    @property
    def place(self) -> tuple[str, int]:
        """Where it stands in the file."""
        return self.line.sheet, self.line.row


@dataclass(slots=True)
class Mistakes:
    """Collects what is wrong with a row, so that it is told all at once."""

    found: list[FieldError] = field(default_factory=list)
    # Of a row that can be read in part a step may fail without a mistake of its own.
    failed: bool = False

    def tried(self, read: Callable[[], Value]) -> Value | None:
        """Return what is read, or None with the mistake kept."""
        try:
            return read()
        except Invalid as mistake:
            self.found += mistake.errors
            self.failed = True
            return None

    def settle(self) -> None:
        """Refuse the row if anything is wrong with it.

        Raises:
            Invalid: everything that was found.
        """
        if self.failed:
            raise Invalid(self.found)


def names_in(words: str) -> Sequence[str]:
    """Return the names that stand in one cell, without blanks as the register has them; none where none can be read."""
    try:
        return names_from_cell(words, column="") if words.strip() else ()
    except Invalid:
        # What cannot be names stays words, and is judged as such.
        return ()


def _kept_as_words(words: str, *, column: str) -> FieldError:
    """Say that words name nobody of the register; several people in one cell may well be in it, one by one."""
    names = names_in(words)
    if len(names) > 1:
        return FieldError(column, "import_several_as_words", {"words": words, "count": len(names)})
    return FieldError(column, "import_kept_as_words", {"words": words})


def readable(lines: Iterable[Line], key: str) -> Iterator[Any]:
    """Yield what a column of rows says; a row that is judged without it is looked at for the rest."""
    for line in lines:
        with suppress(Invalid):
            yield line.values[key]


def said(values: Mapping[str, Any], key: str) -> str | None:
    """Return the words of a cell; None where it holds a stroke or another word for nothing."""
    words: str | None = values.get(key)
    return None if words is None or says_nothing(words) else words


class Records:
    """Rows of one kind of plain record; what they mean is said by each kind's `read`, `find` and `bucket_of`."""

    kind: ClassVar[str]
    key_field: str
    form: ClassVar[Form]
    # Field of the form → key of the column it stands in.
    fields: ClassVar[Mapping[str, str]]

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set(self.kind)
        self.county = office.settings.region
        self.actor, self.at = actor, at
        self.today: date = at.astimezone(office.settings.zone).date()
        self._names: Names | None = None
        self._people: People | None = None
        self._seen: dict[str, tuple[tuple[str, int], bytes]] = {}
        self._claimed: dict[UUID, tuple[str, int]] = {}

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Nothing has to be known beforehand."""

    def key(self, line: Line) -> None:
        """Two rows are one only when what they name has been looked up, so `write` judges it."""
        return

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk."""
        read = []
        self.prepare(session, lines)
        for line in lines:
            try:
                read.append(self.read(session, line))
            except CaseworkError as refusal:
                desk.refuse(line, refusal)
        # What is refused anyway is judged by itself alone.
        read = [each for each in read if not each.line.spoilt]
        forms.hold_all(session, self.form, (each.given for each in read))
        kept: dict[Hashable, list[Any]] = {}
        for row in self.find(session, read):
            kept.setdefault(self.bucket_of(row), []).append(row)
        new = [each for each in self.order(read) if self._is_new(session, each, kept.get(each.bucket, ()), desk)]
        with session.together(tracked=False):
            for each in new:
                self.enter(session, each)

    # ------------------------------------------------------------ said by each kind

    def prepare(self, session: Session, lines: Sequence[Line]) -> None:
        """Look up what the rows of a chunk name."""
        raise NotImplementedError

    def read(self, session: Session, line: Line) -> Told:
        """Check a row.

        Raises:
            Invalid: every mistake, by the keys of the columns.
        """
        raise NotImplementedError

    def find(self, session: Session, read: Sequence[Told]) -> Iterable[Any]:
        """Return the kept records that rows of a chunk may be about, withdrawn ones too."""
        raise NotImplementedError

    def order(self, read: Sequence[Told]) -> Sequence[Told]:
        """Return rows in the order in which they take their records: those of the file."""
        return read

    def bucket_of(self, row: Any) -> Hashable:
        """Return what a kept record is looked up by."""
        raise NotImplementedError

    def check_new(self, _told: Told) -> list[FieldError]:
        """Judge a record that is not kept yet; return what should be looked at.

        Raises:
            Invalid: it cannot be entered.
        """
        return []

    def enter(self, session: Session, told: Told) -> Any:
        """Enter the record of a row."""
        return editions.enter(session, self.form.table(**told.given, **told.columns), actor=self.actor, at=self.at)

    def mend_more(self, _session: Session, _row: Any, _told: Told) -> bool:
        """Mend what a row says beside the columns of its record; say whether anything changed."""
        return False

    # ------------------------------------------------------------ what they share

    def names(self, session: Session) -> Names:
        """Return the places and units, asked for once an import."""
        if self._names is None:
            self._names = Names(session, county=self.county)
        return self._names

    def people(self, session: Session) -> People:
        """Return who is who, remembered from chunk to chunk."""
        if self._people is None:
            self._people = People(self.names(session), county=self.county)
        return self._people

    def words(self, session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
        """Read the fields of words that a row fills.

        Raises:
            Invalid: by the keys of the columns.
        """
        raw = {name: values[key] for name, key in self.fields.items() if values.get(key) is not None}
        try:
            return forms.read_partly(session, self.form, raw, actor=self.actor, at=self.at)
        except Invalid as mistake:
            raise self._translated(mistake) from mistake

    def credited(
        self, session: Session, words: Mapping[str, Any], field_name: str
    ) -> tuple[dict[str, Any], list[FieldError]]:
        """Return the columns with the one named in words as a member or a unit, where there is just one; and a warning
        where there is none."""
        said = " ".join(str(words.get(field_name) or "").split())
        if says_nothing(said):
            return {name: value for name, value in words.items() if name != field_name}, []
        names = names_in(said)
        member = self.people(session).knows_member(names[0] if len(names) == 1 else said)
        unit = self.names(session).unit_if_any(said) if member is None else None
        if member is None and unit is None:
            return dict(words), [_kept_as_words(said, column=self.fields[field_name])]
        columns = {**words, field_name: ""}
        columns["member_id"] = None if member is None else member.id
        columns["org_id"] = None if unit is None else unit.id
        return columns, []

    def day(self, values: Mapping[str, Any], key: str) -> date:
        """Return a day that has come.

        Raises:
            Invalid: date_ahead.
        """
        found: date = values[key]
        if found > self.today:
            raise invalid(key, "date_ahead", today=self.today.isoformat())
        return found

    def _translated(self, mistake: Invalid) -> Invalid:
        return Invalid([FieldError(self.fields.get(e.field, e.field), e.code, e.params) for e in mistake.errors])

    def _is_new(self, session: Session, told: Told, kept: Sequence[Any], desk: Desk) -> bool:
        """Take a row down at the desk, with what it mends; say whether its record is still to be entered."""
        said = {name: str(value) for name, value in told.columns.items()} | {"": str(told.more)}
        content = hashlib.sha256(canonical(said).encode()).digest()
        place, before = self._seen.setdefault(told.key, (told.place, content))
        fitting = [row for row in kept if self._claimed.get(row.id, told.place) == told.place and told.fits(row)]
        live = [row for row in fitting if not row.withdrawn]
        warnings, is_new = told.warnings, False
        try:
            if live:
                desk.note("updated" if self._mend(session, told, live) else "unchanged")
            elif place != told.place:
                if before != content:
                    raise invalid(self.key_field, "import_row_twice", row=place[1], sheet=place[0])
                desk.note("unchanged")
            elif fitting:
                desk.note("unchanged")
                warnings = [FieldError(self.key_field, "import_withdrawn")]
            else:
                warnings, is_new = [*warnings, *self.check_new(told)], True
                desk.note("created")
        except CaseworkError as refusal:
            if place == told.place:
                del self._seen[told.key]
            desk.refuse(told.line, refusal)
            return False
        for warning in warnings:
            desk.warn(told.line, key=warning.field, code=warning.code, **warning.params)
        return is_new

    def _mend(self, session: Session, told: Told, rows: Sequence[Any]) -> bool:
        row = min(rows, key=lambda each: len(_changes(each, told)))
        self._claimed[row.id] = told.place
        changes = _changes(row, told)
        if changes:
            row = editions.newest(session, self.form.table, row.id, lock=True)
            editions.mend(session, row, changes, actor=self.actor, at=self.at)
        return self.mend_more(session, row, told) or bool(changes)


def _changes(row: Any, told: Told) -> dict[str, Any]:
    return {name: value for name, value in told.columns.items() if not _is_same(getattr(row, name), value)}


def _is_same(kept: Any, said: Any) -> bool:
    """Compare a value with what a cell says; a text comes back from a cell without the blanks around it."""
    if not (isinstance(kept, str) and isinstance(said, str)):
        return bool(kept == said)
    if cell_text(kept) == cell_text(said):
        return True
    return "\n" not in said and " ".join(cell_text(kept).split()) == " ".join(said.split())
