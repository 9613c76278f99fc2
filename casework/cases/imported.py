"""Cases that came out of files: known by the key they had there, with what the file said kept in their history.

The key is `Case.source_key` (`510822:petition:<留言编号>`, `510822:case:<编号>`): the county whose file it was stands
first, for two counties of one installation may number alike. What a file said besides is kept under `source` in the
`fields` of the row that wrote it down: a digest of the row, and what no column of a case holds.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, func, literal_column, or_, select, update

from casework.cases.tables import Case, CaseUnit
from casework.cases.visibility import visible_to
from casework.core.actors import UNIT_ROLES, Actor
from casework.core.bulk import among
from casework.core.calendars import WorkCalendar
from casework.core.database import Session, change
from casework.core.ranges import lies_in
from casework.matters import deadlines, numbering, search
from casework.matters.tables import Deadline, HistoryEntry, OutboxEvent
from casework.registry import loading
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from casework.registry.tables import Org, Person, RoleGrant

SOURCE = "source"
# The rows of a history that can carry `source`.
_WRITERS = ("report", "mend")


@dataclass(frozen=True, slots=True)
class Known:
    """A case a file has brought before: its digest at the last time it changed anything, and what was kept."""

    id: UUID
    sha256: str | None
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """One case with what an export tells beside its own columns."""

    case: Case
    kept: Mapping[str, Any]
    remark: str | None
    decline_reason: str | None
    lead: str | None
    co: tuple[str, ...]
    co_ids: tuple[UUID, ...]
    assignee: str | None
    # Of its handling clock: when it is due, when it was before its day was put off, and to which day it was.
    due_at: datetime | None
    limit_at: datetime | None
    extended_to: date | None


def source_key(county: str, key: str) -> str:
    """Return what a row of a county's file is known by in the whole installation."""
    return f"{county}:{key}"


def key_of(case: Case) -> str:
    """Return the key a case had in its county's file; empty when it came from none."""
    return (case.source_key or "").partition(":")[2]


def by_source_keys(session: Session, keys: Sequence[str], *, county: str) -> Mapping[str, Known]:
    """Return what a county knows by these keys of its files."""
    whole = [source_key(county, key) for key in keys]
    rows = session.execute(select(Case.source_key, Case.id).where(among(session, Case.source_key, whole))).all()
    sources = sources_of(session, [row[1] for row in rows])
    return {str(key).partition(":")[2]: _known(case_id, sources.get(case_id)) for key, case_id in rows}


def by_numbers(session: Session, numbers: Sequence[str], *, county: str) -> Mapping[str, Known]:
    """Return what a county knows by these case numbers."""
    here = lies_in(Case.region_code, county)
    rows = session.execute(select(Case.number, Case.id).where(among(session, Case.number, numbers), here)).all()
    sources = sources_of(session, [row[1] for row in rows])
    return {number: _known(case_id, sources.get(case_id)) for number, case_id in rows}


def _known(case_id: UUID, source: Mapping[str, Any] | None) -> Known:
    return Known(case_id, (source or {}).get("sha256"), (source or {}).get("kept", {}))


def sources_of(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    """Return what files last said of these cases."""
    if not ids:
        return {}
    rows = session.execute(
        select(HistoryEntry.matter_id, HistoryEntry.fields)
        .where(HistoryEntry.matter_id.in_(ids), HistoryEntry.trigger.in_(_WRITERS))
        .order_by(HistoryEntry.matter_id, HistoryEntry.seq)
    )
    return {matter_id: fields[SOURCE] for matter_id, fields in rows if SOURCE in fields}


def settle_events(session: Session, ids: Iterable[UUID], *, at: datetime) -> None:
    """Mark what an import of `at` has to tell of these cases as told: nobody is woken for what happened elsewhere."""
    session.flush()
    wanted = list(set(ids))
    if wanted:
        session.execute(
            update(OutboxEvent)
            .where(OutboxEvent.matter_id.in_(wanted), OutboxEvent.status == "pending", OutboxEvent.created_at == at)
            .values(status="done", done_at=at)
        )


def settle_waiting(session: Session, *, at: datetime) -> None:
    """Do the same for what an import of `at` has not written yet; it stands so in the database from the beginning."""
    settled = {"status": "done", "done_at": at}
    for event in reversed(session.waiting(OutboxEvent)):
        if event.status == "done":
            # Those before it were settled with it.
            return
        if event.created_at == at:
            change(event, **settled)


def settle_older(session: Session, *, before: datetime) -> None:
    """Mark everything that happened before an instant as told."""
    session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.status == "pending", OutboxEvent.created_at < before)
        .values(status="done", done_at=before)
    )


