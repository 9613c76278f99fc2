"""The figures of a campaign: each is a query over single records, of a day, as it was known at an instant.

Nothing is stored. What a figure counts is data of the campaign's file; how its records are found is `sources.py`. The
wording follows the 余 rule (`wording.py`). Two figures that should agree and do not raise a note (domain.md §1.6).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, bindparam, case, func, or_, select, true

from casework.campaign import wording
from casework.campaign.definition import Campaign, Check, Figure
from casework.campaign.sources import SOURCES, Instants, kinds_of
from casework.core import money
from casework.core.columns import Day, Instant
from casework.core.database import Session
from casework.registry.tables import Category, Org

AMOUNT, RECORDS = "amount", "records"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a figure: cases of one category, or units of one kind."""

    code: str
    label: Mapping[str, str]
    exact: int


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One figure: `exact` counts records, or is fen for money."""

    figure: Figure
    exact: int
    parts: Sequence[Part] = field(default_factory=tuple)

    @property
    def is_money(self) -> bool:
        """Whether this is an amount."""
        return self.figure.measure == AMOUNT

    @property
    def told(self) -> int | str:
        """The exact number as it is sent: an integer, for money yuan with two decimals."""
        return money.yuan(self.exact) if self.is_money else self.exact

    def text(self, locale: str) -> str:
        """Return the wording of the bulletin."""
        # Of nothing, or of more than these kinds, the kinds would not tell how many.
        if self.figure.by_kind and 0 < self.exact == sum(part.exact for part in self.parts):
            parts = (f"{part.exact}{part.label[locale]}" for part in self.parts if part.exact)
            return wording.word("between", locale).join(parts)
        return str(self.figure.template[locale]).format(n=self._number(locale))

    def unit(self, locale: str) -> str:
        """Return what the exact number counts in."""
        if self.is_money:
            return wording.word("yuan", locale)
        return str(self.figure.template[locale]).replace("{n}", "").strip()

    def _number(self, locale: str) -> str:
        if self.figure.wording == "about":
            worded = wording.wan_about if self.is_money else wording.about
            return worded(self.exact, locale=locale)
        return money.wan(self.exact) if self.is_money else str(self.exact)


class Bound:
    """Stands in for `Instants` in a statement that is drawn up once and asked of many days."""

    def __init__(self, campaign: Campaign, place: int = 0, *, is_known: bool, first: int | None = None) -> None:
        self.campaign = campaign
        self.until = bindparam(f"until_{place}", type_=Day())
        self.undone_after = self.until if first is None else bindparam(f"until_{first}", type_=Day())
        self.known_at = bindparam("known_at", type_=Instant()) if is_known else None


@dataclass(frozen=True, slots=True)
class Same:
    """A campaign that is only the same as itself: two of one code may be read from two files."""

    campaign: Campaign

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.campaign is other.campaign

    def __hash__(self) -> int:
        return id(self.campaign)


# Of each figure, by key, the places of its days among all the days asked of.
_Shape = tuple[tuple[str, tuple[int, ...]], ...]
_kept: dict[tuple[int, _Shape, bool], tuple[Campaign, Select[Any]]] = {}
_MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class Note:
    """Two figures set against each other; `holds` says whether they agree."""

    check: Check
    left: int
    right: int
    holds: bool

    def text(self, locale: str) -> str:
        """Return the sentence with both numbers."""
        return str(self.check.text[locale]).format(left=self.left, right=self.right)


def reckon(session: Session, instants: Instants, keys: Sequence[str] | None = None) -> list[Reckoned]:
    """Reckon the figures of a campaign, all of them or those named, in the order of its file."""
    campaign = instants.campaign
    wanted = [figure for key, figure in campaign.figures.items() if keys is None or key in keys]
    session.plan_anew()
    return [_reckon(session, instants, figure) for figure in wanted]


def numbers(session: Session, instants: Instants, asked: Mapping[str, Sequence[date]]) -> Mapping[str, Sequence[int]]:
    """Return the exact numbers of figures (by key) on several days each: what `reckon` says of each, in one statement.

    The days stand in for `instants.as_of`; the statement is drawn up once for a campaign and kept.
    """
    campaign = instants.campaign
    days = sorted({day for each in asked.values() for day in each})
    shape = tuple((key, tuple(days.index(day) for day in each)) for key, each in asked.items())
    params: dict[str, Any] = {f"until_{place}": replace(instants, as_of=day).until for place, day in enumerate(days)}
    if instants.known_at is not None:
        params["known_at"] = instants.known_at
    session.plan_anew()
    row = session.execute(_statement(campaign, shape, is_known="known_at" in params), params).one()
    known = dict(zip(_once(shape), row, strict=True))
    return {key: [int(known[key, place]) for place in places] for key, places in shape}


def _once(shape: _Shape) -> Sequence[tuple[str, int]]:
    """Return each figure with each of its days once: today is the end of its quarter too."""
    return list(dict.fromkeys((name, place) for name, places in shape for place in places))


def _statement(campaign: Campaign, shape: _Shape, *, is_known: bool) -> Select[Any]:
    """Return the SELECT of one row: for each figure of a shape its number on each of the days of that place."""
    key = (id(campaign), shape, is_known)
    if key not in _kept:
        if len(_kept) > _MOST_KEPT:
            _kept.clear()
        # With the campaign, so that no other can come to be at its address.
        _kept[key] = (campaign, _drawn(campaign, shape, is_known=is_known))
    return _kept[key][1]


def _drawn(campaign: Campaign, shape: _Shape, *, is_known: bool) -> Select[Any]:
    columns: dict[tuple[str, int], Any] = {}
    beside: list[Any] = []
    for name, places in shape:
        figure, first = campaign.figures[name], min(places)
        days = {place: Bound(campaign, place, is_known=is_known) for place in places}
        if _counts_by_link(figure):
            continue
        if len(days) > 1 and SOURCES[figure.of].since is not None:
            last = Bound(campaign, max(places), is_known=is_known, first=first)
            table = _of_days(figure, days, rows_of(last, figure))
            beside.append(table)
            columns |= dict(zip(((name, place) for place in days), table.c, strict=True))
        else:
            columns |= {
                (name, place): _number(rows_of(days[place], figure).subquery(), figure).label(None) for place in days
            }
    by_link = [each for each in _once(shape) if _counts_by_link(campaign.figures[each[0]])]
    for source in dict.fromkeys(campaign.figures[name].of for name, _ in by_link):
        mine = [each for each in by_link if campaign.figures[each[0]].of == source]
        table = _by_link(campaign, source, mine, is_known=is_known)
        beside.append(table)
        columns |= dict(zip(mine, table.c, strict=True))
    asked = select(*(columns[each] for each in _once(shape)))
    # Each is of one row.
    return asked.select_from(reduce(lambda left, right: left.join(right, true()), beside)) if beside else asked


def _counts_by_link(figure: Figure) -> bool:
    """Say whether all that a figure asks of its rows is that they belong to links of some kinds."""
    return SOURCES[figure.of].by_link is not None and set(figure.where) == {"link"}


def _by_link(campaign: Campaign, of: str, asked: Sequence[tuple[str, int]], *, is_known: bool) -> Subquery:
    """Return one row with the numbers of figures of one source, each on a day: its rows are looked through once for all
    of them, by each kind of link.
    """
    places = [place for _, place in asked]
    kinds = {name: kinds_of(campaign.figures[name].where["link"]) for name, _ in asked}
    every = list(dict.fromkeys(kind for each in kinds.values() for kind in each))
    last: Any = Bound(campaign, max(places), is_known=is_known, first=min(places))
    made: Any = SOURCES[of].by_link
    rows = made(last, every).subquery()
    conditions = [_stood(rows, Bound(campaign, place, is_known=is_known)) for _, place in asked]
    for n, (name, _) in enumerate(asked):
        if set(kinds[name]) != set(every):
            conditions[n] = and_(rows.c.kind.in_(kinds[name]), conditions[n])
    return _of_values(rows, conditions)


def _of_days(figure: Figure, days: Mapping[int, Any], whole: Select[Any]) -> Subquery:
    """Return one row with the number of a figure on each of some days: the rows of all are looked through once."""
    source = SOURCES[figure.of]
    asked, undone = whole.add_columns(source.since.label("since")), source.undone
    if undone is not None:
        # What was undone since then counted on the days before.
        asked = asked.add_columns(undone.label("undone"))
    rows = asked.subquery()
    if undone is not None:
        return _of_values(rows, [_stood(rows, bound) for bound in days.values()])
    if figure.measure not in (AMOUNT, RECORDS):
        # A household that several projects help counts from the first on.
        rows = select(rows.c.value, func.min(rows.c.since).label("since")).group_by(rows.c.value).subquery()
    made = [_number(rows, figure, counts=rows.c.since <= bound.until).label(f"on_{n}") for n, bound in days.items()]
    return select(*made).subquery()


def _stood(rows: Subquery, bound: Bound) -> ColumnElement[bool]:
    """Return the condition that what a row says had come about by a day, and was not undone then."""
    return and_(rows.c.since <= bound.until, or_(rows.c.undone.is_(None), rows.c.undone > bound.until))


def _of_values(rows: Subquery, conditions: Sequence[ColumnElement[bool]]) -> Subquery:
    """Return one row that says of each condition for how many values it holds in any of their rows: what can be undone
    can come about again.
    """
    marks = [func.max(case((holds, 1), else_=0)).label(f"mark_{n}") for n, holds in enumerate(conditions)]
    values = select(*marks).group_by(rows.c.value).subquery()
    return select(*(func.coalesce(func.sum(each), 0).label(each.name) for each in values.c)).subquery()


def _number(rows: Any, figure: Figure, *, counts: Any = None) -> Any:
    """Return the number that rows make: of those that count, each value once, in a SELECT of theirs; without that, of
    all of them, as a SELECT.
    """
    told: Any
    if figure.measure == AMOUNT:
        amount = rows.c.amount if counts is None else case((counts, rows.c.amount), else_=0)
        told = func.coalesce(func.sum(amount), 0)
    else:
        told = func.count(rows.c.value.distinct() if counts is None else case((counts, rows.c.value)))
    return select(told).scalar_subquery() if counts is None else told


def rows_of(instants: Instants | Bound, figure: Figure) -> Select[Any]:
    """Return the SELECT of what a figure counts: `value`, for money `amount` beside it."""
    asked: Any = instants
    return SOURCES[figure.of].rows(asked, figure.measure, figure.where, figure.stage)


def kind_of_records(campaign: Campaign, figure: Figure) -> str:
    """Return what kind of thing each record of a figure is: `member`, `household`, `case`, …"""
    kind = SOURCES[figure.of].measures[figure.measure]
    if kind:
        return kind
    link = campaign.links[figure.where["kind"]]
    return link.holder if figure.measure == "holder_id" else link.object


def notes(campaign: Campaign, reckoned: Sequence[Reckoned]) -> list[Note]:
    """Set against each other the figures that the campaign's file says belong together; those not reckoned are left."""
    by_key = {each.figure.key: each.exact for each in reckoned}
    found = []
    for check in campaign.checks:
        if not by_key.keys() >= {*check.left, *check.right}:
            continue
        left = sum(by_key[key] for key in check.left) * check.times
        right = sum(by_key[key] for key in check.right)
        holds = left == right if check.relation == "=" else left >= right
        found.append(Note(check, left, right, holds))
    return found


