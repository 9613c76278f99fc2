"""Pages of cases: filtered, searched, sorted, in one to three statements whatever the size of the table.

There are two ways to a page. Where few cases come into question (a rare word, a unit's own cases, one handler's), they
are collected first and then sorted. Where many do (a common word, a whole county), the order is walked from its top
and each case is looked at until the page is full. The first way counts while it collects and gives up at a cap, so no
guess of the database's planner decides, and the cost follows the page and not the table (performance.md §5 c, d).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select, true, tuple_, union_all
from sqlalchemy.orm import join

from casework.cases.filters import EVERYTHING, NO_MOMENT, Filter, open_cases
from casework.cases.listing import collecting, newest
from casework.cases.listing.collecting import MOST_KEPT, Order, Seeker, Way, collected, first_found, hits
from casework.cases.listing.newest import After
from casework.cases.listing.plainly import read_plainly
from casework.cases.rows import COLUMNS, CaseRow, row_of, with_names
from casework.cases.tables import Case, CaseUnit
from casework.cases.under import within
from casework.cases.visibility import Known, ids_of, kept_known, known_to, moment, visible_to
from casework.core import texts
from casework.core.actors import TRIAGE_ROLES, Actor, Grant
from casework.core.columns import Id, Instant
from casework.core.cursors import Value, read_cursor, write_cursor
from casework.core.database import Session
from casework.core.driver.questions import Question
from casework.core.errors import invalid
from casework.core.ids import parse_id
from casework.matters import search
from casework.matters.search import SearchEntry

MOST = 200
SORTS = ("due", "reported", "updated", "-due", "-reported", "-updated")
DEFAULT_SORT = "reported"
# Beyond so many hits a word counts as common, and the order is walked until the page is full. To collect 40,000 takes
# 60 ms; to walk is quicker where every tenth case has the word, and far slower where not, for words come in seasons.
COMMON = 40_000
# So many cases of a unit or a person are collected before the order is walked instead; more of them when each one found
# has yet to be searched for words.
FEW, FEW_TO_SEARCH = 2_000, 20_000
_WIDE_ROLES = frozenset(TRIAGE_ROLES | {"liaison", "observer", "auditor", "finance"})


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its rows, where the next one begins, and (only when asked) how many there are in all."""

    items: tuple[CaseRow, ...]
    next: str | None
    total: int | None = None


