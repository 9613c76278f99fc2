"""Files and a virus scanner: what is infected is refused by name, and one that gives no verdict lets nothing through."""

import io
import stat
from pathlib import Path
from typing import Any

import pytest

from casework.core import clock, scanning
from casework.core.database import Database
from casework.core.scanning import Away, Scanner
from casework.core.settings import UnsafeSettings, read_settings
from casework.keeping.verify import verify
from casework.registry import audit_list
from tasks import installation
from tests import databases
from tests.clamd import BAD, double
from tests.laws.source import python_files
from tests.web.desk import Desk, make_desk
from tests.world import make_world
from workflows.lifecycles import lifecycles


@pytest.fixture
def db() -> Any:
    with databases.fresh_database("sqlite", holding="county") as url:
        database = Database(url)
        yield database
        database.close()


def send(desk: Desk, case_id: Any, content: bytes, name: str = "说明.txt") -> Any:
    data = {"file": (io.BytesIO(content), name)}
    return desk.client().post(f"/api/v1/cases/{case_id}/attachments", data=data, headers=desk.bearer("he"))


def lost(desk: Desk) -> int:
    """Count the contents that `verify` misses."""
    office = desk.office
    found = verify(office.db, at=clock.now(), attachments=office.settings.attachments, lifecycles=lifecycles())
    return sum(each.rows for each in found if each.name == "I18")


def test_clamd_is_asked_and_what_it_finds_is_refused_on_its_field(db: Database, tmp_path: Path) -> None:
    world = make_world(db, tmp_path)
    case_id = world.report()
    with double() as (clamd, address):
        desk = make_desk(world, tmp_path, CASEWORK_SCANNER=address)
        assert send(desk, case_id, "好的".encode()).status_code == 201
        assert clamd.seen == ["好的".encode()]
        answer = send(desk, case_id, b"x" * 300_000 + BAD)
        assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "file"
        assert "Test.Bad-1" in answer.json["errors"][0]["message"] and len(clamd.seen[-1]) > 300_000
        clerk = desk.browser("he")
        clerk.get("/ledgers")
        page = clerk.post("/ledgers", {"kind": "orgs", "file": (io.BytesIO(BAD), "a.csv")})
        assert page.status_code == 409 and "Test.Bad-1" in page.text and 'href="#f-file"' in page.text
        # No verdict is no leave: not when it says its limit is passed, nor when it is gone.
        for mood in ("limit", "gone"):
            clamd.mood = mood
            answer = send(desk, case_id, b"fine")
            assert answer.status_code == 503 and answer.json["detail"].startswith("病毒扫描没有应答"), mood
        assert clerk.post("/ledgers", {"kind": "orgs", "file": (io.BytesIO(b"a,b"), "a.csv")}).status_code == 409
    kept = [path for path in desk.office.settings.attachments.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in kept] == ["好的".encode()]


def test_what_was_not_judged_is_held_back_until_it_is(db: Database, tmp_path: Path) -> None:
    world = make_world(db, tmp_path)
    case_id = world.report()
    with double(tmp_path) as (clamd, address):
        desk = make_desk(world, tmp_path, CASEWORK_SCANNER=address, CASEWORK_SCANNER_AWAY="hold")
        clamd.mood = "gone"
        sent = {content: send(desk, case_id, content) for content in (b"clean words", BAD)}
        assert {each.status_code for each in sent.values()} == {201}
        urls = {
            content: f"/api/v1/cases/{case_id}/attachments/{each.json['id']}/content" for content, each in sent.items()
        }
        client, headers = desk.client(), desk.bearer("he")
        for url in urls.values():
            answer: Any = client.get(url, headers=headers)
            assert answer.status_code == 409 and "等病毒扫描" in answer.json["detail"]
        assert installation.judge_held(desk.office, at=clock.now()) == 0
        assert not lost(desk)
        clamd.mood = "well"
        assert installation.judge_held(desk.office, at=clock.now()) == 2
        assert installation.judge_held(desk.office, at=clock.now()) == 0
    with client.get(urls[b"clean words"], headers=headers) as answer:
        assert answer.data == b"clean words"
    gone: Any = client.get(urls[BAD], headers=headers).json
    assert "已经删掉" in gone["detail"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and BAD in path.read_bytes()]
    assert not lost(desk)
    with db.reading() as session:
        (told,) = audit_list.recent(session, "file.infected")
        assert told.facts["name"] == "Test.Bad-1"


def test_a_command_is_asked_by_its_exit_and_a_slow_one_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = tmp_path / "scan"
    command.write_text(
        '#!/bin/sh\nread line\ncase "$line" in\nbad) echo "stream: Some.Thing(x) FOUND"; exit 1;;\n'
        "slow) sleep 9;;\nodd) exit 2;;\nesac\n"
    )
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    scanner = Scanner.read(str(command), holds=False)
    assert scanner is not None

    def asked(words: bytes) -> str:
        with (tmp_path / "file").open("wb+") as file:
            file.write(words + b"\n")
            file.flush()
            assert scanner is not None
            return scanner.ask(file)

    assert asked(b"good") == "" and asked(b"bad") == "Some.Thingx"
    monkeypatch.setattr(scanning, "WHOLE_SECONDS", 0.3)
    for words in (b"slow", b"odd"):
        with pytest.raises(Away):
            asked(words)
    with double() as (clamd, address):
        clamd.mood = "mute"
        mute = Scanner.read(address, holds=False)
        assert mute is not None
        with pytest.raises(Away):
            mute.ask(io.BytesIO(b"x"))


@pytest.mark.parametrize(
    "given", ["clamd://scanner.county.invalid:3310", "clamd://127.0.0.1", "http://127.0.0.1:1", "x"]
)
def test_a_scanner_that_is_not_on_this_machine_stops_the_start(given: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafeSettings, match="CASEWORK_SCANNER"):
        read_settings({"CASEWORK_HOME": str(tmp_path), "CASEWORK_SCANNER": given})


def test_no_request_puts_a_file_into_the_store_past_the_scanner() -> None:
    for source in python_files("web/"):
        assert "attachments.stage(" not in source.text or source.path == "web/handing_in.py", source.path
