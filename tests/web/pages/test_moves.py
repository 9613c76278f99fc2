"""Steps and acts through the pages: a whole life by its roles, reasons, stale forms, the guard before a reply, money."""

import io
from typing import Any

import pytest

from casework.cases.tables import Case
from casework.core import clock
from casework.registry.tables import AuditEvent
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")


def path_of(world: World, case_id: Any) -> str:
    return f"/cases/{world.case(case_id).number}"


def move(browser: Browser, path: str, trigger: str, **given: Any) -> Any:
    """Fill in the form of a step as it is shown, and send it."""
    action = f"{path}/moves/{trigger}"
    page = browser.get(action)
    assert page.status_code == 200, words_of(page.text)
    return browser.post(action, {**form_of(page.text, action), **given})


def act(browser: Browser, path: str, **given: Any) -> Any:
    page = browser.get(path)
    assert page.status_code == 200, words_of(page.text)
    action = path.split("?", maxsplit=1)[0]
    return browser.post(action, {**form_of(page.text, action), **given})


def test_a_whole_life_through_the_pages(desk: Desk, world: World, morning: Any) -> None:
    case_id = world.report()
    path = path_of(world, case_id)
    clerk, handler, head = desk.browser("he"), desk.browser("bai"), desk.browser("an")
    assert move(clerk, path, "assign", org="SLJ", route="two_offices", comment="请先送水").status_code == 303
    handler.get(path)
    assert handler.post(f"{path}/moves/acknowledge").status_code == 303
    assert move(handler, path, "contact", words="明天去看", spoke_to="李*芳").status_code == 303
    assert move(handler, path, "coordinate", plan="水利局出管材，镇上出工").status_code == 303
    line = {"stage": "approved", "amount": "80,000.00", "source": "县财政局", "document_no": "青财农〔2026〕31号"}
    assert act(handler, f"{path}/funds/new", **line).status_code == 303
    assert act(handler, f"{path}/co-tasks/new", org="ZYZ", question="谁送水？", due_on="2026-10-20").status_code == 303
    blocked = handler.get(f"{path}/moves/resolve")
    assert blocked.status_code == 409 and "协办" in blocked.text
    town = desk.browser("zhen")
    task = town.get(path).text.split(f"{path}/co-tasks/")[1].split("?")[0]
    assert act(town, f"{path}/co-tasks/{task}?do=answer", answer="镇上每天送一车").status_code == 303
    reply = "两处断口已焊好，水已通到户，蓄水池也清洗过了，有事请打水利局值班电话。"
    assert move(handler, path, "resolve", result_class="A", reply=reply).status_code == 303
    assert world.case(case_id).state == "resolved"
    assert handler.get(f"{path}/moves/close").status_code == 403
    closed = move(head, path, "close", followed_up="reached", satisfaction="satisfied", attitude="satisfied")
    assert closed.status_code == 303 and world.case(case_id).state == "closed"
    told = words_of(head.get(path).text)
    for said in (
        "请先送水",
        "水利局出管材",
        "批复 8.00 万元",
        "镇上每天送一车",
        "对结果满意",
    ):
        assert said in told, said


def test_the_form_says_that_the_unit_that_leads_cannot_help_itself(desk: Desk) -> None:
    path = f"/cases/{desk.world.case(desk.world.coordinated()).number}"
    refused = act(desk.browser("bai"), f"{path}/co-tasks/new", org="SLJ", question="谁送水？", due_on="2026-10-20")
    assert refused.status_code == 409 and "主办单位，不能再协办" in refused.text and "谁送水？" in refused.text


def test_what_may_not_be_done_is_refused_with_reasons_and_hidden_cases_stay_hidden(desk: Desk, world: World) -> None:
    case_id = world.assigned()
    path = path_of(world, case_id)
    handler = desk.browser("bai")
    assert handler.get(f"{path}/moves/assign").status_code == 403
    refused = handler.get(f"{path}/moves/resume")
    assert refused.status_code == 403
    assert desk.browser("an").get(f"{path}/moves/resume").status_code == 409
    assert handler.get(f"{path}/moves/nonsense").status_code == 404
    assert desk.browser("jiao").get(f"{path}/moves/resolve").status_code == 404
    observer = desk.browser("guan")
    observer.get(path)
    for tail in ("moves/assign", "progress", "urge", "mend", "split", "links/new", "funds/new", "reveal?field=name"):
        assert observer.get(f"{path}/{tail}").status_code == 403, tail
    assert observer.post(f"{path}/comments", {"text": "看看"}).status_code == 403


