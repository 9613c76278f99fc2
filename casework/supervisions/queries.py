"""Which supervised matters there are, and who may know of which. The Python twin of `visible_to` is permissions.py."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text, true, union_all
from sqlalchemy.orm import load_only

from casework.cases.tables import Case
from casework.cases.visibility import known_to
from casework.core.actors import TRIAGE_ROLES, UNIT_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.core.ranges import lies_in, lies_in_any
from casework.matters import search, sight
from casework.matters.search import SearchEntry
from casework.matters.tables import OWED_PROGRESS, Deadline, HistoryEntry
from casework.permissions import Subject
from casework.registry.tables import Org
from casework.supervisions.tables import Supervision, SupervisionUnit, UrgingNotice

KIND = "supervision"
# As typed, and as they stand on a slip (casework/supervisions/words.toml).
_BRACKETS = str.maketrans(
    dict.fromkeys("[(\uff08\u3010\uff3b", "\u3014") | dict.fromkeys("])\uff09\u3011\uff3d", "\u3015")
)
# The year and the beginning of the number of a slip.
_SLIP = re.compile("[\\[(\uff08\u3010\uff3b\u3014]\\s*(20[0-9]{2})\\s*[\\])\uff09\u3011\uff3d\u3015]\\s*(?=[0-9])")
_PROPOSED_FROM = 2
# What a notice of a month tells of a matter, or counts by.
_NOTICED = (
    *(Supervision.number, Supervision.slip_number, Supervision.title, Supervision.lead_org_id, Supervision.state),
    *(Supervision.level, Supervision.leader, Supervision.due_on, Supervision.first_due_on, Supervision.issued_on),
    *(Supervision.is_imported, Supervision.urges, Supervision.extensions, Supervision.handle_outcome),
)
_MOST_MOVED = 60


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; None: not by this."""

    state: str | None = None
    org: UUID | None = None
    level: int | None = None
    source: str | None = None
    source_id: UUID | None = None
    region: str | None = None
    leader: str | None = None
    q: str | None = None
    overdue: bool | None = None
    progress_late: bool | None = None
    is_open: bool | None = None
    # The level that shows: set by hand, or reached by the clock.
    shown_level: int | None = None
    has_leader: bool | None = None
    # Nothing happened to it since.
    still_since: datetime | None = None
    # Due between two instants by the handling clock; None: however long ago.
    due: tuple[datetime | None, datetime] | None = None


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on the supervised matters an actor may know of."""
    own: dict[str, ColumnElement[bool]] = {}
    if orgs := sorted(actor.org_ids(UNIT_ROLES)):
        helped = select(SupervisionUnit.supervision_id).where(SupervisionUnit.org_id.in_(orgs))
        own = {"unit": Supervision.lead_org_id.in_(orgs), "co_unit": Supervision.id.in_(helped)}
    return sight.seen_by(actor, KIND, Supervision, own)


def get(session: Session, actor: Actor, supervision_id: UUID, *, lock: bool = False) -> Supervision:
    """Return a supervised matter.

    Raises:
        NotFound: there is none, or none the actor may know of.
    """
    return sight.take(session, Supervision, supervision_id, visible_to(actor), lock=lock)


def seen_of(session: Session, actor: Actor, ids: Collection[UUID]) -> set[UUID]:
    """Return those of some supervised matters, by id, the actor may know of."""
    asked = select(Supervision.id).where(Supervision.id.in_(ids), visible_to(actor))
    return set(session.scalars(asked)) if ids else set()


def named(session: Session, actor: Actor, reference: str) -> Supervision:
    """Return a supervised matter by its number, its id, or the number on its signed slip (brackets of any kind).

    Raises:
        NotFound: there is none, or none the actor may know of.
    """
    known = parse_id(reference)
    if known is not None:
        return get(session, actor, known)
    number = reference.strip().upper()[:64].translate(_BRACKETS)
    by_number = or_(Supervision.number == number, Supervision.slip_number == number)
    # Two counties may have the same slip; who sees both is not told one of them.
    found = session.scalars(select(Supervision).where(by_number, visible_to(actor)).limit(2)).all()
    if len(found) != 1:
        raise NotFound("supervision")
    return found[0]


def subject_of(session: Session, row: Supervision, *, actor: Actor | None = None) -> Subject:
    """Return what permissions about a matter are asked of; without an actor with all its units."""
    # For who holds no role in a unit, the helping units cannot matter.
    co = co_org_ids(session, row.id) if actor is None or actor.org_ids(UNIT_ROLES) else ()
    return Subject(row.region_code, lead_org_id=row.lead_org_id, co_org_ids=co)


def subjects_of(session: Session, rows: Sequence[Supervision], *, actor: Actor) -> Mapping[UUID, Subject]:
    """Return the same of several matters, asked of their helping units once."""
    helping = co_orgs_of(session, [row.id for row in rows]) if actor.org_ids(UNIT_ROLES) else {}
    return {
        row.id: Subject(
            row.region_code,
            lead_org_id=row.lead_org_id,
            co_org_ids=[each.id for each in helping.get(row.id, ())],
        )
        for row in rows
    }


def co_org_ids(session: Session, supervision_id: UUID) -> Sequence[UUID]:
    """Return the units that help."""
    return session.scalars(
        select(SupervisionUnit.org_id)
        .join(Org, Org.id == SupervisionUnit.org_id)
        .where(SupervisionUnit.supervision_id == supervision_id)
        .order_by(Org.code)
    ).all()


def co_orgs_of(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Sequence[Org]]:
    """Return the helping units of several matters."""
    found: dict[UUID, list[Org]] = {each: [] for each in ids}
    if ids:
        asked = select(SupervisionUnit.supervision_id, Org).join(Org, Org.id == SupervisionUnit.org_id)
        asked = asked.where(SupervisionUnit.supervision_id.in_(list(ids))).order_by(Org.code)
        for supervision_id, org in session.execute(asked):
            found[supervision_id].append(org)
    return found


def urgings_of(session: Session, supervision_id: UUID) -> Sequence[UrgingNotice]:
    """Return the notices that urged a matter, oldest first."""
    asked = select(UrgingNotice).where(UrgingNotice.supervision_id == supervision_id)
    return session.scalars(asked.order_by(UrgingNotice.nth)).all()


def page(
    session: Session,
    actor: Actor,
    wanted: Filter,
    *,
    at: datetime,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> Sequence[Supervision]:
    """Return supervised matters, the newest first."""
    asked = select(Supervision).where(visible_to(actor), *conditions(session, actor, wanted, at=at))
    if after is not None:
        created_at, last = after
        behind = and_(Supervision.created_at == created_at, Supervision.id < last)
        asked = asked.where(or_(Supervision.created_at < created_at, behind))
    return session.scalars(asked.order_by(Supervision.created_at.desc(), Supervision.id.desc()).limit(limit)).all()


def count(session: Session, actor: Actor, wanted: Filter, *, at: datetime) -> int:
    """Count all that fits."""
    fitting = (visible_to(actor), *conditions(session, actor, wanted, at=at))
    return session.scalar(select(func.count()).select_from(Supervision).where(*fitting)) or 0


def conditions(session: Session, actor: Actor, wanted: Filter, *, at: datetime) -> list[ColumnElement[bool]]:
    """Return what a filter asks of a matter."""
    named: Sequence[tuple[Any, Any]] = (
        (Supervision.state, wanted.state),
        (Supervision.lead_org_id, wanted.org),
        (Supervision.level, wanted.level),
        (Supervision.shown_level, wanted.shown_level),
        (Supervision.source, wanted.source),
        (Supervision.source_id, wanted.source_id),
        (Supervision.leader, wanted.leader),
        (Supervision.is_open, wanted.is_open),
    )
    found: list[ColumnElement[bool]] = [column == value for column, value in named if value is not None]
    if wanted.region is not None:
        found.append(lies_in(Supervision.region_code, wanted.region))
    if wanted.has_leader is not None:
        found.append(Supervision.leader.is_not(None) if wanted.has_leader else Supervision.leader.is_(None))
    if wanted.still_since is not None:
        found.append(Supervision.updated_at < wanted.still_since)
    if wanted.due is not None:
        first, last = wanted.due
        found += [Supervision.due_kind == "handle", Supervision.due_at < last]
        found += [] if first is None else [Supervision.due_at >= first]
    if wanted.q is not None:
        plainly = _read_plainly(actor)
        # As typed, for a requirement may name a document in any brackets; and as slips are numbered.
        told = dict.fromkeys((wanted.q, slip_as_written(wanted.q)))
        words = or_(*(search.matches(session, each, plainly=plainly) for each in told))
        hits = select(SearchEntry.matter_id).where(SearchEntry.kind == KIND, words)
        found.append(Supervision.id.in_(hits))
    if wanted.overdue is not None:
        is_late = and_(Supervision.is_open, Supervision.due_at.is_not(None), Supervision.due_at < at)
        found.append(is_late if wanted.overdue else ~is_late)
    if wanted.progress_late is not None:
        late = Supervision.id.in_(owing_progress(at))
        found.append(late if wanted.progress_late else ~late)
    return found


def _read_plainly(actor: Actor) -> ColumnElement[bool] | None:
    """Return the condition on `SearchEntry` that the actor works on its matter; all others see its words masked."""
    if actor.is_system:
        return None
    here = lies_in_any(SearchEntry.region_code, actor.regions(TRIAGE_ROLES))
    orgs = sorted(actor.org_ids(UNIT_ROLES))
    if not orgs:
        # In an empty list every matter would be looked for.
        return here
    return or_(here, SearchEntry.matter_id.in_(select(Supervision.id).where(Supervision.lead_org_id.in_(orgs))))


def owing_progress(at: datetime) -> Select[Any]:
    """Return the ids of the matters whose progress report is missing, to be asked within."""
    return select(Deadline.matter_id).where(text(OWED_PROGRESS), Deadline.due_at < at)


def progress_clocks(session: Session, ids: Collection[UUID]) -> Mapping[UUID, datetime]:
    """Return when the next progress report of each matter is due, of those that owe one."""
    if not ids:
        return {}
    asked = select(Deadline.matter_id, Deadline.due_at).where(
        Deadline.matter_id.in_(list(ids)), Deadline.kind == "progress", Deadline.status == "running"
    )
    return {row[0]: row[1] for row in session.execute(asked)}


def urgings_between(
    session: Session, ids: Collection[UUID] | Select[Any], *, first: date, last: date
) -> Mapping[UUID, list[UUID]]:
    """Return the notices that urged each matter from `first` to `last`, in their order."""
    asked = select(UrgingNotice.supervision_id, UrgingNotice.id).where(
        UrgingNotice.supervision_id.in_(ids), UrgingNotice.on_date >= first, UrgingNotice.on_date <= last
    )
    found: dict[UUID, list[UUID]] = {}
    for matter_id, notice_id in session.execute(asked.order_by(UrgingNotice.supervision_id, UrgingNotice.nth)):
        found.setdefault(matter_id, []).append(notice_id)
    return found


def moved_since(
    session: Session, actor: Actor, *, since: datetime, triggers: Collection[str], limit: int
) -> Sequence[tuple[HistoryEntry, str, Subject]]:
    """Return these steps of the matters an actor may know of since an instant, newest first, each with the title of its
    matter and what permissions to read that are asked of.

    Of the matters that moved, the `_MOST_MOVED` that moved last; the whole history is never looked through.
    """
    told = (Supervision.id, Supervision.title, Supervision.region_code, Supervision.lead_org_id)
    latest = select(*told).where(visible_to(actor), Supervision.updated_at >= since)
    latest = latest.order_by(Supervision.updated_at.desc(), Supervision.id.desc()).limit(_MOST_MOVED)
    rows = {row[0]: (row[1], Subject(row[2], lead_org_id=row[3])) for row in session.execute(latest)}
    if not rows:
        return []
    asked = select(HistoryEntry).where(HistoryEntry.matter_id.in_(list(rows)), HistoryEntry.recorded_at >= since)
    asked = asked.where(HistoryEntry.trigger.in_(sorted(triggers)))
    newest = asked.order_by(HistoryEntry.recorded_at.desc(), HistoryEntry.id.desc()).limit(limit)
    return [(entry, *rows[entry.matter_id]) for entry in session.scalars(newest)]


def slip_as_written(typed: str) -> str:
    """Return the number of a slip with the brackets of official papers, whatever brackets its year was typed in."""
    return _SLIP.sub("\u3014\\1\u3015", typed)


def by_slips(session: Session, county: str, numbers: Collection[str]) -> Mapping[str, Supervision]:
    """Return the matters of a county under these slip numbers, locked."""
    wanted = sorted(set(numbers))
    asked = select(Supervision).where(Supervision.county == county, Supervision.slip_number.in_(wanted))
    return {str(row.slip_number): row for row in session.scalars(asked.with_for_update())}


def under(session: Session, actor: Actor, *, batch: int) -> Iterator[Sequence[Supervision]]:
    """Yield the matters an office has issued or kept from files, in batches, the oldest first."""
    after: UUID | None = None
    while True:
        asked = select(Supervision).where(visible_to(actor), Supervision.slip_number.is_not(None))
        asked = asked.order_by(Supervision.id).limit(batch)
        rows = session.scalars(asked if after is None else asked.where(Supervision.id > after)).all()
        if not rows:
            return
        yield rows
        after = rows[-1].id


def of_source(session: Session, source_id: UUID, *, seen_by: Actor | None = None) -> Sequence[Supervision]:
    """Return what came from a case, a consultation or an activity, oldest first; all, or what somebody may know of."""
    asked = select(Supervision).where(Supervision.source_id == source_id)
    if seen_by is not None:
        asked = asked.where(visible_to(seen_by))
    return session.scalars(asked.order_by(Supervision.created_at, Supervision.id)).all()


def cases_to_propose(session: Session, actor: Actor, *, at: datetime, limit: int) -> Sequence[Case]:
    """Return the late cases that are not supervised yet though their ladder says so (level 2 or 3), the latest first.

    They are proposed and never made: a person decides. Taken from the index of what is open, until there are enough.
    """
    supervised = select(Supervision.id).where(Supervision.source_id == Case.id).exists()
    late = (Case.is_open == true(), Case.due_level >= _PROPOSED_FROM, Case.due_at < at, ~supervised)
    known = known_to(actor, at=at)
    firsts = [
        select(Case.id).where(seen, *late).order_by(Case.due_at, Case.id).limit(limit).subquery()
        for seen in (
            known.here,
            None if known.beyond is None else Case.id.in_(known.beyond_ids(Case.is_open == true())),
        )
        if seen is not None
    ]
    if not firsts:
        return ()
    asked = select(Case).where(Case.id.in_(union_all(*(select(first.c.id) for first in firsts))))
    return session.scalars(asked.order_by(Case.due_at, Case.id).limit(limit)).all()


def ids_in_month(*, region: str, first: date, last: date) -> Select[Any]:
    """Return the question which matters under a place were open at some time from `first` to `last`."""
    return select(Supervision.id).where(
        lies_in(Supervision.region_code, region),
        Supervision.issued_on.is_not(None),
        Supervision.issued_on <= last,
        or_(Supervision.struck_off_on.is_(None), Supervision.struck_off_on >= first),
    )


def in_month(session: Session, ids: Select[Any]) -> Sequence[Supervision]:
    """Return these matters by unit and number, with what a notice tells of them and no long text."""
    asked = select(Supervision).where(Supervision.id.in_(ids)).options(load_only(*_NOTICED, raiseload=True))
    return session.scalars(
        asked.order_by(Supervision.lead_org_id, Supervision.slip_year, Supervision.slip_no, Supervision.number)
    ).all()
