"""Leaving a case out of the rates of satisfaction: two persons, neither of whom handled it, a code and a reason.

What is left out stays in every list and has a figure of its own (domain.md §3a).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.cases import exclusions as rows
from casework.cases.rating_tables import RateExclusion
from casework.cases.tables import Case
from casework.core import reading
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Refusal, refused
from casework.permissions import Subject
from workflows import calling, records
from workflows.engine import NotAllowed

ASK, DECIDE = "case.ask_exclusion", "case.decide_exclusion"
EXCLUDED_IN = ("resolved", "closed")


def ask(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> RateExclusion:
    """Ask that the rates leave a locked case out (`code`, `reason`).

    Raises:
        NotAllowed: not triage, or one who handled the case.
        Invalid: every mistake.
        Refused: nothing is resolved, or it was asked already.
    """
    actor = _not_the_handler(case, ASK, subject=subject, actor=actor)
    values = reading.fields(
        raw,
        {
            "code": reading.choice("code", rows.CODES),
            "reason": reading.text("reason", rows.REASON_LENGTH, required=True),
        },
        required=("code", "reason"),
    )
    if case.state not in EXCLUDED_IN:
        raise refused("nothing_to_follow_up")
    if case.exclusion:
        raise refused("excluded_already")
    row = rows.add(session, case, **values, actor=actor, at=at)
    told = {"code": row.code}
    records.note(
        session, case, actor=actor, at=at, trigger="ask_exclusion", event="mended", comment=row.reason, fields=told
    )
    return row


def decide(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> RateExclusion:
    """Grant or refuse what was asked of a locked case (`grant`, `reason`).

    Raises:
        NotAllowed: not the head of the office, the asker, or one who handled the case.
        Invalid: every mistake.
        Refused: nothing waits for a decision.
    """
    actor = _not_the_handler(case, DECIDE, subject=subject, actor=actor)
    values = reading.fields(
        raw,
        {"grant": reading.flag("grant"), "reason": reading.text("reason", rows.REASON_LENGTH, required=True)},
        required=("grant", "reason"),
    )
    row = next((each for each in rows.of_case(session, case.id) if each.status == rows.ASKED), None)
    if row is None:
        raise refused("nothing_to_exclude")
    if row.asked_by is not None and row.asked_by in (actor.person_id, actor.for_id):
        raise NotAllowed(DECIDE, [Refusal("asker_cannot_decide")])
    rows.decide(case, row, grant=values["grant"], reason=values["reason"], actor=actor, at=at)
    trigger = "grant_exclusion" if values["grant"] else "refuse_exclusion"
    records.note(
        session, case, actor=actor, at=at, trigger=trigger, event="mended", comment=values["reason"],
        fields={"code": row.code},
    )  # fmt: skip
    return row


def _not_the_handler(case: Case, permission: str, *, subject: Subject, actor: Actor) -> Actor:
    permitted = records.require(actor, permission, subject)
    if calling.is_handler(case, permitted):
        raise NotAllowed(permission, [Refusal("handler_does_not_call")])
    return permitted
