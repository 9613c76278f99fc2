"""The one door through which a case moves."""

from typing import Any

from casework.core.actors import Actor
from casework.core.errors import FieldError, Invalid
from casework.permissions import Subject
from web import bodies, unit
from web.api import desks, requests, schemas
from web.api.operations import Reply, expected_version, operation
from workflows import engine
from workflows.context import Context

_FIELDS = ("trigger", "comment", "fields")


@operation(
    "POST",
    "/cases/<id>/transitions",
    permission="case.read",
    summary="Move a case",
    request_model=requests.TransitionIn,
    answers={200: schemas.CaseOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def move_case(id: str) -> Reply:
    """Move a case.

    Judged in this order: who (401), visible (404), readable body and known trigger (400, 422), version (412), possible
    in this state (409 with `available_triggers`), allowed to this caller (403), fields (422), rules of the business
    (409 with all reasons).
    """
    desk = desks.take(id, lock=True)
    context = move(desk.case, subject=desk.subject, actor=desk.actor)
    return desks.answer(desk, parts=desks.parts_after(desk, context), clocks=context.rows)


def move(matter: Any, *, subject: Subject, actor: Actor) -> Context:
    """Make the move of a locked matter that was sent, whatever its lifecycle.

    Raises:
        Invalid: an unknown field, or no trigger of its workflow; and what `engine.move` raises.
    """
    raw = bodies.json_object()
    trigger = raw.get("trigger")
    errors = desks.refuse_unknown(raw, _FIELDS)
    if trigger is None or trigger == "":
        errors.append(FieldError("trigger", "required"))
    elif not isinstance(trigger, str) or trigger not in engine.workflow_of(matter).workflow.by_trigger:
        errors.append(FieldError("trigger", "unknown_trigger"))
    if errors:
        raise Invalid(errors)
    return engine.move(
        unit.session(),
        matter,
        trigger,
        subject=subject,
        actor=actor,
        at=unit.at(),
        given=raw.get("fields"),
        comment=raw.get("comment"),
        expected_version=expected_version(),
    )
