"""Venues: read by everybody known, written by triage over the place."""

from flask import url_for

from casework.consultations import venues
from casework.consultations.tables import Venue
from casework.core import texts
from casework.core.errors import NotFound
from casework.permissions import Subject, require
from web import bodies, identity, unit
from web.api import paging, parameters
from web.api.consultations import consultation_schemas
from web.api.operations import Parameter, Reply, expected_version, operation
from web.locales import local
from workflows import records

_REGION = Parameter("region", {"type": "string", "pattern": "^[0-9]{2,12}$"}, "in places whose code begins so")


@operation(
    "GET",
    "/venues",
    permission="venue.read",
    summary="List venues",
    answers={200: consultation_schemas.VenueList},
    parameters=(_REGION, *parameters.PAGING),
)
def list_venues() -> Reply:
    """List the venues, by code."""
    limit, count, region = parameters.all_of(parameters.asked_limit, parameters.asked_count, parameters.asked_region)
    after = paging.after_text("venues") or ""
    rows = venues.every(unit.session(), region=region or "", after=after, limit=limit + 1)
    kept, more = paging.cut("venues", rows, limit, lambda row: [row.code])
    total = venues.count(unit.session(), region=region or "") if count else None
    return Reply(consultation_schemas.VenueList(items=[shown(row) for row in kept], next=more, total=total))


@operation(
    "POST",
    "/venues",
    permission=venues.WRITE,
    anywhere=True,
    summary="Enter a venue",
    request_model=consultation_schemas.VenueIn,
    answers={201: consultation_schemas.VenueOut},
    problems=(409,),
    has_etag=True,
)
def add_venue() -> Reply:
    """Enter a venue; its code is its own for good."""
    row = venues.add(unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at())
    return Reply(shown(row), 201, {"Location": url_for("api.venues_show_venue", code=row.code)})


@operation(
    "GET",
    "/venues/<code>",
    permission="venue.read",
    summary="Show a venue",
    answers={200: consultation_schemas.VenueOut},
    problems=(404,),
    has_etag=True,
)
def show_venue(code: str) -> Reply:
    """Show a venue."""
    return Reply(shown(_take(code)))


@operation(
    "PATCH",
    "/venues/<code>",
    permission=venues.WRITE,
    summary="Change a venue",
    request_model=consultation_schemas.VenuePatch,
    answers={200: consultation_schemas.VenueOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def mend_venue(code: str) -> Reply:
    """Change a venue; meetings that were set before stay where they are."""
    row = _take(code, lock=True)
    require(identity.actor(), venues.WRITE, Subject(row.region_code))
    records.require_version(row, expected_version())
    venues.mend(unit.session(), row, bodies.json_object(), actor=identity.actor(), at=unit.at())
    return Reply(shown(row))


def _take(code: str, *, lock: bool = False) -> Venue:
    found = None if texts.names_nothing(code) else venues.by_code(unit.session(), [code], lock=lock).get(code)
    if found is None:
        raise NotFound("venue")
    return found


def shown(row: Venue) -> consultation_schemas.VenueOut:
    """Return a venue as the API shows it."""
    return consultation_schemas.VenueOut(
        id=row.id,
        version=row.version,
        created_at=local(row.created_at),
        updated_at=local(row.updated_at),
        code=row.code,
        name=row.name,
        region_code=row.region_code,
        capacity=row.capacity,
        hours=row.hours,
    )
