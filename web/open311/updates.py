"""Updates, as FixMyStreet asks for and sends them: what happened to a request, in sentences of ours."""

from flask import Response

from casework.core.errors import invalid
from casework.open311 import queries
from casework.open311.queries import Update
from web import unit
from web.open311 import formats
from web.open311.doors import ROOT, asked, client, county, door, reader, sent
from web.open311.requests import asked_span, status_note
from web.open311.services import instant
from workflows.outside import open311

_PUBLIC = "what is public may be followed without a key"
_KEYED = "the key of the sender is asked for by the view itself"
# Plain `closed` looks like "fixed" to FixMyStreet, so its finer words are used.
_FINER = {
    "reported": "OPEN",
    "assigned": "INVESTIGATING",
    "coordinated": "IN_PROGRESS",
    "suspended": "ACTION_SCHEDULED",
    "resolved": "IN_PROGRESS",
    "closed": "NO_FURTHER_ACTION",
    "closed_A": "FIXED",
    "closed_B": "ACTION_SCHEDULED",
    "declined": "NOT_COUNCILS_RESPONSIBILITY",
    "merged": "DUPLICATE",
}


@door("GET", f"{ROOT}/servicerequestupdates", _PUBLIC)
def list_updates() -> Response:
    """List what was recorded between two instants, oldest first."""
    who = reader()
    if bool(asked("start_date")) != bool(asked("end_date")):
        raise invalid("start_date" if asked("end_date") else "end_date", "both_or_none")
    since, until = asked_span()
    at = unit.at()
    found = queries.updates(unit.session(), who, since=since or at - queries.SPAN, until=until or at)
    return formats.answer("service_request_updates", [_row(each) for each in found])


@door("POST", f"{ROOT}/servicerequestupdates", _KEYED)
def add_update() -> Response:
    """Take in what a client adds to a request of its own."""
    given, who = sent(), client()
    update_id = open311.update(unit.session(), given, client=who, county=county(), at=unit.at())
    return formats.answer("service_request_updates", [{"update_id": str(update_id)}])


def _row(each: Update) -> dict[str, object]:
    finer = _FINER.get(f"{each.state}_{each.result_class}") or _FINER.get(each.state, "OPEN")
    return {
        "update_id": str(each.id),
        "service_request_id": each.number,
        "status": finer,
        "updated_datetime": instant(each.at),
        "description": each.summary or status_note(each.state, each.result_class),
        "media_url": None,
    }
