"""Members, households and links as pages: what each may see and do, forms that lose nothing, masks, who lacks a link."""

from typing import Any

import pytest
from sqlalchemy import select

from casework.campaign.tables import Link
from casework.core.editions import known
from casework.households.tables import Household
from casework.members.tables import Member
from tests.web.api.tied import HOUSEHOLD, MEMBER
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import REPORT, VILLAGE, World

pytestmark = pytest.mark.usefixtures("morning")


def send(browser: Browser, path: str, **changes: Any) -> Any:
    """Fill in the form of a page and send it."""
    form = form_of(browser.get(path).text, path.partition("?")[0])
    return browser.post(path.partition("?")[0], {**form, **changes})


def where(answer: Any) -> str:
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def offered(browser: Browser, path: str) -> list[str]:
    answer: Any = browser.get(path).json
    return [each["label"] for each in answer["options"]]


def entered(desk: Desk) -> tuple[str, str, str]:
    """Enter a member, a household and their link by hand, and return their pages."""
    clerk = desk.browser("he")
    told = {name: value for name, value in MEMBER.items() if name != "is_standing"}
    member = where(send(clerk, "/members/new", **told, is_standing="1"))
    household = where(send(clerk, "/households/new", **HOUSEHOLD))
    ends = {"holder": member.rpartition("/")[2], "object": household.rpartition("/")[2]}
    link = where(send(clerk, "/links/new", **ends, part="poverty_alleviated", valid_from="2022-03-01"))
    return member, household, link


def newest(world: World, table: Any) -> Any:
    with world.db.reading() as session:
        return session.scalars(select(table).where(known(table))).one()


def test_the_three_are_entered_by_hand_and_shown_masked(desk: Desk, world: World) -> None:
    member, household, link = entered(desk)
    clerk = desk.browser("he")
    page = words_of(clerk.get(member).text)
    assert all(told in page for told in ("陈青山", "在任", "139****1111", "张*生", "脱贫户", "2022-03-01 起"))
    page = words_of(clerk.get(household).text)
    assert all(told in page for told in ("张*生", "510822********0014", "竹园镇 方石村", "县乡村振兴局", "陈青山"))
    assert all(
        told in page for told in ("因病", "耕地（亩） 3.5", "林地（亩） 12", "B 级，基本安全", "自来水", "医保、养老")
    )
    assert form_of(clerk.get(f"{household}/edit").text, f"{household}/edit")["floor_area"] == "96"
    assert "张树生" not in page and "13900003333" not in page
    assert "结了对" in clerk.get(link).text
    for path, told in (("/members", "缺示范户"), ("/households", "陈青山"), ("/links", "张*生")):
        assert told in words_of(clerk.get(path).text), path


def test_mistakes_stand_at_their_fields_and_what_was_typed_is_kept(desk: Desk) -> None:
    clerk = desk.browser("he")
    answer = send(clerk, "/members/new", name="", phone="12", post="县医院", valid_from="")
    assert answer.status_code == 422
    assert all(f'href="#f-{name}"' in answer.text for name in ("name", "phone", "valid_from"))
    assert form_of(answer.text, "/members/new")["post"] == "县医院"
    answer = send(clerk, "/households/new", region_code="无此村", head_name="", head_id_number="1", people="x")
    assert answer.status_code == 422
    assert all(f'href="#f-{name}"' in answer.text for name in ("region_code", "head_name", "head_id_number", "people"))
    answer = send(clerk, "/links/new", holder="无此人", object="张三", valid_from="2022-02-30")
    assert answer.status_code == 422
    assert all(f'href="#f-{name}"' in answer.text for name in ("holder", "object", "valid_from"))
    assert form_of(answer.text, "/links/new")["holder"] == "无此人"


def test_without_script_names_are_enough(desk: Desk, world: World) -> None:
    entered(desk)
    clerk = desk.browser("he")
    other = {**HOUSEHOLD, "head_name": "李小芳", "head_id_number": "", "category": "demonstration"}
    where(send(clerk, "/households/new", **{**other, "region_code": "方石村"}))
    where(send(clerk, "/links/new", holder="陈青山", object="李小芳", part="demonstration"))
    again = send(clerk, "/links/new", holder="陈青山", object="李小芳", part="demonstration")
    assert again.status_code == 409 and "已经结对" in again.text
    assert "没有这样的委员" in clerk.get("/members?lacks=demonstration").text
    assert offered(clerk, "/member-options?q=cqs") == ["陈青山"]
    assert [each[:3] for each in offered(clerk, "/household-options?q=李小芳")] == ["李*芳"]
    assert len(offered(clerk, "/household-options?q=方石")) == 2


