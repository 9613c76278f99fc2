"""Consultations as pages: a topic out of a case, a date around a clash, one tap to answer, minutes, a convert button."""

import io
import re
import zipfile
from typing import Any

import pytest

from casework.keeping.verify import verify
from tasks.runner import Runner
from tasks.schedule import WORKS
from tests.web.desk import Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import MORNING, TOWN, VILLAGE, World
from workflows.lifecycles import lifecycles

pytestmark = pytest.mark.usefixtures("morning")


class Hand:
    """Somebody at a browser, who fills in forms by their address."""

    def __init__(self, desk: Desk, who: str) -> None:
        self.browser = desk.browser(who)

    def see(self, path: str, status: int = 200) -> str:
        page = self.browser.get(path)
        assert page.status_code == status, page.text[-800:]
        return str(page.text)

    def send(self, page: str, action: str, **typed: Any) -> Any:
        fields: dict[str, Any] = {**form_of(self.see(page), action), **typed}
        return self.browser.client.post(action, data=fields)


def venues(hand: Hand) -> None:
    for code, name in (("HALL", "村委会会议室"), ("YARD", "李家院坝")):
        told = {"code": code, "name": name, "region_code": VILLAGE, "capacity": "30", "hours": "08:00-20:00"}
        assert hand.send("/venues/new", "/venues/new", **told).status_code == 303


def brought(hand: Hand, **changes: Any) -> str:
    """Bring a topic and see it approved; return its address."""
    told = {"title": "水管怎么修", "kind": "youshi", "source": "public", "region_code": VILLAGE, "reason": "吃水靠挑"}
    where = str(hand.send("/consultations/new", "/consultations", **{**told, **changes}).headers["Location"])
    move(hand, where, "screen", urgency="4", breadth="3", feasibility="5")
    move(hand, where, "approve", authority="chair_meeting")
    return where


def move(hand: Hand, where: str, trigger: str, status: int = 303, **typed: Any) -> str:
    action = f"{where}/moves/{trigger}"
    answer = hand.send(action, action, **typed)
    assert answer.status_code == status, words_of(answer.text)[-800:]
    return str(answer.text)


def test_a_topic_out_of_a_case_goes_through_its_pages(desk: Desk, world: World) -> None:
    number = world.case(world.report()).number
    office, member = Hand(desk, "an"), Hand(desk, "chen")
    venues(office)
    other = world.case(world.report(title="五组蓄水池见底")).number
    asked = office.see(f"/consultations/new?case={number}&case={other}&case=QC-AJ-2026-999999")
    assert (
        all(f'name="case" value="{each}"' in asked for each in (number, other)) and 'value="QC-AJ-2026-9' not in asked
    )
    where = brought(office, case=number)
    assert number in office.see(where)
    invited: dict[str, Any] = {"required": [str(world["bai"].person_id)], "invited": [str(world["chen"].person_id)]}
    when: dict[str, Any] = {"starts_at": "2026-10-20T09:00", "ends_at": "2026-10-20T11:00", "venue": "HALL"}
    form = office.see(f"{where}/moves/schedule")
    assert "10月14日" in words_of(form) and 'name="slot"' in form
    move(office, where, "schedule", **when, **invited, stakeholders="李小芳\n王大力")
    look_into_the_calendar(office)
    # Dragged in the calendar onto the next day; the form begins with what stands.
    page = office.see("/consultations/calendar?day=2026-10-20")
    action = f"{where}/moves/reschedule"
    assert "js/meetings.js" in page and f'data-move="{action}"' in page and "只改日期" in page
    onto = {**form_of(page, ""), "day": "2026-10-21"}
    dropped = office.browser.client.post(action, data=onto)
    assert dropped.headers["Location"].endswith("/consultations/calendar?view=week&day=2026-10-21")
    drag_by_the_hour(office, action, onto)
    begun = form_of(office.see(action), action)
    assert (begun["starts_at"], begun["venue"]) == ("2026-10-21T09:00", "HALL")
    assert begun["stakeholders"].split() == ["李小芳", "王大力"]
    move(office, where, "reschedule", starts_at="2026-10-20T09:00", ends_at="2026-10-20T11:00", **invited)
    move(office, where, "notify", research="看过两处断口")
    # One tap, on the page that the notice leads to.
    assert "这次会您来吗" in member.see(where)
    assert member.send(where, f"{where}/reply", reply="yes").status_code == 303
    hold_and_hear(office, where)
    wrong: dict[str, Any] = {"minutes": "谈成了", "item.1.text": "换两处断管"}
    back = move(office, where, "minute", status=422, **wrong, **{"item.1.org": "", "item.1.org_text": "县水利局"})
    assert "errors" in back and 'value="县水利局"' in back, "typed and picked from no list, it comes back"
    move(office, where, "minute", **{**wrong, "item.1.org": "SLJ", "item.1.due_on": "2026-10-31"})
    page = office.see(where)
    # The grey button says why it is grey.
    assert "还有 1 项共识没有转化" in words_of(page)
    assert office.send(where, f"{where}/consensus/1/convert", into="case").status_code == 303
    assert office.send(where, f"{where}/moves/implement").status_code == 303
    move(office, where, "evaluate", satisfaction="satisfied", realised=["1"])
    told = words_of(office.see(where))
    assert "落实了" in told and "答复参会" in told and "第 1 项为困难件" in told
    for paper in ("notice", "agenda", "sign_in", "seats", "minutes"):
        assert "水管怎么修" in office.see(f"{where}/papers/{paper}")
    office.see(f"{where}/papers/poster", status=404)
    assert "水管怎么修" in office.see("/consultations?state=evaluated")


