"""Which campaign a row of a ledger belongs to, where several run in one county: the column 活动.

While there is one campaign alone no ledger speaks of it: the column is neither written nor needed (domain.md §4.2 has
none). With several it stands at the end of what goes out; a row without it is of the campaign its other cells fit.
"""

from dataclasses import replace
from typing import Any

from casework.campaign.definition import Campaign
from casework.campaign.loader import campaigns
from casework.core.errors import invalid
from casework.exchange.column_sets import ColumnSet
from casework.exchange.habits import plain
from casework.exchange.values import says_nothing

KEY = "campaign"
_LOCALE = "zh"


def written(columns: ColumnSet, county: str) -> ColumnSet:
    """Return the columns of an export: with that of the campaign where there are several to tell apart."""
    here = [each for each in campaigns().values() if county.startswith(each.region_code)]
    if len(here) < 2 or all(column.key != KEY for column in columns.columns):
        return columns
    kept = [replace(column, extra=False) if column.key == KEY else column for column in columns.columns]
    return replace(columns, columns=tuple(kept))


def told(code: str) -> str:
    """Return what a campaign is called in a ledger; one that is known no more by its code."""
    found = campaigns().get(code)
    return code if found is None else str(found.label[_LOCALE])


def named(text: Any) -> Campaign | None:
    """Return the campaign a cell names by its label or code; None for a cell that says nothing.

    Raises:
        Invalid: import_unknown_campaign, or import_campaign_ambiguous when two are called so.
    """
    if text is None or says_nothing(text):
        return None
    said = plain(text)
    by_code = [each for each in campaigns().values() if plain(each.code) == said]
    found = by_code or [
        each for each in campaigns().values() if said in {plain(label) for label in each.label.values()}
    ]
    if not found:
        raise invalid(KEY, "import_unknown_campaign", name=text)
    if len(found) > 1:
        raise invalid(KEY, "import_campaign_ambiguous", codes=", ".join(each.code for each in found))
    return found[0]
