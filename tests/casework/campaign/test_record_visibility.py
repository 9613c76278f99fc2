"""Who may know of a record of a campaign is told twice, as SQL and as plain Python: on random worlds both agree.

An oracle written apart from both says once more what a member is told of.
"""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.activities.tables import Activity, Attendance, Cosignature, Lead, Service, Suggestion
from casework.announcements.tables import Announcement, Receipt
from casework.campaign.record_rights import rights_of
from casework.campaign.record_visibility import FAMILIES, LINKED_DAYS, place_of, subject_of, visible_to
from casework.campaign.tables import Goal, Link, Plan
from casework.core import editions
from casework.core.actors import ROLES, Actor, Grant
from casework.core.database import Database, Session
from casework.core.editions import known
from casework.core.ids import new_id
from casework.duties.tables import Duty, MemberHome
from casework.households.tables import Household, IncomeEstimate
from casework.industries.tables import Entity, Industry, Park
from casework.members.tables import Member
from casework.permissions import RELATIONS, rules
from casework.projects.tables import Beneficiary, Project
from casework.slogans.tables import Slogan
from tests.world import COUNTY, MORNING, TOWN, VILLAGE

TODAY = MORNING.date()
PLACES = (COUNTY, TOWN, VILLAGE, "510822106")
PREFIXES = ("51", COUNTY, TOWN, VILLAGE, "510822106", "5101")
KINDS = (
    *(Industry, Park, Entity, Project, Beneficiary, Activity, Attendance, Service, Suggestion, Cosignature, Lead),
    *(Goal, Plan, IncomeEstimate, Announcement, Receipt, MemberHome, Duty, Slogan),
)
UNITS = [new_id() for _ in range(4)]
IN_UNITS = frozenset({"handler", "unit_head"})
REGION = {
    "liaison": ("liaison",),
    "triage": ("clerk", "head", "chair"),
    "overseer": ("observer", "auditor"),
    "member": ("member",),
}


def enter(session: Session, row: Any, dice: random.Random) -> Any:
    """Enter a row, and mend some, so that old editions are there which must count for nothing."""
    made = editions.enter(session, row, actor=Actor(None, ""), at=MORNING)
    return (
        editions.mend(session, made, {"remark": "改"}, actor=Actor(None, ""), at=MORNING)
        if dice.random() < 0.2
        else made
    )


def populate(session: Session, dice: random.Random, people: list[Actor]) -> None:
    places = lambda: dice.choice(PLACES)  # noqa: E731 - read at each use
    accounts = [None, *(actor.person_id for actor in people)]
    members = [
        enter(
            session, Member(region_code=COUNTY, name="某", post="", person_id=dice.choice(accounts), remark=""), dice
        ).id
        for _ in range(12)
    ]
    households = [new_id() for _ in range(6)]
    for each in households:
        home = Household(region_code=places(), head_name="某", head_name_cipher="", head_name_index="", remark="")
        editions.enter(session, home, actor=Actor(None, ""), at=MORNING, record_id=each)
    for _ in range(10):
        ended = dice.choice((None, TODAY - timedelta(days=dice.choice((0, LINKED_DAYS, LINKED_DAYS + 1)))))
        link = Link(
            campaign="c", kind="k", holder_id=dice.choice(members), object_id=dice.choice(households),
            region_code=VILLAGE, part="", valid_from=date(2026, 1, 1), valid_to=ended, remark="",
        )  # fmt: skip
        enter(session, link, dice)
    for _ in range(12):
        someone, somewhere = lambda: dice.choice((None, *members)), {"on_date": TODAY}
        household = lambda: dice.choice((None, *households))  # noqa: E731 - as above
        industry = enter(session, Industry(region_code=places(), name="茶"), dice)
        enter(session, Park(industry_id=industry.id, region_code=places(), name="园", **somewhere), dice)
        enter(session, Entity(industry_id=industry.id, region_code=places(), name="社", kind="k", **somewhere), dice)
        project = enter(session, Project(name="路", kind="other", region_code=places()), dice)
        enter(session, Beneficiary(project_id=project.id, household_id=dice.choice(households), **somewhere), dice)
        activity = enter(
            session,
            Activity(
                kind=dice.choice(("k", "experience")),
                region_code=places(),
                member_id=someone(),
                household_id=household(),
                **somewhere,
            ),
            dice,
        )
        for _ in range(dice.choice((0, 1, 2))):
            attendance = Attendance(activity_id=activity.id, member_id=dice.choice(members), part="companion")
            attendance.withdrawn = dice.random() < 0.3
            enter(session, attendance, dice)
        enter(session, Service(kind="k", region_code=places(), content="", member_id=someone(), **somewhere), dice)
        warn(session, dice, activity.id, members, households)
        advise(session, dice, members)
        announce(session, dice, members, activity.id)
        house(session, dice, members)
        aim(session, dice, household)


