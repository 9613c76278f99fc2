"""What becomes of a report from the public page: a case, or a reasoned no; and how it stands, in plain steps.

The steps name units, days and the office's reason, never a person: who holds the code need not be who reported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, Literal

from casework.cases import public_reports as rows
from casework.cases.tables import Case, PublicReport
from casework.cases.visibility import subject_of
from casework.core import texts
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, refused
from casework.matters import attachments
from casework.matters.attachments import Staged
from casework.permissions import Subject, require
from casework.registry import audit
from casework.registry import queries as registry_of_office
from casework.registry.calendar import load_calendar
from workflows import clocks, records
from workflows.cases import attaching
from workflows.cases.comments import TRIGGER as COMMENT
from workflows.cases.intake import report_case
from workflows.definition import START
from workflows.registry import registry

PERMISSION = "public_reports.handle"
FIELDS = ("title", "kind", "urgency", "category", "region_code")
REASON_LENGTH = 500
_USUAL = SimpleNamespace(kind="help", urgency="normal", result_class=None, route=None)

State = Literal["done", "now", "todo"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a report: `code` of received, assigned, contacted, answered, asked, declined.

    `at`: when it was reached; `by`: the day it is promised for; `unit`: who handles it; `text`: the office's words.
    """

    code: str
    state: State
    at: datetime | None = None
    by: date | None = None
    unit: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the unit answered, without its words: class, day, and when class B comes up again."""

    result_class: str
    unit: str
    at: datetime
    review_on: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a report stands. `open`: whether its owner may still add something."""

    steps: Sequence[Step]
    answer: Answer | None
    open: bool
    waits_until: date | None = None


def promised_by(session: Session, received: datetime) -> date:
    """Return the day by whose close it is told who handles a report that came in at `received` (domain.md §3a)."""
    clock = registry().latest("case").workflow.clocks["accept"]
    calendar = load_calendar(session)
    due = calendar.due(received, clocks.limit_of(clock, _USUAL, trigger=START))
    return due.due_at.astimezone(calendar.zone).date()


def standing(session: Session, report: PublicReport) -> Standing:
    """Say how a report stands."""
    if report.status == rows.DECLINED:
        settled = rows.content_of(session, report).settled_at
        return Standing(
            [Step("received", "done", report.created_at), Step("declined", "now", settled, text=report.reason)],
            None,
            open=False,
        )
    case = _case_of(session, report)
    if case is None:
        by = promised_by(session, report.created_at)
        waiting = [Step("received", "now", report.created_at), Step("assigned", "todo", by=by)]
        return Standing([*waiting, *(Step(code, "todo") for code in ("contacted", "answered", "asked"))], None, True)
    if case.state == "declined":
        return Standing(
            [Step("received", "done", report.created_at), Step("declined", "now", case.closed_at or case.state_since)],
            None,
            open=False,
        )
    return _of_case(session, report, case)


def _of_case(session: Session, report: PublicReport, case: Case) -> Standing:
    lead = registry_of_office.orgs_by_id(session, [case.lead_org_id]) if case.lead_org_id else {}
    unit = next((org.name for org in lead.values()), "")
    reached = [
        ("received", report.created_at, True),
        ("assigned", case.assigned_at, case.assigned_at is not None),
        ("contacted", case.contacted_at, case.contacted_at is not None or case.resolved_at is not None),
        ("answered", case.resolved_at, case.resolved_at is not None),
        ("asked", case.closed_at, case.closed_at is not None),
    ]
    # What was taken back (a return, a rework) is no longer reached, though the row still knows the instant.
    depth = {"reported": 1, "resolved": 4, "closed": 5}.get(case.state, 3 if case.contacted_at else 2)
    steps = [
        Step(
            code,
            "done" if place < depth else "now" if place == depth else "todo",
            at if place < depth and known else None,
            by=promised_by(session, case.reported_at) if code == "assigned" and place >= depth else None,
            unit=unit if code == "assigned" and place < depth else None,
        )
        for place, (code, at, known) in enumerate(reached)
    ]
    answer = None
    if depth >= 4 and case.result_class is not None and case.resolved_at is not None:
        answer = Answer(case.result_class, unit, case.resolved_at, case.review_on)
    waits = case.suspended_until if case.state == "suspended" else None
    return Standing(steps, answer, open=case.is_open, waits_until=waits)


