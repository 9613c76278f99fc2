"""Estimates of a household's income (测算): entered and mended by who works with the household."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.campaign import forms, record_rights
from casework.campaign.income_entries import INCOME, SUMS
from casework.campaign.record_visibility import find
from casework.campaign.visibility import subject_of_household, take_household
from casework.core import money
from casework.core.editions import withdrawn
from casework.households import incomes
from casework.households.actions import MOST_PEOPLE
from casework.households.tables import Household, IncomeEstimate
from casework.permissions import require
from web import identity, unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import desks, link_parts, once
from web.pages.link_parts import Form
from web.views.people import income_views

blueprint = Blueprint("incomes", __name__)

READ, ENTER = "income.read", "income.enter"
_FIELDS = ("on_date", "year", "method", "people", *SUMS, "remark")


@blueprint.get("/households/<uuid:household_id>/incomes/new")
@needs(ENTER)
def ask_new(household_id: UUID) -> Response:
    """Show the form of a new estimate."""
    return _form(_household(household_id), None)


@blueprint.post("/households/<uuid:household_id>/incomes/new")
@needs(ENTER)
@once.sent_once
def enter(household_id: UUID) -> Response:
    """Enter an estimate."""
    home, actor, at = _household(household_id), identity.actor(), unit.at()

    def write() -> Response:
        raw = {**link_parts.sent(*_FIELDS), "household_id": str(home.id)}
        row = forms.enter(unit.session(), INCOME, raw, actor=actor, at=at)
        record_rights.require_entering(unit.session(), row, actor=actor, at=at)
        return _done(home.id)

    return link_parts.try_it(write, lambda **why: _form(home, None, **why))


@blueprint.get("/incomes/<uuid:record_id>/edit")
@needs(ENTER)
def ask_mend(record_id: UUID) -> Response:
    """Show the form that mends an estimate, or takes it back."""
    row = _take(record_id)
    return _form(_household(row.household_id), row)


@blueprint.post("/incomes/<uuid:record_id>/edit")
@needs(ENTER)
def mend(record_id: UUID) -> Response:
    """Mend an estimate; with a reason it can be taken back, and stays readable in its history."""
    row, actor, at = _take(record_id, lock=True), identity.actor(), unit.at()
    home = _household(row.household_id)

    def write() -> Response:
        raw: dict[str, Any] = {**link_parts.sent(*_FIELDS), **link_parts.sent("reason")}
        if request.form.get("withdrawn") == "1":
            raw["withdrawn"] = True
        record_rights.require_mending(unit.session(), row, actor=actor, at=at)
        forms.mend(unit.session(), INCOME, row, raw, actor=actor, at=at, expected_version=desks.given_version())
        return _done(home.id)

    return link_parts.try_it(write, lambda **why: _form(home, row, **why))


def _done(household_id: UUID) -> Response:
    return link_parts.done("income.kept", url_for("households.show", household_id=household_id))


def _take(record_id: UUID, *, lock: bool = False) -> IncomeEstimate:
    only = (withdrawn(IncomeEstimate, value=False),)
    row: IncomeEstimate = find(
        unit.session(), identity.actor(), IncomeEstimate, record_id, on=unit.today(), only=only, lock=lock
    )
    return row


def _household(household_id: UUID) -> Household:
    row = take_household(unit.session(), identity.actor(), household_id, on=unit.today())
    require(identity.actor(), ENTER, subject_of_household(unit.session(), row, on=unit.today()))
    return row


def _known(home: Household, row: IncomeEstimate | None) -> Mapping[str, Any]:
    """Return what stands in the fields before anybody types: the estimate, or what is usual."""
    if row is None:
        today = unit.today()
        people = "" if home.people is None else home.people
        return {"on_date": today.isoformat(), "year": today.year, "method": "", "people": people}
    sums = {name: money.yuan(fen) if (fen := getattr(row, f"{name}_fen")) else "" for name in SUMS}
    plain = {name: getattr(row, name) for name in ("year", "method", "people", "remark")}
    return {**plain, **sums, "on_date": row.on_date.isoformat()}


def _form(home: Household, row: IncomeEstimate | None, **why: Any) -> Response:
    known, sent = _known(home, row), request.form

    def typed(name: str) -> Any:
        return sent.get(name, known.get(name, ""))

    methods = [(code, income_views.method_told(code)) for code in incomes.methods()]
    fields = [
        field("year", "income.year", kind="number", value=typed("year")),
        field("method", "income.method", kind="select", options=methods, value=typed("method"),
              hint="income.hint.method"),
        field("on_date", "income.on_date", kind="date", value=typed("on_date")),
        field("people", "income.people", kind="number", min=1, max=MOST_PEOPLE, value=typed("people")),
        *(field(name, f"income.{name}", required=False, value=typed(name), hint="income.hint.yuan") for name in SUMS),
        field("remark", "targets.field.remark", kind="textarea", required=False, rows=2, wide=True,
              value=typed("remark")),
    ]  # fmt: skip
    back = (words("links.household_of", head=home.head_name), url_for("households.show", household_id=home.id))
    note = {"tone": "amber", "strong": words("income.estimate"), "text": words("income.note"), "link": None}
    url = url_for("incomes.enter", household_id=home.id)
    if row is not None:
        url = url_for("incomes.mend", record_id=row.id)
        fields += [
            field("reason", "linked.reason", required=False, value=typed("reason"), wide=True),
            field("withdrawn", "income.withdraw", kind="bool", required=False, value=sent.get("withdrawn") == "1"),
            field("version", "income.year", kind="hidden", value=row.version),
        ]
    title = words("income.do.enter" if row is None else "income.do.mend")
    return link_parts.form_page(Form(title, url, back, fields, words("links.do.keep"), note=note), **why)
