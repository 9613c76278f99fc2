"""Who has no password here proves anew at the provider of single sign-on who they are, and is believed when it is new."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import time_machine
from werkzeug.test import TestResponse

from casework.core import clock
from casework.registry import accounts
from casework.registry.tables import AuditEvent, LoginSession
from tests.web.desk import Browser, Desk, make_desk
from tests.web.oidc_provider import Provider, running
from tests.web.pages.test_sso import BACK, NAMED, SETTINGS, come_back, refusals
from tests.world import World


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as made:
        yield made


@pytest.fixture
def desk(world: World, tmp_path: Path, provider: Provider, morning: time_machine.Traveller) -> Desk:
    return make_desk(world, tmp_path, **SETTINGS | NAMED | {"CASEWORK_OIDC_ISSUER": provider.issuer})


def test_who_has_no_password_here_proves_themselves_anew_at_the_provider(
    desk: Desk, provider: Provider, morning: time_machine.Traveller
) -> None:
    with desk.office.db.transaction() as session:
        for name in ("an", "he"):
            person = accounts.by_user_name(session, name)
            assert person is not None
            person.password_hash = None
    case = desk.world.case(desk.world.assigned())
    asking = f"/cases/{case.number}/reveal?field=phone"
    now = int(clock.now().timestamp())
    browser = Browser(desk.client())
    # Its owner was known there since the morning: that is how old the log-in is.
    provider.claims["auth_time"] = now - 3600
    assert come_back(browser, provider).status_code == 302
    page = browser.get(asking).text
    assert "先到统一身份再验证一次" in page and 'name="proof"' not in page

    def again(auth_time: int | None, user: str = "an") -> TestResponse:
        provider.claims["auth_time"], provider.user = auth_time, user
        sent = browser.post("/proof?" + urlencode({"next": asking}))
        went = browser.get(sent.headers["Location"]).headers["Location"]
        answer = browser.get(BACK, query_string=provider.agree(went))
        assert (provider.asked[-1]["prompt"], provider.asked[-1]["max_age"]) == ("login", "0")
        return answer

    assert "没有让你重新验证" in again(now - 3600).text
    assert again(None).status_code == 403
    assert "验证的是另一个人" in again(now, "he").text
    assert "查看会记下" in browser.get(asking).text and browser.post(asking, {"reason": "call"}).status_code == 403
    assert again(now).headers["Location"] == asking
    assert "13900000876" in browser.post(asking, {"reason": "call"}).text
    assert refusals(desk) == ["stale", "stale", "another"]
    with desk.office.db.reading() as session:
        assert session.query(LoginSession).count() == 1
        assert session.query(AuditEvent).filter_by(event="session.proven").one().facts == {"by": "oidc"}
