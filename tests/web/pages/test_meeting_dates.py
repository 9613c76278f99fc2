"""Dates of meetings as somebody at the desk meets them: nothing typed twice, no month skipped, no way out forgotten."""

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from casework.core.ids import new_id
from casework.matters import notices
from tests.web.desk import Desk
from tests.web.pages.reading import form_of, words_of
from tests.web.pages.test_consultations import Hand, brought, move, venues
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")

SPAN: dict[str, Any] = {"starts_at": "2026-10-20T09:00", "ends_at": "2026-10-20T11:00", "venue": "HALL"}


def invited(world: World) -> dict[str, Any]:
    people = {"required": [str(world["bai"].person_id)], "invited": [str(world["chen"].person_id)]}
    return {**people, "stakeholders": "李小芳\n王大力", "others": "周工程师"}


def names(page: str, field: str) -> list[str]:
    """Return who is chosen in a field that holds several."""
    return [found for found in re.findall(rf'name="{field}" value="([^"]+)"', page) if found]


@pytest.mark.parametrize(
    ("day", "name", "before", "after"),
    [
        ("2027-01-30", "2027年1月", "2026-12-31", "2027-02-01"),
        ("2027-03-01", "2027年3月", "2027-02-28", "2027-04-01"),
        ("2026-10-31", "2026年10月", "2026-09-30", "2026-11-01"),
    ],
)
def test_no_month_is_skipped_whatever_the_length_of_the_one_before(
    desk: Desk, day: str, name: str, before: str, after: str
) -> None:
    page = Hand(desk, "an").see(f"/consultations/calendar?view=month&day={day}")
    assert f"<b>{name}</b>" in page
    assert f"view=month&amp;day={before}" in page and f"view=month&amp;day={after}" in page


def test_what_stands_in_the_weeks_beside_a_month_is_shown_and_not_counted(desk: Desk) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office)
    assert "必到的人：至少选一个" in words_of(move(office, where, "schedule", status=422, **SPAN))
    later: dict[str, Any] = {**SPAN, "starts_at": "2026-11-02T09:00", "ends_at": "2026-11-02T11:00"}
    move(office, where, "schedule", **later, stakeholders="李小芳")
    november, october = (office.see(f"/consultations/calendar?view=month&day=2026-{day}") for day in ("11-01", "10-01"))
    assert "1 场会" in words_of(november) and "水管怎么修" in november
    # The week of the last of October is whole in November; nothing of it is October's.
    assert "0 场会" in words_of(october) and "下一场" in words_of(october)


def test_a_name_that_was_typed_and_picked_from_no_list_is_not_lost(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office)
    handler, clerk = (desk.person(user) for user in ("bai", "he"))
    # As a browser sends it: the code in a field of its own is empty, the words stand beside it.
    typed = {**SPAN, "convenor": "", "convenor_text": clerk.name, "required_text": "查无此人", "stakeholders": "李小芳"}
    page = move(office, where, "schedule", status=422, **typed)
    assert "没有找到这个人" in words_of(page) and 'value="查无此人"' in page and f'value="{clerk.name}"' in page
    move(office, where, "schedule", **{**typed, "required_text": handler.name})
    who = words_of(office.see(where)).partition("参加人员")[2][:120]
    assert f"{clerk.name} 召集人" in who and re.search(rf"{handler.name} [^ ]+・必到", who), who


def test_a_date_that_fell_calls_nobody_and_its_people_are_not_typed_again(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office)
    move(office, where, "schedule", **SPAN, **invited(world))
    move(office, where, "notify", research="看过")
    assert office.browser.get(f"{where}/papers/notice").status_code == 200
    move(office, where, "postpone", reason="封路")
    page = words_of(office.see(where))
    assert "原定时间 10月20日 周二 09:00–11:00" in page and "还有 3 位没有账号，要打电话或上门告诉会延期了" in page
    assert "原定 10月20日 周二 09:00–11:00" in words_of(office.see("/consultations"))
    number = where.rpartition("/")[2]
    assert office.browser.get(f"{where}/papers/notice").status_code == 404 and "协商会通知" not in page
    assert office.browser.get(f"/papers/of/meeting_notice/{number}").status_code == 409
    assert "原定10月20日 周二 09:00的协商会" in words_of(office.see(f"{where}/after"))
    action, told = f"{where}/moves/schedule", invited(world)
    form = office.see(action)
    kept = form_of(form, action)
    assert (kept["stakeholders"], kept["others"], kept["venue"]) == (told["stakeholders"], told["others"], "HALL")
    assert (names(form, "required"), names(form, "invited")) == (told["required"], told["invited"])
    assert not kept["starts_at"], "the date that fell is none to begin with"


