"""The roles of deploy/postgresql/roles.sql: the application does its whole work and no more (reliability.md §4.1)."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import ProgrammingError

from casework import migrations
from casework.cases.tables import Case, CaseUnit, PublicReport
from casework.cases.visibility import visible_to
from casework.core.append_only import TABLES
from casework.core.database import Database
from casework.matters.tables import Attachment
from casework.registry import office_settings
from casework.tables import metadata
from tests.conftest import lend
from tests.laws.source import ROOT
from tests.servers import Server, postgres_server
from tests.subjects import OTHER_TOWN, holds_in, holds_over, twenty
from tests.web.desk import Browser, make_desk
from tests.web.pages.test_public import SENT, picture
from tests.web.test_every_route import REPORTER
from tests.world import COUNTY, MORNING, VILLAGE, make_world

ROLES = (ROOT / "deploy" / "postgresql" / "roles.sql").read_text("utf-8")


@dataclass(frozen=True)
class Roles:
    """The URL of each role, and the folder of the keys."""

    owner: str
    app: str
    reader: str
    folder: Path


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Start a PostgreSQL whose roles these tests may make."""
    yield from lend(postgres_server)


@pytest.fixture(scope="module")
def office(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Roles:
    """Make an office as docs/how-to/install-as-a-service.md says."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE office TEMPLATE template0 ENCODING 'UTF8'")
    parts = urlsplit(server.url)
    address = parts.netloc.rpartition("@")[2]
    administrator = parts._replace(path="/office").geturl()

    def as_role(role: str) -> str:
        return parts._replace(netloc=f"{role}:word-of-{role}@{address}", path="/office").geturl()

    _run(administrator)
    with psycopg.connect(administrator, autocommit=True) as connection:
        for role in ("casework_owner", "casework_app", "casework_reader"):
            connection.execute(f"ALTER ROLE {role} PASSWORD 'word-of-{role}'")
    owner = Database(as_role("casework_owner"))
    migrations.upgrade(owner)
    owner.close()
    _run(administrator)
    _run(administrator)
    urls = {role: as_role(f"casework_{role}") for role in ("owner", "app", "reader")}
    return Roles(**urls, folder=tmp_path_factory.mktemp("roles"))


def _run(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ROLES)


def test_the_application_works_and_can_neither_alter_tables_nor_what_is_written_once(
    office: Roles,
) -> None:
    db = Database(office.app)
    world = make_world(db, office.folder)
    case_id = world.resolved()
    world.move(case_id, "close", "he", followed_up="unreachable")
    refused = [
        *(f"UPDATE {table} SET {column(db, table)} = {column(db, table)}" for table in TABLES),
        *(f"DELETE FROM {table}" for table in TABLES),
        *("TRUNCATE history", "DROP TABLE cases", "ALTER TABLE cases ADD COLUMN x text", "CREATE TABLE x (n integer)"),
        *("DROP TRIGGER history_append_only ON history", "ALTER TABLE history DISABLE TRIGGER ALL"),
        *("UPDATE alembic_version SET version_num = '0'", "CREATE SCHEMA mine", "CREATE ROLE mine"),
    ]
    for statement in refused:
        with pytest.raises(ProgrammingError) as caught, db.engine.begin() as connection:
            connection.exec_driver_sql(statement)
        assert getattr(caught.value.orig, "sqlstate", None) == "42501", statement
    db.close()
    reader = Database(office.reader)
    with reader.engine.connect() as connection:
        assert (connection.execute(text("SELECT count(*) FROM history")).scalar() or 0) >= 5
    with pytest.raises(ProgrammingError), reader.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO sequences DEFAULT VALUES")
    reader.close()


def test_a_stranger_s_report_is_written_by_a_role_that_can_do_nothing_else(
    office: Roles,
) -> None:
    db = Database(office.app)
    world = make_world(db, office.folder)
    world.report()
    desk = make_desk(world, office.folder)
    with db.transaction() as session:
        office_settings.change(session, {"public_page": True}, actor=world["guanli"], at=MORNING)
    became: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda _c, _k, statement, *_: became.append(statement))
    browser = Browser(desk.client())
    browser.get("/report/new")
    photo = (io.BytesIO(picture()), "水管.jpg")
    assert browser.post("/report/new", {**SENT, "photos": photo}).status_code == 303
    # The report and its photo, and nothing after it.
    assert "SET LOCAL ROLE casework_intake" in became
    rest = became[became.index("SET LOCAL ROLE casework_intake") + 1 :]
    assert [each.split("(")[0].replace('"', "").strip() for each in rest] == [
        f"INSERT INTO {table}" for table in ("public_reports", "blobs", "attachments")
    ]
    with db.reading() as session:
        assert session.query(PublicReport).count() == 1 and session.query(Attachment).count() == 1
    for table in metadata.sorted_tables:
        for statement in (f"SELECT 1 FROM {table.name}", f"DELETE FROM {table.name}"):
            assert _as_intake(db, statement) == "42501", statement
    assert _as_intake(db, "INSERT INTO cases DEFAULT VALUES") == "42501"
    assert _as_intake(db, "UPDATE public_reports SET reason = 'x'") == "42501"
    db.close()


def _as_intake(db: Database, statement: str) -> str | None:
    with pytest.raises(ProgrammingError) as caught, db.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL ROLE casework_intake")
        connection.exec_driver_sql(statement)
    return getattr(caught.value.orig, "sqlstate", None)


def test_direct_sql_shows_twenty_subjects_what_the_rule_says_and_nobody_anything_in_plain(
    office: Roles,
) -> None:
    db = Database(office.app)
    world = make_world(db, office.folder)
    for place, unit in ((COUNTY, "SLJ"), (VILLAGE, "JYJ"), (OTHER_TOWN, "SLJ"), (OTHER_TOWN, None)):
        case_id = world.report("chen", region_code=place)
        if unit is not None:
            world.move(case_id, "assign", "an", org=unit, co_orgs=["ZYZ"])
    people = twenty(world)
    with db.engine.connect() as connection:
        cases = connection.execute(select(Case.id, Case.region_code, Case.lead_org_id)).all()
        helped = set(connection.scalars(select(CaseUnit.case_id).where(CaseUnit.org_id == world.orgs["ZYZ"])))
        for who in people:
            # The statement itself, outside of everything that could help it: the database knows nothing of `who`.
            seen = set(connection.scalars(select(Case.id).where(visible_to(who, at=MORNING))))
            assert seen == {
                id
                for id, place, lead in cases
                if holds_over(who, ("clerk", "head", "chair", "liaison", "observer", "auditor"), place)
                or holds_in(who, {lead, *({world.orgs["ZYZ"]} if id in helped else ())})
            }, who.grants
    db.close()
    reader = Database(office.reader)
    with reader.engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = connection.exec_driver_sql(f"SELECT t::text FROM {table.name} AS t").scalars()
            assert not [row for row in rows if any(word in row for word in REPORTER)], table.name
    reader.close()


def column(db: Database, table: str) -> str:
    with db.engine.connect() as connection:
        named = text("SELECT column_name FROM information_schema.columns WHERE table_name = :it LIMIT 1")
        return str(connection.execute(named, {"it": table}).scalar())


def test_the_file_names_every_table_that_only_grows() -> None:
    listed = re.search(r"'history'[^\]]+", ROLES)
    assert listed is not None
    assert set(re.findall(r"'(\w+)'", listed[0])) == set(TABLES)