def count_cases(session: Session) -> int:
    """Count all cases, whoever may know of them."""
    return session.scalar(select(func.count()).select_from(Case)) or 0


def same_words(
    session: Session, actor: Actor, *, titles: Sequence[str], descriptions: Sequence[str], at: datetime
) -> Sequence[tuple[UUID, str, str]]:
    """Return (id, title, description) of the cases with one of these titles or descriptions, oldest first."""
    asked = select(Case.id, Case.title, Case.description).where(
        or_(among(session, Case.title, titles), among(session, Case.description, descriptions)),
        visible_to(actor, at=at),
        Case.state != "merged",
    )
    if session.get_bind().dialect.name == "postgresql":
        # By the index of lines, which are folded: what it finds is held against the words themselves above.
        lines = (literal_column(line, Text()) for line in search.LINES)
        told = [{search.fold((each,)) for each in words} for words in (titles, descriptions)]
        alike = or_(*(among(session, line, words) for line, words in zip(lines, told, strict=True)))
        asked = asked.where(Case.id.in_(select(search.SearchEntry.matter_id).where(alike)))
    rows = session.execute(asked.order_by(Case.id))
    return [(row[0], row[1], row[2]) for row in rows]


def locked(session: Session, case_id: UUID) -> Case:
    """Return a case that was just found, locked for one change."""
    statement = select(Case).where(Case.id == case_id).with_for_update(of=Case)
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def locked_if_any(session: Session, matter_id: UUID) -> Case | None:
    """Return the case of an id, locked; None when the matter of this id is none."""
    statement = select(Case).where(Case.id == matter_id).with_for_update(of=Case)
    return session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def those_of(session: Session, matter_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return which of these matters are cases."""
    return frozenset(session.scalars(select(Case.id).where(Case.id.in_(matter_ids)))) if matter_ids else frozenset()


def keep_number(session: Session, *, scope: str, number: int) -> None:
    """Take a number of a scope that a file brings along, so that it is not given out again."""
    last = numbering.take(session, scope=scope, count=0) - 1
    if last < number:
        numbering.take(session, scope=scope, count=number - last)


def stand_in_unit(session: Session, *, name: str, region: str, at: datetime) -> str:
    """Return the code of a county's unit of this name, made if there is none yet.

    The first county has the code as it stands, others with their own behind it.
    """
    code = registry.STAND_IN
    longer = f"{code}-{region}"
    known = session.execute(select(Org.code, Org.region_code).where(Org.code.in_((code, longer)))).all()
    own = next((row.code for row in known if row.region_code.startswith(region)), None)
    if own is None:
        own = longer if known else code
        loading.load_units(session, [loading.Unit(own, name, "department", region)], at=at)
    return own


def handler_named(session: Session, name: str, *, org_id: UUID, on: date) -> str | None:
    """Return the id of the one handler of a unit who bears this name; None when there is none, or several."""
    found = session.scalars(
        select(Person.id)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(Person.name == name, Person.disabled_at.is_(None))
        .where(RoleGrant.org_id == org_id, RoleGrant.role.in_(UNIT_ROLES))
        .where(or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= on))
        .distinct()
        .limit(2)
    ).all()
    return str(found[0]) if len(found) == 1 else None


def tell(
    session: Session,
    actor: Actor,
    *,
    keys_from: str | None,
    batch: int,
    at: datetime,
    ids: Sequence[UUID] | None = None,
) -> Iterator[Sequence[Told]]:
    """Yield the cases an actor may know of, merged ones left out, in batches in the order of their ids.

    `keys_from`: only those whose source key begins so. `ids`: only these.
    """
    last: UUID | None = None
    while True:
        asked = select(Case).where(visible_to(actor, at=at), Case.state != "merged").order_by(Case.id).limit(batch)
        if keys_from is not None:
            # A colon is followed by a semicolon: a range uses the index whatever the collation.
            asked = asked.where(Case.source_key >= keys_from, Case.source_key < keys_from[:-1] + ";")
        if ids is not None:
            asked = asked.where(Case.id.in_(ids))
        cases = session.scalars(asked if last is None else asked.where(Case.id > last)).all()
        if not cases:
            return
        yield _told(session, cases)
        last = cases[-1].id
        if ids is None:
            session.expunge_all()


def _told(session: Session, cases: Sequence[Case]) -> list[Told]:
    ids = [case.id for case in cases]
    sources = sources_of(session, ids)
    entries = session.execute(
        select(HistoryEntry.matter_id, HistoryEntry.trigger, HistoryEntry.comment, HistoryEntry.fields)
        .where(HistoryEntry.matter_id.in_(ids), HistoryEntry.trigger.in_(("comment", "decline")))
        .order_by(HistoryEntry.seq)
    ).all()
    remarks = {row.matter_id: row.comment for row in entries if row.trigger == "comment" and SOURCE in row.fields}
    declined = {row.matter_id: row.fields.get("reason") for row in entries if row.trigger == "decline"}
    orgs = {row.id: row.name for row in session.scalars(select(Org).where(Org.id.in_(_org_ids(session, cases, ids))))}
    people = registry.people_by_id(session, (case.assignee_id for case in cases))
    co = _co_units(session, ids)
    clocks, calendar = _handling(session, ids), load_calendar(session)
    return [
        Told(
            case=case,
            kept=sources.get(case.id, {}).get("kept", {}),
            remark=remarks.get(case.id),
            decline_reason=declined.get(case.id),
            lead=orgs.get(case.lead_org_id) if case.lead_org_id else None,
            co=tuple(sorted(orgs[org_id] for org_id in co.get(case.id, ()))),
            co_ids=tuple(co.get(case.id, ())),
            assignee=people.get(case.assignee_id) if case.assignee_id else None,
            **_due(clocks.get(case.id), calendar),
        )
        for case in cases
    ]


def _due(clock: Deadline | None, calendar: WorkCalendar) -> dict[str, Any]:
    if clock is None:
        return {"due_at": None, "limit_at": None, "extended_to": None}
    is_put_off = clock.extended_to is not None
    limit_at = deadlines.due_before_extension(clock, calendar).due_at if is_put_off else clock.due_at
    return {"due_at": clock.due_at, "limit_at": limit_at, "extended_to": clock.extended_to}


def _org_ids(session: Session, cases: Sequence[Case], ids: Sequence[UUID]) -> set[UUID]:
    parts = session.scalars(select(CaseUnit.org_id).where(CaseUnit.case_id.in_(ids), CaseUnit.part == "co"))
    return {*parts, *(case.lead_org_id for case in cases if case.lead_org_id is not None)}


def _co_units(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, list[UUID]]:
    rows = session.execute(
        select(CaseUnit.case_id, CaseUnit.org_id).where(CaseUnit.case_id.in_(ids), CaseUnit.part == "co")
    )
    found: dict[UUID, list[UUID]] = {}
    for case_id, org_id in rows:
        found.setdefault(case_id, []).append(org_id)
    return found


def _handling(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, Deadline]:
    """Return the last handling clock of each case."""
    rows = session.scalars(
        select(Deadline).where(Deadline.matter_id.in_(ids), Deadline.kind == "handle").order_by(Deadline.epoch)
    )
    return {row.matter_id: row for row in rows}
