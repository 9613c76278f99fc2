"""Coming in: passwords, limits, the second factor, forced changes, going out."""

import re
import time
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
import time_machine
from argon2 import PasswordHasher

from casework.core import clock
from casework.core.hashing import hash_password, verify_password
from casework.registry import accounts, passwords, second_factor
from casework.registry.logins import delay_seconds
from casework.registry.seeding import seed
from casework.registry.tables import AuditEvent, LoginFailure
from tests.cheap_hashes import full_price
from tests.web.desk import PASSWORD, Browser, Desk, make_desk
from tests.world import MORNING, World
from web.pages.account.login import safe_next

WRONG = "Ganz-falsch-123"
FRESH = "Neun-Laternen-im-Nebel"
_OF_THE_FOUNDING = ("password.reset", "grant.added", "calendar.seeded")


def test_the_right_password_leads_to_the_page_that_was_wanted(desk: Desk) -> None:
    browser = Browser(desk.client())
    refused = browser.get("/profile?tab=1")
    assert refused.status_code == 302
    assert refused.headers["Location"] == "/login?next=/profile?tab%3D1"
    answer = browser.log_in("an", PASSWORD, next="/profile?tab=1")
    assert answer.headers["Location"] == "/profile?tab=1"
    assert browser.get("/profile").status_code == 200


def test_the_name_is_known_in_any_case_and_width(desk: Desk) -> None:
    assert Browser(desk.client()).log_in(" ＡＮ ", PASSWORD).status_code == 303


def test_unknown_and_wrong_look_alike_and_say_how_many_tries_are_left(desk: Desk) -> None:
    pages = []
    for name in ("an", "niemand"):
        answer = Browser(desk.client()).log_in(name, WRONG)
        assert answer.status_code == 401
        assert "还可以试 4 次" in answer.text
        pages.append(re.sub(r'value="[^"]*"', "", answer.text))
    assert pages[0] == pages[1]


@pytest.mark.parametrize("name", ["an", "niemand"])
def test_five_failures_lock_name_and_address_for_fifteen_minutes(desk: Desk, name: str) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        browser = Browser(desk.client())
        told = [browser.log_in(name, WRONG).status_code for _ in range(6)]
        assert told == [401] * 5 + [429]
        locked = browser.log_in(name, PASSWORD)
        assert locked.status_code == 429
        assert 0 < int(locked.headers["Retry-After"]) <= 15 * 60 + 1
        now.shift(timedelta(minutes=15, seconds=1))
        assert browser.log_in(name, PASSWORD).status_code == (303 if name == "an" else 401)


def test_a_success_forgets_the_failures_before_it(desk: Desk) -> None:
    browser = Browser(desk.client())
    for _ in range(2):
        assert [browser.log_in("an", WRONG).status_code for _ in range(4)] == [401] * 4
        assert browser.log_in("an", PASSWORD).status_code == 303
        browser.post("/logout")
    with desk.office.db.reading() as session:
        assert session.query(LoginFailure).count() == 0


def test_others_come_in_while_one_name_is_locked(desk: Desk) -> None:
    browser = Browser(desk.client())
    for _ in range(6):
        browser.log_in("an", WRONG)
    assert browser.log_in("he", PASSWORD).status_code == 303


