"""What is late and what is due by the end of the week: the part of the figures that changes while nobody does anything.

Its cost follows the cases that are due, and it is read once, from the index of open cases, for all parts of a page. The
database adds up: cases that share everything are few, and a page wants a hundred sums of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Subquery, and_, bindparam, case, func, literal, literal_column, select, union_all
from sqlalchemy.sql.selectable import CTE, CompoundSelect, Select

from casework.cases.figures.scopes import Scope, week_end
from casework.cases.figures.tally_tables import part_of
from casework.cases.filters import due_before, midnight, open_cases, township
from casework.cases.tables import Case
from casework.cases.under import within
from casework.core.columns import Instant
from casework.core.database import Session

_ALL = ("all", "")
# Statements that are kept: one or two for each place somebody answers for.
_MOST_KEPT = 128


@dataclass(frozen=True, slots=True)
class _Sums:
    """Cases that are late, that are due by the end of the week, and late ones whose handling clock runs."""

    late: int = 0
    this_week: int = 0
    late_handling: int = 0


@dataclass(frozen=True, slots=True)
class Soon:
    """What is late at an instant, and what is due after it by the end of the week, by (dimension, code)."""

    sums: Mapping[tuple[str, str], _Sums]

    def late(self) -> int:
        """Count what is open and late."""
        return self._all().late

    def this_week(self) -> int:
        """Count what is due from now until the end of the week."""
        return self._all().this_week

    def late_by(self, dimension: str) -> Mapping[str, int]:
        """Count what is late by category, place or unit (its id in hex, or nothing)."""
        return {code: sums.late for (of, code), sums in self.sums.items() if of == dimension and sums.late}

    def late_handling(self) -> int:
        """Count the handling clocks that run on past their due instant."""
        return self._all().late_handling

    def late_handling_by_unit(self) -> Mapping[str, int]:
        """Count them by unit."""
        found = ((code, sums.late_handling) for (of, code), sums in self.sums.items() if of == "unit")
        return {code: n for code, n in found if n}

    def units(self) -> list[str]:
        """Return the units that have any part in it."""
        return [code for of, code in self.sums if of == "unit"]

    def _all(self) -> _Sums:
        return self.sums.get(_ALL, _Sums())


def due_soon(session: Session, scope: Scope, *, at: datetime) -> Soon:
    """Read what of a scope is late or due by the end of the week."""
    since, until = scope.since(), scope.until()
    shape = _Shape(scope.regions, since is not None, until is not None, session.get_bind().dialect.name)
    week = midnight(week_end(at, scope.zone) + timedelta(days=1), zone=scope.zone)
    values = {"now": at, "week": week, "since": since, "until": until}
    rows = session.execute(_asking(shape), {name: value for name, value in values.items() if value is not None})
    return Soon({(of, code): _Sums(int(late), int(week), int(handling)) for of, code, late, week, handling in rows})


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the text of the question depends on; the rest are its parameters."""

    regions: tuple[str, ...]
    has_since: bool
    has_until: bool
    dialect: str


@lru_cache(_MOST_KEPT)
def _asking(shape: _Shape) -> CompoundSelect[Any]:
    due = _due(shape)
    return _summed(select(*due.c, func.count().label("n")).group_by(*due.c).cte("soon"), shape.dialect)


def _due(shape: _Shape) -> Subquery:
    def instant(name: str) -> Any:
        return bindparam(name, type_=Instant())

    late = case((Case.due_at < instant("now"), 1), else_=0)
    columns = (Case.category, township().label("place"), Case.lead_org_id, Case.due_kind, late.label("late"))
    edges = [Case.reported_at >= instant("since")] if shape.has_since else []
    edges += [Case.reported_at < instant("until")] if shape.has_until else []
    where = [within(shape.regions), *edges, open_cases(), due_before(instant("week"))]
    return select(*columns).where(*where).subquery()


def _summed(counted: CTE, dialect: str) -> CompoundSelect[Any]:
    # A unit is written out once for all its cases, not for each.
    unit: Any = literal_column(part_of(f"{counted.name}.", dialect)["unit"])
    codes: Mapping[str, Any] = {"category": counted.c.category, "place": counted.c.place, "unit": unit}
    is_late = counted.c.late == 1
    handled = and_(is_late, counted.c.due_kind == "handle")
    sums = [
        func.coalesce(func.sum(case((holds, counted.c.n), else_=0)), 0)
        for holds in (is_late, counted.c.late == 0, handled)
    ]
    whole: Select[Any] = select(literal(_ALL[0]), literal(_ALL[1]), *sums)
    parts = [select(literal(name), code, *sums).select_from(counted).group_by(code) for name, code in codes.items()]
    return union_all(whole, *parts)
