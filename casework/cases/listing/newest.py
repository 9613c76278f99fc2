"""A page of the newest hits of words, on PostgreSQL: stretches of days are asked one after another until it is full.

To collect every hit of a common word and then to show the newest fifty takes as long as there are hits: among a million
cases 70 ms for a word that 36,000 of them hold. The index finds those of some days by themselves (matters/days.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    false,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import outerjoin

from casework.cases.listing.collecting import MOST_KEPT, Order, Seeker, at_most
from casework.cases.rows import COLUMNS, with_names
from casework.cases.tables import Case
from casework.core.columns import Id, Instant
from casework.core.driver.questions import Question
from casework.core.ranges import lies_in_any
from casework.matters import days
from casework.matters.search import SearchEntry

# Clocks of several machines differ; what was reported later than tomorrow makes the page be found otherwise.
_AHEAD = timedelta(days=1)
_NUMBERS: Any = literal_column(days.numbers_of("search_entries.at"), postgresql.ARRAY(Integer()))
_STRETCHES: Any = func.string_to_array(bindparam("stretches", type_=Text()), ";", type_=postgresql.ARRAY(Text()))
_BEGIN, _END = (bindparam(name, type_=Instant()) for name in ("begin", "end"))
_AFTER = bindparam("after_key", type_=Instant()), bindparam("after_id", type_=Id())


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before."""

    key: datetime | None
    id: UUID


@dataclass(frozen=True, slots=True)
class Asked:
    """By whom a page is asked for, and how; `goes_on`: it is not the first.

    `beyond`: whether there may be anything to be found beyond the places held.
    """

    seeker: Seeker
    order: Order
    limit: int
    goes_on: bool
    beyond: bool


def is_for(seeker: Seeker, order: Order) -> bool:
    """Say whether a page is found so: newest first, by words alone that the index knows, by who holds places."""
    is_newest_first = order.descending and order.column is Case.reported_at
    return seeker.is_postgresql and seeker.shape.has_pairs and is_newest_first and bool(seeker.sure_in(order))


def values(at: datetime, after: After | None) -> dict[str, Any]:
    """Return the parameters of a page asked for at some time, to be run with those of a `Seeker`."""
    if after is not None and after.key is not None:
        back = days.back_from(after.key)
        return {"stretches": back.told, "begin": back.begin, "after_key": after.key, "after_id": after.id}
    newest = at + _AHEAD
    back = days.back_from(newest)
    return {"stretches": back.told, "begin": back.begin, "end": days.end_of(newest)}


@lru_cache(MOST_KEPT)
def page(asked: Asked) -> Question:
    """Return the question, made once for whoever searches so; ask it with `values`.

    It answers like `collecting.collected`: where something was reported ahead of time, the first column is not 0.
    """
    hits = _hits(asked)
    chosen = _chosen(hits, asked).subquery("chosen")
    # The last of all is one look into an index; for the first that is later, one has been gone through as a whole.
    is_ahead = false() if asked.goes_on else func.max(Case.reported_at) >= _END
    counted = select(cast(func.coalesce(is_ahead, false()), Integer).label("n")).cte("counted")
    found = outerjoin(outerjoin(counted, chosen, true()), Case, Case.id == chosen.c.id)
    statement = select(counted.c.n, null().label("total"), *COLUMNS).select_from(with_names(found))
    return Question(statement.order_by(*asked.order.keys(Case.reported_at, Case.id, (True,))))


def _chosen(hits: Select[Any], asked: Asked) -> Select[Any]:
    """Return the ids of the page: hits of each stretch in turn, as long as those before do not fill it.

    So many of each as fill a page alone, for the newest of a stretch are newer than all of the next.
    """
    most = at_most(asked.limit)
    begun: Any = select(
        literal_column("0", Integer).label("step"),
        cast(literal_column("0"), BigInteger).label("seen"),
        cast(null(), Id()).label("id"),
        cast(null(), Instant()).label("key"),
    ).cte("walk", recursive=True)
    last = select(begun.c.step, begun.c.seen).limit(at_most(1)).subquery("last")
    step = last.c.step + literal_column("1", Integer)
    stretch: Any = cast(_STRETCHES[step], postgresql.ARRAY(Integer()))
    hit = hits.where(_NUMBERS.op("&&")(stretch)).lateral("hit")
    following = (
        select(step, last.c.seen + func.count(hit.c.matter_id).over(), hit.c.matter_id, hit.c.at)
        .select_from(outerjoin(last, hit, true()))
        .where(last.c.seen < most, last.c.step < func.cardinality(_STRETCHES))
    )
    walk = begun.union_all(following)
    is_full = select(func.max(walk.c.seen)).scalar_subquery() >= most
    rest = hits.where(SearchEntry.at < _BEGIN, not_(is_full)).subquery("rest")
    both = union_all(select(walk.c.id, walk.c.key).where(walk.c.id.is_not(None)), select(*rest.c)).subquery("both")
    return select(both.c.id).order_by(*asked.order.keys(both.c.key, both.c.id, (True,))).limit(most)


def _hits(asked: Asked) -> Select[Any]:
    """Return the newest hits that the seeker may know of, wherever they are looked for."""
    id: Any = SearchEntry.matter_id
    key: Any = SearchEntry.at
    known = lies_in_any(SearchEntry.region_code, asked.seeker.sure_in(asked.order))
    if asked.beyond:
        known = or_(known, id.in_(asked.seeker.beyond()))
    where = [SearchEntry.kind == "case", asked.seeker.found(for_any=True), known]
    if asked.goes_on:
        where.append(tuple_(key, id) < tuple_(*_AFTER))
    return select(id, key).where(*where).order_by(*asked.order.keys(key, id, (True,))).limit(at_most(asked.limit))
