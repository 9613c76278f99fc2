"""Figures of cases: how many of what, by category, place, unit and state, and the rates an office answers for.

Each figure comes with the filter under which the list of cases shows exactly the records it counts; a number without
that is none (look/README "Principles" 3). What is counted are the cases reported in a period, in the places for which
the caller may read figures: always places they may see whole, so that counting tells nothing a list would hide.
What depends on no clock comes from the tallies, what is late or due soon is counted among what is open
(performance.md §5 f).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from casework.cases import stood
from casework.cases.codes import NOT_ASKED, SATISFACTIONS, SOLVED
from casework.cases.figures import soon, tallies
from casework.cases.figures.scopes import Period, Scope, week_end
from casework.cases.figures.tallies import Tally
from casework.cases.figures.tally_spans import Span
from casework.cases.filters import NOBODY, midnight, township
from casework.cases.tables import Case
from casework.core.database import Session
from casework.registry import queries as registry

DIMENSIONS = ("category", "place", "unit", "state")
_CONTENT = frozenset({"satisfied", "basically"})

# The rates of what ever became of a case, whatever came later: key, what it counts, out of what (outcomes.EVER).
_EVER = (
    ("return_rate", "sent_back", "given"),
    ("extension_rate", "extended", "given"),
    ("rework_rate", "reworked", "answered"),
    ("recurrence_rate", "recurred", "ended"),
)
# Of these a measure has another name than the filter.
_MEASURED = {"sent_back": "returned", "recurred": "reopened"}

Words = Mapping[str, Sequence[str]]
_ALL: Words = {}
# The rates of an earlier day: key, what it counts, out of what (stood.NAMES).
_STOOD = (
    ("on_time", "on_time", "due"),
    ("response_rate", "contacted", "contactable"),
    ("contact_unknown", "contact_unknown", None),
    ("solution_rate", "solved", "solution_asked"),
    ("not_asked", "not_asked", None),
    ("satisfaction_rate", "content", "reached"),
    ("unreachable", "unreachable", None),
    ("excluded", "excluded", None),
    ("return_rate", "returned", "given"),
    ("extension_rate", "extended", "given"),
    ("rework_rate", "reworked", "answered"),
    ("recurrence_rate", "reopened", "ended"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """How many cases share these codes, one for each dimension asked for; None stands for "no unit"."""

    codes: tuple[str | None, ...]
    count: int
    filter: Words


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and, for a rate, what it is out of; each with the filter that lists its records."""

    key: str
    n: int
    filter: Words
    of: int | None = None
    of_filter: Words | None = None


def counts(session: Session, scope: Scope, *, by: Sequence[str]) -> tuple[Cell, ...]:
    """Count the cases of a scope by one or more of `DIMENSIONS`, the largest cells first.

    Categories are counted with what stands under them.
    """
    inner = select(*(_COLUMNS[name]().label(name) for name in by)).where(*scope.where()).subquery()
    columns = [inner.c[name] for name in by]
    rows = session.execute(select(*columns, func.count()).group_by(*columns)).all()
    units = {
        value for row in rows for name, value in zip(by, row, strict=False) if name == "unit" and value is not None
    }
    names = Names.read(session, units)
    codes = (tuple(map(names.code_of, by, row)) for row in rows)
    return _cells(zip(codes, (row[-1] for row in rows), strict=True), by, scope.filter())


@dataclass(frozen=True, slots=True)
class Names:
    """What stands for a value in a cell: a category's root, a unit's code."""

    roots: Mapping[str, str]
    units: Mapping[UUID, str]

    @classmethod
    def read(cls, session: Session, units: Collection[UUID]) -> "Names":
        """Read the tree of categories and some units."""
        found = registry.orgs_by_id(session, list(units))
        return cls(registry.category_roots(session), {each: org.code for each, org in found.items()})

    def code_of(self, name: str, value: Any) -> str | None:
        """Return the code under which a value of a dimension is counted; None for no unit."""
        if name == "unit":
            return None if value is None else self.units[value]
        code: str = self.roots.get(value, value) if name == "category" else value
        return code


