"""A risk that a visit found goes to the town as a lead, and the town's answer comes back: each told once.

Neither changes what the household counts as or is watched for (domain.md §3e).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from casework.activities.tables import Activity, Lead
from casework.campaign import forms, record_rights
from casework.campaign.leads import LEAD
from casework.campaign.record_visibility import subject_of
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, refused
from casework.matters import outbox
from casework.permissions import require

# Where a visit's lead stands in what was sent, and what it may name.
SENT_AS = "lead"
FIELDS = ("risks", "findings")
ANSWERED = ("answer", "reply", "answered_on")


def told(given: Any, mistakes: list[FieldError]) -> Mapping[str, Any] | None:
    """Return what a visit says of a risk; None when it says nothing."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        mistakes.append(FieldError(SENT_AS, "not_an_object"))
        return None
    mistakes += [FieldError(f"{SENT_AS}.{name}", "unknown_field") for name in given if name not in FIELDS]
    return {name: given[name] for name in FIELDS if name in given}


def mistakes_of(session: Session, words: Mapping[str, Any] | None, *, actor: Actor, at: datetime) -> list[FieldError]:
    """Return the mistakes of what a visit says of a risk, before there is a visit."""
    if words is None:
        return []
    found = [FieldError(f"{SENT_AS}.{name}", "required") for name in FIELDS if not words.get(name)]
    try:
        forms.read_partly(session, LEAD, {name: each for name, each in words.items() if each}, actor=actor, at=at)
    except Invalid as mistake:
        found += [replace(each, field=f"{SENT_AS}.{each.field}") for each in mistake.errors]
    return found


def tell(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Lead:
    """Enter a lead and let the town be told of it.

    Raises:
        Invalid: every mistake.
        Denied: the visit is neither in a place of the actor's nor their own.
        Refused: the visit gave one already.
    """
    row: Lead = forms.enter(session, LEAD, raw, actor=actor, at=at)
    record_rights.require_entering(session, row, actor=actor, at=at)
    outbox.publish(session, event="lead.told", at=at, facts={"lead": str(row.id)})
    return row


def tell_of_visit(
    session: Session, visit: Activity, words: Mapping[str, Any] | None, *, actor: Actor, at: datetime
) -> Lead | None:
    """Enter the lead of a visit that was just entered; see `tell`."""
    if words is None:
        return None
    try:
        return tell(session, {**words, "activity_id": str(visit.id)}, actor=actor, at=at)
    except Invalid as mistake:
        raise Invalid([replace(each, field=f"{SENT_AS}.{each.field}") for each in mistake.errors]) from None


def answer(
    session: Session,
    row: Lead,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Lead:
    """Say what the town found out about a locked lead (`answer`, `reply`, `answered_on`); who made the visit is told.

    Raises:
        Denied: neither the office nor the town it was told to.
        Stale, Invalid: as `forms.mend`; an answer is one of a list.
        Refused: it was taken back.
    """
    require(actor, "lead.answer", subject_of(session, row, on=at.astimezone(session.info["zone"]).date()))
    unknown = [FieldError(name, "unknown_field") for name in raw if name not in ANSWERED]
    if not raw.get("answer"):
        unknown.append(FieldError("answer", "required"))
    if unknown:
        raise Invalid(unknown)
    if row.withdrawn:
        raise refused("lead_withdrawn")
    made: Lead = forms.mend(session, LEAD, row, raw, actor=actor, at=at, expected_version=expected_version)
    if made.answer != row.answer:
        outbox.publish(session, event="lead.answered", at=at, facts={"lead": str(made.id)})
    return made
