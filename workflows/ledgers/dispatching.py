"""A ledger upwards, in the columns its receiver wants; what was sent is kept as it went out and can be given again."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import invalid, refused
from casework.core.office import Office
from casework.dispatches import queries
from casework.dispatches.tables import Dispatch
from casework.exchange.receivers import COUNTY, Receiver, receiver
from casework.exchange.writer import replacing, require_place, write_table
from casework.permissions import Subject, require
from casework.registry import audit, loading
from workflows.ledgers import exporting
from workflows.ledgers.exporting import Row

_ENDING = ".xlsx"
# What one row of the database holds sealed without trouble; a sheet of this size has some 50,000 rows.
MOST_BYTES = 16 * 1024 * 1024


def send(
    session: Session,
    office: Office,
    code: str,
    *,
    actor: Actor,
    at: datetime,
    as_of: date | None = None,
    locale: str = "zh",
    on_progress: Callable[[int], None] | None = None,
) -> tuple[Dispatch, bytes]:
    """Write the sheet of a receiver, keep it as sent and return it with its bytes (.xlsx).

    `as_of`: rows of later days are left out; without it, today.

    Raises:
        Denied: the actor is not triage of this office.
        Invalid: the day lies ahead (date_ahead).
        Refused: there is no such receiver, or the sheet is too long to be kept.
    """
    require(actor, exporting.PERMISSION, Subject(office.settings.region))
    wanted = receiver(code)
    today = at.astimezone(office.settings.zone).date()
    until = today if as_of is None else as_of
    if until > today:
        raise invalid("as_of", "date_ahead", today=today.isoformat())
    rows = _rows(session, office, wanted, until, actor=actor, at=at)
    count, content = _written(wanted, exporting.counted(rows, on_progress), locale=locale)
    if len(content) > MOST_BYTES:
        raise refused("dispatch_too_big", limit_mb=MOST_BYTES // 1024 // 1024)
    kept = queries.keep(
        session,
        wanted,
        content,
        region_code=office.settings.region,
        file_name=f"{wanted.title}-{until.isoformat()}{_ENDING}",
        rows=count,
        as_of=until,
        actor=actor,
        at=at,
    )
    _leave_trace(session, "ledger.sent", kept, actor=actor, at=at)
    return kept, content


def again(session: Session, office: Office, dispatch_id: UUID, *, actor: Actor, at: datetime) -> tuple[Dispatch, bytes]:
    """Return a sheet that was sent, byte for byte.

    Raises:
        Denied: the actor is not triage of this office.
        NotFound: there is none of this id.
        Refused: what is kept is not what was sent.
    """
    require(actor, exporting.PERMISSION, Subject(office.settings.region))
    row = queries.get(session, actor, dispatch_id)
    content = queries.content_of(session, row)
    _leave_trace(session, "ledger.given_again", row, actor=actor, at=at)
    return row, content


def require_file(path: Path) -> None:
    """Refuse a place where no sheet can be written, before one is made.

    Raises:
        Refused: it is no .xlsx file, or cannot be written there.
    """
    if path.suffix.lower() != _ENDING:
        raise refused("dispatch_file_kind")
    require_place(path)


def put(content: bytes, path: Path) -> None:
    """Put a sheet into a file, whole or not at all."""
    with replacing(path) as target:
        target.write_bytes(content)


def _written(wanted: Receiver, rows: Iterator[Row], *, locale: str) -> tuple[int, bytes]:
    """Return how many rows a sheet has, and its bytes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet{_ENDING}"
        count = write_table(
            path,
            headings=[column.heading for column in wanted.columns],
            rows=([column.cell(row) for column in wanted.columns] for row in rows),
            kinds=[column.kind for column in wanted.columns],
            title=wanted.title,
            sheet=wanted.title,
            locale=locale,
        )
        return count, path.read_bytes()


def _rows(
    session: Session, office: Office, wanted: Receiver, until: date, *, actor: Actor, at: datetime
) -> Iterator[Row]:
    county = next((row.name for row in loading.all_places(session) if row.code == office.settings.region), "")
    count = 0
    for row in exporting.SOURCES[wanted.kind](session, office, actor, at):
        if wanted.tells(row, until):
            count += 1
            yield {**row, COUNTY: county, "serial": str(count)}


def _leave_trace(session: Session, event: str, row: Dispatch, *, actor: Actor, at: datetime) -> None:
    facts = {"receiver": row.receiver, "rows": row.rows, "as_of": row.as_of.isoformat(), "sha256": row.sha256}
    audit.record(session, event=event, actor=actor, at=at, facts=facts)
