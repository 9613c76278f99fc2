"""What becomes of a topic a villager proposed on the public page: a consultation's topic, and how that stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from casework.cases import public_reports as rows
from casework.cases.tables import PublicReport
from casework.consultations.tables import Consultation
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid
from casework.registry import audit
from workflows.cases import public_intake
from workflows.cases.public_intake import Standing, Step
from workflows.consultations import consulting

FIELDS = ("title", "kind", "reason")
# How far a topic is, by its state: steps before that place are done.
_DEPTH: Mapping[str, int] = {
    **{"collected": 1, "screened": 1, "approved": 2, "postponed": 2, "scheduled": 3, "notified": 3},
    **{"held": 4, "minuted": 4, "implementing": 4, "evaluated": 5, "archived": 5},
}
_STEPS = ("received", "weighed", "dated", "met", "realised")


def turn_into_topic(
    session: Session, report: PublicReport, given: Mapping[str, Any], *, actor: Actor, at: datetime
) -> Consultation:
    """Bring a topic out of a waiting proposal: `title`, `kind`, `reason` as the office words them.

    Raises:
        Denied: the caller handles nothing of that place.
        Refused: it was decided already.
        Invalid: every mistake in what was given.
    """
    public_intake.require_waiting(report, actor)
    unknown = [FieldError(name, "unknown_field") for name in given if name not in FIELDS]
    if unknown:
        raise Invalid(unknown)
    raw = {name: given.get(name) for name in FIELDS} | {"source": "public", "region_code": report.region_code}
    row = consulting.bring(session, raw, actor=actor, at=at)
    rows.settle(session, report, status=rows.TURNED, actor=actor, at=at, consultation_id=row.id)
    facts = {"report": str(report.id)}
    audit.record(session, event="public_topic.turned", actor=actor, at=at, matter_id=row.id, facts=facts)
    session.flush()
    return row


def standing(session: Session, report: PublicReport) -> Standing:
    """Say how a proposed topic stands, to whoever holds its code; nothing of what was said about it."""
    if report.status == rows.DECLINED:
        return public_intake.standing(session, report)
    row = None if report.consultation_id is None else session.get(Consultation, report.consultation_id)
    while row is not None and row.joined_id is not None:
        # It goes on in another topic, which is what its proposer asks after now.
        row = session.get(Consultation, row.joined_id)
    received = Step("received", "done", report.created_at)
    if row is not None and row.state in ("dropped", "cancelled"):
        return Standing([received, Step("declined", "now", row.state_since)], None, open=False)
    return Standing(_steps(report, row), None, open=row is None)


def _steps(report: PublicReport, row: Consultation | None) -> Sequence[Step]:
    # What is archived without having met was dropped or called off, and stands as it is.
    depth = 1 if row is None else _DEPTH[row.state]
    instants = {"received": report.created_at, "met": None if row is None else row.starts_at}
    return [
        Step(
            code,
            "done" if place < depth else "now" if place == depth else "todo",
            instants.get(code) if place <= depth else None,
        )
        for place, code in enumerate(_STEPS)
    ]
