"""The assessment of members: sheets computed, confirmed or appealed against, reviewed, approved. Bands, never ranks."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import request, url_for

from casework.assessment import queries, sheets
from casework.assessment.tables import Assessment
from casework.core import texts
from casework.core.errors import invalid
from casework.core.ids import parse_id
from web import bodies, identity, unit
from web.api import answers, asked, paging, parameters, requests, schemas
from web.api.assessment import assessment_schemas
from web.api.cases.history import page_of
from web.api.cases.transitions import move
from web.api.operations import Parameter, Reply, expected_version, operation
from web.locales import local, locale
from workflows import engine
from workflows.campaign import assessments
from workflows.registry import registry

READ = "assessment.read"
WORKFLOW = registry().latest("assessment").workflow
STATES = tuple(WORKFLOW.states)
BANDS = tuple(sheets.bands())
_YEARS = range(2000, 3000)
_CAMPAIGN = Parameter("campaign", {"type": "string", "minLength": 1, "maxLength": 40}, "of this campaign")
_YEAR = Parameter("year", {"type": "integer", "minimum": _YEARS.start, "maximum": _YEARS.stop - 1}, "of this year")
_BAND = Parameter("band", {"type": "string", "enum": list(BANDS)}, "in this band")
_STATE = Parameter("state", {"type": "string", "enum": list(STATES)}, "in this state")
_MEMBER = Parameter("member", {"type": "string", "format": "uuid"}, "of this member")
# Where a counted record can be looked at; a share in money has its case, a finding its spot check.
_PATHS: Mapping[str, str] = {
    "activity": "activities",
    "attendance": "attendances",
    "case": "cases",
    "goal": "goals",
    "link": "links",
    "service": "services",
    "suggestion": "suggestions",
}


@operation(
    "GET",
    "/assessments",
    permission=READ,
    summary="List sheets of the assessment",
    answers={200: assessment_schemas.SheetList},
    parameters=(_CAMPAIGN, _YEAR, _BAND, _STATE, _MEMBER, *parameters.PAGING),
)
def list_assessments() -> Reply:
    """List the sheets by the name of the member; a member sees the own ones."""
    limit, count, campaign, year, band, state, member = parameters.all_of(
        parameters.asked_limit,
        parameters.asked_count,
        asked.text("campaign", 40),
        _asked_year,
        asked.choice("band", BANDS),
        asked.choice("state", STATES),
        _asked_member,
    )
    session, actor, key = unit.session(), identity.actor(), paging.after_text_and_id("assessments")
    fits = {"campaign": campaign, "band": band, "state": state}
    rows = queries.page(session, actor, **fits, year=year, member=member, key=key, limit=limit + 1)
    shown, more = paging.cut("assessments", rows, limit, partial(queries.place_of, session))
    total = queries.count(session, actor, **fits, year=year, member=member) if count else None
    return Reply(assessment_schemas.SheetList(items=[_line(row) for row in shown], next=more, total=total))


@operation(
    "POST",
    "/assessments",
    permission=assessments.COMPUTE,
    anywhere=True,
    summary="Compute the sheet of a member",
    request_model=requests.SheetIn,
    answers={201: assessment_schemas.SheetOut},
    problems=(409,),
    has_etag=True,
)
def compute_sheet() -> Reply:
    """Compute the sheet of one member for a year from single records; the member is told and has five working days."""
    row = assessments.compute(unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at())
    return Reply(_out(row), 201, {"Location": url_for("api.assessments_show_sheet", sheet_id=row.id)})


@operation(
    "POST",
    "/assessment-years",
    permission=assessments.COMPUTE,
    anywhere=True,
    summary="Compute the sheets of a year",
    request_model=requests.SheetsIn,
    answers={200: assessment_schemas.ComputedOut},
    problems=(409,),
)
def compute_sheets() -> Reply:
    """Compute a sheet for every member in office who has none of the year yet."""
    made, kept = assessments.compute_all(unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at())
    return Reply(assessment_schemas.ComputedOut(computed=made, kept=kept))


@operation(
    "GET",
    "/assessments/<sheet_id>",
    permission=READ,
    summary="Show a sheet",
    answers={200: assessment_schemas.SheetOut},
    problems=(404,),
    has_etag=True,
)
def show_sheet(sheet_id: str) -> Reply:
    """Show a sheet with each item, its counts, their caps, and every record behind them."""
    return Reply(_out(_take(sheet_id)))


@operation(
    "PATCH",
    "/assessments/<sheet_id>",
    permission=READ,
    summary="Set points beside those computed",
    request_model=requests.SheetPatch,
    answers={200: assessment_schemas.SheetOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def adjust_sheet(sheet_id: str) -> Reply:
    """Give other points for items, each with its reason; whoever the sheet is about may not."""
    row = _take(sheet_id, lock=True)
    raw = bodies.json_object()
    assessments.adjust(
        unit.session(), row, raw, actor=identity.actor(), at=unit.at(), expected_version=expected_version()
    )
    return Reply(_out(row))


@operation(
    "POST",
    "/assessments/<sheet_id>/transitions",
    permission=READ,
    summary="Move a sheet",
    request_model=requests.SheetMove,
    answers={200: assessment_schemas.SheetOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def move_sheet(sheet_id: str) -> Reply:
    """Confirm, appeal, compute again, review or approve; judged in the order in which a case is moved."""
    row = _take(sheet_id, lock=True)
    move(row, subject=queries.subject_of(unit.session(), row), actor=identity.actor())
    return Reply(_out(row))


@operation(
    "GET",
    "/assessments/<sheet_id>/history",
    permission=READ,
    summary="List what has happened to a sheet",
    answers={200: schemas.HistoryList},
    problems=(404,),
    parameters=parameters.PAGING,
)
def list_sheet_history(sheet_id: str) -> Reply:
    """List the history, oldest first."""
    return page_of(_take(sheet_id))


def _take(sheet_id: str, *, lock: bool = False) -> Assessment:
    return queries.get(unit.session(), identity.actor(), answers.path_id(sheet_id), lock=lock)


def _asked_year() -> int | None:
    given = request.args.get("year")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) == len(str(_YEARS.start)) and int(given) in _YEARS):
        raise invalid("year", "not_a_number")
    return int(given)


def _asked_member() -> Any:
    given = request.args.get("member")
    found = None if given is None else parse_id(given)
    if given is not None and found is None:
        raise invalid("member", "no_such_member")
    return found


def _line_values(row: Assessment) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "created_at": local(row.created_at),
        "updated_at": local(row.updated_at),
        "number": row.number,
        "campaign": row.campaign,
        "year": row.year,
        "member": row.member_id,
        "member_name": row.member_name,
        "state": row.state,
        "band": row.band,
        "band_label": sheets.band_label(row, locale()),
        "response": row.response,
        "imported": row.is_imported,
        "due_at": None if row.due_at is None else local(row.due_at),
    }


def _line(row: Assessment) -> assessment_schemas.SheetLine:
    return assessment_schemas.SheetLine(**_line_values(row))


def _out(row: Assessment) -> assessment_schemas.SheetOut:
    session, actor = unit.session(), identity.actor()
    moves = engine.available(session, row, subject=queries.subject_of(session, row), actor=actor, at=unit.at())
    adjusted = {each["item"]: each for each in row.adjustments}
    return assessment_schemas.SheetOut(
        **_line_values(row),
        score=sheets.points_text(row.score),
        as_of=row.as_of,
        known_at=None if row.known_at is None else local(row.known_at),
        scheme_year=row.scheme_year,
        items=[_item(each, adjusted.get(each["item"])) for each in row.content["items"]],
        appeal=row.appeal,
        answer=row.answer,
        approved_on=row.approved_on,
        sha256=row.frozen_sha256,
        available_triggers=list(moves.available),
    )


def _item(item: Mapping[str, Any], adjusted: Mapping[str, Any] | None) -> assessment_schemas.ItemOut:
    return assessment_schemas.ItemOut(
        item=item["item"],
        label=item["label"][locale()],
        kind=item["kind"],
        most=sheets.points_text(item["most"]),
        base=sheets.points_text(item["base"]),
        computed=sheets.points_text(item["points"]),
        points=sheets.points_text(item["points"] if adjusted is None else adjusted["points"]),
        capped=item["capped"],
        reason=None if adjusted is None else adjusted["reason"],
        counts=[_count(each) for each in item["counts"]],
    )


def _count(count: Mapping[str, Any]) -> assessment_schemas.CountOut:
    return assessment_schemas.CountOut(
        count=count["count"],
        label=count["label"][locale()],
        each=sheets.points_text(count["each"]),
        most=sheets.points_text(count["most"]),
        number=count["number"],
        points=sheets.points_text(count["points"]),
        capped=count["capped"],
        evidence=[_evidence(each) for each in count["evidence"]],
    )


def _evidence(each: Mapping[str, Any]) -> assessment_schemas.EvidenceOut:
    path, record_id = _PATHS.get(each["kind"]), parse_id(each["id"])
    if record_id is None:
        raise ValueError(each["id"])
    return assessment_schemas.EvidenceOut(
        kind=each["kind"],
        id=record_id,
        on=texts.parse_date(each["on"], field="on"),
        points=sheets.points_text(each["points"]),
        share=each["share"],
        leave=each["leave"],
        href=None if path is None else f"/api/v1/{path}/{record_id}",
    )
