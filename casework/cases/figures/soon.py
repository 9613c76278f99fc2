"""What is late and what is due by the end of the week: the part of the figures that changes while nobody does anything.

Its cost follows the cases that are due, and it is read once, from the index of open cases, for all parts of a page. The
database adds up: cases that share everything are few, and a page wants a hundred sums of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, literal, literal_column, select, union_all
from sqlalchemy.sql.selectable import CTE, CompoundSelect, Select

from casework.cases.figures.scopes import Scope, week_end
from casework.cases.figures.tally_tables import part_of
from casework.cases.filters import due_before, midnight, open_cases, township
from casework.cases.tables import Case
from casework.cases.under import within
from casework.core.columns import Instant
from casework.core.database import Session
from casework.core.driver.questions import Question

_ALL = ("all", "")
# Up to so many open cases of a period are gone through for those that are due; of more, what is due is.
FEW_OPEN = 2_000
# Statements that are kept: one or two for each place somebody answers for.
_MOST_KEPT = 128


@dataclass(frozen=True, slots=True)
class _Sums:
    """Cases that are late, due by the end of the week (of all alone), and late ones whose handling clock runs."""

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


def due_soon(session: Session, scope: Scope, *, at: datetime, among: int) -> Soon:
    """Read what of a scope is late or due by the end of the week; `among`: how many of it are open, as the tallies say.

    Nothing is asked where nothing is open, as of most quarters that are over.
    """
    if not among:
        return Soon({})
    since, until = scope.since(), scope.until()
    has = (since is not None, until is not None)
    shape = _Shape(scope.regions, *has, any(has) and among <= FEW_OPEN, session.get_bind().dialect.name)
    week = midnight(week_end(at, scope.zone) + timedelta(days=1), zone=scope.zone)
    values = {"now": at, "week": week, "since": since, "until": until}
    given = {name: value for name, value in values.items() if value is not None}
    if any(has):
        # Which of the two is asked changes with the day; both are drawn up when the first is.
        _asking(replace(shape, by_period=not shape.by_period)).draw_up(session.connection(), given)
    rows = session.ask(_asking(shape), given)
    return Soon({(of, code): _Sums(int(late), int(week), int(handling)) for of, code, late, week, handling in rows})


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the text of the question depends on; the rest are its parameters."""

    regions: tuple[str, ...]
    has_since: bool
    has_until: bool
    # Whether it is looked for among what is open of the period; else among what is due.
    by_period: bool
    dialect: str


@lru_cache(_MOST_KEPT)
def _asking(shape: _Shape) -> Question:
    columns = (Case.category, township().label("place"), Case.lead_org_id, Case.due_kind)
    late: Select[*tuple[Any, ...]]
    if shape.by_period:
        # What is open of a period is gone through once; right after many moves the index alone cannot tell it.
        soon = select(*columns, Case.due_at).where(*_within(shape), *_due(shape, None, "week")).cte("soon")
        now, told = _instant("now"), [each for each in soon.c if each.key != "due_at"]
        late = select(*told, func.count().label("n")).where(soon.c.due_at < now).group_by(*told)
        this_week = select(func.count()).where(soon.c.due_at >= now).scalar_subquery()
    else:
        late = select(*columns, func.count().label("n")).where(*_within(shape), *_due(shape, None, "now"))
        late = late.group_by(*columns)
        # Of what is due this week a page shows one number: told apart like the late ones, it took longer than they do.
        this_week = select(func.count()).where(*_within(shape), *_due(shape, "now", "week")).scalar_subquery()
    return Question(_summed(late.cte("late"), this_week, shape.dialect))


def _within(shape: _Shape) -> list[ColumnElement[bool]]:
    """Return the conditions of place and period.

    A plan that is kept knows no values, and one made for values takes due and reported for unrelated: of a quarter long
    over it then goes through all that is late today. So the one range is put in a way that no index is sought by.
    """
    edges: list[ColumnElement[bool]] = []
    for name, is_asked in (("since", shape.has_since), ("until", shape.has_until)):
        at = _instant(name)
        reported = Case.reported_at if shape.by_period else func.coalesce(Case.reported_at, at)
        edges += [reported >= at if name == "since" else reported < at] if is_asked else []
    return [within(shape.regions), *edges, open_cases()]


def _due(shape: _Shape, since: str | None, until: str) -> list[ColumnElement[bool]]:
    """Return the conditions that a clock runs out from one instant on (None: ever) and before another."""
    if shape.by_period:
        return [func.coalesce(Case.due_at, _instant("week")) < _instant(until)]
    if since is not None:
        return [Case.due_at >= _instant(since), Case.due_at < _instant(until)]
    # With both ends PostgreSQL would expect next to nothing, and sort what it finds instead of counting it in place.
    return [Case.due_at < _instant(until)] if shape.dialect == "postgresql" else [due_before(_instant(until))]


def _instant(name: str) -> Any:
    return bindparam(name, type_=Instant())


def _summed(late: CTE, this_week: Any, dialect: str) -> CompoundSelect[Any]:
    # A unit is written out once for all its cases, not for each.
    unit: Any = literal_column(part_of(f"{late.name}.", dialect)["unit"])
    codes: Mapping[str, Any] = {"category": late.c.category, "place": late.c.place, "unit": unit}
    handled = case((late.c.due_kind == "handle", late.c.n), else_=0)
    n, handling = (func.coalesce(func.sum(each), 0) for each in (late.c.n, handled))
    whole: Select[Any] = select(literal(_ALL[0]), literal(_ALL[1]), n, this_week, handling)
    parts = [
        select(literal(name), code, n, literal(0), handling).select_from(late).group_by(code)
        for name, code in codes.items()
    ]
    return union_all(whole, *parts)
