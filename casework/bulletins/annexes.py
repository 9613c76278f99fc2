"""The tables of a bulletin, drawn from records: villages, offices, households by township, money, kinds of problems.

Each is a plain table with its words, so that it can be frozen as it is. No order of merit anywhere: places stand in the
order of their codes, people in that of their names (domain.md §0.1).
"""

import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Select, case, func, or_, select

from casework.activities.tables import Activity, Service, Suggestion
from casework.bulletins import agreed
from casework.campaign import counted
from casework.campaign.counted import Only
from casework.campaign.coverage import REACHED, visits
from casework.campaign.definition import OBJECTS, Campaign
from casework.campaign.figures import Bound, Same
from casework.campaign.quarters import Quarter, between
from casework.campaign.sources import SOURCES, Instants, kinds_of, linked, links_held, within
from casework.campaign.tables import Goal, Link
from casework.cases.tables import Solution
from casework.core import money
from casework.core.database import Session
from casework.core.editions import known, standing
from casework.funds.tables import FundLine
from casework.industries.tables import Industry
from casework.registry.tables import Category, Org, Region

_FILE = Path(__file__).with_name("words.toml")
_TOWN = 9


# What a cell counts: a part of a figure by its key (`figure`), or the lines of money of a stage and a time (`stage`).
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


def draw(session: Session, instants: Instants, quarter: Quarter) -> list[Annex]:
    """Draw all tables of a quarter; one without a row is left out."""
    drawn = (make(session, instants, quarter) for make in ANNEXES.values())
    return [annex for annex in drawn if annex.rows]


def quarter_told(quarter: Quarter) -> str:
    """Return a quarter as the tables of a bulletin write it: 2022年一季度."""
    return str(words()["of_quarter"]).format(year=quarter.year, number=words()["numerals"][quarter.number - 1])


def _annex(
    campaign: Campaign,
    key: str,
    rows: Sequence[Sequence[str | int]],
    sources: Sequence[Sequence[Source | None]] = (),
) -> Annex:
    told, separator = words()["annex"][key], words()["separator"]
    called = {
        thing: separator.join(campaign.links[kind].label["zh"] for kind in campaign.kinds_to(thing))
        for thing in OBJECTS
    }
    called["goals"] = separator.join(each.label["zh"] for each in campaign.checklists_of("region"))
    return Annex(
        key, told["title"].format(**called), [each.format(**called) for each in told["headings"]], rows, sources
    )


def _part_of(campaign: Campaign, of: str, where: Mapping[str, Any], *, measure: str = "", **part: str) -> Source | None:
    """Return the part of the figure that counts just such records; None if the campaign has no such figure."""
    told = {name: kinds_of(value) for name, value in where.items()}
    for figure in campaign.figures.values():
        if (
            figure.of == of
            and measure in ("", figure.measure)
            and {name: kinds_of(value) for name, value in figure.where.items()} == told
        ):
            return {"figure": figure.key, **part}
    return None


def links_of(session: Session, instants: Instants, thing: str) -> Sequence[Link]:
    """Return the links to such objects (`household`, …) that held on the last day that counts, as they were known."""
    asked = select(Link).where(*links_held(instants), Link.kind.in_(instants.campaign.kinds_to(thing)))
    return session.scalars(asked.order_by(Link.region_code, Link.valid_from, Link.id)).all()


def _count(session: Session, instants: Instants, table: Any, by: Any, *, since: Any, kind: str = "") -> dict[Any, int]:
    """Return how many records of a table each has from a day on: column → number."""
    asked = select(by, func.count()).where(
        standing(table, instants.known_at),
        table.on_date >= since,
        table.on_date <= instants.until,
        within(table.region_code, instants.campaign.region_code),
        by.is_not(None),
    )
    if kind:
        asked = asked.where(table.kind == kind)
    return dict(session.execute(asked.group_by(by)).all())


