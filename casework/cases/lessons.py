"""What the office's own closed cases teach: their words and place, and the category, unit and haste they had."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from casework.cases.tables import Case
from casework.core.database import Session
from casework.registry import queries as registry
from casework.registry.tables import Org
from casework.triage.grams import marks_of, told

# A category that says nothing teaches nothing.
_NOTHING = "other"


@dataclass(frozen=True, slots=True)
class Lesson:
    """One closed case: its text (as grams.told makes it), top category (None: it taught none), unit and urgency."""

    text: str
    category: str | None
    org: str | None
    urgency: str
    marks: tuple[str, ...]


def closed_cases(session: Session) -> Iterator[Lesson]:
    """Yield every closed case, the oldest first."""
    tops = registry.category_roots(session)
    rows = session.execute(
        select(Case.title, Case.description, Case.category, Case.region_code, Case.urgency, Org.code)
        .outerjoin(Org, Org.id == Case.lead_org_id)
        .where(Case.state == "closed")
        .order_by(Case.id)
    )
    for title, description, category, region_code, urgency, org in rows:
        top = tops.get(category, category)
        yield Lesson(
            text=told(title, description),
            category=None if top == _NOTHING else top,
            org=None if registry.is_stand_in(org or "") else org,
            urgency=urgency,
            marks=marks_of(top, region_code),
        )
