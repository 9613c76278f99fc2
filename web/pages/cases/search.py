"""Finding a case from the bar on top: by number at once, by the letters of a place, else by its words in the list."""

import re

from flask import Blueprint, Response, make_response, redirect, request

from casework.cases import queries
from casework.registry import places
from web import identity, unit
from web.access import needs
from web.views import addresses

blueprint = Blueprint("search", __name__)

_NUMBER = re.compile(r"[0-9A-Za-z]{1,12}-[A-Za-z]{2}-[0-9]{4}-[0-9]{6}")
_SHORT = re.compile(r"[0-9]{1,6}")
_LETTERS = re.compile(r"[A-Za-z]{2,20}")
_YEARS_BACK = 3


@blueprint.get("/search")
@needs("case.read", anywhere=True)
def find() -> Response:
    """Lead to what was searched for."""
    return make_response(redirect(straight_to() or addresses.cases({"q": [request.args.get("q", "")[:100]]})))


def straight_to() -> str | None:
    """Return the address that answers the words searched for by themselves; None when the list has to look."""
    if set(request.args) != {"q"}:
        return None
    typed = request.args.get("q", "").strip()
    if _NUMBER.fullmatch(typed):
        return _case(typed.upper())
    if _SHORT.fullmatch(typed):
        return _by_short_number(int(typed))
    if _LETTERS.fullmatch(typed):
        return _by_place(typed)
    return None


def _case(number: str) -> str | None:
    found = queries.find(unit.session(), identity.actor(), reference=number, at=unit.at())
    return f"/cases/{found.number}" if found is not None else None


def _by_short_number(n: int) -> str | None:
    """Return the case of that short number, the latest year first."""
    session = unit.session()
    prefix = places.number_prefix(session, unit.office().settings.region)
    year = unit.today().year
    for each in range(year, year - _YEARS_BACK, -1):
        found = _case(f"{prefix}-AJ-{each}-{n:06d}")
        if found is not None:
            return found
    return None


def _by_place(letters: str) -> str | None:
    """Return the list of a place that is read so: zyz finds 竹园镇."""
    county = unit.office().settings.region
    found = places.search_places(unit.session(), within=[county], words=letters, limit=1)
    return addresses.cases({"region": [found[0].code], "all": ["1"]}) if found else None
