"""Figures of cases: how many of what, by category, place, unit and state, and the rates an office answers for.

Each figure comes with the filter under which the list of cases shows exactly the records it counts; a number without
that is none (look/README "Principles" 3). What is counted are the cases reported in a period, in the places for which
the caller may read figures: always places they may see whole, so that counting tells nothing a list would hide.
Everything but the two clocks is read from one covering index (performance.md §5 f).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from casework.cases.filters import NOBODY, midnight, open_cases, township
from casework.cases.tables import Case
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import Denied
from casework.matters.tables import Deadline
from casework.registry import queries as registry
from casework.registry.tables import Category

DIMENSIONS = ("category", "place", "unit", "state")
PERMISSION = "statistics.read"
_READERS = TRIAGE_ROLES | {"observer", "auditor"}
_CONTENT = frozenset({"satisfied", "basically"})

Words = Mapping[str, Sequence[str]]
_ALL: Words = {}


@dataclass(frozen=True, slots=True)
class Period:
    """The office's days within which a case was reported, both included; open where None."""

    first: date | None = None
    last: date | None = None


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


@dataclass(frozen=True, slots=True)
class Timing:
    """How many of the last clocks of a kind were met in time and how many not, in one part of a scope."""

    part: Any
    kind: str
    met: int
    missed: int


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: places (prefixes of the division code) and a period."""

    regions: tuple[str, ...]
    period: Period
    zone: ZoneInfo

    def where(self) -> list[ColumnElement[bool]]:
        """Return the conditions on `Case`."""
        places = [and_(Case.region_code >= code, Case.region_code < code + ":") for code in self.regions]
        edges: list[ColumnElement[bool]] = [or_(*places)]
        if self.period.first is not None:
            edges.append(Case.reported_at >= midnight(self.period.first, zone=self.zone))
        if self.period.last is not None:
            edges.append(Case.reported_at < midnight(self.period.last + timedelta(days=1), zone=self.zone))
        return edges

    def filter(self) -> dict[str, Sequence[str]]:
        """Return the words of the same conditions for a list."""
        words: dict[str, Sequence[str]] = {"region": list(self.regions)}
        if self.period.first is not None:
            words["reported_from"] = [self.period.first.isoformat()]
        if self.period.last is not None:
            words["reported_to"] = [self.period.last.isoformat()]
        return words


def scope_of(actor: Actor, *, zone: ZoneInfo, period: Period = Period(), region: str | None = None) -> Scope:
    """Return what figures an actor may read, narrowed to a place.

    Raises:
        Denied: the actor reads figures of no place, or of none within `region`.
    """
    held = actor.regions(_READERS)
    widest = [code for code in held if not any(code != other and code.startswith(other) for other in held)]
    if region is not None:
        widest = [region if region.startswith(code) else code for code in widest if _overlap(code, region)]
    if not widest:
        raise Denied(PERMISSION)
    return Scope(tuple(widest), period, zone)


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def counts(
    session: Session,
    scope: Scope,
    *,
    by: Sequence[str],
    only_open: bool = False,
    overdue_at: datetime | None = None,
) -> tuple[Cell, ...]:
    """Count the cases of a scope by one or more of `DIMENSIONS`, the largest cells first.

    Categories are counted with what stands under them. `overdue_at`: only what is open and late at that instant.
    """
    asked = select(*(_COLUMNS[name]().label(name) for name in by)).where(*scope.where())
    if only_open:
        asked = asked.where(open_cases())
    if overdue_at is not None:
        asked = asked.where(open_cases(), Case.due_at < overdue_at)
    inner = asked.subquery()
    columns = [inner.c[name] for name in by]
    rows = session.execute(select(*columns, func.count()).group_by(*columns)).all()
    base = scope.filter() | ({"open": ["true"]} if only_open else {})
    base |= {} if overdue_at is None else {"overdue": ["true"]}
    return _cells(zip(_codes(session, rows, by), (row[-1] for row in rows), strict=True), by, base)


def open_and_late(
    session: Session, scope: Scope, *, by: str, at: datetime
) -> tuple[tuple[Cell, ...], tuple[Cell, ...]]:
    """Count what is open, and what of it is late at an instant, by one of `DIMENSIONS`: two `counts` in one reading."""
    late = case((Case.due_at < at, 1)).label("late")
    inner = select(_COLUMNS[by]().label(by), late).where(*scope.where(), open_cases()).subquery()
    rows = session.execute(select(inner.c[by], func.count(), func.count(inner.c.late)).group_by(inner.c[by])).all()
    codes = _codes(session, rows, [by])
    base = scope.filter()
    return (
        _cells(zip(codes, (row[1] for row in rows), strict=True), [by], {**base, "open": ["true"]}),
        _cells(zip(codes, (row[2] for row in rows), strict=True), [by], {**base, "overdue": ["true"]}),
    )


def _codes(session: Session, rows: Sequence[Any], by: Sequence[str]) -> list[tuple[str | None, ...]]:
    """Return the codes of each row: categories as what they stand under, units by their code."""
    roots = _roots(session) if "category" in by else {}
    units = registry.orgs_by_id(session, _units(rows, by))
    return [
        tuple(
            roots.get(value, value)
            if name == "category"
            else (units[value].code if value is not None else None)
            if name == "unit"
            else value
            for name, value in zip(by, row, strict=False)
        )
        for row in rows
    ]


def _cells(found: Iterable[tuple[tuple[str | None, ...], int]], by: Sequence[str], base: Words) -> tuple[Cell, ...]:
    sums: dict[tuple[str | None, ...], int] = {}
    for codes, n in found:
        if n:
            sums[codes] = sums.get(codes, 0) + n
    cells = (Cell(codes, n, {**base, **_words(by, codes)}) for codes, n in sums.items())
    return tuple(sorted(cells, key=lambda cell: (-cell.count, [code or "" for code in cell.codes])))


def figures(
    session: Session, scope: Scope, *, at: datetime, timings: Sequence[Timing] | None = None
) -> Mapping[str, Figure]:
    """Return the headline figures by key: totals, what is open, late and due this week, and the rates.

    Rates (domain.md §3a): `on_time` closed by due after extensions ÷ due; `response_rate` contacted in time ÷ assigned;
    `solution_rate` solved and content ÷ reached; `satisfaction_rate` satisfied or basically so ÷ reached. Whom nobody
    reached is not in the denominator but has a figure of their own. `timings`: those of the scope, where the caller
    has read them already.
    """
    sums = _sums(session, scope, at=at)
    clocks = _clocks(timings_by_unit(session, scope, at=at) if timings is None else timings)
    base = scope.filter()
    week = {"open": ["true"], "due_from": [_told(at, scope.zone)], "due_to": [_week_end(at, scope.zone).isoformat()]}
    reached = {"followed_up": ["reached"]}
    content = {**reached, "satisfaction": sorted(_CONTENT)}

    def figure(key: str, words: Words, *, n: int | None = None, of: int | None = None, whole: Words = _ALL) -> Figure:
        counted = sums[key] if n is None else n
        return Figure(key, counted, {**base, **words}, of, None if of is None else {**base, **whole})

    handled = clocks["handle", True] + clocks["handle", False]
    made = [
        figure("total", {}),
        figure("open", {"open": ["true"]}),
        figure("overdue", {"overdue": ["true"]}),
        figure("due_this_week", week),
        figure("closed", {"state": ["closed"]}),
        figure(
            "on_time",
            {"handled": ["on_time"]},
            n=clocks["handle", True],
            of=handled,
            whole={"handled": ["late", "on_time"]},
        ),
        figure(
            "response_rate",
            {"contacted": ["true"], "assigned": ["true"]},
            n=clocks["contact", True],
            of=sums["assigned"],
            whole={"assigned": ["true"]},
        ),
        figure("solution_rate", {**content, "result_class": ["A"]}, of=sums["reached"], whole=reached),
        figure("satisfaction_rate", content, of=sums["reached"], whole=reached),
        figure("unreachable", {"followed_up": ["unreachable"]}),
    ]
    return {each.key: each for each in made}


def _sums(session: Session, scope: Scope, *, at: datetime) -> Mapping[str, int]:
    reached = Case.followed_up == "reached"
    content = and_(reached, Case.satisfaction.in_(sorted(_CONTENT)))
    week = and_(open_cases(), Case.due_at >= at, Case.due_at < _after_week(at, scope.zone))
    conditions: Mapping[str, ColumnElement[bool]] = {
        "open": open_cases(),
        "overdue": and_(open_cases(), Case.due_at < at),
        "due_this_week": week,
        "closed": Case.state == "closed",
        "assigned": Case.assigned_at.is_not(None),
        "reached": reached,
        "unreachable": Case.followed_up == "unreachable",
        "solution_rate": and_(content, Case.result_class == "A"),
        "satisfaction_rate": content,
    }
    columns = [func.count(case((condition, 1))).label(key) for key, condition in conditions.items()]
    row = session.execute(select(func.count().label("total"), *columns).where(*scope.where())).one()
    return {key: int(value) for key, value in row._mapping.items()}


def months(session: Session, scope: Scope, periods: Sequence[Period], *, at: datetime) -> list[Mapping[str, Figure]]:
    """Return `total`, `closed` and `on_time` of each of some periods that follow one another, the oldest first.

    All are read at once; each figure is the one that `figures` would give for its period alone.
    """
    whole = replace(scope, period=Period(periods[0].first, periods[-1].last))
    ends = [midnight(each.last + timedelta(days=1), zone=scope.zone) for each in periods[:-1] if each.last is not None]
    place = case(*((Case.reported_at < end, n) for n, end in enumerate(ends)), else_=len(ends)).label("part")
    inner = select(place, case((Case.state == "closed", 1)).label("closed")).where(*whole.where()).subquery().c
    rows = session.execute(select(inner.part, func.count(), func.count(inner.closed)).group_by(inner.part))
    sums = {part: (int(total), int(closed)) for part, total, closed in rows}
    handled = {each.part: each for each in _timed(session, whole, part=place, at=at) if each.kind == "handle"}
    made: list[Mapping[str, Figure]] = []
    for n, period in enumerate(periods):
        base = replace(scope, period=period).filter()
        total, closed = sums.get(n, (0, 0))
        met, missed = (handled[n].met, handled[n].missed) if n in handled else (0, 0)
        words, all_handled = {**base, "handled": ["on_time"]}, {**base, "handled": ["late", "on_time"]}
        made.append(
            {
                "total": Figure("total", total, base),
                "closed": Figure("closed", closed, {**base, "state": ["closed"]}),
                "on_time": Figure("on_time", met, words, met + missed, all_handled),
            }
        )
    return made


def timings_by_unit(session: Session, scope: Scope, *, at: datetime) -> Sequence[Timing]:
    """Count the last clocks of a scope's cases by unit: the source of every rate that speaks of time."""
    return _timed(session, scope, part=_COLUMNS["unit"]().label("part"), at=at)


