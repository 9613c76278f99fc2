"""Lifting a mask: one value at a time, with a reason, capped a day, always logged (domain.md §5.2).

Whoever comes to the cap is told of to who watches over security and to the auditor.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.activities.tables import Lead
from casework.cases import reporters
from casework.cases.tables import Case
from casework.core import editions, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid
from casework.households import actions as households
from casework.households.tables import Household
from casework.matters import outbox
from casework.members import actions as members
from casework.members.tables import Member
from casework.permissions import Subject
from casework.registry import audit
from casework.registry.accounts import lock_person
from casework.registry.unmasking import EVENT, MOST_A_DAY, midnight
from workflows import records
from workflows.denials import CapReached, ProofWanted

REASON_LENGTH = 200
# Whoever looks into a lead has to find the household; numbers of people are not needed for that.
FIELDS_OF_LEAD = ("head_name", "phone")
CAP_REACHED = "reveal.cap_reached"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A record with masked values: which may be asked for, who may, how one is opened, and how the log names it."""

    permission: str
    fields: Sequence[str]
    unseal: Callable[[str], str | None]
    matter_id: UUID | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


def of_case(session: Session, case: Case) -> Sealed:
    """Return the masked values of who reported a case."""
    return Sealed(
        "case.reveal", reporters.FIELDS, lambda name: reporters.unseal(session, case, name), matter_id=case.id
    )


def of_member(session: Session, member: Member) -> Sealed:
    """Return the masked values of a member."""
    return Sealed(
        "member.reveal",
        ("phone",),
        lambda _name: members.plain_phone(session, member),
        facts={"member": str(member.id)},
    )


def of_household(session: Session, household: Household) -> Sealed:
    """Return the masked values of the head of a household."""
    return Sealed(
        "household.reveal",
        households.SEALED_FIELDS,
        lambda name: households.plain(session, household, name),
        facts={"household": str(household.id)},
    )


def of_lead(session: Session, lead: Lead) -> Sealed:
    """Return the masked values by which the town finds the household of a lead."""
    household = editions.newest(session, Household, lead.household_id)
    return Sealed(
        "lead.reveal",
        FIELDS_OF_LEAD,
        lambda name: households.plain(session, household, name),
        facts={"household": str(household.id), "lead": str(lead.id)},
    )


def reveal(
    session: Session,
    sealed: Sealed,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    proven: bool,
) -> str | None:
    """Return one personal value in plain (`field`, `reason`); None when the record has none.

    `proven`: whether who asks has lately proven who they are (reliability.md §4.2, 7.5.3).

    Raises:
        NotAllowed: not one who works on it.
        ProofWanted: they have not.
        Invalid: unknown field, or no reason.
        CapReached: fifty were shown today.
    """
    actor = records.require(actor, sealed.permission, subject)
    if not proven:
        raise ProofWanted(EVENT)
    errors = [FieldError(name, "unknown_field") for name in raw if name not in ("field", "reason")]
    name = raw.get("field")
    if name not in sealed.fields:
        errors.append(FieldError("field", "not_a_choice", {"choices": ", ".join(sealed.fields)}))
    reason = ""
    try:
        reason = texts.clean_text(raw.get("reason"), field="reason", max_length=REASON_LENGTH)
    except Invalid as mistake:
        errors += mistake.errors
    if errors or not isinstance(name, str):
        raise Invalid(errors)
    # One at a time for each person: whoever asks from many places at once gets no more than from one.
    user_name = lock_person(session, actor.person_id)
    left = left_today(session, actor=actor, at=at)
    if left <= 0:
        raise CapReached(EVENT)
    facts = {**sealed.facts, "field": name, "reason": reason}
    audit.record(session, event=EVENT, actor=actor, at=at, matter_id=sealed.matter_id, facts=facts)
    if left == 1:
        _tell_of_cap(session, user_name, actor=actor, at=at)
    session.flush()
    return sealed.unseal(name)


def _tell_of_cap(session: Session, user_name: str, *, actor: Actor, at: datetime) -> None:
    # With the last one that is shown: what is refused after it leaves nothing behind.
    audit.record(session, event=CAP_REACHED, actor=actor, at=at, facts={"n": MOST_A_DAY})
    facts = {"person": str(actor.person_id), "user_name": user_name, "n": MOST_A_DAY}
    outbox.publish(session, event="reveal.cap_reached", at=at, facts=facts)


def left_today(session: Session, *, actor: Actor, at: datetime) -> int:
    """Return how many masks the actor may still lift today."""
    if actor.person_id is None:
        return 0
    since = midnight(session, at)
    return MOST_A_DAY - audit.count_since(session, event=EVENT, person_id=actor.person_id, since=since)
