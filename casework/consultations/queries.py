"""Which consultations there are, who may know of which, and what belongs to one.

The Python twin of `visible_to` is `subject_of` with casework/permissions.py.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true

from casework.cases import visibility as case_visibility
from casework.cases.tables import Case
from casework.consultations.codes import BEFORE_ITS_MEETING, FALLEN
from casework.consultations.tables import ConsensusItem, Consultation, ConsultationCase, Participant
from casework.core.actors import TRIAGE_ROLES, UNIT_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.core.ranges import lies_in
from casework.matters import titles
from casework.permissions import Subject, rules

_OVERSEERS = frozenset({"observer", "auditor"})
_Term = Callable[[Actor], ColumnElement[bool] | None]


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked of a list; nothing asks for nothing."""

    states: Sequence[str] = ()
    kind: str | None = None
    source: str | None = None
    region: Sequence[str] = ()
    org_id: UUID | None = None
    person_id: UUID | None = None
    venue_id: UUID | None = None
    case_id: UUID | None = None
    starts_from: datetime | None = None
    starts_to: datetime | None = None
    words: str = ""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on the consultations an actor may know of."""
    found = (_TERMS[name](actor) for name in rules().visible["consultation"])
    terms = [term for term in found if term is not None]
    return or_(*terms) if terms else false()


def _over(roles: frozenset[str]) -> _Term:
    def term(actor: Actor) -> ColumnElement[bool] | None:
        regions = actor.regions(roles)
        return or_(*(within(prefix) for prefix in regions)) if regions else None

    return term


def within(prefix: str) -> ColumnElement[bool]:
    """Return the condition that a consultation is about a place: a range, so that an index serves it."""
    return lies_in(Consultation.region_code, prefix)


def _unit(actor: Actor) -> ColumnElement[bool] | None:
    orgs = actor.org_ids(UNIT_ROLES)
    return Consultation.lead_org_id.in_(sorted(orgs)) if orgs else None


def _co_unit(actor: Actor) -> ColumnElement[bool] | None:
    orgs = actor.org_ids(UNIT_ROLES)
    if not orgs:
        return None
    return Consultation.id.in_(select(ConsensusItem.consultation_id).where(ConsensusItem.org_id.in_(sorted(orgs))))


def _reporter(actor: Actor) -> ColumnElement[bool] | None:
    return None if actor.person_id is None else Consultation.brought_by == actor.person_id


def _invited(actor: Actor) -> ColumnElement[bool] | None:
    if actor.person_id is None:
        return None
    # Who convenes and who is named may look from the day the notices went out, the convenor before.
    named = select(Participant.consultation_id).where(Participant.person_id == actor.person_id)
    return or_(Consultation.convenor_id == actor.person_id, Consultation.id.in_(named))


_TERMS: Mapping[str, _Term] = {
    "triage": _over(TRIAGE_ROLES),
    "overseer": _over(_OVERSEERS),
    "liaison": _over(frozenset({"liaison"})),
    "reporter": _reporter,
    "invited": _invited,
    "unit": _unit,
    "co_unit": _co_unit,
    "system": lambda actor: true() if actor.is_system else None,
}


def subject_of(session: Session, row: Consultation) -> Subject:
    """Return the bearings of a consultation that permissions are asked about."""
    named = session.scalars(
        select(Participant.person_id).where(Participant.consultation_id == row.id, Participant.person_id.is_not(None))
    )
    units = session.scalars(select(ConsensusItem.org_id).where(ConsensusItem.consultation_id == row.id))
    invited = {each for each in (*named, row.convenor_id) if each is not None}
    return Subject(
        row.region_code,
        lead_org_id=row.lead_org_id,
        co_org_ids=frozenset(units),
        reported_by=row.brought_by,
        invited_person_ids=frozenset(invited),
    )


def take(session: Session, actor: Actor, reference: str, *, lock: bool = False) -> Consultation:
    """Return a consultation by id or number.

    Raises:
        NotFound: there is none, or none the actor may know of.
    """
    found = parse_id(reference)
    known_by = Consultation.number == reference.strip().upper()[:64] if found is None else Consultation.id == found
    asked = select(Consultation).where(known_by, visible_to(actor))
    if lock:
        asked = asked.with_for_update(of=Consultation).execution_options(populate_existing=True)
    row = session.scalars(asked).one_or_none()
    if row is None:
        raise NotFound("consultation")
    return row


def visible(session: Session, actor: Actor, ids: Collection[UUID]) -> Sequence[Consultation]:
    """Return those of some consultations that the actor may know of."""
    return session.scalars(select(Consultation).where(Consultation.id.in_(ids), visible_to(actor))).all()


def page(
    session: Session, actor: Actor, filter: Filter, *, after: tuple[datetime, UUID] | None = None, limit: int
) -> Sequence[Consultation]:
    """Return consultations, the newest first."""
    asked = select(Consultation).where(visible_to(actor), *_conditions(session, filter))
    if after is not None:
        created_at, last = after
        earlier = and_(Consultation.created_at == created_at, Consultation.id < last)
        asked = asked.where(or_(Consultation.created_at < created_at, earlier))
    return session.scalars(asked.order_by(Consultation.created_at.desc(), Consultation.id.desc()).limit(limit)).all()


def count(session: Session, actor: Actor, filter: Filter) -> int:
    """Count all that fits."""
    fitting = (visible_to(actor), *_conditions(session, filter))
    return session.scalar(select(func.count()).select_from(Consultation).where(*fitting)) or 0


def dated(
    session: Session, actor: Actor, *, since: datetime, until: datetime, limit: int = 500
) -> Sequence[Consultation]:
    """Return the meetings between two instants, earliest first; those put off or called off are none."""
    asked = select(Consultation).where(
        visible_to(actor),
        Consultation.starts_at >= since,
        Consultation.starts_at < until,
        Consultation.state.not_in(("postponed", "cancelled")),
    )
    return session.scalars(asked.order_by(Consultation.starts_at, Consultation.id).limit(limit)).all()


def nearest(session: Session, actor: Actor, *, since: datetime) -> Consultation | None:
    """Return the first meeting from an instant on; those put off or called off are none."""
    return next(iter(dated(session, actor, since=since, until=datetime.max.replace(tzinfo=UTC), limit=1)), None)


def _conditions(session: Session, filter: Filter) -> list[ColumnElement[bool]]:
    made: list[ColumnElement[bool]] = []
    if filter.states:
        made.append(Consultation.state.in_(filter.states))
    for column, value in (
        (Consultation.kind, filter.kind),
        (Consultation.source, filter.source),
        (Consultation.lead_org_id, filter.org_id),
        (Consultation.venue_id, filter.venue_id),
    ):
        if value is not None:
            made.append(column == value)
    if filter.region:
        made.append(or_(*(within(prefix) for prefix in filter.region)))
    if filter.person_id is not None:
        named = select(Participant.consultation_id).where(Participant.person_id == filter.person_id)
        made.append(or_(Consultation.convenor_id == filter.person_id, Consultation.id.in_(named)))
    if filter.case_id is not None:
        tied = select(ConsultationCase.consultation_id).where(ConsultationCase.case_id == filter.case_id)
        made.append(Consultation.id.in_(tied))
    if filter.starts_from is not None:
        made.append(Consultation.starts_at >= filter.starts_from)
    if filter.starts_to is not None:
        made.append(Consultation.starts_at < filter.starts_to)
    if filter.words:
        said = Consultation.title.contains(filter.words, autoescape=True)
        made.append(titles.saying(session, said, Consultation.title, filter.words))
    return made


def told_of(session: Session, row: Consultation, *, before: int | None = None) -> Sequence[Participant]:
    """Return who was told of the date that was made known last, of those set `before` a round where one is given."""
    asked = select(Participant).where(Participant.consultation_id == row.id, Participant.told_at.is_not(None))
    if before is not None:
        asked = asked.where(Participant.round < before)
    found = session.scalars(asked.order_by(Participant.round.desc(), Participant.place)).all()
    return [each for each in found if each.round == found[0].round]


def without_account(session: Session, row: Consultation) -> Sequence[Participant]:
    """Return who knows of a date that fell and has no account to be told of that by, in order."""
    if row.state not in FALLEN:
        return ()
    return [each for each in told_of(session, row) if each.person_id is None and each.invited is not False]


def participants_of(session: Session, row: Consultation, *, of_round: int | None = None) -> Sequence[Participant]:
    """Return who is invited to the date that was set last, or to an earlier one, and who came uninvited, in order."""
    of = row.round if of_round is None else of_round
    asked = select(Participant).where(Participant.consultation_id == row.id, Participant.round == of)
    return session.scalars(asked.order_by(Participant.place)).all()


def items_of(session: Session, consultation_ids: Collection[UUID], *, lock: bool = False) -> Sequence[ConsensusItem]:
    """Return what was agreed in these consultations, in the order of the minutes."""
    asked = select(ConsensusItem).where(ConsensusItem.consultation_id.in_(consultation_ids))
    asked = asked.order_by(ConsensusItem.consultation_id, ConsensusItem.place)
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return session.scalars(asked).all()


def cases_of(session: Session, row: Consultation, *, actor: Actor, at: datetime) -> Sequence[tuple[UUID, str, str]]:
    """Return the cases a topic came out of that the actor may know of: id, number, title."""
    asked = (
        select(Case.id, Case.number, Case.title)
        .join(ConsultationCase, ConsultationCase.case_id == Case.id)
        .where(ConsultationCase.consultation_id == row.id, case_visibility.visible_to(actor, at=at))
    )
    return [(each[0], each[1], each[2]) for each in session.execute(asked.order_by(Case.number))]


def with_same_cases(session: Session, row: Consultation, *, actor: Actor) -> Sequence[tuple[str, int]]:
    """Return the other topics before their meeting that came out of cases of this one: number, and of how many."""
    mine = select(ConsultationCase.case_id).where(ConsultationCase.consultation_id == row.id)
    asked = (
        select(Consultation.number, func.count())
        .join(ConsultationCase, ConsultationCase.consultation_id == Consultation.id)
        .where(ConsultationCase.case_id.in_(mine), Consultation.id != row.id, visible_to(actor))
        .where(Consultation.state.in_(BEFORE_ITS_MEETING))
        .group_by(Consultation.number)
    )
    return [(number, n) for number, n in session.execute(asked.order_by(Consultation.number))]


def items_become(session: Session, record_id: UUID) -> Sequence[ConsensusItem]:
    """Return what was agreed and became this record."""
    return session.scalars(select(ConsensusItem).where(ConsensusItem.record_id == record_id)).all()


def behind(consultation_id: UUID) -> ColumnElement[bool]:
    """Return the condition on the cases behind a topic, with those that were merged into one of them."""
    tied = select(ConsultationCase.case_id).where(ConsultationCase.consultation_id == consultation_id)
    return or_(Case.id.in_(tied), Case.merged_into_id.in_(tied))


def reported_of(session: Session, consultation_id: UUID) -> Sequence[tuple[UUID, str, UUID]]:
    """Return the cases behind a topic with who entered each: id, number, person."""
    asked = select(Case.id, Case.number, Case.reported_by).where(behind(consultation_id))
    rows = session.execute(asked.order_by(Case.number))
    return [(case_id, number, person) for case_id, number, person in rows if person is not None]


def categories_of(session: Session, consultation_id: UUID) -> frozenset[str]:
    """Return the categories of the cases behind a topic."""
    return frozenset(session.scalars(select(Case.category).where(behind(consultation_id)).distinct()))


def place_of(region_code: str) -> Subject:
    """Return the bearings of a place, for who may know of all that is about it."""
    return Subject(region_code)


def may_know(session: Session, actor: Actor, row: Consultation) -> bool:
    """Say whether somebody may know of a consultation."""
    asked = select(Consultation.id).where(Consultation.id == row.id, visible_to(actor))
    return session.scalar(asked) is not None


def count_states(session: Session, actor: Actor) -> Mapping[str, int]:
    """Return how many consultations the actor may know of are in each state."""
    asked = select(Consultation.state, func.count()).where(visible_to(actor)).group_by(Consultation.state)
    return {row[0]: row[1] for row in session.execute(asked)}


def titled(session: Session, titles: Collection[str], *, region: str) -> Sequence[Consultation]:
    """Return the consultations of a place with these titles."""
    asked = select(Consultation).where(Consultation.title.in_(titles), within(region))
    return session.scalars(asked.order_by(Consultation.id)).all()


def every(session: Session, actor: Actor) -> Sequence[Consultation]:
    """Return the consultations of the places where the actor works that were not dropped, oldest first."""
    regions = actor.regions(TRIAGE_ROLES)
    asked = select(Consultation).where(
        or_(*(within(prefix) for prefix in regions)) if regions else false(),
        Consultation.state.not_in(("dropped", "cancelled")),
    )
    return session.scalars(asked.order_by(Consultation.starts_at, Consultation.id)).all()


def first_in(session: Session, state: str) -> Consultation | None:
    """Return the oldest consultation in a state."""
    asked = select(Consultation).where(Consultation.state == state).order_by(Consultation.number).limit(1)
    return session.scalars(asked).one_or_none()