def look_into_the_calendar(office: Hand) -> None:
    assert "水管怎么修" in office.see("/consultations/calendar?day=2026-10-20")
    before, after = (office.see(f"/consultations/calendar?day=2026-{day}") for day in ("09-15", "10-27"))
    assert "下一场" in before and 'href="?view=week&amp;day=2026-10-20"' in before and "往后也还没有排" in after


def hold_and_hear(office: Hand, where: str) -> None:
    """Record who came and who spoke; who did not come has said nothing."""
    spoke: dict[str, Any] = {
        "statement.1.who": "赵支书",
        "statement.1.words": "先定水费",
        "statement.1.position": "against",
    }
    assert "到会的人里没有王五" in move(
        office, where, "hold", status=422, came=["0"], others="赵支书", **{**spoke, "statement.1.who": "王五"}
    )
    move(office, where, "hold", came=["0", "1"], others="赵支书", **spoke)
    assert "先定水费 不同意 到会" in words_of(office.see(where)).replace("  ", " ")


def drag_by_the_hour(office: Hand, action: str, onto: dict[str, Any]) -> None:
    """Onto another hour and back: how far down in the day it is let go."""
    shown = office.see("/consultations/calendar?day=2026-10-21")
    assert 'data-at="09:00"' in shown and 'data-from="8"' in shown
    assert office.browser.client.post(action, data={**onto, "at": "14:30"}).status_code == 303
    assert "14:30–16:30" in office.see("/consultations/calendar?day=2026-10-21")
    assert office.browser.client.post(action, data={**onto, "at": "09:00"}).status_code == 303


