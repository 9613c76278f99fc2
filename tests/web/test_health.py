"""Signs of life."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from casework.core import clock
from casework.core.ids import new_id
from casework.matters import pulses
from casework.matters.tables import Job
from tests import servers
from tests.web.desk import Desk, make_desk
from tests.world import MORNING


def test_the_process_answers_to_everybody(desk: Desk) -> None:
    assert desk.client().get("/healthz").json == {"status": "ok"}


def test_an_office_with_its_schema_is_ready(desk: Desk) -> None:
    answer = desk.client().get("/readyz")
    assert answer.status_code == 200
    told = answer.json
    assert told is not None
    assert told["database"] == {"ok": True}
    assert told["migrations"]["ok"] and told["migrations"]["current"] == told["migrations"]["needed"]
    assert told["broker"] == {"ok": True, "embedded": True}


def test_a_schema_of_another_version_is_not_ready(desk: Desk) -> None:
    with desk.office.db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = desk.client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None and not answer.json["migrations"]["ok"]


def test_without_its_database_it_is_not_ready_and_still_alive(desk: Desk) -> None:
    def refuse(*_arguments: object) -> None:
        raise OperationalError("connect", {}, ConnectionRefusedError("no server"))

    desk.office.db.close()
    event.listen(desk.office.db.engine, "do_connect", refuse)
    try:
        answer = desk.client().get("/readyz")
        assert answer.status_code == 503
        assert answer.json is not None and answer.json["database"] == {"ok": False}
        assert desk.client().get("/healthz").status_code == 200
    finally:
        event.remove(desk.office.db.engine, "do_connect", refuse)


def test_a_broker_that_is_away_is_told_and_leaves_the_office_ready(desk: Desk, redis_url: str) -> None:
    home = desk.office.settings.home
    there = make_desk(desk.world, home, CASEWORK_REDIS_URL=redis_url).client().get("/readyz")
    away = make_desk(desk.world, home, CASEWORK_REDIS_URL="redis://127.0.0.1:1/0").client().get("/readyz")
    assert (there.status_code, away.status_code) == (200, 200)
    assert there.json is not None and there.json["broker"] == {"ok": True, "embedded": False}
    assert away.json is not None and away.json["broker"] == {"ok": False, "embedded": False}
    assert (there.json["status"], away.json["status"]) == ("ready", "degraded")


def test_a_frozen_broker_costs_a_fraction_of_a_second(desk: Desk, own_redis: servers.Server) -> None:
    frozen = make_desk(desk.world, desk.office.settings.home, CASEWORK_REDIS_URL=own_redis.url)
    frozen.client().get("/readyz")
    own_redis.pause()
    try:
        answer = frozen.client().get("/readyz")
    finally:
        own_redis.resume()
    assert answer.status_code == 200
    assert answer.json is not None and answer.json["broker"]["ok"] is False


def test_the_numbers_are_for_administrators(desk: Desk) -> None:
    client = desk.client()
    assert client.get("/metrics", headers={"Accept": "text/plain"}).status_code == 401
    assert client.get("/metrics", headers=desk.bearer("an")).status_code == 403
    assert client.get("/metrics", headers=desk.bearer("guanli")).status_code == 200


def test_the_numbers_count_what_waits_is_stuck_and_is_late(desk: Desk) -> None:
    desk.world.assigned(at=MORNING)
    with desk.office.db.transaction() as session:
        session.add(
            Job(
                id=new_id(),
                name="probe",
                period="1",
                payload={},
                run_at=clock.now(),
                status="dead",
                created_at=clock.now(),
            )
        )
        pulses.beat(session, "one:1", kind="worker", at=clock.now())
        pulses.end(session, "two:2", at=clock.now())
    desk.client().get("/healthz")
    told = dict(_samples(desk.client().get("/metrics", headers=desk.bearer("guanli")).text))
    assert told["casework_outbox_pending"] == 2
    seen = told['casework_alive_timestamp_seconds{kind="worker",name="one:1"}']
    assert abs(clock.now().timestamp() - seen) < 60
    assert told["casework_jobs_dead"] == 1
    assert told["casework_deadlines_overdue"] >= 1
    assert told['casework_request_seconds_count{method="GET",route="/healthz",status="2xx"}'] == 1


@pytest.mark.parametrize("path", ["/a/1", "/a/2", "/../etc/passwd"])
def test_unknown_paths_make_no_series_of_their_own(desk: Desk, path: str) -> None:
    desk.client().get(path)
    text_told = desk.client().get("/metrics", headers=desk.bearer("guanli")).text
    assert 'route="none"' in text_told and path not in text_told


def _samples(told: str) -> Iterator[tuple[str, float]]:
    for line in told.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            yield name, float(value)
