"""The tallies of cases: read for a place and some months, brought up to date, made anew.

Read is always the sum of what was folded in and of what was not yet, in one statement, so that a reader sees the same
whether a fold runs meanwhile or not. Only single days of a township, or what lies in one village, are counted case by
case.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from operator import add
from typing import Any

from sqlalchemy import TextClause, bindparam, column, delete, func, select, text

from casework.cases.figures.tally_spans import Span
from casework.cases.figures.tally_tables import (
    LED_BEFORE,
    NAMES,
    CaseTally,
    CaseTallyChange,
    measures_of,
    measures_of_unit,
    part_of,
)
from casework.cases.under import COUNTY
from casework.core.columns import Instant
from casework.core.database import Database, Session
from casework.core.driver.questions import Question

DIMENSIONS = ("all", "category", "unit", "place")
LEVELS = (6, 9)
# Of which places sums are kept by what grain of time.
_KEPT = ((6, "month"), (9, "month"), (6, "day"))
# How much of a day (YYYY-MM-DD) a grain is.
_DIGITS = {"month": 7, "day": 10}
# So many changes are folded in one transaction: a tally is rewritten once for all of them, and each writing leaves
# a row for readers to step over. On SQLite nobody else writes meanwhile.
LOT = 2_500
# What readers add up beside the tallies, every time, before one of them folds it: a tenth of a page's work.
MANY = 250
_NONE = (0,) * len(NAMES)

_KEYS = ("level", "grain", "region", "period", "dimension", "code")
# What stands for a part in each dimension.
_CODES = {"all": "''", "category": "category", "unit": "unit", "place": "place"}

Sums = tuple[int, ...]
# Level, grain, region, period, dimension and code of a tally.
Key = tuple[int, str, str, str, str, str]


@dataclass(slots=True)
class Tally:
    """What was counted: sums by (dimension, code), and those of all cases by month."""

    parts: dict[tuple[str, str], Sums] = field(default_factory=dict)
    months: dict[str, Sums] = field(default_factory=dict)

    def measure(self, name: str, dimension: str = "all", code: str = "") -> int:
        """Return one number."""
        return self.parts.get((dimension, code), _NONE)[NAMES.index(name)]

    def of_month(self, month: str, name: str) -> int:
        """Return one number of all cases of a month (YYYY-MM)."""
        return self.months.get(month, _NONE)[NAMES.index(name)]

    def by(self, dimension: str, name: str) -> Mapping[str, int]:
        """Return a measure by the codes of a dimension, where it is not zero."""
        place = NAMES.index(name)
        return {code: sums[place] for (of, code), sums in self.parts.items() if of == dimension and sums[place]}

    def codes(self, dimension: str) -> list[str]:
        """Return the codes of a dimension under which anything was counted."""
        return [code for (of, code), sums in self.parts.items() if of == dimension and any(sums)]

    def add(self, dimension: str, code: str, month: str, sums: Sums) -> None:
        """Add sums to a part, and to their month where they are those of all cases."""
        self.parts[dimension, code] = _plus(self.parts.get((dimension, code), _NONE), sums)
        if dimension == "all":
            self.months[month] = _plus(self.months.get(month, _NONE), sums)

    def take_in(self, other: "Tally") -> None:
        """Add another tally to this one."""
        for here, there in ((self.parts, other.parts), (self.months, other.months)):
            _merge(here, there)


def _merge(here: dict[Any, Sums], there: Mapping[Any, Sums]) -> None:
    for key, sums in there.items():
        here[key] = _plus(here.get(key, _NONE), sums)


def keeps_days(regions: Sequence[str]) -> bool:
    """Say whether sums by the day are kept of these places."""
    return all(len(code) <= LEVELS[0] for code in regions)


def read(session: Session, regions: Sequence[str], span: Span, *, dimensions: Sequence[str] = DIMENSIONS) -> Tally:
    """Return the sums of the cases under some places (codes of 2, 4, 6 or 9 digits, none under another).

    Of a township only whole months are kept.
    """
    places = tuple((9 if len(code) > LEVELS[0] else LEVELS[0], len(code)) for code in regions)
    parts, (first, last) = tuple(span.parts()), span.days()
    shape = tuple((part.grain, part.is_taken_away, part.first is not None, part.last is not None) for part in parts)
    statement = _reading(places, tuple(dimensions), shape, (first is not None, last is not None))
    edges: dict[str, Any] = {"first": first, "last": last}
    for n, part in enumerate(parts):
        edges |= {f"first{n}": part.first, f"last{n}": part.last}
    values = {name: value for name, value in edges.items() if value is not None}
    for n, code in enumerate(regions):
        values |= {f"from{n}": code, f"to{n}": code + ":"}
    tally = Tally()
    for dimension, code, month, *sums in session.ask(statement, values):
        tally.add(dimension, code, month or "", tuple(map(int, sums)))
    return tally


@lru_cache(maxsize=256)
def _reading(
    places: Sequence[tuple[int, int]],
    dimensions: Sequence[str],
    shape: Sequence[tuple[str, bool, bool, bool]],
    ends: tuple[bool, bool],
) -> Question:
    """Write the question; of places: level and digits, of parts: grain, whether it is taken away, and which ends are
    set, as of the whole.
    """

    def within(column: str, of: str, has_first: bool, has_last: bool) -> list[str]:
        return [*([f"{column} >= :first{of}"] if has_first else []), *([f"{column} <= :last{of}"] if has_last else [])]

    def under(n: int, level: int, digits: int) -> str:
        # Where a place is one of those that sums are kept of, the index leads to its periods.
        region = f"region = :from{n}" if level == digits else f"region >= :from{n} AND region < :to{n}"
        return f"(level = {level} AND {region})"

    kept = " OR ".join(under(n, level, digits) for n, (level, digits) in enumerate(places))
    fresh = " OR ".join(f"(place >= :from{n} AND place < :to{n})" for n in range(len(places)))
    sums = ", ".join(NAMES)
    less = ", ".join(f"-{name} AS {name}" for name in NAMES)
    names = ", ".join(f"'{each}'" for each in dimensions)
    sources = []
    for n, (grain, is_taken_away, *has) in enumerate(shape):
        condition = " AND ".join(
            [f"({kept})", f"grain = '{grain}'", f"dimension IN ({names})", *within("period", str(n), *has)]
        )
        month = f"substr(period, 1, {_DIGITS['month']})"
        told = f"SELECT dimension, code, {month} AS month, {less if is_taken_away else sums}"
        sources.append(f"{told} FROM case_tallies WHERE {condition}")
    condition = " AND ".join([f"({fresh})", *within("day", "", *ends)])
    month = f"substr(day, 1, {_DIGITS['month']})"
    sources += [
        f"SELECT '{each}', {_CODES[each]}, {month}, {sums} FROM case_tally_changes WHERE {condition}"  # noqa: S608 - our own names
        for each in dimensions
    ]
    added = ", ".join(f"sum({name}) AS {name}" for name in NAMES)
    month = "CASE WHEN dimension = 'all' THEN month END"
    written = text(
        f"SELECT dimension, code, {month} AS month, {added} FROM ({' UNION ALL '.join(sources)}) AS each"  # noqa: S608 - our own names
        f" GROUP BY dimension, code, {month}"
    )
    # A text that long the driver takes apart for its parameters at every asking.
    return Question(written.columns(*map(column, ("dimension", "code", "month", *NAMES))))


def count(
    session: Session,
    regions: Sequence[str],
    *,
    since: datetime | None,
    until: datetime | None,
    dimensions: Sequence[str] = DIMENSIONS,
) -> Tally:
    """Count case by case what was reported from an instant until another (not included): single days, or a village."""
    ranges = " OR ".join(f"({_under(n, code)})" for n, code in enumerate(regions))
    edges = {"since": ("reported_at >= :since", since), "until": ("reported_at < :until", until)}
    named = {name: value for name, (_, value) in edges.items() if value is not None}
    condition = " AND ".join([f"({ranges})", *(edges[name][0] for name in named)])
    counted = _counting(session, condition).text
    statement = text(f"WITH counted AS ({counted}) {_added_up(dimensions)}")
    statement = statement.bindparams(*(bindparam(name, type_=Instant()) for name in named))
    values: dict[str, Any] = dict(named)
    for n, code in enumerate(regions):
        values |= {f"county{n}": code[:COUNTY], f"from{n}": code, f"to{n}": code + ":"}
    tally = Tally()
    for dimension, code, month, *counts in session.execute(statement, values):
        tally.add(dimension, code, month or "", tuple(map(int, counts)))
    return tally


def _under(n: int, code: str) -> str:
    # As casework/cases/under.py says it.
    within = f"region_code >= :from{n} AND region_code < :to{n}"
    county = f"county = :county{n}"
    return within if len(code) < COUNTY else county if len(code) == COUNTY else f"{county} AND {within}"


def _added_up(dimensions: Sequence[str]) -> str:
    # By the database and by each dimension: what shares all of them is nearly as many rows as there are cases.
    sums = ", ".join(f"sum(sum_of_{name})" for name in NAMES)
    parts = {name: f"'{name}', {name}, NULL, {sums} FROM counted GROUP BY {name}" for name in DIMENSIONS[1:]}
    month = f"substr(day, 1, {_DIGITS['month']})"
    parts["all"] = f"'all', '', {month}, {sums} FROM counted GROUP BY {month}"
    return " UNION ALL ".join(f"SELECT {parts[name]}" for name in DIMENSIONS if name in dimensions)


def _counting(session: Session, condition: str) -> TextClause:
    """Write the question for what cases add up to, and what those who led them before add."""
    dialect = session.get_bind().dialect.name
    of_cases = _grouped(part_of("cases.", dialect), measures_of("cases."), f"cases WHERE {condition}")
    former = f"cases.is_shared AND {LED_BEFORE.format(row='case_units.')} AND {condition}"
    of_units = _grouped(
        part_of("cases.", dialect, unit="case_units.org_id"),
        measures_of_unit("case_units."),
        f"cases JOIN case_units ON case_units.case_id = cases.id WHERE {former}",
    )
    return text(f"{of_cases} UNION ALL {of_units}")


def _grouped(part: Mapping[str, str], measures: Mapping[str, str], rows: str) -> str:
    parts = ", ".join(f"{each} AS {name}" for name, each in part.items())
    sums = ", ".join(f"sum({each}) AS sum_of_{name}" for name, each in measures.items())
    return f"SELECT {parts}, {sums} FROM {rows} GROUP BY {', '.join(part.values())}"  # noqa: S608 - our own names


def fold(db: Database, *, lot: int = LOT) -> int:
    """Fold every change that waits into the tallies, a lot a transaction; return how many there were."""
    with db.reading() as session:
        if not waits(session):
            return 0
    total = 0
    while True:
        with db.transaction() as session:
            folded = _fold_lot(session, lot)
        total += folded
        if folded < lot:
            return total


def waits(session: Session) -> bool:
    """Say whether any change waits to be folded in."""
    return session.scalar(select(CaseTallyChange.n).limit(1)) is not None


def many_wait(session: Session) -> bool:
    """Say whether so many changes wait that readers feel it: the worker is not there, or cannot keep up."""
    return session.scalar(select(CaseTallyChange.n).order_by(CaseTallyChange.n).offset(MANY).limit(1)) is not None


def _fold_lot(session: Session, lot: int) -> int:
    """Take the first changes away and add them up, all in the database: whoever reads meanwhile is not held up here."""
    if session.get_bind().dialect.name == "postgresql":
        return int(session.scalars(_folding(), {"lot": lot}).one())
    table: Any = CaseTallyChange.__table__
    first = select(table.c.n).order_by(table.c.n).limit(lot).subquery()
    last, found = session.execute(select(func.max(first.c.n), func.count()).select_from(first)).one()
    if found:
        changes = f"SELECT {', '.join(_noted())} FROM case_tally_changes WHERE n <= :last"  # noqa: S608 - our own names
        session.execute(text(f"WITH {_added_up_of(changes)} {_adding()}"), {"last": last})
        session.execute(delete(table).where(table.c.n <= last))
    return int(found)


@cache
def _folding() -> TextClause:
    first = "SELECT n FROM case_tally_changes ORDER BY n LIMIT :lot"
    gone = f"DELETE FROM case_tally_changes WHERE n IN ({first}) RETURNING {', '.join(_noted())}"  # noqa: S608 - our own names
    counted = _added_up_of("SELECT * FROM gone")
    return text(f"WITH gone AS ({gone}), {counted}, added AS ({_adding()}) SELECT count(*) FROM gone")  # noqa: S608 - our own names


def _noted() -> Sequence[str]:
    return ("day", "place", "category", "unit", *NAMES)


def _added_up_of(changes: str) -> str:
    sums = ", ".join(f"sum({name}) AS sum_of_{name}" for name in NAMES)
    parts = ", ".join(_noted()[: -len(NAMES)])
    return f"counted AS (SELECT {parts}, {sums} FROM ({changes}) AS changed GROUP BY {parts})"  # noqa: S608 - our own names


def _adding() -> str:
    """Write what adds the cells of `counted` to the tallies; what adds up to nothing is left out."""
    columns, keys = ", ".join((*_KEYS, *NAMES)), ", ".join(_KEYS)
    added = ", ".join(f"{name} = case_tallies.{name} + excluded.{name}" for name in NAMES)
    told = " OR ".join(f"{name} <> 0" for name in NAMES)
    # In one order everywhere, so that two who fold at once wait for one another instead of for ever.
    cells = f"SELECT {columns} FROM ({_cells()}) AS cells WHERE {told} ORDER BY {keys}"  # noqa: S608 - our own names
    return f"INSERT INTO case_tallies ({columns}) {cells} ON CONFLICT ({keys}) DO UPDATE SET {added}"


def _cells() -> str:
    """Write the question for every key that `counted` counts under, with its sums; the database adds up."""
    sums = ", ".join(f"sum(sum_of_{name}) AS {name}" for name in NAMES)
    cells = []
    for level, grain in _KEPT:
        region, period = f"substr(place, 1, {level})", f"substr(day, 1, {_DIGITS[grain]})"
        for dimension in DIMENSIONS:
            groups = f"{region}, {period}" + ("" if dimension == "all" else f", {dimension}")
            keys = (str(level), f"'{grain}'", region, period, f"'{dimension}'", _CODES[dimension])
            told = ", ".join(f"{value} AS {key}" for value, key in zip(keys, _KEYS, strict=True))
            cells.append(f"SELECT {told}, {sums} FROM counted GROUP BY {groups}")  # noqa: S608 - our own names
    return " UNION ALL ".join(cells)


def rebuild(session: Session) -> None:
    """Make all tallies anew from the cases (restores, bulk loads); whoever changes a case meanwhile waits."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE cases IN SHARE ROW EXCLUSIVE MODE"))
    session.execute(delete(CaseTallyChange))
    session.execute(delete(CaseTally))
    session.execute(text(f"WITH counted AS ({_counting(session, 'TRUE').text}) {_adding()}"))


