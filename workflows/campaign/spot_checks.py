"""Holding a spot check: who may, what is sent, and what is written down (casework/assessment/spot_check.py draws)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.assessment import spot_check
from casework.assessment.tables import SpotCheck, SpotFinding
from casework.campaign.asking import read_campaign
from casework.campaign.quarters import read_quarter
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, invalid
from casework.core.i18n import say
from casework.permissions import Subject
from casework.registry import audit
from workflows import records
from workflows.campaign import goals

HOLD = "spot_check.hold"


def announce(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> SpotCheck:
    """Commit to a seed (`campaign`, `quarter`, `seed`); of the seed the digest alone is kept.

    Raises:
        Invalid: every mistake in what was sent.
        NotAllowed: not the office of the campaign's county.
        Refused: the quarter is over, or has a check already.
    """
    errors = [FieldError(name, "unknown_field") for name in raw if name not in ("campaign", "quarter", "seed")]
    read: dict[str, Any] = {}
    for name, reader in (
        ("campaign", lambda: read_campaign(raw.get("campaign"))),
        ("quarter", lambda: read_quarter(raw.get("quarter"))),
        ("seed", lambda: spot_check.read_seed(raw.get("seed"))),
    ):
        try:
            read[name] = reader()
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    campaign, quarter, seed = read["campaign"], read["quarter"], read["seed"]
    actor = records.require(actor, HOLD, Subject(campaign.region_code))
    check = spot_check.announce(session, campaign, quarter, seed, actor=actor, at=at)
    facts = {"quarter": check.quarter, "commitment": check.commitment}
    audit.record(session, event="spot_check.committed", actor=actor, at=at, facts=facts)
    return check


def draw(session: Session, check: SpotCheck, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> SpotCheck:
    """Reveal the `seed` of a locked check and draw.

    Raises:
        Invalid: every mistake in what was sent, another seed.
        NotAllowed: not the office.
        Refused: it was drawn, or the quarter is not over.
    """
    actor = records.require(actor, HOLD, Subject(check.region_code))
    errors = [FieldError(name, "unknown_field") for name in raw if name != "seed"]
    seed = ""
    try:
        seed = spot_check.read_seed(raw.get("seed"))
    except Invalid as mistake:
        errors += mistake.errors
    if errors:
        raise Invalid(errors)
    drawn = spot_check.draw(session, check, seed, actor=actor, at=at)
    facts = {"quarter": check.quarter, "seed": seed, "population": drawn.population}
    audit.record(session, event="spot_check.drawn", actor=actor, at=at, facts=facts)
    return drawn


def find_out(
    session: Session,
    finding: SpotFinding,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> SpotFinding:
    """Keep what came out of a locked visit drawn (`outcome`, `words`, `asked_on`: today if left out).

    The goals that are claimed with the visit go with it: verified, or open again.

    Raises:
        Invalid: every mistake in what was sent.
        NotAllowed: not the office.
        Stale: somebody else changed it since.
    """
    actor = records.require(actor, HOLD, Subject(finding.region_code))
    errors = [FieldError(name, "unknown_field") for name in raw if name not in ("outcome", "words", "asked_on")]
    today = at.astimezone(session.info["zone"]).date()
    outcome, words, asked_on = raw.get("outcome"), "", today
    if not isinstance(outcome, str) or outcome not in spot_check.OUTCOMES:
        choices = ", ".join(spot_check.OUTCOMES)
        errors.append(FieldError("outcome", "not_a_choice" if outcome else "required", {"choices": choices}))
    try:
        # Whom nobody reached has said nothing.
        needs_words = outcome == "not_confirmed"
        words = texts.clean_text(
            raw.get("words"), field="words", max_length=spot_check.WORDS_LENGTH, required=needs_words
        )
    except Invalid as mistake:
        errors += mistake.errors
    try:
        asked_on = texts.parse_date(raw["asked_on"], field="asked_on") if "asked_on" in raw else today
        if asked_on > today:
            raise invalid("asked_on", "date_ahead", today=today.isoformat())
    except Invalid as mistake:
        errors += mistake.errors
    if errors:
        raise Invalid(errors)
    told = {"outcome": str(outcome), "words": words, "asked_on": asked_on}
    kept = spot_check.find_out(session, finding, told, actor=actor, at=at, expected_version=expected_version)
    _settle_goals(session, kept, actor=actor, at=at)
    return kept


def _settle_goals(session: Session, finding: SpotFinding, *, actor: Actor, at: datetime) -> None:
    if finding.outcome in goals.BY_SPOT_CHECK:
        day = "" if finding.asked_on is None else finding.asked_on.isoformat()
        reason = say(f"goal.spot_check.{finding.outcome}", day=day, words=finding.words)
        goals.settle_by_spot_check(session, finding.activity_id, finding.outcome, reason=reason, actor=actor, at=at)