def test_a_date_of_a_poll_that_clashes_comes_as_a_form_with_its_people_and_ways_out(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    other = brought(office, title="路灯装几盏")
    move(office, other, "schedule", **SPAN, convenor=str(world["he"].person_id), stakeholders="赵老四")
    where = brought(office)
    dates: dict[str, Any] = {
        "option.0": "2026-10-20T09:30",
        "option.1": "2026-10-21T14:30",
        "venue": "HALL",
        "minutes": "60",
    }
    office.send(f"{where}/poll/new", f"{where}/poll/new", **dates, **invited(world))
    assert names(office.see(f"{where}/moves/schedule"), "required") == invited(world)["required"]
    assert "：2 个时间" in words_of(office.see(where)), "what was done and what it was stand apart"
    nothing = office.send(f"{where}/poll", voters_of(office, where)[0])
    assert nothing.status_code == 422 and "至少答一个时间" in words_of(nothing.text)
    clash = office.send(f"{where}/poll", f"{where}/poll/dates/0", option="0")
    words, action = words_of(clash.text), f"{where}/moves/schedule"
    assert clash.status_code == 409 and "场所：村委会会议室" in words and "李家院坝" in words
    filled = form_of(clash.text, action)
    assert (filled["starts_at"], filled["ends_at"]) == ("2026-10-20T09:30", "2026-10-20T10:30")
    assert filled["others"] == "周工程师" and names(clash.text, "invited") == invited(world)["invited"]
    assert office.browser.client.post(action, data={**filled, "venue": "YARD"}).status_code == 303


def test_asking_again_says_first_which_answers_are_lost(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office)
    new, poll = f"{where}/poll/new", f"{where}/poll"
    dates = {"option.0": "2026-10-20T09:30", "option.1": "2026-10-21T14:30", "venue": "HALL", "minutes": "60"}
    told: dict[str, Any] = {**dates, "required": [str(world["bai"].person_id)], "stakeholders": "李小芳"}
    assert 'name="again"' not in office.see(new), "of the first nothing is asked"
    assert office.send(new, new, **told).status_code == 200
    office.send(poll, voters_of(office, where)[1], **{"answer.0": "yes"})
    asking = words_of(office.see(new))
    assert "第 1 次约时间还作数" in asking and "问了 2 人，1 人已经答了（李小芳）" in asking
    unsaid = office.send(new, new, **told)
    assert unsaid.status_code == 409 and "再约一次，这些答复和链接都作废" in words_of(unsaid.text)
    assert 'value="2026-10-20T09:30"' in unsaid.text and "来 1" in words_of(office.see(poll))
    # While somebody looks at the form one more answers: what they ticked was said of one answer, not of two.
    as_seen = {**form_of(office.see(new), new), **told, "again": "1"}
    office.send(poll, voters_of(office, where)[0], **{"answer.0": "no"})
    late = office.browser.client.post(new, data=as_seen)
    assert late.status_code == 409 and "2 人已经答了" in words_of(late.text)
    assert "checked" not in late.text.split('name="again"')[1].split(">")[0]
    assert office.send(new, new, **told, again="1").status_code == 200
    assert "没答复 2" in words_of(office.see(poll)) and "前一次约时间的 2 份答复不再作数" in words_of(office.see(where))


def voters_of(office: Hand, where: str) -> list[str]:
    page = office.see(f"{where}/poll")
    return [each.split('"')[0] for each in page.split('action="')[1:] if "/voters/" in each.split('"')[0]]


def test_nobody_is_asked_to_come_over_noon(desk: Desk) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office)
    offered = re.findall(r'name="slot" value="([^"|]+)T([^"|]+)', office.see(f"{where}/moves/schedule"))
    assert ("2026-10-19", "14:00") in offered and "12:00" not in {clock for _day, clock in offered}
    # What is longer than a morning cannot spare it.
    long: dict[str, Any] = {**SPAN, "ends_at": "2026-10-20T14:00", "look": "1"}
    assert "–13:30" in words_of(office.send(f"{where}/moves/schedule", f"{where}/moves/schedule", **long).text)


