"""Ledgers that name people leave the house by two persons: one asks and says why, a head who is another grants it.

The file is made once, by a job, of what the asker may export then; the asker takes it for three days, each taking is
written down, and every page of it says who has it, since when and under which number.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from casework.core import i18n, texts
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, Refused, refused
from casework.core.ids import new_id
from casework.core.office import Office
from casework.dispatches import personal
from casework.dispatches.personal_tables import PersonalExport
from casework.matters import jobs, outbox
from casework.permissions import Subject
from casework.registry import audit
from casework.registry import queries as registry
from workflows import records
from workflows.ledgers import exporting

ASK, GRANT = "export.ask", "export.grant"
JOB = "personal_export"
REASON_LENGTH = 200
KEPT = timedelta(days=3)
KINDS = tuple(kind for kind in exporting.SOURCES if kind not in exporting.NAMELESS)
# Ledgers of which a part can be asked for: their rows follow the places of whoever exports.
BY_PLACE = frozenset({"cases", "petitions", "consultations", "assessments"})


def ask(session: Session, office: Office, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> PersonalExport:
    """Ask for a ledger (`kind`, `place`, `reason`).

    Raises:
        NotAllowed: not triage of this office.
        Invalid: no such ledger or place, a place where only the whole can be had, or no reason.
    """
    county = office.settings.region
    actor = records.require(actor, ASK, Subject(county))
    kind, place = str(raw.get("kind") or ""), str(raw.get("place") or "").strip() or county
    mistakes = [] if kind in KINDS else [FieldError("kind", "not_a_choice", {"choices": ", ".join(KINDS)})]
    if place != county and kind in KINDS:
        if kind not in BY_PLACE:
            mistakes.append(FieldError("place", "export_whole"))
        elif not place.startswith(county) or registry.region(session, place) is None:
            mistakes.append(FieldError("place", "export_no_place"))
    reason = ""
    try:
        reason = texts.clean_text(raw.get("reason"), field="reason", max_length=REASON_LENGTH)
    except Invalid as mistake:
        mistakes += mistake.errors
    if mistakes:
        raise Invalid(mistakes)
    row = personal.begin(session, kind, region_code=county, place_code=place, reason=reason, actor=actor, at=at)
    _trace(session, "asked", row, actor=actor, at=at, told={"reason": reason})
    outbox.publish(session, event="export.asked", at=at, facts=_facts(row))
    return row


def grant(session: Session, office: Office, export_id: UUID, *, actor: Actor, at: datetime) -> PersonalExport:
    """Grant what somebody else asked for; a job makes the file at once.

    Raises:
        NotAllowed: not a head of this office.
        NotFound: there is no such request.
        Refused: it is decided, or the caller asked for it.
    """
    row, actor = _to_decide(session, office, export_id, actor=actor)
    row.status, row.decided_by, row.decided_at = "granted", actor.person_id, at
    payload = {"export": str(row.id), "person": str(row.asked_by), "for": str(row.asked_for or "")}
    jobs.ensure(session, name=JOB, period=str(row.id), run_at=at, at=at, payload=payload)
    _trace(session, "granted", row, actor=actor, at=at)
    session.flush()
    return row


def refuse(
    session: Session, office: Office, export_id: UUID, reason: object, *, actor: Actor, at: datetime
) -> PersonalExport:
    """Refuse it, with words for who asked.

    Raises:
        NotAllowed, NotFound, Refused: as for `grant`.
        Invalid: no reason.
    """
    row, actor = _to_decide(session, office, export_id, actor=actor)
    row.decision_reason = texts.clean_text(reason, field="reason", max_length=REASON_LENGTH)
    row.status, row.decided_by, row.decided_at = "refused", actor.person_id, at
    _trace(session, "refused", row, actor=actor, at=at, told={"reason": row.decision_reason})
    outbox.publish(session, event="export.answered", at=at, facts=_facts(row))
    session.flush()
    return row


def withdraw(session: Session, office: Office, export_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Take one's own request back.

    Raises:
        NotAllowed: not triage of this office.
        NotFound: the caller asked for none of this id.
        Refused: it is decided.
    """
    actor = records.require(actor, ASK, Subject(office.settings.region))
    row = _own(session, office, export_id, actor=actor)
    if row.status != "asked":
        raise refused("export_decided")
    row.status, row.decided_by, row.decided_at = "withdrawn", actor.person_id, at
    _trace(session, "withdrawn", row, actor=actor, at=at)
    session.flush()


