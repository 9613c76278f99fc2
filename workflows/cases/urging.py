"""Urging by hand: triage reminds the handling unit, with a note. The ladder's own rungs are the sweep's business."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.cases.tables import Case
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, Refusal, Refused
from casework.matters.tables import HistoryEntry
from casework.permissions import Subject
from workflows import records

# Not `urge`: that is a rung of the ladder, and each of its rows stands for a firing.
TRIGGER = "urge_unit"
TEXT_LENGTH = 2000


def urge(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> HistoryEntry:
    """Urge the unit that has a case (`text`, which may be left out).

    Raises:
        NotAllowed: not triage.
        Invalid: unknown fields, or a text that is none.
        Refused: no unit is at work on it.
    """
    actor = records.require(actor, "case.urge", subject)
    errors = [FieldError(name, "unknown_field") for name in raw if name != "text"]
    text = ""
    try:
        text = texts.clean_text(raw.get("text"), field="text", max_length=TEXT_LENGTH, required=False)
    except Invalid as mistake:
        errors += mistake.errors
    if errors:
        raise Invalid(errors)
    if case.state == "suspended":
        raise Refused([Refusal("suspended_is_not_urged")])
    if case.state not in ("assigned", "coordinated") or case.lead_org_id is None:
        raise Refused([Refusal("nobody_to_urge")])
    return records.note(
        session,
        case,
        actor=actor,
        at=at,
        trigger=TRIGGER,
        event="urged",
        comment=text or None,
        facts={"org_id": str(case.lead_org_id)},
    )
