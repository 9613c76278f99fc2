"""Money as pages: entered once, shown with its sum, never twice in silence; totals whose every number opens its lines."""

import pytest

from tests.campaign import tie
from tests.web.api.test_own_funds import LINE
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.web.pages.test_links import send, where

pytestmark = pytest.mark.usefixtures("morning")
TYPED = {**LINE, "amount": "300,000.00"}


def test_a_line_is_entered_moves_on_is_credited_and_taken_back(desk: Desk) -> None:
    member = str(tie(desk.world).member)
    clerk = desk.browser("he")
    line = where(send(clerk, "/funds/new", **TYPED))
    page = words_of(clerk.get(line).text)
    assert all(told in page for told in ("批复 30.00 万元", "方石村茶园", "财政资金", "还没有记给谁", "何干事"))
    further = {"stage": "arrived", "amount": "280000", "document_no": "B"}
    arrived = where(send(clerk, f"/funds/new?allocation={line.rpartition('/')[2]}", **further))
    assert "到位 28.00 万元" in words_of(clerk.get(arrived).text)
    where(send(clerk, f"{arrived}/share", member=member, share="60 %"))
    assert "60.00 %" in words_of(clerk.get(line).text)
    answer = send(clerk, f"{line}/reverse", note="抄错")
    assert answer.status_code == 409 and "先冲销后面的" in answer.text
    where(send(clerk, f"{arrived}/reverse", note="抄错"))
    listed = words_of(clerk.get("/funds").text)
    assert "共 3" in listed and "已冲销" in listed and "批复 30.00" in listed
    assert desk.browser("jin").get(line).status_code == 200
    assert desk.browser("chen").get("/funds").status_code == 403


def test_what_looks_like_a_kept_sum_comes_back_with_it_and_asks_why(desk: Desk) -> None:
    clerk = desk.browser("he")
    first = where(send(clerk, "/funds/new", **TYPED))
    again = {**TYPED, "document_no": "另一个文号", "amount": "295000"}
    answer = send(clerk, "/funds/new", **again)
    assert answer.status_code == 409
    assert all(told in answer.text for told in ("和已登记的一笔很像", first, 'name="unlike"', 'value="另一个文号"'))
    made = where(send(clerk, "/funds/new", **again, unlike="县里配套的"))
    assert "县里配套的" in words_of(clerk.get(made).text)


def test_the_page_of_totals_crosses_what_a_row_narrows(desk: Desk) -> None:
    clerk = desk.browser("he")
    where(send(clerk, "/funds/new", **TYPED))
    where(
        send(clerk, "/funds/new", **{**TYPED, "document_no": "B", "project": "路", "on": "2026-03-31", "kind": "wages"})
    )
    page = clerk.get("/funds/totals").text
    assert "省级衔接资金" in page and "60.00" in page and 'class="plot"' in page
    assert "/funds/totals?source=" in page and "by=place" in page
    page = words_of(clerk.get("/funds/totals?by=kind&project=路").text)
    assert "务工收入" in page and "财政资金" not in page and "项目：路" in page


def test_a_member_and_the_office_see_what_is_credited_by_stage_and_never_more_than_they_may(desk: Desk) -> None:
    tied = tie(desk.world)
    clerk, chen = desk.browser("he"), desk.browser("chen")
    assert "记在我名下的资金" not in chen.get("/mine").text
    line = where(send(clerk, "/funds/new", **TYPED))
    further = {"stage": "arrived", "amount": "280000", "document_no": "B"}
    arrived = where(send(clerk, f"/funds/new?allocation={line.rpartition('/')[2]}", **further))
    where(send(clerk, f"{line}/share", member=str(tied.member), share="60"))
    for number, place, member in (("C", TYPED["region_code"], tied.colleague), ("D", "510822", tied.member)):
        other = where(
            send(clerk, "/funds/new", **{**TYPED, "document_no": number, "region_code": place, "unlike": "另"})
        )
        where(send(clerk, f"{other}/share", member=str(member), share="10"))
    told = words_of(chen.get("/mine").text)
    # 60 % of 30 and 10 % of another 30; of what reached the next stage 60 % of 28; nothing over both stages.
    for each in (
        "批复 60.00 万元 按份额 21.00 万元，2 笔",
        "到位 28.00 万元 按份额 16.80 万元，1 笔",
        "60.00 %",
        "10.00 %",
    ):
        assert each in told, each
    assert "88.00" not in told and "川财农〔2026〕31号" in told
    page = clerk.get(f"/members/{tied.member}").text
    assert "批复 60.00 万元" in words_of(page) and "到位 28.00 万元" in words_of(page)
    listed = words_of(clerk.get(f"/funds?member={tied.member}&standing=true&stage=approved").text)
    assert "共 2" in listed and "委员 陈青山" in listed.replace("：", " ").replace(" =", "")
    assert f"/funds?member={tied.member}&amp;standing=true&amp;stage=arrived" in page
    # Who sees the money of a town alone finds no other in the sums.
    town = desk.browser("chen").get(f"/members/{tied.member}")
    assert town.status_code == 200 and "/funds?" not in town.text and "批复 60.00 万元" in words_of(town.text)
    assert desk.browser("chen").get(f"/members/{tied.colleague}").status_code == 404
    where(send(clerk, f"{arrived}/reverse", note="抄错"))
    assert "到位" not in words_of(chen.get("/mine").text)