def _cells(found: Iterable[tuple[tuple[str | None, ...], int]], by: Sequence[str], base: Words) -> tuple[Cell, ...]:
    sums: dict[tuple[str | None, ...], int] = {}
    for codes, n in found:
        if n:
            sums[codes] = sums.get(codes, 0) + n
    cells = (Cell(codes, n, {**base, **_words(by, codes)}) for codes, n in sums.items())
    return tuple(sorted(cells, key=lambda cell: (-cell.count, [code or "" for code in cell.codes])))


def overview(session: Session, scope: Scope, *, at: datetime, names: Names | None = None) -> "Overview":
    """Read once all that the headline figures and the parts of a scope are drawn from; `names`: who has them, gives
    them, for they are the same on every page.
    """
    tally = tally_of(session, scope)
    due = soon.due_soon(session, scope, at=at, among=tally.measure("open"))
    return Overview(session, scope, at, tally, due, names)


@dataclass(frozen=True)
class Overview:
    """The figures of a scope at an instant: what depends on no clock from the tallies, the rest from what is due."""

    session: Session
    scope: Scope
    at: datetime
    tally: Tally
    soon: soon.Soon
    names: Names | None = None

    def figures(self) -> Mapping[str, Figure]:
        """Return the headline figures by key: totals, what is open, late and due this week, and the rates.

        Rates (domain.md §3a): `on_time` closed by due after extensions ÷ due; `response_rate` contacted in time ÷
        assigned and known; `solution_rate` said to be solved ÷ reached and asked; `satisfaction_rate` satisfied or
        basically so ÷ reached.
        What nobody knows is in no denominator but has a figure of its own: whom nobody reached (`unreachable`), who was
        reached and not asked whether it is solved (`not_asked`), and of whom a file told no first contact
        (`contact_unknown`). So has what two persons left out (`excluded`), and what
        reporters said themselves (`own_rating`). Counted whatever came later: `return_rate` and `extension_rate` sent
        back, or given more time ÷ given to a unit; `rework_rate` done anew ÷ answered; `recurrence_rate` opened again ÷
        closed.
        """
        base = self.scope.filter()
        made = [
            Figure("total", self.tally.measure("total"), base),
            Figure("open", self.tally.measure("open"), {**base, "open": ["true"]}),
            Figure("overdue", self.soon.late(), {**base, "overdue": ["true"]}),
            Figure("due_this_week", self.soon.this_week(), {**base, **self._week()}),
            Figure("closed", self.tally.measure("closed"), {**base, "state": ["closed"]}),
            *self._rates("all", "", base, running=self.soon.late_handling()),
            *self._ever("all", ""),
        ]
        return {each.key: each for each in made}

    def units(self) -> Mapping[str, str]:
        """Return the units that lead or led any case: their codes, and what they are counted under."""
        parts = {*self.tally.codes("unit"), *self.soon.late_handling_by_unit()} - {""}
        return {str(self._names.code_of("unit", _value(part))): part for part in sorted(parts)}

    def rates_of_unit(self, code: str) -> Mapping[str, Figure] | None:
        """Return the rates of a unit by its code, and whom they leave out; None where it never led a case.

        How a case was handled counts for the unit that leads it. That it was sent back, got more time, was done anew or
        came again counts for the unit that led it then, whoever leads it now.
        """
        part = self.units().get(code)
        if part is None:
            return None
        base = {**self.scope.filter(), **_words(["unit"], [code])}
        running = self.soon.late_handling_by_unit().get(part, 0)
        made = [*self._rates("unit", part, base, running=running), *self._ever("unit", part, code)]
        return {each.key: each for each in made}

    def _ever(self, dimension: str, part: str, unit: str | None = None) -> Sequence[Figure]:
        """Return the rates of what ever became of the cases of the scope, or of those a unit leads or led under it."""
        base = self.scope.filter()

        def counted(name: str) -> tuple[int, Words]:
            words = {name: ["true"]} if unit is None else {"unit_ever": [f"{name}@{unit}"]}
            measure = _MEASURED.get(name, name)
            n = self.tally.measure(measure if unit is None else f"unit_{measure}", dimension, part)
            return n, {**base, **words}

        return [Figure(key, *counted(name), *counted(of)) for key, name, of in _EVER]

    def _rates(self, dimension: str, part: str, base: Words, *, running: int) -> Sequence[Figure]:
        """Return the rates of a part of the scope; `running`: how many handling clocks run on past their due."""

        def n(name: str) -> int:
            return self.tally.measure(name, dimension, part)

        reached = {"followed_up": ["reached"], "excluded": ["false"]}
        asked = {**reached, "solved": list(SOLVED)}
        rated = {"own_rating": list(SATISFACTIONS), "excluded": ["false"]}
        content = {**reached, "satisfaction": sorted(_CONTENT)}
        handled = {"handled": ["late", "on_time"]}
        known = {"assigned": ["true"], "contact_known": ["true"]}
        unknown = {**known, "contact_known": ["false"]}

        def figure(key: str, n: int, words: Words, of: int | None = None, whole: Words = _ALL) -> Figure:
            return Figure(key, n, {**base, **words}, of, None if of is None else {**base, **whole})

        due = n("on_time") + n("late") + running
        return [
            figure("on_time", n("on_time"), {"handled": ["on_time"]}, due, handled),
            figure("response_rate", n("contacted"), {"contacted": ["true"], **known}, n("contactable"), known),
            figure("contact_unknown", n("contact_unknown"), unknown),
            figure("solution_rate", n("solved"), {**reached, "solved": ["yes"]}, n("solution_asked"), asked),
            figure("not_asked", n("reached") - n("solution_asked"), {**reached, "solved": [NOT_ASKED]}),
            figure("satisfaction_rate", n("content"), content, n("reached"), reached),
            figure("unreachable", n("unreachable"), {"followed_up": ["unreachable"]}),
            figure("own_rating", n("own_content"), {**rated, "own_rating": sorted(_CONTENT)}, n("own_rated"), rated),
            figure("excluded", n("excluded"), {"excluded": ["true"]}),
        ]

    def _week(self) -> Words:
        zone = self.scope.zone
        until = week_end(self.at, zone).isoformat()
        return {"open": ["true"], "due_from": [self.at.astimezone(zone).isoformat()], "due_to": [until]}

    def open_and_late(self, by: str) -> tuple[tuple[Cell, ...], tuple[Cell, ...]]:
        """Return what is open, and what of it is late, by category, place or unit."""
        base = self.scope.filter()
        return (
            self._cells(self.tally.by(by, "open"), by, {**base, "open": ["true"]}),
            self._cells(self.soon.late_by(by), by, {**base, "overdue": ["true"]}),
        )

    def _cells(self, found: Mapping[str, int], by: str, base: Words) -> tuple[Cell, ...]:
        values = (_value(code) if by == "unit" else code for code in found)
        codes = ((self._names.code_of(by, value),) for value in values)
        return _cells(zip(codes, found.values(), strict=True), [by], base)

    @cached_property
    def _names(self) -> Names:
        if self.names is not None:
            return self.names
        units = {*self.tally.codes("unit"), *self.soon.units()}
        return Names.read(self.session, [UUID(unit) for unit in units if unit])

    def months(self, periods: Sequence[Period]) -> list[Mapping[str, Figure]]:
        """Return what `months` does for the same places; nothing more is asked where the overview reaches so far."""
        first, last = self.scope.period.first, self.scope.period.last
        begin, end = periods[0].first, periods[-1].last
        begins = first is None or (begin is not None and first <= begin)
        # Nothing is reported after today.
        ends = last == end or (last is None and end is not None and end >= self.at.astimezone(self.scope.zone).date())
        if begins and ends:
            return _months(self.tally, self.scope, periods)
        return months(self.session, self.scope, periods)

    def on_time_by_unit(self) -> Mapping[str | None, Figure]:
        """Return what each unit handled by due out of what was due, by the unit's code."""
        met, missed, running = (
            *(self.tally.by("unit", name) for name in ("on_time", "late")),
            self.soon.late_handling_by_unit(),
        )
        parts = sorted({*met, *missed, *running})
        made: dict[str | None, Figure] = {}
        for part in parts:
            code = self._names.code_of("unit", _value(part))
            base = {**self.scope.filter(), **_words(["unit"], [code])}
            words, whole = {"handled": ["on_time"]}, {"handled": ["late", "on_time"]}
            of = met.get(part, 0) + missed.get(part, 0) + running.get(part, 0)
            made[code] = Figure("on_time", met.get(part, 0), {**base, **words}, of, {**base, **whole})
        return made