def test_who_lacks_a_part_is_a_list_with_the_way_to_a_link(desk: Desk) -> None:
    member, *_ = entered(desk)
    clerk = desk.browser("he")
    page = clerk.get("/members?lacks=demonstration").text
    path = f"/links/new?member={member.rpartition('/')[2]}&part=demonstration"
    assert path.replace("&", "&amp;") in page
    form = form_of(clerk.get(path).text, "/links/new")
    assert (form["holder"], form["part"]) == ("陈青山", "demonstration")


def test_forms_mend_and_end_with_reason_and_a_stale_one_keeps_what_was_typed(desk: Desk, world: World) -> None:
    member, household, link = entered(desk)
    clerk, head = desk.browser("he"), desk.browser("an")
    old = form_of(head.get(f"{member}/edit").text, f"{member}/edit")
    where(send(clerk, f"{member}/edit", post="县政协副主席"))
    stale = head.post(f"{member}/edit", {**old, "post": "县长"})
    assert stale.status_code == 409 and "别人改过" in stale.text
    assert form_of(stale.text, f"{member}/edit")["post"] == "县长"
    assert newest(world, Member).phone == "139****1111", "a phone left empty stays"
    assert send(clerk, f"{link}/end").status_code == 422
    where(send(clerk, f"{link}/end", reason="搬走", valid_to="2026-10-13"))
    assert newest(world, Link).end_reason == "搬走"
    where(send(clerk, f"{link}/edit", valid_to="", reason="弄错了"))
    assert newest(world, Link).valid_to is None
    where(send(clerk, f"{household}/edit", people="5", watch="unstable", since="2026-10-01", source="县防返贫办"))
    assert (newest(world, Household).people, newest(world, Household).phone) == (5, "139****3333")
    assert "脱贫不稳定户" in clerk.get("/households?watch=unstable").text
    where(send(clerk, f"{household}/end", ends="unstable", reason="风险消除"))
    where(send(clerk, f"{member}/end", valid_to="2026-10-13", reason="换届"))
    assert "不在任" in clerk.get(member).text
    where(send(clerk, f"{member}/term", valid_from="2026-10-14", term="十二届"))
    assert "十二届" in clerk.get(member).text


def test_a_member_sees_their_own_and_may_lift_a_mask_with_a_reason(desk: Desk, world: World) -> None:
    member, household, _link = entered(desk)
    chen = desk.browser("chen")
    assert chen.get(member).status_code == 404, "not yet tied to the account"
    headers = desk.bearer("he")
    tied = {"person_id": str(world["chen"].person_id)}
    assert desk.client().patch(f"/api/v1{member}", json=tied, headers=headers).status_code == 200
    page = chen.get(household)
    assert page.status_code == 200 and "/edit" not in page.text
    assert 'href="/households"' in chen.get("/work").text
    shown = chen.post(f"{household}/reveal", {"field": "phone", "reason": "call"})
    assert "13900003333" in shown.text
    assert chen.get(f"{household}/edit").status_code == 403
    assert chen.get("/members/new").status_code == 403
    assert desk.browser("jin").get("/households").status_code == 403


def test_a_case_shows_its_household_to_who_may_know_of_it(desk: Desk, world: World) -> None:
    _member, household, _link = entered(desk)
    body = {**REPORT, "region_code": VILLAGE, "household_id": household.rpartition("/")[2]}
    case = desk.client().post("/api/v1/cases", json=body, headers=desk.bearer("he")).json
    assert case is not None
    clerk = desk.browser("he")
    assert f'href="{household}"' in clerk.get(f"/cases/{case['number']}").text
    assert case["number"] in clerk.get(household).text
    clerk.post(f"/cases/{case['number']}/moves/assign", {"org": "SLJ"})
    handler = desk.browser("bai").get(f"/cases/{case['number']}")
    assert f'href="{household}"' not in handler.text


