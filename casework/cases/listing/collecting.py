"""A page out of few cases: they are collected first, and one statement says how many come into question, how many of
them fit, and which of those the page shows. How it is chosen what to collect: lists.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    case,
    func,
    literal,
    literal_column,
    not_,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, outerjoin

from casework.cases.filters import NO_MOMENT, Filter, open_cases
from casework.cases.listing.plainly import read_plainly
from casework.cases.rows import COLUMNS, with_names
from casework.cases.tables import Case
from casework.cases.visibility import kept_condition, kept_known, regions_seen
from casework.core.actors import Actor, Grant
from casework.core.driver.questions import Question
from casework.core.ranges import lies_in_any
from casework.matters import search
from casework.matters.search import SearchEntry

# Statements that are kept: some lists a person.
MOST_KEPT = 512


@dataclass(frozen=True, slots=True)
class Order:
    """A sort: its column, its direction, and whether cases without a value follow at the end."""

    column: InstrumentedAttribute[Any]
    descending: bool
    nullable: bool

    def keys(self, column: Any, id: Any, parts: Sequence[bool]) -> tuple[Any, ...]:
        """Return what to sort by: the cases with a value (part True), those without, or both in one list, each part in
        its own order.
        """
        if tuple(parts) == (False,):
            return (id.desc(),)
        if len(parts) == 1:
            return (column.desc(), id.desc()) if self.descending else (column, id)
        if self.descending:
            return (column.is_(None), column.desc(), id.desc())
        return (column.is_(None), column, case((column.is_not(None), id)), id.desc())


@dataclass(frozen=True, slots=True)
class Way:
    """Cases that may be collected (their ids, repeated or not), if no more than `cap` come by the `gate`.

    Without a gate of its own, the candidates themselves are counted. `sure_in`: places (prefixes) of which every
    candidate fits as it is, by what its own row says (`hits`); of the others those fit that are among `beyond`.
    """

    candidates: Select[Any]
    cap: int
    gate: Select[Any] | None = None
    is_search: bool = False
    sure_in: tuple[str, ...] = ()
    beyond: Select[Any] | None = None


def at_most(n: int) -> ColumnElement[int]:
    """Return a limit that stands in the statement: a plan that is kept would else be made for any number of rows, seem
    dear for that, and so be made anew at each asking, which takes longer than the asking.
    """
    return literal_column(str(n), Integer)


# Conditions on the cases collected, given their columns for what they are sorted by and for their ids.
After = Callable[[Any, Any], ColumnElement[bool]]


def hits(condition: ColumnElement[bool]) -> Select[Any]:
    """Return what is known of the cases found by words without a look at them."""
    columns: Sequence[Any] = (SearchEntry.matter_id, SearchEntry.region_code, SearchEntry.at)
    return select(*columns).where(SearchEntry.kind == "case", condition)


def collected(
    way: Way,
    *,
    where: Sequence[ColumnElement[bool]],
    order: Order,
    parts: Sequence[bool],
    after: After,
    limit: int,
    count: bool,
) -> Select[Any]:
    """Return the statement: how many come into question, how many of them fit (if `count`), then `COLUMNS`.

    It always gives a row. Where more come into question than the way's cap, nothing else in it means anything.
    """
    few = way.candidates.limit(way.cap + 1).cte("few").prefix_with("MATERIALIZED")
    gate = few if way.gate is None else way.gate.limit(way.cap + 1).subquery("gate")
    counted = select(func.count().label("n")).select_from(gate).cte("counted")
    is_few = select(counted.c.n).scalar_subquery() <= way.cap
    fits = _fitting(way, few, [is_few, *where], order)
    chosen = (
        select(fits.c.id)
        .where(after(fits.c.key, fits.c.id))
        .order_by(*order.keys(fits.c.key, fits.c.id, parts))
        .limit(limit)
        .subquery("chosen")
    )
    total: Any = select(func.count()).select_from(fits).scalar_subquery() if count else null()
    page = outerjoin(outerjoin(counted, chosen, true()), Case, Case.id == chosen.c.id)
    statement = select(counted.c.n, total.label("total"), *COLUMNS).select_from(with_names(page))
    return statement.order_by(*order.keys(order.column, Case.id, parts))


def _fitting(way: Way, few: CTE, where: Sequence[ColumnElement[bool]], order: Order) -> CTE:
    once: Any = few
    if not way.is_search:
        once = select(few.c[0].label("id")).distinct().subquery("once")
    looked_up = select(Case.id.label("id"), order.column.label("key")).join(once, Case.id == once.c[0])
    if not way.sure_in:
        return looked_up.where(*where).cte("fits")
    is_few, here = where[0], lies_in_any(few.c.region_code, way.sure_in)
    found = select(few.c.matter_id.label("id"), few.c.at.label("key")).where(is_few)
    if "" in way.sure_in or way.beyond is None:
        return found.where(here).cte("fits")
    # Hits of other counties are many, and what somebody knows of there is little: it is found by who, not hit by hit.
    return union_all(found.where(here), found.where(not_(here), few.c.matter_id.in_(way.beyond))).cte("fits")


def sure_places(actor: Actor, filter: Filter, order: Order | None) -> tuple[str, ...]:
    """Return the places in which a hit fits and is sorted by what the hit itself says; `order` None: it is counted."""
    is_plain = not replace(filter, q=None).conditions(at=NO_MOMENT)
    is_sorted = order is None or order.column is Case.reported_at
    return regions_seen(actor) if is_plain and is_sorted else ()


@dataclass(frozen=True, slots=True)
class Seeker:
    """Who searches for what, but for the words themselves and the instant."""

    person_id: UUID | None
    grants: tuple[Grant, ...]
    # Without its words.
    filter: Filter
    shape: search.Shape
    is_postgresql: bool

    def where(self) -> list[ColumnElement[bool]]:
        """Return the conditions on `Case`, to be run with `visibility.moment`."""
        return [kept_condition(self.person_id, self.grants), *self.filter.conditions(at=NO_MOMENT)]

    def hits(self) -> Select[Any]:
        """Return what the words hit, to be run with `Sought.values`."""
        return hits(self.found())

    def found(self, *, for_any: bool = False) -> ColumnElement[bool]:
        """Return the condition on `SearchEntry` that the words stand in what the seeker sees of a case."""
        plainly, engine = read_plainly(self._actor), {"is_postgresql": self.is_postgresql}
        return search.condition_of(self.shape, plainly=plainly, for_any=for_any, **engine)

    def beyond(self) -> Select[Any]:
        """Return the ids of what the seeker may know of beyond the places held, to be run with `visibility.moment`."""
        return kept_known(self.person_id, self.grants).beyond_ids()

    def sure_in(self, order: Order | None) -> tuple[str, ...]:
        """Return `sure_places` of this seeker."""
        return sure_places(self._actor, self.filter, order)

    @property
    def _actor(self) -> Actor:
        return Actor(self.person_id, "", self.grants)


@lru_cache(MOST_KEPT)
def first_found(seeker: Seeker, order: Order, *, limit: int, cap: int, count: bool) -> Question:
    """Return the first page of what words hit as a question that is made once for whoever searches so.

    To make it anew takes as long as to find and draw its rows.
    """
    sure_in = seeker.sure_in(order)
    way = Way(seeker.hits(), cap, is_search=True, sure_in=sure_in, beyond=seeker.beyond() if sure_in else None)
    parts = (True, False) if order.nullable else (True,)
    page = collected(
        way,
        where=seeker.where(),
        order=order,
        parts=parts,
        after=lambda _key, _id: true(),
        limit=limit,
        count=count,
    )
    return Question(page)


@lru_cache(MOST_KEPT)
def how_many(seeker: Seeker) -> Question:
    """Return the question that counts all that words hit and the seeker may know of, kept likewise."""
    sure_in, where = seeker.sure_in(None), seeker.where()
    found = seeker.found()
    if not sure_in:
        return Question(hit_count(found, *where))
    hit = select(func.count()).select_from(SearchEntry).where(SearchEntry.kind == "case", found)
    here = lies_in_any(SearchEntry.region_code, sure_in)
    beyond = hit.where(not_(here), SearchEntry.matter_id.in_(seeker.beyond()))
    others = literal(0) if "" in sure_in else beyond.scalar_subquery()
    return Question(select(hit.where(here).scalar_subquery() + others))


def hit_count(*where: ColumnElement[bool]) -> Select[Any]:
    """Return the statement that counts hits, by conditions on `SearchEntry` and `Case`."""
    joined = select(func.count()).select_from(SearchEntry).join(Case, Case.id == SearchEntry.matter_id)
    return joined.where(SearchEntry.kind == "case", *where)


@lru_cache(MOST_KEPT)
def anything_beyond(person_id: UUID | None, grants: tuple[Grant, ...], *, only_open: bool) -> Question | None:
    """Return the question whether anything is known beyond the places held; None: it is not beside what is known there.

    Nearly always nothing is, and a statement that looks for it all the same is one that PostgreSQL plans anew at each
    asking, which takes longer than the list: anybody, it expects, may have reported thousands.
    """
    known = kept_known(person_id, grants)
    if known.here is None or known.beyond is None:
        return None
    still = (open_cases(),) if only_open else ()
    # Found as a whole: for the first of some PostgreSQL would walk through all there is, and expect to meet it soon.
    return Question(known.beyond_ids(*still).limit(at_most(1)))
