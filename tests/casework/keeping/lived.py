"""An office with a bit of everything in it, built once an engine and process, and copied for each test."""

import io
import itertools
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select

from casework.campaign.links import links
from casework.campaign.links.links import NewLink
from casework.campaign.loader import campaigns
from casework.campaign.tables import Goal
from casework.cases import extensions as extension_rows
from casework.cases import queries
from casework.cases.visibility import subject_of
from casework.core import editions
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.hashing import hash_password
from casework.core.ids import new_id
from casework.households import actions as household_actions
from casework.households.actions import NewHousehold
from casework.keeping import keycheck
from casework.keeping.findings import Finding
from casework.keeping.verify import verify
from casework.matters import anchors, attachments, idempotency
from casework.matters.tables import Job, Notice, OutboxEvent
from casework.members import actions as member_actions
from casework.members.actions import NewMember
from casework.permissions import Subject
from casework.registry import passwords, tokens, upkeep
from casework.registry.tables import Person
from tests import databases
from tests.casework.keeping.lived_announcement import announced
from tests.casework.keeping.lived_assessment import assessed
from tests.casework.keeping.lived_meetings import met
from tests.casework.keeping.lived_registry import governed
from tests.supervised import lived as supervised
from tests.supervised import step
from tests.world import COUNTY, MORNING, VILLAGE, World, make_world
from workflows import engine, firing
from workflows.campaign import bulletins
from workflows.cases import attaching, co_tasks, comments, extensions, mending
from workflows.lifecycles import lifecycles
from workflows.money import funding

PASSWORD = "杜鹃花开满山坡-2026-春"
PHONE = "13900000876"
# Region 999999 does not exist, so this is nobody's.
ID_NUMBER = "999999199001010024"
LATER = MORNING + timedelta(days=30)
_numbers = itertools.count()


@dataclass(frozen=True)
class Known:
    """What tests ask for by name: cases and rows, the cast, the units, a bearer token."""

    ids: Mapping[str, UUID]
    actors: Mapping[str, Actor]
    orgs: Mapping[str, UUID]
    token: str


@dataclass
class Office:
    """A lived office: its database and its home folder."""

    url: str
    home: Path
    known: Known
    db: Database = field(init=False)

    def __post_init__(self) -> None:
        self.db = Database(self.url, keyring=Keyring(self.home / "keyring.json"))

    @property
    def ids(self) -> Mapping[str, UUID]:
        return self.known.ids

    @property
    def attachments(self) -> Path:
        return self.home / "attachments"

    def world(self) -> World:
        """Return the cast at work in this office."""
        return World(self.db, dict(self.known.actors), dict(self.known.orgs))

    def findings(self, *, at: datetime = LATER, **options: Any) -> dict[str, Finding]:
        """Verify and return the findings by name."""
        found = verify(self.db, at=at, attachments=self.attachments, lifecycles=lifecycles(), **options)
        return {each.name: each for each in found}

    def broken(self, **options: Any) -> dict[str, int]:
        """Verify and return how many rows stand against which invariants."""
        return {name: each.rows for name, each in self.findings(**options).items() if each.rows}


@dataclass(frozen=True)
class Template:
    """What copies are made of."""

    engine: str
    database: str
    home: Path
    known: Known


def build(engine: str, folder: Path) -> Template:
    """Live through a month in an office on one engine."""
    home = folder / f"template-{engine}"
    home.mkdir()
    name = f"casework_lived_{os.getpid()}_{next(_numbers)}"
    if engine == "sqlite":
        shutil.copyfile(databases._sqlite_template("schema"), home / "casework.db")
        url = f"sqlite:///{home / 'casework.db'}"
    else:
        databases.copy_postgres(databases._postgres_template("schema"), name)
        url = databases._url_of(name)
    db = Database(url)
    world = make_world(db, home)
    ids = _live(world, home)
    token = _belongings(world, ids, home)
    db.close()
    return Template(engine, name, home, Known(ids, world.actors, world.orgs, token))


def forget(template: Template) -> None:
    """Drop what a template keeps on a server."""
    if template.engine == "postgresql":
        databases.drop_postgres(template.database)


@contextmanager
def copy_of(template: Template, folder: Path) -> Iterator[Office]:
    """Lend a copy of the office."""
    home = folder / "home"
    shutil.copytree(template.home, home, ignore=shutil.ignore_patterns("casework.db*"))
    if template.engine == "sqlite":
        shutil.copyfile(template.home / "casework.db", home / "casework.db")
        office = Office(f"sqlite:///{home / 'casework.db'}", home, template.known)
        yield office
        office.db.close()
        return
    name = f"{template.database}_{next(_numbers)}"
    databases.copy_postgres(template.database, name)
    office = Office(databases._url_of(name), home, template.known)
    try:
        yield office
    finally:
        office.db.close()
        databases.drop_postgres(name)


