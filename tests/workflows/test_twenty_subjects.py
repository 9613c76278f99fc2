"""Who may know of a supervised matter, a consultation or a sheet is told as SQL and as a predicate: both are asked by
twenty subjects about every record and must say what an oracle says that was written apart from both."""

import random
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.assessment import queries as sheets
from casework.assessment.tables import Assessment
from casework.consultations import queries as consultations
from casework.consultations.tables import ConsensusItem, Consultation, Participant
from casework.core import editions
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Session
from casework.core.ids import new_id
from casework.members.tables import Member
from casework.permissions import permits
from casework.supervisions import queries as supervisions
from casework.supervisions.tables import Supervision
from tests import meeting, supervised
from tests.subjects import OTHER_TOWN, holds_in, holds_over, twenty
from tests.world import COUNTY, MORNING, TOWN, VILLAGE, World

OFFICE, OVERSEERS = ("clerk", "head", "chair"), ("observer", "auditor")
PLACES = (COUNTY, TOWN, VILLAGE, OTHER_TOWN)
UNITS = ("SLJ", "JYJ", "ZYZ")
Oracle = Callable[[Actor, Any], bool]


def supervisions_of(world: World, dice: random.Random, _people: list[Actor]) -> Oracle:
    """Initiate matters of several units in several places."""
    helped: dict[UUID, set[UUID]] = {}
    for lead in UNITS * 2:
        helping = dice.sample([each for each in UNITS if each != lead], dice.choice((0, 1)))
        matter = supervised.initiate(world, org=lead, co_orgs=helping)
        helped[matter] = {world.orgs[each] for each in (lead, *helping)}
    with world.db.transaction() as session:
        for row in session.scalars(select(Supervision)):
            row.region_code = dice.choice(PLACES)
    return lambda who, row: holds_over(who, OFFICE + OVERSEERS, row.region_code) or holds_in(who, helped[row.id])


def consultations_of(world: World, dice: random.Random, people: list[Actor]) -> Oracle:
    """Bring topics, which some bring, convene or are named in, and of which units have to do something."""
    named: dict[UUID, set[UUID | None]] = {}
    working: dict[UUID, set[UUID | None]] = {}
    topics = [meeting.approved(world, f"第{n}件") for n in range(6)]
    with world.db.transaction() as session:
        for row in session.scalars(select(Consultation).where(Consultation.id.in_(topics))):
            by, convenor, invited = (dice.choice(people).person_id for _ in range(3))
            lead, agreed = (world.orgs[dice.choice(UNITS)] for _ in range(2))
            row.region_code, row.brought_by, row.convenor_id = dice.choice(PLACES), by, convenor
            row.lead_org_id = lead
            who = {"id": new_id(), "consultation_id": row.id, "round": 1, "place": 1, "part": "department"}
            session.add(Participant(**who, person_id=invited, required=False))
            what = {"id": new_id(), "consultation_id": row.id, "place": 1, "text": "换管", "due_on": date(2026, 11, 1)}
            session.add(ConsensusItem(**what, org_id=agreed))
            named[row.id], working[row.id] = {by, convenor, invited}, {lead, agreed}
    return lambda who, row: (
        holds_over(who, (*OFFICE, *OVERSEERS, "liaison"), row.region_code)
        or holds_in(who, working[row.id])
        or who.person_id in named[row.id]
    )


def sheets_of(world: World, dice: random.Random, people: list[Actor]) -> Oracle:
    """Compute sheets of members, some of whom have an account; who is no member has none of their own."""
    whose: dict[UUID, UUID | None] = {}
    accounts = [None, *(each.person_id for each in people if "member" in each.roles), people[0].person_id]
    with world.db.transaction() as session:
        for n, account in enumerate(accounts):
            new = Member(region_code=COUNTY, name="某", post="", person_id=account, remark="")
            member = editions.enter(session, new, actor=SYSTEM, at=MORNING)
            whose[sheet(session, n, member.id, dice.choice(PLACES))] = account
    return lambda who, row: (
        holds_over(who, OFFICE + OVERSEERS, row.region_code)
        or ("member" in who.roles and whose[row.id] == who.person_id)
    )


def sheet(session: Session, n: int, member_id: UUID, place: str) -> UUID:
    """Write a sheet as it is before anybody has looked at it."""
    row = Assessment(
        **{"id": new_id(), "number": f"QC-KH-2026-{n:06}", "region_code": place, "state": "computed"},
        **{"state_since": MORNING, "version": 1, "created_at": MORNING, "updated_at": MORNING},
        **{"workflow": "assessment", "workflow_version": 1, "head_hash": "", "campaign": "SLSC-2022", "year": 2026},
        **{"member_id": member_id, "member_name": "某", "as_of": MORNING.date(), "content": {}, "adjustments": []},
        **{"score": 80, "band": "good"},
    )
    session.add(row)
    session.flush()
    return row.id


KINDS: Mapping[str, tuple[Any, Any, Callable[[World, random.Random, list[Actor]], Oracle]]] = {
    "supervision.read": (Supervision, supervisions, supervisions_of),
    "consultation.read": (Consultation, consultations, consultations_of),
    "assessment.read": (Assessment, sheets, sheets_of),
}


def test_query_and_predicate_say_of_every_record_what_the_oracle_says_to_twenty_subjects(world: World) -> None:
    dice, people = random.Random(20261129), twenty(world)
    assert len(people) == 20
    for permission, (table, queries, populate) in KINDS.items():
        oracle = populate(world, dice, people)
        answers = set()
        with world.db.reading() as session:
            rows = session.scalars(select(table)).all()
            for who in people:
                seen = set(session.scalars(select(table.id).where(queries.visible_to(who))))
                for row in rows:
                    expected = oracle(who, row)
                    said = permits(who, permission, queries.subject_of(session, row))
                    assert (row.id in seen, said) == (expected, expected), (permission, who.grants, row.region_code)
                    answers.add(expected)
        assert answers == {True, False}, permission
