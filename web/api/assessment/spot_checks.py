"""Spot checks of visits: committed to beforehand, drawn by the revealed seed, and what the households said."""

from typing import Any
from uuid import UUID

from flask import request, url_for

from casework.assessment import queries, spot_check
from casework.assessment.tables import SpotCheck, SpotFinding
from casework.campaign.quarters import read_quarter
from casework.core.errors import invalid
from casework.core.ids import parse_id
from web import bodies, identity, unit
from web.api import answers, asked, paging, parameters, requests
from web.api.assessment import assessment_schemas
from web.api.operations import Parameter, Reply, expected_version, operation
from web.locales import local
from workflows.campaign import spot_checks

READ = "spot_check.read"
_KIND = "spot_checks"
_CAMPAIGN = Parameter("campaign", {"type": "string", "minLength": 1, "maxLength": 40}, "of this campaign")
_QUARTER = Parameter("quarter", {"type": "string", "pattern": "^2[0-9]{3}Q[1-4]$"}, "of this quarter")


@operation(
    "GET",
    "/spot-checks",
    kind=_KIND,
    permission=READ,
    summary="List spot checks",
    answers={200: assessment_schemas.SpotCheckList},
    parameters=(_CAMPAIGN, _QUARTER, *parameters.PAGING),
)
def list_spot_checks() -> Reply:
    """List the spot checks, the latest quarter first; there is one a quarter at most."""
    limit, count, campaign, quarter = parameters.all_of(
        parameters.asked_limit,
        parameters.asked_count,
        asked.text("campaign", 40),
        lambda: str(read_quarter(request.args["quarter"])) if "quarter" in request.args else None,
    )
    session, actor, wanted = unit.session(), identity.actor(), {"campaign": campaign, "quarter": quarter}
    rows = queries.checks(session, actor, **wanted, after=_after(), limit=limit + 1)
    kept, more = paging.cut(_KIND, rows, limit, lambda row: [row.quarter, row.campaign, str(row.id)])
    total = queries.count_checks(session, actor, **wanted) if count else None
    return Reply(assessment_schemas.SpotCheckList(items=[_line(row) for row in kept], next=more, total=total))


def _after() -> tuple[str, str, UUID] | None:
    found = paging.values_behind(_KIND, count=3)
    if found is None:
        return None
    quarter, campaign, last = *found[:2], parse_id(str(found[2]))
    if not isinstance(quarter, str) or not isinstance(campaign, str) or last is None:
        raise invalid("cursor", "cursor_unreadable")
    return quarter, campaign, last


@operation(
    "POST",
    "/spot-checks",
    kind=_KIND,
    permission=spot_checks.HOLD,
    anywhere=True,
    summary="Commit to the seed of a spot check",
    request_model=requests.SpotCheckIn,
    answers={201: assessment_schemas.SpotCheckOut},
    problems=(409,),
    has_etag=True,
)
def announce_spot_check() -> Reply:
    """Commit to a seed before the quarter is over; its SHA-256 is kept and printed in bulletins, not the seed."""
    row = spot_checks.announce(unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at())
    return Reply(_out(row), 201, {"Location": url_for("api.spot_checks_show_spot_check", check_id=row.id)})


@operation(
    "GET",
    "/spot-checks/<check_id>",
    kind=_KIND,
    permission=READ,
    summary="Show a spot check",
    answers={200: assessment_schemas.SpotCheckOut},
    problems=(404,),
    has_etag=True,
)
def show_spot_check(check_id: str) -> Reply:
    """Show a spot check with the visits drawn, drawn again beside it to compare."""
    return Reply(_out(_take(check_id)))


@operation(
    "GET",
    "/spot-checks/<check_id>/visits",
    kind=_KIND,
    permission=READ,
    summary="List the visits a spot check is drawn from",
    answers={200: assessment_schemas.PopulationOut},
    problems=(404,),
)
def list_population(check_id: str) -> Reply:
    """List the ids of the visits it was drawn from, as they were known then: with the seed anybody can draw again."""
    row = _take(check_id)
    found = [each.id for each in spot_check.visits_of(unit.session(), row, known_at=row.drawn_at)]
    return Reply(assessment_schemas.PopulationOut(items=found, total=len(found)))


@operation(
    "POST",
    "/spot-checks/<check_id>/draw",
    kind=_KIND,
    permission=READ,
    summary="Reveal the seed and draw",
    request_model=requests.SeedIn,
    answers={200: assessment_schemas.SpotCheckOut},
    problems=(404, 409),
    has_etag=True,
)
def draw_spot_check(check_id: str) -> Reply:
    """Draw a tenth of the visits once the quarter is over; the seed must be the one committed to."""
    row = _take(check_id, lock=True)
    drawn = spot_checks.draw(unit.session(), row, bodies.json_object(), actor=identity.actor(), at=unit.at())
    return Reply(_out(drawn))


@operation(
    "PATCH",
    "/spot-checks/<check_id>/visits/<visit_id>",
    kind=_KIND,
    permission=READ,
    summary="Note what came out of a visit drawn",
    request_model=requests.SpotFindingPatch,
    answers={200: assessment_schemas.DrawnVisit},
    problems=(404, 412),
    has_etag=True,
    takes_if_match=True,
)
def note_finding(check_id: str, visit_id: str) -> Reply:
    """Note whether the household confirmed the visit; what was not confirmed counts in the member's sheet."""
    finding = queries.get_finding(unit.session(), _take(check_id), answers.path_id(visit_id))
    kept = spot_checks.find_out(
        unit.session(),
        finding,
        bodies.json_object(),
        actor=identity.actor(),
        at=unit.at(),
        expected_version=expected_version(),
    )
    return Reply(_drawn(kept))


def _take(check_id: str, *, lock: bool = False) -> SpotCheck:
    return queries.get_check(unit.session(), identity.actor(), answers.path_id(check_id), lock=lock)


def _line_values(row: SpotCheck) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "created_at": local(row.created_at),
        "updated_at": local(row.recorded_at),
        "campaign": row.campaign,
        "quarter": row.quarter,
        "commitment": row.commitment,
        "seed": row.seed,
        "drawn_at": None if row.drawn_at is None else local(row.drawn_at),
        "population": row.population,
    }


def _line(row: SpotCheck) -> assessment_schemas.SpotCheckLine:
    return assessment_schemas.SpotCheckLine(**_line_values(row))


def _out(row: SpotCheck) -> assessment_schemas.SpotCheckOut:
    session = unit.session()
    return assessment_schemas.SpotCheckOut(
        **_line_values(row),
        visits=[_drawn(each) for each in spot_check.findings_of(session, row.id)],
        differs=spot_check.differences(session, row),
    )


def _drawn(row: SpotFinding) -> assessment_schemas.DrawnVisit:
    return assessment_schemas.DrawnVisit(
        place=row.place,
        visit=row.activity_id,
        member=row.member_id,
        visited_on=row.visited_on,
        outcome=row.outcome,
        words=row.words,
        asked_on=row.asked_on,
        version=row.version,
        href=f"/api/v1/visits/{row.activity_id}",
    )
