"""Finding a case from the bar on top: by number at once, by the letters of a place, else by its words in the list."""

import re

from flask import Blueprint, Response, make_response, redirect, request

from casework.cases import queries
from casework.consultations import queries as consultations
from casework.core.errors import NotFound
from casework.registry import places
from casework.supervisions import queries as supervisions
from web import identity, unit
from web.access import needs
from web.views import addresses

blueprint = Blueprint("search", __name__)

_NUMBER = re.compile(r"[0-9A-Za-z]{1,12}-[A-Za-z]{2}-[0-9]{4}-[0-9]{6}")
# What is on a signed slip: a year in brackets, and the number after it.
_SLIP = re.compile(r"[\[(\uff08\u3010\uff3b\u3014]20[0-9]{2}[\])\uff09\u3011\uff3d\u3015][0-9]{1,6}\D?$")
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
    if _NUMBER.fullmatch(typed) or _SLIP.search(typed):
        return _by_number(typed)
    if _SHORT.fullmatch(typed):
        return _by_short_number(int(typed))
    if _LETTERS.fullmatch(typed):
        return _by_place(typed)
    return None


def _by_number(typed: str) -> str | None:
    """Return the case, supervised matter or consultation of that number."""
    session, actor = unit.session(), identity.actor()
    found = None if _SLIP.search(typed) else _case(typed.upper())
    if found is not None:
        return found
    try:
        return f"/supervision/{supervisions.named(session, actor, typed).id}"
    except NotFound:
        pass  # It may be the number of a consultation.
    try:
        return f"/consultations/{consultations.take(session, actor, typed).number}"
    except NotFound:
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
