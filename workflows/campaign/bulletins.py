"""Beginning a quarter's bulletin and changing its prose: through the engine, like every matter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.bulletins import actions, prose, queries
from casework.bulletins.tables import Bulletin
from casework.campaign.asking import read_campaign
from casework.campaign.quarters import read_quarter
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, invalid, refused
from casework.core.ids import parse_id
from casework.permissions import Subject
from workflows import engine, records

FIELDS = ("campaign", "quarter", "corrects")
DRAFT = "bulletin.draft"


def begin(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Bulletin:
    """Begin the bulletin of a quarter (`campaign`, `quarter`); `corrects` names the signed one it corrects.

    Raises:
        Invalid: every mistake in what was sent.
        NotAllowed: not the office of the campaign's county.
        Refused: the quarter has one under way or signed, or has not begun.
    """
    errors = [FieldError(name, "unknown_field") for name in raw if name not in FIELDS]
    campaign = quarter = None
    try:
        campaign = read_campaign(raw.get("campaign"))
    except Invalid as mistake:
        errors += mistake.errors
    try:
        quarter = read_quarter(raw.get("quarter"))
    except Invalid as mistake:
        errors += mistake.errors
    if errors or campaign is None or quarter is None:
        raise Invalid(errors)
    actor = records.require(actor, DRAFT, Subject(campaign.region_code))
    actions.require_begun(campaign, quarter, today=at.astimezone(session.info["zone"]).date())
    corrects = _corrected(session, raw.get("corrects"), quarter=str(quarter))
    _refuse_second(session, campaign.code, str(quarter), corrects)
    bulletin = actions.make(session, campaign, quarter, corrects=corrects, actor=actor)
    facts = {"campaign": campaign.code, "quarter": str(quarter)}
    if corrects is not None:
        facts["corrects"] = corrects.document_no or corrects.number
    engine.start(session, bulletin, actor=actor, at=at, facts=facts)
    session.flush()
    return bulletin


def mend(
    session: Session,
    bulletin: Bulletin,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
    restores: int | None = None,
) -> Bulletin:
    """Change the prose of a locked bulletin, or the answers to its notes; its numbers nobody types.

    Each change of the prose is a version of it; `restores` says which one it brings back.

    Raises:
        NotAllowed: not the office.
        Stale: somebody else changed it since.
        Invalid: every mistake in what was sent.
        Refused: it was signed; or its day, once its figures are frozen.
    """
    actor = records.require(actor, DRAFT, Subject(bulletin.region_code))
    records.require_version(bulletin, expected_version)
    values = actions.read_changes(bulletin, raw)
    if bulletin.state in queries.ISSUED:
        raise refused("bulletin_is_signed")
    if "as_of" in values and bulletin.frozen is not None:
        raise refused("bulletin_is_frozen")
    changed = {name: value for name, value in values.items() if getattr(bulletin, name) != value}
    if not changed:
        return bulletin
    before, prose_before = {name: getattr(bulletin, name) for name in changed}, prose.of(bulletin)
    for name, value in changed.items():
        setattr(bulletin, name, value)
    if changed.keys() & {"title", "sections"}:
        prose.keep(session, bulletin, before=prose_before, by=actor.person_id, at=at, restores=restores)
    fields = {name: {"from": _told(before[name]), "to": _told(value)} for name, value in changed.items()}
    records.note(session, bulletin, actor=actor, at=at, trigger="mend", event="mended", fields=fields)
    return bulletin


def _told(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _corrected(session: Session, value: Any, *, quarter: str) -> Bulletin | None:
    if value is None:
        return None
    found = parse_id(value) if isinstance(value, str) else None
    bulletin = session.get(Bulletin, found) if found is not None else None
    if bulletin is None or bulletin.quarter != quarter or bulletin.state not in queries.ISSUED:
        raise invalid("corrects", "no_such_bulletin")
    return bulletin


def _refuse_second(session: Session, campaign: str, quarter: str, corrects: Bulletin | None) -> None:
    if queries.under_way(session, campaign, quarter) is not None:
        raise refused("bulletin_under_way", quarter=quarter)
    if corrects is None and queries.in_force(session, campaign, quarter) is not None:
        raise refused("bulletin_signed_already", quarter=quarter)
