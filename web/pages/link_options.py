"""What comboboxes of links offer while one types: members, and households by the head's whole name or the village."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request, url_for

from casework.campaign import visibility
from casework.campaign.links import household_list, member_list
from casework.campaign.links.household_list import HouseholdFile
from casework.campaign.loader import campaigns
from casework.core import texts
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.leaders import queries as leader_queries
from casework.permissions import may_anywhere
from casework.registry import places
from web import identity, unit
from web.access import needs
from web.forms import field
from web.locales import locale, words
from web.pages import options
from web.views import link_words, reference

blueprint = Blueprint("link_options", __name__)

_LONGEST = 60
# What no record is called by: an entry then says that there is no such one.
_NOBODY = str(UUID(int=0))


@blueprint.get("/member-options")
@needs("link.write", anywhere=True)
def offer_members() -> Response:
    """Offer members by part of the name, or the beginning of its letters."""
    wanted = member_list.Asked(words=_typed() or None, in_office=unit.today())
    rows = member_list.page(unit.session(), identity.actor(), wanted, on=unit.today(), after=None, limit=options.MOST)
    return _options([(str(each.member.id), each.member.name, each.member.post) for each in rows])


@blueprint.get("/household-options")
@needs("link.write", anywhere=True)
def offer_households() -> Response:
    """Offer households by the head's whole name, or by a place."""
    return _options([(str(each.household.id), told(each), _hint(each)) for each in _households(_typed())])


def ends() -> list[dict[str, Any]]:
    """Return the fields of a link's two ends, filled in from the form or the address."""
    member = _member(request.form.get("holder") or request.args.get("member", ""))
    household = _household(request.form.get("object") or request.args.get("household", ""))
    typed = {name: request.form.get(f"{name}_text") or request.form.get(name, "") for name in ("holder", "object")}
    return [
        field(
            "holder", "linked.holder", kind="member", value=member[0] or typed["holder"],
            label_value=member[1] or typed["holder"], data_url=url_for("link_options.offer_members"),
            hint="links.hint.member",
        ),
        field(
            "object", "linked.household", kind="household", value=household[0] or typed["object"],
            label_value=household[1] or typed["object"], data_url=url_for("link_options.offer_households"),
            hint="links.hint.household",
        ),
    ]  # fmt: skip


def member_typed(name: str) -> str:
    """Return the id of a member as a form sends it, or without script of an exact name that only one bears."""
    given = request.values.get(name, "").strip()
    return member_named(given or request.values.get(f"{name}_text", "").strip())


def member_named(typed: str) -> str:
    """Return the id of a member: what is one already, or that of an exact name that only one bears."""
    if not typed or parse_id(typed) is not None:
        return typed
    if texts.names_nothing(typed):
        return _NOBODY
    wanted = member_list.Asked(name=typed[:_LONGEST])
    rows = member_list.page(unit.session(), identity.actor(), wanted, on=unit.today(), after=None, limit=2)
    return str(rows[0].member.id) if len(rows) == 1 else _NOBODY


def household_typed(name: str) -> str:
    """Return the id of a household as a form sends it, or without script of a head's name that only one bears."""
    given = request.form.get(name, "").strip()
    typed = given or request.form.get(f"{name}_text", "").strip()
    if not typed or parse_id(typed) is not None:
        return typed
    rows = _by_head(typed)
    return str(rows[0].household.id) if len(rows) == 1 else _NOBODY


def leaders() -> list[tuple[str, str]]:
    """Return the leaders who are in office today, for those who may know of them."""
    if not may_anywhere(identity.actor(), "leader.read"):
        return []
    rows = leader_queries.every(unit.session(), unit.office().settings.region)
    today = unit.today()
    return [
        (str(row.id), " ".join(filter(None, (row.name, words(f"leader.role.{row.role}"), row.post))))
        for row in rows
        if row.valid_from <= today and (row.valid_to is None or row.valid_to >= today)
    ]


def campaigns_told() -> list[tuple[str, str]]:
    """Return the campaigns a list can be narrowed to; with a single one there is nothing to choose."""
    known = [(code, each.label[locale()]) for code, each in campaigns().items()]
    return known if len(known) > 1 else []


def parts() -> Sequence[str]:
    """Return the parts a member's link may have."""
    return member_list.lacking_parts()


def told(file: HouseholdFile) -> str:
    """Say which household it is: masked head, village, group."""
    row = file.household
    return " ".join(filter(None, (row.head_name, reference.place_told(row.region_code), row.group_no)))


def _hint(file: HouseholdFile) -> str:
    return " ".join(
        link_words.code_told(each.code) for each in file.statuses if household_list.holds(each, unit.today())
    )


def _households(typed: str) -> Sequence[HouseholdFile]:
    if not typed:
        return ()
    found = list(_by_head(typed))
    if len(found) < options.MOST:
        regions = tuple(row.code for row in places.search_places(unit.session(), within=options.reach(), words=typed))
        if regions:
            known = {each.household.id for each in found}
            found += [each for each in _page(household_list.Asked(regions=regions)) if each.household.id not in known]
    return found[: options.MOST]


def _by_head(typed: str) -> Sequence[HouseholdFile]:
    return () if texts.names_nothing(typed) else _page(household_list.Asked(head_name=typed[:_LONGEST]))


def _page(wanted: household_list.Asked) -> Sequence[HouseholdFile]:
    session, actor, today = unit.session(), identity.actor(), unit.today()
    return household_list.page(session, actor, wanted, on=today, after=None, limit=options.MOST)


def member_field(name: str, label: str, *, required: bool, hint: str | None = None) -> dict[str, Any]:
    """Return a field that asks for a member, filled in as it was sent."""
    found, typed = _member(request.values.get(name, "")), request.values.get(f"{name}_text", "")
    typed = typed or request.values.get(name, "")
    return field(
        name, label, kind="member", required=required, value=found[0] or typed, label_value=found[1] or typed,
        data_url=url_for("link_options.offer_members"), hint=hint,
    )  # fmt: skip


def member_label(typed: str) -> str:
    """Return what a member is called who was picked by id; what was typed instead stands for itself."""
    return _member(typed)[1] or typed


def household_field(name: str, label: str) -> dict[str, Any]:
    """Return a field that may name a household, filled in as it was sent."""
    found, typed = _household(request.values.get(name, "")), request.values.get(f"{name}_text", "")
    typed = typed or request.values.get(name, "")
    return field(
        name, label, kind="household", required=False, value=found[0] or typed, label_value=found[1] or typed,
        data_url=url_for("link_options.offer_households"), hint="links.hint.household",
    )  # fmt: skip


def _member(reference_id: str) -> tuple[str, str]:
    member_id = parse_id(reference_id)
    try:
        row = None if member_id is None else visibility.take_member(unit.session(), identity.actor(), member_id)
    except NotFound:
        row = None
    return ("", "") if row is None else (str(row.id), row.name)


def _household(reference_id: str) -> tuple[str, str]:
    household_id = parse_id(reference_id)
    if household_id is None:
        return "", ""
    session, actor, today = unit.session(), identity.actor(), unit.today()
    try:
        row = visibility.take_household(session, actor, household_id, on=today)
    except NotFound:
        return "", ""
    return str(row.id), told(household_list.files(session, [row])[0])


def _typed() -> str:
    return request.args.get("q", "").strip()[:_LONGEST]


def _options(rows: Sequence[tuple[str, str, str]]) -> Response:
    return jsonify(options=[{"value": value, "label": label, "hint": hint} for value, label, hint in rows])
