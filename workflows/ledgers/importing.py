"""A file into the office: read, checked row by row, written in chunks that each stand for themselves.

A chunk of 200 rows (500 of a long file) is one transaction, so an import that is killed has whole chunks or none of
them; repeated, it finds what is there by its natural key and goes on (reliability.md F21). A bad row is refused with
sheet, row, heading and
reason while good rows land (contract.md `casework import`).
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from casework.core.actors import Actor
from casework.core.columns import canonical
from casework.core.database_faults import DatabaseFault, is_passing
from casework.core.errors import CaseworkError, invalid, refused
from casework.core.memory.garbage import seldom_collected
from casework.core.office import Office
from casework.core.turns import short_turns
from casework.exchange.ahead import ahead
from casework.exchange.column_sets import ColumnSet, Unreadable
from casework.exchange.marking import Fault, mark_errors
from casework.exchange.sheets import Book, Table, read_book
from casework.exchange.writer import require_place
from casework.matters import word_counts
from casework.permissions import Subject, require
from casework.registry import audit
from workflows.ledgers.actors import at_home
from workflows.ledgers.assessments import Assessments
from workflows.ledgers.attendance import AttendanceLedger
from workflows.ledgers.cases import Cases
from workflows.ledgers.consultations import Consultations
from workflows.ledgers.desk import Desk, Imported, Ledger, Line, Partly
from workflows.ledgers.funds import Funds
from workflows.ledgers.goals import Goals
from workflows.ledgers.households import Households
from workflows.ledgers.links import Links
from workflows.ledgers.members import Members
from workflows.ledgers.petitions import Petitions
from workflows.ledgers.places import Places
from workflows.ledgers.services import Services
from workflows.ledgers.suggestions import Suggestions
from workflows.ledgers.supervisions import Supervisions
from workflows.ledgers.tree import CategoryTree
from workflows.ledgers.units import Units
from workflows.ledgers.unread import unread
from workflows.ledgers.visits import Visits

CHUNK, LONG_CHUNK = 200, 500
# From so many rows on, what is asked and settled once a chunk weighs more than that others wait a little longer.
LONG = 2_000
# After so many chunks, and so many times as many again and again, the database looks anew at what they have filled.
_GROWTH = 4
PERMISSION = "case.import"
_TRIES, _PAUSE = 5, 0.2
# Of so many rows that cannot be read all other faults are told; who has more of them has another kind of file.
_MOST_JUDGED = 100
# Rows of these stand on other rows of their file: nothing is said of one alone.
_TREES = ("regions", "orgs", "categories")
# What is asked for in place of an unreadable cell of each kind.
_STAND_INS: Mapping[str, Any] = {"text": "", "line": "", "name": "", "identifier": "", "names": [""]}

# kind → what its rows become. Kinds with columns and without a line here come with their programme.
LEDGERS: Mapping[str, Callable[[Office, Actor, datetime], Ledger]] = {
    "regions": Places,
    "orgs": Units,
    "categories": CategoryTree,
    "petitions": Petitions,
    "cases": Cases,
    "funds": Funds,
    "members": Members,
    "households": Households,
    "links": Links,
    "visits": Visits,
    "services": Services,
    "suggestions": Suggestions,
    "attendance": AttendanceLedger,
    "goals": Goals,
    "assessments": Assessments,
    "supervisions": Supervisions,
    "consultations": Consultations,
}


def run(
    office: Office,
    kind: str,
    path: Path,
    *,
    actor: Actor,
    at: datetime,
    dry_run: bool = False,
    report: Path | None = None,
    locale: str = "zh",
    on_progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Import a file of a kind; `on_progress` is told rows done and rows in all.

    With `dry_run` nothing is kept; `report` gets the file with its errors marked; what `on_progress` raises ends it.

    Raises:
        Denied: the actor is not triage of this office.
        Refused: there is no such kind, it comes later, the file as a whole cannot be read, or the report not written.
    """
    office = at_home(office, actor)
    require(actor, PERMISSION, Subject(office.settings.region))
    ledger, tell = open_ledger(office, kind, actor=actor, at=at), on_progress or (lambda _done, _total: None)
    if report is not None:
        _require_report(report)
    book = read_book(path)
    tables = ledger.columns.find(book)
    done = Imported(warnings=[*unread(book, tables, ledger.columns, locale=locale)])
    with office.db.reading() as session:
        # Rows are read twice rather than kept: a file may have 200,000 of them.
        lines = _lines(ledger.columns, tables, Desk(ledger.columns, locale, ledger.key_field))
        ledger.look((line for line in lines if not line.spoilt), session)
    afresh = partial(open_ledger, office, kind, actor=actor, at=at)
    work = _Work(office, ledger, done, locale=locale, dry_run=dry_run, afresh=afresh)
    whole = False
    try:
        _write_all(work, tables, tell)
        whole = True
    finally:
        # Whoever stops it half way has landed whole chunks, and they leave their trace.
        if not dry_run:
            _leave_trace(office, kind, path, done, actor=actor, at=at, whole=whole)
    if not dry_run:
        with office.db.transaction() as session:
            word_counts.recount_if_grown(session, at=at)
    if report is not None:
        _write_report(book, done, report, locale)
    done.refused.sort(key=lambda fault: (fault.sheet, fault.row))
    return done


