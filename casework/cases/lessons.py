"""What the office's own closed cases teach: their words, and the category they had in the end."""

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from casework.cases.tables import Case
from casework.core.database import Session
from casework.registry.tables import Category
from casework.triage.grams import told

# A category that says nothing teaches nothing.
_NOTHING = "other"


def closed_cases(session: Session) -> Iterator[tuple[str, str]]:
    """Yield text (as grams.told makes it) and top category of every closed case, the oldest first."""
    tops = top_categories(session)
    rows = session.execute(
        select(Case.title, Case.description, Case.category).where(Case.state == "closed").order_by(Case.id)
    )
    for title, description, category in rows:
        top = tops.get(category, category)
        if top != _NOTHING:
            yield told(title, description), top


def top_categories(session: Session) -> Mapping[str, str]:
    """Return for the code of each category that of the one at the top of its branch."""
    rows = session.execute(select(Category.code, Category.parent_code)).all()
    parents = {row.code: row.parent_code for row in rows}

    def top(code: str) -> str:
        seen = {code}
        while (parent := parents.get(code)) is not None and parent not in seen:
            code = parent
            seen.add(code)
        return code

    return {code: top(code) for code in parents}
