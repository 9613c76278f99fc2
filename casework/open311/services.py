"""The services of Open311: the categories in use, each by its code, with a name that no other has."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select

from casework.core.database import Session
from casework.core.errors import NotFound
from casework.registry import queries as registry
from casework.registry.tables import Category

# When the questions of categories last changed in a release (workflows/library/questions.v1.toml; a test holds them
# together): readers keep a definition until the changeset moves.
QUESTIONS_CHANGED = datetime(2026, 11, 1, tzinfo=UTC)
# Words that FixMyStreet takes for a command when they stand among the keywords.
_COMMANDS = frozenset({"private", "inactive", "staff", "waste_only"})


@dataclass(frozen=True, slots=True)
class Service:
    """A category as other systems offer it."""

    code: str
    name: str
    group: str | None
    keywords: Sequence[str]


def listed(session: Session) -> Sequence[Service]:
    """Return every category in use, in the order of the office."""
    rows = session.scalars(select(Category).order_by(Category.sort, Category.code)).all()
    labels = {row.code: row.label_zh for row in rows}
    roots = registry.category_roots(session)
    often = Counter(row.label_zh for row in rows if row.active)
    return [
        Service(
            row.code,
            _name(row, labels) if often[row.label_zh] > 1 else row.label_zh,
            labels[roots[row.code]] if roots[row.code] != row.code else None,
            [word for word in row.keywords if word.strip().lower() not in _COMMANDS and "," not in word],
        )
        for row in rows
        if row.active
    ]


def names(session: Session) -> dict[str, str]:
    """Return the name of every service by its code, those of the past too."""
    found = {row[0]: row[1] for row in session.execute(select(Category.code, Category.label_zh))}
    return found | {service.code: service.name for service in listed(session)}


def take(session: Session, code: str) -> Category:
    """Return the category of a code, one of the past too.

    Raises:
        NotFound: there never was one.
    """
    found = session.get(Category, code) if code.isascii() and code.isprintable() else None
    if found is None:
        raise NotFound("service")
    return found


def changed_at(session: Session) -> datetime:
    """Return when services or their definitions last changed."""
    latest = session.scalar(select(func.max(Category.updated_at)))
    return max(latest or QUESTIONS_CHANGED, QUESTIONS_CHANGED)


def _name(row: Category, labels: dict[str, str]) -> str:
    """Return a name that no other service has: with what stands above it, or its own code."""
    above = labels.get(row.parent_code or "")
    return f"{above} / {row.label_zh}" if above else f"{row.label_zh} ({row.code})"