def test_a_regular_day_is_refused_while_its_hall_is_closed_and_where_there_is_none(desk: Desk) -> None:
    office = Hand(desk, "an")
    venues(office)
    rule: dict[str, Any] = {
        "name": "方石村协商日",
        "week": "1",
        "weekday": "5",
        "opens": "06:00",
        "closes": "07:00",
        "venue": "HALL",
    }
    span: dict[str, Any] = {"first_on": "2026-11-01", "last_on": "2026-12-31"}
    page = "/consultation-days/new"
    closed = office.send(page, page, **rule, **span)
    assert closed.status_code == 422 and "村委会会议室这时不开放（开放时间 08:00-20:00）" in words_of(closed.text)
    rule |= {"opens": "09:00", "closes": "11:30"}
    never = office.send(page, page, **rule, first_on="2026-11-10", last_on="2026-11-30")
    assert never.status_code == 422 and "没有这样的一天" in words_of(never.text)
    gone = office.send(page, page, **rule, first_on="2026-10-01", last_on="2026-12-31")
    assert gone.status_code == 422 and "这一天已过" in words_of(gone.text)
    assert office.send(page, page, **rule, **span).status_code == 303


def test_a_form_says_in_plain_words_what_is_missing(desk: Desk) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office)
    plans = "/consultation-plans"
    told: dict[str, Any] = {
        "first": "2026-10-20",
        "last": "2026-10-30",
        "minutes": "120",
        "venues": ["HALL"],
        "weekdays": ["1"],
    }
    number = where.rpartition("/")[2]
    none = words_of(office.send(plans, plans, **told, topic=[number], halves=[]).text)
    assert "什么时段：至少选一个" in none and "morning" not in none
    nowhere: dict[str, Any] = {
        **told,
        "last": "2026-10-20",
        "weekdays": ["3"],
        "halves": ["morning"],
        "topic": [number],
    }
    shown = office.browser.get(str(office.send(plans, plans, **nowhere).headers["Location"])).text
    if "正在" not in shown:
        assert "一场也没有排进" in words_of(shown) and "路程已是最少" not in words_of(shown)
    move(office, where, "schedule", **SPAN, stakeholders="李小芳")
    move(office, where, "notify", research="看过")
    assert "到会的人：" in words_of(move(office, where, "hold", status=422))
    move(office, where, "hold", came=["0", "1"])
    assert "一行一件" in words_of(office.see(f"{where}/moves/minute"))


def test_a_look_back_that_cannot_be_kept_loses_no_word(desk: Desk, morning: time_machine.Traveller) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office)
    move(office, where, "schedule", **SPAN, stakeholders="李小芳")
    move(office, where, "notify", research="看过")
    move(office, where, "hold", came=["0", "1"])
    move(office, where, "minute", minutes="都同意")
    morning.move_to(datetime(2027, 1, 14, 2, tzinfo=UTC))
    office = Hand(desk, "an")
    answer = office.send(f"{where}/after", f"{where}/look-backs/3", finding="三组又黄了")
    assert answer.status_code == 422 and "三组又黄了</textarea>" in answer.text
    assert "true" not in words_of(answer.text) and "选“还管用”还是“有反弹”" in words_of(answer.text)
    move(office, where, "implement")
    assert "还没有人答过" in words_of(office.see(f"{where}/moves/evaluate"))
    office.send(f"{where}/after", f"{where}/ratings")
    page = office.see(f"{where}/after")
    (action, *_) = [each.split('"')[0] for each in page.split('action="')[1:] if "/ratings/" in each.split('"')[0]]
    assert office.send(f"{where}/after", action, satisfaction="basically").status_code == 303
    assert "基本满意 1" in words_of(office.see(f"{where}/moves/evaluate"))