def stood_on(session: Session, scope: Scope, day: date) -> Mapping[str, Figure]:
    """Return the rates as they stood at the end of a day that is over, of what had been reported by then.

    What came later is in none of them (stood.py). Each number opens the cases that made it up on that day.
    """
    last = day if scope.period.last is None else min(day, scope.period.last)
    scope = replace(scope, period=replace(scope.period, last=last))
    found = stood.counts(session, scope.where(), cut=midnight(day + timedelta(days=1), zone=scope.zone))

    def words(name: str) -> Words:
        return {**scope.filter(), "stood": [f"{name}@{day.isoformat()}"]}

    return {
        key: Figure(key, found[part], words(part))
        if whole is None
        else Figure(key, found[part], words(part), found[whole], words(whole))
        for key, part, whole in _STOOD
    }


def months(session: Session, scope: Scope, periods: Sequence[Period]) -> list[Mapping[str, Figure]]:
    """Return `total`, `closed` and `on_time` of each of some months that follow one another, the oldest first.

    All are read at once; each figure is the one that `figures` would give for its period alone. The last may be a part
    of a month.
    """
    whole = replace(scope, period=Period(periods[0].first, periods[-1].last))
    return _months(tally_of(session, whole, dimensions=("all",)), scope, periods)


def _months(tally: Tally, scope: Scope, periods: Sequence[Period]) -> list[Mapping[str, Figure]]:
    made: list[Mapping[str, Figure]] = []
    for period in periods:
        base = replace(scope, period=period).filter()
        month = "" if period.first is None else _month(period.first)
        asked: Mapping[str, Words] = {"total": {}, "closed": {"state": ["closed"]}, "on_time": {"handled": ["on_time"]}}
        made.append({key: Figure(key, tally.of_month(month, key), {**base, **words}) for key, words in asked.items()})
    return made


