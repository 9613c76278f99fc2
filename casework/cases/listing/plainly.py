"""Of which cases an actor reads the words as typed: what the search answers of these, and masked of all others.

The SQL twin of `case.reveal` over what the search knows of a case, held to it by a test.
"""

from sqlalchemy import ColumnElement, or_, select

from casework.cases.tables import Case
from casework.cases.visibility import regions_of, terms_beside
from casework.core.actors import Actor
from casework.core.ranges import lies_in_any
from casework.matters.search import SearchEntry
from casework.permissions import rules

PERMISSION = "case.reveal"


def read_plainly(actor: Actor) -> ColumnElement[bool] | None:
    """Return the condition on `SearchEntry` that the actor reads its case as typed; None: all they may know of."""
    allowed = frozenset(rules().permission[PERMISSION])
    masked = [name for name in rules().visible["case"] if name not in allowed]
    if actor.is_system or not (regions_of(actor, masked) or terms_beside(actor, masked)):
        return None
    own = select(Case.id).where(or_(*terms)) if (terms := terms_beside(actor, sorted(allowed))) else None
    here = lies_in_any(SearchEntry.region_code, regions_of(actor, sorted(allowed)))
    return here if own is None else or_(here, SearchEntry.matter_id.in_(own))
