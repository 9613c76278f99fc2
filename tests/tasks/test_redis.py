"""With Redis: it is a doorbell, so whether it is frozen, emptied or gone nothing is lost and nobody waits (F6, F7)."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from sqlalchemy import func, select

from casework import migrations
from casework.core import clock
from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.office import Office
from casework.matters.tables import Job, OutboxEvent
from tasks import app as celery_app
from tasks.doorbell import Bell
from tasks.remote_bell import KEY, RemoteBell
from tasks.worker import Worker
from tests import databases
from tests.servers import Server
from tests.tasks.conftest import Post
from tests.tasks.programs import Program, program
from tests.tasks.test_worker import until
from tests.world import World, make_world


@pytest.fixture
def bells(own_redis: Server) -> Iterator[tuple[RemoteBell, Bell]]:
    """Lend a bell that rings over there and one that hears it here."""
    here = Bell()
    far, near = RemoteBell(own_redis.url, bell=Bell()), RemoteBell(own_redis.url, bell=here)
    far.start_ringing()
    near.start_listening()
    yield far, here
    far.stop()
    near.stop()


def heard(bell: Bell, before: int, *, seconds: float = 10.0) -> bool:
    return bell.wait(before, seconds=seconds) > before


def test_a_ring_is_heard_in_the_other_process(bells: tuple[RemoteBell, Bell]) -> None:
    far, here = bells
    far.ring()
    assert heard(here, 0)


def test_ringing_never_waits_whatever_has_become_of_the_server(
    bells: tuple[RemoteBell, Bell], own_redis: Server
) -> None:
    far, here = bells
    for do in (own_redis.pause, own_redis.kill):
        do()
        for _ in range(50):
            started = time.monotonic()
            far.ring()
            assert time.monotonic() - started < 1
    own_redis.start()
    before = here.rings

    def ring_and_hear() -> bool:
        far.ring()
        return here.wait(before, seconds=0.2) > before

    assert until(ring_and_hear, seconds=20)


def test_rings_do_not_pile_up_while_nobody_listens(own_redis: Server) -> None:
    far = RemoteBell(own_redis.url, bell=Bell())
    far.start_ringing()
    with redis.Redis.from_url(own_redis.url) as client:
        for _ in range(20):
            far.ring()
            time.sleep(0.01)
        assert until(lambda: client.llen(KEY) == 1)
    far.stop()


def told(post: Post) -> int:
    """Count the messages about critical reports that are in their boxes; the morning's digest is another matter."""
    return len([each for each in post.notices() if each.code == "reported_critical" and each.fate == "sent"])


@pytest.fixture
def worker(own_redis: Server, office: Office) -> Iterator[Worker]:
    """Run a worker that is rung for by way of Redis and looks by itself as well."""
    bell = Bell()
    far, near = RemoteBell(own_redis.url, bell=Bell()), RemoteBell(own_redis.url, bell=bell)
    running = Worker(office, bell, poll=timedelta(milliseconds=200))
    office.db.on_news(far.ring)
    far.start_ringing()
    near.start_listening()
    running.start()
    yield running
    assert running.stop()
    far.stop()
    near.stop()


def test_a_worker_tells_everything_while_the_server_is_frozen_emptied_and_gone(
    worker: Worker, own_redis: Server, office: Office, world: World, post: Post
) -> None:
    def empty() -> None:
        with redis.Redis.from_url(own_redis.url) as client:
            client.flushall()

    fates = (lambda: None, own_redis.pause, own_redis.resume, empty, own_redis.kill, own_redis.start)
    for number, befall in enumerate(fates, 1):
        befall()
        started = time.monotonic()
        world.report("chen", at=clock.now(), urgency="critical")
        # The commit does not notice.
        assert time.monotonic() - started < 3
        assert until(lambda expected=2 * number: told(post) == expected)  # type: ignore[misc] # binds the loop's number
    with office.db.reading() as session:
        assert session.scalar(select(func.count()).where(OutboxEvent.status != "done")) == 0


