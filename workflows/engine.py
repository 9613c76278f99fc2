"""The whole lifecycle of a matter: `start`, `available`, `move`. Read this file first.

One move is judged in a fixed order and written as one whole (contract.md "HTTP API"):
known trigger → possible in this state → allowed to this caller → fields → rules of the business → machine, effects,
clocks, history, outbox. `available()` asks the very same questions, so a grey button and a refusal cannot disagree.
The caller has locked the matter and checked that it may be seen; nothing here commits.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session, change
from casework.core.errors import FieldError, Invalid, Refusal, Refused, Stale
from casework.matters import deadlines, history, outbox
from casework.matters.tables import Deadline
from casework.permissions import Subject, ways_to_act
from casework.registry.calendar import load_calendar
from workflows import clocks, fields
from workflows.callers import CALLERS
from workflows.compiler import Compiled
from workflows.context import Context
from workflows.definition import BEFORE, START, Transition, Workflow
from workflows.denials import NotAllowed
from workflows.effects import EFFECTS
from workflows.guards import GUARDS
from workflows.registry import registry

COMMENT_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A trigger that cannot be used now, and every reason."""

    trigger: str
    reasons: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Moves:
    """What a caller can do with a matter now, and what not and why."""

    available: tuple[str, ...]
    unavailable: tuple[Unavailable, ...]


def workflow_of(matter: Any) -> Compiled:
    """Return the definition a matter began with."""
    return registry().get(matter.workflow, matter.workflow_version)


def start(
    session: Session,
    matter: Any,
    *,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, Any],
    not_before: datetime | None = None,
    recorded_at: datetime | None = None,
) -> Context:
    """Begin the life of a new matter: initial state, first clocks, first history row, event `<kind>.created`.

    `matter.workflow` names the lifecycle; the latest version is taken. `not_before`: no rung fires for an instant
    before it (imports). `recorded_at`: when it was written down, if not `at`. The context returned
    carries the new clocks as `rows`.
    """
    compiled = registry().latest(matter.workflow)
    workflow = compiled.workflow
    _found(matter, compiled, at=at, recorded_at=recorded_at)
    session.put(matter, keep=True)
    context = Context(session, matter, workflow, workflow.beginning, actor, at, load_calendar(session))
    for clock in workflow.clocks.values():
        if START in clock.starts:
            clocks.start(context, clock, context.rows, not_before=not_before)
    clocks.point_at_leading(workflow, matter, context.rows)
    entry = history.append(
        session,
        matter,
        actor=actor,
        at=at,
        trigger=workflow.opening,
        from_state=None,
        fields=facts,
        recorded_at=recorded_at,
    )
    outbox.publish(
        session,
        event=f"{workflow.name}.created",
        at=entry.recorded_at,
        matter_id=matter.id,
        seq=entry.seq,
        facts={"state": matter.state},
    )
    return context


def _found(matter: Any, compiled: Compiled, *, at: datetime, recorded_at: datetime | None) -> None:
    compiled.enter(matter)
    change(
        matter,
        workflow_version=compiled.workflow.version,
        version=0,
        head_hash=history.GENESIS,
        state_since=at,
        came_from=None,
        is_open=True,
        created_at=recorded_at or at,
    )


def available(
    session: Session,
    matter: Any,
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    among: Collection[str] | None = None,
) -> Moves:
    """Say what the caller can do now, and of the rest what they may know of, with reasons; `among`: only of these."""
    workflow = workflow_of(matter).workflow
    calendar = load_calendar(session)
    can: list[str] = []
    cannot: list[Unavailable] = []
    for transition in workflow.transitions:
        if not transition.offered or (among is not None and transition.trigger not in among):
            continue
        context = Context(session, matter, workflow, transition, actor, at, calendar)
        here = matter.state in transition.sources
        allowed = _take_sides(context, subject)
        if not allowed and not (transition.main and here):
            continue
        reasons: list[Refusal] = []
        if not allowed:
            reasons.append(Refusal("not_your_role", {"permission": transition.permission}))
        if not here:
            reasons.append(_not_from_here(workflow, matter, transition))
        else:
            reasons += _caller_refusals(context)
            reasons += _guard_refusals(context)
        if reasons:
            cannot.append(Unavailable(transition.trigger, tuple(reasons)))
        else:
            can.append(transition.trigger)
    return Moves(tuple(can), tuple(cannot))


