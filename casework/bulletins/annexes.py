"""The tables of a bulletin, drawn from records: villages, offices, households by township, money, kinds of problems.

Each is a plain table with its words, so that it can be frozen as it is. No order of merit anywhere: places stand in the
order of their codes, people in that of their names (domain.md §0.1).
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Select, case, func, select

from casework.activities.tables import Activity, Service, Suggestion
from casework.bulletins import agreed
from casework.bulletins.counts import (
    ARRIVED,
    PROBLEMS_OF,
    TOWN,
    dated,
    first_day,
    homes_by_town,
    industries_of,
    links_of,
    reached,
    solved,
    visited,
)
from casework.bulletins.drawing import Drawing
from casework.campaign import counted
from casework.campaign.counted import Only
from casework.campaign.definition import OBJECTS, Campaign
from casework.campaign.figures import Bound, Same
from casework.campaign.quarters import Quarter, between
from casework.campaign.sources import SOURCES, Instants, kinds_of
from casework.campaign.tables import Goal
from casework.cases.tables import Solution
from casework.core import money
from casework.core.database import Session
from casework.core.editions import known
from casework.funds.tables import FundLine
from casework.industries.tables import Industry
from casework.registry.tables import Category, Org, Region

_FILE = Path(__file__).with_name("words.toml")


# What a cell counts: a part of a figure by its key (`figure`), or what cells.py finds for a `table`, its `column` and
# the key of its `row`; `ids` where only what is frozen can say later which records these were.
Source = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Annex:
    """One table: cells are words or whole numbers, each with what it counts where that can be opened."""

    key: str
    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str | int]]
    sources: Sequence[Sequence[Source | None]] = ()

    def as_json(self) -> dict[str, Any]:
        """Return what is frozen of it."""
        return {
            "key": self.key,
            "title": self.title,
            "headings": list(self.headings),
            "rows": [list(row) for row in self.rows],
            "sources": [[None if each is None else dict(each) for each in row] for row in self.sources],
        }


@cache
def words() -> Mapping[str, Any]:
    """Return the words of a bulletin that are not the office's to edit."""
    return tomllib.loads(_FILE.read_text("utf-8"))


def draw(session: Session, instants: Drawing, quarter: Quarter) -> list[Annex]:
    """Draw all tables of a quarter; one without a row is left out."""
    drawn = (make(session, instants, quarter) for make in ANNEXES.values())
    return [annex for annex in drawn if annex.rows]


def quarter_told(quarter: Quarter) -> str:
    """Return a quarter as the tables of a bulletin write it: 2022年一季度."""
    return str(words()["of_quarter"]).format(year=quarter.year, number=words()["numerals"][quarter.number - 1])


def heads(campaign: Campaign, key: str) -> tuple[str, Sequence[str]]:
    """Return the title of a table and the headings of its columns."""
    told, separator = words()["annex"][key], words()["separator"]
    called = {
        thing: separator.join(campaign.links[kind].label["zh"] for kind in campaign.kinds_to(thing))
        for thing in OBJECTS
    }
    called["goals"] = separator.join(each.label["zh"] for each in campaign.checklists_of("region"))
    return told["title"].format(**called), [each.format(**called) for each in told["headings"]]


def _annex(
    campaign: Campaign,
    key: str,
    rows: Mapping[str, Sequence[str | int]],
    sources: Sequence[Sequence[Source | None]] = (),
) -> Annex:
    """Return a table of rows by their keys; a number that no figure counts leads to what cells.py finds for it."""
    told: list[list[Source | None]] = []
    for n, (row, cells) in enumerate(rows.items()):
        known = sources[n] if sources else (None,) * len(cells)
        told.append(
            [
                source or ({"table": key, "column": str(column), "row": row} if is_number(cell) else None)
                for column, (cell, source) in enumerate(zip(cells, known, strict=True))
            ]
        )
    return Annex(key, *heads(campaign, key), list(rows.values()), told)


def is_number(cell: str | int) -> bool:
    """Say whether a cell is a number: 12, 3.50, 5/11."""
    return isinstance(cell, int) or cell.replace(",", "").replace(".", "").replace("/", "").isdigit()