def on_time_by_unit(session: Session, scope: Scope, *, timings: Sequence[Timing]) -> Mapping[str | None, Figure]:
    """Return what each unit handled by due out of what was due, by the unit's code."""
    handled = [each for each in timings if each.kind == "handle"]
    units = registry.orgs_by_id(session, [each.part for each in handled if each.part is not None])
    made: dict[str | None, Figure] = {}
    for each in handled:
        code = None if each.part is None else units[each.part].code
        base = {**scope.filter(), **_words(["unit"], [code])}
        words, whole = {"handled": ["on_time"]}, {"handled": ["late", "on_time"]}
        made[code] = Figure("on_time", each.met, {**base, **words}, each.met + each.missed, {**base, **whole})
    return made


def _clocks(timings: Sequence[Timing]) -> Mapping[tuple[str, bool], int]:
    """Add up the handling and contact clocks of all units: (kind, in time) → cases."""
    found = {(kind, is_met): 0 for kind in ("handle", "contact") for is_met in (True, False)}
    for each in timings:
        found[each.kind, True] += each.met
        found[each.kind, False] += each.missed
    return found


def _timed(session: Session, scope: Scope, *, part: ColumnElement[Any], at: datetime) -> Sequence[Timing]:
    # Whoever was contacted and is no longer assigned (reopened since) belongs to no denominator.
    counted = or_(Deadline.kind == "handle", Case.assigned_at.is_not(None))
    later = aliased(Deadline)
    is_last = ~exists().where(
        later.matter_id == Deadline.matter_id, later.kind == Deadline.kind, later.epoch > Deadline.epoch
    )
    row = (
        select(Deadline.kind, Deadline.status, Deadline.met_at, Deadline.due_at, part)
        .join(Case, Case.id == Deadline.matter_id)
        .where(Deadline.kind.in_(("handle", "contact")), counted, is_last, *scope.where())
        .subquery()
        .c
    )
    in_time = and_(row.status == "met", row.met_at <= row.due_at)
    late = or_(and_(row.status == "met", row.met_at > row.due_at), and_(row.status == "running", row.due_at < at))
    rows = session.execute(
        select(row.part, row.kind, func.count(case((in_time, 1))), func.count(case((late, 1)))).group_by(
            row.part, row.kind
        )
    ).all()
    return [Timing(value, kind, int(met), int(missed)) for value, kind, met, missed in rows]


