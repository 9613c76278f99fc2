"""The form of a visit: six questions in spoken words, and what was typed read as the API reads it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import request

from casework.campaign.due_visits import Due
from casework.campaign.records import FORMS
from casework.cases import codes, intake
from casework.core.errors import FieldError
from casework.core.texts import LAST_YEAR
from web import unit
from web.locales import locale, words
from web.views import lead_views, reference, visit_views
from workflows.campaign import group_visits, leads, picturing, visiting

Typed = Mapping[str, str]
TODAY, YESTERDAY, OTHER = "today", "yesterday", "other"
PROSE = ("findings", "policy", "measures")
# As long as the reader of activities takes (casework/campaign/readers.py).
PROSE_LENGTH = 5000
_NAMES = ("household_id", "when", "on_date", "form", *PROSE, "next_on", "before_link", "apart", "has_need")
_NEED = tuple(f"{visiting.NEED}.{each}" for each in visiting.NEED_FIELDS)
# What a risk is told by; which risks, several boxes say.
RISKS, RISK_WORDS = f"{leads.SENT_AS}.risks", f"{leads.SENT_AS}.findings"
NAMES = (*_NAMES, *_NEED, RISK_WORDS)
# What a refusal may point at, and what two texts are compared by.
_LABELLED = (
    "household_id",
    "member_id",
    "region_code",
    "on_date",
    "form",
    *PROSE,
    "next_on",
    "before_link",
    "apart",
    group_visits.ALSO,
    visiting.NEED,
    *_NEED,
    leads.SENT_AS,
    RISKS,
    RISK_WORDS,
)
# A difficulty met on a visit is somebody's call for help, unless the form says otherwise.
_USUAL = {"when": TODAY, "form": FORMS[0], "need.urgency": codes.URGENCIES[0]}


def read(typed: Typed) -> dict[str, Any]:
    """Return a visit as the workflow reads it; what was left empty is left out."""
    raw: dict[str, Any] = {name: typed[name] for name in ("household_id", "form", "next_on") if typed.get(name)}
    raw |= {name: typed[name].replace("\r\n", "\n") for name in PROSE if typed.get(name)}
    if (day := _day(typed)) is not None:
        raw["on_date"] = day
    if typed.get("before_link"):
        raw["before_link"] = True
    if typed.get("apart"):
        raw["apart"] = True
    if typed.get("has_need") == "yes":
        raw[visiting.NEED] = _need(typed)
    risks = request.form.getlist(RISKS)
    if risks or typed.get(RISK_WORDS, "").strip():
        raw[leads.SENT_AS] = {"risks": risks, "findings": typed.get(RISK_WORDS, "").replace("\r\n", "\n")}
    return raw


def mistakes_of(typed: Typed) -> list[FieldError]:
    """Return what a form lacks that a program need not tell: a visit without a word helps nobody."""
    return [] if typed.get("findings", "").strip() else [FieldError("findings", "required")]


def _day(typed: Typed) -> str | None:
    days = {TODAY: unit.today(), YESTERDAY: unit.today() - timedelta(days=1)}
    named = days.get(typed.get("when", ""))
    return named.isoformat() if named is not None else typed.get("on_date") or None


def _need(typed: Typed) -> dict[str, str]:
    told = {name: typed.get(f"{visiting.NEED}.{name}", "") for name in visiting.NEED_FIELDS}
    title = told["title"].strip()
    words_of_it = told["description"].replace("\r\n", "\n")
    kind = told["kind"] or "help"
    return {**told, "title": title, "description": (words_of_it.strip() and words_of_it) or title, "kind": kind}


def form(typed: Typed, found: Sequence[Due], mistakes: Sequence[FieldError]) -> dict[str, Any]:
    """Return the form with what was typed; a mistake stands at its question."""
    told = {**_USUAL, **{name: value for name, value in typed.items() if value}}
    first: dict[str, str] = {}
    for each in mistakes:
        first.setdefault(each.field, words(f"field.{each.code}", **each.params))
    return {
        "typed": told,
        "errors": [{"field": name, "label": _label_of(name), "text": text} for name, text in first.items()],
        "wrong": first,
        "households": [{"value": str(due.household.id), "label": visit_views.head_and_place(due)} for due in found],
        "risks": lead_views.risks(),
        "risks_told": request.form.getlist(RISKS),
        "also": request.form.getlist(group_visits.ALSO),
        "categories": [(each.code, each.label[locale()]) for each in reference.top_categories()],
        "urgencies": [(code, words(f"urgency.{code}")) for code in codes.URGENCIES],
        "lengths": {
            "prose": PROSE_LENGTH, "title": intake.TITLE_LENGTH, "description": intake.DESCRIPTION_LENGTH,
            "caption": picturing.CAPTION_LENGTH,
        },
        "today": unit.today().isoformat(),
        "last_day": date(LAST_YEAR, 12, 31).isoformat(),
    }  # fmt: skip


def labels() -> dict[str, str]:
    """Return what the fields are called: what a refusal points at, and what two texts are compared by."""
    return {name: _label_of(name) for name in _LABELLED}


def _label_of(name: str) -> str:
    return words(f"visits.field.{name}")
