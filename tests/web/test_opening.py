"""The first second: the log-in page is answered by a small application, all else waits for the whole of it."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import Client, TestResponse

from casework.core.errors import Refused
from casework.keeping.start import CAMPAIGNS
from tests.tasks.test_worker import until
from tests.web.desk import Desk
from web import crowding
from web.app import create_app
from web.opening import Opening

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
_OF_THIS_ANSWER = re.compile(r'name="csrf_token" value="[^"]+"|nonce-[^\s;"]+')


def asked(app: Opening, path: str, **headers: str) -> TestResponse:
    return Client(app).get(path, headers={name.replace("_", "-"): told for name, told in headers.items()})


def test_the_log_in_page_is_there_at_once_and_the_same_as_ever(desk: Desk) -> None:
    opening, whole = Opening(desk.office), create_app(desk.office)
    for path, language in (("/login", "zh-CN"), ("/login?next=/cases", "en"), ("/healthz", "zh-CN")):
        first = asked(opening, path, Accept_Language=language)
        then = whole.test_client().get(path, headers={"Accept-Language": language})
        assert first.status_code == then.status_code == 200
        shown = [_OF_THIS_ANSWER.sub("", each.get_data(as_text=True)) for each in (first, then)]
        assert shown[0] == shown[1]
        assert set(first.headers.keys()) == set(then.headers.keys())
    with asked(opening, "/static/css/print.css") as sheet:
        assert sheet.status_code == 200
    assert asked(opening, "/static/none.css").status_code == 404


def test_whoever_asks_for_more_waits_for_the_whole_and_a_crowd_of_them_is_told_so(desk: Desk) -> None:
    opening = Opening(desk.office)
    places = crowding.bound(opening, at_once=2, waiting=1, patience=60)
    with ThreadPoolExecutor(4) as people:
        home = people.submit(asked, opening, "/")
        known = people.submit(asked, opening, "/login", Cookie="casework_session=none")
        late = people.submit(asked, opening, "/api/v1/cases")
        assert until(lambda: places.waiting == 1)
        assert asked(opening, "/login").status_code == 503
        assert asked(opening, "/healthz").status_code == 200
        opening.wait_for_first()
        assert not any(each.done() for each in (home, known, late))
        opening.read_rest()
        assert [each.result().status_code for each in (home, known, late)] == [302, 200, 401]
    assert asked(opening, "/api/v1/openapi.json").status_code == 200
    counted = asked(opening, "/metrics", **desk.bearer("guanli")).get_data(as_text=True)
    assert 'route="/healthz"' in counted, "what was answered before is not forgotten"


def test_what_cannot_be_read_in_is_told_to_who_starts_it_and_those_who_waited_may_come_again(desk: Desk) -> None:
    opening = Opening(desk.office)
    with ThreadPoolExecutor(1) as people:
        waiting = people.submit(asked, opening, "/cases")
        folder = desk.office.settings.home / CAMPAIGNS
        folder.mkdir()
        (folder / "wrong.toml").write_text("code = 1\n", "utf-8")
        with pytest.raises(Refused, match="definition_wrong"):
            opening.read_rest()
        answer = waiting.result()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
