"""Pages of cases: filtered, searched, sorted, in one to three statements whatever the size of the table.

There are two ways to a page. Where few cases come into question (a rare word, a unit's own cases, one handler's), they
are collected first and then sorted. Where many do (a common word, a whole county), the order is walked from its top
and each case is looked at until the page is full. The first way counts while it collects and gives up at a cap, so no
guess of the database's planner decides, and the cost follows the page and not the table (performance.md §5 c, d).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, join, outerjoin

from casework.cases.filters import NO_MOMENT, Filter, open_cases
from casework.cases.rows import COLUMNS, CaseRow, row_of, with_names
from casework.cases.tables import Case, CaseUnit
from casework.cases.under import within
from casework.cases.visibility import Known, ids_of, kept_known, known_to, moment, visible_to
from casework.core import texts
from casework.core.actors import TRIAGE_ROLES, Actor, Grant
from casework.core.columns import Id, Instant
from casework.core.cursors import Value, read_cursor, write_cursor
from casework.core.database import Session
from casework.core.errors import invalid
from casework.core.ids import parse_id
from casework.matters import search
from casework.matters.search import SearchEntry

MOST = 200
SORTS = ("due", "reported", "updated", "-due", "-reported", "-updated")
DEFAULT_SORT = "reported"
# Beyond so many hits a word counts as common. So many cases of a unit or a person are collected before the order is
# walked instead; more of them when each one found has yet to be searched for words.
COMMON = 5_000
FEW, FEW_TO_SEARCH = 2_000, 20_000
# First pages of lists that are kept as statements: some lists a person.
_MOST_KEPT = 512
_WIDE_ROLES = frozenset(TRIAGE_ROLES | {"liaison", "observer", "auditor", "finance"})


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its rows, where the next one begins, and (only when asked) how many there are in all."""

    items: tuple[CaseRow, ...]
    next: str | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class _Order:
    """A sort: its column, its direction, and whether cases without a value follow at the end."""

    column: InstrumentedAttribute[Any]
    descending: bool
    nullable: bool


_ORDERS: Mapping[str, _Order] = {
    "due": _Order(Case.due_at, descending=False, nullable=True),
    "reported": _Order(Case.reported_at, descending=True, nullable=False),
    "updated": _Order(Case.updated_at, descending=True, nullable=False),
    "-due": _Order(Case.due_at, descending=True, nullable=True),
    "-reported": _Order(Case.reported_at, descending=False, nullable=False),
    "-updated": _Order(Case.updated_at, descending=False, nullable=False),
}


def page(
    session: Session,
    actor: Actor,
    *,
    at: datetime,
    filter: Filter,
    sort: str = DEFAULT_SORT,
    limit: int = 50,
    cursor: str | None = None,
    bound_to: object = None,
    count: bool = False,
) -> Page:
    """Return a page of the cases an actor may know of.

    `sort`: `due` soonest first, `reported` and `updated` newest first, each with `-` the other way round. `bound_to`
    names the filter, so that a cursor of another list is refused.

    Raises:
        Invalid: unknown sort, `limit` beyond 200, or a cursor that is not of this list.
    """
    if sort not in _ORDERS:
        raise invalid("sort", "not_a_choice", choices=", ".join(SORTS))
    if not 1 <= limit <= MOST:
        raise invalid("limit", "out_of_range", min=1, max=MOST)
    question = _Question(session, actor, at, filter, _ORDERS[sort], limit + 1)
    after = None if cursor is None else _read_cursor(cursor, sort=sort, bound_to=bound_to)
    rows = question.answer(after)
    total = question.count() if count else None
    if len(rows) <= limit:
        return Page(tuple(rows), None, total)
    last = rows[limit - 1]
    key = getattr(last, _ORDERS[sort].column.key)
    return Page(
        tuple(rows[:limit]),
        write_cursor([None if key is None else key.isoformat(), str(last.id)], bound_to=[sort, bound_to]),
        total,
    )


def ids(session: Session, actor: Actor, *, at: datetime, filter: Filter, most: int) -> Sequence[UUID]:
    """Return the ids of up to `most` cases that fit, newest first."""
    question = _Question(session, actor, at, filter, _ORDERS[DEFAULT_SORT], most)
    return [row.id for row in question.answer(None)]