def move(
    session: Session,
    matter: Any,
    trigger: object,
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    given: object = None,
    comment: object = None,
    expected_version: int | None = None,
    not_before: datetime | None = None,
    recorded_at: datetime | None = None,
    rows: list[Deadline] | None = None,
) -> Context:
    """Make one move of a locked matter, or raise and change nothing.

    `rows`: the matter's clocks, if the caller has them from the move before (`Context.rows`); else they are read.

    Raises:
        Invalid: the trigger is unknown, or fields are unknown, missing or wrong (all of them).
        Stale: the matter is not at `expected_version`.
        Refused: not possible from this state (`available_triggers` says what is), or rules stand against it.
        NotAllowed: not this caller.
    """
    compiled = workflow_of(matter)
    workflow = compiled.workflow
    transition = workflow.by_trigger.get(trigger) if isinstance(trigger, str) else None
    if transition is None:
        raise Invalid([FieldError("trigger", "unknown_trigger")])
    if expected_version is not None and matter.version != expected_version:
        raise Stale(expected=expected_version, actual=matter.version)
    context = Context(session, matter, workflow, transition, actor, at, load_calendar(session))
    if matter.state not in transition.sources:
        moves = available(session, matter, subject=subject, actor=actor, at=at)
        raise Refused([_not_from_here(workflow, matter, transition)], available_triggers=moves.available)
    _require_caller(context, subject)
    told, words = _read_told(context, given, comment)
    context.values, context.comment = told.values, words
    # Some rules about the caller depend on what was asked for: only the chair puts a matter on the list.
    _require_rules_about_caller(context)
    refusals = _guard_refusals(context)
    if refusals:
        moves = available(session, matter, subject=subject, actor=actor, at=at)
        raise Refused(refusals, available_triggers=moves.available)
    context.rows = deadlines.of_matter(session, matter.id) if rows is None else rows
    context.recorded_at = recorded_at
    _write(context, compiled, told, comment=words, not_before=not_before)
    return context


def _write(
    context: Context,
    compiled: Compiled,
    told: fields.Given,
    *,
    comment: str | None,
    not_before: datetime | None,
) -> None:
    matter, transition, session = context.matter, context.transition, context.session
    left = matter.state
    compiled.fire(matter, transition.trigger, came_from=matter.came_from)
    if not transition.stays:
        is_open = not context.workflow.states[matter.state].final
        change(matter, came_from=left, state_since=context.at, is_open=is_open)
    for name in transition.effects:
        EFFECTS[name](context)
    clocks.follow(context, context.rows, not_before=not_before)
    entry = history.append(
        session,
        matter,
        actor=context.actor,
        at=context.at,
        trigger=transition.trigger,
        from_state=left,
        comment=comment,
        fields={**told.recorded, **context.noted},
        recorded_at=context.recorded_at,
    )
    outbox.publish(
        session,
        event=f"{context.workflow.name}.transitioned",
        at=entry.recorded_at,
        matter_id=matter.id,
        seq=entry.seq,
        facts={"trigger": transition.trigger, "from": left, "to": matter.state, **context.published},
    )
    session.flush()


def _read_told(context: Context, given: object, comment: object) -> tuple[fields.Given, str | None]:
    mistakes: list[FieldError] = []
    told, words = None, ""
    needed = context.transition.needs_comment
    try:
        told = _read_fields(context, given)
    except Invalid as mistake:
        mistakes += mistake.errors
    try:
        if comment is not None or needed:
            words = texts.clean_text(comment, field="comment", max_length=COMMENT_LENGTH, required=needed)
    except Invalid as mistake:
        mistakes += mistake.errors
    if mistakes or told is None:
        raise Invalid(mistakes)
    return told, words or None


def _read_fields(context: Context, given: object) -> fields.Given:
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        raise Invalid([FieldError("fields", "not_an_object")])
    try:
        return fields.read(
            context.transition,
            given,
            session=context.session,
            actor=context.actor,
            at=context.at,
            today=context.today,
            matter=context.matter,
        )
    except Invalid as mistake:
        # The caller sent them inside `fields`; the path says so.
        raise Invalid([FieldError(f"fields.{e.field}", e.code, e.params) for e in mistake.errors]) from mistake


def _require_caller(context: Context, subject: Subject) -> None:
    if not _take_sides(context, subject):
        raise NotAllowed(context.transition.permission)
    _require_rules_about_caller(context)


def _take_sides(context: Context, subject: Subject) -> bool:
    """Let the caller act as whom the permission and the rules about callers allow; say whether any grant is enough.

    From here on a deputy acts in the name of whose grant was needed, and history says so: a handler who stands in for
    the head of the unit signs for the head what a handler may not sign.
    """
    ways = ways_to_act(context.actor, context.transition.permission, subject)
    # Of one way alone the rules are looked at where their reasons are wanted.
    for way in ways if len(ways) > 1 else ():
        context.actor = way
        if not _caller_refusals(context):
            return True
    if ways:
        context.actor = ways[0]
    return bool(ways)


def _require_rules_about_caller(context: Context) -> None:
    refusals = _caller_refusals(context)
    if refusals:
        raise NotAllowed(context.transition.permission, refusals)


def _caller_refusals(context: Context) -> list[Refusal]:
    refusals: list[Refusal] = []
    for name in context.transition.callers:
        refusal = CALLERS[name](context)
        if refusal is not None:
            refusals.append(refusal)
    return refusals


def _guard_refusals(context: Context) -> list[Refusal]:
    refusals: list[Refusal] = []
    for name in context.transition.guards:
        refusal = GUARDS[name](context)
        if refusal is not None:
            refusals.append(refusal)
    if context.transition.target == BEFORE and context.matter.came_from is None:
        refusals.append(Refusal("nothing_to_go_back_to"))
    return refusals


def _not_from_here(workflow: Workflow, matter: Any, transition: Transition) -> Refusal:
    return Refusal(
        "not_from_here",
        {"workflow": workflow.name, "trigger": transition.trigger, "state": matter.state},
    )