def test_a_clash_is_shown_with_what_it_meets_and_a_free_time_fills_the_form(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    first, other = brought(office), brought(office, title="路灯装几盏")
    when: dict[str, Any] = {"starts_at": "2026-10-20T09:00", "ends_at": "2026-10-20T11:00", "venue": "HALL"}
    move(office, first, "schedule", **when, stakeholders="李小芳")
    told = move(office, other, "schedule", status=409, **when, stakeholders="王大力")
    assert "和这些安排撞了" in words_of(told) and "村委会会议室" in told and first in told
    # The form says by when notices go out, and that tomorrow is too soon; the yard is offered for the same time.
    he = str(world["he"].person_id)
    told = move(office, other, "schedule", status=409, **when, stakeholders="王大力", convenor=he)
    assert "这个时间空着的场所" in told and 'value="2026-10-20T09:00|2026-10-20T11:00|YARD"' in told
    assert "最迟10月15日发出通知" in told
    assert "只提前 1 个工作日" in office.see(f"{other}/notice?starts_at=2026-10-15T09:00")
    action = f"{other}/moves/schedule"
    slot = "2026-10-21T09:00|2026-10-21T11:00|YARD"
    filled = office.send(action, action, **when, stakeholders="王大力", slot=slot)
    fields = form_of(filled.text, action)
    assert (fields["starts_at"], fields["venue"], fields["stakeholders"].strip()) == (
        "2026-10-21T09:00",
        "YARD",
        "王大力",
    )
    move(office, other, "schedule", starts_at="2026-10-21T09:00", ends_at="2026-10-21T11:00", venue="YARD",
         stakeholders="王大力")  # fmt: skip


def test_of_free_halls_the_one_near_the_village_is_offered(desk: Desk) -> None:
    office = Hand(desk, "an")
    told = {"code": "AAA", "name": "木鱼镇会议室", "region_code": "510822106", "capacity": "90", "hours": "08:00-20:00"}
    assert office.send("/venues/new", "/venues/new", **told).status_code == 303
    where = brought(office)
    assert "木鱼镇会议室、约 20 公里" in words_of(office.see(f"{where}/moves/schedule")), "the only one, and its way"
    venues(office)
    offered = words_of(office.see(f"{where}/moves/schedule")).split("都有空的时间")[1]
    assert "村委会会议室" in offered and "木鱼镇" not in offered.split("点一下")[0]


def test_a_regular_day_keeps_the_hall_skips_holidays_and_takes_topics(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    first, other = brought(office), brought(office, title="路灯装几盏")
    rule = {"name": "方石村协商日", "week": "1", "weekday": "5", "opens": "09:00", "closes": "11:30", "venue": "HALL"}
    wrong = {**rule, "first_on": "2026-11-01", "last_on": "2026-12-31", "closes": "8点"}
    assert office.send("/consultation-days/new", "/consultation-days/new", **wrong).status_code == 422
    # A day on which nobody works is passed over, and the next that is worked can be kept instead.
    sundays = {**rule, "weekday": "7", "first_on": "2026-11-01", "last_on": "2026-11-30"}
    aside = str(office.send("/consultation-days/new", "/consultation-days/new", **sundays).headers["Location"])
    page = office.see(aside)
    assert "11月1日 周日 放假跳过" in words_of(page) and "改到 11月2日 周一" in words_of(page)
    (day,) = {each for each in re.findall(r'action="([^"]+)"', page) if "/days/" in each}
    assert office.send(aside, day, on="2026-11-02").status_code == 303
    assert "11月2日 周一 已留场所 原定 11月1日 周日" in words_of(office.see(aside))
    right = {**rule, "first_on": "2026-11-01", "last_on": "2026-12-31"}
    where = str(office.send("/consultation-days/new", "/consultation-days/new", **right).headers["Location"])
    told = words_of(office.see(where))
    assert "11月6日 周五 已留场所" in told
    page = office.see(where)
    days = [each for each in re.findall(r'action="([^"]+)"', page) if "/days/" in each]
    # Another meeting finds the hall taken; the topic put on the day does not, and its form begins with the day.
    when: dict[str, Any] = {"starts_at": "2026-11-06T09:00", "ends_at": "2026-11-06T11:00", "venue": "HALL"}
    assert "方石村协商日" in move(office, other, "schedule", status=409, **when, stakeholders="王大力")
    number = first.rpartition("/")[2]
    assert office.send(where, days[0], topic=number).status_code == 303
    action = f"{first}/moves/schedule"
    begun = form_of(office.see(action), action)
    assert (begun["starts_at"], begun["ends_at"], begun["venue"]) == tuple(when.values())
    move(office, first, "schedule", stakeholders="李小芳")
    # A day with a topic on it is not given up; one without is, and its hall is free again.
    assert office.send(where, days[0], topic="").status_code == 404
    assert (
        office.browser.client.post(days[0], data=form_of(office.see("/venues/new"), "/venues/new")).status_code == 409
    )
    december = next(each for each in dict.fromkeys(days) if each != days[0])
    assert office.send(where, december).status_code == 303
    assert "这次不用" in words_of(office.see(where)) and "放到协商日" in words_of(office.see(first))
    free: dict[str, Any] = {"starts_at": "2026-12-04T09:00", "ends_at": "2026-12-04T11:00", "venue": "HALL"}
    move(office, other, "schedule", **free, stakeholders="王大力")
    report = verify(desk.office.db, at=MORNING, attachments=desk.office.settings.attachments, lifecycles=lifecycles())
    assert [each for each in report if each.rows] == []


def test_a_quarter_is_planned_and_taken_item_by_item(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    first, other, third = (brought(office, title=title) for title in ("水管怎么修", "路灯装几盏", "场坝谁来扫"))
    path = "/consultation-plans"
    numbers = [each.rpartition("/")[2] for each in (first, other, third)]
    people = {f"people.{numbers[0]}": [str(world["he"].person_id), str(world["bai"].person_id)]}
    asked: dict[str, Any] = {"first": "2026-10-20", "last": "2026-10-20", "minutes": "120", "topic": numbers}
    narrow: dict[str, Any] = {"halves": ["morning"], "weekdays": ["2"], "venues": ["HALL"]}
    assert office.send(path, path, **asked, venues=["HALL"], halves=[]).status_code == 422
    # One morning in one hall for three: the rest waits for the job, which says what stands in the way.
    where = str(office.send(path, path, **asked, **narrow, **people).headers["Location"])
    # Who asked may stop it, and then nothing goes on; nobody else may.
    assert "正在排 3 个议题" in office.see(where) and f'action="{where}/stop"' in office.see(where)
    clerk = Hand(desk, "he")
    assert "/stop" not in clerk.see(where)
    token = form_of(clerk.see(path), path)
    assert clerk.browser.client.post(f"{where}/stop", data=token).status_code == 409
    assert office.send(where, f"{where}/stop").status_code == 303 and "已停下" in office.see(where)
    assert not Runner(desk.office, "worker", WORKS).run_next(names=["quarter_plan"])
    where = str(office.send(path, path, **asked, **narrow, **people).headers["Location"])
    Runner(desk.office, "worker", WORKS).run_next(names=["quarter_plan"])
    told = words_of(office.see(where))
    assert "排进 1 场" in told and "卡在时段" in told and "排不进的" in told
    wide = {**narrow, "halves": ["morning", "afternoon"], "venues": ["HALL", "YARD"]}
    # What a second is enough for is there at once, and nothing of it is kept before it is taken.
    where = str(office.send(path, path, **asked, **wide, **people).headers["Location"])
    page = office.see(where)
    assert "排进 3 场" in page and "路程已是最少" in page
    items = re.findall(r'action="([^"]+/items/[^"]+)"', page)
    assert len(items) == 3 and "已审定" in office.see(first)
    for item in items:
        assert office.send(where, item).status_code == 303
    assert "已排期" in words_of(office.see(where)) and "白工" in office.see(first)
    assert (
        office.browser.client.post(items[0], data=form_of(office.see("/venues/new"), "/venues/new")).status_code == 409
    )
    away = "/consultation-distances"
    assert office.send(away, away, one=TOWN, other=VILLAGE, km="3").status_code == 422
    assert office.send(away, away, one=TOWN, other="510822106", km="17").status_code == 303
    assert "17 公里" in office.see(away)


def test_a_date_is_found_by_links_and_calls_and_set_in_one_step(desk: Desk, world: World) -> None:
    office, stranger = Hand(desk, "an"), Hand(desk, "chen")
    venues(office)
    where = brought(office)
    action = f"{where}/poll/new"
    assert action in office.see(where)
    dates = {"option.0": "2026-10-20T09:00", "option.1": "2026-10-21T14:30", "venue": "HALL", "minutes": "120"}
    people: dict[str, Any] = {"required": [str(world["bai"].person_id)], "stakeholders": "李小芳"}
    late = {**dates, "option.1": "2026-10-01T09:00"}
    assert office.send(action, action, **late, **people).status_code == 422
    page = office.send(action, action, **dates, **people)
    assert page.headers["Cache-Control"] == "no-store"
    links = re.findall(r"(/poll/poll_[\w-]+)<", page.text)
    assert len(links) == 2 and not re.search(r"/poll/poll_", office.see(f"{where}/poll"))
    by_link = desk.app.test_client()
    # Who has no account gets a letter, with the same answer behind a code that can be typed.
    assert "信件 等着" in words_of(office.see(f"{where}/poll"))
    stands = office.send(f"{where}/poll", f"{where}/letters").text
    (code,) = re.findall(r"http://localhost(/l/\w+)</p>", stands)
    assert by_link.get(code).headers["Location"] == links[1] and "李小芳" in stands and "白工" not in stands
    assert office.send(f"{where}/poll", f"{where}/letters", format="docx").data[:2] == b"PK"
    assert "信件 已打印" in words_of(office.see(f"{where}/poll"))
    # Without an account, masked, and only one's own answers.
    seen = by_link.get(links[1])
    assert seen.status_code == 200 and "李小芳" not in seen.text and "白工" not in seen.text
    assert seen.headers["Referrer-Policy"] == "no-referrer"
    told = {**form_of(seen.text, links[1]), "answer.0": "yes", "answer.1": "no"}
    assert "谢谢您" in by_link.post(links[1], data=told).text
    assert by_link.get("/poll/poll_nothing").status_code == 404
    # The other is asked on the phone; a new link ends the one before.
    voters = re.findall(r'action="([^"]+/voters/[^"]+)"', office.see(f"{where}/poll"))
    assert office.send(f"{where}/poll", voters[0], **{"answer.0": "maybe", "answer.1": "no"}).status_code == 303
    outcome = words_of(office.see(f"{where}/poll"))
    assert "来 1 来不了 0 还不一定 1" in outcome and "必到的 白工 来不了" in outcome and "电话记的" in outcome
    renewed = office.send(f"{where}/poll", voters[0], renew="1").text
    assert by_link.get(links[0]).status_code == 404 and len(re.findall(r"/poll/poll_[\w-]+<", renewed)) == 1
    assert stranger.browser.get(f"{where}/poll").status_code == 404
    assert office.send(f"{where}/poll", f"{where}/poll/dates/0").status_code == 303
    standing = words_of(office.see(where))
    assert "已排期" in standing and "10月20日 周二 09:00" in standing and "李小芳" in standing
    # The links are closed with it.
    assert by_link.get(links[1]).status_code == 404


def test_the_kit_of_a_meeting_comes_as_sheets_and_as_word(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office)
    when: dict[str, Any] = {"starts_at": "2026-10-20T09:00", "ends_at": "2026-10-20T11:00", "venue": "HALL"}
    move(office, where, "schedule", **when, stakeholders="李小芳\n王大力")
    cards = office.see(f"{where}/papers/place_cards")
    # Each name stands on both sides of its card, that of the convenor too.
    assert cards.count("place-card") == 3 and cards.count("李小芳") == 2 and cards.count("安老师") >= 2
    seats = words_of(office.see(f"{where}/papers/seats"))
    assert "1 安老师" in seats and "2 李小芳" in seats and "3 王大力" in seats
    number = where.rpartition("/")[2]

    def paper(code: str, status: int = 200) -> str:
        answer = office.browser.get(f"/papers/of/{code}/{number}?format=docx")
        assert answer.status_code == status, code
        if status != 200:
            return ""
        with zipfile.ZipFile(io.BytesIO(answer.data)) as package:
            return re.sub("<[^>]+>", "", package.read("word/document.xml").decode())

    for code in ("meeting_notice", "agenda", "minutes_form"):
        assert "水管怎么修" in paper(code), code
    notice = paper("meeting_notice")
    assert "2026年10月20日 09:00—11:00" in notice and "李小芳利益相关方" in notice and "签到" not in notice
    assert "1 安老师" in paper("seating") and "2 李小芳3 王大力" in paper("seating")
    assert paper("place_cards").count("王大力") == 2, "on both sides of the card"
    for code in ("seating", "place_cards"):
        assert office.browser.get(f"/papers/of/{code}/{number}?format=pdf").data.startswith(b"%PDF")
    for code in ("consensus", "villagers_notice"):
        paper(code, status=409)
    move(office, where, "notify", research="看过两处断口")
    assert words_of(office.see(where)).count("没有账号，通知要打电话或送纸") == 2
    answered = office.browser.post(f"{where}/reply", {"name": "王大力", "reply": "maybe"})
    assert answered.status_code == 303 and "没有账号，本人答复了办公室" in words_of(office.see(where))
    move(office, where, "hold", came=["0", "1"])
    agreed: dict[str, Any] = {
        "item.0.text": "换两处断管，李小芳 13900000000 带路",
        "item.0.org": "SLJ",
        "item.0.due_on": "2026-10-31",
    }
    move(office, where, "minute", minutes="谈成了", **agreed)
    assert "换两处断管" in paper("consensus") and "13900000000" in paper("consensus")
    # What is posted in the village carries no number.
    posted = paper("villagers_notice")
    assert "换两处断管" in posted and "13900000000" not in posted
