"""One row of the ledger of project money: four amounts that one sum has reached, and words beside them.

The words (建设内容, 主管部门 …) have no columns of their own in the fund ledger: they stand in the note of the sum's
last line, a heading and a value a line, so that a person reads them and an export finds them again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from casework.core.errors import FieldError, Invalid, invalid
from casework.core.money import FEN_PER_YUAN, yuan
from casework.exchange.column_sets import ColumnSet
from casework.exchange.habits import plain
from casework.exchange.values import says_nothing
from casework.funds.documents import document_key
from casework.funds.sums import Sum
from workflows.ledgers.names import Names

# The columns whose amounts are stages, in their order.
AMOUNTS = ("applied", "approved", "arrived", "disbursed")
# From here on the day is known: it is the 到位日期.
DATED = ("arrived", "disbursed")
NOTED = ("place", "content", "department", "coordinator", "households", "progress")


@dataclass(frozen=True, slots=True)
class FundRow:
    """One row, checked; amounts in fen by stage."""

    project: str
    source: str
    document: str
    amounts: Mapping[str, int]
    on: date | None
    region_code: str
    case: str | None
    words: Mapping[str, str]

    def note(self, columns: ColumnSet) -> str | None:
        """Return the words as the note of a line."""
        separator = columns.data["words"]["separator"]
        lines = [f"{columns.column(key).heading}{separator}{self.words[key]}" for key in NOTED if key in self.words]
        return "\n".join(lines) or None


def key_of(project: str, source: str, document: str) -> str:
    """Return what a sum is known by in a ledger: one document, project and source (domain.md §3d, double counting)."""
    number = "" if says_nothing(document) else document_key(document)
    return "\n".join((plain(project), plain(source), number))


def read_row(
    values: Mapping[str, Any], *, columns: ColumnSet, names: Names, county: str, today: date
) -> tuple[FundRow, list[FieldError]]:
    """Check a row; returns it with what should be looked at in it.

    Raises:
        Invalid: every mistake, by the keys of the columns.
    """
    faults: list[FieldError] = []
    warnings: list[FieldError] = []
    amounts: dict[str, int] = {}
    try:
        amounts = _amounts(values)
    except Invalid as mistake:
        faults += mistake.errors
    if any(stage in amounts for stage in DATED) and values.get("on") is None:
        other = columns.column(next(stage for stage in DATED if stage in amounts)).heading
        faults.append(FieldError("on", "import_needed_with", {"other": other}))
    warnings += _doubtful(amounts, columns)
    if values.get("on") is not None and values["on"] > today:
        faults.append(FieldError("on", "date_ahead", {"today": today.isoformat()}))
    region = county
    if values.get("place") is not None:
        try:
            region = names.place(values["place"], field="place")
        except Invalid:
            warnings.append(FieldError("place", "import_kept_as_words", {"words": values["place"]}))
    if values.get("department") is not None and not names.knows_unit(values["department"]):
        warnings.append(FieldError("department", "import_kept_as_words", {"words": values["department"]}))
    if faults:
        raise Invalid(faults)
    row = FundRow(
        project=values["project"],
        source=values["source"],
        document=values.get("document") or "",
        amounts=amounts,
        on=values.get("on"),
        region_code=region,
        case=values.get("case"),
        words=dict(_words(values, columns)),
    )
    return row, warnings


def _amounts(values: Mapping[str, Any]) -> dict[str, int]:
    amounts = {stage: values[stage] for stage in AMOUNTS if values.get(stage)}
    if values.get("amounts") is not None:
        if len(values["amounts"]) != len(AMOUNTS):
            raise invalid("amounts", "import_amounts_form")
        amounts |= {stage: fen for stage, fen in zip(AMOUNTS, values["amounts"], strict=True) if fen}
    if not amounts:
        raise invalid("applied", "import_no_amount")
    return amounts


def _doubtful(amounts: Mapping[str, int], columns: ColumnSet) -> list[FieldError]:
    """Return a warning at the first amount that is large enough to be of another unit than the heading says."""
    least = columns.data["doubtful_yuan"] * FEN_PER_YUAN
    found = [
        FieldError(stage, "import_amount_doubtful", {"amount": yuan(fen)})
        for stage, fen in amounts.items()
        if fen >= least
    ]
    return found[:1]


def _words(values: Mapping[str, Any], columns: ColumnSet) -> Iterable[tuple[str, str]]:
    several = columns.data["words"]["several"]
    for key in NOTED:
        value = values.get(key)
        if value is not None:
            text = several.join(value) if isinstance(value, list) else str(value)
            yield key, " ".join(text.split())


def row_of(found: Sum, names: Names, *, columns: ColumnSet) -> dict[str, Any]:
    """Return a sum as a row of the ledger: key → value as an export writes it."""
    words = _words_in(found.last.note, columns)
    dated = next((found.lines[stage] for stage in DATED if stage in found.lines), None)
    households = words.get("households", "")
    return {
        **words,
        "place": words.get("place") or names.told(found.last.region_code),
        "households": int(households) if households.isdecimal() else None,
        "project": found.last.project,
        "source": found.last.source,
        "document": found.last.document_no or None,
        "on": None if dated is None else dated.on_date,
        **{stage: found.lines[stage].amount_fen for stage in AMOUNTS if stage in found.lines},
    }


def says_the_same_words(row: FundRow, found: Sum, *, columns: ColumnSet) -> bool:
    """Say whether the words a row gives are those that are kept; what a row leaves empty says nothing."""
    kept = _words_in(found.last.note, columns)
    for key, value in row.words.items():
        if key == "place" and row.region_code == found.last.region_code:
            continue
        if plain(kept.get(key, "")) != plain(value):
            return False
    return True


def _words_in(note: str | None, columns: ColumnSet) -> dict[str, str]:
    separator = columns.data["words"]["separator"]
    headings = {columns.column(key).heading: key for key in NOTED}
    found = {}
    for line in (note or "").splitlines():
        heading, mark, value = line.partition(separator)
        if mark and heading in headings:
            found[headings[heading]] = value
    return found