def warn(session: Session, dice: random.Random, visit: UUID, members: list[UUID], households: list[UUID]) -> None:
    """Enter a lead of a visit, told to a town that may have no unit."""
    found_by = {"activity_id": visit, "member_id": dice.choice((None, *members))}
    told = {"on_date": TODAY, "risks": ["other"], "findings": "", "org_id": dice.choice((None, *UNITS))}
    place = {"region_code": dice.choice(PLACES), "household_id": dice.choice(households)}
    enter(session, Lead(**found_by, **told, **place), dice)


def advise(session: Session, dice: random.Random, members: list[UUID]) -> None:
    """Enter a suggestion, which somebody may have signed along."""
    someone = dice.choice((None, *members))
    advice = Suggestion(region_code=dice.choice(PLACES), content="", member_id=someone, on_date=TODAY)
    advice = enter(session, advice, dice)
    for _ in range(dice.choice((0, 1))):
        signed = Cosignature(suggestion_id=advice.id, member_id=dice.choice(members))
        signed.withdrawn = dice.random() < 0.3
        enter(session, signed, dice)


def house(session: Session, dice: random.Random, members: list[UUID]) -> None:
    """Enter a members' home with a duty, and a slogan."""
    enter(session, Slogan(region_code=dice.choice(PLACES), label="四个一", valid_from=TODAY), dice)
    home = enter(session, MemberHome(region_code=dice.choice(PLACES), name="家"), dice)
    enter(session, Duty(home_id=home.id, member_id=dice.choice(members), on_date=TODAY), dice)


def announce(session: Session, dice: random.Random, members: list[UUID], activity: UUID) -> None:
    """Enter an announcement to some members and units, some of them a call to an activity."""
    row = Announcement(region_code=dice.choice(PLACES), title="会", content="来", audience="named", asks="receipt")
    row.on_date, row.activity_id = TODAY, dice.choice((None, activity))
    row.withdrawn = dice.random() < 0.2
    row = enter(session, row, dice)
    for _ in range(dice.choice((0, 1, 3))):
        receipt = Receipt(announcement_id=row.id, member_id=dice.choice(members))
        if dice.random() < 0.5:
            receipt = Receipt(announcement_id=row.id, org_id=dice.choice(UNITS))
        receipt.withdrawn = dice.random() < 0.3
        enter(session, receipt, dice)


def aim(session: Session, dice: random.Random, household: Callable[[], UUID | None]) -> None:
    """Enter a goal, a plan and an estimate, each of some household."""
    place = dice.choice(PLACES)
    goal = Goal(campaign="c", checklist="l", item="i", year=2026, object_id=household(), region_code=place)
    goal.state = "planned"
    enter(session, goal, dice)
    enter(session, Plan(campaign="c", year=2026, object_id=household(), region_code=place, made_on=TODAY), dice)
    home = household()
    if home is not None:
        estimate = IncomeEstimate(household_id=home, year=2026, method="m", people=3, on_date=TODAY)
        enter(session, estimate, dice)


def random_actor(dice: random.Random) -> Actor:
    roles = dice.sample(ROLES, dice.choice((0, 1, 1, 2))) + (["member"] if dice.random() < 0.5 else [])
    grants = [
        Grant(role, None, dice.choice(UNITS)) if role in IN_UNITS else Grant(role, dice.choice(PREFIXES), None)
        for role in roles
    ]
    return Actor(new_id(), "某", tuple(grants))


def newest(session: Session, table: Any) -> list[Any]:
    return list(session.scalars(select(table).where(known(table))))


def over(actor: Actor, roles: tuple[str, ...], place: str) -> bool:
    return any(g.role in roles and g.region and place.startswith(g.region) for g in actor.grants)


