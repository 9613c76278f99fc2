"""Pages of cases: filtered, searched, sorted, in one to three statements whatever the size of the table.

There are two ways to a page. Where few cases come into question (a rare word, a unit's own cases, one handler's), they
are collected first and then sorted. Where many do (a common word, a whole county), the order is walked from its top
and each case is looked at until the page is full. The first way counts while it collects and gives up at a cap, so no
guess of the database's planner decides, and the cost follows the page and not the table (performance.md §5 c, d).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    func,
    literal,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from casework.cases.filters import Filter, open_cases
from casework.cases.tables import Case, CaseUnit
from casework.cases.visibility import terms_of, visible_to
from casework.core import texts
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.columns import Id, Instant
from casework.core.cursors import Value, read_cursor, write_cursor
from casework.core.database import Session
from casework.core.errors import invalid
from casework.core.ids import parse_id
from casework.matters import search
from casework.matters.search import SearchEntry
from casework.registry.tables import Category, Org, Person, Region

MOST = 200
SORTS = ("due", "reported", "updated", "-due", "-reported", "-updated")
DEFAULT_SORT = "reported"
# Beyond so many hits a word counts as common; so many cases of a unit or a place are still collected.
COMMON = 5_000
MANY = 20_000
_WIDE_ROLES = TRIAGE_ROLES | {"liaison", "observer", "auditor", "finance"}

_Town, _Village = aliased(Region), aliased(Region)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list. The reporter is masked; `town` and `village` are names, None where there is no such level."""

    id: UUID
    number: str
    version: int
    state: str
    workflow: str
    workflow_version: int
    state_since: datetime
    is_open: bool
    title: str
    category: str
    category_label: Mapping[str, str]
    kind: str
    urgency: str
    channel: str
    region_code: str
    town: str | None
    village: str | None
    reporter_name: str
    lead_org_code: str | None
    lead_org_name: str | None
    assignee_id: UUID | None
    assignee_name: str | None
    due_at: datetime | None
    due_kind: str | None
    due_level: int | None
    suspended_until: date | None
    returns: int
    result_class: str | None
    satisfaction: str | None
    merged_into_id: UUID | None
    co_tasks_open: int
    extensions_pending: int
    attachments_total: int
    comments_total: int
    funds_total: int
    reported_at: datetime
    resolved_at: datetime | None
    created_at: datetime
    updated_at: datetime


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