@contextmanager
def empty_place(engine: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Lend the URL of an empty database and an empty home."""
    home = folder / "elsewhere"
    home.mkdir()
    if engine == "sqlite":
        yield f"sqlite:///{home / 'casework.db'}", home
        return
    with databases.fresh_database(engine, holding=None) as url:
        yield urlsplit(url).geturl(), home


def act(world: World, case_id: UUID, by: str, what: Callable[..., Any], *arguments: Any, at: datetime = MORNING) -> Any:
    """Do something to a case as the edges do."""
    with world.db.transaction() as session:
        case = queries.get_for_update(session, world[by], case_id=case_id, at=at)
        subject = subject_of(session, case, actor=world[by], at=at)
        return what(session, case, *arguments, subject=subject, actor=world[by], at=at)


def _live(world: World, home: Path) -> dict[str, UUID]:
    reporter = {"name": "李小芳", "phone": PHONE, "id_number": ID_NUMBER}
    ids = {"closed": world.resolved(reporter=reporter), "late": world.report(title="路灯不亮了")}
    world.move(ids["closed"], "close", "he", followed_up="unreachable", at=MORNING + timedelta(hours=2))
    with world.db.transaction() as session:
        anchors.make(session, day=MORNING.date(), at=MORNING + timedelta(days=1))

    second = MORNING + timedelta(days=1)
    ids["rich"] = world.coordinated(at=second, reporter={**reporter, "name": "王大山"})
    staged = attachments.stage(
        io.BytesIO("现场情况：管道断口两处。".encode()), name="现场.txt", folder=home / "attachments"
    )
    act(world, ids["rich"], "bai", attaching.attach, staged, at=second)
    act(world, ids["rich"], "bai", comments.comment, {"text": "管材到了"}, at=second)
    asked = {"org": "ZYZ", "question": "出几个工", "due_on": "2026-10-20"}
    ids["co_task"] = act(world, ids["rich"], "bai", co_tasks.ask, asked, at=second).id
    request = act(world, ids["rich"], "bai", extensions.ask, {"until": "2026-10-30", "reason": "等管材"}, at=second)
    ids["request"] = request.id
    _decide(world, ids["rich"], request.id, at=second)
    _fund(world, ids, at=second)
    ids["merged"] = world.report(at=second, title="水管又断了")
    world.move(ids["merged"], "merge", "he", at=second, into=str(ids["rich"]))
    ids["suspended"] = world.assigned(at=second)
    world.move(ids["suspended"], "suspend", "he", at=second, reason="等材料", until="2026-11-30")
    act(world, ids["suspended"], "he", mending.mend, {"title": "三组停水多日"}, at=second)
    ids["open"] = world.assigned(at=second, title="水渠漏水")
    with world.db.transaction() as session:
        # What staff change in places, units and categories stands in the audit log beside the cases.
        upkeep.make_region(session, {"code": "510822105207", "name": "石坎村"}, actor=world["he"], at=second)
        well = {"code": "well", "label_zh": "水井", "label_en": "Well"}
        upkeep.make_category(session, well, actor=world["he"], at=second)
        office = {"code": "LYJ", "name": "县林业局", "kind": "department", "region_code": "510822"}
        upkeep.make_org(session, office, actor=world["he"], at=second)
        for day in range(1, 4):
            at = MORNING + timedelta(days=day + 1)
            anchors.make(session, day=(MORNING + timedelta(days=day)).date(), at=at)
    ids |= linked(world, at=second)
    ids |= told(world, ids["household"], at=second)
    ids |= assessed(world, ids, at=second)
    announced(world, ids["member"], at=second)
    ids["struck"] = supervised(world, "strike_off")
    ids["supervised"] = supervised(world, "acknowledge")
    step(world, ids["supervised"], "urge", "he", comment="请报进展")
    ids |= met(world)
    ids |= governed(world)
    firing.sweep(world.db, at=LATER - timedelta(minutes=1))
    return ids


def linked(world: World, *, at: datetime) -> dict[str, UUID]:
    """Link a member to a household, both of them mended once; return the ids."""
    actor, campaign = world["he"], next(iter(campaigns().values()))
    told = NewMember(name="陈青山", region_code=COUNTY, valid_from=date(2021, 12, 20), phone=PHONE)
    house = NewHousehold(region_code=VILLAGE, head_name="张树生", head_id_number=ID_NUMBER, people=4)
    with world.db.transaction() as session:
        member = member_actions.enter(session, told, actor=actor, at=at)
        member_actions.mend(session, member, replace(told, post="茶业公司经理"), actor=actor, at=at)
        household = household_actions.enter(session, house, actor=actor, at=at)
        household_actions.mend(session, household, replace(house, people=5), actor=actor, at=at)
        new = NewLink(
            kind="member_household",
            holder_id=member.id,
            object_id=household.id,
            region_code=VILLAGE,
            valid_from=date(2022, 3, 1),
            part="poverty_alleviated",
        )
        link = links.begin(session, campaign, new, actor=actor, at=at)
        last_day = {"valid_to": date(2022, 12, 31)}
        ended = links.change(session, link, last_day, reason="委员调离", actor=actor, at=at)
        links.begin(session, campaign, replace(new, valid_from=date(2023, 1, 1)), actor=actor, at=at)
    return {"member": member.id, "household": household.id, "link": ended.id}


def told(world: World, household_id: UUID, *, at: datetime) -> dict[str, UUID]:
    """Solve a difficulty of a linked household, reach a target, and sign a bulletin of it; return the ids."""
    solved = world.resolved(at=at, household_id=str(household_id), title="圈舍漏雨")
    with world.db.transaction() as session:
        goal = Goal(
            campaign="SLSC-2022",
            checklist="five_ones_household",
            item="difficulty_solved",
            year=2026,
            object_id=household_id,
            region_code=VILLAGE,
            state="verified",
            count=1,
            reached_on=at.date(),
        )
        editions.enter(session, goal, actor=world["he"], at=at)
        asked = {"campaign": "SLSC-2022", "quarter": "2026Q3"}
        bulletin = bulletins.begin(session, asked, actor=world["he"], at=at)
        for trigger, who in (("freeze", "he"), ("review", "an"), ("sign", "lu")):
            if trigger == "review":
                notes = [note["text"] for note in (bulletin.frozen or {})["notes"]]
                answers = {"answers": dict.fromkeys(notes, "口径不同")}
                bulletins.mend(session, bulletin, answers, actor=world["he"], at=at)
            engine.move(session, bulletin, trigger, subject=Subject(COUNTY), actor=world[who], at=at)
    return {"solved": solved, "goal": goal.id, "bulletin": bulletin.id}


def _decide(world: World, case_id: UUID, request_id: UUID, *, at: datetime) -> None:
    def decide(session: Any, case: Any, raw: Any, **rest: Any) -> None:
        found = [each for each in extension_rows.of_case(session, case.id) if each.id == request_id]
        extensions.decide(session, case, found[0], raw, **rest)

    act(world, case_id, "an", decide, {"grant": True, "reason": "同意"}, at=at)


def _fund(world: World, ids: dict[str, UUID], *, at: datetime) -> None:
    line = {
        "stage": "approved",
        "amount": "5000.00",
        "source": "县财政",
        "document_no": "财〔2026〕1号",
        "on": "2026-10-14",
    }
    first = act(world, ids["rich"], "bai", funding.add_line, line, at=at)
    following = {**line, "stage": "arrived", "amount": "4000.00", "allocation": str(first.id)}
    second = act(world, ids["rich"], "bai", funding.add_line, following, at=at)
    wrong = act(world, ids["rich"], "bai", funding.add_line, {**line, "document_no": "财〔2026〕2号"}, at=at)
    share = {"org": "SLJ", "share": "60.00"}

    def attribute(session: Any, case: Any, raw: Any, **rest: Any) -> None:
        funding.attribute(session, case, session.get(type(first), first.id), raw, **rest)

    def reverse(session: Any, case: Any, raw: Any, **rest: Any) -> Any:
        return funding.reverse_line(session, case, session.get(type(first), wrong.id), raw, **rest)

    act(world, ids["rich"], "bai", attribute, share, at=at)
    ids["reversal"] = act(world, ids["rich"], "bai", reverse, {"note": "录错了"}, at=at).id
    ids |= {"line": first.id, "arrived": second.id, "wrong": wrong.id}


def _belongings(world: World, ids: dict[str, UUID], home: Path) -> str:
    """Give the office what its people leave around: a token, a password, notices, jobs, an answer."""
    with world.db.transaction() as session:
        bai = session.get_one(Person, world["bai"].person_id)
        passwords.reset(session, bai, hashed=hash_password(PASSWORD), actor=SYSTEM, at=MORNING, must_change=False)
        _, token = tokens.create(session, bai, actor=SYSTEM, at=MORNING)
        event = session.scalars(select(OutboxEvent).where(OutboxEvent.matter_id == ids["open"]).limit(1)).one()
        notice = {"event_id": event.id, "channel": "app", "code": "assigned", "matter_id": ids["open"], "facts": {}}
        session.add(Notice(id=new_id(), person_id=bai.id, created_at=MORNING, hold_until=MORNING, **notice))
        done = {"status": "done", "worker": "w1", "attempts": 1, "done_at": MORNING}
        for number, more in enumerate((done, {"status": "running", "worker": "w1", "lease_until": LATER})):
            row = {"id": new_id(), "name": "sweep", "period": str(number), "payload": {}, "run_at": MORNING}
            session.add(Job(**row, created_at=MORNING, **more))
        once = idempotency.Once(bai.id, "key-1", "0" * 64)
        idempotency.keep(session, once, idempotency.Answer(201, {}, f'{{"phone": "{PHONE}"}}'), at=MORNING)
        keycheck.keep(session, Keyring(home / "keyring.json"), at=MORNING)
        told = select(OutboxEvent).where(OutboxEvent.status == "pending")
        for event in session.scalars(told):
            event.status, event.done_at, event.attempts = "done", LATER, 1
    return token