def test_missing_and_wrong_fields_stand_beside_them_with_what_was_typed(desk: Desk, world: World) -> None:
    case_id = world.coordinated()
    path = path_of(world, case_id)
    handler = desk.browser("bai")
    answer = move(handler, path, "resolve", result_class="B", reply="管材订了，装好再告诉您，请放心等几天")
    assert answer.status_code == 422 and 'href="#f-review_on"' in answer.text
    kept = form_of(answer.text, f"{path}/moves/resolve")
    assert kept["result_class"] == "B" and "管材订了" in kept["reply"]
    assert move(desk.browser("an"), path, "suspend", reason="等", until="2026-02-30").status_code == 422


def test_a_form_made_before_somebody_else_acted_comes_back_with_what_changed(desk: Desk, world: World) -> None:
    case_id = world.coordinated()
    path = path_of(world, case_id)
    handler = desk.browser("bai")
    action = f"{path}/moves/resolve"
    form = form_of(handler.get(action).text, action)
    world.move(case_id, "contact", "shui", words="说好周三通水", spoke_to="李*芳", at=clock.now())
    answer = handler.post(action, {**form, "result_class": "A", "reply": "水已经通了，请您试试看，不通再打电话来"})
    assert answer.status_code == 409 and "别人动过这件" in answer.text and "说好周三通水" in words_of(answer.text)
    again = form_of(answer.text, action)
    assert "水已经通了" in again["reply"] and int(again["version"]) == world.case(case_id).version
    assert handler.post(action, again).status_code == 303


