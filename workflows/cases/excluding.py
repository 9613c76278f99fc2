"""Leaving a case out of the rates of satisfaction, and counting it again: two persons, neither of whom handled it.

What is left out stays in every list and has a figure of its own (domain.md §3a); what was asked and decided stays too.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.cases.ratings import exclusions as rows
from casework.cases.ratings.rating_tables import RateExclusion
from casework.cases.tables import Case
from casework.core import reading
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Refusal, refused
from casework.permissions import Subject
from workflows import records
from workflows.cases import calling
from workflows.denials import NotAllowed

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
    _note_asking(session, case, row, trigger="ask_exclusion", actor=actor, at=at)
    return row


def ask_lift(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> RateExclusion:
    """Ask that the rates count a locked case again that was left out (`reason`); another decides.

    Raises:
        NotAllowed: not triage, or one who handled the case.
        Invalid: every mistake.
        Refused: it is not left out, or that was asked already.
    """
    actor = _not_the_handler(case, ASK, subject=subject, actor=actor)
    readers = {"reason": reading.text("reason", rows.REASON_LENGTH, required=True)}
    values = reading.fields(raw, readers, required=("reason",))
    if case.exclusion != rows.GRANTED:
        raise refused("excluded_already" if case.exclusion == rows.LIFTING else "not_excluded")
    row = rows.add(session, case, code=rows.LIFT, reason=values["reason"], actor=actor, at=at)
    _note_asking(session, case, row, trigger="ask_lift", actor=actor, at=at)
    return row


def _note_asking(session: Session, case: Case, row: RateExclusion, *, trigger: str, actor: Actor, at: datetime) -> None:
    facts, told = {"row": str(row.id), "lift": row.code == rows.LIFT}, {"code": row.code}
    records.note(
        session, case, actor=actor, at=at, trigger=trigger, event="exclusion_asked", comment=row.reason, fields=told,
        facts=facts,
    )  # fmt: skip


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
    lifts = row.code == rows.LIFT
    trigger = f"{'grant' if values['grant'] else 'refuse'}_{'lift' if lifts else 'exclusion'}"
    facts = {"row": str(row.id), "lift": lifts, "granted": values["grant"]}
    records.note(
        session, case, actor=actor, at=at, trigger=trigger, event="exclusion_decided", comment=values["reason"],
        fields={"code": row.code}, facts=facts,
    )  # fmt: skip
    return row


def _not_the_handler(case: Case, permission: str, *, subject: Subject, actor: Actor) -> Actor:
    permitted = records.require(actor, permission, subject)
    if calling.is_handler(case, permitted):
        raise NotAllowed(permission, [Refusal("handler_does_not_call")])
    return permitted