def _part_of(campaign: Campaign, of: str, where: Mapping[str, Any], *, measure: str = "", **part: str) -> Source | None:
    """Return the part of the figure that counts just such records; None if the campaign has no such figure."""
    told = {name: kinds_of(value) for name, value in where.items()}
    for figure in campaign.figures.values():
        if (
            figure.of == of
            and measure in ("", figure.measure)
            and figure.stage in (None, ARRIVED)
            and {name: kinds_of(value) for name, value in figure.where.items()} == told
        ):
            return {"figure": figure.key, **part}
    return None


def _count(session: Session, instants: Instants, table: Any, by: Any, *, since: date, kind: str = "") -> dict[Any, int]:
    """Return how many records of a table each has from a day on: column → number."""
    asked = select(by, func.count()).where(*dated(instants, table, since=since, kind=kind), by.is_not(None))
    return dict(session.execute(asked.group_by(by)).all())


def _there(found: Mapping[str, int], code: str) -> int:
    """Return what was counted in a place and what lies in it: a linked town holds its villages."""
    return sum(n for each, n in found.items() if each.startswith(code))


def villages(session: Session, instants: Instants, quarter: Quarter) -> Annex:
    """Draw what was done in each linked village: surveys, money that arrived, services, items reached."""
    begins = instants.campaign.begins
    codes = sorted({link.region_code for link in links_of(session, instants, "region")})
    names = dict(session.execute(select(Region.code, Region.name).where(Region.code.in_(codes))).all())
    towns = {code[:TOWN] for code in codes}
    names |= dict(session.execute(select(Region.code, Region.name).where(Region.code.in_(towns))).all())
    surveys = _count(session, instants, Activity, Activity.region_code, since=begins, kind="village_survey")
    lately = _count(
        session, instants, Activity, Activity.region_code, since=first_day(instants, quarter), kind="village_survey"
    )
    services = _count(session, instants, Service, Service.region_code, since=begins)
    funds = _arrived_by_place(session, instants)
    checklists = instants.campaign.checklists_of("region")
    goals = _reached(session, instants, [each.code for each in checklists], quarter.year)
    items = sum(len(each.items) for each in checklists)
    rows: dict[str, Sequence[str | int]] = {
        code: [
            f"{names.get(code[:TOWN], '')}{names.get(code, code)}" if len(code) > TOWN else names.get(code, code),
            _there(lately, code),
            _there(surveys, code),
            money.wan(_there(funds, code)),
            _there(services, code),
            f"{goals.get(code, 0)}/{items}",
        ]
        for code in codes
    }
    since = first_day(instants, quarter).isoformat()
    sources = [
        [
            *_of_village(instants.campaign, code, since),
            _services_of(session, instants, code, _there(services, code)),
            None,
        ]
        for code in codes
    ]
    return _annex(instants.campaign, "villages", rows, sources)


def _of_village(campaign: Campaign, code: str, since: str) -> Sequence[Source | None]:
    """Return what the first cells of a village's row count, as far as a figure counts the same."""
    surveyed: dict[str, Any] = {"kind": "village_survey"}
    return [
        None,
        _part_of(campaign, "activity", surveyed, place=code, since=since),
        _part_of(campaign, "activity", surveyed, place=code),
        _part_of(campaign, "fund_line", {}, place=code),
    ]


def _services_of(session: Session, instants: Instants, code: str, n: int) -> Source | None:
    """Return the part of the figure of services, where all `n` of a village were given while it was linked."""
    for figure in instants.campaign.figures.values():
        if figure.of == "service" and counted.part(session, instants, figure, Only(place=code)) == n:
            return {"figure": figure.key, "place": code}
    return None


def _arrived_by_place(session: Session, instants: Instants) -> dict[str, int]:
    rows = SOURCES["fund_line"].rows(instants, "amount", {}, ARRIVED).subquery()
    asked = select(FundLine.region_code, func.sum(FundLine.amount_fen)).join(rows, rows.c.value == FundLine.id)
    return {code: int(fen) for code, fen in session.execute(asked.group_by(FundLine.region_code))}


