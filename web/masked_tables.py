"""The masked statistics as a file, and what stands in it: one table for the API and for the page."""

from collections.abc import Sequence
from datetime import date

from flask import Response

from casework.cases.figures import masked
from casework.cases.figures.masked import Count, Names
from casework.cases.figures.scopes import Scope
from casework.exchange import parquet, writer
from casework.exchange.writer import Kind
from web import unit
from web.locales import words
from workflows.registry import registry

FORMATS = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
COLUMNS = (
    *("month", "category", "category_name", "place", "place_name", "unit", "unit_name", "state", "state_name"),
    *("count", "hidden"),
)
NOTES = ("threshold", "together", "months", "persons")
NUMBERS = ("count",)


def meanings() -> dict[str, str]:
    """Return what each column means, in the reader's language."""
    return {name: words(f"statistics.column.{name}") for name in COLUMNS}


def notes() -> list[str]:
    """Return what a reader of the table has to know."""
    return [words(f"statistics.note.{name}", least=masked.LEAST) for name in NOTES]


def file_of(scope: Scope | None, format: str, *, on: date) -> Response:
    """Return the table of a scope (None: of no month at all) to be saved."""
    found = () if scope is None else masked.counts(unit.session(), scope)
    names = masked.names(unit.session(), found)
    rows = [_row(each, names) for each in found]
    content = _parquet(rows) if format == "parquet" else _csv(rows)
    response = Response(content, content_type=FORMATS[format])
    response.headers["Content-Disposition"] = f'attachment; filename="statistics-{on:%Y%m%d}.{format}"'
    return response


def _row(each: Count, names: Names) -> tuple[str | int | None, ...]:
    month, category, place, org, state = each.codes
    states = registry().latest("case").workflow.states
    return (
        month,
        category,
        _several(category, "category") or names.categories.get(category, category),
        place,
        _several(place, "place") or names.places.get(place) or words("place.whole_county"),
        org,
        _several(org, "unit") or names.units.get(org, ""),
        state,
        _several(state, "state") or (states[state].label["zh"] if state in states else state),
        each.n,
        each.hidden,
    )


def _several(code: str, name: str) -> str | None:
    return words(f"statistics.several.{name}") if code == masked.SEVERAL else None


def _csv(rows: Sequence[Sequence[str | int | None]]) -> bytes:
    kinds = [Kind.INTEGER if name in NUMBERS else Kind.IDENTIFIER for name in COLUMNS]
    return writer.csv_bytes(headings=COLUMNS, rows=rows, kinds=kinds)


def _parquet(rows: Sequence[Sequence[str | int | None]]) -> bytes:
    columns = {name: [row[place] for row in rows] for place, name in enumerate(COLUMNS)}
    about = {"notes": "\n".join(notes())}
    return parquet.write(columns, numbers=NUMBERS, meanings=meanings(), about=about)
