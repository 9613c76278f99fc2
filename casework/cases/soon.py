"""What is late and what is due by the end of the week: the part of the figures that changes while nobody does anything.

Its cost follows the cases that are due, and it is read once, from the index of open cases, for all parts of a page.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select

from casework.cases.filters import midnight, open_cases, township
from casework.cases.scopes import Scope, week_end
from casework.cases.tables import Case
from casework.core.database import Session


@dataclass(frozen=True, slots=True)
class _Part:
    """How many of the cases that are late (or only due soon) share category, place, unit and kind of clock."""

    is_late: bool
    category: str
    place: str
    unit: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Soon:
    """What is late at an instant, and what is due after it by the end of the week."""

    parts: tuple[_Part, ...]

    def late(self) -> int:
        """Count what is open and late."""
        return sum(part.count for part in self.parts if part.is_late)

    def this_week(self) -> int:
        """Count what is due from now until the end of the week."""
        return sum(part.count for part in self.parts if not part.is_late)

    def late_by(self, dimension: str) -> Mapping[str, int]:
        """Count what is late by category, place or unit (its id in hex, or nothing)."""
        return _summed(((getattr(part, dimension), part) for part in self.parts), lambda part: part.is_late)

    def late_handling(self) -> int:
        """Count the handling clocks that run on past their due instant."""
        return sum(self.late_handling_by_unit().values())

    def late_handling_by_unit(self) -> Mapping[str, int]:
        """Count them by unit."""
        return _summed(((part.unit, part) for part in self.parts), lambda part: part.is_late and part.kind == "handle")


def _summed(parts: Iterable[tuple[str, _Part]], holds: Callable[[_Part], bool]) -> Mapping[str, int]:
    sums: Counter[str] = Counter()
    for key, part in parts:
        if holds(part):
            sums[key] += part.count
    return sums


def due_soon(session: Session, scope: Scope, *, at: datetime) -> Soon:
    """Read what of a scope is late or due by the end of the week."""
    until = midnight(week_end(at, scope.zone) + timedelta(days=1), zone=scope.zone)
    late = case((Case.due_at < at, 1), else_=0).label("late")
    columns = (Case.category, township().label("place"), Case.lead_org_id, Case.due_kind)
    inner = select(late, *columns).where(*scope.where(), open_cases(), Case.due_at < until).subquery()
    grouped = list(inner.c)
    parts = []
    counted: Select[Any] = select(*grouped, func.count()).group_by(*grouped)
    for is_late, category, place, unit, kind, count in session.execute(counted):
        code = "" if unit is None else unit.hex
        parts.append(_Part(is_late=bool(is_late), category=category, place=place, unit=code, kind=kind, count=count))
    return Soon(tuple(parts))
