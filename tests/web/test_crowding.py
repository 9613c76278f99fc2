"""A crowd: a few wait for their turn, the others hear at once when to come again, and nothing is done for them."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Blueprint, Flask, Response
from werkzeug.test import TestResponse

from tests.tasks.test_worker import until
from tests.web.desk import Desk
from web import crowding
from web.access import open_to_all
from web.app import BLUEPRINTS, create_app


class Slow:
    """A page that answers when it is told to, and the number of those who have reached it."""

    def __init__(self) -> None:
        self.go, self.reached = threading.Event(), 0
        self.blueprint = Blueprint("slow", __name__)

        @self.blueprint.get("/slow")
        @open_to_all("a probe")
        def _slow() -> Response:
            self.reached += 1
            assert self.go.wait(60)
            return Response("done")


@pytest.fixture
def slow() -> Iterator[Slow]:
    page = Slow()
    yield page
    page.go.set()


@pytest.fixture
def app(desk: Desk, slow: Slow) -> Flask:
    return create_app(desk.office, blueprints=[*BLUEPRINTS, (slow.blueprint, "")])


def asked(app: Flask, path: str, **headers: str) -> TestResponse:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().get(path, headers=told)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_would_wait_too_long_hears_when_to_come_again_and_signs_of_life_are_always_answered(
    app: Flask, slow: Slow
) -> None:
    places = crowding.bound(app, at_once=1, waiting=1, patience=60)
    with ThreadPoolExecutor(2) as crowd:
        first = crowd.submit(asked, app, "/slow")
        assert until(lambda: slow.reached == 1)
        second = crowd.submit(asked, app, "/slow")
        assert until(lambda: places.waiting == 1)
        _looks_like_a_crowd(app)
        slow.go.set()
        assert [each.result().status_code for each in (first, second)] == [200, 200]
    assert slow.reached == 2, "who was sent away has not been let in"
    assert asked(app, "/slow").status_code == 200, "and the place is free again"


def _looks_like_a_crowd(app: Flask) -> None:
    page = asked(app, "/slow")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "这会儿用的人多" in page.get_data(as_text=True)
    for language, title in (("zh", "这会儿用的人多"), ("en-GB", "Too many at this moment")):
        problem = asked(app, "/api/v1/cases", Accept_Language=language)
        assert (problem.status_code, problem.headers["Retry-After"]) == (503, "5")
        assert problem.json is not None
        assert (problem.json["type"], problem.json["title"]) == ("/problems/crowded", title)
    assert app.test_client().post("/api/v1/cases", json={}).status_code == 503
    assert {asked(app, path).status_code for path in ("/healthz", "/readyz", "/static/none.css")} == {200, 404}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_patience_ends_and_the_next_one_is_served(app: Flask, slow: Slow) -> None:
    crowding.bound(app, at_once=1, waiting=5, patience=0.01, burst=0)
    with ThreadPoolExecutor(1) as crowd:
        first = crowd.submit(asked, app, "/slow")
        assert until(lambda: slow.reached == 1)
        assert asked(app, "/slow").status_code == 503
        slow.go.set()
        assert first.result().status_code == 200
    assert asked(app, "/slow").status_code == 200


def test_turns_come_in_their_order_and_no_place_is_ever_lost() -> None:
    places = crowding.Places(at_once=2, waiting=3, patience=60)
    assert places.take() and places.take()
    order: list[int] = []

    def wait(number: int) -> None:
        assert places.take()
        order.append(number)

    with ThreadPoolExecutor(3) as crowd:
        turns: list[Future[None]] = []
        for number in range(3):
            turns.append(crowd.submit(wait, number))
            assert until(lambda most=number + 1: places.waiting == most)  # type: ignore[misc] # binds the loop's number
        assert not places.take(), "three wait already"
        for number, turn in enumerate(turns):
            places.leave()
            turn.result()
            assert order == list(range(number + 1))
    places.leave()
    places.leave()
    assert places.take() and places.take()
    hurried(lambda: crowding.Places(at_once=1, waiting=8, patience=0.001, burst=0))


def test_a_rush_is_served_and_a_crowd_that_does_not_end_is_sent_away() -> None:
    places = crowding.Places(at_once=1, waiting=50, patience=0.01, burst=60)
    assert places.take()
    with ThreadPoolExecutor(50) as crowd:
        rush = [crowd.submit(places.take) for _ in range(50)]
        assert until(lambda: places.waiting == 50)
        time.sleep(0.1)
        assert places.waiting == 50, "ten times their patience is over, and nobody has been sent away"
        for _ in rush:
            places.leave()
        assert all(turn.result() for turn in rush)
    places.leave()
    endless = crowding.Places(at_once=1, waiting=2, patience=0.01, burst=0)
    assert endless.take() and not endless.take()


def hurried(made: Callable[[], crowding.Places]) -> None:
    """Let many come and go whose patience ends about when their turn comes: the places are all there afterwards."""
    places = made()

    def come_and_go(_number: int) -> None:
        if places.take():
            time.sleep(0.001)
            places.leave()

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(come_and_go, range(200)))
    assert places.take()
    assert places.waiting == 0
