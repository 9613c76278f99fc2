"""A case with all that belongs to it, as a page or an answer shows it, in as few statements as it has parts.

Counters on the case say which parts there are, so that a plain case costs two statements beside its clocks. What a
caller may do with it is the workflows' business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Text, bindparam, exists, select
from sqlalchemy.orm import aliased

from casework.cases import extensions, lines
from casework.cases.parts import co_tasks
from casework.cases.tables import Case, CoTask, ExtensionRequest
from casework.cases.visibility import FORMER_DAYS, UNITS_OF, kept_condition, moment
from casework.core import texts
from casework.core.actors import UNIT_ROLES, Actor, Grant
from casework.core.columns import Id
from casework.core.database import Session
from casework.core.driver.loading import columns_of
from casework.core.driver.questions import Question
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.funds.tables import FundLine
from casework.matters import deadlines
from casework.matters.tables import Deadline
from casework.permissions import Subject
from casework.registry import directory
from casework.registry import queries as registry
from casework.registry.directory import Unit
from casework.registry.tables import Org

# Made once: a fresh alias of a wide table costs a millisecond of every request.
_Other = aliased(Case)
_HAS_ABSORBED = exists().where(_Other.merged_into_id == Case.id).correlate(Case)


@dataclass(frozen=True, slots=True)
class Taken:
    """A case as it was found, and whether others have been merged into it."""

    case: Case
    has_absorbed: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A unit's part in a case: `lead`, `co`, or `former` until an instant."""

    org: Unit | Org
    part: str
    until: datetime | None = None

    @property
    def org_id(self) -> UUID:
        """The unit's id."""
        return self.org.id

    @property
    def code(self) -> str:
        """The unit's code."""
        return self.org.code

    @property
    def name(self) -> str:
        """What the unit is called."""
        return self.org.name


@dataclass(frozen=True, slots=True)
class Reporter:
    """A reporter, masked, and the case by which they came."""

    case_id: UUID
    number: str
    name: str
    phone: str | None
    id_number: str | None


@dataclass(frozen=True, slots=True)
class Folder:
    """Everything that belongs to a case."""

    case: Case
    parts: tuple[Part, ...]
    clocks: Sequence[Deadline]
    names: Mapping[UUID, str]
    reporters: tuple[Reporter, ...]
    merged_into: tuple[UUID, str] | None
    co_tasks: Sequence[CoTask]
    co_task_orgs: Mapping[UUID, Org]
    funds: Sequence[FundLine]
    requests: Sequence[ExtensionRequest]

    @property
    def assignee_name(self) -> str | None:
        """Who handles it, by name."""
        return None if self.case.assignee_id is None else self.names.get(self.case.assignee_id)

    @property
    def lead(self) -> Part | None:
        """The unit that handles it."""
        return next((part for part in self.parts if part.part == "lead"), None)

    @property
    def co_units(self) -> tuple[Part, ...]:
        """The units that help."""
        return tuple(part for part in self.parts if part.part == "co")


def take(session: Session, actor: Actor, *, reference: str, at: datetime, lock: bool = False) -> Taken:
    """Find a case by id or number among those the actor may know of; with `lock`, for one change.

    Raises:
        NotFound: there is none, or the actor may not know of it.
    """
    case_id = parse_id(reference)
    key = reference.strip().upper() if case_id is None else case_id
    question = _taking(actor.person_id, actor.grants, case_id is None, lock)
    nothing = case_id is None and texts.names_nothing(reference)
    found = [] if nothing else session.load(Case, question, {"key": key, **moment(at)}, anew=lock)
    if not found:
        raise NotFound("case")
    case, answer = found[0]
    return Taken(case, bool(answer[-1]))


@lru_cache(maxsize=1024)
def _taking(person_id: UUID | None, grants: tuple[Grant, ...], by_number: bool, lock: bool) -> Question:
    known_by = Case.number == bindparam("key", type_=Text()) if by_number else Case.id == bindparam("key", type_=Id())
    statement = select(*columns_of(Case), _HAS_ABSORBED).where(kept_condition(person_id, grants), known_by)
    return Question(statement.with_for_update(of=Case.__table__) if lock else statement)


