"""What every answer of every route carries, whoever asks and whatever comes of it; and what stops the start.

The routes are those of the url map: one that is new is asked without anybody thinking of it.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from casework.core.settings import UnsafeSettings, read_settings
from tests.web.answers import closed
from tests.web.desk import PASSWORD, Browser, Desk, make_desk
from tests.web.test_every_route import HERE, Matter, address, methods_of
from tests.world import World
from web.access import access_of

NEVER = ("TRACE", "CONNECT", "PROPFIND")
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def matter(world: World) -> Matter:
    """Let there be a case to fill addresses with."""
    case_id = world.coordinated()
    return Matter(case_id, world.case(case_id).number, "水管", HERE)


@ON_SQLITE
def test_every_route_carries_the_headers_whatever_it_answers(desk: Desk, matter: Matter) -> None:
    """Methods nobody has, and what is open to all; the rest is looked at where everybody known and nobody known asks
    every route (test_every_route.py, test_routes_law.py).
    """
    stranger, asked = desk.client(), 0
    for rule in desk.app.url_map.iter_rules():
        path = address(rule, matter) if rule.endpoint != "static" else "/static/css/tokens.css"
        access = access_of(desk.app.view_functions[rule.endpoint])
        is_open = access is None or access.permission is None
        for method in (*(methods_of(rule) if is_open else ()), NEVER[asked % len(NEVER)]):
            with stranger.open(path, method=method) as answer:
                told = (method, path, answer.status_code)
                closed(answer, told, personal=False)
                assert method not in NEVER or answer.status_code in (404, 405), told
            asked += 1
    assert asked > 500


def _files(desk: Desk, matter: Matter) -> Iterator[TestResponse]:
    boss, auditor = desk.browser("an"), desk.browser("shen")
    boss.get(f"/cases/{matter.number}")
    sent = {"file": (io.BytesIO("三组水管".encode()), "说明.txt")}
    boss.post(f"/cases/{matter.number}/files", sent, content_type="multipart/form-data")
    there = re.search(rf"/cases/{matter.number}/files/[0-9a-f-]{{36}}", boss.get(f"/cases/{matter.number}").text)
    assert there is not None
    yield boss.get(there[0])
    for path in ("/overview/counts.csv", "/ledgers/blank/cases.xlsx"):
        yield boss.get(path)
    yield boss.post("/ledgers/export", {"kind": "orgs"})
    auditor.get("/admin/audit")
    yield auditor.post("/admin/audit/export", {"format": "csv"})


@ON_SQLITE
def test_a_file_is_saved_and_never_shown_inside_a_page(desk: Desk, matter: Matter) -> None:
    kinds = set()
    for answer in _files(desk, matter):
        told = (answer.request.path, answer.status_code, answer.headers.get("Content-Type"))
        answer.close()
        assert answer.status_code == 200, told
        closed(answer, told, personal=True)
        assert answer.headers["Content-Disposition"].startswith("attachment"), told
        kinds.add(answer.mimetype)
    assert len(kinds) >= 3


@ON_SQLITE
@pytest.mark.parametrize("https", ["off", "on"])
def test_every_cookie_is_closed_to_scripts_and_other_sites(desk: Desk, https: str) -> None:
    served = make_desk(desk.world, desk.office.settings.home, CASEWORK_HTTPS=https)
    browser = Browser(served.client())
    base = "https://localhost" if https == "on" else "http://localhost"
    given = []
    page = browser.get("/login", base_url=base)
    given += page.headers.getlist("Set-Cookie")
    entry = {"account": "an", "password": PASSWORD}
    headers = {"Referer": f"{base}/login"}
    given += browser.post("/login", entry, base_url=base, headers=headers).headers.getlist("Set-Cookie")
    browser.get("/profile", base_url=base)
    given += browser.get("/language/en", base_url=base).headers.getlist("Set-Cookie")
    given += browser.post("/logout", base_url=base, headers=headers).headers.getlist("Set-Cookie")
    assert len(given) >= 3
    for cookie in given:
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie
        assert (cookie.startswith("__Host-") and "Secure" in cookie) == (https == "on"), cookie


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("CASEWORK_HOST", "0.0.0.0"),
        ("CASEWORK_SECRET_KEY", "change-me"),
        ("CASEWORK_DATABASE_URL", "mysql://somewhere/office"),
        ("CASEWORK_REDIS_URL", "http://127.0.0.1:6379"),
        ("CASEWORK_PROXIES", "all"),
        ("CASEWORK_ACCOUNT_PROFILE", "none"),
        ("CASEWORK_PROOF_MINUTES", "0"),
        ("CASEWORK_CRYPTO_SUITE", "rot13"),
        ("CASEWORK_WEBHOOK_ALLOW", "*"),
        ("CASEWORK_ADMIN_NETWORKS", "10.0.0.1/8"),
        ("CASEWORK_DEBUG", "1"),
        ("CASEWORK_OIDC_ISSUER", "http://provider.example"),
    ],
)
def test_unsafe_settings_stop_the_start(setting: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafeSettings, match=setting):
        read_settings({"CASEWORK_HOME": str(tmp_path), setting: value})
