"""One county beside a prefecture of them: the same pages of the same county, asked in turn of both.

`python -m bench.prefecture --counties 7` on a PostgreSQL of its own; `make bench` runs the same. The county is that of
`bench/county.py`, ten years of records. The prefecture is a copy of its database with further counties as large beside
it: cases by `casework demo --counties`, and of what the campaign wrote a copy in each with ids, places and a campaign
of its own. What is judged is the ratio of processor time, the office's and the database's, in one run;
and of the county alone how long its figures, its leader's page and its bulletin take, by the clock.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Uuid, select

from bench import county, servers
from bench.county import CASES, CODE, DAYS, leader
from bench.figures import Figure, Results, Target
from bench.processes import cpu_seconds, server_pid
from bench.product import Product, found
from casework.activities.tables import Activity, Attendance, Service, Suggestion
from casework.campaign import figures
from casework.campaign.loader import campaigns
from casework.campaign.sources import Instants
from casework.campaign.tables import Goal, Link, Plan
from casework.cases.tables import Solution
from casework.core import clock
from casework.core.database import Database
from casework.core.office import Office, open_office
from casework.core.settings import read_settings
from casework.funds.tables import FundAttribution, FundLine
from casework.households.tables import Household, HouseholdStatus
from casework.industries.tables import Industry
from casework.members.tables import Member, MemberTerm
from casework.projects.tables import Beneficiary, Project
from casework.registry.tables import Region
from workflows.demo import bulk, material

COUNTIES = 7
PAGES = ("/campaign", "/overview", "/cases", "/supervision")
_ROUNDS, _WARM = 15, 3
_ALONE = "a county of ten years"
_MUST = 1.3
# What a county alone may take, ms by the clock: the median of all its figures, and of pages the 95th percentile.
_FIGURES, _LEADERS_PAGE, _BULLETIN = 300.0, {"/campaign": 60.0}, 1000.0
_TABLES: Sequence[Any] = (
    *(Member, MemberTerm, Household, HouseholdStatus, Industry, Link, Goal, Plan, Activity, Attendance),
    *(Service, Suggestion, Solution, Project, Beneficiary, FundLine, FundAttribution),
)
# Who wrote something, and units, are nobody's copies.
_KEPT = frozenset({"recorded_by", "person_id", "org_id"})
# Four digits of an id that chance alone chose.
_MARK = "overlay({name}::text placing '{number:04x}' from 25 for 4)::uuid"


def main() -> int:
    """Found both, ask both, print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.prefecture")
    parser.add_argument("--counties", type=int, default=COUNTIES, help="how many there are in all")
    parser.add_argument("--cases", type=int, default=CASES, help="how many cases each has")
    arguments = parser.parse_args()
    results = Results()
    with servers.folder() as folder, servers.postgresql(folder) as url:
        measure(results, _say, folder=folder, url=url, counties=arguments.counties, cases=arguments.cases)
    for each in results.figures:
        sys.stdout.write(f"{each.operation}: {each.what} {each.value:.2f} {each.unit} {each.note}\n")
    return 0


def measure(
    results: Results, step: Callable[[str], None], *, folder: Path, url: str, counties: int, cases: int
) -> None:
    """Grow a county, copy it into a prefecture, and ask both for the same in turn."""
    step(_ALONE)
    home = folder / "county"
    alone = servers.database(url, "county")
    product = found(home, alone, lambda _more, _total: None)
    county.grow(product.office, cases)
    product.settle()
    product.office.close()
    step(f"{counties} counties")
    many = servers.database(url, "prefecture", like="county")
    begun = time.perf_counter()
    _grow(home, many, counties)
    told = f"{counties} counties"
    results.add(Figure(told, "built in", time.perf_counter() - begun, "s"))
    with ExitStack() as stack:
        offices = [_opened(home, each) for each in (alone, many)]
        for office in offices:
            stack.callback(office.close)
        asked = zip(*(_questions(office) for office in offices), strict=True)
        for (name, one), (_, other) in asked:
            step(f"{told}: {name}")
            alone_ms = _compare(results, told, name, (one, other), server_pid(url))
            _judge(results, name, alone_ms)
        for form in county.BULLETINS:
            step(f"{_ALONE}: bulletin as {form}")
            _judge_bulletin(results, form, offices[0])


def _say(name: str) -> None:
    sys.stderr.write(f"{clock.now():%H:%M:%S} {name}\n")


def _opened(home: Path, url: str) -> Office:
    return open_office(read_settings({"CASEWORK_HOME": str(home), "CASEWORK_DATABASE_URL": url}))


def _grow(home: Path, url: str, counties: int) -> None:
    office = _opened(home, url)
    bulk.add(office, at=clock.now(), seed_number=1, cases=0, counties=counties - 1)
    with office.db.reading() as session:
        found = select(Region.code).where(Region.level == "county", Region.code < material.county()["county"])
        codes = session.scalars(found.order_by(Region.code)).all()
    spread(office.db, codes)
    Product({}, office).settle()
    office.close()