def villages(session: Session, instants: Instants, quarter: Quarter) -> Annex:
    """Draw what was done in each linked village: surveys, money that arrived, services, items reached."""
    begins = instants.campaign.begins
    codes = sorted({link.region_code for link in links_of(session, instants, "region")})
    names = dict(session.execute(select(Region.code, Region.name).where(Region.code.in_(codes))).all())
    towns = {code[:_TOWN] for code in codes}
    names |= dict(session.execute(select(Region.code, Region.name).where(Region.code.in_(towns))).all())
    surveys = _count(session, instants, Activity, Activity.region_code, since=begins, kind="village_survey")
    lately = _count(
        session, instants, Activity, Activity.region_code, since=_from(instants, quarter), kind="village_survey"
    )
    services = _count(session, instants, Service, Service.region_code, since=begins)
    funds = _arrived_by_place(session, instants)
    checklists = instants.campaign.checklists_of("region")
    goals = _reached(session, instants, [each.code for each in checklists], quarter.year)
    items = sum(len(each.items) for each in checklists)
    rows: list[list[str | int]] = [
        [
            f"{names.get(code[:_TOWN], '')}{names.get(code, code)}" if len(code) > _TOWN else names.get(code, code),
            lately.get(code, 0),
            surveys.get(code, 0),
            money.wan(funds.get(code, 0)),
            services.get(code, 0),
            f"{goals.get(code, 0)}/{items}",
        ]
        for code in codes
    ]
    since = _from(instants, quarter).isoformat()
    sources = [
        [
            *_of_village(instants.campaign, code, since),
            _services_of(session, instants, code, services.get(code, 0)),
            None,
        ]
        for code in codes
    ]
    return _annex(instants.campaign, "villages", rows, sources)


def _from(instants: Instants, quarter: Quarter) -> date:
    """Return the first day of a quarter that counts: before the campaign began nothing does."""
    return max(quarter.first, instants.campaign.begins)


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
    rows = SOURCES["fund_line"].rows(instants, "amount", {}, "arrived").subquery()
    asked = select(FundLine.region_code, func.sum(FundLine.amount_fen)).join(rows, rows.c.value == FundLine.id)
    return {code: int(fen) for code, fen in session.execute(asked.group_by(FundLine.region_code))}


def _reached(session: Session, instants: Instants, checklists: Sequence[str], year: int) -> dict[str, int]:
    # Goals of one item for one place in one year are one (casework/campaign/goals.py), so that each row is an item.
    asked = select(Goal.region_code, func.count()).where(
        known(Goal, instants.known_at),
        Goal.campaign == instants.campaign.code,
        Goal.checklist.in_(checklists),
        Goal.year == year,
        Goal.state.in_(REACHED),
        or_(Goal.reached_on.is_(None), Goal.reached_on <= instants.until),
    )
    return dict(session.execute(asked.group_by(Goal.region_code)).all())


def offices(session: Session, instants: Instants, quarter: Quarter) -> Annex:
    """Draw what each committee and office did for its industries."""
    begins = instants.campaign.begins
    links = links_of(session, instants, "industry")
    asked = select(Org).where(Org.id.in_({link.holder_id for link in links})).order_by(Org.kind, Org.code)
    orgs = session.scalars(asked).all()
    names = dict(session.execute(select(Industry.id, Industry.name).where(known(Industry, instants.known_at))).all())
    of_org: dict[Any, list[Any]] = defaultdict(list)
    for link in links:
        of_org[link.holder_id].append(link.object_id)
    by_org = Activity.org_id
    lately = _count(session, instants, Activity, by_org, since=_from(instants, quarter), kind="industry_survey")
    surveys = _count(session, instants, Activity, by_org, since=begins, kind="industry_survey")
    meetings = _count(session, instants, Activity, by_org, since=begins, kind="thematic_consultation")
    suggestions = _count(session, instants, Suggestion, Suggestion.org_id, since=begins)
    solved = _solved_by(session, instants, Solution.industry_id, "industry")
    separator = words()["separator"]
    rows = [
        [
            org.name,
            separator.join(names.get(each, "") for each in of_org[org.id]),
            lately.get(org.id, 0),
            surveys.get(org.id, 0),
            meetings.get(org.id, 0),
            suggestions.get(org.id, 0),
            sum(solved.get(each, 0) for each in of_org[org.id]),
        ]
        for org in orgs
    ]
    sources = [_of_org(instants.campaign, str(org.id), _from(instants, quarter).isoformat()) for org in orgs]
    return _annex(instants.campaign, "offices", rows, sources)


def _of_org(campaign: Campaign, org: str, since: str) -> Sequence[Source | None]:
    """Return what the cells of a unit's row count, as far as a figure counts the same."""
    surveys = _part_of(campaign, "activity", {"kind": "industry_survey"}, org=org)
    lately = _part_of(campaign, "activity", {"kind": "industry_survey"}, org=org, since=since)
    meetings = _part_of(campaign, "activity", {"kind": "thematic_consultation"}, org=org)
    return [None, None, lately, surveys, meetings, _part_of(campaign, "suggestion", {}, org=org), None]


