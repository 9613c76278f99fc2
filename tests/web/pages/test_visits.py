"""The member's page, the form of a visit without script, and the office's list of whom to visit."""

from typing import Any

import pytest
from sqlalchemy import select

from casework.activities.tables import Activity
from casework.cases.tables import Case
from casework.core.editions import known
from casework.households.actions import NewHousehold
from casework.households.actions import enter as enter_household
from tests.campaign import HEAD, PHONE, Tied, link, tie
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import MORNING, VILLAGE, World

pytestmark = pytest.mark.usefixtures("morning")


@pytest.fixture
def tied(world: World) -> Tied:
    return tie(world)


def send(browser: Browser, household: object, **changes: str) -> Any:
    form = form_of(browser.get(f"/visits/new?household={household}").text, "/visits/new")
    return browser.post("/visits/new", {**form, "findings": "收成还好", **changes})


def visits(world: World) -> list[Activity]:
    with world.db.reading() as session:
        return list(session.scalars(select(Activity).where(known(Activity)).order_by(Activity.on_date)))


def test_the_members_page_shows_households_by_need_with_one_button_each(desk: Desk, tied: Tied) -> None:
    chen = desk.browser("chen")
    assert chen.get("/").headers["Location"] == "/mine"
    page = chen.get("/mine")
    told = words_of(page.text)
    assert all(
        each in told
        for each in ("张*生", "竹园镇 方石村", "4 口人", "还没有走访过", "本季还没走访", "还有 1 户，共 1 户")
    )
    assert HEAD not in page.text and PHONE not in page.text and "李*芳" not in told
    assert page.text.count(f"/visits/new?household={tied.mine}") == 1
    assert 'aria-current="page"' in page.text and "我的联户" in told
    assert send(chen, tied.mine).headers["Location"] == "/mine"
    told = words_of(chen.get("/mine").text)
    assert "今天走访过" in told and "1 户都走访过了" in told and "走访记下了" in told


def test_a_visit_is_kept_without_script_with_its_difficulty(desk: Desk, tied: Tied, world: World) -> None:
    chen = desk.browser("chen")
    need = {"has_need": "yes", "need.title": "屋顶漏雨", "need.category": "housing", "need.urgency": "urgent"}
    answer = send(chen, tied.mine, when="yesterday", form="phone", policy="医保", next_on="2026-12-01", **need)
    assert answer.status_code == 303, answer.text
    (kept,) = visits(world)
    assert (kept.on_date.isoformat(), kept.form, kept.policy) == ("2026-10-13", "phone", "医保")
    with world.db.reading() as session:
        case = session.scalars(select(Case)).one()
    assert (case.title, case.urgency, case.activity_id, case.kind) == ("屋顶漏雨", "urgent", kept.id, "help")
    told = words_of(chen.get("/mine").text)
    assert "困难另成一件" in told and "屋顶漏雨" in told and "电话联系" in told
    assert "还没有走访过" in told, "a call is counted apart"


def test_mistakes_stand_at_their_questions_and_nothing_is_kept(desk: Desk, tied: Tied, world: World) -> None:
    chen = desk.browser("chen")
    answer = send(
        chen, tied.mine, findings=" ", when="other", on_date="2026-10-20", policy="医保", has_need="yes",
        **{"need.title": "", "need.category": "nothing"},
    )  # fmt: skip
    assert answer.status_code == 422
    wrong = ("findings", "on_date", "need.title", "need.category")
    assert all(f'href="#f-{name}"' in answer.text and f'id="f-{name}"' in answer.text for name in wrong)
    assert form_of(answer.text, "/visits/new")["policy"] == "医保"
    answer = send(chen, tied.other)
    assert answer.status_code == 422 and 'href="#f-household_id"' in answer.text
    early = send(chen, tied.mine, when="other", on_date="2026-10-10")
    assert early.status_code == 409 and "2026-10-12" in early.text
    assert visits(world) == []
    assert send(chen, tied.mine, when="other", on_date="2026-10-10", before_link="1").status_code == 303
    assert len(visits(world)) == 1


