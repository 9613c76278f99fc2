"""How many cases each of several filters lists: the numbers beside saved filters and rooms, in one statement.

Each count stops at a cap, so that its cost follows what is shown ("999+") and not the size of the table.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, literal, select

from casework.cases.filters import Filter
from casework.cases.tables import Case
from casework.cases.visibility import visible_to
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
    visible = visible_to(actor, at=at)
    columns = []
    for place, filter in enumerate(filters.values()):
        where = [visible, *filter.conditions(at=at)]
        if filter.q is not None:
            hits = select(SearchEntry.matter_id).where(SearchEntry.kind == "case", search.matches(session, filter.q))
            where.append(Case.id.in_(hits))
        few = select(literal(1)).select_from(Case).where(*where).limit(most).subquery()
        columns.append(select(func.count()).select_from(few).scalar_subquery().label(f"n{place}"))
    row = session.execute(select(*columns)).one()
    return dict(zip(filters, (int(n) for n in row), strict=True))
