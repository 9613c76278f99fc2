"""The pages of the three officers, and everybody's own settings."""

import re

import pytest

from casework.core import clock
from casework.registry import accounts, grants, tokens
from tests.web.desk import PASSWORD, Browser, Desk


def id_of(desk: Desk, user: str) -> str:
    return str(desk.person(user).id)


def test_the_administrator_makes_an_account_and_the_security_administrator_grants(desk: Desk) -> None:
    admin, officer = desk.browser("guanli"), desk.browser("anquan")
    assert "开一个账号" in admin.get("/admin/accounts").text
    assert "开一个账号" not in officer.get("/admin/accounts").text
    made = admin.post("/admin/accounts/new", {"name": "钱老师", "user_name": "qian"})
    secret = re.search(r'class="secret">([a-z0-9-]{23}) ', made.text)
    assert made.status_code == 200 and secret is not None
    assert made.headers["Cache-Control"] == "no-store"
    path = f"/admin/accounts/{id_of(desk, 'qian')}/grant"
    assert admin.post(path, {"role": "clerk"}).status_code == 403
    # They have never logged in, so they are not in the list that is shown first: the way to a role stands beside them.
    waiting = officer.get("/admin/accounts").text.partition("等另一人同意的")[2].partition("</section>")[0]
    assert "钱老师（qian）：还没有身份" in waiting and f'href="{path}"' in waiting
    assert officer.post(path, {"role": "clerk"}).status_code == 303
    assert "办公室工作人员" in officer.get(f"/admin/accounts/{id_of(desk, 'qian')}").text
    newcomer = Browser(desk.client())
    assert newcomer.log_in("qian", secret[1]).status_code == 303
    assert newcomer.get("/profile").headers["Location"].startswith("/password")


def test_mistakes_stand_beside_their_fields_and_what_was_typed_stays(desk: Desk) -> None:
    admin, officer = desk.browser("guanli"), desk.browser("anquan")
    answer = admin.post("/admin/accounts/new", {"name": "钱老师", "user_name": "q q"})
    assert answer.status_code == 422
    assert 'value="钱老师"' in answer.text and "用户名只用" in answer.text
    path = f"/admin/accounts/{id_of(desk, 'he')}/grant"
    told = officer.post(path, {"role": "handler", "org": "", "valid_to": "bald"})
    assert told.status_code == 422
    assert officer.post(path, {"role": "handler", "org": ""}).status_code == 422


def test_what_keeps_the_officers_apart_is_told_on_the_page(desk: Desk) -> None:
    officer = desk.browser("anquan")
    answer = officer.post(f"/admin/accounts/{id_of(desk, 'guanli')}/grant", {"role": "auditor"})
    assert answer.status_code == 409
    assert "不能由一人兼任" in answer.text


def test_a_role_is_ended_with_a_reason(desk: Desk) -> None:
    officer = desk.browser("anquan")
    with desk.office.db.reading() as session:
        row = grants.grants_from(session, desk.person("he").id, day=clock.now().date())[0]
    assert "收回何干事的身份" in officer.get(f"/admin/grants/{row.id}/end").text
    assert officer.post(f"/admin/grants/{row.id}/end", {"reason": ""}).status_code == 422
    assert officer.post(f"/admin/grants/{row.id}/end", {"reason": "调离"}).status_code == 303
    assert officer.get(f"/admin/grants/{row.id}/end").status_code == 404


def test_an_account_is_stopped_and_started_again(desk: Desk) -> None:
    admin, clerk = desk.browser("guanli"), desk.browser("he")
    path = f"/admin/accounts/{id_of(desk, 'he')}"
    assert "停用何干事的账号" in admin.get(f"{path}/disable").text
    assert admin.post(f"{path}/disable", {"reason": "休假"}).status_code == 303
    assert clerk.get("/profile").status_code == 302
    assert admin.get(f"{path}/enable").status_code == 200
    assert admin.post(f"{path}/enable").status_code == 303
    assert Browser(desk.client()).log_in("he", PASSWORD).status_code == 303


def test_a_reset_password_is_shown_once_and_must_be_changed(desk: Desk) -> None:
    admin, clerk = desk.browser("guanli"), desk.browser("he")
    answer = admin.post(f"/admin/accounts/{id_of(desk, 'he')}/reset")
    secret = re.search(r'class="secret">([a-z0-9-]{23}) ', answer.text)
    assert secret is not None
    assert clerk.get("/profile").status_code == 302
    again = Browser(desk.client())
    assert again.log_in("he", secret[1]).status_code == 303
    assert again.get("/profile").headers["Location"].startswith("/password")


def test_the_list_is_found_through_and_paged(desk: Desk) -> None:
    with desk.office.db.transaction() as session:
        for number in range(60):
            accounts.create_account(
                session, user_name=f"m{number:02}", name=f"委员{number}", hashed="x", actor=None, at=clock.now()
            )
    admin = desk.browser("guanli")
    first = admin.get("/admin/accounts?which=new&q=m").text
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert "m00" in first and following is not None
    assert "m59" in admin.get(following[1].replace("&amp;", "&")).text
    assert "丁" not in admin.get("/admin/accounts?which=new&q=委员59").text