def test_a_double_press_does_it_once(desk: Desk, world: World) -> None:
    case_id = world.assigned()
    path = path_of(world, case_id)
    handler = desk.browser("bai")
    action = f"{path}/progress"
    form = {**form_of(handler.get(action).text, action), "text": "明天进场"}
    assert [handler.post(action, form).status_code for _ in range(2)] == [303, 303]
    assert [each.trigger for each in world.history(case_id)].count("comment") == 1
    action = f"{path}/moves/contact"
    form = {**form_of(handler.get(action).text, action), "words": "打过电话", "spoke_to": "李*芳"}
    answers = [handler.post(action, form) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    assert [each.trigger for each in world.history(case_id)].count("contact") == 1


def test_the_guard_reads_a_reply_before_it_is_sent_and_lets_it_pass_when_ticked(desk: Desk, world: World) -> None:
    first = world.coordinated()
    reply = "李女士：木鱼镇的两处断口已经焊好，水已通到户，蓄水池也清洗过了，有事请打 13812345678。"
    world.move(first, "resolve", "bai", result_class="A", reply=reply)
    second = world.coordinated(title="二组水压不足", reporter={"name": "张三", "phone": "13900000876"})
    path = path_of(world, second)
    handler = desk.browser("bai")
    answer = move(handler, path, "resolve", result_class="A", reply=reply)
    assert answer.status_code == 409 and world.case(second).state == "coordinated"
    told = words_of(answer.text)
    for said in (world.case(first).number, "木鱼镇", "李女士", "电话或身份证号"):
        assert said in told, said
    assert "warnings_seen" in answer.text
    for letter, says_so in (
        ("张大三您好，", True),
        ("您好，李桂英：", True),
        ("张三，您好！", False),
        ("经核实：", False),
    ):
        typed = f"{letter}二组的水压昨天调高了，楼上也有水了。"
        told = words_of(move(handler, path, "resolve", result_class="B", reply=typed).text)
        assert ("称呼" in told) is says_so, letter
    action = f"{path}/moves/resolve"
    form = form_of(answer.text, action)
    assert handler.post(action, {**form, "warnings_seen": "1"}).status_code == 303
    harmless = world.coordinated(title="水表不转", reporter={"name": "李小芳", "phone": "13900000876"})
    calm = "方石村三组的水表已经换新，用水正常，谢谢您反映这件事。"
    assert move(handler, path_of(world, harmless), "resolve", result_class="A", reply=calm).status_code == 303


def test_who_declines_reads_whom_to_name_and_so_does_who_reads_english(desk: Desk, world: World) -> None:
    path, clerk = path_of(world, world.report(category="drinking_water")), desk.browser("he")
    told = words_of(clerk.get(f"{path}/moves/decline").text)
    assert "这类事还可以找：县供水服务热线和村里的管水员；或政务服务热线 12345" in told
    other = path_of(world, world.report(category="other"))
    clerk.get("/language/en?next=/work")
    assert "Who else sees to such a matter: the government hotline 12345" in words_of(
        clerk.get(f"{other}/moves/decline").text
    )


def test_a_step_without_fields_is_taken_in_place(desk: Desk, world: World) -> None:
    case_id = world.assigned()
    path = path_of(world, case_id)
    handler = desk.browser("bai")
    handler.get(path)
    part = handler.post(f"{path}/moves/acknowledge", headers={"HX-Request": "true"})
    assert part.status_code == 200 and 'id="case-actions"' in part.text and "data-toast" in part.text
    assert world.case(case_id).acknowledged_at is not None
    again = handler.post(f"{path}/moves/acknowledge", headers={"HX-Request": "true"})
    assert again.status_code == 409 and "已经签收过了" in again.text


def test_notes_are_internal_swapped_in_place_and_their_drafts_end(desk: Desk, world: World) -> None:
    case_id = world.report("chen")
    path = path_of(world, case_id)
    clerk, member = desk.browser("he"), desk.browser("chen")
    clerk.get(path)
    clerk.post(f"/drafts/comment/{case_id}", {"text": "写到一半的话"})
    assert world.case(case_id).title in clerk.get("/work?tab=drafts").text
    assert "写到一半的话" in clerk.get(path).text
    part = clerk.post(f"{path}/comments", {"text": "镇上说明天去"}, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<section") and "镇上说明天去" in part.text
    assert "写到一半的话" not in clerk.get(path).text
    told = words_of(member.get(path).text)
    assert "镇上说明天去" not in told and "内部备注，只有办件的人能看" in told


def test_money_moves_on_and_is_taken_back_by_a_mirror_line(desk: Desk, world: World) -> None:
    case_id = world.coordinated()
    path = path_of(world, case_id)
    handler = desk.browser("bai")
    line = {"stage": "approved", "amount": "120000", "source": "县财政局", "document_no": "青财农〔2026〕31号"}
    assert act(handler, f"{path}/funds/new", **line, expected_on="2026-10-30").status_code == 303
    moved = act(handler, f"{path}/funds/new", **{**line, "stage": "arrived", "amount": "80000", "document_no": "拨 2"})
    assert moved.status_code == 303
    told = words_of(handler.get(f"{path}/funds").text)
    assert "还差 4.00 万元到位" in told and "12.00" in told and "8.00" in told
    too_much = act(handler, f"{path}/funds/new", **{**line, "stage": "disbursed", "amount": "900000"})
    assert too_much.status_code == 409 and "不能变多" in too_much.text
    bad = act(handler, f"{path}/funds/new", **{**line, "amount": "很多"})
    assert bad.status_code == 422 and 'href="#f-amount"' in bad.text
    lines = handler.get(f"{path}/funds").text
    reverse = lines.rpartition("/reverse")[0].rpartition('href="')[2] + "/reverse"
    assert act(handler, reverse, note="金额记错").status_code == 303
    assert "−8.00" in words_of(handler.get(f"{path}/funds").text)
    assert handler.get(f"{path_of(world, world.assigned())}/funds/new").status_code == 409


def test_more_time_is_asked_by_the_unit_and_decided_by_another(desk: Desk, world: World) -> None:
    case_id = world.coordinated()
    path = path_of(world, case_id)
    handler, head, clerk = desk.browser("bai"), desk.browser("an"), desk.browser("he")
    past = act(handler, f"{path}/extensions/new", until="2026-10-13", reason="等管材")
    assert past.status_code == 409
    assert act(handler, f"{path}/extensions/new", until="2026-10-30", reason="等管材").status_code == 303
    page = head.get(path).text
    request = page.split(f"{path}/extensions/")[1].split('"')[0]
    assert clerk.get(f"{path}/extensions/{request}").status_code == 403
    assert act(head, f"{path}/extensions/{request}", grant="yes", reason="同意").status_code == 303
    assert "批准延期到" in words_of(head.get(path).text)
    assert act(head, f"{path}/extensions/{request}", grant="no", reason="改主意").status_code == 409


def test_urging_linking_splitting_and_mending(desk: Desk, world: World) -> None:
    case_id, other = world.assigned(), world.report(title="另一件")
    path, number = path_of(world, case_id), world.case(other).number
    head = desk.browser("an")
    assert act(head, f"{path}/urge", text="请抓紧").status_code == 303
    assert act(head, f"{path}/links/new", to=number).status_code == 303
    assert act(head, f"{path}/links/new", to="QC-AJ-2026-999999").status_code == 422
    assert number in head.get(path).text
    split = act(head, f"{path}/split", title_0="水管", text_0="水管断了", title_1="路灯", text_1="路灯不亮")
    assert split.status_code == 303
    assert act(head, f"{path}/split", title_0="只有事由", text_0="", title_1="").status_code == 422
    mended = act(head, f"{path}/mend", title="三组水管断了两处", kind="complaint")
    assert mended.status_code == 303 and world.case(case_id).kind == "complaint"
    told = words_of(head.get(path).text)
    assert "改正了 事由" in told, told[told.index("改正了") :][:60]
    assert "请抓紧" in told and "到期日从" in told


def test_a_mask_is_lifted_one_by_one_with_a_reason_and_logged(desk: Desk, world: World) -> None:
    case_id = world.assigned()
    path = path_of(world, case_id)
    handler = desk.browser("bai")
    dialog = handler.get(f"{path}/reveal?field=phone", headers={"HX-Request": "true"})
    assert "<html" not in dialog.text and "还能看 50 次" in dialog.text
    told = handler.post(f"{path}/reveal?field=phone", {"reason": "call"}, headers={"Accept": "application/json"})
    assert told.json == {"value": "13900000876", "left": 49, "seconds": 60}
    page = handler.post(f"{path}/reveal?field=name", {"reason": "check", "words": "核对低保名册"})
    assert "李小芳" in page.text and page.headers["Cache-Control"] == "no-store"
    assert handler.get(f"{path}/reveal?field=secret").status_code == 404
    with world.db.reading() as session:
        events = session.query(AuditEvent).where(AuditEvent.event == "reveal").all()
        assert sorted(each.facts["reason"] for each in events) == ["核对是不是本人：核对低保名册", "要联系反映人"]
    assert desk.browser("guan").get(f"{path}/reveal?field=phone").status_code == 403


def test_files_are_put_to_a_case_from_its_page(desk: Desk, world: World) -> None:
    case_id = world.assigned()
    path = path_of(world, case_id)
    handler = desk.browser("bai")
    handler.get(path)
    sent = {"file": (io.BytesIO("现场情况".encode()), "现场.txt")}
    assert handler.post(f"{path}/files", sent).headers["Location"].endswith("#case-files")
    assert "现场.txt" in handler.get(path).text
    handler.post(f"{path}/files", {"file": (io.BytesIO(b"MZ"), "a.exe")})
    with world.db.reading() as session:
        assert session.get_one(Case, case_id).attachments_total == 1
    assert "只能" in handler.get(path).text or handler.get(path).status_code == 200


def test_afterwards_one_goes_on_to_the_next_of_the_list(desk: Desk, world: World) -> None:
    first, second = world.assigned(title="甲件"), world.assigned(title="乙件")
    handler = desk.browser("bai")
    page = handler.get("/cases?sort=-reported").text
    numbers = [world.case(each).number for each in (first, second)]
    order = sorted(numbers, key=page.index)
    answer = act(handler, f"/cases/{order[0]}/progress", text="明天进场", after="next")
    assert answer.headers["Location"] == f"/cases/{order[1]}"
    answer = act(handler, f"/cases/{order[1]}/progress", text="也是明天")
    assert answer.headers["Location"].startswith("/cases?")


def test_a_merge_can_be_taken_back_from_the_toast(desk: Desk, world: World) -> None:
    kept, gone = world.report(title="先登记的"), world.report(title="后登记的")
    head = desk.browser("an")
    path = path_of(world, gone)
    assert move(head, path, "merge", into=world.case(kept).number).status_code == 303
    page = head.get(path).text
    assert f'action="{path}/moves/unmerge"' in page and "撤销" in page
    assert head.post(f"{path}/moves/unmerge").status_code == 303
    assert world.case(gone).state == "reported"


def test_a_second_return_waits_for_the_head(desk: Desk, world: World) -> None:
    case_id = world.assigned()
    for _ in range(2):
        world.move(case_id, "return", "bai", reason="不归本单位", suggested_org="ZYZ")
        if world.case(case_id).returns < 2:
            world.move(case_id, "assign", "an", org="SLJ")
    path = path_of(world, case_id)
    clerk, head = desk.browser("he"), desk.browser("an")
    told = words_of(clerk.get(path).text)
    assert "已被退回 2 次" in told and "要先由办公室负责人裁定归谁办" in told
    assert clerk.get(f"{path}/moves/assign").status_code == 409
    # Both named the same unit: the form proposes it.
    assert head.get(f"{path}/moves/arbitrate").text.count("竹园镇人民政府") == 3
    assert move(head, path, "arbitrate", org="ZYZ", ruling="管网在镇上").status_code == 303
    page = clerk.get(f"{path}/moves/assign")
    assert "竹园镇人民政府" in page.text
    assert move(clerk, path, "assign", org="ZYZ").status_code == 303
