"""A case as its page shows it: everything that belongs to it with the names of all who appear, in few statements.

folders.py collects the same for programs, which want codes and ids; a page wants names, the history and who else has
the case open, and may not take more than a dozen statements with everything its request needs besides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from casework.cases import lines
from casework.cases.folders import Part, Taken, parts_of
from casework.cases.parts import co_tasks
from casework.cases.tables import Case, CaseLink, CoTask, ExtensionRequest
from casework.cases.visibility import visible_to
from casework.core.actors import Actor
from casework.core.columns import Id
from casework.core.database import Session
from casework.funds.tables import FundLine
from casework.matters import drafts
from casework.matters.presences import HERE
from casework.matters.tables import Attachment, Deadline, Draft, HistoryEntry, Presence
from casework.registry.tables import Person

MOST_ENTRIES = 500
MOST_RELATED = 20


@dataclass(frozen=True, slots=True)
class Told:
    """A history row with the names of who acted and for whom; no name: the software itself."""

    entry: HistoryEntry
    actor: str | None
    on_behalf_of: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """A request for more time that waits for a decision."""

    row: ExtensionRequest
    asked_by: str


@dataclass(frozen=True, slots=True)
class File:
    """An attachment and who added it."""

    row: Attachment
    added_by: str


@dataclass(frozen=True, slots=True)
class Related:
    """Another case: `how` is link, absorbed, into, part or whole; only those the reader may know of."""

    how: str
    number: str
    title: str
    state: str
    reporter_name: str


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody who has the case open."""

    person_id: UUID
    name: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that belongs to a case. `people`: names of assignee, resolver and reporter's clerk by id."""

    case: Case
    parts: Sequence[Part]
    clocks: Sequence[Deadline]
    requests: Sequence[Request]
    history: Sequence[Told]
    co_tasks: Sequence[CoTask]
    funds: Sequence[FundLine]
    files: Sequence[File]
    related: Sequence[Related]
    people: Mapping[UUID, str]
    here: Sequence[Here]
    draft: drafts.Fields

    @property
    def lead(self) -> Part | None:
        """The unit that handles it."""
        return next((part for part in self.parts if part.part == "lead"), None)

    def name_of(self, org_id: UUID) -> str:
        """Return the name of a unit that has or had a part in the case."""
        return next((part.name for part in self.parts if part.org_id == org_id), "")


def open_dossier(
    session: Session,
    taken: Taken,
    *,
    actor: Actor,
    at: datetime,
    parts: Sequence[Part] | None = None,
) -> Dossier:
    """Collect what the page of a case shows; what the caller has looked up already is handed in."""
    case = taken.case
    clocks, requests = _clocks(session, case)
    people, here, draft = _people(session, case, actor=actor, at=at)
    return Dossier(
        case=case,
        parts=parts_of(session, case) if parts is None else parts,
        clocks=clocks,
        requests=requests,
        history=history(session, case.id),
        co_tasks=co_tasks.of_case(session, case),
        funds=lines.of_case(session, case),
        files=files(session, case),
        related=_related(session, case, actor=actor, at=at),
        people=people,
        here=here,
        draft=draft,
    )


def history(session: Session, case_id: UUID, *, after: int = 0) -> Sequence[Told]:
    """Return what has happened to a case since a row, newest first, with names."""
    who, whom = aliased(Person), aliased(Person)
    rows = session.execute(
        select(HistoryEntry, who.name, whom.name)
        .outerjoin(who, who.id == HistoryEntry.actor_id)
        .outerjoin(whom, whom.id == HistoryEntry.for_id)
        .where(HistoryEntry.matter_id == case_id, HistoryEntry.seq > after)
        .order_by(HistoryEntry.seq.desc())
        .limit(MOST_ENTRIES)
    )
    return [Told(*row) for row in rows]


def files(session: Session, case: Case) -> Sequence[File]:
    """Return the attachments of a case, newest first; asks nothing when there are none."""
    if case.attachments_total == 0:
        return ()
    rows = session.execute(
        select(Attachment, Person.name)
        .outerjoin(Person, Person.id == Attachment.added_by)
        .where(Attachment.matter_id == case.id)
        .order_by(Attachment.created_at.desc(), Attachment.id.desc())
    )
    return [File(row, name or "") for row, name in rows]


