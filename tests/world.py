"""A small county with the cast of all tests: 安老师 heads the office, 何干事 is its clerk, 白工 handles at the water
bureau under 水科长, 陈委员 is a member, 丁某 a stranger. All invented.

`World` acts through the engine exactly as the edges do: one transaction a step, locked, judged, kept or taken back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from casework.cases import queries
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.core.actors import Actor, Grant
from casework.core.database import Database, Session
from casework.core.encryption import Keyring
from casework.core.ids import new_id
from casework.matters.tables import Deadline, HistoryEntry
from casework.registry import grants
from casework.registry.seeding import seed
from casework.registry.tables import Org, Person, Region
from workflows import engine
from workflows.cases import intake

COUNTY = "510822"
TOWN = "510822105"
VILLAGE = "510822105206"
# A Wednesday morning, 09:00 in Shanghai, with holidays behind it and a make-up day within reach.
MORNING = datetime(2026, 10, 14, 1, 0, tzinfo=UTC)

REPORT: Mapping[str, Any] = {
    "title": "三组水管被山洪冲断，17 户吃水靠挑",
    "description": "大雨以后，三组引水的水管冲断了两处，蓄水池进不了水，老人要到沟里挑水。",
    "category": "drinking_water",
    "kind": "help",
    "urgency": "normal",
    "region_code": VILLAGE,
    "channel": "phone",
    "reporter": {"name": "李小芳", "phone": "13900000876"},
}

_CAST = (
    ("an", "安老师", "head", COUNTY, None),
    ("he", "何干事", "clerk", COUNTY, None),
    ("lu", "陆主席", "chair", COUNTY, None),
    ("guan", "关领导", "observer", COUNTY, None),
    ("jin", "金会计", "finance", COUNTY, None),
    ("shen", "沈审计", "auditor", COUNTY, None),
    ("chen", "陈委员", "member", COUNTY, None),
    ("cun", "村联络员", "liaison", VILLAGE, None),
    ("bai", "白工", "handler", None, "SLJ"),
    ("shui", "水科长", "unit_head", None, "SLJ"),
    ("jiao", "焦老师", "handler", None, "JYJ"),
    ("zhen", "镇干部", "handler", None, "ZYZ"),
    ("guanli", "管理员", "admin", None, None),
    ("anquan", "安全员", "security", None, None),
)
_ORGS = (
    ("SLJ", "县水利局", "department", COUNTY),
    ("JYJ", "县教育局", "department", COUNTY),
    ("ZYZ", "竹园镇人民政府", "township", TOWN),
)
_ORG_CODES = frozenset(code for code, *_ in _ORGS)
_PLACES = (
    (TOWN, "竹园镇", COUNTY, "town"),
    (VILLAGE, "方石村", TOWN, "village"),
    ("510822106", "木鱼镇", COUNTY, "town"),
)


@dataclass
class World:
    """The county, its people as actors, and steps through the engine."""

    db: Database
    actors: dict[str, Actor] = field(default_factory=dict)
    orgs: dict[str, UUID] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Actor:
        """Return one of the cast by short name."""
        return self.actors[name]

    def report(self, by: str = "he", *, at: datetime = MORNING, **changes: Any) -> UUID:
        """Report a difficulty and return its id; `changes` replace fields of REPORT (None leaves one out)."""
        raw = {k: v for k, v in {**REPORT, **changes}.items() if v is not None}
        with self.db.transaction() as session:
            return intake.report_case(session, raw, actor=self[by], at=at).id

    def move(
        self,
        case_id: UUID,
        trigger: str,
        by: str,
        *,
        at: datetime = MORNING,
        comment: str | None = None,
        version: int | None = None,
        **given: Any,
    ) -> Case:
        """Make one move and return the case as it then is."""
        with self.db.transaction() as session:
            case = queries.get_for_update(session, self[by], case_id=case_id, at=at)
            subject = subject_of(session, case, actor=self[by], at=at)
            engine.move(
                session,
                case,
                trigger,
                subject=subject,
                actor=self[by],
                at=at,
                given=given,
                comment=comment,
                expected_version=version,
            )
            return case

    def available(self, case_id: UUID, by: str, *, at: datetime = MORNING) -> engine.Moves:
        """Ask what somebody can do."""
        with self.db.reading() as session:
            case = queries.get(session, self[by], case_id=case_id, at=at)
            subject = subject_of(session, case, actor=self[by], at=at)
            return engine.available(session, case, subject=subject, actor=self[by], at=at)

    def assigned(self, *, at: datetime = MORNING, **changes: Any) -> UUID:
        """Report a case and assign it to the water bureau."""
        case_id = self.report(at=at, **changes)
        self.move(case_id, "assign", "an", at=at, org="SLJ")
        return case_id

    def coordinated(self, *, at: datetime = MORNING, **changes: Any) -> UUID:
        """Report, assign and coordinate a case."""
        case_id = self.assigned(at=at, **changes)
        self.move(case_id, "coordinate", "bai", at=at, plan="水利局出管材和工人，镇上出工日")
        return case_id

    def resolved(self, *, at: datetime = MORNING, **changes: Any) -> UUID:
        """Bring a case to `resolved`."""
        case_id = self.coordinated(at=at, **changes)
        self.move(case_id, "resolve", "bai", at=at, result_class="A", reply="两处管道已焊好，水已通到户。")
        return case_id

    def case(self, case_id: UUID) -> Case:
        """Read a case as it is stored."""
        with self.db.reading() as session:
            found = session.get(Case, case_id)
            assert found is not None
            return found

    def history(self, case_id: UUID) -> list[HistoryEntry]:
        """Read the history of a case."""
        with self.db.reading() as session:
            return list(queries.history_of(session, case_id))

    def clocks(self, case_id: UUID, kind: str | None = None) -> list[Deadline]:
        """Read the clocks of a case, newest epoch last."""
        with self.db.reading() as session:
            rows = session.query(Deadline).where(Deadline.matter_id == case_id).order_by(Deadline.epoch).all()
            return [row for row in rows if kind is None or row.kind == kind]


def make_world(db: Database, folder: Path, *, at: datetime = MORNING) -> World:
    """Return the county, founding it in an empty database; the key ring is kept in `folder`."""
    db.info["keyring"] = Keyring.open(folder)
    with db.reading() as session:
        founded = session.scalar(select(exists().where(Region.code == TOWN)))
    if not founded:
        found_county(db, at=at)
    return _world_of(db)


def found_county(db: Database, *, at: datetime = MORNING) -> None:
    """Write the county's places, units and people into an empty database."""
    with db.transaction() as session:
        seed(session, county=COUNTY, at=at)
        for code, name, parent, level in _PLACES:
            session.add(
                Region(
                    code=code,
                    name=name,
                    parent_code=parent,
                    level=level,
                    pinyin="",
                    initials="",
                    created_at=at,
                    updated_at=at,
                )
            )
        orgs = {}
        for code, name, kind, place in _ORGS:
            org = Org(id=new_id(), code=code, name=name, kind=kind, region_code=place, created_at=at, updated_at=at)
            session.add(org)
            orgs[code] = org.id
        session.flush()
        for user, name, role, region, org_code in _CAST:
            org_id = None if org_code is None else orgs[org_code]
            _join(session, user, name=name, role=role, region=region, org_id=org_id, at=at)


def _world_of(db: Database) -> World:
    with db.reading() as session:
        ids = {person.user_name: person.id for person in session.scalars(select(Person))}
        world = World(db, orgs={org.code: org.id for org in session.scalars(select(Org)) if org.code in _ORG_CODES})
    for user, name, role, region, org_code in _CAST:
        grant = Grant(role, region, None if org_code is None else world.orgs[org_code])
        world.actors[user] = Actor(ids[user], name, (grant,))
    world.actors["ding"] = Actor(new_id(), "丁某")
    return world


def _join(
    session: Session, user: str, *, name: str, role: str, region: str | None, org_id: UUID | None, at: datetime
) -> None:
    person = Person(id=new_id(), name=name, user_name=user, created_at=at, updated_at=at)
    session.add(person)
    session.flush()
    grants.add_grant(session, person, grants.Scope(role, region, org_id), actor=None, at=at)
