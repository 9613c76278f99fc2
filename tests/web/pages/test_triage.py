"""The triage desk and one's own work: the queue, proposals with grounds, assigning and the next one, what waits."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from casework.cases import assignment_rules
from casework.cases.tables import Case
from casework.core import clock
from tests import meeting
from tests.web.desk import Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import COUNTY, MORNING, VILLAGE, World

pytestmark = pytest.mark.usefixtures("morning")
HX = {"HX-Request": "true"}


def number(world: World, case_id) -> str:
    return world.case(case_id).number


def keep_rule(world: World) -> None:
    with world.db.transaction() as session:
        raw = {"category": "drinking_water", "region": COUNTY, "org": "SLJ", "route": "two_offices"}
        assignment_rules.put(session, raw, actor=world["an"], at=clock.now())


def test_the_queue_stands_by_haste_and_deadline_with_the_first_case_open(desk: Desk, world: World) -> None:
    calm = world.report(title="慢慢来的", at=MORNING - timedelta(hours=1))
    hasty = world.report(title="老人高烧不退", urgency="critical")
    page = desk.browser("he").get("/triage")
    assert page.status_code == 200
    assert page.text.index("老人高烧不退") < page.text.index("慢慢来的") and "特急" in page.text
    assert f'action="/triage/{number(world, hasty)}/assign"' in page.text
    assert "第 1 件，共 2 件" in words_of(page.text) and number(world, calm) in page.text


def test_a_unit_is_proposed_by_rule_with_its_grounds_and_the_form_is_filled(desk: Desk, world: World) -> None:
    keep_rule(world)
    case_id = world.report()
    page = desk.browser("he").get(f"/triage/{number(world, case_id)}")
    told = words_of(page.text)
    assert "规则“饮水 × 全县”" in told and "85%" in told and 'data-code="SLJ"' in page.text
    assert "<mark>蓄水池</mark>" in page.text and "求助 7 个工作日" in told
    form = form_of(page.text, f"/triage/{number(world, case_id)}/assign")
    assert form["category"] == "drinking_water" and form["route"] == "two_offices"


def test_assigning_opens_the_next_one_in_place_and_as_a_page(desk: Desk, world: World) -> None:
    first, second, third = (world.report(title=title) for title in ("甲件", "乙件", "丙件"))
    clerk = desk.browser("he")
    path = f"/triage/{number(world, first)}"
    form = form_of(clerk.get(path).text, f"{path}/assign")
    part = clerk.post(f"{path}/assign", {**form, "org": "SLJ", "comment": "请先送水"}, headers=HX)
    assert part.status_code == 200 and "<html" not in part.text
    # What was assigned may still stand among what looks alike; the queue has lost it.
    assert "乙件" in part.text and f'href="/triage/{number(world, first)}' not in part.text
    assert part.headers["HX-Push-Url"] == f"/triage/{number(world, second)}" and "已交办县水利局" in part.text
    assert 'id="desk-side"' in part.text and 'id="desk-queue"' in part.text
    assert world.case(first).state == "assigned"
    path = f"/triage/{number(world, second)}"
    form = form_of(clerk.get(path).text, f"{path}/assign")
    # A unit that is none stays as it was typed, and no proposal takes its place.
    wrong = clerk.post(f"{path}/assign", {**form, "org": "", "org_text": "没有这个局"}, headers=HX)
    assert wrong.status_code == 422 and 'value="没有这个局"' in wrong.text and 'data-code=""' in wrong.text
    answer = clerk.post(f"{path}/assign", {**form, "org": "县水利局"})
    assert answer.status_code == 303 and answer.headers["Location"] == f"/triage/{number(world, third)}"
    path = f"/triage/{number(world, third)}"
    form = form_of(clerk.get(path).text, f"{path}/assign")
    last = clerk.post(f"{path}/assign", {**form, "org": "SLJ"}, headers=HX)
    assert last.headers["HX-Redirect"] == "/triage"
    assert "分完了" in clerk.get("/triage").text


def test_a_slip_is_taken_back_from_the_toast_and_no_later(desk: Desk, world: World) -> None:
    case_id, _other = world.report(title="甲件"), world.report(title="乙件")
    clerk = desk.browser("he")
    path = f"/triage/{number(world, case_id)}"
    form = form_of(clerk.get(path).text, f"{path}/assign")
    part = clerk.post(f"{path}/assign", {**form, "org": "SLJ"}, headers=HX)
    assert f'action="{path}/recall"' in part.text and "撤销" in part.text
    back = clerk.post(f"{path}/recall")
    assert back.status_code == 303 and back.headers["Location"] == path
    assert "已撤回" in clerk.get(path).text and world.case(case_id).state == "reported"
    world.move(case_id, "assign", "he", org="SLJ")
    world.move(case_id, "acknowledge", "bai")
    refused = clerk.post(f"{path}/recall")
    assert "撤不回了" in clerk.get(refused.headers["Location"]).text
    assert world.case(case_id).state == "assigned"


def test_what_triage_puts_right_is_kept_with_the_assignment(desk: Desk, world: World) -> None:
    case_id = world.report()
    clerk = desk.browser("he")
    path = f"/triage/{number(world, case_id)}"
    form = form_of(clerk.get(path).text, f"{path}/assign")
    answer = clerk.post(
        f"{path}/assign", {**form, "org": "SLJ", "co_orgs": "ZYZ", "urgency": "urgent", "kind": "complaint"}
    )
    assert answer.status_code == 303
    case = world.case(case_id)
    assert (case.state, case.urgency, case.kind) == ("assigned", "urgent", "complaint")
    assert [each.trigger for each in world.history(case_id)] == ["report", "mend", "assign"]


def test_mistakes_stay_on_the_desk(desk: Desk, world: World) -> None:
    case_id = world.report()
    clerk = desk.browser("he")
    path = f"/triage/{number(world, case_id)}"
    form = form_of(clerk.get(path).text, f"{path}/assign")
    answer = clerk.post(f"{path}/assign", {**form, "org": "", "urgency": "urgent", "comment": "请先送水"})
    assert answer.status_code == 422 and 'href="#f-org"' in answer.text and "请先送水" in answer.text
    assert world.case(case_id).urgency == "normal"
    world.move(case_id, "assign", "an", org="JYJ")
    late = clerk.post(f"{path}/assign", {**form, "org": "SLJ"})
    assert late.status_code == 409 and world.case(case_id).lead_org_id == world.orgs["JYJ"]
    assert "不用再分办" in late.text


def test_look_alikes_are_merged_or_linked_from_the_desk(desk: Desk, world: World) -> None:
    kept, case_id = world.report(), world.report()
    head = desk.browser("an")
    page = head.get(f"/triage/{number(world, case_id)}")
    assert number(world, kept) in page.text and 'name="into"' in page.text
    assert f"/cases/{number(world, case_id)}/compare/{number(world, kept)}" in page.text
    sent = {"into": number(world, kept), "version": "1"}
    assert head.post(f"/cases/{number(world, case_id)}/moves/merge", sent).status_code == 303
    assert world.case(case_id).state == "merged"


def test_tabs_narrow_the_queue_and_lead_to_the_public_inbox(desk: Desk, world: World) -> None:
    fresh = world.report(title="刚登记的")
    returned = world.assigned(title="退回来的")
    world.move(returned, "return", "bai", reason="不归本单位")
    page = desk.browser("he").get("/triage?tab=returned")
    assert "退回来的" in page.text and 'href="/triage/public"' in page.text
    assert f'href="/triage/{number(world, fresh)}' not in page.text
    assert f'href="/triage/{number(world, fresh)}' in desk.browser("he").get("/triage").text
    assert "退回 1 次" in page.text


def test_a_returned_case_says_who_must_rule(desk: Desk, world: World) -> None:
    case_id = world.assigned()
    world.move(case_id, "return", "bai", reason="不归本单位")
    world.move(case_id, "assign", "an", org="JYJ")
    world.move(case_id, "return", "jiao", reason="也不归")
    page = desk.browser("an").get(f"/triage/{number(world, case_id)}")
    assert "已被退回 2 次" in page.text and f"/cases/{number(world, case_id)}/moves/arbitrate" in page.text
    clerk = desk.browser("he").get(f"/triage/{number(world, case_id)}")
    assert "moves/arbitrate" not in clerk.text
    # Nobody is offered to assign it: the head rules, and sees why it was given back; the clerk reads what it waits for.
    assert "交办并看下一件</span></button>" not in page.text.replace('<kbd aria-hidden="true">A</kbd>', "")
    assert 'aria-disabled="true" aria-describedby="rule-why"' in clerk.text and "{org}" not in clerk.text
    ruling = words_of(desk.browser("an").get(f"/cases/{number(world, case_id)}/moves/arbitrate").text)
    assert "为什么退回" in ruling and "不归本单位" in ruling and "也不归" in ruling
    # The ruling stands as a precedent before the office's own rule, at the next like case and nowhere else.
    keep_rule(world)
    world.move(case_id, "arbitrate", "an", org="ZYZ", ruling="管网移交给镇上了")
    alike, other = world.report(title="又有一处漏水"), world.report(title="路基塌了", category="infrastructure")
    desk_of_next = desk.browser("he").get(f"/triage/{number(world, alike)}").text
    told = words_of(desk_of_next)
    assert "裁定先例 2026-10：管网移交给镇上了" in told and "90%" in told and 'data-code="ZYZ"' in desk_of_next
    assert "裁定先例" not in words_of(desk.browser("he").get(f"/triage/{number(world, other)}").text)


def test_what_a_consultation_agreed_on_names_the_unit(desk: Desk, world: World) -> None:
    """It waits for triage like any report: its clocks begin when somebody has seen that the unit is right."""
    meeting.convert(world, meeting.minuted(world), 1, "case")
    with world.db.reading() as session:
        case = session.scalars(select(Case).where(Case.channel == "consultation")).one()
    assert case.state == "reported"
    page = desk.browser("he").get(f"/triage/{case.number}").text
    assert "协商纪要商定由它办" in words_of(page) and 'data-code="SLJ"' in page


def test_only_triage_comes_in(desk: Desk, world: World) -> None:
    case_id = world.assigned()
    for who in ("bai", "chen", "guan", "shen", "guanli"):
        assert desk.browser(who).get("/triage").status_code == 403, who
    assert desk.browser("he").get("/triage/QC-AJ-2026-999999").status_code == 404
    assert "不用再分办" in desk.browser("he").get(f"/triage/{number(world, case_id)}").text


def test_my_work_shows_what_each_has_to_do(desk: Desk, world: World) -> None:
    to_sign = world.assigned(title="要签收的")
    world.report(title="要分办的")
    resolved = world.resolved(title="要回访的")
    handler = words_of(desk.browser("bai").get("/work").text)
    assert "待签收 1" in handler and "要签收的" in handler and "要回访的" not in handler
    clerk = desk.browser("he").get("/work")
    told = words_of(clerk.text)
    assert "登记一件困难" in told and "登记一件困难" not in handler
    assert "要分办的" in told and f"/followups/{resolved}" in clerk.text and "要回访的" in told
    assert "手上的事都办完了" in words_of(desk.browser("chen").get("/work").text)
    alone = words_of(desk.browser("bai").get("/work?tab=to_sign").text)
    assert "要签收的" in alone and world.case(to_sign).number[-6:] in alone
    assert VILLAGE.startswith(COUNTY)


def test_a_unit_finds_all_it_has_in_hand_and_the_rail_counts_just_that(desk: Desk, world: World) -> None:
    world.assigned(title="要签收的")
    calm = world.assigned(title="办着的", kind="complaint")
    world.move(calm, "acknowledge", "bai")
    other = world.report(title="别家的")
    world.move(other, "assign", "an", org="JYJ")
    held = world.assigned(title="挂着的")
    world.move(held, "suspend", "an", reason="等管材", until="2026-10-20")
    page = desk.browser("bai").get("/work").text
    assert "待签收 1" in words_of(page) and "手上还有 1" in words_of(page)
    assert "办着的" in page and "别家的" not in page and "挂着的" not in page
    assert '<b aria-label="2 件">2</b>' in page
    mine = desk.browser("bai").get("/cases?lead_org=me").text
    assert "办着的" in mine and "别家的" not in mine and "本单位" in mine
    assert "这个筛选下没有件" in desk.browser("he").get("/cases?lead_org=me").text


def test_each_role_begins_where_its_own_questions_are_answered(desk: Desk) -> None:
    begins = {
        **{"he": "/work", "an": "/work", "bai": "/work", "chen": "/mine", "cun": "/work"},
        **{"lu": "/overview", "guan": "/overview", "shen": "/overview", "jin": "/cases"},
        **{"guanli": "/admin/accounts", "anquan": "/admin/accounts"},
    }
    for who, path in begins.items():
        assert desk.browser(who).get("/").headers["Location"].endswith(path), who
    leader = desk.browser("guan")
    leader.post("/preferences", {"name": "start", "start": "cases"})
    assert leader.get("/").headers["Location"].endswith("/cases")


def test_nobody_stands_before_an_empty_desk_without_a_door(desk: Desk) -> None:
    doors = {
        **{"chen": "/cases?reported_by=me", "cun": "/cases?reported_by=me", "jin": "/cases?funds_late=true"},
        **{"guan": "/overview", "shen": "/admin/audit", "guanli": "/admin/jobs", "anquan": "/admin/audit"},
    }
    for who, door in doors.items():
        browser = desk.browser(who)
        page = browser.get("/work").text.replace("&amp;", "&")
        card = page[page.index("手上的事都办完了") :]
        assert f'class="card go" href="{door}' in card, who
        assert browser.get(door).status_code == 200, who
    assert "您不办困难件" in desk.browser("guanli").get("/work").text


def test_hot_topics_lead_to_their_cases_and_to_a_consultation(desk: Desk, world: World) -> None:
    for n, title in enumerate(("三组水管冻裂", "三组的水管冻裂了", "水管冻裂三组停水")):
        at = MORNING - timedelta(days=n, hours=1)
        world.report(at=at, title=title, reporter={"name": f"李{n}", "phone": f"1390000000{n}"})
    clerk = desk.browser("he")
    assert 'href="/hot-topics"' in clerk.get("/triage").text
    page = clerk.get("/hot-topics")
    told = words_of(page.text)
    assert "本周 3 件" in told and "五周里 3 件、3 人反映" in told and "水管冻裂" in told
    numbers = [each.number for each in (world.case(case_id) for case_id in world_cases(world))]
    assert all(f'href="/cases/{each}"' in page.text for each in numbers)
    assert page.text.count("case=") == 3 and "/consultations/new?" in page.text
    proposed = clerk.get("/consultations").text
    assert "3 件还在办" in proposed and proposed.count("case=") == 3
    assert "3 件还在办" not in desk.browser("guan").get("/consultations").text
    leader = desk.browser("guan").get("/hot-topics")
    assert "本周 3 件" in words_of(leader.text) and "/consultations/new?" not in leader.text
    assert desk.browser("bai").get("/hot-topics").status_code in (403, 404)


def world_cases(world: World) -> list[UUID]:
    with world.db.reading() as session:
        return list(session.scalars(select(Case.id)))
