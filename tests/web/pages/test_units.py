"""What a unit settles for itself and what money is credited to: the signer's switch, shares of a sum, mended answers."""

import re
from typing import Any

import pytest

from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.web.pages.test_moves import act, move, path_of
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")

REPLY = "两处断口已焊好，水已通到户，蓄水池也清洗过了，有事请打水利局值班电话。"


def switch(browser: Browser, code: str = "SLJ", **given: str) -> Any:
    browser.get("/profile")
    return browser.post(f"/profile/units/{code}", given)


def test_only_the_head_of_a_unit_switches_who_signs_its_results(desk: Desk, world: World) -> None:
    head = desk.browser("shui")
    assert "承办人起草，负责人签发" in head.get("/profile").text
    assert "负责人签发" not in desk.browser("bai").get("/profile").text
    assert switch(desk.browser("bai"), signs_results="1").status_code == 403
    assert switch(head, "JYJ", signs_results="1").status_code == 404
    assert switch(head, "NIL", signs_results="1").status_code == 404
    case_id = world.coordinated()
    resolve = f"{path_of(world, case_id)}/moves/resolve"
    assert 'name="reply"' in desk.browser("bai").get(resolve).text
    assert switch(head, signs_results="1").status_code == 303
    assert "送负责人签发" in desk.browser("bai").get(resolve).text
    told = words_of(desk.browser("shen").get("/admin/audit?event=org.mended").text)
    assert "改了单位 水科长" in told and "县水利局；负责人签发 否 → 是" in told
    assert switch(head).status_code == 303
    assert "送负责人签发" not in desk.browser("bai").get(resolve).text


def test_the_handler_drafts_and_the_head_signs(desk: Desk, world: World) -> None:
    case_id = world.coordinated()
    path = path_of(world, case_id)
    handler, head = desk.browser("bai"), desk.browser("shui")
    switch(head, signs_results="1")
    assert f'href="{path}/moves/resolve"' in handler.get(path).text
    draft = move(handler, path, "resolve", result_class="A", reply=REPLY)
    assert draft.status_code == 303 and world.case(case_id).state == "coordinated"
    assert [each.trigger for each in world.history(case_id)][-1] == "comment"
    assert "答复已起草，请签发" in head.get(path).text
    assert REPLY not in words_of(handler.get("/work").text) and "tab=drafts" not in handler.get("/work").text
    form = head.get(f"{path}/moves/resolve").text
    assert REPLY in form and "白工起草" in form
    signed = head.post(f"{path}/moves/resolve", {**form_of(form, f"{path}/moves/resolve"), "warnings_seen": "1"})
    assert signed.status_code == 303 and world.case(case_id).state == "resolved"
    assert world.case(case_id).reply == REPLY and world.case(case_id).resolved_by == world["shui"].person_id
    # What was signed is gone from the drawer: work that comes back begins empty.
    world.move(case_id, "rework", "an", reason="没说水质")
    assert REPLY not in head.get(f"{path}/moves/resolve").text


def test_a_draft_handed_in_is_not_to_be_forged_or_read_by_others(desk: Desk, world: World) -> None:
    case_id = world.coordinated()
    head = desk.browser("shui")
    switch(head, signs_results="1")
    stranger = desk.browser("jiao")
    stranger.get("/profile")
    assert stranger.post(f"/drafts/handed.resolve/{case_id}", {"reply": "冒名的答复"}).status_code == 404
    assert (
        move(desk.browser("bai"), path_of(world, case_id), "resolve", result_class="A", reply=REPLY).status_code == 303
    )
    assert stranger.get(f"{path_of(world, case_id)}/moves/resolve").status_code == 404
    assert desk.browser("he").get(f"{path_of(world, case_id)}/moves/resolve").status_code == 403


def line_of(browser: Browser, path: str) -> str:
    found = re.search(rf"{path}/funds/([0-9a-f-]{{36}})/share", browser.get(f"{path}/funds").text)
    assert found
    return found[1]


def test_a_sum_is_credited_in_shares_of_at_most_a_hundred(desk: Desk, world: World) -> None:
    case_id = world.coordinated()
    path = path_of(world, case_id)
    handler = desk.browser("bai")
    line = {"stage": "approved", "amount": "80,000.00", "source": "水利专项", "document_no": "青水〔2026〕31号"}
    act(handler, f"{path}/funds/new", **line)
    share = f"{path}/funds/{line_of(handler, path)}/share"
    assert act(handler, share, member="陈委员", share="60", role="lead").status_code == 303
    assert act(handler, share, org="SLJ", share="40", role="joint").status_code == 303
    told = words_of(handler.get(f"{path}/funds").text)
    assert "陈委员 60.00 %（牵头）" in told and "县水利局 40.00 %（参与）" in told
    assert "批复 8.00" in told and "批复 8.00 万元" in told and "80000" not in told
    over = act(handler, share, member="陈委员", share="0.01", role="lead")
    assert over.status_code == 409 and "份额只剩 0.00%" in over.text
    nobody = act(handler, share, member="查无此人", share="1", role="lead")
    assert nobody.status_code == 422 and 'id="e-member"' in nobody.text
    assert act(handler, share, share="1", role="lead").status_code == 422
    assert act(handler, share, member="陈委员", share="x", role="lead").status_code == 422
    assert desk.browser("jin").get(share).status_code == 403


def test_what_was_not_asked_leads_to_where_it_is_filled_in(desk: Desk, world: World) -> None:
    case_id = world.report()
    path = path_of(world, case_id)
    clerk = desk.browser("he")
    page = clerk.get(path).text
    assert f'href="{path}/mend#f-q_since"' in page and "没问到" in words_of(page)
    assert f"{path}/mend#f-q_since" in clerk.get(f"/triage/{path.rsplit('/', 1)[-1]}").text
    assert f"{path}/mend" not in desk.browser("guan").get(path).text
    assert act(clerk, f"{path}/mend", q_since="2026-09-28", q_households="17").status_code == 303
    assert world.case(case_id).answers == {"since": "2026-09-28", "households": 17}
    told = words_of(clerk.get(path).text)
    assert "2026-09-28" in told and "改正了 该类要问的" in told
    wrong = act(clerk, f"{path}/mend", q_households="十来户")
    assert wrong.status_code == 422 and 'id="e-q_households"' in wrong.text


def test_a_wrong_telephone_is_mended_without_lifting_the_mask(desk: Desk, world: World) -> None:
    case_id = world.report(reporter={"name": "李小芳", "phone": "13900000876", "id_number": "510822198001010023"})
    path = path_of(world, case_id)
    clerk = desk.browser("he")
    assert "13900000876" not in clerk.get(f"{path}/mend").text
    assert act(clerk, f"{path}/mend", reporter_phone="13800001234").status_code == 303
    case = world.case(case_id)
    assert (case.reporter_name, case.reporter_phone) == ("李*芳", "138****1234") and case.reporter_id_number
    wrong = act(clerk, f"{path}/mend", reporter_phone="12")
    assert wrong.status_code == 422 and 'id="e-reporter_phone"' in wrong.text