def parts_of(session: Session, case: Case) -> tuple[Part, ...]:
    """Return the units that have or had a part in a case, by code."""
    if not case.is_shared:
        lead = None if case.lead_org_id is None else directory.unit(session, case.lead_org_id)
        return () if lead is None else (Part(lead, "lead"),)
    rows = session.ask(UNITS_OF, {"case_id": case.id})
    found = [(directory.unit(session, org_id), part, until) for org_id, part, until in rows]
    parts = (Part(org, part, until) for org, part, until in found if org is not None)
    return tuple(sorted(parts, key=lambda part: part.code))


def subject_of(session: Session, case: Case, *, actor: Actor, at: datetime) -> tuple[Subject, tuple[Part, ...] | None]:
    """Return the bearings of a case and, when they had to be looked up, its units (see visibility.subject_of)."""
    parts = parts_of(session, case) if actor.org_ids(UNIT_ROLES) else None
    since = at - timedelta(days=FORMER_DAYS)
    subject = Subject(
        region_code=case.region_code,
        lead_org_id=case.lead_org_id,
        co_org_ids=[part.org_id for part in parts or () if part.part == "co"],
        former_org_ids=[
            part.org_id
            for part in parts or ()
            if part.part == "former" and part.until is not None and part.until >= since
        ],
        reported_by=case.reported_by,
        has_funds=case.funds_total > 0,
    )
    return subject, parts


def open_folder(
    session: Session,
    taken: Taken,
    *,
    parts: Sequence[Part] | None = None,
    clocks: Sequence[Deadline] | None = None,
) -> Folder:
    """Collect what belongs to a case; what the caller has looked up already is handed in."""
    case = taken.case
    if parts is None:
        parts = parts_of(session, case) if case.lead_org_id is not None else ()
    tasks = co_tasks.of_case(session, case)
    requests = extensions.of_case(session, case.id) if case.extensions_pending else ()
    return Folder(
        case=case,
        parts=tuple(parts),
        clocks=deadlines.of_matter(session, case.id) if clocks is None else clocks,
        names=registry.people_by_id(session, [case.assignee_id, *(each.requested_by for each in requests)]),
        reporters=_reporters(session, taken),
        merged_into=_merged_into(session, case),
        co_tasks=tasks,
        co_task_orgs=registry.orgs_by_id(session, [task.org_id for task in tasks]),
        funds=lines.of_case(session, case),
        requests=requests,
    )


def latest_clocks(clocks: Sequence[Deadline]) -> tuple[Deadline, ...]:
    """Return the last epoch of each clock, one for each kind and what it belongs to, the oldest clock first."""
    last: dict[tuple[str, UUID | None], Deadline] = {}
    for clock in clocks:
        key = (clock.kind, clock.subject_id)
        if key not in last or last[key].epoch < clock.epoch:
            last[key] = clock
    return tuple(sorted(last.values(), key=lambda clock: (clock.started_at, clock.kind, clock.epoch)))


def _reporters(session: Session, taken: Taken) -> tuple[Reporter, ...]:
    columns = (Case.id, Case.number, Case.reporter_name, Case.reporter_phone, Case.reporter_id_number)
    case = taken.case
    own = Reporter(case.id, case.number, case.reporter_name, case.reporter_phone, case.reporter_id_number)
    if not taken.has_absorbed:
        return (own,)
    # Whoever came with a case that was merged into a merged one is shown here too.
    found, frontier = [own], [case.id]
    while frontier:
        rows = session.execute(
            select(*columns).where(Case.merged_into_id.in_(frontier)).order_by(Case.reported_at)
        ).all()
        known = {each.case_id for each in found}
        fresh = [Reporter(*row) for row in rows if row[0] not in known]
        found += fresh
        frontier = [each.case_id for each in fresh]
    return tuple(found)


def _merged_into(session: Session, case: Case) -> tuple[UUID, str] | None:
    if case.merged_into_id is None:
        return None
    row = session.execute(select(Case.id, Case.number).where(Case.id == case.merged_into_id)).one()
    return row[0], row[1]
