"""Who may know of members, households and links is told twice, as SQL and as plain Python: random worlds must agree.

An oracle written apart from both reads the relations of permissions.toml once more, in words.
"""

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from casework.campaign import visibility
from casework.campaign.links import links
from casework.campaign.links.links import NewLink
from casework.campaign.loader import campaigns
from casework.campaign.tables import Link
from casework.core import editions
from casework.core.actors import ROLES, SYSTEM, Actor, Grant
from casework.core.database import Session
from casework.core.editions import known
from casework.core.ids import new_id
from casework.households import actions as households
from casework.households.actions import NewHousehold
from casework.households.tables import Household
from casework.members import actions as members
from casework.members.actions import NewMember
from casework.members.tables import Member
from casework.permissions import permits
from tests.world import COUNTY, MORNING, TOWN, VILLAGE, World, make_world

TODAY = date(2026, 10, 14)
PREFIXES = ("51", COUNTY, TOWN, VILLAGE, "510822106", "5101")
PLACES = (TOWN, VILLAGE, "510822106")


@pytest.fixture
def world(db: Any, tmp_path: Any) -> World:
    return make_world(db, tmp_path)


def random_actor(dice: random.Random) -> Actor:
    roles = dice.sample(ROLES, dice.choice((0, 1, 1, 2)))
    return Actor(new_id(), "某", tuple(Grant(role, dice.choice(PREFIXES), None) for role in roles))


def oracle(actor: Actor, kind: str, place: str, linked: set[UUID | None]) -> bool:
    for grant in actor.grants:
        near = grant.region is not None and place.startswith(grant.region)
        if near and grant.role in ("clerk", "head", "chair", "observer", "auditor"):
            return True
        if near and grant.role == "liaison" and kind != "member":
            return True
        if grant.role == "member" and actor.person_id in linked:
            return True
    return False


def a_linked_county(session: Session, dice: random.Random, people: list[Actor]) -> None:
    campaign = campaigns()["SLSC-2022"]
    told = [NewMember("某", COUNTY, date(2021, 12, 20), person_id=dice.choice(people).person_id) for _ in range(12)]
    holders = [members.enter(session, each, actor=SYSTEM, at=MORNING) for each in told]
    linked = [
        households.enter(session, NewHousehold(dice.choice(PLACES), "某人"), actor=SYSTEM, at=MORNING)
        for _ in range(15)
    ]
    for holder in holders:
        for household in dice.sample(linked, 2):
            link = NewLink(
                "member_household", holder.id, household.region_code, date(2022, 3, 1), household.id, "demonstration"
            )
            made = links.begin(session, campaign, link, actor=SYSTEM, at=MORNING)
            ended = TODAY - timedelta(days=dice.choice((1, 29, 30, 31)))
            if dice.random() < 0.5:
                links.change(session, made, {"valid_to": ended}, reason="换届", actor=SYSTEM, at=MORNING)
    # Somebody is no longer who they were: an older edition gives no sight.
    row = editions.newest(session, Member, holders[0].id, lock=True)
    editions.mend(session, row, {"person_id": None}, actor=SYSTEM, at=MORNING)


def expected_people(session: Session) -> dict[UUID, set[UUID | None]]:
    """Return for each record the people whose member records it is about, told from the rows in plain Python."""
    people = {each.id: each.person_id for each in session.query(Member).where(known(Member))}
    found: dict[UUID, set[UUID | None]] = {each: {person} for each, person in people.items()}
    for link in session.query(Link).where(known(Link)):
        fresh = link.valid_to is None or TODAY - link.valid_to <= timedelta(days=30)
        person = {people[link.holder_id]} if fresh else set()
        found.setdefault(link.id, set()).update(person)
        assert link.object_id is not None
        found.setdefault(link.object_id, set()).update(person)
    return {each: persons - {None} for each, persons in found.items()}


def test_the_queries_the_predicates_and_the_oracle_agree(world: World) -> None:
    dice = random.Random(20261128)
    people = [random_actor(dice) for _ in range(60)]
    with world.db.transaction() as session:
        a_linked_county(session, dice, people)
    seen_at_all = 0
    with world.db.reading() as session:
        about = expected_people(session)
        for actor in people:
            for kind, table, condition, subject_of in (
                ("member", Member, visibility.visible_members(actor), visibility.subject_of_member),
                (
                    "household",
                    Household,
                    visibility.visible_households(actor, on=TODAY),
                    lambda row: visibility.subject_of_household(session, row, on=TODAY),
                ),
                (
                    "link",
                    Link,
                    visibility.visible_links(actor, on=TODAY),
                    lambda row: visibility.subject_of_link(session, row, on=TODAY),
                ),
            ):
                everything: Any = session.query(table).where(known(table))
                seen = {row.id for row in everything.where(condition)}
                for row in everything:
                    expected = oracle(actor, kind, row.region_code, about.get(row.id, set()))
                    told = (actor.grants, kind, row.region_code)
                    assert (row.id in seen) == expected, told
                    assert permits(actor, f"{kind}.read", subject_of(row)) == expected, told
                    seen_at_all += expected
    assert seen_at_all > 500