def others_here(session: Session, case_id: UUID, *, actor: Actor, at: datetime) -> Sequence[Here]:
    """Return who else has a case open, the one who came last first."""
    rows = session.execute(
        select(Person.id, Person.name, Presence.seen_at)
        .join(Presence, Presence.person_id == Person.id)
        .where(Presence.matter_id == case_id, Presence.seen_at >= at - HERE, Person.id != actor.person_id)
        .order_by(Presence.seen_at.desc())
    )
    return [Here(*row) for row in rows]


def _clocks(session: Session, case: Case) -> tuple[Sequence[Deadline], Sequence[Request]]:
    of_case = select(Deadline).where(Deadline.matter_id == case.id).order_by(Deadline.started_at, Deadline.epoch)
    if case.extensions_pending == 0:
        return list(session.scalars(of_case)), ()
    waiting = and_(ExtensionRequest.deadline_id == Deadline.id, ExtensionRequest.status == "requested")
    rows: Sequence[Any] = session.execute(
        select(Deadline, ExtensionRequest, Person.name)
        .outerjoin(ExtensionRequest, waiting)
        .outerjoin(Person, Person.id == ExtensionRequest.requested_by)
        .where(Deadline.matter_id == case.id)
        .order_by(Deadline.started_at, Deadline.epoch)
    ).all()
    clocks = list(dict.fromkeys(row[0] for row in rows))
    return clocks, [Request(row[1], row[2] or "") for row in rows if row[1] is not None]


def _people(
    session: Session, case: Case, *, actor: Actor, at: datetime
) -> tuple[Mapping[UUID, str], Sequence[Here], drafts.Fields]:
    """Return who is named on the page, who has it open, and what the actor has begun to write."""
    named = [each for each in (case.assignee_id, case.resolved_by, case.reported_by, actor.person_id) if each]
    open_now = and_(Presence.matter_id == case.id, Presence.person_id == Person.id, Presence.seen_at >= at - HERE)
    present = select(Presence.person_id).where(Presence.matter_id == case.id, Presence.seen_at >= at - HERE)
    mine = and_(
        Draft.person_id == Person.id,
        Draft.person_id == actor.person_id,
        Draft.form == "comment",
        Draft.matter_id == case.id,
    )
    rows: Sequence[Any] = session.execute(
        select(Person.id, Person.name, Presence.seen_at, Draft)
        .outerjoin(Presence, open_now)
        .outerjoin(Draft, mine)
        .where(or_(Person.id.in_(named), Person.id.in_(present)))
    ).all()
    here = [Here(row[0], row[1], row[2]) for row in rows if row[2] is not None and row[0] != actor.person_id]
    draft = next((drafts.unseal(session, row[3]) for row in rows if row[3] is not None), {})
    return {row[0]: row[1] for row in rows}, sorted(here, key=lambda each: each.seen_at, reverse=True), draft


def _related(session: Session, case: Case, *, actor: Actor, at: datetime) -> Sequence[Related]:
    # Collected by id first, each by its own index, so that nothing walks the table.
    near = [
        select(CaseLink.other_id.label("id")).where(CaseLink.one_id == case.id),
        select(CaseLink.one_id.label("id")).where(CaseLink.other_id == case.id),
        select(Case.id.label("id")).where(Case.merged_into_id == case.id),
    ]
    near += [
        select(literal(each, Id()).label("id"))
        for each in (case.merged_into_id, case.split_from_id)
        if each is not None
    ]
    ids = union_all(*near).subquery("near")
    rows = session.execute(
        select(Case.id, Case.number, Case.title, Case.state, Case.reporter_name, Case.merged_into_id)
        .where(Case.id.in_(select(ids.c.id)), visible_to(actor, at=at))
        .order_by(Case.reported_at.desc())
        .limit(MOST_RELATED)
    )

    def how(row: Any) -> str:
        if row.id == case.merged_into_id:
            return "into"
        if row.merged_into_id == case.id:
            return "absorbed"
        return "whole" if row.id == case.split_from_id else "link"

    return [Related(how(row), row.number, row.title, row.state, row.reporter_name) for row in rows]
