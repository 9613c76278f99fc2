"""What is entered of an estimate of a household's income; how it is reckoned is casework/households/incomes.py."""

from collections.abc import Mapping, Sequence
from typing import Any

from casework.campaign.forms import Change, Field, Form
from casework.campaign.readers import Desk, amount, choice, day, number, prose, record
from casework.core import money, texts
from casework.core.errors import FieldError
from casework.households import incomes
from casework.households.actions import MOST_PEOPLE
from casework.households.tables import Household, IncomeEstimate

# Kinds of income as they are sent, in yuan; each is kept in fen.
SUMS = ("wage", "business_gross", "business_cost", "property", "transfer")


def _mistakes(_desk: Desk, change: Change) -> Sequence[FieldError]:
    values = change.values
    if not any(values.get(f"{name}_fen") for name in SUMS):
        return [FieldError("wage", "income_without_sums")]
    # Before its twelve months have begun nothing can be estimated of a year.
    first, _last = incomes.methods()[values["method"]].span(values["year"])
    return [FieldError("on_date", "before_the_year", {"first": first.isoformat()})] if values["on_date"] < first else []


def _fill(_desk: Desk, change: Change) -> Mapping[str, Any]:
    return {f"{name}_fen": change.values.get(f"{name}_fen") or 0 for name in SUMS}


def _tells(row: IncomeEstimate) -> Mapping[str, Any]:
    sums = {name: money.yuan(getattr(row, f"{name}_fen")) for name in SUMS}
    return {**sums, "per_person": money.yuan(incomes.per_person(row)), "is_official": False}


INCOME = Form(
    "income",
    IncomeEstimate,
    (
        Field("household_id", record(Household, "household"), required=True, fixed=True, points_at=(Household,)),
        Field("on_date", day(), required=True),
        Field("year", number(least=texts.FIRST_YEAR, most=texts.LAST_YEAR), required=True),
        Field("method", choice(*incomes.methods()), required=True),
        Field("people", number(least=1, most=MOST_PEOPLE), required=True),
        *(Field(name, amount, column=f"{name}_fen") for name in SUMS),
        Field("remark", prose(), is_words=True),
    ),
    key=("household_id", "on_date", "year", "method"),
    fill=_fill,
    rules=_mistakes,
    tells=_tells,
)
