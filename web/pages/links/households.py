"""Households (联系户): the list, the page of one with masks, and forms that enter, mend, and end what it counts as."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.campaign import changes, visibility
from casework.campaign.links import household_entries, household_list, link_list
from casework.campaign.links.household_list import HouseholdFile
from casework.campaign.links.link_list import LinkFile
from casework.campaign.targets import HOUSEHOLD, Target
from casework.cases import queries as cases
from casework.core.errors import FieldError, Invalid
from casework.households import handbook, residents
from casework.households.actions import CATEGORIES, GROUP_LENGTH, MOST_PEOPLE, NAME_LENGTH, WATCHES
from casework.households.tables import Household
from casework.permissions import Subject, may_anywhere, permits, require
from web import identity, unit
from web.access import needs
from web.api import paging
from web.api.links import households as api
from web.forms import field
from web.locales import words
from web.pages import desks, link_parts, once, options
from web.pages.activities import close_visits, leads
from web.pages.campaign import targets
from web.pages.link_parts import PAGE_SIZE, Form, Listed
from web.pages.links import incomes
from web.views import link_words, reference
from web.views.link_words import act
from web.views.people import household_views, income_views

blueprint = Blueprint("households", __name__)

READ, WRITE = "household.read", "household.write"
_PLAIN = ("head_name", "group_no", "remark", *handbook.FIELDS)
_FILLED = ("head_id_number", "phone", "category", "watch", "since", "source")


@blueprint.get("/households")
@needs(READ, anywhere=True)
def show_list() -> Response:
    """List households by place."""
    asked = link_parts.asked_words(api.FILTERS)
    session, actor, today = unit.session(), identity.actor(), unit.today()
    try:
        wanted = api.asked_households()
        after = paging.after_text_and_id(api.NAME)
    except Invalid as mistake:
        return link_parts.without_wrong(mistake, asked)
    rows = household_list.page(session, actor, wanted, on=today, after=after, limit=PAGE_SIZE + 1)
    files, more = paging.cut(
        api.NAME, rows, PAGE_SIZE, lambda file: [file.household.region_code, str(file.household.id)]
    )
    held = _held(files)
    listed = Listed(
        code="households",
        head=("head_name", "village", "counts_as", "members"),
        rows=[household_views.row_of(file, held.get(file.household.id, ())) for file in files],
        more=more,
        total=household_list.count(session, actor, wanted, on=today),
        menus=_menus(),
        told=_told,
        find="head_name",
        buttons=[act("links.do.new_household", url_for("households.ask_new"))] if may_anywhere(actor, WRITE) else [],
    )
    return link_parts.list_page(asked, listed)


@blueprint.get("/households/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Show the form of a new household."""
    return _new_form()