def _reached(session: Session, instants: Instants, checklists: Sequence[str], year: int) -> dict[str, int]:
    asked = select(Goal.region_code, func.count()).where(*reached(instants, checklists, year))
    return dict(session.execute(asked.group_by(Goal.region_code)).all())


def offices(session: Session, instants: Instants, quarter: Quarter) -> Annex:
    """Draw what each committee and office did for its industries."""
    begins = instants.campaign.begins
    links = links_of(session, instants, "industry")
    asked = select(Org).where(Org.id.in_({link.holder_id for link in links})).order_by(Org.kind, Org.code)
    orgs = session.scalars(asked).all()
    names = dict(session.execute(select(Industry.id, Industry.name).where(known(Industry, instants.known_at))).all())
    of_org = industries_of(links)
    by_org = Activity.org_id
    lately = _count(session, instants, Activity, by_org, since=first_day(instants, quarter), kind="industry_survey")
    surveys = _count(session, instants, Activity, by_org, since=begins, kind="industry_survey")
    meetings = _count(session, instants, Activity, by_org, since=begins, kind="thematic_consultation")
    suggestions = _count(session, instants, Suggestion, Suggestion.org_id, since=begins)
    solved = _solved_by(session, instants, Solution.industry_id, "industry")
    separator = words()["separator"]
    rows: dict[str, Sequence[str | int]] = {
        str(org.id): [
            org.name,
            separator.join(names.get(each, "") for each in of_org[org.id]),
            lately.get(org.id, 0),
            surveys.get(org.id, 0),
            meetings.get(org.id, 0),
            suggestions.get(org.id, 0),
            sum(solved.get(each, 0) for each in of_org[org.id]),
        ]
        for org in orgs
    }
    sources = [_of_org(instants.campaign, str(org.id), first_day(instants, quarter).isoformat()) for org in orgs]
    return _annex(instants.campaign, "offices", rows, sources)


def _of_org(campaign: Campaign, org: str, since: str) -> Sequence[Source | None]:
    """Return what the cells of a unit's row count, as far as a figure counts the same."""
    surveys = _part_of(campaign, "activity", {"kind": "industry_survey"}, org=org)
    lately = _part_of(campaign, "activity", {"kind": "industry_survey"}, org=org, since=since)
    meetings = _part_of(campaign, "activity", {"kind": "thematic_consultation"}, org=org)
    return [None, None, lately, surveys, meetings, _part_of(campaign, "suggestion", {}, org=org), None]


def _solved_by(session: Session, instants: Instants, by: Any, thing: str) -> dict[Any, int]:
    asked = select(by, func.count(Solution.case_id.distinct())).where(*solved(instants, thing))
    return dict(session.execute(asked.group_by(by)).all())


def households(session: Session, instants: Instants, quarter: Quarter) -> Annex:
    """Draw how many linked households of each township were visited in the quarter."""
    homes = homes_by_town(session, instants)
    seen = visited(session, instants, quarter)
    names = dict(session.execute(select(Region.code, Region.name).where(Region.code.in_(homes))).all())
    rows: dict[str, Sequence[str | int]] = {}
    for town, here in homes.items():
        done = sum(home in seen for home in here)
        rows[town] = [names.get(town, town), len(here), done, len(here) - done]
    linked_to: dict[str, Any] = {"kind": instants.campaign.kinds_to("household")}
    sources = [
        [None, _part_of(instants.campaign, "link", linked_to, measure="object_id", place=town), None, None]
        for town in homes
    ]
    return _annex(instants.campaign, "households", rows, sources)


