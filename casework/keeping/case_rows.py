"""Cases against the rows that belong to them: I21 to I23 of reliability.md §3, counters and units."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ScalarSelect, and_, case, exists, false, func, or_, select

from casework.cases import reply_texts
from casework.cases.figures import tallies
from casework.cases.tables import Case, CaseLink, CaseUnit, CoTask, ExtensionRequest
from casework.funds.tables import FundLine
from casework.keeping.view import View
from casework.matters import deadlines
from casework.matters.tables import Attachment, Deadline, HistoryEntry, TextVersion


def deciders(view: View) -> Iterator[str]:
    """I21: nobody decides on their own request for more time."""
    own = ExtensionRequest.decided_by == ExtensionRequest.requested_by
    yield from view.ids(select(ExtensionRequest.id).where(own))


def extensions(view: View) -> Iterator[str]:
    """I22: more time was asked for before the time was up; a decided request says by whom and when."""
    request = ExtensionRequest
    undecided = request.status.in_(("requested", "withdrawn"))
    yield from view.ids(
        select(request.id).where(
            or_(
                and_(request.status == "granted", request.requested_at > request.old_due_at),
                and_(~undecided, request.decided_at.is_(None)),
                and_(undecided, request.decided_at.is_not(None)),
            )
        )
    )


def merges(view: View) -> Iterator[str]:
    """I23: a merged case leads, over others perhaps, to one that is not merged; a link has two ends."""
    pairs = {row[0]: row[1] for row in view.stream(select(Case.id, Case.merged_into_id).where(Case.state == "merged"))}
    there = set(view.session.scalars(select(Case.id).where(Case.id.in_(select(Case.merged_into_id)))))
    for case_id in pairs:
        seen: set[Any] = set()
        place = case_id
        while place in pairs and place not in seen:
            seen.add(place)
            place = pairs[place]
        if place in seen or place not in there:
            yield str(case_id)
    yield from view.ids(select(Case.id).where(Case.merged_into_id.is_not(None), Case.state != "merged"))
    yield from view.ids(select(CaseLink.id).where(CaseLink.one_id >= CaseLink.other_id))


def counters(view: View) -> Iterator[str]:
    """What a case counts of its rows is what there is."""
    counted: tuple[tuple[Any, ScalarSelect[int]], ...] = (
        (Case.co_tasks_total, _count(CoTask, CoTask.case_id)),
        (Case.co_tasks_open, _count(CoTask, CoTask.case_id, CoTask.status == "open")),
        (Case.funds_total, _count(FundLine, FundLine.matter_id)),
        (Case.attachments_total, _count(Attachment, Attachment.matter_id)),
        (Case.comments_total, _count(HistoryEntry, HistoryEntry.matter_id, HistoryEntry.trigger == "comment")),
        (
            Case.extensions_pending,
            _count(ExtensionRequest, ExtensionRequest.case_id, ExtensionRequest.status == "requested"),
        ),
    )
    for column, rows in counted:
        for case_id in view.ids(select(Case.id).where(column != rows)):
            yield f"{case_id} {column.key}"
    beside = exists().where(
        CaseUnit.case_id == Case.id, or_(CaseUnit.org_id.is_distinct_from(Case.lead_org_id), CaseUnit.part != "lead")
    )
    for case_id in view.ids(select(Case.id).where(Case.is_shared == false(), beside)):
        yield f"{case_id} is_shared"
    drafts = exists().where(TextVersion.matter_id == Case.id, TextVersion.text_name == reply_texts.NAME)
    for case_id in view.ids(select(Case.id).where(Case.has_reply_drafts == false(), drafts)):
        yield f"{case_id} has_reply_drafts"


def _count(rows: type[Any], case_id: Any, *more: Any) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows).where(case_id == Case.id, *more).scalar_subquery()


def outcomes(view: View) -> Iterator[str]:
    """A case tells of its clocks of handling and of first contact how the last one was met."""
    for kind, column in (("handle", Case.handle_outcome), ("contact", Case.contact_outcome)):
        unknown = (Deadline.status == deadlines.UNKNOWN, deadlines.UNKNOWN)
        told = case(
            unknown, (Deadline.met_at.is_(None), None), (Deadline.met_at <= Deadline.due_at, "on_time"), else_="late"
        )
        last = (
            select(told)
            .where(Deadline.matter_id == Case.id, Deadline.kind == kind)
            .order_by(Deadline.epoch.desc())
            .limit(1)
            .scalar_subquery()
        )
        for case_id in view.ids(select(Case.id).where(column.is_distinct_from(last))):
            yield f"{case_id} {column.key}"


def tallied(view: View) -> Iterator[str]:
    """The tallies with the changes that wait are what counting the cases gives."""
    kept, expected = tallies.kept(view.session), tallies.expected(view.session)
    for key in sorted({*kept, *expected}):
        if kept.get(key) != expected.get(key):
            yield " ".join(map(str, key))
