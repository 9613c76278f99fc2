"""Beside the call back: a link for the reporter, shown once; asking and deciding what the rates leave out."""

import re

import pytest

from tests.web.desk import Browser, Desk
from tests.web.pages.reading import words_of
from tests.web.pages.test_consultations import Hand
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")


def test_a_link_is_given_and_what_was_rated_stands_beside_the_call(desk: Desk, world: World) -> None:
    case_id = world.resolved()
    office, page = Hand(desk, "he"), f"/followups/{case_id}"
    office.see(page)
    assert office.browser.post(f"{page}/link").status_code == 303
    shown = office.see(page)
    link = re.search(r'<code class="link">http://[^/]+(/opinion/[^<]+)</code>', shown)
    assert link is not None
    assert link[1] not in office.see(page), "shown once"
    villager = Browser(desk.client())
    villager.get(link[1])
    villager.post(link[1], {"satisfaction": "basically", "solved": "yes", "words": "慢了点"})
    assert "解决了、基本满意、慢了点" in words_of(office.see(page))
    case = world.case(case_id)
    told = words_of(office.see(f"/cases/{case.number}"))
    assert "反映人自己评价" in told and told.count("解决了") >= 2 and "None" not in told


def test_the_call_asks_whether_it_is_solved_and_every_page_says_what_was_said(desk: Desk, world: World) -> None:
    case_id = world.resolved()
    number, office, page = world.case(case_id).number, Hand(desk, "he"), f"/followups/{case_id}?tab=all"
    told = words_of(office.see(page))
    assert "您看算是解决了吗" in told and "是否解决" in told
    said = {"followed_up": "reached", "satisfaction": "dissatisfied", "do": "close"}
    assert office.send(page, page, **said, solved="half").status_code == 422
    assert world.case(case_id).state == "resolved"
    assert office.send(page, page, **said, solved="no").status_code == 303
    assert world.case(case_id).solved == "no"
    case = words_of(office.see(f"/cases/{number}"))
    assert case.count("没有解决") >= 3, "the outcome, the call and the closing in the history"
    assert "没有解决" in words_of(office.see(f"/cases/{number}/print"))
    assert number in office.see("/cases?solved=no") and number not in office.see("/cases?solved=yes")
    leaders = words_of(Hand(desk, "an").see("/overview"))
    assert "群众说解决了 0.0% 0 / 1" in leaders and "回访到了，没问到解决没有 0" in leaders


def test_leaving_out_is_asked_by_one_and_decided_by_another(desk: Desk, world: World) -> None:
    case_id = world.resolved()
    clerk, head = Hand(desk, "he"), Hand(desk, "an")
    page, number = f"/followups/{case_id}/exclusion", world.case(case_id).number
    assert clerk.send(page, page, code="", reason="").status_code == 422
    assert clerk.send(page, page, code="not_as_told", reason="去看过，水管没有断").status_code == 303
    assert "等审批" in words_of(clerk.see(f"/cases/{number}"))
    assert page in head.see("/work?tab=to_approve") and page not in clerk.see("/work?tab=to_approve")
    assert head.send(page, page, reason="属实").status_code == 422
    assert head.send(page, page, grant="yes", reason="属实").status_code == 303
    told = words_of(clerk.see(f"/cases/{number}"))
    assert "反映的情况经查不属实" in told and "安老师" in told
    assert number in clerk.see("/cases?excluded=true")
    # The leader's page tells every rate with both of its numbers, and beside it who is in neither.
    leaders = head.see("/overview")
    for each in (
        "contacted",
        "excluded",
        "sent_back",
        "extended",
        "reworked",
        "recurred",
        "given",
        "answered",
        "ended",
    ):
        assert f"{each}=true" in leaders
    assert "followed_up=unreachable" in leaders and "办结后反弹 — 0 / 0" in words_of(leaders)
    # It is lifted by two persons again.
    assert head.send(page, page, reason="").status_code == 422
    assert head.send(page, page, reason="补了材料").status_code == 303
    assert "恢复等审批" in words_of(head.see(page)) and number in head.see("/cases?excluded=true")
    chair = Hand(desk, "lu")
    assert chair.send(page, page, grant="yes", reason="该算").status_code == 303
    assert number not in clerk.see("/cases?excluded=true") and "恢复计入" in words_of(clerk.see(page))