def select_rows(
    session: Session, *where: ColumnElement[bool], order: Sequence[Any], limit: int = MOST
) -> tuple[CaseRow, ...]:
    """Return the rows of cases under conditions that are selective by themselves and begin with `visible_to`."""
    chosen = select(Case.id).where(*where).order_by(*order).limit(limit).subquery("chosen")
    rows = with_names(join(Case, chosen, Case.id == chosen.c.id))
    statement = select(*COLUMNS).select_from(rows).order_by(*order)
    return tuple(row_of(row) for row in session.execute(statement))


@dataclass(frozen=True, slots=True)
class _After:
    """The last row of the page before."""

    key: datetime | None
    id: UUID


@dataclass(frozen=True, slots=True)
class _Way:
    """Cases that may be collected (their ids, repeated or not), if no more than `cap` come by the `gate`.

    Without a gate of its own, the candidates themselves are counted.
    """

    candidates: Select[Any]
    cap: int
    gate: Select[Any] | None = None
    is_search: bool = False


@dataclass(frozen=True, slots=True)
class _Question:
    session: Session
    actor: Actor
    at: datetime
    filter: Filter
    order: _Order
    limit: int

    def answer(self, after: _After | None) -> list[CaseRow]:
        """Return up to `limit` rows that come after a row."""
        parts = self._parts(after)
        for way in self._ways():
            found = self._collect(way, after, parts)
            if found is not None:
                return found
        rows: list[CaseRow] = []
        for part in parts:
            if len(rows) < self.limit:
                rows += self._one_part(after, dated=part)[: self.limit - len(rows)]
        return rows

    def _one_part(self, after: _After | None, *, dated: bool) -> list[CaseRow]:
        """Return the rows of one part: where all of them are open, out of the open ones if these are few."""
        if self.order.nullable and dated and not self.filter.open and self.filter.q is None:
            way = self._own(only_open=True)
            found = None if way is None else self._collect(way, after, (dated,))
            if found is not None:
                return found
        return self._walk(after, dated=dated)

    def _parts(self, after: _After | None) -> tuple[bool, ...]:
        """Return what is still to come: cases with a value to sort by (True), then those without."""
        if not self.order.nullable:
            return (True,)
        return (False,) if after is not None and after.key is None else (True, False)

    def count(self) -> int:
        """Count everything that fits."""
        where = [visible_to(self.actor, at=self.at), *self.filter.conditions(at=self.at)]
        if self.filter.q is not None:
            where.append(Case.id.in_(_hits(self.session, self.filter.q)))
        return self.session.scalar(select(func.count()).select_from(Case).where(*where)) or 0

    def _ways(self) -> list[_Way]:
        """Return what may be collected first, most promising first."""
        q, wanted = self.filter.q, self.filter
        ways: list[_Way] = []
        if q is not None and search.is_selective(q):
            ways.append(_Way(_hits(self.session, q), COMMON, is_search=True))
        # What ended years ago is not gone through for a list of what is open.
        own = self._own(only_open=bool(wanted.open))
        if own is not None:
            ways.append(own)
        elif q is not None and self._regions:
            # Counted from the index alone: only a small place is collected.
            gate = select(Case.region_code).where(within(self._regions))
            ways.append(_Way(self._known(only_open=False), FEW_TO_SEARCH, gate=gate))
        return ways

    @property
    def _regions(self) -> Sequence[str]:
        return self.actor.regions(_WIDE_ROLES)

    def _own(self, *, only_open: bool) -> _Way | None:
        """Return what one person or unit has, where a page is out of that; None: it is out of a whole place."""
        wanted, cap = self.filter, FEW if self.filter.q is None else FEW_TO_SEARCH
        still = (open_cases(),) if only_open else ()
        if wanted.assignee is not None:
            return _Way(select(Case.id).where(Case.assignee_id == wanted.assignee, *still), cap)
        if wanted.org is not None:
            return _Way(_taken_part_in(wanted.org, *still), cap)
        if self._regions or self.actor.is_system:
            return None
        return _Way(self._known(only_open=only_open), cap)

    def _known(self, *, only_open: bool) -> Select[Any]:
        """Return the ids of what the actor may know of, each relation by its own index."""
        known = union_all(*ids_of(self.actor, at=self.at, only_open=only_open)).subquery("known")
        return select(known.c[0].label("id"))

    def _where(self) -> list[ColumnElement[bool]]:
        return [visible_to(self.actor, at=self.at), *self.filter.conditions(at=self.at)]

    def _part(self, after: _After | None, *, dated: bool) -> list[ColumnElement[bool]]:
        """Return the conditions of one part, from a row on if that is one of it."""
        column = self.order.column
        where: list[ColumnElement[bool]] = []
        if self.order.nullable:
            where.append(column.is_not(None) if dated else column.is_(None))
        if self.order.nullable and dated and self.filter.open is None:
            # A clock that runs makes a case open; saying so lets the index of open cases serve.
            where.append(open_cases())
        if after is None or (after.key is not None) != dated:
            return where
        if not dated:
            return [*where, Case.id < after.id]
        here, there = tuple_(column, Case.id), tuple_(literal(after.key, Instant()), literal(after.id, Id()))
        return [*where, here < there if self.order.descending else here > there]

    def _sorted(self, *, dated: bool) -> tuple[Any, ...]:
        column = self.order.column
        if not dated:
            # Of open ones the index of what is due has these at its end, in this order; of all the newest are many.
            return (column.desc(), Case.id.desc()) if self.filter.open else (Case.id.desc(),)
        return (column.desc(), Case.id.desc()) if self.order.descending else (column, Case.id)

    def _sorted_as_one(self, parts: Sequence[bool]) -> tuple[Any, ...]:
        """Return the order of two parts in one list: the dated ones first, each part in its own."""
        if len(parts) == 1:
            return self._sorted(dated=parts[0])
        column, dated_id = self.order.column, case((self.order.column.is_not(None), Case.id))
        if self.order.descending:
            return (column.is_(None), column.desc(), Case.id.desc())
        return (column.is_(None), column, dated_id, Case.id.desc())

    def _walk(self, after: _After | None, *, dated: bool) -> list[CaseRow]:
        if after is None and self.filter.stands_still:
            begin = _beginning(
                self.actor.person_id, self.actor.grants, self.filter, self.order, limit=self.limit, dated=dated
            )
            return [row_of(row) for row in self.session.execute(begin, moment(self.at))]
        known = known_to(self.actor, at=self.at)
        begin = self._walking(known, self.filter.conditions(at=self.at), after, dated=dated)
        return [row_of(row) for row in self.session.execute(begin)]

    def _walking(
        self, known: Known, conditions: Sequence[ColumnElement[bool]], after: _After | None, *, dated: bool
    ) -> Select[Any]:
        where = [*conditions, *self._part(after, dated=dated)]
        if self.filter.q is not None:
            where += _holds(self.filter.q)
        order = self._sorted(dated=dated)
        if known.here is not None and known.beyond is not None:
            first = self._first_of_each(known.here, known, where, dated=dated)
        else:
            seen = known.beyond if known.here is None else known.here
            first = select(Case.id).where(false() if seen is None else seen, *where).order_by(*order)
        chosen = first.limit(self.limit).subquery("chosen")
        rows = with_names(join(Case, chosen, Case.id == chosen.c.id))
        return select(*COLUMNS).select_from(rows).order_by(*order)

    def _first_of_each(
        self, here: ColumnElement[bool], known: Known, where: Sequence[ColumnElement[bool]], *, dated: bool
    ) -> Select[Any]:
        """Return, in their order, the first of what is known here with the first of what is known beyond."""
        order, still = self._sorted(dated=dated), (open_cases(),) if self.filter.open else ()
        each = [
            select(Case.id, self.order.column.label("key")).where(seen, *where).order_by(*order).limit(self.limit)
            for seen in (here, Case.id.in_(known.beyond_ids(*still)))
        ]
        # SQLite takes an order and a limit in a part of a union only inside a query of its own.
        both = union_all(*(select(*part.subquery().c) for part in each)).subquery("both")
        if not dated:
            return select(both.c.id).order_by(both.c.id.desc())
        turned = (each.desc() if self.order.descending else each for each in (both.c.key, both.c.id))
        return select(both.c.id).order_by(*turned)

    def _collect(self, way: _Way, after: _After | None, parts: Sequence[bool]) -> list[CaseRow] | None:
        """Return the page out of a few candidates; None when they are more than the way's cap."""
        few = way.candidates.limit(way.cap + 1).cte("few").prefix_with("MATERIALIZED")
        gate = few if way.gate is None else way.gate.limit(way.cap + 1).subquery("gate")
        counted = select(func.count().label("n")).select_from(gate).cte("counted")
        once = select(few.c[0].label("id")).distinct().subquery("once")
        where = [*self._where(), or_(*(and_(true(), *self._part(after, dated=part)) for part in parts))]
        if self.filter.q is not None and not way.is_search:
            where += _holds(self.filter.q)
        order = self._sorted_as_one(parts)
        chosen = (
            select(Case.id)
            .join(once, Case.id == once.c.id)
            .where(select(counted.c.n).scalar_subquery() <= way.cap, *where)
            .order_by(*order)
            .limit(self.limit)
            .subquery("chosen")
        )
        page = outerjoin(outerjoin(counted, chosen, true()), Case, Case.id == chosen.c.id)
        statement = select(counted.c.n, *COLUMNS).select_from(with_names(page)).order_by(*order)
        rows = self.session.execute(statement).all()
        if rows[0][0] > way.cap:
            return None
        return [row_of(row[1:]) for row in rows if row[1] is not None]


