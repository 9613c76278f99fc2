"""What comboboxes offer while one types: places, units, the people of a unit, cases. Answers are JSON."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Response, jsonify, request

from casework.cases import filters
from casework.cases.filters import read_filter
from casework.cases.listing import lists
from casework.core.actors import TRIAGE_ROLES
from casework.core.errors import Invalid
from casework.permissions import Subject, permits
from casework.registry import choices, places
from web import identity, unit
from web.access import needs
from web.api import parameters
from web.locales import words
from web.views import case_list, reference, wording

blueprint = Blueprint("options", __name__)

_REPORTERS = TRIAGE_ROLES | {"member", "liaison"}
_LONGEST = 60
MOST = 12


@blueprint.get("/places")
@needs("case.report", anywhere=True)
def offer_places() -> Response:
    """Offer places for which the caller may report, by name, pinyin, initials or code."""
    found = places.search_places(unit.session(), within=reach(), words=_typed(), limit=MOST)
    return _options([(row.code, " ".join(reference.place_names(row.code)) or row.name, row.initials) for row in found])


@blueprint.get("/orgs")
@needs("registry.read")
def offer_orgs() -> Response:
    """Offer units in force of the county, by name, pinyin, initials or code."""
    rows = choices.search_orgs(unit.session(), within=[unit.office().settings.region], words=_typed(), limit=MOST)
    return _options([(row.code, row.name, row.initials) for row in rows])


@blueprint.get("/people")
@needs("case.assign", anywhere=True)
def offer_people() -> Response:
    """Offer handlers, of one unit (`org`) or of any."""
    org = request.args.get("org", "")[:64] or None
    rows = choices.handlers(unit.session(), org_code=org, words=_typed(), on=unit.today(), limit=MOST)
    return _options([(str(person.id), person.name, name) for person, name in rows])


@blueprint.get("/colleagues")
@needs("profile.change")
def offer_colleagues() -> Response:
    """Offer who could stand in for the caller: who works beside them."""
    rows = choices.colleagues(unit.session(), identity.actor(), words=_typed(), on=unit.today(), limit=MOST)
    return _options([(str(person.id), person.name, words(f"role.{role}")) for person, role in rows])


@blueprint.get("/case-options")
@needs("case.read", anywhere=True)
def offer_cases() -> Response:
    """Offer cases the caller may know of, by number or words."""
    typed, session, actor = _typed(), unit.session(), identity.actor()
    if not typed:
        return _options([])
    try:
        filter = read_filter({"q": [typed]}, session=session, actor=actor, states=parameters.states())
    except Invalid:
        return _options([])
    page = lists.page(session, actor, at=unit.at(), filter=filter, sort="updated", limit=MOST)
    rows = [
        (row.number, f"{wording.short_number(row.number)} {row.title}", case_list.state_label(row.state))
        for row in page.items
    ]
    return _options(rows)


def reach() -> list[str]:
    """Return the region prefixes for which the caller may report, within the office's county."""
    county, actor = unit.office().settings.region, identity.actor()
    prefixes = actor.regions(_REPORTERS)
    return [
        max(county, prefix, key=len) for prefix in prefixes if prefix.startswith(county) or county.startswith(prefix)
    ]


def place_typed(name: str) -> str:
    """Return the code of a place as a form sends it: the code itself, or without script an exact name."""
    code = request.form.get(name, "").strip()
    typed = code or request.form.get(f"{name}_text", "").strip()
    if not typed or (code.isascii() and code.isdigit()):
        return code
    if typed == words("place.whole_county"):
        # What a form shows for the county itself comes back as it was shown.
        return unit.office().settings.region
    with unit.looking() as session:
        found = choices.find_region(session, typed=typed[:_LONGEST], within=reach())
    return found.code if found is not None else typed


def org_typed(name: str) -> str:
    """Return the code of a unit as a form sends it: the code itself, or without script an exact name."""
    return org_code(request.form.get(name, "").strip() or request.form.get(f"{name}_text", "").strip())


def orgs_typed(name: str) -> list[str]:
    """Return the codes of units as a form sends them, one left half typed among them."""
    typed = [each.strip() for each in request.form.getlist(name)] + [request.form.get(f"{name}_text", "").strip()]
    return list(dict.fromkeys(org_code(each) for each in typed if each))


def person_typed(name: str, *, org: str) -> str:
    """Return the id of a handler as a form sends it, or without script an exact name within a unit."""
    given = request.values.get(name, "").strip()
    typed = request.values.get(f"{name}_text", "").strip()
    if given or not typed:
        return given
    with unit.looking() as session:
        rows = choices.handlers(session, org_code=org or None, words=typed[:_LONGEST], on=unit.today())
    fitting = [person for person, _ in rows if typed in (person.name, person.user_name)]
    return str(fitting[0].id) if len(fitting) == 1 else typed


def colleague_typed(name: str) -> UUID | None:
    """Return who is meant by a form: the one of an id, or without script of an exact name, among the colleagues."""
    given = request.form.get(name, "").strip() or request.form.get(f"{name}_text", "").strip()
    rows = choices.colleagues(unit.session(), identity.actor(), words="", on=unit.today(), limit=None)
    fitting = [person.id for person, _ in rows if given in (str(person.id), person.name, person.user_name)]
    return fitting[0] if len(fitting) == 1 else None


def org_code(typed: str) -> str:
    """Return the code of a unit that was typed as code or exact name; what is neither stands for itself."""
    if not typed or typed in reference.org_names():
        return typed
    with unit.looking() as session:
        found = choices.find_org(session, typed=typed[:_LONGEST])
    return found.code if found is not None else typed


def may_report_for(region_code: str) -> bool:
    """Say whether the caller may report for a place."""
    return permits(identity.actor(), "case.report", Subject(region_code))


def _typed() -> str:
    return request.args.get("q", "").strip()[: filters.LONGEST_WORDS]


def _options(rows: Sequence[tuple[str, str, str]]) -> Response:
    return jsonify(options=[{"value": value, "label": label, "hint": hint} for value, label, hint in rows])