def expected(session: Session) -> Mapping[Key, Sums]:
    """Return what the tallies with their changes have to add up to, counted case by case; `verify` compares."""
    return _counted_whole(session)


def kept(session: Session) -> Mapping[Key, Sums]:
    """Return the tallies with their changes, without those that are zero."""
    table, changes = CaseTally.__table__, CaseTallyChange.__table__
    columns = [table.c[name] for name in (*_KEYS, *NAMES)]
    found = {tuple(row[: len(_KEYS)]): tuple(map(int, row[len(_KEYS) :])) for row in session.execute(select(*columns))}
    fresh = select(*(changes.c[name] for name in ("day", "place", "category", "unit", *NAMES)))
    for key, sums in _sums_of(session.execute(fresh).all()).items():
        found[key] = _plus(found.get(key, _NONE), sums)
    return {key: sums for key, sums in found.items() if any(sums)}


def _counted_whole(session: Session) -> dict[Key, Sums]:
    """Count all cases by every key they count under."""
    rows = session.execute(text(f"WITH counted AS ({_counting(session, 'TRUE').text}) {_cells()}"))
    found = {tuple(row[: len(_KEYS)]): tuple(map(int, row[len(_KEYS) :])) for row in rows}
    return {key: sums for key, sums in found.items() if any(sums)}


def _sums_of(rows: Iterable[Sequence[Any]]) -> dict[Key, Sums]:
    """Add rows of (day, place, category, unit, measures) up by every key they count under."""
    found: dict[Key, list[int]] = {}
    for day, place, category, unit, *sums in rows:
        for level, grain in _KEPT:
            region, period = place[:level], day[: _DIGITS[grain]]
            for dimension, code in _spread(place, category, unit):
                row = found.setdefault((level, grain, region, period, dimension, code), [0] * len(NAMES))
                for n, value in enumerate(sums):
                    row[n] += int(value)
    return {key: tuple(sums) for key, sums in found.items() if any(sums)}


def _spread(place: str, category: str, unit: str) -> Iterator[tuple[str, str]]:
    return zip(DIMENSIONS, ("", category, unit, place), strict=True)


def _plus(one: Sums, other: Sums) -> Sums:
    return tuple(map(add, one, other))