def test_a_notice_that_waits_for_the_morning_has_reached_nobody(desk: Desk, world: World) -> None:
    at, matter, chen = datetime(2026, 10, 14, 12, tzinfo=UTC), new_id(), world["chen"].person_id
    assert chen is not None
    with desk.office.db.session(write=True) as session:
        told: dict[str, Any] = {
            "code": "meeting_invited",
            "facts": {},
            "at": at,
            "hold_until": at + timedelta(hours=12),
        }
        notices.tell(session, event_id=new_id(), people=[(chen, notices.APP)], matter_id=matter, **told)
        asked: dict[str, Any] = {"people": [chen], "codes": ["meeting_invited"], "since": at}
        assert notices.looked_at(session, matter, **asked) == {}
        for each in notices.take_due(session, channel=notices.APP, at=at + timedelta(hours=13)):
            each.fate = "sent"
        session.flush()
        assert notices.looked_at(session, matter, **asked) == {chen: None}


@pytest.mark.parametrize(
    ("begins", "ends", "due"),
    [("15:00", "17:30", "10月20日 周二 17:30"), ("16:00", "18:00", "10月21日 周三 17:30"),
     ("18:30", "20:00", "10月21日 周三 17:30")],
)  # fmt: skip
def test_nobody_is_late_with_a_meeting_that_is_not_over_when_the_office_closes(
    desk: Desk, begins: str, ends: str, due: str
) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office)
    span: dict[str, Any] = {"starts_at": f"2026-10-20T{begins}", "ends_at": f"2026-10-20T{ends}", "venue": "HALL"}
    move(office, where, "schedule", **span, stakeholders="李小芳")
    move(office, where, "notify", research="看过")
    assert f"召开 {due}" in words_of(office.see("/consultations"))


def test_a_meeting_put_off_and_planned_with_a_quarter_keeps_all_who_were_invited(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office)
    move(office, where, "schedule", **SPAN, **invited(world))
    move(office, where, "notify", research="看过")
    move(office, where, "postpone", reason="封路")
    number, plans = where.rpartition("/")[2], "/consultation-plans"
    told: dict[str, Any] = {"first": "2026-10-20", "last": "2026-10-30", "minutes": "120", "venues": ["HALL"]}
    told |= {"weekdays": ["1", "2", "3"], "halves": ["morning"]}
    nobody = office.send(plans, plans, **told, topic=[])
    assert nobody.status_code == 422 and "勾上要排的议题" in words_of(nobody.text) and "topics：" not in nobody.text
    must = [str(world["an"].person_id), str(world["bai"].person_id)]
    plan = str(office.send(plans, plans, **told, topic=[number], **{f"people.{number}": must}).headers["Location"])
    (take,) = re.findall(r'action="([^"]+/items/[^"]+)"', office.see(plan))
    assert office.send(plan, take).status_code == 303
    page = words_of(office.see(where))
    for name in ("白工 部门单位・必到", "陈委员 政协委员", "李小芳 利益相关方", "周工程师 来宾"):
        assert name in page, name
    assert "要排的议题 没有审定了还没排期的议题" in words_of(office.see(plans)) and "排一个方案" not in office.see(
        plans
    )


def test_minutes_do_not_say_that_somebody_asked_leave_who_only_did_not_come(desk: Desk) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office)
    move(office, where, "schedule", **SPAN, stakeholders="李小芳\n王大力\n赵老四")
    move(office, where, "notify", research="看过")
    assert office.browser.post(f"{where}/reply", {"name": "王大力", "reply": "no"}).status_code == 303
    move(office, where, "hold", came=["0", "1"])
    move(office, where, "minute", minutes="都同意")
    with zipfile.ZipFile(io.BytesIO(office.browser.get(f"{where}/minutes-file?format=docx").data)) as package:
        written = re.sub("<[^>]+>", "", package.read("word/document.xml").decode())
    assert "请假：王大力。" in written and "缺席：赵老四。" in written