def spread(db: Database, codes: Sequence[str]) -> None:
    """Write what the campaign wrote in the demo county into further counties, each with ids and places of its own."""
    with psycopg.connect(db.url.replace("postgresql+psycopg:", "postgresql:", 1)) as connection:
        connection.execute("SET statement_timeout = 0")
        for table in _TABLES:
            connection.execute(f"CREATE TEMP TABLE of_home_{table.__tablename__} AS TABLE {table.__tablename__}")
        for number, code in enumerate(codes, start=1):
            for table in _TABLES:
                connection.execute(_copying(table, number, code))


def _copying(table: Any, number: int, code: str) -> str:
    columns = [column for column in table.__table__.columns if column.computed is None]
    told = [_told(column, number, code) for column in columns]
    names = ", ".join(f'"{column.name}"' for column in columns)
    name = table.__tablename__
    return f"INSERT INTO {name} ({names}) SELECT {', '.join(told)} FROM of_home_{name}"  # noqa: S608 - our own names


def _told(column: Any, number: int, code: str) -> str:
    name = f'"{column.name}"'
    if column.name == "region_code":
        return f"'{code}' || substr({name}, 7)"
    if column.name == "campaign":
        return f"{name} || '-{code}'"
    if column.name.endswith("_index"):
        return f"{name} || '-{number}'"
    is_id = column.type.python_type is UUID if not isinstance(column.type, Uuid) else True
    return _MARK.format(name=name, number=number) if is_id and column.name not in _KEPT else name


def _questions(office: Office) -> list[tuple[str, Callable[[], object]]]:
    """Return what is asked of an office, by name."""
    campaign = campaigns()[CODE]
    client, forget = leader(office)

    def page(path: str) -> Callable[[], object]:
        def ask() -> None:
            forget()
            answer = client.get(path)
            if answer.status_code != 200:
                raise LookupError(f"{path} answered {answer.status_code}")

        return ask

    def reckoned(day: date) -> Callable[[], object]:
        def ask() -> object:
            with office.db.reading() as session:
                return [each.exact for each in figures.reckon(session, Instants(campaign, day))]

        return ask

    return [*((f"all figures of {day}", reckoned(day)) for day in DAYS), *((path, page(path)) for path in PAGES)]


def _compare(
    results: Results, told: str, name: str, both: tuple[Callable[[], object], Callable[[], object]], server: int
) -> list[float]:
    """Ask both in turn, and return how long each answer of the county alone took, ms by the clock."""
    spent: Mapping[int, list[float]] = {0: [], 1: []}
    wall: Mapping[int, list[float]] = {0: [], 1: []}
    if both[0]() != both[1]():
        raise LookupError(f"{name}: the county's numbers are others in the prefecture")
    for turn in range(_WARM + _ROUNDS):
        for place, ask in enumerate(both):
            worked = time.process_time() + cpu_seconds([server])
            # Several at once: the kernel tells the database's time in hundredths of a second.
            each = [_timed(ask) for _ in range(3)]
            if turn >= _WARM:
                spent[place].append((time.process_time() + cpu_seconds([server]) - worked) * 1000 / 3)
                wall[place] += each
    one, other = (statistics.fmean(spent[place]) for place in (0, 1))
    note = (
        f"({other:.0f} of {one:.0f} ms of processor time, the database's too; p50 {statistics.median(wall[1]):.0f} ms)"
    )
    results.add(Figure(told, f"{name}, against one county", other / one, "times", Target(_MUST), note=note))
    return sorted(wall[0])


def _timed(ask: Callable[[], object]) -> float:
    begun = time.perf_counter()
    ask()
    return (time.perf_counter() - begun) * 1000


def _judge(results: Results, name: str, taken: Sequence[float]) -> None:
    """Judge what the county alone took where something is asked of it."""
    middle, late = statistics.median(taken), taken[int(0.95 * len(taken))]
    if name in _LEADERS_PAGE:
        most = Target(_LEADERS_PAGE[name])
        results.add(Figure(_ALONE, f"{name}, nothing kept, p95", late, "ms", most, note=f"(p50 {middle:.1f})"))
    elif not name.startswith("/"):
        results.add(Figure(_ALONE, name, middle, "ms", Target(_FIGURES), note=f"(p95 {late:.0f})"))


def _judge_bulletin(results: Results, form: str, office: Office) -> None:
    taken = sorted([_timed(partial(county.draw_bulletin, office, form)) for _ in range(_WARM + _ROUNDS)][_WARM:])
    note = f"(p95 {taken[int(0.95 * len(taken))]:.0f})"
    results.add(Figure(_ALONE, f"bulletin as {form}", statistics.median(taken), "ms", Target(_BULLETIN), note=note))


if __name__ == "__main__":
    for setting in [name for name in os.environ if name.startswith("CASEWORK_")]:
        del os.environ[setting]
    sys.exit(main())
