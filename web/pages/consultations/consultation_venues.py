"""Venues as pages: the list with capacity and hours, and the form of one."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.consultations import venues
from casework.consultations.tables import Venue
from casework.core import texts
from casework.core.errors import NotFound
from casework.permissions import Subject, may_anywhere, permits, require
from web import identity, unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import desks, link_parts, once, options
from web.pages.consultations import consultation_parts as parts
from web.pages.link_parts import Form
from web.views import counting, reference
from workflows import records

blueprint = Blueprint("consultation_venues", __name__)


@blueprint.get("/venues")
@needs("venue.read")
def show_list() -> Response:
    """List the venues."""
    actor = identity.actor()
    page = render_template(
        "consultations/venues.html",
        frame=counting.framed(parts.ROOM),
        title=words("meetings.tab.venues"),
        tabs=parts.tabs("venues"),
        rows=[
            {
                "name": row.name,
                "code": row.code,
                "place": reference.place_told(row.region_code),
                "capacity": row.capacity,
                "hours": row.hours or words("meetings.always_open"),
                "url": url_for("consultation_venues.ask_mend", code=row.code)
                if permits(actor, venues.WRITE, Subject(row.region_code))
                else None,
            }
            for row in venues.every(unit.session())
        ],
        new_url=url_for("consultation_venues.ask_new") if may_anywhere(actor, venues.WRITE) else None,
    )
    return make_response(page)


@blueprint.get("/venues/new")
@needs(venues.WRITE, anywhere=True)
def ask_new() -> Response:
    """Show the form of a venue."""
    return _form(None)


@blueprint.post("/venues/new")
@needs(venues.WRITE, anywhere=True)
@once.sent_once
def enter() -> Response:
    """Enter a venue."""

    def write() -> Response:
        venues.add(unit.session(), {**_sent(), **link_parts.sent("code")}, actor=identity.actor(), at=unit.at())
        return link_parts.done("meetings.venue_kept", url_for("consultation_venues.show_list"))

    return link_parts.try_it(write, lambda **why: _form(None, **why))


@blueprint.get("/venues/<path:code>/edit")
@needs(venues.WRITE)
def ask_mend(code: str) -> Response:
    """Show the form that mends a venue."""
    return _form(_take(code))


@blueprint.post("/venues/<path:code>/edit")
@needs(venues.WRITE)
def mend(code: str) -> Response:
    """Mend a venue."""
    row = _take(code, lock=True)

    def write() -> Response:
        records.require_version(row, desks.given_version())
        venues.mend(unit.session(), row, _sent(), actor=identity.actor(), at=unit.at())
        return link_parts.done("meetings.venue_kept", url_for("consultation_venues.show_list"))

    return link_parts.try_it(write, lambda **why: _form(row, **why))


def _take(code: str, *, lock: bool = False) -> Venue:
    found = None if texts.names_nothing(code) else venues.by_code(unit.session(), [code], lock=lock).get(code)
    if found is None:
        raise NotFound("venue")
    require(identity.actor(), venues.WRITE, Subject(found.region_code))
    return found


def _sent() -> dict[str, Any]:
    return {**link_parts.sent("name", "capacity", "hours"), "region_code": options.place_typed("region_code")}


def _form(row: Venue | None, **why: Any) -> Response:
    def typed(name: str) -> Any:
        return request.form.get(name, "" if row is None else getattr(row, name))

    place = str(typed("region_code"))
    fields = [
        field("name", "meetings.venue.name", value=typed("name")),
        field("region_code", "meetings.field.region_code", kind="place", value=place,
              label_value=reference.place_told(place) if place else "", data_url=url_for("options.offer_places")),
        field("capacity", "meetings.venue.capacity", kind="number", value=typed("capacity"), min=1),
        field("hours", "meetings.venue.hours", required=False, value=typed("hours"), hint="meetings.hint.hours"),
    ]  # fmt: skip
    back = (words("meetings.tab.venues"), url_for("consultation_venues.show_list"))
    if row is None:
        fields.insert(0, field("code", "meetings.venue.code", value=typed("code"), hint="meetings.hint.code"))
        url = url_for("consultation_venues.enter")
    else:
        fields.append(field("version", "meetings.venue.code", kind="hidden", value=row.version))
        url = url_for("consultation_venues.mend", code=row.code)
    title = words("meetings.venue.new") if row is None else row.name
    return link_parts.form_page(Form(title, url, back, fields, words("links.do.keep"), room=parts.ROOM), **why)
