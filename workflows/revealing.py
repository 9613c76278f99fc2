"""Lifting a mask: one value at a time, with a reason, capped a day, always logged (domain.md §5.2)."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from casework.cases import reporters
from casework.cases.tables import Case
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, FieldError, Invalid
from casework.matters import audit
from casework.permissions import Subject
from workflows import records

MOST_A_DAY = 50
REASON_LENGTH = 200
EVENT = "reveal"


class CapReached(CaseworkError):
    """The day's cap of lifted masks is used up."""

    code = "cap_reached"


def reveal(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> str | None:
    """Return one personal value in plain (`field`, `reason`); None when the case has none.

    Raises:
        NotAllowed: not one who works on the case.
        Invalid: unknown field, or no reason.
        CapReached: fifty were shown today.
    """
    actor = records.require(actor, "case.reveal", subject)
    errors = [FieldError(name, "unknown_field") for name in raw if name not in ("field", "reason")]
    field = raw.get("field")
    if field not in reporters.FIELDS:
        errors.append(FieldError("field", "not_a_choice", {"choices": ", ".join(reporters.FIELDS)}))
    reason = ""
    try:
        reason = texts.clean_text(raw.get("reason"), field="reason", max_length=REASON_LENGTH)
    except Invalid as mistake:
        errors += mistake.errors
    if errors or not isinstance(field, str):
        raise Invalid(errors)
    if left_today(session, actor=actor, at=at) <= 0:
        raise CapReached(EVENT)
    audit.record(session, event=EVENT, actor=actor, at=at, matter_id=case.id, facts={"field": field, "reason": reason})
    session.flush()
    return reporters.unseal(session, case, field)


def left_today(session: Session, *, actor: Actor, at: datetime) -> int:
    """Return how many masks the actor may still lift today."""
    if actor.person_id is None:
        return 0
    local = at.astimezone(session.info["zone"])
    midnight = datetime.combine(local.date(), time(0), tzinfo=local.tzinfo)
    return MOST_A_DAY - audit.count_since(session, event=EVENT, person_id=actor.person_id, since=midnight)