def tally_of(session: Session, scope: Scope, *, dimensions: Sequence[str] = tallies.DIMENSIONS) -> Tally:
    """Return the sums of a scope: kept ones where there are such; single days of a township, and villages, counted."""
    regions, span = scope.regions, Span(scope.period.first, scope.period.last)
    if tallies.keeps_days(regions):
        return tallies.read(session, regions, span, dimensions=dimensions)
    months = None if any(len(code) > tallies.LEVELS[-1] for code in regions) else span.whole_months()
    if months is None:
        return tallies.count(session, regions, since=scope.since(), until=scope.until(), dimensions=dimensions)
    tally = tallies.read(session, regions, months, dimensions=dimensions)
    for edge in span.edges():
        there = replace(scope, period=Period(edge.first, edge.last))
        counted = tallies.count(session, regions, since=there.since(), until=there.until(), dimensions=dimensions)
        tally.take_in(counted)
    return tally


def _month(day: date) -> str:
    return day.strftime("%Y-%m")


def _value(code: str) -> UUID | None:
    return UUID(code) if code else None


_COLUMNS: Mapping[str, Any] = {
    "category": lambda: Case.category,
    "place": township,
    "unit": lambda: Case.lead_org_id,
    "state": lambda: Case.state,
}
_NAMES = {"category": "category", "place": "township", "unit": "lead_org", "state": "state"}


def _words(by: Sequence[str], codes: Sequence[str | None]) -> dict[str, Sequence[str]]:
    return {_NAMES[name]: [code or NOBODY] for name, code in zip(by, codes, strict=True)}
