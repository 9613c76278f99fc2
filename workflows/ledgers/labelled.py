"""A labelled file: texts with their category, for teaching and judging the model of triage (contract.md "Triage")."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from casework.core.errors import refused
from casework.exchange.sheets import Table, find_tables, read_book

_READ = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_HEADINGS, _URGENCIES = _READ["headings"], _READ["urgencies"]
# A refusal names a column by the first of its names, as contract.md has it.
_WANTED = {names[0]: (*names[1:], key) for key, names in _HEADINGS.items()}


@dataclass(frozen=True, slots=True)
class Labelled:
    """One row: what is told in it, and as the file calls them its category and, if it says so, unit and urgency."""

    title: str
    description: str
    label: str
    org: str = ""
    urgency: str = ""


def read(path: Path) -> Sequence[Labelled]:
    """Read every row that has a text and a category; the others say nothing.

    Raises:
        Refused: the file cannot be read, has no such columns, or not a single such row.
    """
    rows: list[Labelled] = []
    for table in find_tables(read_book(path), _WANTED, required=(_HEADINGS["label"][0],)):
        wanted = [_HEADINGS[key][0] for key in ("title", "description", "words")]
        if not table.columns.keys() & set(wanted):
            raise refused("labelled_text_missing", columns="/".join(wanted))
        rows += _rows(table)
    if not rows:
        raise refused("labelled_file_empty")
    return rows


def _rows(table: Table) -> list[Labelled]:
    made = []
    for record in table.records():
        told = {key: record.values[names[0]] for key, names in _HEADINGS.items()}
        label, description = told["label"].strip(), told["description"].strip() or told["words"].strip()
        if label and (description or told["title"].strip()):
            urgency = _URGENCIES.get(told["urgency"].strip(), told["urgency"].strip())
            made.append(Labelled(told["title"].strip(), description, label, told["org"].strip(), urgency))
    return made