def _write_all(work: "_Work", tables: Sequence[Table], tell: Callable[[int, int], None]) -> None:
    """Write chunk by chunk what is there, each while the next one is read, and tell how far it is."""
    total = sum(table.rows_below for table in tables)
    count = 0
    with seldom_collected(), short_turns():
        for chunk in ahead(work.chunks(tables, CHUNK if total < LONG else LONG_CHUNK)):
            work.write(chunk)
            count += len(chunk.lines)
            if chunk.lines:
                tell(count, total)


def open_ledger(office: Office, kind: str, *, actor: Actor, at: datetime) -> Ledger:
    """Return what reads and writes a kind.

    Raises:
        Refused: import_kind_unknown.
    """
    if kind in LEDGERS:
        return LEDGERS[kind](office, actor, at)
    raise refused("import_kind_unknown", kind=kind, kinds=", ".join(LEDGERS))


def _lines(columns: ColumnSet, tables: Sequence[Table], desk: Desk) -> Iterator[Line]:
    """Yield the rows of all tables; one that cannot be read is refused at the desk, and comes as far as it can."""
    for table in tables:
        found = {c.key: table.columns[c.heading] for c in columns.columns if c.heading in table.columns}
        headings = {key: column.heading for key, column in found.items()}
        times = Counter(headings.values())
        # What stands in two rows, or twice, is in no cell of the headings by which it could be found again.
        told = [" ".join(cell.split()) for cell in table.headings.cells]
        places = {
            key: column.position
            for key, column in found.items()
            if times[column.heading] > 1 or column.heading not in told
        }
        # A cell that cannot be read is told by its heading.
        places |= {headings[key]: place for key, place in places.items() if times[headings[key]] == 1}
        for record in table.records():
            desk.done.read += 1
            guessed: dict[str, int] = {}
            try:
                values = columns.read(table, record, guessed)
            except Unreadable as mistakes:
                partly, spoilt = _partly(columns, mistakes), _spoilt(mistakes)
                line = Line(record.sheet, record.number, partly, headings, spoilt, places)
                desk.refuse(line, mistakes)
                yield line
            else:
                line = Line(record.sheet, record.number, values, headings, places=places)
                for key, year in guessed.items():
                    desk.warn(line, key=key, code="import_year_of_title", year=year)
                yield line


def _partly(columns: ColumnSet, mistakes: Unreadable) -> Partly:
    cells = {column.key: column.cell for column in columns.columns}
    return Partly(
        mistakes.read,
        stand_ins={key: _STAND_INS[cells[key]] for key in mistakes.spoilt if cells[key] in _STAND_INS},
        unread={key for key in mistakes.spoilt if cells[key] not in _STAND_INS},
    )


