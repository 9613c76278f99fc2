"""Random people of random roles on random routes of random cases: the answer is the one an oracle foretells.

The oracle reads who holds what and who has which case in plain Python, apart from the SQL and the predicates of the
product; only the table of permissions is common to both. Three hundred requests, with CASEWORK_TEST_TIER=full five
thousand on each engine.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select, update

from casework.cases.tables import Case, CaseUnit
from casework.core.actors import ROLES, Grant
from casework.core.ids import new_id
from casework.registry.tables import Person, RoleGrant
from tests import databases
from tests.tiers import FULL
from tests.web import test_every_route as every
from tests.web.addresses import OF_A_CASE
from tests.web.desk import Desk, make_desk
from tests.web.test_every_route import Caller, Matter, judge_case, methods_of
from tests.web.test_routes_law import routes
from tests.world import COUNTY, MORNING, TOWN, VILLAGE, World

PLACES = (COUNTY, TOWN, VILLAGE, "510822106")
PREFIXES = ("51", COUNTY, TOWN, VILLAGE, "510822106", "5101")
WORDS = ("雪豹", "杜鹃", "羚牛", "红豆杉", "珙桐", "岩羊", "血雉", "木鱼", "青竹", "白龙", "黄杨", "紫荆")
PEOPLE, ASKED = (250, 5000) if FULL else (20, 300)
OF_UNITS = ("handler", "unit_head")
TRIAGE = ("clerk", "head", "chair")
# What a role could be to some case somewhere.
SOMEWHERE = {
    **{role: {"triage", "triage_anywhere", "reporter"} for role in TRIAGE},
    "observer": {"overseer"},
    "auditor": {"overseer", "auditor"},
    "member": {"member", "reporter", "linked", "own", "reader"},
    "liaison": {"liaison", "reporter"},
    "handler": {"unit", "co_unit", "former", "task_unit"},
    "unit_head": {"unit", "unit_head", "co_unit", "former", "task_unit"},
}


@dataclass
class Crowd:
    """A desk with strangers before it: who they are, what they hold, and the cases as they stand at the moment."""

    desk: Desk
    people: dict[str, tuple[UUID, list[Grant]]]
    words: dict[UUID, str]
    matters: tuple[Matter, ...] = ()

    def look(self, who: str) -> None:
        """Read every case, with what somebody is to it now."""
        person_id, held = self.people[who]
        with self.desk.office.db.reading() as session:
            units = session.scalars(select(CaseUnit)).all()
            self.matters = tuple(
                Matter(case.id, case.number, self.words[case.id], {who: _relations(person_id, held, case, units)})
                for case in session.scalars(select(Case).where(Case.id.in_(self.words)))
            )


def _relations(person_id: UUID, held: list[Grant], case: Case, units: object) -> set[str]:
    found = {"reporter"} if case.reported_by == person_id else set()
    for grant in held:
        found |= {"triage_anywhere"} if grant.role in TRIAGE else set()
        found |= {grant.role} if grant.role in ("admin", "security", "auditor") else set()
        if grant.region is not None and case.region_code.startswith(grant.region):
            found |= _over(grant.role, has_money=case.funds_total > 0)
        if grant.role in OF_UNITS and grant.org_id is not None:
            if grant.org_id == case.lead_org_id:
                found |= {"unit", grant.role} - {"handler"}
            for unit in units:  # type: ignore[attr-defined] # rows of CaseUnit
                if unit.case_id == case.id and unit.org_id == grant.org_id:
                    old = unit.until is not None and MORNING - unit.until > timedelta(days=30)
                    found |= {"co": {"co_unit"}, "former": set() if old else {"former"}}.get(unit.part, set())
    return found


def _over(role: str, *, has_money: bool) -> set[str]:
    if role in TRIAGE:
        return {"triage"} | ({"head"} if role != "clerk" else set()) | ({"chair"} if role == "chair" else set())
    if role in ("observer", "auditor"):
        return {"overseer"}
    return {role} if role in ("member", "liaison") or (role == "finance" and has_money) else set()


def _anywhere(held: list[Grant]) -> set[str]:
    found = {"invited"} if held else set()
    for grant in held:
        found |= SOMEWHERE.get(grant.role, {grant.role})
        found |= {"head"} if grant.role in ("head", "chair") else set()
        found |= {"chair"} if grant.role == "chair" else set()
    return found


def _join(world: World, dice: random.Random) -> dict[str, tuple[UUID, list[Grant]]]:
    people = {}
    orgs = list(world.orgs.values())
    with world.db.transaction() as session:
        for n in range(PEOPLE):
            person = Person(id=new_id(), name="某", user_name=f"p{n}", created_at=MORNING, updated_at=MORNING)
            session.add(person)
            session.flush()
            held = []
            for role in dice.sample(ROLES, dice.choice((0, 1, 1, 1, 1, 2, 2))):
                of_a_unit = role in OF_UNITS
                grant = Grant(
                    role, None if of_a_unit else dice.choice(PREFIXES), dice.choice(orgs) if of_a_unit else None
                )
                ended = dice.random() < 0.15
                until = (MORNING - timedelta(days=1)).date() if ended else None
                held += [] if ended else [grant]
                row = RoleGrant(id=new_id(), person_id=person.id, created_at=MORNING, role=role, valid_to=until)
                row.region, row.org_id = grant.region, grant.org_id
                session.add(row)
            people[f"p{n}"] = (person.id, held)
    return people


@pytest.fixture
def crowd(world: World, tmp_path: Path) -> Iterator[Crowd]:
    """Open a county of a dozen cases to people of every sort."""
    dice = random.Random(20261129)
    with time_machine.travel(MORNING, tick=False):
        people = _join(world, dice)
        words = {}
        for word in WORDS:
            told: dict[str, Any] = {
                "title": f"{word}水管断了",
                "description": f"{word}水管在山上",
                "region_code": dice.choice(PLACES),
            }
            case_id = world.report("an", **told)
            words[case_id] = word
            fate = dice.random()
            if fate < 0.8:
                others = dice.sample(("JYJ", "ZYZ"), dice.choice((0, 1, 2)))
                world.move(case_id, "assign", "an", org="SLJ", co_orgs=others)
            if fate < 0.3:
                world.move(case_id, "return", "bai", reason="不归水利管")
            changes = {"reported_by": dice.choice([each for each, _ in people.values()])}
            ended = MORNING - timedelta(days=dice.choice((1, 29, 31)))
            with world.db.transaction() as session:
                session.execute(update(Case).where(Case.id == case_id).values(**changes))
                former = update(CaseUnit).where(CaseUnit.case_id == case_id, CaseUnit.part == "former")
                session.execute(former.values(until=ended))
        yield Crowd(make_desk(world, tmp_path), people, words)


@pytest.mark.timeout(3600 if FULL else 300)
@pytest.mark.parametrize("database_url", databases.ENGINES if FULL else ["sqlite"], indirect=True)
def test_random_people_on_random_routes_get_what_the_oracle_says(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(7)
    ways = [
        (rule, method)
        for rule in routes(crowd.desk.app)
        if OF_A_CASE & set(rule.arguments)
        for method in methods_of(rule)
    ]
    callers: dict[str, Caller] = {}
    seen = 0
    for _ in range(ASKED):
        who = dice.choice(list(crowd.people))
        monkeypatch.setitem(every.ANYWHERE, who, _anywhere(crowd.people[who][1]))
        crowd.look(who)
        caller = callers.setdefault(who, Caller(crowd, who))
        matter = dice.choice(crowd.matters)
        seen += matter.is_seen_by(who)
        judge_case(crowd, caller, *dice.choice(ways), matter)
    # Both ways of the answer were met often.
    assert ASKED * 0.15 < seen < ASKED * 0.85
