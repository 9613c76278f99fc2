"""The search index against the matters it finds: cases by their words, supervised matters by their numbers too."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, exists, select, text

from casework.cases.tables import Case
from casework.keeping.view import View, as_id
from casework.matters import search
from casework.matters.search import SearchEntry
from casework.supervisions.tables import Supervision

_INDEXED = (
    "SELECT e.matter_id, e.folded, e.masked, {tokens}, e.region_code = m.region_code AND e.at = m.{begun}, {told}"
    " FROM search_entries e LEFT JOIN {table} m ON m.id = e.matter_id{join} WHERE e.kind = '{kind}' ORDER BY e.n"
)


def cases(view: View) -> Iterator[str]:
    """Every case is in the search index with its own words, folded and masked, their pairs, its place and instant."""
    yield from _missing(view, Case)
    yield from _wrong(view, "case", table="cases", begun="reported_at", told=("title", "description"))


def supervisions(view: View) -> Iterator[str]:
    """Every supervised matter is there likewise, with its number and that of its slip, once there is one."""
    yield from _missing(view, Supervision)
    told = ("title", "requirement", "number", "slip_number")
    yield from _wrong(view, "supervision", table="supervisions", begun="created_at", told=told)


def _missing(view: View, kind: Any) -> Iterator[str]:
    missing: Select[Any] = select(kind.id).where(~exists().where(SearchEntry.matter_id == kind.id))
    yield from view.ids(missing)


def _wrong(view: View, kind: str, *, table: str, begun: str, told: Sequence[str]) -> Iterator[str]:
    tokens = "tsvector_to_array(e.tokens)" if view.is_postgresql else "f.tokens"
    join = "" if view.is_postgresql else " LEFT JOIN search_fts f ON f.rowid = e.n"
    columns = ", ".join(f"m.{each}" for each in told)
    statement: Any = text(_INDEXED.format(kind=kind, table=table, begun=begun, tokens=tokens, join=join, told=columns))
    for matter_id, folded, masked, stored, stands_there, *parts in view.stream(statement):
        kept = stored if view.is_postgresql or stored is None else stored.split()
        is_folded = parts[0] is not None and folded == search.fold(parts) and masked == search.fold_masked(parts)
        if not is_folded or not stands_there or kept is None or set(kept) != set(search.tokens_of(folded, masked)):
            yield as_id(matter_id)