@blueprint.post("/households/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def enter() -> Response:
    """Enter a household."""

    def write() -> Response:
        made = household_entries.enter(
            unit.session(), _sent(), actor=identity.actor(), at=unit.at(), today=unit.today()
        )
        return link_parts.done("links.kept", url_for("households.show", household_id=made.household.id))

    return link_parts.try_it(write, _new_form)


@blueprint.get("/households/<uuid:household_id>")
@needs(READ)
def show(household_id: UUID) -> Response:
    """Show a household: masked head, what it counts as and since when, linked members, its cases, what was changed."""
    row = _take(household_id)
    session, actor, today = unit.session(), identity.actor(), unit.today()
    subject = visibility.subject_of_household(session, row, on=today)
    file = household_list.files(session, [row])[0]
    may = permits(actor, WRITE, subject)
    url = url_for("households.show", household_id=row.id)
    buttons = [
        act("links.do.tie", url_for("links.ask_new", household=row.id)),
        act("links.do.mend", f"{url}/edit"),
        act("links.do.end_status", f"{url}/end"),
    ]
    buttons = buttons if may else []
    if permits(actor, "case.report", Subject(row.region_code)):
        buttons.append(act("links.do.report", url_for("intake.show_new", household=row.id)))
    target = Target(HOUSEHOLD, row.id, row.region_code, row.head_name)
    may_see = permits(actor, targets.READ, subject)
    buttons += [targets.print_button(target, targets.asked())] if may_see else []
    held = link_list.of_ends(session, actor, objects=[row.id], on=today)
    found = cases.of_household(session, actor, row.id, at=unit.at())
    return link_parts.record_page(
        words("links.household_of", head=row.head_name),
        (words("links.tab.households"), url_for("households.show_list")),
        chips=link_words.status_chips(file),
        buttons=buttons,
        facts=[
            *household_views.facts_of(row, subject),
            *([targets.years_fact(target, targets.asked())] if may_see else []),
        ],
        sections=[
            *(targets.sections_of(target, targets.asked()) if may_see else []),
            household_views.members_section(held, may=may),
            *([income_views.section(row.id)] if permits(actor, incomes.READ, subject) else []),
            *_residents(row, subject),
            *leads.section_of(row),
            *close_visits.of_household(row),
            household_views.statuses_section(file),
            household_views.cases_section(found),
        ],
        history=link_words.history_of(changes.of_record(session, row), plainly=may, names={}),
    )


@blueprint.get("/households/<uuid:household_id>/edit")
@needs(WRITE)
def ask_mend(household_id: UUID) -> Response:
    """Show the form that mends a household."""
    return _mend_form(_to_change(household_id)[0])


@blueprint.post("/households/<uuid:household_id>/edit")
@needs(WRITE)
def mend(household_id: UUID) -> Response:
    """Mend a household; personal values left empty stay as they are."""
    row, subject = _to_change(household_id, lock=True)
    raw = {**_sent(), **link_parts.sent("reason")}
    if not raw["head_name"]:
        del raw["head_name"]
    return _change(row, subject, raw, _mend_form)


@blueprint.get("/households/<uuid:household_id>/end")
@needs(WRITE)
def ask_end(household_id: UUID) -> Response:
    """Show the form that ends what a household counts as."""
    return _end_form(_to_change(household_id)[0])


@blueprint.post("/households/<uuid:household_id>/end")
@needs(WRITE)
def end(household_id: UUID) -> Response:
    """End what a household counts as by its last day and a reason."""
    row, subject = _to_change(household_id, lock=True)
    raw = link_parts.sent("ends", "valid_to", "reason")
    if not raw["valid_to"]:
        return _end_form(row, mistakes=[FieldError("valid_to", "required")], status=422)
    return _change(row, subject, raw, _end_form)


def _change(row: Household, subject: Subject, raw: Mapping[str, Any], form: Any) -> Response:
    def write() -> Response:
        household_entries.change(
            unit.session(),
            row,
            raw,
            subject=subject,
            actor=identity.actor(),
            at=unit.at(),
            today=unit.today(),
            expected_version=desks.given_version(),
        )
        return link_parts.done("links.kept", url_for("households.show", household_id=row.id))

    return link_parts.try_it(write, lambda **why: form(row, **why))


def _sent() -> dict[str, Any]:
    people = request.form.get("people", "").strip()
    return {
        **link_parts.sent(*_PLAIN),
        **link_parts.sent_or_left(*_FILLED),
        "region_code": options.place_typed("region_code"),
        "people": people or None,
    }


def _take(household_id: UUID, *, lock: bool = False) -> Household:
    return visibility.take_household(unit.session(), identity.actor(), household_id, on=unit.today(), lock=lock)


def _to_change(household_id: UUID, *, lock: bool = False) -> tuple[Household, Subject]:
    row = _take(household_id, lock=lock)
    subject = visibility.subject_of_household(unit.session(), row, on=unit.today())
    require(identity.actor(), WRITE, subject)
    return row, subject


def _residents(row: Household, subject: Subject) -> list[dict[str, Any]]:
    """Return who lives there, for who works with the household."""
    if not permits(identity.actor(), "household.read_residents", subject):
        return []
    found = residents.of_household(unit.session(), row.id)
    return [household_views.residents_section(found)] if found else []


def _held(files: Sequence[HouseholdFile]) -> dict[UUID, list[LinkFile]]:
    found: dict[UUID, list[LinkFile]] = {}
    objects = [file.household.id for file in files]
    for link in link_list.of_ends(unit.session(), identity.actor(), objects=objects, on=unit.today()):
        if link.link.object_id is not None and link_words.holds_today(link.link):
            found.setdefault(link.link.object_id, []).append(link)
    return found


def _menus() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        ("region", [(each.code, each.name) for each in reference.towns()]),
        ("category", [(code, link_words.code_told(code)) for code in CATEGORIES]),
        ("watch", [(code, link_words.code_told(code)) for code in WATCHES]),
        ("linked", [("true", words("case.yes")), ("false", words("case.no"))]),
    ]


def _told(name: str, value: str) -> str:
    if name == "region":
        return reference.place_told(value)
    if name in ("category", "watch"):
        return link_words.code_told(value)
    if name == "member":
        return words("links.one_member")
    return words("case.yes" if value == "true" else "case.no")