def money_by_stage(session: Session, instants: Instants) -> Mapping[Quarter, Mapping[str, int]]:
    """Return how much money stood at each stage, in fen, of every quarter that has any."""
    stages = words()["stages"]
    totals: dict[Quarter, dict[str, int]] = {}
    quarters = between(instants.campaign.begins, instants.until)
    if not quarters:
        # A day before the campaign began.
        return {}
    told = {"until_0": instants.until} | ({} if instants.known_at is None else {"known_at": instants.known_at})
    asked = _money_asked(Same(instants.campaign), tuple(quarters), instants.known_at is not None)
    for stage, n, fen in session.execute(asked, told):
        totals.setdefault(quarters[n], dict.fromkeys(stages, 0))[stage] = int(fen)
    return {each: totals[each] for each in sorted(totals) if any(totals[each].values())}


@lru_cache(32)
def _money_asked(same: Same, quarters: Sequence[Quarter], is_known: bool) -> Select[Any]:
    """Return the SELECT of stage, quarter (by its place) and sum, drawn up once for a campaign and its quarters."""
    bound: Any = Bound(same.campaign, is_known=is_known)
    # In the database, or ten years of days would be told apart here.
    place = case(*((FundLine.on_date <= each.last, n) for n, each in enumerate(quarters)), else_=len(quarters) - 1)
    rows = SOURCES["fund_line"].rows(bound, "amount", {}, None).add_columns(FundLine.stage, place.label("quarter"))
    lines = rows.where(FundLine.stage.in_(words()["stages"])).subquery()
    told = lines.c.stage, lines.c.quarter
    return select(*told, func.sum(lines.c.amount)).group_by(*told)


def funds_by_stage(session: Session, instants: Instants, _quarter: Quarter) -> Annex:
    """Draw money by stage and quarter. Stages are the same money further on and are never added up (domain.md §3d)."""
    found = money_by_stage(session, instants)
    rows = {str(each): [quarter_told(each), *(money.wan(fen) for fen in sums.values())] for each, sums in found.items()}
    return _annex(instants.campaign, "money", rows)


def kinds_of_problems(session: Session, instants: Instants, _quarter: Quarter) -> Annex:
    """Draw the solved problems by category, of households and of industries."""
    things = {thing: _solved_by(session, instants, Solution.category, thing) for thing in PROBLEMS_OF}
    asked = select(Category).where(Category.code.in_({code for each in things.values() for code in each}))
    labels = session.scalars(asked.order_by(Category.sort, Category.code)).all()
    rows: dict[str, Sequence[str | int]] = {
        each.code: [each.label_zh, *(found.get(each.code, 0) for found in things.values())] for each in labels
    }
    wanted = [{"link": instants.campaign.kinds_to(thing)} for thing in things]
    sources = [
        [None, *(_part_of(instants.campaign, "case", where, category=each.code) for where in wanted)] for each in labels
    ]
    return _annex(instants.campaign, "kinds", rows, sources)


def consultations(session: Session, instants: Instants, quarter: Quarter) -> Annex:
    """Draw what was talked over in each township, and what became of what was agreed."""
    return _of_matters(instants.campaign, "consultations", agreed.by_town(session, instants, quarter))


def supervision(session: Session, instants: Drawing, quarter: Quarter) -> Annex:
    """Draw what each unit has under supervision."""
    return _of_matters(instants.campaign, "supervision", agreed.by_unit(session, instants, quarter))


def _of_matters(campaign: Campaign, key: str, found: agreed.Rows) -> Annex:
    """Return a table of what has no editions: each cell keeps which records it counts."""
    rows: dict[str, Sequence[str | int]] = {row: [name, *map(len, cells)] for row, name, cells in found}
    sources = [
        [None, *(_kept(key, column, row, ids) for column, ids in enumerate(cells, start=1))] for row, _, cells in found
    ]
    return _annex(campaign, key, rows, sources)


def _kept(key: str, column: int, row: str, ids: agreed.Ids) -> Source:
    return {"table": key, "column": str(column), "row": row, "ids": " ".join(map(str, ids))}


Maker = Callable[[Session, Drawing, Quarter], Annex]
ANNEXES: Mapping[str, Maker] = {
    "kinds": kinds_of_problems,
    "money": funds_by_stage,
    "villages": villages,
    "offices": offices,
    "households": households,
    "consultations": consultations,
    "supervision": supervision,
}