def _spoilt(mistakes: Unreadable) -> frozenset[str]:
    return frozenset(each.field for each in mistakes.errors)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Lines to be written together, those refused among them, and what became of what is not to be written."""

    lines: Sequence[Line]
    spoilt: Sequence[Line]
    done: Imported


class _Work:
    """The writing part of one import."""

    def __init__(
        self,
        office: Office,
        ledger: Ledger,
        done: Imported,
        *,
        locale: str,
        dry_run: bool,
        afresh: Callable[[], Ledger],
    ) -> None:
        self._office, self._ledger, self._done, self._locale, self._dry_run = office, ledger, done, locale, dry_run
        self._afresh, self._judged = afresh, 0
        self._written, self._reckons_at = 0, _GROWTH
        self._judge_ledger: Ledger | None = None

    def chunks(self, tables: Sequence[Table], size: int) -> Iterator[_Chunk]:
        """Read the rows in chunks. Nothing here knows the database, so another thread may do it."""
        desk = Desk(self._ledger.columns, self._locale, self._ledger.key_field)
        fresh = self._without_repeats(_lines(self._ledger.columns, tables, desk), desk)
        lines: Sequence[Line] = [*islice(fresh, size)]
        while lines:
            done, desk.done = desk.done, Imported()
            yield _Chunk([line for line in lines if not line.spoilt], [line for line in lines if line.spoilt], done)
            lines = [*islice(fresh, size)]
        yield _Chunk((), (), desk.done)

    def _without_repeats(self, lines: Iterable[Line], desk: Desk) -> Iterator[Line]:
        """Yield each line once: a repeated one is unchanged, one that contradicts an earlier line is refused."""
        seen: dict[str, tuple[str, int, bytes]] = {}
        for line in lines:
            if line.spoilt:
                yield line
                continue
            key = self._ledger.key(line)
            content = _content(line)
            sheet, row, before = seen.setdefault(key or "", (line.sheet, line.row, content))
            if key is None or (sheet, row) == (line.sheet, line.row):
                yield line
            elif before == content:
                desk.note("unchanged")
            else:
                desk.refuse(line, invalid(self._ledger.key_field, "import_row_twice", row=row, sheet=sheet))

    def write(self, chunk: _Chunk) -> None:
        """Write one chunk, trying again when the database was busy; nothing of a failed try is counted."""
        self._done.add(chunk.done)
        for line in chunk.spoilt:
            self._judge(line)
        if not chunk.lines:
            return
        for tries_left in reversed(range(_TRIES)):
            desk = Desk(self._ledger.columns, self._locale, self._ledger.key_field)
            try:
                self._write(chunk.lines, desk)
            except DatabaseFault as fault:
                if not is_passing(fault) or not tries_left:
                    raise
                time.sleep(_PAUSE)
                continue
            self._done.add(desk.done)
            return

    def _judge(self, line: Line) -> None:
        """Tell what else is wrong with a row of which some cell cannot be read, so that it is mended in one go.

        It is written as far as it goes and taken back, at a ledger of its own: no other row knows of it.
        """
        if self._judged >= _MOST_JUDGED or self._ledger.columns.kind in _TREES:
            return
        self._judged += 1
        desk = Desk(self._ledger.columns, self._locale, self._ledger.key_field)
        session = self._office.db.session(write=True)
        try:
            if self._judge_ledger is None:
                self._judge_ledger = self._afresh()
                self._judge_ledger.look((), session)
            self._judge_ledger.write(session, [line], desk)
        except (CaseworkError, DatabaseFault, KeyError):
            # Without that cell no more can be said; a copy of the row has no such key.
            pass
        finally:
            self._office.db.end(session, keep=False)
        self._done.refused += [each for each in desk.done.refused if each.column and each.column not in line.spoilt]

    def _write(self, lines: Sequence[Line], desk: Desk) -> None:
        session = self._office.db.session(write=True)
        # What is asked for hundreds of keys at once is planned for any keys as for few of many counties.
        session.plan_anew()
        try:
            self._ledger.write(session, lines, desk)
            session.flush()
        except BaseException:  # Ctrl-C too takes the whole chunk back; raised again
            self._office.db.end(session, keep=False)
            raise
        self._office.db.end(session, keep=not self._dry_run)
        self._written += 1
        if self._written == self._reckons_at and not self._dry_run:
            self._reckons_at *= _GROWTH
            self._office.db.reckon(session.written)


def _content(line: Line) -> bytes:
    values = {key: str(value) for key, value in line.values.items() if key != "serial"}
    return hashlib.sha256(canonical(values).encode()).digest()


def _leave_trace(
    office: Office, kind: str, path: Path, done: Imported, *, actor: Actor, at: datetime, whole: bool
) -> None:
    facts: dict[str, Any] = {
        "kind": kind,
        "file": path.name,
        "created": done.created,
        "updated": done.updated,
        "unchanged": done.unchanged,
        "refused": len({(fault.sheet, fault.row) for fault in done.refused}),
    }
    if whole:
        # What verify holds the others against (I26); of a file that was not read to its end there is no such number.
        facts["read"] = done.read
    with office.db.transaction() as session:
        audit.record(session, event="ledger.imported", actor=actor, at=at, facts=facts)


def _require_report(report: Path) -> None:
    # Asked first: rows would have landed by the time the report is written.
    if report.suffix.lower() != ".xlsx":
        raise refused("report_file_kind")
    require_place(report)


def _write_report(book: Book, done: Imported, report: Path, locale: str) -> None:
    faults: list[Fault] = [*done.refused, *done.warnings]
    mark_errors(book, faults=faults, target=report, locale=locale)
