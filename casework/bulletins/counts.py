"""What the tables of a bulletin count: which records, by conditions that the tables and the lists behind them share."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select

from casework.activities.tables import Activity
from casework.campaign.coverage import REACHED, visits
from casework.campaign.quarters import Quarter
from casework.campaign.sources import Instants, linked, links_held, within
from casework.campaign.tables import Goal, Link
from casework.cases.tables import Case, Solution
from casework.core.database import Session
from casework.core.editions import known, standing

TOWN = 9
ARRIVED = "arrived"
# What the prose calls surveys.
SURVEYS = ("village_survey", "industry_survey")
# Whose solved problems are told by kind, in the order of the columns.
PROBLEMS_OF = ("household", "industry")


def links_of(session: Session, instants: Instants, thing: str) -> Sequence[Link]:
    """Return the links to such objects (`household`, …) that held on the last day that counts, as they were known."""
    asked = select(Link).where(*links_held(instants), Link.kind.in_(instants.campaign.kinds_to(thing)))
    return session.scalars(asked.order_by(Link.region_code, Link.valid_from, Link.id)).all()


def dated(instants: Instants, table: Any, *, since: date, kind: str = "") -> Sequence[Any]:
    """Return the conditions on the records of a table that count from a day on."""
    told = [
        standing(table, instants.known_at),
        table.on_date >= since,
        table.on_date <= instants.until,
        within(table.region_code, instants.campaign.region_code),
    ]
    return [*told, table.kind == kind] if kind else told


def first_day(instants: Instants, quarter: Quarter) -> date:
    """Return the first day of a quarter that counts: before the campaign began nothing does."""
    return max(quarter.first, instants.campaign.begins)


def reached(instants: Instants, checklists: Sequence[str], year: int) -> Sequence[Any]:
    """Return the conditions on the goals of a year that are reached."""
    # Goals of one item for one place in one year are one (casework/campaign/goals.py), so that each row is an item.
    return (
        known(Goal, instants.known_at),
        Goal.campaign == instants.campaign.code,
        Goal.checklist.in_(checklists),
        Goal.year == year,
        Goal.state.in_(REACHED),
        or_(Goal.reached_on.is_(None), Goal.reached_on <= instants.until),
    )


def industries_of(links: Sequence[Link]) -> Mapping[Any, Sequence[Any]]:
    """Return the industries that each unit is linked to, each once."""
    of_org: dict[Any, dict[Any, None]] = defaultdict(dict)
    for link in links:
        of_org[link.holder_id][link.object_id] = None
    return {org: list(found) for org, found in of_org.items()}


def solved(instants: Instants, thing: str) -> Sequence[Any]:
    """Return the conditions on what was solved of linked households, or of linked industries."""
    kinds = instants.campaign.kinds_to(thing)
    return (
        known(Solution, instants.known_at),
        Solution.on_date >= instants.campaign.begins,
        Solution.on_date <= instants.until,
        or_(Solution.undone_on.is_(None), Solution.undone_on > instants.until),
        within(Solution.region_code, instants.campaign.region_code),
        or_(False, *(linked(instants, kind, Solution, Solution.raised_on) for kind in kinds)),
    )


def homes_by_town(session: Session, instants: Instants) -> Mapping[str, Sequence[Any]]:
    """Return the linked households of each township, each once."""
    homes = {link.object_id: link.region_code[:TOWN] for link in links_of(session, instants, "household")}
    found: dict[str, list[Any]] = defaultdict(list)
    for home, town in homes.items():
        found[town].append(home)
    return dict(sorted(found.items()))


def in_quarter(instants: Instants, quarter: Quarter, *kinds: str) -> Sequence[Any]:
    """Return the conditions on the activities of a quarter, of such kinds."""
    return (
        standing(Activity, instants.known_at),
        Activity.kind.in_(kinds),
        Activity.on_date >= quarter.first,
        Activity.on_date <= min(quarter.last, instants.until),
        within(Activity.region_code, instants.campaign.region_code),
    )


def calls(instants: Instants, quarter: Quarter) -> Sequence[Any]:
    """Return the conditions on the calls by telephone of a quarter, which are no visits."""
    return (*in_quarter(instants, quarter, "household_visit"), Activity.form == "phone")


def solved_in(instants: Instants, quarter: Quarter) -> Sequence[Any]:
    """Return the conditions on what was solved in a quarter, whoever raised it."""
    last = min(quarter.last, instants.until)
    return (
        known(Solution, instants.known_at),
        Solution.on_date >= quarter.first,
        Solution.on_date <= last,
        or_(Solution.undone_on.is_(None), Solution.undone_on > last),
        within(Solution.region_code, instants.campaign.region_code),
    )


def under_way(session: Session, instants: Instants) -> Sequence[Any]:
    """Return the conditions on the cases of linked households that were under way when the last day was over."""
    links = (Link.campaign == instants.campaign.code, Link.kind.in_(instants.campaign.kinds_to("household")))
    # Those that have ended too.
    homes = select(Link.object_id).where(known(Link, instants.known_at), *links)
    over = datetime.combine(instants.until + timedelta(days=1), time(), session.info["zone"])
    return (
        Case.household_id.in_(homes),
        within(Case.region_code, instants.campaign.region_code),
        Case.reported_at < over,
        # What has ended since then was under way on the day.
        or_(Case.is_open, Case.state_since >= over),
    )


def visited(session: Session, instants: Instants, quarter: Quarter) -> set[Any]:
    """Return the households that were visited in a quarter."""
    return set(session.scalars(select(Activity.household_id).distinct().where(*visits(instants, quarter))))
