"""Cases that somebody picked by hand, as rows in the order they were picked. Not here: what is done to them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from casework.cases import lists
from casework.cases.filters import Filter, due_before, open_cases
from casework.cases.lists import CaseRow
from casework.cases.tables import Case
from casework.cases.visibility import visible_to
from casework.core.actors import Actor
from casework.core.database import Session


def rows(session: Session, actor: Actor, ids: Sequence[UUID], *, at: datetime) -> Sequence[CaseRow]:
    """Return those of the cases the actor may know of, in the order of `ids`."""
    if not ids:
        return ()
    found = lists.select_rows(session, visible_to(actor, at=at), Case.id.in_(ids), order=(Case.id,), limit=len(ids))
    known = {row.id: row for row in found}
    return [known[case_id] for case_id in ids if case_id in known]


def worst(session: Session, actor: Actor, filter: Filter, *, at: datetime, limit: int) -> Sequence[CaseRow]:
    """Return the first late cases of a filter that asks for no words: highest rung first, then the longest due."""
    conditions: list[ColumnElement[bool]] = [visible_to(actor, at=at), *filter.conditions(at=at)]
    # Rung by rung: of each the index gives the longest due first, and all the others need not be sorted.
    rungs = session.scalars(select(Case.due_level).where(open_cases()).distinct()).all()
    found: list[CaseRow] = []
    for rung in sorted(rungs, key=lambda each: -1 if each is None else each, reverse=True):
        if len(found) < limit:
            on_it = Case.due_level.is_(None) if rung is None else Case.due_level == rung
            found += lists.select_rows(
                session,
                *conditions,
                open_cases(),
                due_before(at),
                on_it,
                order=(Case.due_at,),
                limit=limit - len(found),
            )
    return found
