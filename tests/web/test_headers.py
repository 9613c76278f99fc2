"""What every answer carries, and what the logs do not."""

import json
import logging
import re
from collections.abc import Iterator
from io import StringIO

import pytest
from structlog import get_logger
from structlog.contextvars import bound_contextvars

from casework.core import logs
from tests.web.desk import Browser, Desk, make_desk

PATHS = ("/login", "/profile", "/healthz", "/nothing", "/api/v1/nothing", "/static/css/tokens.css", "/admin/accounts")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_closed_to_framing_sniffing_and_foreign_code(desk: Desk, path: str) -> None:
    for client in (desk.client(), desk.browser("guanli").client):
        with client.get(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert part in policy
        assert "unsafe-eval" not in policy and "script-src" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers


def test_what_is_for_one_person_is_not_kept_by_browsers_or_proxies(desk: Desk) -> None:
    browser = desk.browser("guanli")
    for path in ("/profile", "/admin/accounts", "/nothing"):
        assert browser.get(path).headers["Cache-Control"] == "no-store"
    assert desk.client().get("/metrics", headers=desk.bearer("guanli")).headers["Cache-Control"] == "no-store"
    assert desk.client().get("/login").headers["Cache-Control"] == "no-store"
    with browser.client.get("/static/css/tokens.css") as sheet:
        assert sheet.headers["Cache-Control"] != "no-store"


def test_style_sheets_and_scripts_are_kept_until_they_change(desk: Desk) -> None:
    addresses = re.findall(r'(?:href|src)="(/static/[^"#]+)"', desk.client().get("/login").text)
    assert addresses and all("?v=" in address for address in addresses)
    for address in addresses:
        with desk.client().get(address) as answer:
            assert answer.status_code == 200
            assert "immutable" in answer.headers["Cache-Control"]
        with desk.client().get(address.partition("?")[0] + "?v=of-yesterday") as answer:
            assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_https_adds_hsts_and_holds_cookies_to_this_host(desk: Desk) -> None:
    secured = make_desk(desk.world, desk.office.settings.home, CASEWORK_HTTPS="on")
    answer = Browser(secured.client()).get("/login", base_url="https://localhost")
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies and all(c.startswith("__Host-") and "Secure" in c and "HttpOnly" in c for c in cookies)


def test_only_trusted_hosts_are_answered_to(desk: Desk) -> None:
    strict = make_desk(desk.world, desk.office.settings.home, CASEWORK_TRUSTED_HOSTS="office.example,127.0.0.1")
    assert strict.client().get("/healthz", base_url="http://office.example:8311").status_code == 200
    assert strict.client().get("/healthz", base_url="http://evil.example").status_code == 400


def test_forwarded_headers_are_believed_of_configured_proxies_only(desk: Desk) -> None:
    def address_seen(at: Desk) -> str:
        browser = Browser(at.client())
        browser.get("/login")
        sent = {"account": "an", "password": "Pferd-Wolke-77-lila"}
        browser.post("/login", sent, headers={"X-Forwarded-For": "203.0.113.9"})
        return browser.get("/profile").text

    behind = make_desk(desk.world, desk.office.settings.home, CASEWORK_PROXIES="1")
    assert "203.0.113.9" not in address_seen(desk)
    assert "203.0.113.9" in address_seen(behind)


def test_a_request_keeps_its_id_when_it_is_harmless_and_gets_one_otherwise(desk: Desk) -> None:
    client = desk.client()
    assert client.get("/healthz", headers={"X-Request-ID": "abc-12345"}).headers["X-Request-ID"] == "abc-12345"
    for bad in ("x", "a" * 65, "a b c d e f", "<script>1"):
        assert client.get("/healthz", headers={"X-Request-ID": bad}).headers["X-Request-ID"] != bad


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """Collect what the process would log."""
    root, written = logging.getLogger(), StringIO()
    before, level = root.handlers, root.level
    logs.configure(format="json")
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    root.handlers = before
    root.setLevel(level)


def test_logs_are_json_with_the_id_and_without_personal_numbers(desk: Desk, lines: StringIO) -> None:
    desk.client().get("/login?q=13812345678", headers={"X-Request-ID": "trace-0001"})
    get_logger().info("note", text="张三 999999199001011237 电话 13812345678", nested={"phone": ["13812345678"]})
    logging.getLogger("library").warning("called %s", "13812345678")
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    request = next(line for line in told if line["event"] == "request")
    assert (request["request"], request["route"], request["status"]) == ("trace-0001", "/login", 200)
    assert all(line["level"] in ("info", "warning") and line["at"].endswith("+00:00") for line in told)
    assert "13812345678" not in lines.getvalue() and "199001011237" not in lines.getvalue()
    assert next(line for line in told if line.get("logger") == "library")["event"] == "called 138****5678"


def test_a_line_told_straight_away_reads_as_structlogs_own(lines: StringIO) -> None:
    facts = {"method": "POST", "route": "/cases/<id>", "status": 200, "ms": 4}
    with bound_contextvars(request="13812345678-trace"):
        get_logger("web.tracing").info("request", **facts)
    logs.tell("web.tracing", "request", request="13812345678-trace", **facts)
    own, straight = ([*json.loads(line).items()] for line in lines.getvalue().splitlines())
    # In the same order, and the personal number in it masked in both; the instant alone is another.
    assert [each for each in own if each[0] != "at"] == [each for each in straight if each[0] != "at"]
    assert [name for name, _ in own] == [name for name, _ in straight]


def test_packages_that_tell_every_step_of_their_own_are_heard_only_when_something_is_wrong(lines: StringIO) -> None:
    logging.getLogger("transitions.core").info("Finished processing state reported exit callbacks.")
    logging.getLogger("alembic.runtime.migration").warning("a branch without a head")
    assert [json.loads(line)["event"] for line in lines.getvalue().splitlines()] == ["a branch without a head"]


def test_a_fault_is_logged_with_its_traceback_scrubbed(lines: StringIO) -> None:
    try:
        raise ValueError("电话 13812345678")
    except ValueError:
        get_logger().error("fault", exc_info=True)
    told = json.loads(lines.getvalue().splitlines()[-1])
    assert "Traceback" in told["exception"]
    assert "13812345678" not in told["exception"]