def test_my_settings_are_kept_whole_or_one_by_one(desk: Desk) -> None:
    browser = desk.browser("an")
    sent = {"lang": "en", "density": "tight", "large": "1"}
    assert browser.post("/preferences", sent).status_code == 303
    page = browser.get("/profile").text
    assert 'lang="en"' in page and 'class="large"' in page and 'data-keys="off"' in page
    assert browser.post("/preferences", {"density": "loose"}).status_code == 204
    assert desk.person("an").preferences["density"] == "loose"
    assert desk.person("an").preferences["large"] is True
    assert browser.post("/preferences", {"density": "wide"}).status_code == 422


def test_a_token_is_made_shown_once_listed_and_revoked(desk: Desk) -> None:
    browser = desk.browser("guanli")
    made = browser.post("/profile/tokens", {"label": "取数程序"})
    plain = re.search(r"cw_[\w-]{43}", made.text)
    assert plain is not None
    headers = {"Authorization": f"Bearer {plain[0]}"}
    assert desk.client().get("/metrics", headers=headers).status_code == 200
    page = browser.get("/profile").text
    assert "取数程序" in page and plain[0] not in page
    with desk.office.db.reading() as session:
        (row,) = tokens.list_living(session, desk.person("guanli").id, at=clock.now())
    assert desk.browser("an").post(f"/profile/tokens/{row.id}/revoke").status_code == 404
    assert browser.post(f"/profile/tokens/{row.id}/revoke").status_code == 303
    refused = desk.client().get("/metrics", headers={**headers, "Accept": "application/json"})
    assert refused.status_code == 401


def test_an_address_of_my_calendar_is_shown_once_and_ended(desk: Desk) -> None:
    browser = desk.browser("bai")
    # A name that is too long is refused by name, kept as typed, and no address is made.
    long = browser.post("/profile/calendar-feeds", {"label": "机" * 200})
    assert long.status_code == 422 and f'value="{"机" * 200}"' in long.text and "/calendar/cwcal_" not in long.text
    made = browser.post("/profile/calendar-feeds", {"label": "随身手机"})
    plain = re.search(r"/calendar/cwcal_[\w-]{43}\.ics", made.text)
    assert plain is not None and f'href="webcal://localhost{plain[0]}"' in made.text
    assert desk.client().get(plain[0]).mimetype == "text/calendar"
    page = browser.get("/profile").text
    # Its address stands nowhere any more, and it is no key of a program.
    assert page.count("随身手机") == 1 and plain[0] not in page
    (ends,) = re.findall(r'action="(/profile/calendar-feeds/[^"]+/revoke)"', page)
    assert desk.browser("an").post(ends).status_code == 404
    assert browser.post(ends).status_code == 303
    assert desk.client().get(plain[0]).status_code == 404


def test_a_log_in_elsewhere_is_seen_and_ended(desk: Desk) -> None:
    here, there = desk.browser("an"), desk.browser("an")
    page = here.get("/profile").text
    ends = re.findall(r'action="(/profile/sessions/[^"]+/end)"', page)
    assert "就是这里" in page and len(ends) == 1
    assert here.post(ends[0]).status_code == 303
    assert there.get("/profile").status_code == 302
    assert here.get("/profile").status_code == 200


def test_a_deputy_is_appointed_by_the_one_who_goes(desk: Desk) -> None:
    browser = desk.browser("bai")
    # The office's day: by the clock of Greenwich it may still be yesterday.
    day = clock.now().astimezone(desk.office.settings.zone).date().isoformat()
    offered = browser.get("/colleagues?q=水").get_json()["options"]
    assert [(each["label"], each["hint"]) for each in offered] == [("水科长", "承办单位负责人")]
    # Without script it is a plain select of the same people; with it the words come beside the code.
    assert f'<option value="{offered[0]["value"]}">水科长（承办单位负责人）</option>' in browser.get("/profile").text
    sent = {"deputy": offered[0]["value"], "valid_from": day, "valid_to": day}
    for nobody in ("没有这个人", "白工", "何干事", "he", ""):
        refused = browser.post("/profile/deputy", {**sent, "deputy": "", "deputy_text": nobody})
        assert refused.status_code == 422 and (f'data-typed="{nobody}"' in refused.text) == bool(nobody)
    assert browser.post("/profile/deputy", {**sent, "valid_to": "2020-01-01"}).status_code == 422
    assert browser.post("/profile/deputy", {**sent, "deputy": "", "deputy_text": "水科长"}).status_code == 303
    assert "水科长代" in browser.get("/profile").text


@pytest.mark.parametrize("user", ["an", "bai", "chen", "guan", "jin", "shen", "cun"])
def test_the_pages_of_officers_are_closed_to_others(desk: Desk, user: str) -> None:
    allowed = user == "shen"
    answer = desk.client().get("/admin/accounts", headers=desk.bearer(user))
    assert answer.status_code == (200 if allowed else 403)
