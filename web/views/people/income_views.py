"""Estimates of a household's income as pages show them: always with the word that they are estimates (测算)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from flask import url_for

from casework.campaign.record_rights import RIGHTS
from casework.campaign.visibility import subject_of_household, take_household
from casework.core import money
from casework.households import incomes
from casework.households.tables import IncomeEstimate
from casework.permissions import permits
from web import identity, unit
from web.locales import locale, words
from web.views.link_words import act

_MINUS = "\u2212"
_RIGHTS = RIGHTS["income"]
_KINDS = ("wage", "business_gross", "business_cost", "property", "transfer")


def may_read(household_id: UUID) -> bool:
    """Say whether the reader may know what a household they know of may have earned."""
    session, today = unit.session(), unit.today()
    row = take_household(session, identity.actor(), household_id, on=today)
    return permits(identity.actor(), _RIGHTS.read, subject_of_household(session, row, on=today))


def method_told(code: str) -> str:
    """Say what a version of a method is called; one that has left the file stands for itself."""
    found = incomes.methods().get(code)
    return code if found is None else found.label[locale()]


def yuan(fen: int) -> str:
    """Write an amount in whole yuan for people, the fraction dropped."""
    sign = _MINUS if fen < 0 else ""
    return f"{sign}{abs(fen) // money.FEN_PER_YUAN:,}"


def told(row: IncomeEstimate) -> dict[str, str]:
    """Return one estimate in words."""
    return {
        "year": str(row.year),
        "per_person": words("income.per_person", yuan=yuan(incomes.per_person(row))),
        "on": row.on_date.isoformat(),
        "method": method_told(row.method),
    }


def facts_of(row: IncomeEstimate) -> list[dict[str, Any]]:
    """Return all of one estimate; that it is one comes first."""
    found, one = incomes.methods().get(row.method), told(row)
    lines = [("income.estimate", words("income.note")), ("income.year", one["year"]), ("income.method", one["method"])]
    if found is not None:
        lines += [("income.counts", found.counts[locale()]), ("income.leaves_out", found.leaves_out[locale()])]
    lines += [("income.on_date", one["on"]), ("income.people", str(row.people))]
    lines += [(f"income.{name}", yuan(getattr(row, f"{name}_fen"))) for name in _KINDS]
    lines.append(("income.each", one["per_person"]))
    return [{"label": words(code), "text": text} for code, text in lines]


def section(household_id: UUID) -> dict[str, Any]:
    """Return the estimates of a household, the newest first, with how each year differs from the one before."""
    found = incomes.of_household(unit.session(), household_id)
    kept = incomes.trend(found)
    before = {after.id: row for row, after in pairwise(kept)}
    rows = []
    for row in reversed(found):
        sums = words("links.between").join(
            words(f"income.sum.{name}", yuan=yuan(getattr(row, f"{name}_fen")))
            for name in _KINDS
            if getattr(row, f"{name}_fen")
        )
        chips = [{"tone": "amber", "text": words("income.estimate")}]
        if row.id in before:
            chips.append(_change(before[row.id], row))
        line = words("income.line", **told(row), people=row.people)
        rows.append(
            {
                "text": words("income.of_year", year=row.year, per_person=told(row)["per_person"]),
                "url": url_for("incomes.ask_mend", record_id=row.id) if _may_mend(row) else None,
                "chips": chips,
                "sub": words("links.between").join((line, sums)),
            }
        )
    return {
        "code": "incomes",
        "title": words("income.title"),
        "nothing": words("income.nothing"),
        "rows": rows,
        "note": words("links.between").join(filter(None, (_trend(found), words("income.note")))),
        "act": act("income.do.enter", url_for("incomes.ask_new", household_id=household_id)),
    }


def _trend(found: Sequence[IncomeEstimate]) -> str:
    grown = incomes.grows(found)
    return "" if grown is None else words("income.grows" if grown else "income.grows_not")


def _may_mend(row: IncomeEstimate) -> bool:
    return row.recorded_by == identity.actor().person_id or identity.actor().roles.isdisjoint({"member"})


def _change(before: IncomeEstimate, row: IncomeEstimate) -> dict[str, str]:
    difference = incomes.per_person(row) - incomes.per_person(before)
    sign = "plus" if difference > 0 else "minus" if difference < 0 else "same"
    return {
        "tone": {"plus": "green", "minus": "red", "same": "grey"}[sign],
        "text": words(f"income.change.{sign}", year=before.year, yuan=yuan(abs(difference))),
    }
