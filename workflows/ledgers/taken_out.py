"""A whole ledger taken out for a browser: at once when it is short, else by a job, into a file kept for a day."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from casework.core.actors import Actor
from casework.core.database import Session, rows_in
from casework.core.ids import new_id
from casework.core.office import Office
from casework.exchange import uploads
from casework.exchange.column_sets import column_set
from casework.exchange.uploads import Upload
from casework.funds.tables import FundLine
from casework.matters import jobs
from casework.permissions import Subject, require
from workflows.ledgers import exporting

JOB = "ledger_export"
# So many rows are written while somebody waits, about a second.
AT_ONCE = 1_000
# Of what leaves by one person only money can be long; ledgers that name people have a job of their own (personal.py).
_LONG: Mapping[str, Any] = {"funds": FundLine}


def size_of(session: Session, kind: str) -> int:
    """Return about how many rows a ledger has, from above; 0 for one that is never long."""
    table = _LONG.get(kind)
    return 0 if table is None else rows_in(session, table)


def ask(session: Session, office: Office, kind: str, *, actor: Actor, locale: str, at: datetime) -> Upload:
    """Ask for a ledger to be written by the worker (tasks/taking_in.py).

    Raises:
        Denied: the actor is not triage of this office.
    """
    require(actor, exporting.PERMISSION, Subject(office.settings.region))
    assert actor.person_id is not None
    day = at.astimezone(office.settings.zone).date().isoformat()
    name = f"{column_set(kind).title}-{day}.xlsx"
    kept = uploads.prepare(office.settings.home, name=name, kind=kind, person_id=actor.person_id, at=at)
    payload = {
        "token": kept.token,
        "locale": locale,
        "rows": size_of(session, kind),
        "person": str(actor.person_id),
        "for": None if actor.for_id is None else str(actor.for_id),
    }
    job_id = jobs.ensure(session, name=JOB, period=f"{kept.token}:{new_id()}", run_at=at, at=at, payload=payload)
    kept = replace(kept, job=str(job_id))
    # Before any worker can take the work.
    uploads.put(office.settings.home, kept)
    return kept


def path_of(home: Path, kept: Upload) -> Path | None:
    """Return the file once it is written whole, else None."""
    path = uploads.place_of(home, kept)
    return path if path.is_file() else None