def test_a_member_reports_for_a_linked_household_from_its_page(desk: Desk, world: World) -> None:
    member, household, _link = entered(desk)
    tied = {"person_id": str(world["chen"].person_id)}
    assert desk.client().patch(f"/api/v1{member}", json=tied, headers=desk.bearer("he")).status_code == 200
    chen = desk.browser("chen")
    path = f"/cases/new?household={household.rpartition('/')[2]}"
    assert path in chen.get(household).text
    page = chen.get(path).text
    form = form_of(page, "/cases/new")
    assert form["household_id"] == household.rpartition("/")[2] and "张*生" in page
    told = {"description": "吃水靠挑", "title": "水管断了", "reporter_name": "张树生", "category": "drinking_water"}
    where(chen.post("/cases/new", {**form, **told, "region_code": VILLAGE, "similar_seen": "1"}))
    assert "水管断了" in chen.get(household).text
    assert chen.get(f"/cases/new?household={member.rpartition('/')[2]}").status_code == 404


def test_an_address_with_a_wrong_filter_leads_to_the_list_without_it(desk: Desk) -> None:
    clerk = desk.browser("he")
    answer = clerk.get("/members?lacks=nothing&q=陈&foreign=1")
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/members?q=")
    assert clerk.get("/links?active_on=x").headers["Location"].startswith("/links")


def test_a_handover_is_done_in_one_step_and_undone_in_one(desk: Desk, world: World, morning: Any) -> None:
    member, household, _link = entered(desk)
    clerk = desk.browser("he")
    where(send(clerk, "/members/new", name="罗敏", valid_from="2021-12-20", sector="教育界"))
    assert clerk.get("/handovers/new?member=无此人").status_code == 422
    path = f"/handovers/new?member={member.rpartition('/')[2]}"
    page = clerk.get(path).text
    assert "张*生" in page and "还在办的困难件" in page
    form = form_of(page, "/handovers/preview")
    bare = clerk.post("/handovers/new", {**form, "successor": "", "reason": ""})
    assert bare.status_code == 422 and 'href="#f-successor"' in bare.text
    nobody = clerk.post("/handovers/new", {**form, "successor": "无此人", "reason": "换届"})
    assert nobody.status_code == 422 and form_of(nobody.text, "/handovers/preview")["reason"] == "换届"
    asked = {**form, "successor": "罗敏", "day": "2026-10-31", "reason": "换届"}
    looked = clerk.post("/handovers/preview", asked).text
    assert "会移交 2 项" in looked and "陈青山 → 罗敏，2026-11-01 起" in words_of(looked)
    assert "2026-10-31" not in words_of(clerk.get(member).text), "nothing was done"
    assert form_of(looked, "/handovers/new")["successor"] == "罗敏"
    done = where(clerk.post("/handovers/new", asked))
    page = words_of(clerk.get(done).text)
    assert "陈青山 → 罗敏，2026-11-01 起" in page and "10:10 以前可以整个撤销" in page
    assert "2026-10-31" in words_of(clerk.get(member).text)
    where(clerk.post(f"{done}/undo"))
    assert "已经整个撤销" in words_of(clerk.get(done).text)
    assert "已撤回" in words_of(clerk.get(household).text)
    again = where(clerk.post("/handovers/new", {**form, "successor": "罗敏", "day": "2026-11-30", "reason": "换届"}))
    morning.shift(601)
    late = where(clerk.post(f"{again}/undo"))
    assert "不能整个撤销" in words_of(clerk.get(late).text) and "/undo" not in clerk.get(late).text


def test_a_unit_hands_its_villages_over(desk: Desk) -> None:
    clerk = desk.browser("he")
    where(send(clerk, "/links/new?kind=org_village", holder="县水利局", object="方石村", valid_from="2022-03-01"))
    form = form_of(clerk.get("/handovers/new?org=SLJ").text, "/handovers/preview")
    done = where(clerk.post("/handovers/new", {**form, "successor": "JYJ", "reason": "分工调整"}))
    assert "县水利局 → 县教育局" in words_of(clerk.get(done).text)


def test_the_page_of_a_link_names_the_visits_it_no_longer_holds(desk: Desk) -> None:
    member, household, link = entered(desk)
    clerk = desk.browser("he")
    fresh = words_of(clerk.get(link).text)
    assert "结对日子以外的走访" not in fresh and "member_household" not in fresh and "SLSC-2022" not in fresh
    ends = {"member_id": member.rpartition("/")[2], "household_id": household.rpartition("/")[2]}
    visit = where(send(clerk, "/activities/new?kind=household_visit", **ends, on_date="2026-09-20", findings="看了看"))
    send(clerk, f"{link}/end", valid_to="2026-09-19", reason="换人")
    page = clerk.get(link).text
    assert "结对日子以外的走访" in page and visit.rpartition("/")[2] in page
