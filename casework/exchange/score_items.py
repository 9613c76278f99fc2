"""Columns drawn from the schemes of assessment: two for each item of the score (domain.md §4.2 no. 8)."""

from collections.abc import Mapping, Sequence
from typing import Any

from casework.assessment.definition import DUTY, Item
from casework.assessment.loader import schemes

# The part of a ledger's file that says which columns an item has.
GROUP = "score"


def with_items(rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the columns with those of the items in the place of the row that stands for them."""
    found: list[Mapping[str, Any]] = []
    for row in rows:
        found += _columns(told) if row["key"] == GROUP else [row]
    return found


def key_of(item: str, part: str) -> str:
    """Return the key of a column of an item, such as `households points`."""
    return f"{item} {part}"


def items() -> Mapping[str, Item]:
    """Return the items that make up the score, of all schemes, by their codes; of equal codes the latest."""
    return {code: item for each in schemes().values() for code, item in each.items.items() if item.kind == DUTY}


def _columns(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for code, item in items().items():
        for part in told[GROUP]:
            headings = [item.label["zh"] + ending for ending in (part["heading"], *part.get("aliases", ()))]
            found.append(
                {
                    "key": key_of(code, part["key"]),
                    "heading": headings[0],
                    "aliases": headings[1:],
                    "cell": part["cell"],
                }
            )
    return found
