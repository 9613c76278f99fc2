"""Every refusal of the product, answered once as a problem for programs and once as a page for people."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, jsonify
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import NotAcceptable

from casework.core import errors
from casework.core.errors import FieldError, Invalid, Refusal, Refused, Stale
from casework.core.hashing import Busy
from casework.core.ids import new_id
from casework.registry.tables import OfficeSetting, Region
from tests.web.desk import Desk
from web import bodies, unit
from web.access import needs, open_to_all
from web.app import BLUEPRINTS, create_app
from workflows.denials import CapReached, NotAllowed

RAISED: dict[str, Callable[[], Exception]] = {
    "not_found": lambda: errors.NotFound("case"),
    "denied": lambda: errors.Denied("case.assign"),
    "not_allowed": lambda: NotAllowed("case.close", [Refusal("resolver_cannot_close")]),
    "invalid": lambda: Invalid(
        [FieldError("title", "required"), FieldError("kind", "not_a_choice", {"choices": "help"})]
    ),
    "refused": lambda: Refused([Refusal("until_is_past", {"until": "2026-01-01"})], available_triggers=["assign"]),
    "clash": lambda: Refused([Refusal("refused")], facts={"title": "clash", "clashes": [{"what": "venue"}]}),
    "elsewhere": lambda: Refused(
        [Refusal("not_from_here", {"workflow": "case", "trigger": "assign", "state": "closed"})]
    ),
    "money": lambda: Refused([Refusal("fund_more_than_before", {"ceiling_fen": 1234567})]),
    "stale": lambda: Stale(expected=1, actual=2),
    "cap": lambda: CapReached("reveal"),
    "busy": Busy,
    "fault": lambda: ZeroDivisionError("张三 510822199001011234 的密码"),
    "unacceptable": NotAcceptable,
}


def _probe() -> Blueprint:
    probe = Blueprint("probe", __name__)

    @probe.route("/raise/<what>", methods=["GET", "POST"])
    @probe.route("/api/v1/raise/<what>", methods=["GET", "POST"], endpoint="api")
    @open_to_all("a probe", csrf=False)
    def _raise(what: str) -> Response:
        raise RAISED[what]()

    @probe.post("/api/v1/body")
    @open_to_all("a probe", csrf=False)
    def _body() -> Response:
        return jsonify(bodies.json_object())

    @probe.post("/api/v1/large")
    @bodies.takes_up_to(3)
    @open_to_all("a probe", csrf=False)
    def _large() -> Response:
        return jsonify(len(bodies.json_object()["text"]))

    @probe.post("/api/v1/twice")
    @open_to_all("a probe", csrf=False)
    def _twice() -> Response:
        for _ in range(2):
            unit.session().add(
                Region(code="999999", name="x", level="county", created_at=unit.at(), updated_at=unit.at())
            )
            unit.session().flush()
            unit.session().expunge_all()
        return jsonify(None)

    @probe.post("/api/v1/write/<int:status>")
    @open_to_all("a probe", csrf=False)
    def _write(status: int) -> tuple[Response, int]:
        unit.session().add(OfficeSetting(key=str(new_id()), value=status, updated_at=unit.at()))
        return jsonify(None), status

    @probe.get("/api/v1/look")
    @open_to_all("a probe")
    def _look() -> Response:
        unit.session().add(OfficeSetting(key=str(new_id()), value=1, updated_at=unit.at()))
        return jsonify(None)

    @probe.post("/api/v1/guarded")
    @needs("profile.change")
    def _guarded() -> Response:
        return jsonify(None)

    return probe


@pytest.fixture
def app(desk: Desk) -> Flask:
    made = create_app(desk.office, blueprints=[*BLUEPRINTS, (_probe(), "")])
    made.config["PROPAGATE_EXCEPTIONS"] = False
    return made


@pytest.mark.parametrize(
    ("what", "status", "kind"),
    [
        ("not_found", 404, "not-found"),
        ("denied", 403, "denied"),
        ("not_allowed", 403, "denied"),
        ("invalid", 422, "invalid"),
        ("refused", 409, "refused"),
        ("stale", 409, "stale"),
        ("cap", 429, "cap-reached"),
        ("busy", 503, "busy"),
        ("fault", 500, "fault"),
        ("unacceptable", 406, "not-acceptable"),
    ],
)
def test_a_refusal_is_a_problem_for_programs_and_a_page_for_people(
    app: Flask, what: str, status: int, kind: str
) -> None:
    client = app.test_client()
    told = client.get(f"/api/v1/raise/{what}")
    assert (told.status_code, told.mimetype) == (status, "application/problem+json")
    body = json.loads(told.text)
    assert (body["type"], body["status"]) == (f"/problems/{kind}", status)
    assert body["title"] and body["detail"] and "{" not in body["detail"]
    page = client.get(f"/raise/{what}")
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert "<h1>" in page.text


def _problem(app: Flask, path: str, method: str = "get", **options: Any) -> dict[str, Any]:
    answer = getattr(app.test_client(), method)(path, **options)
    body: dict[str, Any] = json.loads(answer.text)
    return body


def test_every_mistake_is_listed_with_its_field(app: Flask) -> None:
    mistakes = _problem(app, "/api/v1/raise/invalid")["errors"]
    assert [each["field"] for each in mistakes] == ["title", "kind"]
    assert mistakes[1]["message"] == "只能选：help"


def test_what_stands_against_it_and_what_is_possible_are_told(app: Flask) -> None:
    body = _problem(app, "/api/v1/raise/refused")
    assert body["available_triggers"] == ["assign"]
    assert body["reasons"] == [{"code": "until_is_past", "message": "2026-01-01 不在今天之后。挂起要写一个将来的日子"}]
    assert _problem(app, "/api/v1/raise/not_allowed")["reasons"][0]["code"] == "resolver_cannot_close"


def test_facts_of_a_refusal_are_members_of_the_problem(app: Flask) -> None:
    body = _problem(app, "/api/v1/raise/clash")
    assert (body["title"], body["clashes"]) == ("clash", [{"what": "venue"}])


def test_states_steps_and_money_are_told_in_words(app: Flask) -> None:
    assert "已结案" in _problem(app, "/api/v1/raise/elsewhere")["detail"]
    assert "交办" in _problem(app, "/api/v1/raise/elsewhere")["detail"]
    assert "12345.67" in _problem(app, "/api/v1/raise/money")["detail"]


def test_the_language_is_what_the_program_accepts(app: Flask) -> None:
    for accepts, word in (
        (None, "没有找到"),
        ("en", "Not found"),
        ("en-GB, zh;q=0.5", "Not found"),
        ("fr", "没有找到"),
    ):
        headers = {"Accept-Language": accepts} if accepts else {}
        assert _problem(app, "/api/v1/nothing", headers=headers)["title"] == word


def test_an_older_version_is_409_and_412_when_if_match_was_sent(app: Flask) -> None:
    assert _problem(app, "/api/v1/raise/stale")["status"] == 409
    told = _problem(app, "/api/v1/raise/stale", headers={"If-Match": '"1"'})
    assert (told["status"], told["version"]) == (412, 2)


def test_busy_says_when_to_come_again(app: Flask) -> None:
    assert int(app.test_client().get("/api/v1/raise/busy").headers["Retry-After"]) > 0


def test_a_fault_tells_a_number_and_nothing_of_the_inside(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    for path in ("/api/v1/raise/fault", "/raise/fault"):
        answer = app.test_client().get(path)
        assert answer.headers["X-Request-ID"] in answer.text
        assert "ZeroDivision" not in answer.text and "510822" not in answer.text
        assert answer.headers["X-Request-ID"] in caplog.text


def test_method_and_type_and_size_and_syntax_are_refused_by_name(app: Flask) -> None:
    client = app.test_client()
    wrong_method = client.delete("/api/v1/body")
    assert wrong_method.status_code == 405 and "POST" in wrong_method.headers["Allow"]
    assert client.post("/api/v1/body", data="a=1").status_code == 415
    for raw in (b"{", b"[1]", b'{"a": 1, "a": 2}', b"NaN", b"\xff", b'"\\ud800"', b"[" * 99 + b"]" * 99, b""):
        answer = client.post("/api/v1/body", data=raw, content_type="application/json")
        assert answer.status_code == 400, raw
        assert json.loads(answer.text)["type"] == "/problems/unreadable"


def test_a_body_is_bounded_and_a_route_may_take_more(app: Flask) -> None:
    client = app.test_client()
    two_mebibytes = json.dumps({"text": "x" * 2 * 1024 * 1024})
    four_mebibytes = json.dumps({"text": "x" * 4 * 1024 * 1024})
    json_type = {"content_type": "application/json"}
    assert client.post("/api/v1/body", data=two_mebibytes, **json_type).status_code == 413
    assert client.post("/api/v1/large", data=two_mebibytes, **json_type).status_code == 200
    assert client.post("/api/v1/large", data=four_mebibytes, **json_type).status_code == 413
    form = client.post("/login", data={"account": "x" * 2 * 1024 * 1024})
    assert form.status_code == 413


def test_what_somebody_else_wrote_a_moment_earlier_is_409(app: Flask) -> None:
    assert _problem(app, "/api/v1/twice", "post")["status"] == 409


def test_below_400_is_kept_and_from_400_on_taken_back(app: Flask, desk: Desk) -> None:
    client = app.test_client()
    for status in (200, 201, 303, 400, 404, 409, 500):
        client.post(f"/api/v1/write/{status}")
    with desk.office.db.reading() as session:
        kept = sorted(row.value for row in session.query(OfficeSetting))
    assert kept == [200, 201, 303]


def test_a_get_never_writes(app: Flask, desk: Desk) -> None:
    app.test_client().get("/api/v1/look")
    with desk.office.db.reading() as session:
        assert session.query(OfficeSetting).count() == 0


def test_no_request_leaves_a_connection_or_a_transaction_open(app: Flask, desk: Desk) -> None:
    client = app.test_client()
    for path in ("/api/v1/write/200", "/api/v1/write/409", "/api/v1/raise/fault", "/api/v1/twice", "/api/v1/nothing"):
        client.post(path)
        client.get(path)
    pool: Any = desk.office.db.engine.pool
    assert pool.checkedout() == 0


def test_a_database_that_is_away_is_503_for_programs_and_people(desk: Desk) -> None:
    headers = desk.bearer("guanli")
    client = desk.client()
    with _away(desk):
        answer = client.get("/metrics", headers={**headers, "Accept": "application/json"})
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
        client.set_cookie("casework_session", "x" * 40)
        page = client.get("/profile")
        assert page.status_code == 503 and page.mimetype == "text/html"
        assert client.get("/healthz").status_code == 200
    assert client.get("/metrics", headers=headers).status_code == 200


def test_unknown_callers_hear_401_before_anything_else(app: Flask) -> None:
    client = app.test_client()
    assert client.post("/api/v1/guarded").status_code == 401
    assert client.post("/api/v1/guarded", data=b"{", content_type="application/json").status_code == 401


def test_a_browsers_program_needs_the_form_token_and_a_bearer_does_not(app: Flask, desk: Desk) -> None:
    headers = desk.bearer("an")
    assert app.test_client().post("/api/v1/guarded", headers=headers).status_code == 200
    browser = desk.browser("an")
    token = browser.form_token
    client = app.test_client()
    for name in ("casework_session", "casework_form"):
        cookie = browser.client.get_cookie(name)
        assert cookie is not None
        client.set_cookie(name, cookie.value)
    assert client.post("/api/v1/guarded").status_code == 400
    assert client.post("/api/v1/guarded", headers={"X-CSRFToken": token}).status_code == 200


def test_a_part_of_a_page_sends_the_whole_page_to_the_log_in(desk: Desk) -> None:
    answer = desk.client().get("/profile", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/login"


@contextmanager
def _away(desk: Desk) -> Iterator[None]:
    """Refuse every new connection, as a server does that is being restarted."""
    engine = desk.office.db.engine

    def refuse(*_arguments: object) -> None:
        raise OperationalError("connect", {}, ConnectionRefusedError("no server"))

    desk.office.db.close()
    event.listen(engine, "do_connect", refuse)
    try:
        yield
    finally:
        event.remove(engine, "do_connect", refuse)


def test_a_page_of_refusal_leads_back_to_where_one_typed_and_never_to_others(desk: Desk) -> None:
    def back_from(referrer: str | None) -> list[str]:
        sent = {"Referer": referrer} if referrer else {}
        page = desk.browser("an").client.get("/nothing", headers={"Accept": "text/html", **sent}).text
        return re.findall(r'href="([^"]*)" data-back', page)

    assert back_from("http://localhost/cases/new?draft=1") == ["/cases/new?draft=1"]
    assert back_from("http://localhost//elsewhere.example/x") == ["/elsewhere.example/x"]
    for referrer in (None, "http://elsewhere.example/cases", "http://localhost/nothing"):
        assert back_from(referrer) == []
