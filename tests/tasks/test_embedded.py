"""The service in one process: up soon, gone soon, and everything works in it without another server."""

import json
import re
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from casework import migrations
from casework.cases.tables import Case
from casework.core import clock
from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.matters.tables import Job, OutboxEvent
from tests.tasks.conftest import Post
from tests.tasks.programs import Program, program, run
from tests.tasks.test_worker import until
from tests.world import World, make_world


@pytest.fixture
def county(tmp_path: Path) -> Iterator[World]:
    """Found the county in a home of its own, migrated as an administrator does it."""
    Keyring.open(tmp_path)
    db = Database(f"sqlite:///{tmp_path / 'casework.db'}")
    migrations.upgrade(db)
    yield make_world(db, tmp_path)
    db.close()


@pytest.fixture
def service(county: World, tmp_path: Path) -> Iterator[Program]:
    """Run the service on a free port."""
    with program("serve", "--port", "0", home=tmp_path) as running:
        running.wait_for("casework: http://")
        yield running


def get(service: Program, path: str) -> tuple[int, dict[str, object]]:
    found = re.search(r"http://[0-9.]+:[0-9]+", service.wait_for("casework: http://"))
    assert found is not None
    with urllib.request.urlopen(found[0] + path, timeout=10) as answer:  # noqa: S310 - our own service
        return answer.status, json.load(answer)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_service_answers_and_ends_cleanly_within_two_seconds(service: Program, number: signal.Signals) -> None:
    assert get(service, "/healthz") == (200, {"status": "ok"})
    code, seconds = service.stop(number)
    assert code == 0
    assert seconds < 5, "two seconds on a machine at rest"
    assert "Traceback" not in service.said.read_text("utf-8")


def test_worker_and_beat_live_in_it(service: Program, county: World) -> None:
    # Another process writes; the service finds it by itself.
    county.report("chen", at=clock.now(), urgency="critical")
    post = Post(county)
    assert until(lambda: post.told("reported_critical") == {"an", "he"}, seconds=30)

    def jobs_done() -> bool:
        with county.db.reading() as session:
            waiting = session.scalar(select(func.count()).select_from(Job).where(Job.status != "done"))
            return waiting == 0 and session.scalar(select(func.count()).select_from(OutboxEvent)) == 1

    assert until(jobs_done, seconds=30)


def test_a_slow_client_does_not_keep_the_service_from_ending(service: Program) -> None:
    found = re.search(r":([0-9]+)/", service.wait_for("casework: http://"))
    assert found is not None
    with socket.create_connection(("127.0.0.1", int(found[1]))) as slow:
        slow.sendall(b"POST /api/v1/cases HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        assert get(service, "/healthz")[0] == 200
        assert service.stop()[0] == 0


def test_a_taken_address_is_one_clear_line(county: World, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "--port", port, home=tmp_path)
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_database_without_schema_is_one_clear_line(tmp_path: Path) -> None:
    done = run("serve", "--port", "0", home=tmp_path)
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)
    assert "casework db upgrade" in done.stderr


def test_a_port_that_is_none_is_one_clear_line(county: World, tmp_path: Path) -> None:
    done = run("serve", "--port", "99999", home=tmp_path)
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)


def test_worker_and_beat_say_that_they_are_not_needed_without_redis(county: World, tmp_path: Path) -> None:
    for command in ("worker", "beat"):
        done = run(command, home=tmp_path)
        assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)


def test_a_sweep_by_hand_prints_what_the_contract_says(county: World, tmp_path: Path) -> None:
    county.assigned()
    done = run("sweep", "--at", "2026-10-28T18:00", "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told.pop("seconds") > 0
    assert told == {
        "due": 3,
        "fired": 3,
        "passed_over": 2,
        "by_kind": {"acknowledge": 1, "contact": 1, "handle": 1},
    }
    again = run("sweep", "--at", "2026-10-28T18:00", home=tmp_path)
    assert again.stdout.startswith("due 0, fired 0, passed over 0, ")
    wrong = run("sweep", "--at", "soon", home=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (1, "")


def test_a_row_that_cannot_be_fired_is_told_beside_the_answer(county: World, tmp_path: Path) -> None:
    case_id = county.assigned()
    with county.db.transaction() as session:
        session.execute(update(Case).where(Case.id == case_id).values(workflow_version=99))
    done = run("sweep", "--at", "2026-10-21T18:00", "--json", home=tmp_path)
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert (told["due"], told["fired"]) == (3, 0)
    assert done.stderr.count("could not be fired") == 3
