"""A request sent twice is done once (reliability.md F14)."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from casework.matters import idempotency
from casework.matters.tables import IdempotencyKey
from tests.faults.table import number
from tests.faults.toll import toll
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields, problem
from tests.world import MORNING, REPORT


def send(api: Api, key: str, body: dict[str, Any], *, who: str = "he", path: str = "/cases") -> Any:
    return api(who, "POST", path, body, headers={"Idempotency-Key": key})


def count(api: Api) -> int:
    return int(api.ok("an", "GET", "/cases?count=true&limit=1")["total"])


def test_the_same_key_and_body_give_the_same_answer_again(api: Api) -> None:
    one = send(api, "k-1", dict(REPORT))
    two = send(api, "k-1", dict(reversed(list(REPORT.items()))))
    assert one.status_code == two.status_code == 201
    assert one.get_data() == two.get_data()
    assert one.headers["ETag"] == two.headers["ETag"] and one.headers["Location"] == two.headers["Location"]
    assert count(api) == 1


def test_the_same_answer_comes_even_when_the_case_has_moved_on(api: Api) -> None:
    case_id = str(api.world.report())
    path, body = f"/cases/{case_id}/transitions", {"trigger": "assign", "fields": {"org": "SLJ"}}
    one = send(api, "move", body, path=path)
    assert api.move("bai", case_id, "coordinate", plan="换管").status_code == 200
    two = send(api, "move", body, path=path)
    assert two.status_code == 200 and two.get_json() == one.get_json()
    assert len(api.ok("he", "GET", f"/cases/{case_id}/history")["items"]) == 3


def test_the_same_key_with_another_body_or_path_is_422(api: Api) -> None:
    send(api, "k", dict(REPORT))
    assert fields(send(api, "k", {**REPORT, "title": "另一件"})) == {"Idempotency-Key"}
    assert fields(send(api, "k", {"title": "x", "description": "y"}, path="/suggest")) == {"Idempotency-Key"}
    assert count(api) == 1


def test_a_quoted_key_is_the_same_key(api: Api) -> None:
    send(api, '"abc"', dict(REPORT))
    send(api, "abc", dict(REPORT))
    assert count(api) == 1


@pytest.mark.parametrize("key", ["", " ", '""', "x" * 201, "a b", "键".encode().decode("latin-1")])
def test_a_key_that_is_none_is_422(api: Api, key: str) -> None:
    assert fields(send(api, key, dict(REPORT))) == {"Idempotency-Key"}
    assert count(api) == 0


def test_keys_of_two_people_are_two_keys(api: Api) -> None:
    send(api, "k", dict(REPORT))
    assert send(api, "k", {**REPORT, "title": "另一件"}, who="chen").status_code == 201
    assert count(api) == 2


def test_what_was_refused_may_be_mended_and_sent_with_the_same_key(api: Api) -> None:
    assert fields(send(api, "k", {**REPORT, "title": ""})) == {"title"}
    assert send(api, "k", dict(REPORT)).status_code == 201


def test_neither_key_nor_if_match_is_ever_required(api: Api) -> None:
    assert api("he", "POST", "/cases", dict(REPORT)).status_code == 201


def test_after_seven_days_a_key_is_free_again(api: Api, clock: time_machine.Traveller) -> None:
    send(api, "k", dict(REPORT))
    clock.move_to(MORNING + timedelta(days=7))
    send(api, "k", dict(REPORT))
    assert count(api) == 1
    clock.move_to(MORNING + timedelta(days=7, seconds=1))
    send(api, "k", dict(REPORT))
    assert count(api) == 2


def test_old_answers_are_forgotten_in_chunks(api: Api, clock: time_machine.Traveller) -> None:
    for n in range(5):
        send(api, f"k{n}", dict(REPORT))
    late = MORNING + timedelta(days=8)
    with api.office.db.transaction() as session:
        assert idempotency.forget_old(session, at=MORNING) == 0
        assert idempotency.forget_old(session, at=late, limit=3) == 3
        assert idempotency.forget_old(session, at=late) == 2
        assert session.query(IdempotencyKey).count() == 0


def test_the_kept_answer_is_sealed(api: Api) -> None:
    case_id = api.world.assigned()
    body = {"field": "phone", "reason": "回访"}
    first = api("bai", "POST", f"/cases/{case_id}/reveal", body, headers={"Idempotency-Key": "r"})
    assert first.get_json()["value"] == "13900000876"
    with api.office.db.reading() as session:
        row = session.query(IdempotencyKey).one()
        assert row.body is not None and row.body.startswith("v1:") and "13900000876" not in row.body
    again = api("bai", "POST", f"/cases/{case_id}/reveal", body, headers={"Idempotency-Key": "r"})
    assert again.get_json() == first.get_json()
    assert again.get_json()["left_today"] == 49, "shown again is not shown twice"


def test_of_many_at_once_one_wins_and_the_others_get_its_answer_or_hear_that_it_is_under_way(api: Api) -> None:
    requests = number("F14", "requests")
    for n in range(requests):
        key = f"race-{n}"
        answers = _sent_at_once(api, key, 6)
        assert {each.status_code for each in answers} <= {201, 409}
        made = {each.get_json()["id"] for each in answers if each.status_code == 201}
        assert len(made) == 1
        for each in answers:
            if each.status_code == 409:
                problem(each, 409)
        assert count(api) == n + 1
        assert send(api, key, dict(REPORT)).get_json()["id"] in made
    toll("F14", times=requests, held=6 * requests, what="requests")


def _sent_at_once(api: Api, key: str, times: int) -> list[Any]:
    answers: list[Any] = []
    barrier = threading.Barrier(times)

    def shoot() -> None:
        barrier.wait()
        answers.append(send(api, key, dict(REPORT)))

    threads = [threading.Thread(target=shoot) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_many_different_requests_none_is_lost(api: Api) -> None:
    answers: list[int] = []

    def shoot(n: int) -> None:
        for k in range(4):
            answers.append(send(api, f"{n}-{k}", dict(REPORT)).status_code)

    threads = [threading.Thread(target=shoot, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [201] * 16
    numbers = [each["number"] for each in api.ok("an", "GET", "/cases?limit=200")["items"]]
    assert sorted(numbers) == [f"QC-AJ-2026-{n:06d}" for n in range(1, 17)]
