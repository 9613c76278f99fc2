"""How many cases each of several filters lists: the numbers beside saved filters and rooms, in one statement.

Each count of a place stops at a cap, so that its cost follows what is shown ("999+") and not the size of the table.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, true, union_all

from casework.cases.filters import Filter
from casework.cases.listing.plainly import read_plainly
from casework.cases.tables import Case
from casework.cases.visibility import Known, ids_of, known_to, visible_to
from casework.core.actors import Actor
from casework.core.database import Session
from casework.matters import search
from casework.matters.search import SearchEntry

MOST = 1_000


def count(
    session: Session, actor: Actor, filters: Mapping[str, Filter], *, at: datetime, most: int = MOST
) -> Mapping[str, int]:
    """Count, up to `most`, what each filter lists for an actor; asks nothing when there is no filter."""
    if not filters:
        return {}
    # A room, a head of the list and a kept filter may ask for the same: it is counted once.
    of_each = {filter: name for name, filter in filters.items()}
    found = _counted(session, actor, {of_each[filter]: filter for filter in filters.values()}, at=at, most=most)
    return {name: found[of_each[filter]] for name, filter in filters.items()}


def _counted(
    session: Session, actor: Actor, filters: Mapping[str, Filter], *, at: datetime, most: int
) -> Mapping[str, int]:
    asked = {name: _conditions(session, actor, filter, at=at) for name, filter in filters.items()}
    known = known_to(actor, at=at)
    if known.here is not None:
        counted = _of_places(known.here, known, asked, most)
    else:
        # What a person or unit has open is few and gone through once, of whatever county it is.
        still = [name for name, filter in filters.items() if filter.open]
        own = union_all(*ids_of(actor, at=at, only_open=True)).cte("own").prefix_with("MATERIALIZED") if still else None
        together = None if own is None else _together(select(own.c[0]), {name: asked[name] for name in still})
        alone = {name: _few([visible_to(actor, at=at), *asked[name]], most) for name in filters if name not in still}
        counted = _row(alone, together)
    row = session.execute(counted).mappings().one()
    return {name: min(int(row[name]), most) for name in filters}


def _conditions(session: Session, actor: Actor, filter: Filter, *, at: datetime) -> Sequence[ColumnElement[bool]]:
    where = filter.conditions(at=at)
    if filter.q is not None:
        found = search.matches(session, filter.q, plainly=read_plainly(actor))
        hits = select(SearchEntry.matter_id).where(SearchEntry.kind == "case", found)
        where.append(Case.id.in_(hits))
    return where


def _few(where: Sequence[ColumnElement[bool]], most: int) -> Any:
    few = select(literal(1)).select_from(Case).where(*where).limit(most).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def _together(ids: Select[Any], asked: Mapping[str, Sequence[ColumnElement[bool]]]) -> Any:
    """Return every count of a few cases, gone through once."""
    counts = [func.count().filter(and_(true(), *where)).label(name) for name, where in asked.items()]
    return select(*counts).select_from(Case).where(Case.id.in_(ids)).subquery("together")


def _of_places(
    here: ColumnElement[bool], known: Known, asked: Mapping[str, Sequence[ColumnElement[bool]]], most: int
) -> Select[Any]:
    alone = {name: _few([here, *where], most) for name, where in asked.items()}
    if known.beyond is None:
        return _row(alone, None)
    together = _together(known.beyond_ids(), asked)
    return select(*((each + together.c[name]).label(name) for name, each in alone.items())).select_from(together)


def _row(alone: Mapping[str, Any], together: Any) -> Select[Any]:
    columns = [each.label(name) for name, each in alone.items()]
    return select(*columns) if together is None else select(*columns, *together.c).select_from(together)
