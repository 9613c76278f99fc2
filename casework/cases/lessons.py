"""What the office's own closed cases teach: their words, and the category they had in the end."""

from collections.abc import Iterator

from sqlalchemy import select

from casework.cases.tables import Case
from casework.core.database import Session
from casework.registry import queries as registry
from casework.triage.grams import told

# A category that says nothing teaches nothing.
_NOTHING = "other"


def closed_cases(session: Session) -> Iterator[tuple[str, str]]:
    """Yield text (as grams.told makes it) and top category of every closed case, the oldest first."""
    tops = registry.category_roots(session)
    rows = session.execute(
        select(Case.title, Case.description, Case.category).where(Case.state == "closed").order_by(Case.id)
    )
    for title, description, category in rows:
        top = tops.get(category, category)
        if top != _NOTHING:
            yield told(title, description), top
