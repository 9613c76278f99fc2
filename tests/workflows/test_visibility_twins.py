"""Who may know of a case is told twice, as SQL and as plain Python: random people and random cases must agree.

An oracle written apart from both reads the relations of permissions.toml once more, in words.
"""

import random
from datetime import datetime, timedelta

from sqlalchemy import select, update

from casework.cases.tables import Case, CaseUnit
from casework.cases.visibility import FORMER_DAYS, ids_of, subject_of, visible_to
from casework.core.actors import ROLES, Actor, Grant
from casework.core.ids import new_id
from casework.permissions import permits
from tests.world import COUNTY, MORNING, TOWN, VILLAGE, World

PLACES = (COUNTY, TOWN, VILLAGE, "510822106")
PREFIXES = ("51", COUNTY, TOWN, VILLAGE, "510822106", "5101")
PAIRS = 5_000


def oracle(actor: Actor, case: Case, units: dict[str, list[CaseUnit]], at: datetime) -> bool:
    for grant in actor.grants:
        near = grant.region is not None and case.region_code.startswith(grant.region)
        if near and grant.role in ("clerk", "head", "chair", "liaison", "observer", "auditor"):
            return True
        if near and grant.role == "finance" and case.funds_total > 0:
            return True
        if grant.role in ("handler", "unit_head") and grant.org_id is not None:
            if grant.org_id == case.lead_org_id:
                return True
            if any(unit.org_id == grant.org_id for unit in units["co"]):
                return True
            for unit in units["former"]:
                if unit.org_id == grant.org_id and unit.until and at - unit.until <= timedelta(days=FORMER_DAYS):
                    return True
    return case.reported_by == actor.person_id


def random_actor(dice: random.Random, orgs: list) -> Actor:
    grants = tuple(
        Grant(role, None, dice.choice(orgs))
        if role in ("handler", "unit_head")
        else Grant(role, dice.choice(PREFIXES), None)
        for role in dice.sample(ROLES, dice.choice((0, 1, 1, 1, 2)))
    )
    return Actor(new_id(), "某", grants)


def a_lived_county(world: World, dice: random.Random, people: list[Actor]) -> None:
    for _ in range(40):
        case_id = world.report("an", region_code=dice.choice(PLACES))
        fate = dice.random()
        if fate < 0.75:
            co_orgs = dice.sample(("JYJ", "ZYZ"), dice.choice((0, 1, 2)))
            world.move(case_id, "assign", "an", org="SLJ", co_orgs=co_orgs)
        if fate < 0.3:
            world.move(case_id, "return", "bai", reason="不归水利管")
        changes = {"reported_by": dice.choice(people).person_id, "funds_total": dice.choice((0, 0, 2))}
        ended = MORNING - timedelta(days=dice.choice((1, 29, 31)))
        with world.db.transaction() as session:
            session.execute(update(Case).where(Case.id == case_id).values(**changes))
            session.execute(
                update(CaseUnit).where(CaseUnit.case_id == case_id, CaseUnit.part == "former").values(until=ended)
            )


def test_the_query_the_predicates_and_the_oracle_agree_on_random_people_and_cases(world: World) -> None:
    dice = random.Random(20261014)
    people = [random_actor(dice, list(world.orgs.values())) for _ in range(PAIRS // 40)]
    a_lived_county(world, dice, people)
    compared = 0
    with world.db.reading() as session:
        cases = session.scalars(select(Case)).all()
        units: dict = {case.id: {"co": [], "former": [], "lead": []} for case in cases}
        for unit in session.scalars(select(CaseUnit)):
            units[unit.case_id][unit.part].append(unit)
        for actor in people:
            seen = set(session.scalars(select(Case.id).where(visible_to(actor, at=MORNING))))
            listed = {found for ids in ids_of(actor, at=MORNING) for found in session.scalars(ids)}
            assert listed == seen, actor.grants
            for case in cases:
                expected = oracle(actor, case, units[case.id], MORNING)
                subject = subject_of(session, case, actor=actor, at=MORNING)
                assert (case.id in seen) == expected, (actor.grants, case.region_code)
                assert permits(actor, "case.read", subject) == expected, (actor.grants, case.region_code)
                compared += 1
    assert compared == PAIRS
