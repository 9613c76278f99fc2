"""What a reporter says of a result themselves, and what the rates leave out."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from flask import url_for
from pydantic import Field

from casework.cases.ratings import exclusions
from casework.cases.ratings.rating_tables import RateExclusion
from casework.registry import queries as registry
from web import bodies, link_roads, unit
from web.api import answers, desks
from web.api.operations import Reply, operation
from web.api.requests import Request, one_of, text
from web.api.schemas import ListOut, Model, Named
from web.locales import local
from workflows.cases import excluding, own_ratings


class RatingLinkOut(Model):
    """The reporter's link, told this once."""

    link: str
    expires_at: datetime


class ExclusionIn(Request):
    """Why the rates are to leave a case out."""

    code: str = one_of(exclusions.CODES)
    reason: str = text(exclusions.REASON_LENGTH)


class LiftIn(Request):
    """Why the rates are to count the case again."""

    reason: str = text(exclusions.REASON_LENGTH)


class ExclusionDecision(Request):
    """Whether they do, and why."""

    grant: bool = Field(...)
    reason: str = text(exclusions.REASON_LENGTH)


class ExclusionOut(Model):
    """One asking with its decision."""

    code: str
    reason: str
    status: str
    asked_by: Named | None
    asked_at: datetime
    decided_by: Named | None
    decided_at: datetime | None
    decision_reason: str


class ExclusionList(ListOut):
    """What was asked and decided, oldest first."""

    items: list[ExclusionOut]


@operation(
    "POST",
    "/cases/<id>/rating-link",
    permission="case.close",
    summary="Give the reporter a link to rate the result by",
    answers={201: RatingLinkOut},
    problems=(404, 409),
    has_etag=True,
)
def ask_own_rating(id: str) -> Reply:
    """Make a link that opens one question once, without an account; a new one ends the one before."""
    desk = desks.take(id, lock=True)
    row, token = own_ratings.ask(unit.session(), desk.case, **desk.acting(), road=link_roads.road())
    link = url_for("consultation_opinion.ask", token=token, _external=True)
    return Reply(RatingLinkOut(link=link, expires_at=local(row.expires_at)), 201)


@operation(
    "GET",
    "/cases/<id>/exclusion",
    permission="case.read",
    summary="Show whether the rates leave a case out, and why",
    answers={200: ExclusionList},
    problems=(404,),
)
def show_exclusion(id: str) -> Reply:
    """List who asked that the rates of satisfaction leave a case out, and what was decided."""
    return Reply(_out(desks.take(id).case.id))


@operation(
    "POST",
    "/cases/<id>/exclusion",
    permission=excluding.ASK,
    summary="Ask that the rates leave a case out",
    request_model=ExclusionIn,
    answers={201: ExclusionList},
    problems=(404, 409),
    has_etag=True,
)
def ask_exclusion(id: str) -> Reply:
    """Ask, as somebody who did not handle it; nothing is left out until another decides."""
    desk = desks.take(id, lock=True)
    raw = bodies.json_object()
    excluding.ask(unit.session(), desk.case, raw, **desk.acting())
    return Reply(_out(desk.case.id), 201)


@operation(
    "POST",
    "/cases/<id>/exclusion/lift",
    permission=excluding.ASK,
    summary="Ask that the rates count a case again",
    request_model=LiftIn,
    answers={201: ExclusionList},
    problems=(404, 409),
    has_etag=True,
)
def ask_lift(id: str) -> Reply:
    """Ask, as somebody who did not handle it; the case stays left out until another decides."""
    desk = desks.take(id, lock=True)
    raw = bodies.json_object()
    excluding.ask_lift(unit.session(), desk.case, raw, **desk.acting())
    return Reply(_out(desk.case.id), 201)


@operation(
    "PATCH",
    "/cases/<id>/exclusion",
    permission=excluding.DECIDE,
    summary="Decide whether the rates leave a case out",
    request_model=ExclusionDecision,
    answers={200: ExclusionList},
    problems=(404, 409),
    has_etag=True,
)
def decide_exclusion(id: str) -> Reply:
    """Grant or refuse what was asked, to leave out or to count again; never the asker, never who handled it."""
    desk = desks.take(id, lock=True)
    raw = bodies.json_object()
    excluding.decide(unit.session(), desk.case, raw, **desk.acting())
    return Reply(_out(desk.case.id))


def _out(case_id: UUID) -> ExclusionList:
    found = exclusions.of_case(unit.session(), case_id)
    ids = answers.names_of(each for row in found for each in (row.asked_by, row.decided_by))
    names = registry.people_by_id(unit.session(), ids)
    return ExclusionList(items=[_one(row, names) for row in found], next=None)


def _named(person_id: UUID | None, names: Mapping[UUID, str]) -> Named | None:
    return None if person_id is None else answers.named(person_id, names.get(person_id))


def _one(row: RateExclusion, names: Mapping[UUID, str]) -> ExclusionOut:
    return ExclusionOut(
        code=row.code,
        reason=row.reason,
        status=row.status,
        asked_by=_named(row.asked_by, names),
        asked_at=local(row.asked_at),
        decided_by=_named(row.decided_by, names),
        decided_at=answers.maybe_local(row.decided_at),
        decision_reason=row.decision_reason,
    )