def make(office: Office, export_id: UUID, *, asker: Actor, at: datetime) -> int:
    """Write the file of a granted export and return how many rows it has; done again it changes nothing."""
    with office.db.transaction() as session:
        row = personal.get(session, office.settings.region, export_id)
        if row.status != "granted":
            return row.rows or 0
        session.expunge(row)
    said = ""
    try:
        count, content = _written(office, row, asker, at)
        if len(content) > exporting.MOST_KEPT:
            raise refused("export_too_big", limit_mb=exporting.MOST_KEPT // 1024 // 1024)
    except Refused as why:
        count, content, said = 0, b"", why.refusals[0].code
    with office.db.transaction() as session:
        row = personal.get(session, office.settings.region, export_id)
        if row.status != "granted":
            return row.rows or 0
        if not content:
            row.status, row.decision_reason = "failed", said
        else:
            personal.fill(session, row, content)
            row.status, row.rows, row.made_at, row.expires_at = "ready", count, at, at + KEPT
        _trace(session, "made" if content else "failed", row, actor=asker, at=at)
        outbox.publish(session, event="export.answered", at=at, facts=_facts(row))
    return count


def take(
    session: Session, office: Office, export_id: UUID, *, actor: Actor, at: datetime
) -> tuple[PersonalExport, bytes]:
    """Return an export with its bytes to who asked for it; that it was taken is written down.

    Raises:
        NotAllowed: not triage of this office (any more).
        NotFound: the caller asked for none of this id.
        Refused: it is not made, or its time is over.
    """
    actor = records.require(actor, ASK, Subject(office.settings.region))
    row = _own(session, office, export_id, actor=actor)
    if row.status != "ready" or row.expires_at is None or row.expires_at <= at:
        raise refused("export_gone" if row.status in ("ready", "gone") else "export_not_ready")
    content = personal.content_of(session, row)
    row.taken += 1
    _trace(session, "taken", row, actor=actor, at=at, told={"times": row.taken, "sha256": row.sha256})
    session.flush()
    return row, content


def _own(session: Session, office: Office, export_id: UUID, *, actor: Actor) -> PersonalExport:
    row = personal.get(session, office.settings.region, export_id)
    if row.asked_by != actor.person_id:
        raise NotFound("export")
    return row


def _to_decide(session: Session, office: Office, export_id: UUID, *, actor: Actor) -> tuple[PersonalExport, Actor]:
    actor = records.require(actor, GRANT, Subject(office.settings.region))
    row = personal.get(session, office.settings.region, export_id)
    if row.status != "asked":
        raise refused("export_decided")
    # Neither oneself, nor in the name of who asked, nor for whom the asker stood in.
    if {row.asked_by, row.asked_for} & {actor.person_id, actor.for_id} - {None}:
        raise refused("export_two_people")
    return row, actor


def _written(office: Office, row: PersonalExport, asker: Actor, at: datetime) -> tuple[int, bytes]:
    if row.place_code != row.region_code:
        grants = tuple(
            replace(grant, region=row.place_code)
            for grant in asker.grants
            if grant.role in TRIAGE_ROLES and grant.region is not None and row.place_code.startswith(grant.region)
        )
        # What the asker reported somewhere else is no part of the place.
        narrowed = replace(asker, person_id=new_id(), grants=grants)
    else:
        narrowed = asker
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.xlsx"
        mark = mark_of(office, row, asker, at)
        count = exporting.write(office, row.kind, path, seen_by=narrowed, at=at, locale=asker.locale, mark=mark)
        return count, path.read_bytes()


def mark_of(office: Office, row: PersonalExport, asker: Actor, at: datetime) -> str:
    """Return the words every page of the file carries."""
    when = at.astimezone(office.settings.zone).strftime("%Y-%m-%d %H:%M")
    return i18n.say("export.mark", locale=asker.locale, who=asker.name, when=when, number=row.number)


def _trace(
    session: Session,
    event: str,
    row: PersonalExport,
    *,
    actor: Actor,
    at: datetime,
    told: Mapping[str, Any] | None = None,
) -> None:
    facts = {"export": str(row.id), "number": row.number, "kind": row.kind, "place": row.place_code, "rows": row.rows}
    audit.record(session, event=f"export.{event}", actor=actor, at=at, facts={**facts, **(told or {})})


def _facts(row: PersonalExport) -> dict[str, str]:
    told = {"export": str(row.id), "number": row.number, "kind": row.kind, "status": row.status}
    return {**told, "person": str(row.asked_by)}