@lru_cache(_MOST_KEPT)
def _beginning(
    person_id: UUID | None, grants: tuple[Grant, ...], filter: Filter, order: _Order, *, limit: int, dated: bool
) -> Select[Any]:
    """Return the first page of a list as a statement that is made once for whoever asks for it so; run with `moment`.

    The same few lists are opened all day, and to make their statement anew takes as long as to draw their rows.
    """
    nothing: Any = None
    question = _Question(nothing, Actor(person_id, "", grants), nothing, filter, order, limit)
    return question._walking(kept_known(person_id, grants), filter.conditions(at=NO_MOMENT), None, dated=dated)


def _hits(session: Session, words: str) -> Select[Any]:
    return select(SearchEntry.matter_id).where(SearchEntry.kind == "case", search.matches(session, words))


def _taken_part_in(org_id: UUID, *still: ColumnElement[bool]) -> Select[Any]:
    """Return the ids of what a unit handles or helps with."""
    of_org = CaseUnit.org_id == org_id
    if not still:
        return select(CaseUnit.case_id).where(of_org, CaseUnit.part.in_(("lead", "co")))
    helped = (
        select(CaseUnit.case_id).join(Case, Case.id == CaseUnit.case_id).where(of_org, CaseUnit.part == "co", *still)
    )
    both = union_all(select(Case.id).where(Case.lead_org_id == org_id, *still), helped).subquery("both")
    return select(both.c[0].label("id"))


def _holds(words: str) -> list[ColumnElement[bool]]:
    """Return the conditions that a case's text holds every word, asked of one case at a time.

    An EXISTS would be turned into a join of everything; and a LIKE would let the planner believe that next to nothing
    fits, so that it would gather and sort all there is instead of stopping when the page is full.
    """
    own = select(SearchEntry.folded).where(SearchEntry.matter_id == Case.id).correlate(Case).scalar_subquery()
    return [func.replace(own, word, "") != own for word in texts.search_key(words).split()]


def _read_cursor(text: str, *, sort: str, bound_to: object) -> _After:
    values: Sequence[Value] = read_cursor(text, bound_to=[sort, bound_to], count=2)
    key, row_id = values
    case_id = parse_id(row_id) if isinstance(row_id, str) else None
    try:
        at = None if key is None else datetime.fromisoformat(str(key))
    except ValueError:
        raise invalid("cursor", "cursor_unreadable") from None
    if case_id is None or (at is not None and at.tzinfo is None):
        raise invalid("cursor", "cursor_unreadable")
    return _After(at, case_id)
