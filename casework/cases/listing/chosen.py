"""Cases that somebody picked by hand, as rows in the order they were picked. Not here: what is done to them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    false,
    func,
    join,
    literal,
    select,
    true,
    union_all,
)

from casework.cases.filters import NO_MOMENT, Filter, Span, due_before, open_cases
from casework.cases.listing import lists
from casework.cases.listing.collecting import at_most
from casework.cases.rows import COLUMNS, CaseRow, row_of, with_names
from casework.cases.tables import Case
from casework.cases.visibility import Known, kept_known, known_to, moment, regions_seen, visible_to
from casework.core.actors import Actor, Grant
from casework.core.columns import Instant
from casework.core.database import Session
from casework.core.driver.questions import Question

_NOW = "now"
# Of more late cases than this the longest due alone are looked at: to look at nine thousand took longer than the page.
LONGEST_DUE = 400
# Statements that are kept: one or two for each leader.
_MOST_KEPT = 128


def rows(session: Session, actor: Actor, ids: Sequence[UUID], *, at: datetime) -> Sequence[CaseRow]:
    """Return those of the cases the actor may know of, in the order of `ids`."""
    if not ids:
        return ()
    found = lists.select_rows(session, visible_to(actor, at=at), Case.id.in_(ids), order=(Case.id,), limit=len(ids))
    known = {row.id: row for row in found}
    return [known[case_id] for case_id in ids if case_id in known]


def worst(session: Session, actor: Actor, filter: Filter, *, at: datetime, limit: int) -> Sequence[CaseRow]:
    """Return the first late cases of a filter: of the `LONGEST_DUE` the highest rung first, then the longest due.

    That they are late needs not stand in the filter, which asks for no words.
    """
    period = filter.reported
    settled = replace(filter, overdue=None, reported=Span())
    edges = {name: value for name, value in (("since", period.start), ("until", period.end)) if value is not None}
    if settled.stands_still:
        kept = _worst(actor.person_id, actor.grants, settled, tuple(edges), limit=limit)
        found: Iterable[Any] = session.ask(kept, {**moment(at), **edges, _NOW: at})
    else:
        conditions = [*settled.conditions(at=at), *_edges(edges)]
        asked = _worst_of(_known_in(settled, actor, known_to(actor, at=at)), conditions, limit)
        found = session.execute(asked, {**edges, _NOW: at})
    return [row_of(row) for row in found]


def _edges(names: Iterable[str]) -> list[ColumnElement[bool]]:
    """Return the conditions that a case was reported since and until the parameters of these names."""
    at = {name: bindparam(name, type_=Instant()) for name in names}
    return [Case.reported_at >= at[name] if name == "since" else Case.reported_at < at[name] for name in at]


@lru_cache(_MOST_KEPT)
def _worst(
    person_id: UUID | None,
    grants: tuple[Grant, ...],
    filter: Filter,
    edges: tuple[str, ...],
    *,
    limit: int,
) -> Question:
    """Return the question of who holds these grants, made once; asked with `moment` and `_NOW`."""
    conditions = [*filter.conditions(at=NO_MOMENT), *_edges(edges)]
    known = _known_in(filter, Actor(person_id, "", grants), kept_known(person_id, grants))
    return Question(_worst_of(known, conditions, limit))


def _known_in(filter: Filter, actor: Actor, known: Known) -> Known:
    """Return what of a filter's places the actor may know; of places they see whole that is all there is.

    To look there for what they know by something else finds nothing, and made the statement one that PostgreSQL plans
    anew at each asking: of somebody, it believes, thousands of cases could be told.
    """
    seen = regions_seen(actor)
    is_whole = bool(filter.region) and all(code.startswith(seen) for code in filter.region)
    return Known(true(), None) if is_whole else known


def _worst_of(known: Known, conditions: Sequence[ColumnElement[bool]], limit: int) -> Select[Any]:
    late = [*conditions, open_cases(), due_before(bindparam(_NOW, type_=Instant()))]
    parts = []
    if known.here is not None:
        parts.append(_longest_due([known.here, *late]))
    if known.beyond is not None:
        parts.append(_longest_due([Case.id.in_(known.beyond_ids(open_cases())), *late]))
    each = union_all(*parts or [_longest_due([false()])]).subquery("each")
    chosen = (
        select(each).order_by(each.c.rung.desc(), each.c.due_at, each.c.id).limit(at_most(limit)).subquery("chosen")
    )
    named = with_names(join(Case, chosen, Case.id == chosen.c.id))
    return select(*COLUMNS).select_from(named).order_by(chosen.c.rung.desc(), Case.due_at, Case.id)


def _longest_due(where: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Return the longest due, which an index tells; on which rung a case is it says itself alone, so that a sweep
    changes nothing an index holds (docs/decisions/0117).
    """
    rung = func.coalesce(Case.due_level, literal(-1)).label("rung")
    found = select(Case.id, Case.due_at, rung).where(*where).order_by(Case.due_at, Case.id).limit(at_most(LONGEST_DUE))
    return select(*found.subquery().c)