_ORDERS: Mapping[str, Order] = {
    "due": Order(Case.due_at, descending=False, nullable=True),
    "reported": Order(Case.reported_at, descending=True, nullable=False),
    "updated": Order(Case.updated_at, descending=True, nullable=False),
    "-due": Order(Case.due_at, descending=True, nullable=True),
    "-reported": Order(Case.reported_at, descending=False, nullable=False),
    "-updated": Order(Case.updated_at, descending=False, nullable=False),
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
    rows, total = question.answer(after, count=count)
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
    return [row.id for row in question.answer(None, count=False)[0]]


def select_rows(
    session: Session, *where: ColumnElement[bool], order: Sequence[Any], limit: int = MOST, first: int = 0
) -> tuple[CaseRow, ...]:
    """Return the rows of cases under conditions that are selective by themselves and begin with `visible_to`;
    `first`: so many are passed over.
    """
    asked = select(Case.id).where(*where).order_by(*order).limit(limit)
    chosen = (asked.offset(first) if first else asked).subquery("chosen")
    rows = with_names(join(Case, chosen, Case.id == chosen.c.id))
    statement = select(*COLUMNS).select_from(rows).order_by(*order)
    return tuple(row_of(row) for row in session.execute(statement))


@dataclass(frozen=True)
class _Question:
    session: Session
    actor: Actor
    at: datetime
    filter: Filter
    order: Order
    limit: int

    def answer(self, after: After | None, *, count: bool) -> tuple[list[CaseRow], int | None]:
        """Return up to `limit` rows that come after a row, and if asked for, how many cases fit in all."""
        parts = self._parts(after)
        for cap, statement, values in self._collections(after, parts, count=count):
            found: Sequence[Any]
            if isinstance(statement, Question):
                found = self.session.ask(statement, values)
            else:
                found = self.session.execute(statement, values).all()
            if found[0][0] <= cap:
                return [row_of(row[2:]) for row in found if row[2] is not None], found[0][1]
        rows: list[CaseRow] = []
        for part in parts:
            if len(rows) < self.limit:
                rows += self._one_part(after, dated=part)[: self.limit - len(rows)]
        return rows, self._count() if count else None

    def _one_part(self, after: After | None, *, dated: bool) -> list[CaseRow]:
        """Return the rows of one part: where all of them are open, out of the open ones if these are few."""
        if self.order.nullable and dated and not self.filter.open and self.filter.q is None:
            way = self._own(only_open=True)
            if way is not None:
                found = self.session.execute(self._collecting(way, after, (dated,), count=False)).all()
                if found[0][0] <= way.cap:
                    return [row_of(row[2:]) for row in found if row[2] is not None]
        return self._walk(after, dated=dated)

    def _parts(self, after: After | None) -> tuple[bool, ...]:
        """Return what is still to come: cases with a value to sort by (True), then those without."""
        if not self.order.nullable:
            return (True,)
        return (False,) if after is not None and after.key is None else (True, False)

    def _count(self) -> int:
        if self.filter.q is None:
            return self.session.scalar(select(func.count()).select_from(Case).where(*self._where())) or 0
        seeker, values = self._seeker(self.filter.q)
        if seeker is not None:
            return int(self.session.ask(collecting.how_many(seeker), values)[0][0] or 0)
        found = search.matches(self.session, self.filter.q, plainly=read_plainly(self.actor))
        return self.session.scalar(collecting.hit_count(found, *self._where())) or 0

    def _seeker(self, q: str) -> tuple[Seeker | None, dict[str, Any]]:
        """Return who searches for what as kept statements take it, with their parameters; None: they cannot be kept."""
        filter = replace(self.filter, q=None)
        if not filter.stands_still:
            return None, {}
        asked, is_postgresql = search.sought(q), self.session.get_bind().dialect.name == "postgresql"
        values = moment(self.at) | asked.values(is_postgresql=is_postgresql)
        return Seeker(self.actor.person_id, self.actor.grants, filter, asked.shape, is_postgresql), values

    def _collections(
        self, after: After | None, parts: Sequence[bool], *, count: bool
    ) -> Iterator[tuple[int, Select[Any] | Question, dict[str, Any]]]:
        """Give what may be collected first, most promising first: up to how many, by what statement and parameters."""
        q = self.filter.q
        if q is not None and search.is_selective(q):
            seeker, values = self._seeker(q)
            if seeker is not None and not count and newest.is_for(seeker, self.order):
                goes_on = after is not None and after.key is not None
                asked = newest.Asked(seeker, self.order, self.limit, goes_on, self._is_any_beyond())
                yield 0, newest.page(asked), values | newest.values(self.at, after)
            if after is None and seeker is not None:
                yield COMMON, first_found(seeker, self.order, limit=self.limit, cap=COMMON, count=count), values
            else:
                found, sure_in = (
                    hits(search.matches(self.session, q, plainly=read_plainly(self.actor))),
                    collecting.sure_places(self.actor, self.filter, self.order),
                )
                beyond = known_to(self.actor, at=self.at).beyond_ids() if sure_in else None
                way = Way(found, COMMON, is_search=True, sure_in=sure_in, beyond=beyond)
                yield COMMON, self._collecting(way, after, parts, count=count), {}
        for way in self._ways():
            yield way.cap, self._collecting(way, after, parts, count=count), {}

    def _ways(self) -> Iterator[Way]:
        """Give what may be collected by what is asked for beside words, or by who is asking."""
        # What ended years ago is not gone through for a list of what is open.
        own = self._own(only_open=bool(self.filter.open))
        if own is not None:
            yield own
        elif self.filter.q is not None and self._regions:
            # Counted from the index alone: only a small place is collected.
            gate = select(Case.region_code).where(within(self._regions))
            yield Way(self._known(only_open=False), FEW_TO_SEARCH, gate=gate)

    @property
    def _regions(self) -> Sequence[str]:
        return self.actor.regions(_WIDE_ROLES)

    def _own(self, *, only_open: bool) -> Way | None:
        """Return what one person or unit has, where a page is out of that; None: it is out of a whole place."""
        wanted, cap = self.filter, FEW if self.filter.q is None else FEW_TO_SEARCH
        still = (open_cases(),) if only_open else ()
        if wanted.assignee is not None:
            return Way(select(Case.id).where(Case.assignee_id == wanted.assignee, *still), cap)
        if wanted.org is not None:
            return Way(_taken_part_in(wanted.org, *still), cap)
        if self._regions or self.actor.is_system:
            return None
        return Way(self._known(only_open=only_open), cap)

    def _known(self, *, only_open: bool) -> Select[Any]:
        """Return the ids of what the actor may know of, each relation by its own index."""
        known = union_all(*ids_of(self.actor, at=self.at, only_open=only_open)).subquery("known")
        return select(known.c[0].label("id"))

    def _where(self) -> list[ColumnElement[bool]]:
        return [visible_to(self.actor, at=self.at), *self.filter.conditions(at=self.at)]

    def _part(self, key: Any, id: Any, after: After | None, *, dated: bool) -> list[ColumnElement[bool]]:
        """Return the conditions of one part, from a row on if that is one of it, given the columns of sort and id."""
        where: list[ColumnElement[bool]] = []
        if self.order.nullable:
            where.append(key.is_not(None) if dated else key.is_(None))
        if after is None or (after.key is not None) != dated:
            return where
        if not dated:
            return [*where, id < after.id]
        here, there = tuple_(key, id), tuple_(literal(after.key, Instant()), literal(after.id, Id()))
        return [*where, here < there if self.order.descending else here > there]

    def _walk(self, after: After | None, *, dated: bool) -> list[CaseRow]:
        if after is None and self.filter.stands_still:
            who, values = (self.actor.person_id, self.actor.grants), moment(self.at)
            how: dict[str, Any] = {"limit": self.limit, "dated": dated, "beyond": self._may_be_beyond}
            begin = _beginning(*who, self.filter, self.order, **how)
            return [row_of(row) for row in self.session.ask(begin, values)]
        known = known_to(self.actor, at=self.at)
        asked = self._walking(known, self.filter.conditions(at=self.at), after, dated=dated)
        return [row_of(row) for row in self.session.execute(asked)]

    @cached_property
    def _is_plain(self) -> bool:
        """Say whether nothing narrows the list but what is open: one plan serves whoever asks for it."""
        return replace(self.filter, open=None) == EVERYTHING

    @cached_property
    def _most(self) -> Any:
        return collecting.at_most(self.limit) if self._is_plain else self.limit

    @cached_property
    def _may_be_beyond(self) -> bool:
        """Say whether there may be anything to find beyond the places held: asked once for both parts of a page.

        Of a list that is narrowed it may: its plan had better be made for the values at hand, few or many as they find.
        """
        return not self._is_plain or self._is_any_beyond()

    def _is_any_beyond(self) -> bool:
        asked = collecting.anything_beyond(self.actor.person_id, self.actor.grants, only_open=bool(self.filter.open))
        return asked is None or bool(self.session.ask(asked, moment(self.at)))

    def _walking(
        self, known: Known, conditions: Sequence[ColumnElement[bool]], after: After | None, *, dated: bool
    ) -> Select[Any]:
        where = [*conditions, *self._part(self.order.column, Case.id, after, dated=dated)]
        if self.order.nullable and dated and self.filter.open is None:
            # A clock that runs makes a case open; saying so lets the index of open cases serve.
            where.append(open_cases())
        if self.filter.q is not None:
            where += _holds(self.filter.q, self.actor)
        order = self._sorted(dated=dated)
        if known.here is not None and known.beyond is not None:
            first = self._first_of_each(known.here, known, where, dated=dated)
        else:
            seen = known.beyond if known.here is None else known.here
            first = select(Case.id).where(false() if seen is None else seen, *where).order_by(*order)
        chosen = first.limit(self._most).subquery("chosen")
        rows = with_names(join(Case, chosen, Case.id == chosen.c.id))
        return select(*COLUMNS).select_from(rows).order_by(*order)

    def _sorted(self, *, dated: bool) -> tuple[Any, ...]:
        if not dated and self.filter.open:
            # Of open ones the index of what is due has these at its end, in this order; of all the newest are many.
            return (self.order.column.desc(), Case.id.desc())
        return self.order.keys(self.order.column, Case.id, (dated,))

    def _first_of_each(
        self, here: ColumnElement[bool], known: Known, where: Sequence[ColumnElement[bool]], *, dated: bool
    ) -> Select[Any]:
        """Return, in their order, the first of what is known here with the first of what is known beyond."""
        order, still = self._sorted(dated=dated), (open_cases(),) if self.filter.open else ()
        each = [
            select(Case.id, self.order.column.label("key")).where(seen, *where).order_by(*order).limit(self._most)
            for seen in (here, Case.id.in_(known.beyond_ids(*still)))
        ]
        # SQLite takes an order and a limit in a part of a union only inside a query of its own.
        both = union_all(*(select(*part.subquery().c) for part in each)).subquery("both")
        return select(both.c.id).order_by(*self.order.keys(both.c.key, both.c.id, (dated,)))

    def _collecting(self, way: Way, after: After | None, parts: Sequence[bool], *, count: bool) -> Select[Any]:
        q, where = self.filter.q, self._where()
        if q is not None and not way.is_search:
            where += _holds(q, self.actor)

        def comes_after(key: Any, id: Any) -> ColumnElement[bool]:
            return or_(*(and_(true(), *self._part(key, id, after, dated=part)) for part in parts))

        given: dict[str, Any] = {"where": where, "order": self.order, "parts": parts, "after": comes_after}
        return collected(way, **given, limit=self.limit, count=count)


@lru_cache(MOST_KEPT)
def _beginning(
    person_id: UUID | None,
    grants: tuple[Grant, ...],
    filter: Filter,
    order: Order,
    *,
    limit: int,
    dated: bool,
    beyond: bool,
) -> Question:
    """Return the first page of a list as a question that is made once for whoever asks it so; asked with `moment`.

    The same few lists are opened all day, and to make their statement anew takes as long as to draw their rows.
    `beyond`: whether there is anything to be found beyond the places held.
    """
    nothing: Any = None
    question = _Question(nothing, Actor(person_id, "", grants), nothing, filter, order, limit)
    known = kept_known(person_id, grants)
    known = known if beyond else Known(known.here, None)
    return Question(question._walking(known, filter.conditions(at=NO_MOMENT), None, dated=dated))


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


def _holds(words: str, actor: Actor) -> list[ColumnElement[bool]]:
    """Return the conditions that a case's text, as the actor sees it, holds every word, asked of one case at a time.

    An EXISTS would be turned into a join of everything; and a LIKE would let the planner believe that next to nothing
    fits, so that it would gather and sort all there is instead of stopping when the page is full.
    """
    told = search.text_seen(read_plainly(actor)) if search.is_touched(words) else SearchEntry.folded
    holds = [func.replace(told, word, "") != told for word in texts.search_key(words).split()]
    # One look at the text for all words: in a large office a page is found after thousands of looks.
    own = select(and_(true(), *holds)).where(SearchEntry.matter_id == Case.id).correlate(Case)
    return [own.scalar_subquery()]


def _read_cursor(text: str, *, sort: str, bound_to: object) -> After:
    values: Sequence[Value] = read_cursor(text, bound_to=[sort, bound_to], count=2)
    key, row_id = values
    case_id = parse_id(row_id) if isinstance(row_id, str) else None
    try:
        at = None if key is None else datetime.fromisoformat(str(key))
    except ValueError:
        raise invalid("cursor", "cursor_unreadable") from None
    if case_id is None or (at is not None and at.tzinfo is None):
        raise invalid("cursor", "cursor_unreadable")
    return After(at, case_id)