def test_a_form_sent_twice_keeps_one_visit(desk: Desk, tied: Tied, world: World) -> None:
    chen = desk.browser("chen")
    form = {**form_of(chen.get(f"/visits/new?household={tied.mine}").text, "/visits/new"), "findings": "收成还好"}
    assert [chen.post("/visits/new", form).status_code for _ in range(2)] == [303, 303]
    assert len(visits(world)) == 1
    told = words_of(chen.get(f"/visits/new?household={tied.mine}").text)
    assert "10-14 也走访过这户" in told and "收成还好" in told


def test_a_second_visit_of_a_week_is_asked_about_before_it_is_kept(desk: Desk, tied: Tied, world: World) -> None:
    chen = desk.browser("chen")
    assert send(chen, tied.mine, when="yesterday", form="phone").status_code == 303
    need = {"has_need": "yes", "need.title": "屋顶漏雨", "need.category": "housing"}
    held = send(chen, tied.mine, findings="送了种子", **need)
    told = words_of(held.text)
    assert held.status_code == 409 and "2026-10-13 陈青山 电话" in told and "是两次，都存下" in told
    form = form_of(held.text, "/visits/new")
    assert (form["findings"], form["need.title"]) == ("送了种子", "屋顶漏雨")
    with world.db.reading() as session:
        assert len(visits(world)) == 1 and session.scalars(select(Case)).all() == []
    assert "apart" not in form, "only the button says so"
    assert chen.post("/visits/new", {**form, "apart": "1"}).status_code == 303
    assert [each.remark or "" for each in visits(world)] == ["", "一周内另一次走访"]
    assert send(chen, tied.mine, when="other", on_date="2026-10-01", before_link="1").status_code == 303, "another week"


def test_a_visit_that_came_by_another_way_is_asked_about_until_somebody_answers(desk: Desk, tied: Tied) -> None:
    chen, clerk = desk.browser("chen"), desk.browser("he")
    token: Any = chen.get("/mine/token").json

    def enter(day: str) -> str:
        body = {"household_id": str(tied.mine), "on_date": day, "findings": "收成还好"}
        made: Any = chen.client.post("/api/v1/visits", json=body, headers={"X-CSRFToken": token["csrf"]}).json
        return str(made["id"])

    first, second, third = enter("2026-10-13"), enter("2026-10-14"), enter("2026-10-14")
    question = "说清是两次还是同一次"
    assert question not in chen.get(f"/activities/{first}").text
    assert "2026-10-13 陈青山" in words_of(chen.get(f"/activities/{second}").text)
    assert "是两次走访，还是同一次" in words_of(clerk.get(f"/households/{tied.mine}").text)
    asked = clerk.get(f"/visits/{second}/close")
    form = form_of(asked.text, f"/visits/{second}/apart")
    assert clerk.post(f"/visits/{second}/apart", form).headers["Location"] == f"/activities/{second}"
    assert question not in clerk.get(f"/activities/{second}").text
    form = form_of(chen.get(f"/visits/{third}/close").text, f"/visits/{third}/apart")
    assert chen.post(f"/visits/{third}/same", form).status_code == 303
    told = words_of(chen.get(f"/activities/{third}").text)
    assert question not in told and "已撤回" in told and "和 2026-10-13、2026-10-14 那次走访是同一次" in told
    assert "是两次走访，还是同一次" not in words_of(clerk.get(f"/households/{tied.mine}").text)
    assert chen.get(f"/visits/{third}/close").status_code == 404
    assert desk.browser("guan").get(f"/visits/{second}/close").status_code == 403


def test_the_form_is_told_who_was_there_within_the_week(desk: Desk, tied: Tied) -> None:
    chen = desk.browser("chen")
    send(chen, tied.mine)
    near: Any = chen.get(f"/visits/close?household={tied.mine}&on_date=2026-10-20").json
    far: Any = chen.get(f"/visits/close?household={tied.mine}&on_date=2026-10-22").json
    others: Any = chen.get(f"/visits/close?household={tied.other}&on_date=2026-10-14").json
    assert (near, far, others) == ({"visits": ["2026-10-14 陈青山 入户"]}, {"visits": []}, {"visits": []})
    assert chen.get("/visits/close?on_date=x").status_code == 422
    assert desk.browser("he").get("/visits/close?on_date=2026-10-14").status_code == 403


