"""More time: asked by the handling unit before the clock is due, decided by head or chair, never by the asker.

Filed before expiry, at most twice, each time at most the original limit (domain.md §3a row 7).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from casework.cases import extensions as rows
from casework.cases.tables import Case, ExtensionRequest
from casework.core import texts
from casework.core.actors import Actor
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, Refusal, Refused
from casework.matters import deadlines
from casework.matters.tables import Deadline
from casework.permissions import Subject
from casework.registry.calendar import load_calendar
from workflows import clocks, records
from workflows.denials import NotAllowed
from workflows.engine import workflow_of

MOST_GRANTED = 2
TEXT_LENGTH = 2000


def ask(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> ExtensionRequest:
    """Ask for more time (`until`, `reason`).

    Raises:
        NotAllowed: not the handling unit.
        Invalid: unknown or wrong fields.
        Refused: no clock to extend, too late, asked already, granted twice, or longer than the original limit.
    """
    actor = records.require(actor, "case.ask_extension", subject)
    calendar = load_calendar(session)
    until, reason = _read(raw)
    clock = _clock(session, case)
    if clock is None:
        raise Refused([Refusal("no_clock_to_extend")])
    refusals = _refusals(session, case, clock, until=until, at=at, calendar=calendar)
    if refusals:
        raise Refused(refusals)
    request = rows.add(session, case, clock, until=until, reason=reason, actor=actor, at=at)
    records.note(
        session,
        case,
        actor=actor,
        at=at,
        trigger="ask_extension",
        event="extension_asked",
        comment=reason,
        fields={"until": until.isoformat(), "request": str(request.id)},
        facts={"request_id": str(request.id)},
    )
    return request


def decide(
    session: Session,
    case: Case,
    request: ExtensionRequest,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
) -> ExtensionRequest:
    """Grant or refuse a request (`grant`, `reason`); a granted one begins the next epoch of the clock.

    Raises:
        NotAllowed: not head or chair, or the asker.
        Invalid: unknown or wrong fields.
        Refused: decided already, or the clock has ended meanwhile.
    """
    actor = records.require(actor, "case.decide_extension", subject)
    if request.requested_by is not None and request.requested_by in (actor.person_id, actor.for_id):
        raise NotAllowed("case.decide_extension", [Refusal("asker_cannot_decide")])
    grant, reason = _read_decision(raw)
    if request.status != "requested":
        raise Refused([Refusal("extension_decided")])
    clock = _clock(session, case)
    if grant and (clock is None or clock.id != request.deadline_id):
        raise Refused([Refusal("no_clock_to_extend")])
    rows.decide(case, request, grant=grant, reason=reason, actor=actor, at=at)
    moved: dict[str, Any] = {}
    if grant and clock is not None:
        moved = _extend(session, case, clock, until=request.until)
    records.note(
        session,
        case,
        actor=actor,
        at=at,
        trigger="grant_extension" if grant else "refuse_extension",
        event="extension_decided",
        comment=reason,
        fields={"until": request.until.isoformat(), "request": str(request.id), **moved},
        facts={"request_id": str(request.id), "granted": grant},
    )
    return request


def _extend(session: Session, case: Case, clock: Deadline, *, until: date) -> dict[str, Any]:
    workflow = workflow_of(case).workflow
    known = deadlines.of_matter(session, case.id)
    successor = deadlines.supersede(
        session,
        clock,
        epoch=deadlines.next_epoch(known, clock.kind),
        ladder=deadlines.Ladder(workflow.clocks[clock.kind].rungs),
        calendar=load_calendar(session),
        seq=case.version + 1,
        until=until,
    )
    clocks.point_at_leading(workflow, case, [*known, successor])
    return {"moved": {"kind": clock.kind, "from": clock.due_at.isoformat(), "to": successor.due_at.isoformat()}}


def _clock(session: Session, case: Case) -> Deadline | None:
    workflow = workflow_of(case).workflow
    live = [row for row in deadlines.of_matter(session, case.id) if row.status in deadlines.LIVE]
    return next((row for row in live if workflow.clocks[row.kind].extendable), None)


def _refusals(
    session: Session, case: Case, clock: Deadline, *, until: date, at: datetime, calendar: WorkCalendar
) -> list[Refusal]:
    refusals: list[Refusal] = []
    if at > clock.due_at:
        refusals.append(Refusal("extension_too_late"))
    if until <= deadlines.day_of(calendar, clock.due_at):
        due_on = deadlines.day_of(calendar, clock.due_at)
        refusals.append(Refusal("extension_not_later", {"due_on": due_on.isoformat()}))
    earlier = rows.of_case(session, case.id)
    if any(request.status == "requested" for request in earlier):
        refusals.append(Refusal("extension_pending"))
    mine = [request for request in earlier if request.status == "granted" and request.requested_at >= clock.started_at]
    if len(mine) >= MOST_GRANTED:
        refusals.append(Refusal("extension_twice", {"most": MOST_GRANTED}))
    return refusals


def _read(raw: Mapping[str, Any]) -> tuple[date, str]:
    errors = [FieldError(name, "unknown_field") for name in raw if name not in ("until", "reason")]
    until, reason = None, ""
    try:
        until = texts.parse_date(raw.get("until"), field="until")
    except Invalid as mistake:
        errors += mistake.errors
    try:
        reason = texts.clean_text(raw.get("reason"), field="reason", max_length=TEXT_LENGTH)
    except Invalid as mistake:
        errors += mistake.errors
    if errors or until is None:
        raise Invalid(errors)
    return until, reason


def _read_decision(raw: Mapping[str, Any]) -> tuple[bool, str]:
    errors = [FieldError(name, "unknown_field") for name in raw if name not in ("grant", "reason")]
    grant = raw.get("grant")
    if not isinstance(grant, bool):
        errors.append(FieldError("grant", "required" if grant is None else "not_a_flag"))
    reason = ""
    try:
        reason = texts.clean_text(raw.get("reason"), field="reason", max_length=TEXT_LENGTH)
    except Invalid as mistake:
        errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return bool(grant), reason
