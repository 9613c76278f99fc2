"""Columns that are drawn from the checklists of the campaigns: a group of them for each item (domain.md §4.2 no. 7).

What an item is called in a heading stands in the ledger's file; an item that has no name there is called by its label,
so a campaign with other checklists has its columns at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from casework.campaign.definition import Checklist, Item
from casework.campaign.loader import campaigns

# The part of a ledger's file that says which columns an item has.
GROUP = "item"
_MANY = "count"


def with_items(rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the columns with those of the items in the place of the row that stands for them."""
    found: list[Mapping[str, Any]] = []
    for row in rows:
        found += _columns(told) if row["key"] == GROUP else [row]
    return found


def key_of(checklist: str, item: str, part: str) -> str:
    """Return the key of a column of an item, such as `five_ones_village year_plan reached_on`."""
    return f"{checklist} {item} {part}"


def lists() -> Mapping[str, Checklist]:
    """Return the checklists of all campaigns by their codes; of two of one code that of the earlier campaign."""
    found: dict[str, Checklist] = {}
    for campaign in campaigns().values():
        for code, each in campaign.checklists.items():
            found.setdefault(code, each)
    return found


def _columns(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for code, checklist in lists().items():
        for item in checklist.items:
            names = [*told["names"].get(code, {}).get(item.code, ()), item.label["zh"]]
            for part in told[GROUP]:
                if part["key"] != _MANY or item.target > 1:
                    yield _column(code, item, names, part)


def _column(checklist: str, item: Item, names: Sequence[str], part: Mapping[str, Any]) -> Mapping[str, Any]:
    headings = [name + ending for name in names for ending in (part["heading"], *part.get("aliases", ()))]
    return {
        "key": key_of(checklist, item.code, part["key"]),
        "heading": headings[0],
        "aliases": headings[1:],
        "cell": part["cell"],
    }