def _fields(row: Household | None) -> list[dict[str, Any]]:
    sent = request.form

    def typed(name: str, known: object = "") -> Any:
        return sent.get(name, known)

    place = typed("region_code", "" if row is None else row.region_code)
    shown = typed("region_code_text") or (reference.place_told(place) if place else "")
    kept = "links.hint.masked" if row is not None else None
    return [
        field(
            "region_code", "linked.village", kind="place", value=place, label_value=shown,
            data_url=url_for("options.offer_places"), hint="links.hint.place",
        ),
        field("group_no", "linked.group_no", required=False, max=GROUP_LENGTH,
              value=typed("group_no", "" if row is None else row.group_no)),
        field("head_name", "linked.head_name", required=row is None, value=typed("head_name"), max=NAME_LENGTH,
              hint=kept),
        field("head_id_number", "linked.head_id_number", required=False, value=typed("head_id_number"), hint=kept),
        field("phone", "linked.phone", kind="tel", required=False, value=typed("phone"), hint=kept),
        field("people", "linked.people", kind="number", required=False, min=0, max=MOST_PEOPLE,
              value=typed("people", "" if row is None else row.people)),
        *_handbook(row, typed),
        field("category", "linked.category", kind="select", required=False, value=typed("category"),
              options=[(code, link_words.code_told(code)) for code in CATEGORIES]),
        field("watch", "linked.watch", kind="select", required=False, value=typed("watch"),
              options=[(code, link_words.code_told(code)) for code in WATCHES], hint="links.hint.watch"),
        field("since", "linked.since", kind="date", required=False, value=typed("since")),
        field("source", "linked.source", required=False, value=typed("source"), hint="links.hint.source"),
        field("remark", "linked.remark", kind="textarea", required=False, rows=3, wide=True,
              value=typed("remark", "" if row is None else row.remark)),
    ]  # fmt: skip


def _handbook(row: Household | None, typed: Callable[..., Any]) -> list[dict[str, Any]]:
    """Return the fields of the handbook with what is known or was typed."""

    def known(name: str) -> Any:
        value = "" if row is None else getattr(row, name)
        return typed(name, format(value.normalize(), "f") if isinstance(value, Decimal) else value or "")

    made = []
    for name in handbook.FIELDS:
        more: dict[str, Any] = {"inputmode": "decimal"} if name in handbook.AREAS else {"max": handbook.LINES.get(name)}
        if name == "housing_grade":
            more = {"kind": "select", "options": [(each, words(f"handbook.grade.{each}")) for each in handbook.GRADES]}
        made.append(field(name, f"linked.{name}", required=False, value=known(name), **more))
    return made


def _new_form(**why: Any) -> Response:
    back = (words("links.tab.households"), url_for("households.show_list"))
    url = url_for("households.enter")
    return link_parts.form_page(
        Form(words("links.do.new_household"), url, back, _fields(None), words("links.do.keep")), **why
    )


def _form(
    row: Household, title: str, endpoint: str, fields: Sequence[Mapping[str, Any]], *, danger: bool = False
) -> Form:
    back = (words("links.household_of", head=row.head_name), url_for("households.show", household_id=row.id))
    version = household_list.files(unit.session(), [row])[0].version
    fields = [*fields, field("version", "linked.head_name", kind="hidden", value=version)]
    url = url_for(endpoint, household_id=row.id)
    return Form(words(title), url, back, fields, words(title if danger else "links.do.keep"), danger=danger)


def _mend_form(row: Household, **why: Any) -> Response:
    reason = field("reason", "linked.reason", required=False, value=request.form.get("reason"), wide=True)
    return link_parts.form_page(_form(row, "links.do.mend", "households.mend", [*_fields(row), reason]), **why)


def _end_form(row: Household, **why: Any) -> Response:
    file, today = household_list.files(unit.session(), [row])[0], unit.today()
    holding = [each.code for each in file.statuses if household_list.holds(each, today)]
    fields = [
        field("ends", "linked.ends", kind="select", value=request.form.get("ends", next(iter(holding), "")),
              options=[(code, link_words.code_told(code)) for code in holding]),
        field("valid_to", "linked.valid_to", kind="date", value=request.form.get("valid_to", today.isoformat())),
        field("reason", "linked.reason", value=request.form.get("reason"), wide=True),
    ]  # fmt: skip
    return link_parts.form_page(_form(row, "links.do.end_status", "households.end", fields, danger=True), **why)
