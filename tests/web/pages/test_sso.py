"""Single sign-on against a provider of our own: who comes in, and every answer that is not believed."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
import time_machine
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from casework.core import clock
from casework.core.settings import UnsafeSettings, read_settings
from casework.registry import accounts, second_factor
from casework.registry.tables import AuditEvent, LoginSession, Person
from tests.web.desk import PASSWORD, Browser, Desk, make_desk
from tests.web.oidc_provider import CLIENT_ID, SECRET, Provider, running
from tests.world import World

BACK = "/login/sso/back"
SETTINGS = {
    "CASEWORK_OIDC_ISSUER": "https://id.example.org/realms/office",
    "CASEWORK_OIDC_CLIENT_ID": CLIENT_ID,
    "CASEWORK_OIDC_CLIENT_SECRET": SECRET,
}
# Most of these tests trust the provider's names; without, accounts are tied one by one.
NAMED = {"CASEWORK_OIDC_CLAIM": "preferred_username"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as made:
        yield made


@pytest.fixture
def desk(world: World, tmp_path: Path, provider: Provider, morning: time_machine.Traveller) -> Desk:
    return make_desk(world, tmp_path, **SETTINGS | NAMED | {"CASEWORK_OIDC_ISSUER": provider.issuer})


def come_back(browser: Browser, provider: Provider, next: str = "", **changed: str) -> TestResponse:
    """Go to the provider, let it agree, and come back."""
    sent = browser.get("/login/sso", query_string={"next": next} if next else {})
    assert sent.status_code == 302, sent.text
    return browser.get(BACK, query_string=provider.agree(sent.headers["Location"], **changed))


def refusals(desk: Desk) -> list[str]:
    with desk.office.db.reading() as session:
        rows = session.query(AuditEvent).filter_by(event="login.sso_refused").order_by(AuditEvent.at, AuditEvent.id)
        return [row.facts["why"] for row in rows]


def is_in(browser: Browser) -> bool:
    return browser.get("/profile").status_code == 200


def test_whom_the_provider_vouches_for_comes_in_where_they_wanted_to_go(desk: Desk, provider: Provider) -> None:
    browser = Browser(desk.client())
    assert "用统一身份登录" in browser.get("/login?next=/cases").text
    answer = come_back(browser, provider, next="/profile?tab=1")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/profile?tab=1")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert is_in(browser)
    asked = provider.asked[0]
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == f"http://localhost{BACK}"
    with desk.office.db.reading() as session:
        row = session.query(AuditEvent).filter_by(event="login").one()
        assert (row.person_id, row.facts["by"]) == (desk.person("an").id, "oidc")
        assert session.query(LoginSession).one().came_by == "oidc"
    assert refusals(desk) == []


def test_nobody_is_led_out_of_the_office_on_the_way(desk: Desk, provider: Provider) -> None:
    assert come_back(Browser(desk.client()), provider, next="https://evil.example").headers["Location"] == "/"


def _claims(**claims: object) -> Callable[[Provider], None]:
    return lambda provider: provider.claims.update(claims)


def _signed(**how: object) -> Callable[[Provider], None]:
    def tell(provider: Provider) -> None:
        for name, value in how.items():
            setattr(provider, name, value)

    return tell


def _sealed_with_the_published_key(provider: Provider) -> None:
    provider.forged = ("HS256", provider.key.as_pem(private=False))


LIES = {
    "another nonce": (_claims(nonce="of another log-in"), "nonce", "凭证不是为这次登录发的"),
    "no nonce": (_claims(nonce=None), "nonce", "凭证不是为这次登录发的"),
    "another audience": (_claims(aud="payroll"), "audience", "凭证是发给别的系统的"),
    "made for another of two": (_claims(aud=[CLIENT_ID, "payroll"], azp="payroll"), "audience", "发给别的系统"),
    "another issuer": (_claims(iss="https://id.example.org"), "issuer", "答话的不是设定的统一身份"),
    "expired": (_claims(exp=1), "expired", "凭证已过期"),
    "never expires": (_claims(exp=None), "token", "凭证的签名或内容不对"),
    "signed by another": (
        _signed(signing=ECKey.generate_key("P-256", {"kid": "first"})),
        "token",
        "凭证的签名或内容不对",
    ),
    "signed by a stranger": (_signed(signing=ECKey.generate_key("P-256", {"kid": "x"})), "token", "签名或内容不对"),
    "signed with the secret": (_signed(forged=("HS256", SECRET.encode())), "token", "签名或内容不对"),
    "signed with the published key": (_sealed_with_the_published_key, "token", "签名或内容不对"),
    "not signed": (_signed(forged=("none", b"")), "token", "签名或内容不对"),
    "not a token": (_signed(forged=("ES256", b"")), "token", "签名或内容不对"),
    "no subject": (_claims(sub=None), "token", "签名或内容不对"),
    "a number for a name": (_claims(preferred_username=7), "claim", "凭证里没有可用的标识"),
    "no name": (_claims(preferred_username=None), "unknown", "请把这个标识告诉管理员：17"),
    "an unknown name": (_claims(preferred_username="niemand"), "unknown", "没有与您的统一身份相连的账号"),
    "a name that folds into another": (_claims(preferred_username="ａｎ"), "unknown", "没有与您的统一身份相连的账号"),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_to_be_believed_is_refused_and_written_down(desk: Desk, provider: Provider, lie: str) -> None:
    tell, why, words = LIES[lie]
    tell(provider)
    browser = Browser(desk.client())
    with desk.office.db.reading() as session:
        people = session.query(Person).count()
    answer = come_back(browser, provider)
    assert (answer.status_code, refusals(desk)) == (403, [why])
    assert "统一身份没有让你进来" in answer.text and words in answer.text
    assert not is_in(browser)
    with desk.office.db.reading() as session:
        # Nobody is made by coming in.
        assert session.query(Person).count() == people


def test_an_account_is_tied_by_the_administrator_and_then_no_name_opens_it(
    world: World, tmp_path: Path, provider: Provider, morning: time_machine.Traveller
) -> None:
    desk = make_desk(world, tmp_path, **SETTINGS | {"CASEWORK_OIDC_ISSUER": provider.issuer})
    browser, admin = Browser(desk.client()), desk.browser("guanli")
    # The same user name is nothing to go by unless the office says so.
    assert come_back(browser, provider).status_code == 403
    page = f"/admin/accounts/{desk.person('an').id}/sign-on"
    assert desk.browser("anquan").get(page).status_code == 403
    assert "统一身份里的标识" in admin.get(page).text
    assert admin.post(page, {"subject": " 17 "}).status_code == 303
    assert 'value="17"' in admin.get(page).text
    other = f"/admin/accounts/{desk.person('he').id}/sign-on"
    taken = admin.post(other, {"subject": "17"})
    assert taken.status_code == 422 and "已连着别人的账号" in taken.text
    provider.user = "whatever"
    assert come_back(browser, provider).status_code == 302 and is_in(browser)
    # Untied, the log-in that came by it ends, and that of the administrator does not.
    assert admin.post(page, {"subject": ""}).status_code == 303
    assert not is_in(browser) and is_in(admin)
    with desk.office.db.reading() as session:
        rows = session.query(AuditEvent).filter_by(event="account.sign_on_tied").all()
        assert sorted(row.facts["tied"] for row in rows) == [False, True]
        assert "17" not in [str(value) for row in rows for value in row.facts.values()]


def test_a_name_given_anew_at_the_provider_opens_no_account_that_is_tied(desk: Desk, provider: Provider) -> None:
    admin = desk.browser("guanli")
    assert admin.post(f"/admin/accounts/{desk.person('an').id}/sign-on", {"subject": "4"}).status_code == 303
    assert come_back(Browser(desk.client()), provider).status_code == 403
    provider.claims["sub"] = "4"
    assert come_back(Browser(desk.client()), provider).status_code == 302


def test_who_comes_in_so_is_asked_for_no_password_of_this_house(desk: Desk, provider: Provider) -> None:
    with desk.office.db.transaction() as session:
        person = accounts.by_user_name(session, "an")
        assert person is not None
        person.must_change = True
    browser = Browser(desk.client())
    assert come_back(browser, provider).status_code == 302
    assert browser.get("/work").status_code == 200


def test_an_account_that_was_ended_stays_outside(desk: Desk, provider: Provider) -> None:
    with desk.office.db.transaction() as session:
        person = accounts.by_user_name(session, "an")
        assert person is not None
        person.disabled_at = clock.now()
    assert come_back(Browser(desk.client()), provider).status_code == 403
    assert refusals(desk) == ["unknown"]


def test_an_account_that_sleeps_is_woken_by_the_administrator_alone(
    desk: Desk, provider: Provider, morning: time_machine.Traveller
) -> None:
    morning.shift(timedelta(days=91))
    answer = come_back(Browser(desk.client()), provider)
    assert answer.status_code == 403 and "现在登录不了" in answer.text
    assert refusals(desk) == ["account"]


def test_a_way_back_counts_once_in_the_browser_that_began_and_for_ten_minutes(
    desk: Desk, provider: Provider, morning: time_machine.Traveller
) -> None:
    browser = Browser(desk.client())
    first = provider.agree(browser.get("/login/sso").headers["Location"])
    # Somebody else's browser, another state, and a browser that never went.
    assert Browser(desk.client()).get(BACK, query_string=first).status_code == 403
    assert come_back(Browser(desk.client()), provider, state="guessed").status_code == 403
    assert Browser(desk.client()).get(BACK).status_code == 403
    assert browser.get(BACK, query_string=first).status_code == 302
    browser.post("/logout")
    replayed = browser.get(BACK, query_string=first)
    assert replayed.status_code == 403 and "已经用过" in replayed.text
    late = provider.agree(browser.get("/login/sso").headers["Location"])
    morning.shift(timedelta(minutes=10, seconds=1))
    assert browser.get(BACK, query_string=late).status_code == 403
    assert refusals(desk) == ["state"] * 5


def test_a_browser_that_brings_its_old_cookie_again_meets_a_code_that_is_used(desk: Desk, provider: Provider) -> None:
    browser = Browser(desk.client())
    first = provider.agree(browser.get("/login/sso").headers["Location"])
    kept = browser.client.get_cookie("casework_form")
    assert kept is not None
    assert browser.get(BACK, query_string=first).status_code == 302
    browser.post("/logout")
    browser.client.set_cookie("casework_form", kept.value)
    assert browser.get(BACK, query_string=first).status_code == 403
    assert refusals(desk) == ["code"]


def test_what_the_provider_refuses_is_said_and_another_provider_is_not_heard(desk: Desk, provider: Provider) -> None:
    browser = Browser(desk.client())
    state = provider.agree(browser.get("/login/sso").headers["Location"])["state"]
    denied = browser.get(BACK, query_string={"state": state, "error": "access_denied"})
    assert denied.status_code == 403 and "统一身份那边没有同意" in denied.text
    assert come_back(browser, provider, iss="https://id.example.org").status_code == 403
    assert refusals(desk) == ["denied", "issuer"]


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ({"token_endpoint": "http://id.example.org/token"}, "provider"),
        ({"jwks_uri": None}, "provider"),
        ({"issuer": "https://id.example.org"}, "issuer"),
    ],
)
def test_a_provider_that_speaks_in_the_clear_or_for_another_is_not_gone_to(
    desk: Desk, provider: Provider, metadata: dict[str, str], why: str
) -> None:
    provider.metadata |= metadata
    assert Browser(desk.client()).get("/login/sso").status_code in (403, 502)
    assert refusals(desk) == [why]


def test_a_provider_out_of_reach_leaves_the_password(world: World, tmp_path: Path) -> None:
    with running() as gone:
        issuer = gone.issuer
    desk = make_desk(world, tmp_path, **SETTINGS | {"CASEWORK_OIDC_ISSUER": issuer})
    browser = Browser(desk.client())
    answer = browser.get("/login/sso")
    assert answer.status_code == 502 and "联系不上" in answer.text
    assert browser.log_in("an", PASSWORD).status_code == 303


@pytest.mark.parametrize(("status", "why"), [(503, "out_of_reach"), (401, "provider"), (302, "provider")])
def test_a_provider_that_fails_in_between_is_told_from_a_code_that_is_used(
    desk: Desk, provider: Provider, status: int, why: str
) -> None:
    provider.status = status
    assert come_back(Browser(desk.client()), provider).status_code == 502
    assert refusals(desk) == [why]


def test_a_provider_that_is_slow_holds_four_at_most(desk: Desk, provider: Provider) -> None:
    provider.goes_on.clear()
    with ThreadPoolExecutor(5) as pool:
        held = [pool.submit(Browser(desk.client()).get, "/login/sso") for _ in range(5)]
        ready, waiting = wait(held, return_when=FIRST_COMPLETED)
        provider.goes_on.set()
    (busy,) = [each.result() for each in ready]
    assert busy.status_code == 502 and "答得太慢" in busy.text
    assert [each.result().status_code for each in waiting] == [302] * 4


def test_a_flood_of_refusals_leaves_few_rows_and_everybody_reads_why(desk: Desk) -> None:
    client = desk.client()
    answers = [client.get(BACK, environ_base={"REMOTE_ADDR": "192.0.2.7"}) for _ in range(32)]
    assert {answer.status_code for answer in answers} == {403}
    assert "请重新点一次" in answers[-1].text
    assert refusals(desk) == ["state"] * 30


def test_the_address_as_a_name_is_asked_for_and_believed_when_it_was_verified(
    world: World, tmp_path: Path, provider: Provider, morning: time_machine.Traveller
) -> None:
    named = SETTINGS | {"CASEWORK_OIDC_ISSUER": provider.issuer, "CASEWORK_OIDC_CLAIM": "email"}
    desk = make_desk(world, tmp_path, **named)
    provider.claims["email"] = "an"
    assert come_back(Browser(desk.client()), provider).status_code == 403
    assert provider.asked[0]["scope"] == "openid profile email"
    provider.claims["email_verified"] = True
    assert come_back(Browser(desk.client()), provider).status_code == 302


def test_keys_that_change_are_asked_for_anew(desk: Desk, provider: Provider) -> None:
    assert come_back(Browser(desk.client()), provider).status_code == 302
    provider.key = ECKey.generate_key("P-256", {"kid": "second", "use": "sig"})
    assert come_back(Browser(desk.client()), provider).status_code == 302


def test_a_second_factor_set_up_here_is_asked_for_here_too(desk: Desk, provider: Provider) -> None:
    with desk.office.db.transaction() as session:
        person = accounts.by_user_name(session, "an")
        assert person is not None
        secret, _address = second_factor.begin(session, person, issuer="office")
        earlier = pyotp.TOTP(secret).at(clock.now() - timedelta(seconds=30))
        second_factor.confirm(session, person, code=earlier, actor=desk.world["an"], at=clock.now())
    browser = Browser(desk.client())
    answer = come_back(browser, provider, next="/profile")
    assert answer.headers["Location"] == "/login?next=/profile&step=code"
    assert not is_in(browser)
    assert 'name="code"' in browser.get(answer.headers["Location"]).text
    assert browser.post("/login", {"code": "000000"}).status_code == 401
    code = pyotp.TOTP(secret).at(clock.now())
    assert browser.post("/login", {"code": code, "next": "/profile"}).status_code == 303
    assert is_in(browser)
    with desk.office.db.reading() as session:
        assert session.query(LoginSession).one().came_by == "oidc"


def test_logging_out_offers_to_log_out_at_the_provider_too(desk: Desk, provider: Provider) -> None:
    browser = Browser(desk.client())
    come_back(browser, provider)
    browser.get("/profile")
    browser.post("/logout")
    assert "/login/sso/out" in browser.get("/login").text
    assert "/login/sso/out" not in browser.get("/login").text
    assert browser.get("/login/sso/out").headers["Location"].startswith(f"{provider.issuer}/out?client_id=")


def test_nothing_of_it_is_there_unless_it_is_set(world: World, tmp_path: Path) -> None:
    browser = Browser(make_desk(world, tmp_path).client())
    assert "用统一身份登录" not in browser.get("/login").text
    assert [browser.get(path).status_code for path in ("/login/sso", BACK, "/login/sso/out")] == [404] * 3
    made = "import sys, web.app; sys.exit(bool({'authlib', 'joserfc', 'httpx'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", made], check=False).returncode == 0


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"CASEWORK_OIDC_CLIENT_SECRET": ""}, "CASEWORK_OIDC_CLIENT_SECRET is missing"),
        ({"CASEWORK_OIDC_ISSUER": ""}, "CASEWORK_OIDC_ISSUER is missing"),
        ({"CASEWORK_OIDC_ISSUER": "http://id.example.org"}, "must begin with https://"),
        ({"CASEWORK_OIDC_ISSUER": "https://me@id.example.org"}, "must begin with https://"),
        ({"CASEWORK_OIDC_ISSUER": "https://id.example.org/?a=1"}, "must have no query"),
        (dict.fromkeys(SETTINGS, "") | {"CASEWORK_OIDC_CLAIM": "email"}, "CASEWORK_OIDC_CLAIM is set"),
    ],
)
def test_half_set_or_unsafe_it_stops_the_start(tmp_path: Path, changed: dict[str, str], fault: str) -> None:
    home = {"CASEWORK_HOME": str(tmp_path)}
    assert read_settings({**home, **SETTINGS}).oidc is not None
    with pytest.raises(UnsafeSettings, match=fault):
        read_settings({**home, **SETTINGS, **changed})
