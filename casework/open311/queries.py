"""What Open311 tells of cases: only what was released for everybody, and to a client beside it its own submissions.

A case is public once triage has given it a public summary; that summary is its description, never the villager's
words. A client reads of its own the words it sent itself. Nobody's name, no note, no house leaves by here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from casework.cases.tables import Case
from casework.cases.under import under
from casework.core.database import Session
from casework.core.errors import NotFound
from casework.matters.tables import Deadline, HistoryEntry
from casework.open311 import receiving, services
from casework.registry import queries as registry

MOST = 1_000
SPAN = timedelta(days=90)
# A class that solves nothing yet: the case comes up again, so to the public it is open (contract.md).
LATER = "B"
_CLOSED = ("declined", "merged")
_RELEASED = "public_summary"
_COLUMNS = (
    *(Case.id, Case.number, Case.state, Case.result_class, Case.review_on, Case.category, Case.region_code),
    *(Case.lead_org_id, Case.public_summary, Case.reported_by, Case.reported_at, Case.updated_at, Case.suspended_until),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the county served, and the client whose key came along (None: anybody)."""

    county: str
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for; `numbers` override every other filter."""

    numbers: Sequence[str] = ()
    services: Sequence[str] = ()
    statuses: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    page: int = 1
    page_size: int = MOST


@dataclass(frozen=True, slots=True)
class Request:
    """One case as Open311 tells of it; what it does not know is None."""

    case_id: UUID
    number: str
    state: str
    result_class: str | None
    review_on: Any
    suspended_until: Any
    service: str
    service_name: str
    description: str | None
    agency: str | None
    requested_at: datetime
    updated_at: datetime
    expected_at: datetime | None
    address: str
    address_id: str


@dataclass(frozen=True, slots=True)
class Update:
    """One thing that happened to a case and may be told: `summary` where it is the release of one."""

    id: UUID
    number: str
    state: str
    result_class: str | None
    at: datetime
    summary: str | None = field(default=None)


def is_closed(state: str, result_class: str | None) -> bool:
    """Say whether a case counts as closed by Open311."""
    return state in _CLOSED or (state == "closed" and result_class != LATER)


def listed(session: Session, reader: Reader, asked: Asked) -> Sequence[Request]:
    """Return a page of requests, the newest first."""
    wanted = [_visible(reader), *_conditions(asked)]
    rows = session.execute(
        select(*_COLUMNS)
        .where(*wanted)
        .order_by(Case.reported_at.desc(), Case.id.desc())
        .limit(asked.page_size)
        .offset((asked.page - 1) * asked.page_size)
    ).all()
    return _told(session, reader, rows)


def take(session: Session, reader: Reader, number: str) -> Request:
    """Return one request.

    Raises:
        NotFound: there is none, or it is not public and not the reader's own.
    """
    rows = session.execute(select(*_COLUMNS).where(_visible(reader), Case.number == number)).all()
    if not rows:
        raise NotFound("request")
    return _told(session, reader, rows)[0]


def updates(session: Session, reader: Reader, *, since: datetime, until: datetime) -> Sequence[Update]:
    """Return what was recorded between two instants (both included) of the cases a reader may know, oldest first."""
    history = HistoryEntry
    moved = or_(history.from_state.is_(None), history.from_state != history.to_state, history.trigger == "mend")
    rows = session.execute(
        select(history.id, history.to_state, history.recorded_at, history.trigger, history.fields)
        .add_columns(Case.number, Case.result_class, Case.public_summary)
        .join(Case, Case.id == history.matter_id)
        .where(_visible(reader), moved, history.recorded_at >= since, history.recorded_at <= until)
        .order_by(history.recorded_at, history.id)
        .limit(MOST)
    ).all()
    found = []
    for row in rows:
        is_mended = row.trigger == "mend"
        summary = (row.fields.get(_RELEASED) or {}).get("to") if is_mended else None
        if not is_mended or summary:
            found.append(Update(row.id, row.number, row.to_state, row.result_class, row.recorded_at, summary))
    return found


def _visible(reader: Reader) -> ColumnElement[bool]:
    released: ColumnElement[bool] = Case.public_summary.is_not(None)
    return and_(
        under(reader.county),
        released if reader.person_id is None else or_(released, Case.reported_by == reader.person_id),
    )


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    if asked.numbers:
        return [Case.number.in_(asked.numbers)]
    found: list[ColumnElement[bool]] = []
    if asked.since is not None:
        found.append(Case.reported_at >= asked.since)
    if asked.until is not None:
        found.append(Case.reported_at <= asked.until)
    if asked.updated_after is not None:
        found.append(Case.updated_at >= asked.updated_after)
    if asked.updated_before is not None:
        found.append(Case.updated_at <= asked.updated_before)
    if asked.services:
        found.append(Case.category.in_(asked.services))
    if len(set(asked.statuses)) == 1:
        found.append(_of_status(asked.statuses[0]))
    return found


def _of_status(status: str) -> ColumnElement[bool]:
    later = and_(Case.result_class.is_not(None), Case.result_class == LATER)
    closed = or_(Case.state.in_(_CLOSED), and_(Case.state == "closed", ~later))
    return closed if status == "closed" else ~closed


def _told(session: Session, reader: Reader, rows: Sequence[Any]) -> Sequence[Request]:
    if not rows:
        return ()
    places = registry.region_names(session, {row.region_code for row in rows})
    units = registry.orgs_by_id(session, [row.lead_org_id for row in rows if row.lead_org_id is not None])
    due = _due(session, [row.id for row in rows])
    own = [row.id for row in rows if row.public_summary is None and row.reported_by == reader.person_id]
    words = receiving.own_words(session, reader.person_id, own) if own and reader.person_id is not None else {}
    named = services.names(session)
    return [
        Request(
            case_id=row.id,
            number=row.number,
            state=row.state,
            result_class=row.result_class,
            review_on=row.review_on,
            suspended_until=row.suspended_until,
            service=row.category,
            service_name=named.get(row.category, row.category),
            description=row.public_summary or words.get(row.id) or None,
            agency=units[row.lead_org_id].name if row.lead_org_id in units else None,
            requested_at=row.reported_at,
            updated_at=row.updated_at,
            expected_at=due.get(row.id),
            address="".join(places.get(row.region_code, ())),
            address_id=row.region_code,
        )
        for row in rows
    ]


def _due(session: Session, case_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """Return when each case is to be handled by, as far as its clock runs."""
    rows = session.execute(
        select(Deadline.matter_id, Deadline.due_at).where(
            Deadline.matter_id.in_(case_ids), Deadline.kind == "handle", Deadline.status.in_(("running", "paused"))
        )
    )
    return {row[0]: row[1] for row in rows}
