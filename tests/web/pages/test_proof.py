"""Proving anew who one is before anything personal is shown or handed out: in place, and then going on."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest
import time_machine
from flask.testing import FlaskClient

from casework.core import clock
from casework.registry import accounts, second_factor
from casework.registry.tables import AuditEvent, LoginFailure
from tests.web.desk import PASSWORD, Browser, Desk
from tests.world import World

WRONG = "ganz-verkehrt"
JSON = {"Accept": "application/json"}
LATER = timedelta(minutes=16)


@pytest.fixture
def reveal(world: World, desk: Desk) -> str:
    """Where the telephone of a case that bai works on is shown."""
    return f"/cases/{world.case(world.assigned()).number}/reveal?field=phone"


def audited(desk: Desk, event: str) -> list[dict[str, Any]]:
    with desk.office.db.reading() as session:
        return [row.facts for row in session.query(AuditEvent).filter_by(event=event).order_by(AuditEvent.at)]


def test_a_mask_asks_for_the_password_again_in_place_and_goes_on(
    desk: Desk, reveal: str, morning: time_machine.Traveller
) -> None:
    browser = desk.browser("bai")
    assert 'name="proof"' not in browser.get(reveal).text
    morning.shift(LATER)
    asking = browser.get(reveal, headers={"HX-Request": "true"})
    assert 'name="proof"' in asking.text and "登录超过 15 分钟了" in asking.text
    # Without a proof, and with a wrong one, the same form comes back and nothing is shown or written.
    for sent, told in (({}, "你的密码"), ({"proof": WRONG}, "不对，还可以试 4 次")):
        answer = browser.post(reveal, {"reason": "call", **sent}, headers=JSON)
        assert answer.status_code == 403 and told in answer.text
        assert "<html" not in answer.text and "13900000876" not in answer.text
    assert audited(desk, "reveal") == []
    right = browser.post(reveal, {"reason": "call", "proof": PASSWORD}, headers=JSON)
    assert right.json == {"value": "13900000876", "left": 49, "seconds": 60}
    assert audited(desk, "session.proven") == [{"by": "password"}]
    # The next is asked for nothing more, until the proof is old again: it is not the reveal that counts.
    morning.shift(timedelta(minutes=14))
    assert "13900000876" in browser.post(reveal, {"reason": "call"}).text
    morning.shift(timedelta(minutes=2))
    assert browser.post(reveal, {"reason": "call"}).status_code == 403


def test_guesses_count_like_those_at_the_log_in(desk: Desk, reveal: str, morning: time_machine.Traveller) -> None:
    browser = desk.browser("bai")
    morning.shift(LATER)
    sent = {"reason": "call", "proof": WRONG}
    assert [browser.post(reveal, sent).status_code for _ in range(6)] == [403] * 5 + [429]
    assert browser.post(reveal, sent | {"proof": PASSWORD}).status_code == 429
    with desk.office.db.reading() as session:
        assert session.query(LoginFailure).count() == 5
    assert Browser(desk.client()).log_in("bai", PASSWORD).status_code == 429


def test_the_api_refuses_an_old_log_in_and_takes_a_token(
    desk: Desk, world: World, morning: time_machine.Traveller
) -> None:
    browser = desk.browser("bai")
    path, body = f"/api/v1/cases/{world.assigned()}/reveal", {"field": "phone", "reason": "联系"}

    def ask(client: FlaskClient, headers: dict[str, str]) -> tuple[int, Any]:
        answer = client.post(path, json=body, headers={"X-CSRFToken": browser.form_token, **headers})
        return answer.status_code, answer.get_json()

    assert ask(browser.client, {})[1]["value"] == "13900000876"
    morning.shift(LATER)
    # Whatever language the browser speaks: who reads it has chosen none, and one after it.
    for language, told in (("zh", "再验证一次是你本人"), ("en", "再验证一次是你本人"), (None, "Prove once more")):
        if language is None:
            browser.get("/language/en?next=/")
        status, problem = ask(browser.client, {"Accept-Language": language or "zh"})
        assert (status, problem["type"]) == (403, "/problems/proof-wanted") and told in problem["detail"]
    assert ask(desk.client(), desk.bearer("bai"))[1]["value"] == "13900000876"
    assert browser.post("/proof", {"proof": PASSWORD}).headers["Location"] == "/"
    assert ask(browser.client, {})[0] == 200


def test_who_has_no_password_gives_a_code_once(
    desk: Desk, world: World, reveal: str, morning: time_machine.Traveller
) -> None:
    with desk.office.db.transaction() as session:
        person = accounts.get_account(session, desk.person("bai").id)
        person.password_hash = None
        secret, _ = second_factor.begin(session, person, issuer="x")
        code = pyotp.TOTP(secret).at(clock.now())
        second_factor.confirm(session, person, code=code, actor=world["bai"], at=clock.now())
    browser = desk.browser("bai")
    morning.shift(LATER)
    assert "动态码，或一个备用码" in browser.get(reveal).text
    code = pyotp.TOTP(secret).at(clock.now())
    assert browser.post(reveal, {"reason": "call", "proof": code}).status_code == 200
    morning.shift(timedelta(minutes=15, seconds=1))
    assert browser.post(reveal, {"reason": "call", "proof": code}).status_code == 403
    assert audited(desk, "session.proven") == [{"by": "code"}]


@pytest.mark.parametrize(
    ("page", "sent_to"), [("/profile", "/profile/tokens"), ("/profile/second-factor", "/profile/second-factor/begin")]
)
def test_a_button_leads_to_the_proof_and_back(
    desk: Desk, morning: time_machine.Traveller, page: str, sent_to: str
) -> None:
    browser = desk.browser("guanli")
    morning.shift(timedelta(minutes=8))
    browser.get("/profile")  # an administrator's log-in rests for fifteen minutes at most
    morning.shift(timedelta(minutes=8))
    led = browser.post(sent_to, {"label": "取数"}, headers={"Referer": f"http://localhost{page}"})
    assert (led.status_code, led.headers["Location"]) == (303, f"/proof?next={page}")
    assert "再验证一次是你本人" in browser.get(led.headers["Location"]).text
    assert browser.post(led.headers["Location"], {"proof": ""}).status_code == 422
    assert browser.post(led.headers["Location"], {"proof": WRONG}).status_code == 403
    assert browser.post(led.headers["Location"], {"proof": PASSWORD}).headers["Location"] == page
    assert browser.post(sent_to, {"label": "取数"}).status_code == 200


def test_an_export_of_personal_data_is_handed_out_after_a_fresh_proof(
    desk: Desk, morning: time_machine.Traveller
) -> None:
    browser, any_id = desk.browser("he"), desk.person("he").id
    morning.shift(LATER)
    for path in (f"/ledgers/exports/{any_id}/file", "/ledgers/sent", f"/ledgers/sent/{any_id}"):
        assert browser.post(path).headers["Location"].startswith("/proof"), path
