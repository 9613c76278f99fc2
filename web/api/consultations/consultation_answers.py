"""From what casework knows of consultations to what the API gives: names beside ids, masked for who only looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.cases.folders import latest_clocks
from casework.consultations import notice, queries, receipts, venues
from casework.consultations.codes import BEFORE_ITS_MEETING, SCORES
from casework.consultations.tables import ConsensusItem, Consultation, Participant
from casework.core import personal
from casework.core.actors import Actor
from casework.core.database import Session
from casework.matters import deadlines
from casework.permissions import Subject, permits
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from casework.registry.tables import Org
from web import identity, unit
from web.api import answers, schemas
from web.api.consultations.consultation_schemas import (
    ConsensusOut,
    ConsultationLine,
    ConsultationOut,
    NoticeOut,
    ParticipantOut,
)
from web.errors import reasons
from web.locales import local, locale, words
from workflows import engine
from workflows.consultations.consulting import RUN

_NOBODY = UUID(int=0)
# The parts people take as villagers, not in an office: their names are masked for who only looks.
_VILLAGERS = ("stakeholder", "guest")


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of people, units and venues that some consultations name."""

    people: Mapping[UUID, str]
    orgs: Mapping[UUID, Org]
    venues: Mapping[UUID, str]


def lines(rows: Sequence[Consultation]) -> list[ConsultationLine]:
    """Return consultations of a list."""
    names = _names(rows)
    return [ConsultationLine(**_line(row, names, plainly=reads_plainly(row))) for row in rows]


def reads_plainly(row: Consultation, subject: Subject | None = None) -> bool:
    """Say whether the caller reads titles and names as they are."""
    found = subject or Subject(row.region_code, lead_org_id=row.lead_org_id, reported_by=row.brought_by)
    return permits(identity.actor(), "consultation.read_plainly", found)


def _names(rows: Sequence[Consultation], items: Sequence[ConsensusItem] = ()) -> _Names:
    session = unit.session()
    people = registry.people_by_id(session, [each for row in rows for each in (row.convenor_id, row.brought_by)])
    units = {row.lead_org_id for row in rows if row.lead_org_id is not None} | {item.org_id for item in items}
    places = venues.by_id(session, [row.venue_id for row in rows if row.venue_id is not None])
    return _Names(people, registry.orgs_by_id(session, units), {key: each.code for key, each in places.items()})


def _line(row: Consultation, names: _Names, *, plainly: bool) -> dict[str, Any]:
    convenor = row.convenor_name or names.people.get(row.convenor_id or _NOBODY)
    return {
        "id": row.id,
        "version": row.version,
        "created_at": local(row.created_at),
        "updated_at": local(row.updated_at),
        "number": row.number,
        "title": row.title if plainly else personal.scrub(row.title),
        "kind": row.kind,
        "source": row.source,
        "state": row.state,
        "region_code": row.region_code,
        "org": _unit(names.orgs.get(row.lead_org_id or _NOBODY)),
        "starts_at": answers.maybe_local(row.starts_at),
        "ends_at": answers.maybe_local(row.ends_at),
        "venue": names.venues.get(row.venue_id or _NOBODY),
        "convenor": answers.named(row.convenor_id, convenor),
        "due_kind": row.due_kind,
        "due_at": answers.maybe_local(row.due_at),
        "overdue": answers.is_overdue(row.due_at, is_open=row.is_open),
    }


def _unit(org: Org | None) -> schemas.UnitRef | None:
    return None if org is None else schemas.UnitRef(code=org.code, name=org.name)