def turn_into_case(
    session: Session, report: PublicReport, given: Mapping[str, Any], *, actor: Actor, at: datetime
) -> Case:
    """Make a case of a waiting report: what triage decides (`title`, `kind`, `urgency`, `category`, `region_code`)
    beside what the villager wrote, with the photos.

    Raises:
        Denied: the caller handles no reports of that place.
        Refused: triage has decided already.
        Invalid: every mistake in what was given.
    """
    require_waiting(report, actor)
    unknown = [FieldError(name, "unknown_field") for name in given if name not in FIELDS]
    if unknown:
        raise Invalid(unknown)
    content = rows.content_of(session, report)
    raw = {
        "title": given.get("title"),
        "description": "\n\n".join((content.words, *(words for _, words in content.added))),
        "category": given.get("category") or report.category,
        "kind": given.get("kind"),
        "urgency": given.get("urgency"),
        "region_code": given.get("region_code") or report.region_code,
        "channel": content.via,
        "reporter": {"name": content.name, "phone": content.phone},
    }
    case = report_case(session, raw, actor=actor, at=at)
    subject = subject_of(session, case, actor=actor, at=at)
    for file in attachments.of_matter(session, report.id):
        staged = Staged(file.sha256, file.size, file.media_type, file.name)
        attaching.attach(session, case, staged, subject=subject, actor=actor, at=at)
    rows.settle(session, report, status=rows.TURNED, actor=actor, at=at, case_id=case.id)
    facts = {"report": str(report.id)}
    audit.record(session, event="public_report.turned", actor=actor, at=at, matter_id=case.id, facts=facts)
    session.flush()
    return case


def decline(session: Session, report: PublicReport, reason: object, *, actor: Actor, at: datetime) -> None:
    """Decline a waiting report; the reason is what its owner will read, so it says whom to turn to.

    Raises:
        Denied: the caller handles no reports of that place.
        Refused: triage has decided already.
        Invalid: no reason, or a too long one.
    """
    require_waiting(report, actor)
    told = texts.clean_text(reason, field="reason", max_length=REASON_LENGTH)
    rows.settle(session, report, status=rows.DECLINED, actor=actor, at=at, reason=told)
    audit.record(session, event="public_report.declined", actor=actor, at=at, facts={"report": str(report.id)})
    session.flush()


def add_words(session: Session, report: PublicReport, raw: object, *, at: datetime) -> None:
    """Add what the owner of a report says later: to the report while it waits, as a note once it is a case.

    Raises:
        Invalid: nothing, too much, or an identity number.
        Refused: it was declined or its case has ended.
    """
    if report.status == rows.WAITING:
        rows.add_words(session, report, raw, at=at)
        session.flush()
        return
    words = rows.read_added(raw)
    case = _case_of(session, report, lock=True)
    if case is None or not case.is_open:
        raise refused("public_report_settled")
    case.comments_total += 1
    records.note(
        session,
        case,
        actor=SYSTEM,
        at=at,
        trigger=COMMENT,
        event="commented",
        comment=words,
        fields={"by_code": True},
        facts={"mentions": []},
    )


def require_waiting(report: PublicReport, actor: Actor) -> None:
    """Let nobody decide who handles no reports of that place, or what was decided already.

    Raises:
        Denied: the caller handles no reports of that place.
        Refused: it was decided already.
    """
    require(actor, PERMISSION, Subject(report.region_code))
    if report.status != rows.WAITING:
        raise refused("public_report_settled")


def _case_of(session: Session, report: PublicReport, *, lock: bool = False) -> Case | None:
    """Return the case a report became, or the one that case was merged into."""
    wanted = report.case_id
    case = None
    while wanted is not None:
        case = session.get(Case, wanted, with_for_update=lock or None)
        wanted = case.merged_into_id if case is not None and case.state == "merged" else None
    return case
