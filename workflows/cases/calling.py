"""Calling reporters back: attempts by somebody who did not handle the case, the closing they lead to, class B again.

The definition lets anybody of triage close but the resolver. The desk is stricter: who handled it does not even call,
and a reporter counts as unreachable only after three attempts on two days (domain.md §3a row 10).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.cases import codes
from casework.cases import follow_ups as rows
from casework.cases.tables import Case, FollowUpCall
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, Refusal, Refused, invalid
from casework.matters import deadlines
from casework.permissions import Subject
from casework.registry.calendar import load_calendar
from workflows import clocks, engine, records
from workflows.context import Context
from workflows.definition import Transition
from workflows.denials import NotAllowed
from workflows.engine import workflow_of

PERMISSION = "case.call"
CALLED, REVIEWED = "call_back", "review"
WORDS_LENGTH = 2000
OUTCOMES = ("reached", "unreachable")
TOLD = ("followed_up", "solved", "satisfaction", "attitude")
FIELDS = (*TOLD, "words")


def call(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> FollowUpCall:
    """Write down an attempt (`followed_up`, and if reached `satisfaction`, `solved?`, `attitude?`; `words?`).

    Raises:
        NotAllowed: not triage, or one who handled the case.
        Invalid: every mistake.
        Refused: the case does not wait for a call.
    """
    actor = require_caller(case, subject=subject, actor=actor)
    told = _read(raw)
    if case.state != "resolved":
        raise Refused([Refusal("nothing_to_follow_up")])
    return _note(session, case, told, actor=actor, at=at)


def close(
    session: Session,
    case: Case,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Context:
    """Write down an attempt and close the case by what it gave.

    Raises:
        NotAllowed, Invalid, Refused: as `call`; or the reporter was tried too seldom to count as unreachable.
        Stale: somebody else changed the case since.
    """
    permitted = require_caller(case, subject=subject, actor=actor)
    told = _read(raw)
    records.require_version(case, expected_version)
    if case.state != "resolved":
        raise Refused([Refusal("nothing_to_follow_up")])
    _note(session, case, told, actor=permitted, at=at)
    if told["followed_up"] == "unreachable":
        _require_enough(session, case)
    given = {name: told[name] for name in TOLD if told.get(name)}
    return engine.move(
        session, case, "close", subject=subject, actor=actor, at=at, given=given, comment=told.get("words")
    )


def review(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> None:
    """Look again at a closed case of class B (`words`): it is settled, or (`review_on`) comes back another day.

    What is not settled and can be done now is reopened instead, by the transition of that name.

    Raises:
        NotAllowed: not triage, or one who handled the case.
        Invalid: every mistake.
        Refused: it is no closed case with a review date.
    """
    actor = require_caller(case, subject=subject, actor=actor)
    errors = [FieldError(name, "unknown_field") for name in raw if name not in ("words", "review_on")]
    words, review_on = "", None
    today = at.astimezone(session.info["zone"]).date()
    try:
        words = texts.clean_text(raw.get("words"), field="words", max_length=WORDS_LENGTH)
    except Invalid as mistake:
        errors += mistake.errors
    try:
        if raw.get("review_on"):
            review_on = texts.parse_date(raw.get("review_on"), field="review_on")
            if review_on <= today:
                errors.append(FieldError("review_on", "date_past"))
    except Invalid as mistake:
        errors += mistake.errors
    if errors:
        raise Invalid(errors)
    if case.state != "closed" or case.review_on is None:
        raise Refused([Refusal("nothing_to_review")])
    before, case.review_on = case.review_on, review_on
    _restart_clock(session, case, actor=actor, at=at)
    fields: dict[str, Any] = {"from": before.isoformat()}
    if review_on is not None:
        fields["review_on"] = review_on.isoformat()
    records.note(session, case, actor=actor, at=at, trigger=REVIEWED, event="reviewed", comment=words, fields=fields)


def _restart_clock(session: Session, case: Case, *, actor: Actor, at: datetime) -> None:
    """Meet the clock of the review, and begin it anew if the case comes back another day."""
    workflow = workflow_of(case).workflow
    rows = deadlines.of_matter(session, case.id)
    for row in rows:
        if row.kind == REVIEWED and row.status in deadlines.LIVE:
            deadlines.end(row, at=at, met=True, seq=case.version + 1)
    clock = workflow.clocks.get(REVIEWED)
    if clock is not None:
        here = Transition(REVIEWED, (case.state,), None, PERMISSION, workflow.label, workflow.label)
        context = Context(session, case, workflow, here, actor, at, load_calendar(session))
        clocks.start(context, clock, rows, trigger=REVIEWED)


def require_caller(case: Case, *, subject: Subject, actor: Actor) -> Actor:
    """Return the actor as they may call about a case.

    Raises:
        NotAllowed: not triage, or one who handled the case.
    """
    permitted = records.require(actor, PERMISSION, subject)
    if is_handler(case, permitted):
        raise NotAllowed(PERMISSION, [Refusal("handler_does_not_call")])
    return permitted


def is_handler(case: Case, actor: Actor) -> bool:
    """Say whether somebody handled a case: resolved it, has it in hand, or belongs to the unit that has."""
    mine = {each for each in (actor.person_id, actor.for_id) if each is not None}
    return bool(mine & {case.resolved_by, case.assignee_id}) or case.lead_org_id in actor.org_ids()


def _note(session: Session, case: Case, told: Mapping[str, Any], *, actor: Actor, at: datetime) -> FollowUpCall:
    row = rows.add(
        session,
        case,
        reached=told["followed_up"] == "reached",
        solved=told.get("solved"),
        satisfaction=told.get("satisfaction"),
        attitude=told.get("attitude"),
        words=told.get("words"),
        actor=actor,
        at=at,
    )
    fields = {name: told[name] for name in TOLD if told.get(name)}
    records.note(
        session,
        case,
        actor=actor,
        at=at,
        trigger=CALLED,
        event="called",
        comment=told.get("words"),
        fields=fields,
    )
    return row


def _require_enough(session: Session, case: Case) -> None:
    attempts = rows.of_case(session, case)
    days = rows.days_of(attempts, session=session)
    if len(attempts) < rows.ATTEMPTS or days < rows.DAYS:
        facts = {"done": len(attempts), "days": days, "wanted": rows.ATTEMPTS, "wanted_days": rows.DAYS}
        raise Refused([Refusal("too_few_attempts", facts)])


def _read(raw: Mapping[str, Any]) -> dict[str, Any]:
    errors = [FieldError(name, "unknown_field") for name in raw if name not in FIELDS]
    told: dict[str, Any] = {}

    def choice(name: str, choices: tuple[str, ...], *, required: bool) -> None:
        value = raw.get(name) or None
        if value is None and required:
            errors.append(FieldError(name, "required"))
        elif value is not None and value not in choices:
            errors.extend(invalid(name, "not_a_choice", choices=", ".join(choices)).errors)
        else:
            told[name] = value

    choice("followed_up", OUTCOMES, required=True)
    reached = told.get("followed_up") == "reached"
    choice("solved", codes.SOLVED, required=False)
    choice("satisfaction", codes.SATISFACTIONS, required=reached)
    choice("attitude", codes.SATISFACTIONS, required=False)
    if told.get("followed_up") == "unreachable":
        # What was ticked before it was clear that nobody answers counts for nothing.
        told |= {"solved": None, "satisfaction": None, "attitude": None}
    try:
        words = texts.clean_text(raw.get("words"), field="words", max_length=WORDS_LENGTH, required=False)
        told["words"] = words or None
    except Invalid as mistake:
        errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return told
