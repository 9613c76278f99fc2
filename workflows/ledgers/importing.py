"""A file into the office: read, checked row by row, written in chunks that each stand for themselves.

A chunk of 200 rows (500 of a long file) is one transaction, so an import that is killed has whole chunks or none of
them; repeated, it finds what is there by its natural key and goes on (reliability.md F21). A bad row is refused with
sheet, row, heading and reason while good rows land (contract.md `casework import`).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from casework.core import logs
from casework.core.actors import Actor
from casework.core.errors import refused
from casework.core.memory.garbage import seldom_collected
from casework.core.office import Office
from casework.exchange.ahead import ahead
from casework.exchange.marking import Fault, mark_errors
from casework.exchange.sheets import Book, Table, read_book
from casework.exchange.turns import short_turns
from casework.exchange.writer import require_place
from casework.matters import word_counts
from casework.permissions import Subject, require
from casework.registry import audit
from workflows.ledgers.actors import at_home
from workflows.ledgers.desk import Desk, Imported, Ledger
from workflows.ledgers.writing import hands
from workflows.ledgers.writing.chunks import Chunk, Writer
from workflows.ledgers.writing.kinds import MADE_APART, open_ledger
from workflows.ledgers.writing.lines import lines_of
from workflows.ledgers.writing.unread import unread

CHUNK, LONG_CHUNK = 200, 500
# From so many rows on, what is asked and settled once a chunk weighs more than that others wait a little longer.
LONG = 2_000
PERMISSION = "case.import"


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
    share = hands.Share(office.settings, kind, actor, at, locale, dry_run, request=logs.request_id())
    with hands.called(share if _may_share(office, kind) else None, path) as call:
        book = read_book(path)
        tables = ledger.columns.find(book)
        done = Imported(warnings=[*unread(book, tables, ledger.columns, locale=locale)])
        _look_through(office, ledger, tables, locale)
        afresh = partial(open_ledger, office, kind, actor=actor, at=at)
        writer = Writer(office, ledger, locale=locale, dry_run=dry_run, afresh=afresh)
        whole = False
        try:
            _write_all(writer, call, tables, tell=tell, done=done)
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


def _look_through(office: Office, ledger: Ledger, tables: Sequence[Table], locale: str) -> None:
    with office.db.reading() as session:
        # Rows are read twice rather than kept: a file may have 200,000 of them.
        lines = lines_of(ledger.columns, tables, Desk(ledger.columns, locale, ledger.key_field))
        ledger.look((line for line in lines if not line.spoilt), session)


def _write_all(
    writer: Writer,
    call: hands.Call | None,
    tables: Sequence[Table],
    *,
    tell: Callable[[int, int], None],
    done: Imported,
) -> None:
    """Write chunk by chunk what is there, each while the next one is read, and tell how far it is."""
    total = sum(table.rows_below for table in tables)
    count = 0

    def land(chunk: Chunk, its: Imported) -> None:
        nonlocal count
        done.add(its)
        count += len(chunk.lines)

    with seldom_collected(), short_turns():
        chunks = ahead(writer.chunks(tables, CHUNK if total < LONG else LONG_CHUNK))
        if call is not None and total >= hands.FROM_ROWS:
            chunks = hands.write(chunks, call, land=land, tell=lambda: tell(count, total))
        for chunk in chunks:
            land(chunk, writer.write(chunk))
            if chunk.lines:
                tell(count, total)


def _may_share(office: Office, kind: str) -> bool:
    # SQLite lets one write at a time.
    return kind in MADE_APART and office.db.is_postgresql


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