def _after_week(at: datetime, zone: ZoneInfo) -> datetime:
    return midnight(_week_end(at, zone) + timedelta(days=1), zone=zone)


def _week_end(at: datetime, zone: ZoneInfo) -> date:
    today = at.astimezone(zone).date()
    return today + timedelta(days=7 - today.isoweekday())


def _told(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat()


_COLUMNS: Mapping[str, Any] = {
    "category": lambda: Case.category,
    "place": township,
    "unit": lambda: Case.lead_org_id,
    "state": lambda: Case.state,
}
_NAMES = {"category": "category", "place": "township", "unit": "lead_org", "state": "state"}


def _words(by: Sequence[str], codes: Sequence[str | None]) -> dict[str, Sequence[str]]:
    return {_NAMES[name]: [code or NOBODY] for name, code in zip(by, codes, strict=True)}


def _units(rows: Sequence[Any], by: Sequence[str]) -> list[UUID]:
    if "unit" not in by:
        return []
    place = list(by).index("unit")
    return [row[place] for row in rows if row[place] is not None]


def _roots(session: Session) -> Mapping[str, str]:
    rows = session.execute(select(Category.code, Category.parent_code))
    parents: dict[str, str | None] = {row[0]: row[1] for row in rows}
    roots: dict[str, str] = {}
    for code in parents:
        top, seen = code, {code}
        while (parent := parents.get(top)) is not None and parent in parents and parent not in seen:
            top = parent
            seen.add(parent)
        roots[code] = top
    return roots