def _reckon(session: Session, instants: Instants, figure: Figure) -> Reckoned:
    rows = rows_of(instants, figure).subquery()
    if figure.measure == AMOUNT:
        total = session.scalar(select(func.coalesce(func.sum(rows.c.amount), 0)))
        return Reckoned(figure, int(total or 0))
    count = session.scalar(select(func.count(rows.c.value.distinct()))) or 0
    return Reckoned(figure, count, _parts(session, figure, rows))


def _parts(session: Session, figure: Figure, rows: Any) -> Sequence[Part]:
    if figure.by_kind:
        asked = select(Org.kind, func.count(Org.id.distinct())).join(rows, rows.c.value == Org.id).group_by(Org.kind)
        counted = dict(session.execute(asked).all())
        return [Part(kind, words, counted.get(kind, 0)) for kind, words in figure.by_kind.items()]
    if figure.split == "category":
        told = (
            select(Category.code, Category.label_zh, Category.label_en, func.count(rows.c.value.distinct()))
            .join(rows, rows.c.category == Category.code)
            .group_by(Category.code, Category.label_zh, Category.label_en, Category.sort)
            .order_by(Category.sort, Category.code)
        )
        return [Part(code, {"zh": zh, "en": en}, count) for code, zh, en, count in session.execute(told)]
    return ()
