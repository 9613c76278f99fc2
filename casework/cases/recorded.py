"""The lives of cases as recorded, in batches: what replay walks and verification reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from casework.cases.tables import Case
from casework.core.database import Session
from casework.matters.tables import Deadline, HistoryEntry


@dataclass(frozen=True, slots=True)
class Life:
    """One case with its whole history and all its clocks."""

    id: UUID
    number: str
    history: Sequence[HistoryEntry]
    deadlines: Sequence[Deadline]


def lives(session: Session, *, batch: int) -> Iterator[Sequence[Life]]:
    """Yield all cases in the order of their ids, `batch` at a time, in three statements a batch."""
    last: UUID | None = None
    while True:
        asked = select(Case.id, Case.number).order_by(Case.id).limit(batch)
        found = session.execute(asked if last is None else asked.where(Case.id > last)).all()
        if not found:
            return
        ids = [row[0] for row in found]
        history: dict[UUID, list[HistoryEntry]] = {each: [] for each in ids}
        clocks: dict[UUID, list[Deadline]] = {each: [] for each in ids}
        for entry in session.scalars(
            select(HistoryEntry).where(HistoryEntry.matter_id.in_(ids)).order_by(HistoryEntry.seq)
        ):
            history[entry.matter_id].append(entry)
        for row in session.scalars(select(Deadline).where(Deadline.matter_id.in_(ids))):
            clocks[row.matter_id].append(row)
        yield [Life(case_id, number, history[case_id], clocks[case_id]) for case_id, number in found]
        session.expunge_all()
        last = ids[-1]


def open_cases_of_other_versions(session: Session, *, version: int) -> Sequence[Case]:
    """Return the open cases that keep another version of their workflow, locked, in the order of their numbers."""
    return session.scalars(
        select(Case)
        .where(Case.is_open, Case.workflow_version != version)
        .order_by(Case.number)
        .with_for_update(of=Case)
    ).all()
