"""What can be asked of single cases. Lists, search and statistics have files of their own.

Every question takes the actor and starts from what they may know of; what is hidden looks like what is not there.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import bindparam, select

from casework.cases.actions import ABSORB
from casework.cases.tables import Case, CaseUnit, CoTask
from casework.cases.visibility import kept_condition, moment, visible_cases
from casework.core import texts
from casework.core.actors import Actor, Grant
from casework.core.columns import Id
from casework.core.database import Session
from casework.core.driver.loading import columns_of
from casework.core.driver.questions import Question
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.matters.tables import HistoryEntry
from casework.registry.tables import Org


def find(session: Session, actor: Actor, *, reference: str, at: datetime, lock: bool = False) -> Case | None:
    """Find a case by id or number among those the actor may know of."""
    case_id = parse_id(reference)
    if case_id is None and texts.names_nothing(reference):
        return None
    known_by = Case.number == reference.strip().upper() if case_id is None else Case.id == case_id
    statement = visible_cases(actor, at=at).where(known_by)
    if lock:
        statement = statement.with_for_update(of=Case)
    return session.scalars(statement.execution_options(populate_existing=lock)).one_or_none()


def get(session: Session, actor: Actor, *, case_id: UUID, at: datetime) -> Case:
    """Return a case for looking.

    Raises:
        NotFound: there is none, or the actor may not know of it.
    """
    case: Case | None = session.scalars(visible_cases(actor, at=at).where(Case.id == case_id)).one_or_none()
    if case is None:
        raise NotFound("case")
    return case


def of_household(session: Session, actor: Actor, household_id: UUID, *, at: datetime) -> Sequence[Case]:
    """Return the cases of a household that the actor may know of, newest first."""
    asked = visible_cases(actor, at=at).where(Case.household_id == household_id)
    return session.scalars(asked.order_by(Case.reported_at.desc(), Case.id)).all()


def of_activity(session: Session, actor: Actor, activity_id: UUID, *, at: datetime) -> Sequence[Case]:
    """Return the cases that came out of an activity, of those the actor may know of, by number."""
    asked = visible_cases(actor, at=at).where(Case.activity_id == activity_id)
    return session.scalars(asked.order_by(Case.number)).all()


def seen_of(session: Session, actor: Actor, case_ids: Collection[UUID], *, at: datetime) -> Sequence[Case]:
    """Return those of some cases the actor may know of, by number."""
    asked = visible_cases(actor, at=at).where(Case.id.in_(case_ids))
    return session.scalars(asked.order_by(Case.number)).all() if case_ids else ()


def get_for_update(session: Session, actor: Actor, *, case_id: UUID, at: datetime) -> Case:
    """Return a case locked for one change; see `get`."""
    question = _locking(actor.person_id, actor.grants)
    found = session.load(Case, question, {"case_id": case_id, **moment(at)}, anew=True)
    if not found:
        raise NotFound("case")
    return found[0][0]


@lru_cache(maxsize=512)
def _locking(person_id: UUID | None, grants: tuple[Grant, ...]) -> Question:
    known_by = Case.id == bindparam("case_id", type_=Id())
    known = select(*columns_of(Case)).where(kept_condition(person_id, grants), known_by)
    return Question(known.with_for_update(of=Case.__table__))


def units_owing_an_answer(session: Session, case_id: UUID) -> Sequence[str]:
    """Return the names of co-units that have neither answered nor been waived."""
    return session.scalars(
        select(Org.name)
        .join(CoTask, CoTask.org_id == Org.id)
        .where(CoTask.case_id == case_id, CoTask.status == "open")
        .order_by(CoTask.due_on, Org.code)
    ).all()


def co_unit_names(session: Session, case_id: UUID) -> Sequence[str]:
    """Return the names of the units that help with a case."""
    return session.scalars(
        select(Org.name)
        .join(CaseUnit, CaseUnit.org_id == Org.id)
        .where(CaseUnit.case_id == case_id, CaseUnit.part == "co")
        .order_by(Org.code)
    ).all()


def merge_is_untouched(session: Session, case: Case) -> bool:
    """Say whether the merge is still the last thing that happened to the case and to the one it went into."""
    if case.merged_into_id is None:
        return False
    mine = _last(session, case.id)
    theirs = _last(session, case.merged_into_id)
    return (
        mine is not None
        and mine.trigger == "merge"
        and theirs is not None
        and theirs.trigger == ABSORB
        and theirs.fields.get("id") == str(case.id)
    )


def assignment_is_untouched(session: Session, case: Case) -> bool:
    """Say whether the assignment is still the last thing that happened to the case."""
    last = _last(session, case.id)
    return last is not None and last.trigger == "assign"


def _last(session: Session, matter_id: UUID) -> HistoryEntry | None:
    return session.scalars(
        select(HistoryEntry).where(HistoryEntry.matter_id == matter_id).order_by(HistoryEntry.seq.desc()).limit(1)
    ).first()


def history_of(session: Session, case_id: UUID) -> Sequence[HistoryEntry]:
    """Return the whole history of a case, oldest first."""
    return session.scalars(
        select(HistoryEntry).where(HistoryEntry.matter_id == case_id).order_by(HistoryEntry.seq)
    ).all()


def history_page(session: Session, case_id: UUID, *, after: int, limit: int) -> Sequence[HistoryEntry]:
    """Return up to `limit` rows of a history that come after a sequence number, oldest first."""
    return session.scalars(
        select(HistoryEntry)
        .where(HistoryEntry.matter_id == case_id, HistoryEntry.seq > after)
        .order_by(HistoryEntry.seq)
        .limit(limit)
    ).all()