@pytest.fixture
def county(postgres_url: str, tmp_path: Path) -> Iterator[World]:
    """Found the county in a migrated PostgreSQL database."""
    with databases.fresh_database("postgresql", holding=None) as url:
        db = Database(url)
        migrations.upgrade(db)
        Keyring.open(tmp_path)
        yield make_world(db, tmp_path)
        db.close()


def _report(county: World, post: Post, *, number: int) -> None:
    county.report("chen", at=clock.now(), urgency="critical")
    assert until(lambda: told(post) == 2 * number, seconds=40)


def test_the_commands_worker_and_beat_lose_nothing_when_redis_freezes_or_dies(
    county: World, own_redis: Server, tmp_path: Path
) -> None:
    settings = {"DATABASE_URL": county.db.url.replace("+psycopg", ""), "REDIS_URL": own_redis.url}
    post = Post(county)
    with (
        program("worker", "--threads", "2", home=tmp_path, **settings) as worker,
        program("beat", home=tmp_path, **settings) as beat,
        program("beat", home=tmp_path, **settings) as second,
    ):
        for each in (worker, beat, second):
            each.wait_for("_works" if each is worker else "beat_beats")
        _report(county, post, number=1)
        with redis.Redis.from_url(own_redis.url) as client:
            # The health checks of the compose file ask for these.
            assert until(lambda: any(client.scan_iter("*redbeat*lock", count=1000)), seconds=40)
            assert until(lambda: client.exists("cw:_kombu.binding.relay"), seconds=40)
            keys = {key.decode().partition(":")[0] for key in client.scan_iter("*")}
            assert keys == {"cw"}
            client.flushall()
        _report(county, post, number=2)
        own_redis.pause()
        _report(county, post, number=3)
        own_redis.resume()
        own_redis.kill()
        _report(county, post, number=4)
        _all_leave(worker, beat, second)


def _all_leave(*programs: Program) -> None:
    """Stop all at once; each has to end with 0, though Redis is gone."""
    codes: dict[int, int] = {}

    def leave(number: int, each: Program) -> None:
        codes[number] = each.stop(seconds=40)[0]

    threads = [threading.Thread(target=leave, args=(n, each)) for n, each in enumerate(programs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == dict.fromkeys(range(len(programs)), 0), [each.said.read_text("utf-8")[-1500:] for each in programs]


def test_a_worker_works_on_when_its_consumer_ends_by_a_fault_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    leaving, started = threading.Event(), []

    class Consumer:
        exitcode = 70

        def __init__(self, **_: object) -> None:
            started.append(self)

        def start(self) -> None:
            if len(started) == 3:
                # As a signal does.
                leaving.set()
                self.exitcode = 0
                raise SystemExit(0)

    monkeypatch.setattr(celery_app.app, "Worker", Consumer)
    monkeypatch.setattr(celery_app, "_REST", 0.0)
    assert celery_app._consume(1, leaving) == 0
    assert len(started) == 3


def test_a_worker_of_celery_listens_to_every_queue_there_is() -> None:
    configuration = celery_app.configuration()
    used = {route["queue"] for route in configuration["task_routes"].values()}
    used |= {plan["options"]["queue"] for plan in configuration["beat_schedule"].values()}
    assert used | {configuration["task_default_queue"]} == set(celery_app.QUEUES)
    assert {plan["task"] for plan in configuration["beat_schedule"].values()} <= set(celery_app.app.tasks)
    assert configuration["accept_content"] == ["json"]


def test_the_web_part_alone_does_not_beat_and_ends_though_redis_is_frozen(
    county: World, own_redis: Server, tmp_path: Path
) -> None:
    settings = {"DATABASE_URL": county.db.url.replace("+psycopg", ""), "REDIS_URL": own_redis.url}
    with program("serve", "--port", "0", home=tmp_path, **settings) as web:
        web.wait_for("casework worker")
        own_redis.pause()
        assert web.stop()[0] == 0
    with county.db.reading() as session:
        # Nobody beats in it: the daily jobs are asked for by worker and beat.
        assert session.scalar(select(func.count()).select_from(Job)) == 0
