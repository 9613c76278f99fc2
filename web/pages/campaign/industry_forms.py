"""Forms of the small records around industries and projects, and the form that mends an activity.

What each form asks stands in `_ASKED`; what is written and refused is that of the API (casework/campaign/records.py).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.campaign import forms, natural, record_rights, records
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.permissions import may_anywhere
from web import identity, unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import link_options, link_parts, once, options, record_pages
from web.pages.link_parts import MONEY, Form
from web.views import reference
from web.views.link_words import act

blueprint = Blueprint("industry_forms", __name__)

# What is asked of each kind; what stands fast once it is entered.
_ASKED: Mapping[str, Sequence[str]] = {
    "industries": ("name", "tags", "remark"),
    "parks": ("industry_id", "name", "region_code", "on_date", "remark"),
    "entities": ("industry_id", "name", "kind", "region_code", "on_date", "remark"),
    "beneficiaries": ("project_id", "household_id", "on_date", "remark"),
    # Only mended here: what it was, whose and about whom stays. A new one has a form of its own.
    "activities": (
        *("title", "on_date", "region_code", "companions", "people", "findings", "policy", "difficulty", "measures"),
        *("result", "evidence", "document_no", "next_on", "remark"),
    ),
}
_PROSE = ("findings", "policy", "difficulty", "measures", "result", "evidence", "remark")
_OF_ITSELF = ("industries", "activities")
_FIXED = ("project_id", "household_id")
_WITHDRAW = "withdrawn"
_DIGITS = 10


def new_button(name: str, **given: Any) -> dict[str, Any]:
    """Return the button that leads to the form of a new record."""
    return act(f"money.do.new_{name}", url_for(f"industry_forms.ask_{name}", **given))


def may_write(name: str) -> bool:
    """Say whether the caller may enter records of a kind at all."""
    return may_anywhere(identity.actor(), _rights(name).write)


def _rights(name: str) -> record_rights.Rights:
    return record_rights.rights_of(record_pages.RESOURCE[name].listing.form.table)


def _declare_entering(name: str) -> None:
    rights, form = _rights(name), record_pages.RESOURCE[name].listing.form

    @needs(rights.write, anywhere=True)
    def ask_new() -> Response:
        """Show the form of a new record."""
        return _form(name, None)

    @needs(rights.write, anywhere=True)
    @once.sent_once
    def enter() -> Response:
        """Enter a record."""

        def write() -> Response:
            session, actor, at = unit.session(), identity.actor(), unit.at()
            row = forms.enter(session, form, _sent(name, None), actor=actor, at=at)
            record_rights.require_entering(session, row, actor=actor, at=at)
            return link_parts.done("links.kept", _address(name, row))

        return link_parts.try_it(write, lambda **why: _form(name, None, **why))

    blueprint.add_url_rule(f"/{name}/new", f"ask_{name}", ask_new)
    blueprint.add_url_rule(f"/{name}/new", f"enter_{name}", enter, methods=["POST"])


def _declare_mending(name: str) -> None:
    rights, form = _rights(name), record_pages.RESOURCE[name].listing.form

    @needs(rights.write)
    def ask_mend(record_id: UUID) -> Response:
        """Show the form that mends a record."""
        return _form(name, _to_mend(name, record_id))

    @needs(rights.write)
    def mend(record_id: UUID) -> Response:
        """Mend a record, or take it back with a reason."""
        row = _to_mend(name, record_id, lock=True)

        def write() -> Response:
            session, actor, at = unit.session(), identity.actor(), unit.at()
            version = int(given) if (given := request.form.get("version", "")).isdecimal() else None
            kept = forms.mend(session, form, row, _sent(name, row), actor=actor, at=at, expected_version=version)
            record_rights.require_outcome(session, kept, actor=actor, at=at)
            return link_parts.done("links.kept", _address(name, kept))

        return link_parts.try_it(write, lambda **why: _form(name, row, **why))

    one = f"/{name}/<uuid:record_id>"
    blueprint.add_url_rule(f"{one}/edit", f"ask_mend_{name}", ask_mend)
    blueprint.add_url_rule(f"{one}/edit", f"mend_{name}", mend, methods=["POST"])
    if name in _OF_ITSELF:
        return

    @needs(rights.read)
    def show(record_id: UUID) -> Response:
        """Show one record with its history."""
        return _show(name, record_pages.taken(name, record_id))

    blueprint.add_url_rule(one, f"show_{name}", show)


def _address(name: str, row: Any) -> str:
    if name == "industries":
        return url_for("industries.show", industry_id=row.id)
    if name == "activities":
        return url_for("activities.show", activity_id=row.id)
    return url_for(f"industry_forms.show_{name}", record_id=row.id)


def _to_mend(name: str, record_id: UUID, *, lock: bool = False) -> Any:
    row = record_pages.taken(name, record_id, lock=lock)
    record_rights.require_mending(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row


def _show(name: str, row: Any) -> Response:
    told = record_pages.shown(name, row)
    may = record_rights.is_office(unit.session(), row, actor=identity.actor(), at=unit.at())
    chips = [{"tone": "outline", "text": words(f"record.entity.{told['kind']}")}] if "kind" in told else []
    if row.withdrawn:
        chips.append({"tone": "grey", "text": words("money.withdrawn")})
    facts: list[dict[str, Any]] = [{"label": words("money.fact.on"), "text": told["on_date"].isoformat()}]
    if "region_code" in told:
        facts.insert(0, {"label": words("money.fact.place"), "text": reference.place_told(told["region_code"])})
    if told["remark"]:
        facts.append({"label": words("money.fact.remark"), "text": told["remark"]})
    if name == "beneficiaries":
        title, owner = told["household"].name, (told["project"].name, _project_url(row.project_id))
    else:
        title = told["name"]
        owner = told["industry"].name, url_for("industries.show", industry_id=row.industry_id)
    return link_parts.record_page(
        title,
        owner,
        room=MONEY,
        chips=chips,
        buttons=[act("money.do.mend", f"{_address(name, row)}/edit")] if may else [],
        facts=facts,
        history=record_pages.history(name, row, plainly=may),
    )


def _project_url(project_id: UUID) -> str:
    return url_for("projects.show", project_id=project_id)


def _sent(name: str, row: Any) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for key in _asked(name, row):
        if key == "region_code":
            raw[key] = options.place_typed(key)
        elif key == "household_id":
            raw[key] = link_options.household_typed(key)
        else:
            raw[key] = request.form.get(key, "").replace("\r\n", "\n")
    if row is None:
        # An industry is one of the county.
        return raw if "region_code" in raw or name == "beneficiaries" else {**raw, "region_code": _county()}
    people = raw.get("people", "")
    if people.isascii() and people.isdecimal() and len(people) < _DIGITS:
        raw["people"] = int(people)
    elif "people" in raw and not people.strip():
        raw["people"] = None
    raw["reason"] = request.form.get("reason", "")
    if request.form.get(_WITHDRAW):
        raw[_WITHDRAW] = True
    return raw


def _asked(name: str, row: Any) -> list[str]:
    """Return what a form asks: once entered, some things stand fast; where a household lives, its activities were."""
    if row is None:
        return list(_ASKED[name])
    fast = [*_FIXED, *(["region_code"] if getattr(row, "household_id", None) is not None else [])]
    return [key for key in _ASKED[name] if key not in fast]


def _county() -> str:
    return unit.office().settings.region


def _typed(row: Any, key: str) -> str:
    kept = None if row is None else getattr(row, key)
    sent = request.form if request.form else request.args
    return str(sent.get(key, "" if kept is None else str(kept)))


def _field(row: Any, key: str) -> dict[str, Any]:
    value = _typed(row, key)
    if key in _FIELDS:
        return _FIELDS[key](value)
    label = f"money.fact.{key}"
    if key in _PROSE:
        return field(key, label, kind="textarea", required=False, value=value, rows=3, wide=True)
    kind = {"people": "number", "next_on": "date"}.get(key, "text")
    return field(key, label, kind=kind, required=False, value=value, max=200, wide=kind == "text")


def _kind(value: str) -> dict[str, Any]:
    kinds = [(code, words(f"record.entity.{code}")) for code in records.ENTITY_KINDS]
    return field("kind", "money.filter.kind", kind="select", value=value, options=kinds)


def _industry(value: str) -> dict[str, Any]:
    rows = natural.industries(unit.session(), _county())
    choices = [(str(each.id), each.name) for each in rows]
    return field("industry_id", "money.fact.industry", kind="select", value=value, options=choices)


def _place(value: str) -> dict[str, Any]:
    label = request.form.get("region_code_text") or (reference.place_told(value) if value else "")
    return field(
        "region_code", "money.fact.place", kind="place", value=value, label_value=label,
        data_url=url_for("options.offer_places"),
    )  # fmt: skip


def _home(_value: str) -> dict[str, Any]:
    return {**link_options.household_field("household_id", "money.fact.household"), "required": True}


_FIELDS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "name": lambda value: field("name", "money.field.name", value=value, max=200),
    "kind": _kind,
    "on_date": lambda value: field("on_date", "money.fact.on", kind="date", value=value or unit.today().isoformat()),
    "industry_id": _industry,
    "region_code": _place,
    "household_id": _home,
    "project_id": lambda value: field("project_id", "money.fact.project", kind="hidden", value=value),
}


def _form(name: str, row: Any, **why: Any) -> Response:
    fields = [_field(row, key) for key in _asked(name, row)]
    if row is not None:
        choices = [("", words("money.withdraw.no")), ("true", words("money.withdraw.yes"))]
        fields += [
            field(_WITHDRAW, "money.withdraw", kind="select", required=False, value=_given(_WITHDRAW), options=choices),
            field("reason", "linked.reason", required=False, value=_given("reason"), max=200),
            field("version", "linked.reason", kind="hidden", value=str(row.version)),
        ]
        title, url = words(f"money.mend_{name}"), f"{_address(name, row)}/edit"
    else:
        title, url = words(f"money.do.new_{name}"), url_for(f"industry_forms.enter_{name}")
    return link_parts.form_page(Form(title, url, _back(name, row), fields, words("links.do.keep"), room=MONEY), **why)


def _given(key: str) -> str:
    return request.form.get(key, "")


def _back(name: str, row: Any) -> tuple[str, str]:
    """Return where one came from: the record itself, or what a new one belongs to."""
    if row is not None:
        told = record_pages.shown(name, row)
        if name == "activities":
            return words("money.tab.activities"), _address(name, row)
        return told["name"] if "name" in told else told["household"].name, _address(name, row)
    if name == "beneficiaries":
        project_id = parse_id(_typed(None, "project_id"))
        if project_id is None:
            raise NotFound
        return record_pages.taken("projects", project_id).name, _project_url(project_id)
    return words("money.tab.industries"), url_for("industries.show_list")


for _name in _ASKED:
    _declare_mending(_name)
    if _name != "activities":
        _declare_entering(_name)