class Oracle:
    """The same question in words, over plain lists."""

    def __init__(self, session: Session) -> None:
        self.rows = {table: newest(session, table) for table in (*KINDS, Member, Link)}

    def own(self, actor: Actor) -> set[UUID]:
        return {each.id for each in self.rows[Member] if each.person_id == actor.person_id}

    def says(self, actor: Actor, row: Any, place: str) -> bool:
        wanted = rules().visible[FAMILIES[type(row)]]
        for name, roles in REGION.items():
            if name in wanted and any(
                g.role in roles and g.region and place.startswith(g.region) for g in actor.grants
            ):
                return True
        if isinstance(row, Activity) and row.kind == "experience" and over(actor, ("member",), place):
            return True
        if isinstance(row, Lead) and any(g.role in IN_UNITS and g.org_id == row.org_id for g in actor.grants):
            return True
        if isinstance(row, Announcement | Receipt):
            return any(self.reaches(each, actor) for each in self.receipts(row))
        return "member" in actor.roles and self.says_to_a_member(actor, row)

    def says_to_a_member(self, actor: Actor, row: Any) -> bool:
        mine = self.own(actor)
        along = {a.activity_id for a in self.rows[Attendance] if a.member_id in mine and not a.withdrawn}
        if isinstance(row, Attendance):
            led = {a.id for a in self.rows[Activity] if a.member_id in mine}
            return row.member_id in mine or row.activity_id in led
        if isinstance(row, Suggestion | Cosignature):
            return row.member_id in mine or self.signed(row, mine)
        held = {each.object_id for each in self.rows[Link] if each.holder_id in mine and self.lasts(each)}
        if isinstance(row, Lead):
            return row.member_id in mine or row.household_id in held
        if isinstance(row, Goal | Plan | IncomeEstimate):
            return (row.household_id if isinstance(row, IncomeEstimate) else row.object_id) in held
        if isinstance(row, Activity):
            return row.member_id in mine or row.id in along or row.household_id in held or self.called(row, mine)
        return isinstance(row, Service) and row.member_id in mine

    def called(self, row: Activity, mine: set[UUID]) -> bool:
        calls = [each for each in self.rows[Announcement] if each.activity_id == row.id and not each.withdrawn]
        return any(receipt.member_id in mine for each in calls for receipt in self.receipts(each))

    def receipts(self, row: Announcement | Receipt) -> list[Receipt]:
        if isinstance(row, Receipt):
            return [row]
        return [each for each in self.rows[Receipt] if each.announcement_id == row.id and not each.withdrawn]

    def reaches(self, receipt: Receipt, actor: Actor) -> bool:
        if receipt.org_id is not None:
            return any(g.role in IN_UNITS and g.org_id == receipt.org_id for g in actor.grants)
        return "member" in actor.roles and receipt.member_id in self.own(actor)

    def signed(self, row: Suggestion | Cosignature, mine: set[UUID]) -> bool:
        if isinstance(row, Cosignature):
            return any(each.id == row.suggestion_id and each.member_id in mine for each in self.rows[Suggestion])
        signed = [each for each in self.rows[Cosignature] if each.suggestion_id == row.id and not each.withdrawn]
        return any(each.member_id in mine for each in signed)

    def lasts(self, link: Link) -> bool:
        return link.valid_to is None or link.valid_to + timedelta(days=LINKED_DAYS) >= TODAY


def test_the_query_the_predicates_and_the_oracle_agree_on_random_people_and_records(db: Database) -> None:
    dice = random.Random(20261014)
    people = [random_actor(dice) for _ in range(60)]
    with db.transaction() as session:
        populate(session, dice, people)
    compared = seen_by_members = 0
    with db.reading() as session:
        oracle = Oracle(session)
        bearings = {
            (type(row), row.id): (row, subject_of(session, row, on=TODAY))
            for table in KINDS
            for row in oracle.rows[table]
        }
        for actor in people:
            for table in KINDS:
                found = set(session.scalars(select(table.id).where(known(table), visible_to(actor, table, on=TODAY))))
                for row in oracle.rows[table]:
                    subject = bearings[table, row.id][1]
                    expected = oracle.says(actor, row, place_of(session, row))
                    said = any(RELATIONS[name](actor, subject) for name in rules().visible[FAMILIES[table]])
                    told = (table.__name__, actor.grants, subject)
                    assert (row.id in found) == expected == said, told
                    seen_by_members += expected and actor.roles == {"member"}
                    compared += 1
    assert compared > 5_000 and seen_by_members > 50


def test_the_system_sees_everything_and_a_stranger_nothing(db: Database) -> None:
    dice = random.Random(1)
    with db.transaction() as session:
        populate(session, dice, [random_actor(dice)])
        for table in KINDS:
            everything = len(newest(session, table))
            for actor, number in ((Actor(None, "system"), everything), (Actor(new_id(), "某"), 0)):
                asked = select(table.id).where(known(table), visible_to(actor, table, on=TODAY))
                assert len(session.scalars(asked).all()) == number, table


def test_what_is_read_by_permission_is_what_is_seen() -> None:
    for family in (
        "industry",
        "project",
        "activity",
        "attendance",
        "contribution",
        "cosignature",
        "lead",
        "goal",
        "announcement",
        "receipt",
    ):
        table = next(each for each, name in FAMILIES.items() if name == family)
        seen = set(rules().visible[family]) - {"system"}
        assert seen <= set(rules().permission[rights_of(table).read])