@dataclass(frozen=True, slots=True)
class _After:
    """The last row of the page before."""

    key: datetime | None
    id: UUID


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
        collected = self._collected()
        rows: list[CaseRow] = []
        if after is None or after.key is not None:
            rows = self._rows(collected, after, dated=True)
        if self.order.nullable and len(rows) < self.limit:
            begin = after if after is not None and after.key is None else None
            rows += self._rows(collected, begin, dated=False)[: self.limit - len(rows)]
        return rows

    def count(self) -> int:
        """Count everything that fits."""
        where = [visible_to(self.actor, at=self.at), *self.filter.conditions(at=self.at)]
        if self.filter.q is not None:
            where.append(Case.id.in_(_hits(self.session, self.filter.q)))
        return self.session.scalar(select(func.count()).select_from(Case).where(*where)) or 0

    def _rows(self, ways: Sequence[tuple[Select[Any], int]], after: _After | None, *, dated: bool) -> list[CaseRow]:
        for candidates, cap in ways:
            found = self._collect(candidates, cap, after, dated=dated)
            if found is not None:
                return found
        return self._walk(after, dated=dated)

    def _collected(self) -> list[tuple[Select[Any], int]]:
        """Return what may be collected first, most promising first, each with its cap."""
        q, wanted = self.filter.q, self.filter
        ways: list[tuple[Select[Any], int]] = []
        if q is not None and search.is_selective(q):
            ways.append((_hits(self.session, q), COMMON))
        cap = MANY if q is not None else COMMON
        if wanted.assignee is not None:
            ways.append((select(Case.id).where(Case.assignee_id == wanted.assignee), cap))
        elif wanted.org is not None:
            parts = CaseUnit.org_id == wanted.org, CaseUnit.part.in_(("lead", "co"))
            ways.append((select(CaseUnit.case_id).where(*parts), cap))
        elif not self.actor.regions(frozenset(_WIDE_ROLES)) and not self.actor.is_system:
            # Each relation by its own index: joined by OR they would be looked up case by case.
            terms = [select(Case.id).where(term) for term in terms_of(self.actor, at=self.at)]
            ways.append((select(union(*terms).subquery().c.id), cap))
        elif q is not None:
            ways.append((select(Case.id).where(visible_to(self.actor, at=self.at)), cap))
        return ways[:2]

    def _where(self, after: _After | None, *, dated: bool) -> list[ColumnElement[bool]]:
        column = self.order.column
        where = [visible_to(self.actor, at=self.at), *self.filter.conditions(at=self.at)]
        if self.order.nullable:
            where.append(column.is_not(None) if dated else column.is_(None))
            # A clock that runs makes a case open; saying so lets the index of open cases serve.
            if dated and self.filter.open is None:
                where.append(open_cases())
        if after is not None:
            here, there = tuple_(column, Case.id), tuple_(literal(after.key, Instant()), literal(after.id, Id()))
            if not dated:
                where.append(Case.id < after.id)
            else:
                where.append(here < there if self.order.descending else here > there)
        return where

    def _sorted(self, *, dated: bool) -> tuple[Any, ...]:
        if not dated:
            return (Case.id.desc(),)
        column = self.order.column
        return (column.desc(), Case.id.desc()) if self.order.descending else (column, Case.id)

    def _walk(self, after: _After | None, *, dated: bool) -> list[CaseRow]:
        where = self._where(after, dated=dated)
        if self.filter.q is not None:
            # One row at a time, by its key: an EXISTS would be turned into a join of everything.
            folded = (
                select(SearchEntry.folded).where(SearchEntry.matter_id == Case.id).correlate(Case).scalar_subquery()
            )
            where += [folded.contains(word, autoescape=True) for word in _parts(self.filter.q)]
        chosen = select(Case.id).where(*where).order_by(*self._sorted(dated=dated)).limit(self.limit).subquery("chosen")
        statement = _with_names(select(*_COLUMNS).join(chosen, Case.id == chosen.c.id))
        return [_row(row) for row in self.session.execute(statement.order_by(*self._sorted(dated=dated)))]

    def _collect(self, candidates: Select[Any], cap: int, after: _After | None, *, dated: bool) -> list[CaseRow] | None:
        """Return the page out of a few candidates; None when they are more than `cap`."""
        few = candidates.limit(cap + 1).cte("few").prefix_with("MATERIALIZED")
        counted = select(func.count().label("n")).select_from(few).cte("counted")
        where = self._where(after, dated=dated)
        if self.filter.q is not None and not _is_search(candidates):
            where.append(Case.id.in_(_hits(self.session, self.filter.q, among=few)))
        chosen = (
            select(Case.id)
            .join(few, Case.id == few.c[0])
            .where(select(counted.c.n).scalar_subquery() <= cap, *where)
            .order_by(*self._sorted(dated=dated))
            .limit(self.limit)
            .subquery("chosen")
        )
        head = select(counted.c.n, *_COLUMNS).select_from(counted).outerjoin(chosen, true())
        statement = _with_names(head.outerjoin(Case, Case.id == chosen.c.id)).order_by(*self._sorted(dated=dated))
        rows = self.session.execute(statement).all()
        if rows[0][0] > cap:
            return None
        return [_row(row[1:]) for row in rows if row[1] is not None]


def _hits(session: Session, words: str, *, among: CTE | None = None) -> Select[Any]:
    statement = select(SearchEntry.matter_id).where(SearchEntry.kind == "case")
    if among is not None:
        folded = [SearchEntry.folded.contains(word, autoescape=True) for word in _parts(words)]
        return statement.where(SearchEntry.matter_id.in_(select(among.c[0])), *folded)
    return statement.where(search.matches(session, words))


def _is_search(candidates: Select[Any]) -> bool:
    return candidates.selected_columns[0].table is SearchEntry.__table__


def _parts(words: str) -> list[str]:
    return texts.search_key(words).split()


_COLUMNS: tuple[Any, ...] = (
    *(Case.id, Case.number, Case.version, Case.state, Case.workflow, Case.workflow_version, Case.state_since),
    *(Case.is_open, Case.title, Case.category, Category.label_zh, Category.label_en, Case.kind, Case.urgency),
    *(Case.channel, Case.region_code, _Town.name, _Village.name, Case.reporter_name, Org.code, Org.name),
    *(Case.assignee_id, Person.name, Case.due_at, Case.due_kind, Case.due_level, Case.suspended_until),
    *(Case.returns, Case.result_class, Case.satisfaction, Case.merged_into_id, Case.co_tasks_open),
    *(Case.extensions_pending, Case.attachments_total, Case.comments_total, Case.funds_total),
    *(Case.reported_at, Case.resolved_at, Case.created_at, Case.updated_at),
)
_LABELS = 10


def _with_names(statement: Select[Any]) -> Select[Any]:
    return (
        statement.outerjoin(Category, Category.code == Case.category)
        .outerjoin(Org, Org.id == Case.lead_org_id)
        .outerjoin(Person, Person.id == Case.assignee_id)
        .outerjoin(_Town, _Town.code == func.substr(Case.region_code, 1, 9))
        .outerjoin(_Village, and_(_Village.code == Case.region_code, func.length(Case.region_code) == 12))
    )


def _row(row: Sequence[Any]) -> CaseRow:
    labels = {"zh": row[_LABELS], "en": row[_LABELS + 1]}
    values: list[Any] = [*row[:_LABELS], labels, *row[_LABELS + 2 :]]
    return CaseRow(*values)


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