def test_the_office_lists_whom_to_visit_and_narrows_it(desk: Desk, tied: Tied, world: World) -> None:
    send(desk.browser("chen"), tied.mine)
    clerk = desk.browser("he")
    told = words_of(clerk.get("/visits/due").text)
    assert all(each in told for each in ("张*生", "李*芳", "陈青山", "罗敏", "本季已走访", "本季还没走访"))
    assert told.index("李*芳") < told.index("张*生"), "who was never visited waits longest"
    assert "张*生" not in words_of(clerk.get("/visits/due?missing=true").text)
    assert "李*芳" not in words_of(clerk.get(f"/visits/due?member={tied.member}").text)
    assert "张*生" not in words_of(clerk.get("/visits/due?q=罗敏").text)
    assert "没有这样的户" in words_of(clerk.get("/visits/due?region=510822106").text)
    assert clerk.get("/visits/due?member=x&missing=true").headers["Location"] == "/visits/due?missing=true"
    assert 'href="/visits/due"' in clerk.get("/households").text


def test_the_list_is_to_be_had_as_of_a_day_that_has_passed(desk: Desk, tied: Tied) -> None:
    send(desk.browser("chen"), tied.mine)
    clerk = desk.browser("he")
    before, after = (words_of(clerk.get(f"/visits/due?on=2026-10-{day}").text) for day in (13, 14))
    assert "截至：10月13日" in before and "张*生" in before and "张*生" in after
    assert "本季已走访" not in before and "本季已走访" in after
    assert "截至：2025年10月14日" in words_of(clerk.get("/visits/due?on=2025-10-14").text)
    # Of a day to come nobody knows who will have been visited.
    assert clerk.get("/visits/due?on=2026-10-15&missing=true").headers["Location"] == "/visits/due?missing=true"
    page = clerk.get("/campaign?as_of=2026-10-13").text
    way = "/visits/due?campaign=SLSC-2022&amp;on=2026-10-13"
    assert f'href="{way}"' in page and clerk.get(way.replace("&amp;", "&")).status_code == 200
    assert 'href="/visits/due?campaign=SLSC-2022"' in clerk.get("/campaign").text


def test_the_office_pages_through_a_long_list(desk: Desk, tied: Tied, world: World) -> None:
    with world.db.transaction() as session:
        for n in range(60):
            row = enter_household(session, NewHousehold(VILLAGE, f"王{n}"), actor=world["he"], at=MORNING)
            link(session, tied.colleague, row.id, actor=world["he"], at=MORNING)
    clerk = desk.browser("he")
    first = clerk.get("/visits/due").text
    assert first.count("<tr data-row>") == 50
    after = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert clerk.get(f"/visits/due{after}").text.count("<tr data-row>") == 12


def test_who_is_no_member_has_no_such_page_and_who_is_not_on_the_roll_is_told(desk: Desk, world: World) -> None:
    for who in ("he", "bai", "guan"):
        assert desk.browser(who).get("/mine").status_code == 403
        assert desk.browser(who).get("/visits/new").status_code == 403
    assert desk.browser("guan").get("/visits/due").status_code == 200
    assert desk.browser("chen").get("/visits/due").status_code == 403
    assert "请办公室登记" in words_of(desk.browser("chen").get("/mine").text)


def test_the_worker_is_served_at_the_root_and_a_fresh_token_to_its_owner(desk: Desk, tied: Tied) -> None:
    worker = desk.client().get("/sw.js")
    assert worker.mimetype == "text/javascript" and "/visits/new" in worker.text
    assert worker.headers["Cache-Control"] == "no-cache"
    chen = desk.browser("chen")
    told: Any = chen.get("/mine/token").json
    assert told["person"] == str(desk.world["chen"].person_id)
    body = {"household_id": str(tied.mine), "on_date": "2026-10-14", "findings": "收成还好"}
    sent = chen.client.post("/api/v1/visits", json=body, headers={"X-CSRFToken": told["csrf"]})
    assert sent.status_code == 201, sent.text