def _solved_by(session: Session, instants: Instants, by: Any, thing: str) -> dict[Any, int]:
    kinds = instants.campaign.kinds_to(thing)
    asked = select(by, func.count(Solution.case_id.distinct())).where(
        known(Solution, instants.known_at),
        Solution.on_date >= instants.campaign.begins,
        Solution.on_date <= instants.until,
        or_(Solution.undone_on.is_(None), Solution.undone_on > instants.until),
        within(Solution.region_code, instants.campaign.region_code),
        or_(False, *(linked(instants, kind, Solution, Solution.raised_on) for kind in kinds)),
    )
    return dict(session.execute(asked.group_by(by)).all())


def households(session: Session, instants: Instants, quarter: Quarter) -> Annex:
    """Draw how many linked households of each township were visited in the quarter."""
    homes = {link.object_id: link.region_code[:_TOWN] for link in links_of(session, instants, "household")}
    seen = visited(session, instants, quarter)
    names = dict(session.execute(select(Region.code, Region.name).where(Region.code.in_(set(homes.values())))).all())
    rows: list[list[str | int]] = []
    for town in sorted(set(homes.values())):
        here = [home for home, code in homes.items() if code == town]
        done = sum(home in seen for home in here)
        rows.append([names.get(town, town), len(here), done, len(here) - done])
    linked_to: dict[str, Any] = {"kind": instants.campaign.kinds_to("household")}
    sources = [
        [None, _part_of(instants.campaign, "link", linked_to, measure="object_id", place=town), None, None]
        for town in sorted(set(homes.values()))
    ]
    return _annex(instants.campaign, "households", rows, sources)


def visited(session: Session, instants: Instants, quarter: Quarter) -> set[Any]:
    """Return the households that were visited in a quarter."""
    return set(session.scalars(select(Activity.household_id).distinct().where(*visits(instants, quarter))))


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
    rows = [[quarter_told(each), *(money.wan(fen) for fen in sums.values())] for each, sums in found.items()]
    sources = [[None, *(_lines(instants, each, stage) for stage in sums)] for each, sums in found.items()]
    return _annex(instants.campaign, "money", rows, sources)


def _lines(instants: Instants, quarter: Quarter, stage: str) -> Source:
    first, last = max(quarter.first, instants.campaign.begins), min(quarter.last, instants.until)
    return {
        "stage": stage,
        "region": instants.campaign.region_code,
        "from": first.isoformat(),
        "to": last.isoformat(),
    }


def kinds_of_problems(session: Session, instants: Instants, _quarter: Quarter) -> Annex:
    """Draw the solved problems by category, of households and of industries."""
    solved = {thing: _solved_by(session, instants, Solution.category, thing) for thing in ("household", "industry")}
    asked = select(Category).where(Category.code.in_({code for each in solved.values() for code in each}))
    labels = session.scalars(asked.order_by(Category.sort, Category.code)).all()
    rows: list[list[str | int]] = [
        [each.label_zh, *(found.get(each.code, 0) for found in solved.values())] for each in labels
    ]
    wanted = [{"link": instants.campaign.kinds_to(thing)} for thing in solved]
    sources = [
        [None, *(_part_of(instants.campaign, "case", where, category=each.code) for where in wanted)] for each in labels
    ]
    return _annex(instants.campaign, "kinds", rows, sources)


def consultations(session: Session, instants: Instants, quarter: Quarter) -> Annex:
    """Draw what was talked over in each township, and what became of what was agreed."""
    return _annex(instants.campaign, "consultations", agreed.by_town(session, instants, quarter))


def supervision(session: Session, instants: Instants, quarter: Quarter) -> Annex:
    """Draw what each unit has under supervision."""
    return _annex(instants.campaign, "supervision", agreed.by_unit(session, instants, quarter))


Maker = Callable[[Session, Instants, Quarter], Annex]
ANNEXES: Mapping[str, Maker] = {
    "kinds": kinds_of_problems,
    "money": funds_by_stage,
    "villages": villages,
    "offices": offices,
    "households": households,
    "consultations": consultations,
    "supervision": supervision,
}
