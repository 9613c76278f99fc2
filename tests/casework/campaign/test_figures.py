"""The figures: each equals a plain count over the records told one by one, of any day, as known at any instant.

A machine enters, mends, withdraws, ends and takes back at random; beside the database it keeps a list of what was said
when. Whatever is entered later, a figure of a past day as it was known then comes out the same (the issue's "frozen").
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.activities.tables import Activity, Service, Suggestion
from casework.campaign import figures
from casework.campaign.loader import campaigns
from casework.campaign.sources import Instants
from casework.campaign.tables import Link
from casework.cases.tables import Solution
from casework.core import editions
from casework.core.actors import SYSTEM
from casework.core.database import Database, Session
from casework.core.ids import new_id
from casework.funds import actions as funds
from casework.funds.tables import FundLine
from casework.members.tables import Member, MemberTerm
from casework.projects.tables import Beneficiary, Project
from tests import databases
from tests.tiers import FULL
from tests.web.api.counting import statements_of
from tests.world import COUNTY, VILLAGE

CAMPAIGN = campaigns()["SLSC-2022"]
BEGAN = date(2022, 1, 1)
FIRST = datetime(2022, 1, 1, 1, 0, tzinfo=UTC)
OTHER_VILLAGE, ELSEWHERE = "510822106004", "510811101201"
PLACES = (VILLAGE, OTHER_VILLAGE, ELSEWHERE)
DAYS = 400


@dataclass
class Said:
    """One record as it was told: its values from an instant on, edition by edition."""

    table: type
    editions: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    def at(self, known_at: datetime | None) -> dict[str, Any] | None:
        known = [values for at, values in self.editions if known_at is None or at <= known_at]
        return known[-1] if known else None


class Teller:
    """Tells the database and the list beside it the same."""

    def __init__(self, session: Session, chance: random.Random) -> None:
        self.session, self.chance = session, chance
        self.now = FIRST
        self.said: dict[UUID, Said] = {}
        self.members = [new_id() for _ in range(4)]
        self.households = [new_id() for _ in range(5)]
        self.industries = [new_id() for _ in range(3)]
        self.orgs = [new_id() for _ in range(3)]
        self.projects: list[UUID] = []

    def day(self) -> date:
        return BEGAN + timedelta(days=self.chance.randint(-20, DAYS))

    def enter(self, row: Any, **values: Any) -> UUID:
        made: Any = editions.enter(self.session, row(**values), actor=SYSTEM, at=self.now)
        self.said[made.id] = Said(row, [(self.now, values)])
        return made.id

    def change(self, record_id: UUID, **changes: Any) -> None:
        told = self.said[record_id]
        row: Any = editions.newest(self.session, told.table, record_id, lock=True)
        editions.mend(self.session, row, changes, actor=SYSTEM, at=self.now)
        told.editions.append((self.now, told.editions[-1][1] | changes))

    def any_of(self, table: type) -> UUID | None:
        found = [key for key, told in self.said.items() if told.table is table]
        return self.chance.choice(found) if found else None

    # ------------------------------------------------------------ steps

    def member(self) -> None:
        member_id = self.enter(Member, region_code=self.chance.choice([COUNTY, "510811"]), name="陈青山")
        begins = self.day()
        self.enter(MemberTerm, member_id=member_id, valid_from=begins, valid_to=None)

    def term_ends(self) -> None:
        if found := self.any_of(MemberTerm):
            begins = self.said[found].editions[-1][1]["valid_from"]
            self.change(found, valid_to=begins + timedelta(days=self.chance.randint(0, 200)))

    def link(self) -> None:
        kind = self.chance.choice(["member_household", "office_industry", "org_village"])
        holder, thing, place = {
            "member_household": (self.members, self.chance.choice(self.households), self.chance.choice(PLACES)),
            "office_industry": (self.orgs, self.chance.choice(self.industries), COUNTY),
            "org_village": (self.orgs, None, self.chance.choice(PLACES)),
        }[kind]
        self.enter(
            Link,
            campaign=self.chance.choice(["SLSC-2022", "SLSC-2022", "OTHER"]),
            kind=kind,
            holder_id=self.chance.choice(holder),
            object_id=thing,
            region_code=place,
            part="",
            valid_from=self.day(),
            valid_to=None,
        )

    def link_ends(self) -> None:
        if found := self.any_of(Link):
            begins = self.said[found].editions[-1][1]["valid_from"]
            self.change(found, valid_to=begins + timedelta(days=self.chance.randint(0, 200)))

    def dated(self) -> None:
        table = self.chance.choice([Activity, Activity, Service, Suggestion])
        values: dict[str, Any] = {"region_code": self.chance.choice(PLACES), "on_date": self.day(), "withdrawn": False}
        if table is Activity:
            kinds = ["village_survey", "industry_survey", "thematic_consultation", "household_visit"]
            values |= {"kind": self.chance.choice(kinds), "industry_id": None, "household_id": None}
        elif table is Service:
            values |= {"kind": "technical", "content": "剪枝"}
        else:
            values |= {"content": "建议"}
        self.enter(table, **values)

    def withdrawn(self) -> None:
        table = self.chance.choice([Activity, Service, Suggestion, Project, Beneficiary])
        if found := self.any_of(table):
            self.change(found, withdrawn=True)

    def moved(self) -> None:
        if found := self.any_of(self.chance.choice([Activity, Service, Suggestion])):
            self.change(found, on_date=self.day(), region_code=self.chance.choice(PLACES))

    def project(self) -> None:
        begun = self.day() if self.chance.random() < 0.7 else None
        kind = self.chance.choice(["agri_industry", "infrastructure"])
        place = self.chance.choice(PLACES)
        values = {"name": "茶园", "kind": kind, "region_code": place, "begun_on": begun, "withdrawn": False}
        self.projects.append(self.enter(Project, **values))

    def benefits(self) -> None:
        if self.projects:
            self.enter(
                Beneficiary,
                project_id=self.chance.choice(self.projects),
                household_id=self.chance.choice(self.households),
                on_date=self.day(),
                withdrawn=False,
            )

    def solved(self) -> None:
        raised = self.day()
        self.enter(
            Solution,
            case_id=new_id(),
            region_code=self.chance.choice(PLACES),
            category="industry",
            household_id=self.chance.choice([None, *self.households]),
            industry_id=self.chance.choice([None, *self.industries]),
            raised_on=raised,
            on_date=raised + timedelta(days=self.chance.randint(0, 60)),
            undone_on=None,
        )

    def undone(self) -> None:
        if found := self.any_of(Solution):
            begins = self.said[found].editions[-1][1]["on_date"]
            self.change(found, undone_on=begins + timedelta(days=self.chance.randint(0, 60)))

    def money(self) -> None:
        line = funds.NewLine(
            stage=self.chance.choice(["applied", "arrived", "arrived"]),
            amount_fen=self.chance.randint(1, 10**9),
            source="县财政",
            document_no=f"文〔2022〕{self.chance.randint(1, 10**6)}号",
            on=self.day(),
        )
        place = self.chance.choice(PLACES)
        row = funds.add(self.session, line, matter_id=new_id(), region_code=place, actor=SYSTEM, at=self.now)
        self.session.flush()
        values = {"stage": line.stage, "amount": line.amount_fen, "region_code": place, "on_date": line.on}
        self.said[row.id] = Said(FundLine, [(self.now, values | {"reversed": False})])

    def taken_back(self) -> None:
        found = self.any_of(FundLine)
        if found and not self.said[found].editions[-1][1]["reversed"]:
            row = self.session.get(FundLine, found)
            assert row is not None
            funds.reverse(self.session, row, note="错", actor=SYSTEM, at=self.now, on=self.day())
            self.session.flush()
            self.said[found].editions.append((self.now, self.said[found].editions[-1][1] | {"reversed": True}))

    def step(self) -> None:
        self.now += timedelta(hours=self.chance.randint(0, 200))
        self.chance.choice(STEPS)(self)


STEPS: list[Callable[[Teller], None]] = [
    *(Teller.member, Teller.term_ends, Teller.link, Teller.link, Teller.link, Teller.link_ends, Teller.dated),
    *(Teller.dated, Teller.dated, Teller.withdrawn, Teller.moved, Teller.project, Teller.benefits, Teller.solved),
    *(Teller.solved, Teller.undone, Teller.money, Teller.money, Teller.taken_back),
]


class Plain:
    """The eighteen figures once more, as one would count them by hand."""

    def __init__(self, teller: Teller, as_of: date, known_at: datetime | None) -> None:
        self.as_of = as_of
        self.rows: dict[type, dict[UUID, dict[str, Any]]] = defaultdict(dict)
        for key, told in teller.said.items():
            if (values := told.at(known_at)) is not None:
                self.rows[told.table][key] = values

    def links(self, kind: str) -> Iterator[dict[str, Any]]:
        for row in self.rows[Link].values():
            if row["campaign"] == "SLSC-2022" and row["kind"] == kind:
                yield row

    def active(self, kind: str) -> list[dict[str, Any]]:
        return [r for r in self.links(kind) if holds(r, self.as_of) and r["region_code"].startswith(COUNTY)]

    def dated(self, table: type, **where: Any) -> list[UUID]:
        found = []
        for key, row in self.rows[table].items():
            fits = all(row.get(name) == value for name, value in where.items() if name != "linked")
            here = row["region_code"].startswith(COUNTY) and BEGAN <= row["on_date"] <= self.as_of
            near = "linked" not in where or self.in_linked_village(row)
            if fits and here and near and not row.get("withdrawn") and not row.get("reversed"):
                found.append(key)
        return found

    def in_linked_village(self, row: dict[str, Any]) -> bool:
        return any(
            row["region_code"].startswith(link["region_code"]) and holds(link, row["on_date"])
            for link in self.links("org_village")
        )

    def solved(self, *kinds: str) -> int:
        count = 0
        for row in self.rows[Solution].values():
            ends = row["undone_on"]
            stands = BEGAN <= row["on_date"] <= self.as_of and (ends is None or ends > self.as_of)
            ways = {"member_household": "household_id", "office_industry": "industry_id"}
            tied = any(
                link["object_id"] == row[ways[kind]] and holds(link, row["raised_on"])
                for kind in kinds
                for link in self.links(kind)
            )
            count += stands and tied and row["region_code"].startswith(COUNTY)
        return count

    def begun(self) -> dict[UUID, dict[str, Any]]:
        return {
            key: row
            for key, row in self.rows[Project].items()
            if not row["withdrawn"]
            and row["region_code"].startswith(COUNTY)
            and row["begun_on"] is not None
            and row["begun_on"] <= self.as_of
        }

    def money(self, **where: Any) -> int:
        return sum(self.rows[FundLine][key]["amount"] for key in self.dated(FundLine, stage="arrived", **where))

    def all(self) -> dict[str, int]:
        here = {key for key, row in self.rows[Member].items() if row["region_code"] == COUNTY}
        terms = [row for row in self.rows[MemberTerm].values() if holds(row, self.as_of) and row["member_id"] in here]
        projects = self.begun()
        return {
            "members": len({row["member_id"] for row in terms}),
            "households_linked": len({row["object_id"] for row in self.active("member_household")}),
            "villages_linked": len({row["region_code"] for row in self.active("org_village")}),
            "village_visits": len(self.dated(Activity, kind="village_survey", linked=True)),
            "village_funds": self.money(linked=True),
            "village_services": len(self.dated(Service, linked=True)),
            "offices": len({row["holder_id"] for row in self.active("office_industry")}),
            "industries_linked": len({row["object_id"] for row in self.active("office_industry")}),
            "industry_surveys": len(self.dated(Activity, kind="industry_survey")),
            "consultations_held": len(self.dated(Activity, kind="thematic_consultation")),
            "suggestions": len(self.dated(Suggestion)),
            "industry_difficulties_solved": self.solved("office_industry"),
            "household_problems_solved": self.solved("member_household"),
            "visits_total": len(self.dated(Activity, kind="village_survey")),
            "funds_total": self.money(),
            "problems_solved_total": self.solved("member_household", "office_industry"),
            "agri_projects": sum(
                row["kind"] == "agri_industry" and row["begun_on"] >= BEGAN for row in projects.values()
            ),
            "households_benefited": len(
                {
                    row["household_id"]
                    for row in self.rows[Beneficiary].values()
                    if row["project_id"] in projects and not row["withdrawn"] and BEGAN <= row["on_date"] <= self.as_of
                }
            ),
        }


def holds(row: dict[str, Any], day: date) -> bool:
    return row["valid_from"] <= day and (row["valid_to"] is None or row["valid_to"] >= day)


def reckoned(session: Session, as_of: date, known_at: datetime | None) -> dict[str, int]:
    instants = Instants(CAMPAIGN, as_of, known_at)
    found = {each.figure.key: each.exact for each in figures.reckon(session, instants)}
    # Asked in one statement, of this day, of one before and of the day the campaign began.
    middle = BEGAN + (as_of - BEGAN) // 2
    at_once = figures.numbers(session, instants, {key: [as_of, middle, BEGAN] for key in found})
    assert {key: each[0] for key, each in at_once.items()} == found
    before = figures.reckon(session, Instants(CAMPAIGN, middle, known_at))
    assert {key: each[1] for key, each in at_once.items()} == {each.figure.key: each.exact for each in before}
    return found


@pytest.mark.parametrize("engine", databases.ENGINES)
def test_every_figure_is_a_count_over_what_was_told(engine: str, request: pytest.FixtureRequest) -> None:
    if engine == "postgresql":
        request.getfixturevalue("postgres_url")
    with databases.fresh_database(engine, holding="county") as url:
        db = Database(url)
        _play(db)
        db.close()


def _play(db: Database) -> None:
    @settings(max_examples=25 if FULL else 12)
    @given(seed=st.integers(0, 2**32))
    def play(seed: int) -> None:
        session = db.session(write=True)
        try:
            _tell_and_ask(Teller(session, random.Random(seed)))
        finally:
            db.end(session, keep=False)

    play()


def _tell_and_ask(teller: Teller) -> None:
    frozen: list[tuple[date, datetime, dict[str, int]]] = []
    for number in range(80):
        teller.step()
        if number % 20 == 19:
            day = teller.day()
            frozen.append((day, teller.now, reckoned(teller.session, day, None)))
            # What is entered from here on was not known at this instant.
            teller.now += timedelta(seconds=1)
    for day, known_at, before in frozen:
        assert reckoned(teller.session, day, known_at) == before == Plain(teller, day, known_at).all()
    day = teller.day()
    assert reckoned(teller.session, day, None) == Plain(teller, day, None).all()


def test_what_stays_is_looked_through_once_for_all_days(db: Database) -> None:
    as_of = date(2023, 12, 31)

    def asked(days: int) -> dict[str, int]:
        told = [as_of - timedelta(days=90 * back) for back in range(days)]
        with db.reading() as session, statements_of(db) as found:
            figures.numbers(session, Instants(CAMPAIGN, as_of), dict.fromkeys(CAMPAIGN.figures, told))
        [statement] = [each for each in found if each.startswith("SELECT")]
        return {table: statement.count(f"FROM {table}") for table in ("fund_lines", "activities", "solutions")}

    assert asked(6) == asked(1)
