"""A file that was handed in by the browser: tried and landed, at once when it is short, else by a job."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from casework.core import errors
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.ids import new_id
from casework.core.office import Office
from casework.exchange import remapping, uploads
from casework.exchange.column_sets import column_set
from casework.exchange.sheets import Book, read_book
from casework.exchange.uploads import Upload
from casework.matters import jobs
from workflows.ledgers import importing
from workflows.ledgers.desk import Imported

JOB = "ledger_import"
# So many rows are read or written while somebody waits, about a second; more is work for later.
AT_ONCE = 100
# What a page takes; a longer file goes in by the command.
MOST_ROWS = 5_000
_FAULTS_KEPT = 500


def book_of(office: Office, kept: Upload) -> Book:
    """Return the file as sheets.

    Raises:
        Refused: upload_too_long, or the file cannot be read.
    """
    book = read_book(uploads.file_of(office.settings.home, kept))
    if rows_of(book) > MOST_ROWS:
        raise errors.refused("upload_too_long", most=MOST_ROWS)
    return book


def rows_of(book: Book) -> int:
    """Count the rows of all sheets."""
    return sum(len(sheet.rows) for sheet in book.sheets)


def ask(session: Session, kept: Upload, *, dry_run: bool, actor: Actor, locale: str, at: datetime) -> Upload:
    """Ask for a long file to be tried, or landed, by the worker (tasks/taking_in.py)."""
    payload = {
        "token": kept.token,
        "dry_run": dry_run,
        "locale": locale,
        "person": str(actor.person_id),
        "for": None if actor.for_id is None else str(actor.for_id),
    }
    job_id = jobs.ensure(session, name=JOB, period=f"{kept.token}:{new_id()}", run_at=at, at=at, payload=payload)
    return replace(kept, job=str(job_id), told=None)


def run(
    office: Office,
    kept: Upload,
    *,
    dry_run: bool,
    actor: Actor,
    at: datetime,
    locale: str,
    on_progress: Callable[[int, int], None] | None = None,
) -> Upload:
    """Try a file, or let its good rows land, and note what came of it; landed, the file itself is removed.

    A file whose columns a person named otherwise is read from a copy with our headings.

    Raises:
        Refused: the file as a whole cannot be read, or needed columns are missing.
    """
    home, columns = office.settings.home, column_set(kept.kind)
    path, book = uploads.file_of(home, kept), book_of(office, kept)
    ours = {g.heading: g.key or "" for g in remapping.read_headings(book, columns, said={}).guesses}
    if ours != dict(kept.mapping):
        path = uploads.mapped_of(home, kept)
        remapping.write_mapped(book, columns, kept.mapping, target=path)
    done = importing.run(
        office,
        kept.kind,
        path,
        actor=actor,
        at=at,
        dry_run=dry_run,
        report=uploads.marked_of(home, kept),
        locale=locale,
        on_progress=on_progress,
    )
    kept = replace(kept, told=None)
    if not dry_run:
        return uploads.landed(home, kept, _told(done))
    tried = replace(kept, trial=_told(done))
    uploads.put(home, tried)
    return tried


def _told(done: Imported) -> Mapping[str, Any]:
    def rows(faults: Iterable[Any]) -> int:
        return len({(fault.sheet, fault.row) for fault in faults})

    return {
        "created": done.created,
        "updated": done.updated,
        "unchanged": done.unchanged,
        "refused": rows(done.refused),
        "warnings": rows(done.warnings),
        "faults": [
            {**asdict(fault), "mark": mark}
            for faults, mark in ((done.refused, "red"), (done.warnings, "amber"))
            for fault in faults[:_FAULTS_KEPT]
        ],
    }