def test_twenty_failures_from_anywhere_lock_the_account_for_half_an_hour_then_twice_as_long(desk: Desk) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:

        def try_from(last: int) -> int:
            client = desk.client()
            client.environ_base["REMOTE_ADDR"] = f"10.1.1.{last}"
            return Browser(client).log_in("an", WRONG).status_code

        assert [try_from(n // 4) for n in range(20)] == [401] * 20
        assert Browser(desk.client()).log_in("an", PASSWORD).status_code == 429
        now.shift(timedelta(minutes=30, seconds=1))
        assert [try_from(100 + n // 4) for n in range(20)] == [401] * 20
        now.shift(timedelta(minutes=31))
        assert Browser(desk.client()).log_in("an", PASSWORD).status_code == 429
        now.shift(timedelta(minutes=30))
        assert Browser(desk.client()).log_in("an", PASSWORD).status_code == 303


def test_an_address_gets_fifty_failures_an_hour_and_this_machine_has_no_such_limit(desk: Desk) -> None:
    def tries(address: str) -> set[int]:
        client = desk.client()
        client.environ_base["REMOTE_ADDR"] = address
        browser = Browser(client)
        return {browser.log_in(f"name{n}", WRONG).status_code for n in range(52)}

    with time_machine.travel(clock.now(), tick=False):
        assert tries("10.9.9.9") == {401, 429}
        assert tries("127.0.0.1") == {401}


def test_a_guess_is_answered_the_later_the_oftener(desk: Desk) -> None:
    assert [delay_seconds(left) for left in (4, 3, 2, 1, 0)] == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8])
    desk.app.config["LOGIN_DELAY_FACTOR"] = 1
    browser = Browser(desk.client())
    browser.log_in("an", WRONG)
    began = time.monotonic()
    browser.log_in("an", WRONG)
    assert time.monotonic() - began >= 0.2


def test_a_locked_account_is_opened_by_the_security_administrator(desk: Desk) -> None:
    browser = Browser(desk.client())
    for n in range(20):
        browser.client.environ_base["REMOTE_ADDR"] = f"10.1.1.{n // 4}"
        browser.log_in("an", WRONG)
    officer = desk.browser("anquan")
    assert "解锁" in officer.get(f"/admin/accounts/{desk.person('an').id}").text
    assert officer.post(f"/admin/accounts/{desk.person('an').id}/unlock").status_code == 303
    assert Browser(desk.client()).log_in("an", PASSWORD).status_code == 303


def test_a_form_without_its_token_is_refused_and_counts_nothing(desk: Desk) -> None:
    answer = desk.client().post("/login", data={"account": "an", "password": PASSWORD})
    assert answer.status_code == 400
    assert "这一页开得太久" in answer.text
    assert "casework_session" not in answer.headers.get("Set-Cookie", "")


def test_log_in_gives_a_new_form_token_and_a_new_session(desk: Desk) -> None:
    browser = Browser(desk.client())
    browser.get("/login")
    before = browser.form_token
    browser.log_in("an", PASSWORD)
    first = browser.client.get_cookie("casework_session")
    assert browser.form_token != before
    browser.post("/logout")
    browser.log_in("an", PASSWORD)
    second = browser.client.get_cookie("casework_session")
    assert first is not None and second is not None and first.value != second.value


def test_log_out_ends_the_log_in_in_the_database_too(desk: Desk) -> None:
    browser = desk.browser("an")
    cookie = browser.client.get_cookie("casework_session")
    assert cookie is not None
    assert browser.post("/logout").status_code == 303
    thief = desk.client()
    thief.set_cookie("casework_session", cookie.value)
    assert thief.get("/profile").status_code == 302


def test_the_oldest_of_too_many_log_ins_ends(desk: Desk) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        browsers = []
        for _ in range(4):
            browsers.append(desk.browser("an"))
            now.shift(timedelta(seconds=5))
        assert [b.get("/profile").status_code for b in browsers] == [302, 200, 200, 200]
        first, second = desk.browser("guanli"), desk.browser("guanli")
        assert [first.get("/profile").status_code, second.get("/profile").status_code] == [302, 200]


def test_a_log_in_is_audited(desk: Desk) -> None:
    Browser(desk.client()).log_in("an", PASSWORD)
    with desk.office.db.reading() as session:
        rows = session.query(AuditEvent).where(AuditEvent.event == "login").all()
    assert [row.person_id for row in rows] == [desk.person("an").id]


def test_that_somebody_ran_out_of_tries_is_audited_and_not_each_try(desk: Desk) -> None:
    for _ in range(6):
        Browser(desk.client()).log_in("an", WRONG)
    with desk.office.db.reading() as session:
        rows = session.query(AuditEvent).where(AuditEvent.event.not_in(_OF_THE_FOUNDING)).all()
    assert [(row.event, row.facts["person"]) for row in rows] == [("login.tries_used_up", str(desk.person("an").id))]


def test_a_given_password_opens_nothing_but_its_change(desk: Desk) -> None:
    browser = Browser(desk.client())
    _give(desk, "an")
    browser.log_in("an", PASSWORD)
    assert browser.get("/profile").headers["Location"].startswith("/password")
    assert browser.get("/profile", headers={"Accept": "application/json"}).status_code == 403
    page = browser.get("/password")
    assert "管理员给的" in page.text
    answer = browser.post("/password", {"current": PASSWORD, "fresh": FRESH, "again": FRESH})
    assert answer.status_code == 303
    assert browser.get("/profile").status_code == 200


def test_a_bearer_token_works_before_the_password_is_changed(desk: Desk) -> None:
    _give(desk, "guanli")
    assert desk.client().get("/metrics", headers=desk.bearer("guanli")).status_code == 200


def test_a_given_password_runs_out_after_a_day(desk: Desk) -> None:
    _give(desk, "an")
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        answer = Browser(desk.client()).log_in("an", PASSWORD)
    assert answer.status_code == 403
    assert "过期" in answer.text


def test_a_password_is_changed_after_ninety_days(desk: Desk) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        for _ in range(6):
            now.shift(timedelta(days=13))
            desk.browser("an")
        now.shift(timedelta(days=13))
        browser = Browser(desk.client())
        browser.log_in("an", PASSWORD)
        assert browser.get("/profile").headers["Location"].startswith("/password")
        assert "该换了" in browser.get("/password").text


def test_an_account_unused_for_ninety_days_sleeps(desk: Desk) -> None:
    with time_machine.travel(clock.now() + timedelta(days=91), tick=False):
        answer = Browser(desk.client()).log_in("an", PASSWORD)
        assert answer.status_code == 403
        assert "90 天" in answer.text


def test_a_new_password_is_judged_with_every_mistake_at_once(desk: Desk) -> None:
    browser = desk.browser("an")
    answer = browser.post("/password", {"current": WRONG, "fresh": "kurz", "again": "anders"})
    assert answer.status_code == 422
    for words in ("现在的密码不对", "至少 10", "两遍不一样"):
        assert words in answer.text


def test_old_passwords_are_not_taken_again_and_other_log_ins_end(desk: Desk) -> None:
    browser, elsewhere = desk.browser("an"), desk.browser("an")
    assert browser.post("/password", {"current": PASSWORD, "fresh": FRESH, "again": FRESH}).status_code == 303
    assert elsewhere.get("/profile").status_code == 302
    browser.get("/profile")
    again = browser.post("/password", {"current": FRESH, "fresh": PASSWORD, "again": PASSWORD})
    assert again.status_code == 422
    assert "不能再用" in again.text


def test_guessing_the_present_password_is_counted_like_a_log_in(desk: Desk) -> None:
    browser = desk.browser("an")
    sent = {"current": WRONG, "fresh": FRESH, "again": FRESH}
    assert [browser.post("/password", sent).status_code for _ in range(6)] == [422] * 5 + [429]


def test_the_second_factor_is_asked_once_it_is_on_and_each_code_works_once(desk: Desk) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        secret, spares = _turn_on(desk, "an")
        browser = Browser(desk.client())
        first = browser.log_in("an", PASSWORD)
        assert first.status_code == 200 and "动态码" in first.text
        assert browser.get("/profile").status_code == 302
        now.shift(timedelta(seconds=60))
        code = pyotp.TOTP(secret).at(clock.now())
        browser.log_in("an", PASSWORD)
        assert browser.post("/login", {"code": "000000"}).status_code == 401
        assert browser.post("/login", {"code": code}).status_code == 303
        other = Browser(desk.client())
        other.log_in("an", PASSWORD)
        assert other.post("/login", {"code": code}).status_code == 401
        assert other.post("/login", {"code": spares[0]}).status_code == 303
        third = Browser(desk.client())
        third.log_in("an", PASSWORD)
        assert third.post("/login", {"code": spares[0]}).status_code == 401


def test_a_code_alone_opens_nothing(desk: Desk) -> None:
    secret, _ = _turn_on(desk, "an")
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
        browser = Browser(desk.client())
        browser.get("/login")
        answer = browser.post("/login", {"account": "an", "code": pyotp.TOTP(secret).at(clock.now())})
        assert answer.status_code == 401
        assert browser.get("/profile").status_code == 302


@full_price()
def test_a_hash_weaker_than_those_of_today_is_made_anew_by_the_right_password_alone(desk: Desk) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    # As strong by passes as ours is by memory, and more of both: left as they are.
    alike, strong = (
        PasswordHasher(time_cost=t, memory_cost=m, parallelism=1).hash(PASSWORD) for t, m in ((4, 9728), (3, 20000))
    )

    def kept(stored: str, password: str) -> str | None:
        with desk.office.db.transaction() as session:
            accounts.get_account(session, desk.person("an").id).password_hash = stored
        Browser(desk.client()).log_in("an", password)
        return desk.person("an").password_hash

    before = desk.person("an")
    assert kept(weak, WRONG) == weak
    made = kept(weak, PASSWORD)
    assert made is not None and "$m=19456,t=2,p=1$" in made and verify_password(PASSWORD, stored=made)
    after = desk.person("an")
    assert (after.password_set_at, after.former_hashes) == (before.password_set_at, before.former_hashes)
    assert [kept(each, PASSWORD) for each in (alike, strong, made)] == [alike, strong, made]


def test_codes_are_counted_like_passwords(desk: Desk) -> None:
    _turn_on(desk, "an")
    browser = Browser(desk.client())
    browser.log_in("an", PASSWORD)
    assert [browser.post("/login", {"code": "123"}).status_code for _ in range(6)] == [401] * 5 + [429]


def test_the_second_factor_is_set_up_on_its_page(desk: Desk) -> None:
    with time_machine.travel(clock.now(), tick=False):
        browser = desk.browser("an")
        assert "没有打开" in browser.get("/profile/second-factor").text
        page = browser.post("/profile/second-factor/begin").text
        found = re.search(r"手工输入：([A-Z2-7]{32})", page)
        assert found is not None and "data:image/svg+xml" in page
        assert browser.post("/profile/second-factor/confirm", {"code": "000000"}).status_code == 422
        told = browser.post("/profile/second-factor/confirm", {"code": pyotp.TOTP(found[1]).at(clock.now())})
        assert len(re.findall(r"[0-9a-f]{8}-[0-9a-f]{8}", told.text)) == second_factor.SPARE_CODES
        assert desk.person("an").totp_secret is not None
        assert found[1] not in (desk.person("an").totp_secret or "")


@pytest.mark.parametrize(("profile", "staff"), [("dengbao", None), ("asvs", "/profile/second-factor")])
def test_over_https_the_three_officers_must_have_a_second_factor_and_by_asvs_all_staff(
    desk: Desk, profile: str, staff: str | None
) -> None:
    secured = make_desk(desk.world, desk.office.settings.home, CASEWORK_HTTPS="on", CASEWORK_ACCOUNT_PROFILE=profile)
    for user, leads in (("guanli", "/profile/second-factor"), ("an", staff), ("chen", None)):
        client = secured.client()
        client.environ_base["wsgi.url_scheme"] = "https"
        browser = Browser(client)
        options = {"base_url": "https://localhost", "headers": {"Referer": "https://localhost/login"}}
        browser.get("/login", **options)
        sent = {"account": user, "password": PASSWORD}
        answer = browser.post("/login", sent, **options)
        assert answer.status_code == 303
        assert "__Host-casework_session" in str(answer.headers.getlist("Set-Cookie"))
        page = browser.get("/profile", **options)
        assert (page.headers.get("Location") or "").startswith(leads) if leads else page.status_code == 200


def test_the_language_is_chosen_on_the_page(desk: Desk) -> None:
    browser = Browser(desk.client())
    assert browser.get("/language/en?next=/login").headers["Location"] == "/login"
    assert 'lang="en"' in browser.get("/login").text
    browser.get("/language/zh?next=/login")
    assert 'lang="zh-CN"' in browser.get("/login").text


def test_an_english_windows_is_no_wish_to_read_english(desk: Desk) -> None:
    assert 'lang="zh-CN"' in desk.client().get("/login", headers={"Accept-Language": "en-US,en"}).text
    script = {"Accept": "application/json", "Accept-Language": "en-US,en"}
    assert desk.client().get("/api/v1/nothing", headers=script).get_json()["title"] == "Not found"
    for client, sent in ((desk.client(), {"Sec-Fetch-Site": "same-origin"}), (desk.browser("an").client, {})):
        assert client.get("/api/v1/nothing", headers=script | sent).get_json()["title"] == "没有找到"


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", "/a\nb", "", None, "x"]
)
def test_nobody_is_led_away_after_log_in(target: str | None) -> None:
    assert safe_next(target) == "/"


def _give(desk: Desk, user: str) -> None:
    with desk.office.db.transaction() as session:
        person = accounts.get_account(session, desk.person(user).id)
        passwords.reset(session, person, hashed=hash_password(PASSWORD), actor=None, at=clock.now())


def _turn_on(desk: Desk, user: str) -> tuple[str, list[str]]:
    with desk.office.db.transaction() as session:
        person = accounts.get_account(session, desk.person(user).id)
        secret, _ = second_factor.begin(session, person, issuer="x")
        code = pyotp.TOTP(secret).at(clock.now())
        return secret, second_factor.confirm(session, person, code=code, actor=desk.world[user], at=clock.now())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_county_that_nobody_has_named_is_not_called_by_its_code(world: World, tmp_path: Path) -> None:
    with world.db.transaction() as session:
        seed(session, county="330382", at=MORNING)
    client = make_desk(world, tmp_path, CASEWORK_REGION="330382").client()
    assert "330382" not in client.get("/login").text and "政协办公室" in client.get("/login").text
    assert "青川县政协办公室" in make_desk(world, tmp_path).client().get("/login").text