def whole(row: Consultation, subject: Subject) -> ConsultationOut:
    """Return a consultation as its reader may see it."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    items = queries.items_of(session, [row.id])
    names = _names([row], items)
    plainly = reads_plainly(row, subject)
    moves = engine.available(session, row, subject=subject, actor=actor, at=at)
    people = queries.participants_of(session, row)
    reached = receipts.of(session, row, people) if permits(actor, RUN, subject) else None

    def seen(text: str) -> str:
        return text if plainly else personal.scrub(text)

    return ConsultationOut(
        **_line(row, names, plainly=plainly),
        reason=seen(row.reason),
        brought_by=answers.named(row.brought_by, names.people.get(row.brought_by or _NOBODY)),
        cases=_cases(session, row, actor, at),
        joined_to=_joined_to(session, row, actor),
        scores=None if row.urgency is None else {name: getattr(row, name) for name in SCORES},
        authority=row.authority,
        place=row.place or None,
        notice_on=row.notice_on,
        notice=_notice(row),
        override_reason=row.override_reason or None,
        participants=[participant(each, plainly=plainly, reached=reached) for each in people],
        research=seen(row.research),
        minutes=seen(row.minutes),
        consensus=[_item(each, names, seen(each.text)) for each in items],
        unresolved=[seen(each) for each in row.unresolved],
        satisfaction=row.satisfaction,
        warnings=told_warnings(row, runs=None if reached is None else actor),
        attachments_total=row.attachments_total,
        comments_total=row.comments_total,
        deadlines=[answers.deadline_out(each) for each in latest_clocks(deadlines.of_matter(session, row.id))],
        available_triggers=list(moves.available),
        unavailable_triggers=[
            schemas.UnavailableOut(trigger=each.trigger, reasons=[schemas.Reason(**r) for r in reasons(each.reasons)])
            for each in moves.unavailable
        ],
    )


def _cases(session: Session, row: Consultation, actor: Actor, at: datetime) -> list[schemas.CaseRef]:
    found = queries.cases_of(session, row, actor=actor, at=at)
    return [schemas.CaseRef(id=case_id, number=number) for case_id, number, _title in found]


def _joined_to(session: Session, row: Consultation, actor: Actor) -> schemas.CaseRef | None:
    others = queries.visible(session, actor, [row.joined_id]) if row.joined_id is not None else ()
    return next((schemas.CaseRef(id=other.id, number=other.number) for other in others), None)


def _notice(row: Consultation) -> NoticeOut | None:
    if row.notice_on is None or row.meets_on is None:
        return None
    told = notice.period(row.kind, row.meets_on, today=unit.today(), calendar=load_calendar(unit.session()))
    return NoticeOut(
        notices_by=told.notice_on,
        materials_by=told.materials_on,
        working_days=told.working_days,
        explain=told.explain(locale()),
    )


def told_warnings(row: Consultation, *, runs: Actor | None) -> list[schemas.Reason]:
    """Return what was unusual at the last step, in words; and to whoever runs it which topic came of the same cases."""
    told = list(row.warnings)
    if runs is not None and row.state in BEFORE_ITS_MEETING:
        found = queries.with_same_cases(unit.session(), row, actor=runs)
        told += [{"code": "same_cases", "number": number, "count": n} for number, n in found]
    return [
        schemas.Reason(code=each["code"], message=words(f"warning.{each['code']}", **_spoken(each))) for each in told
    ]


def _spoken(warning: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in warning.items() if name != "code"}


def told_notice(each: Participant, reached: Mapping[UUID, datetime | None] | None) -> str | None:
    """Say how far the notice of the date that stands has come: `read`, `reached`, `waiting`, `none` (no account to
    reach), `told` (none, and has answered the office); None for who does not run the meeting.
    """
    if reached is None:
        return None
    if each.person_id is None:
        return "told" if each.reply else "none"
    if each.person_id not in reached:
        return "waiting"
    return "reached" if reached[each.person_id] is None else "read"


def participant(
    each: Participant, *, plainly: bool, reached: Mapping[UUID, datetime | None] | None = None
) -> ParticipantOut:
    """Return one who is invited; villagers are masked for who only looks."""
    masked = not plainly and each.person_id is None and each.part in _VILLAGERS
    return ParticipantOut(
        person=each.person_id,
        name=personal.mask_name(each.name) if masked else each.name,
        part=each.part,
        required=each.required,
        invited=each.invited,
        reply=each.reply or None,
        replied_at=answers.maybe_local(each.replied_at),
        notice=told_notice(each, reached),
        attended=each.attended,
        position=each.position or None,
        said=each.said if plainly else personal.scrub(each.said),
    )


def _item(item: ConsensusItem, names: _Names, text: str) -> ConsensusOut:
    org = names.orgs[item.org_id]
    return ConsensusOut(
        n=item.place,
        text=text,
        org=schemas.UnitRef(code=org.code, name=org.name),
        due_on=item.due_on,
        into=item.into or None,
        record=item.record_id,
        converted_at=answers.maybe_local(item.converted_at),
        realised=item.realised,
    )
