"""The week beside the form of a date: what is taken in words and to whom, free times that fill the form, other weeks."""

import re
from typing import Any

import pytest

from casework.core.ids import new_id
from casework.registry.tables import Person, RoleGrant
from tests.web.api.counting import statements_of
from tests.web.desk import Desk
from tests.web.pages.reading import chinese_of, form_of, words_of
from tests.web.pages.test_consultations import Hand, brought, move, venues
from tests.world import MORNING, TOWN, World

pytestmark = pytest.mark.usefixtures("morning")

SPAN: dict[str, Any] = {"starts_at": "2026-10-20T09:00", "ends_at": "2026-10-20T11:00", "venue": "HALL"}
BLOCK = re.compile(r'<li class="b (\w+) [^>]*>(.*?)</li>', re.DOTALL)
DAY = re.compile(r'<li class="day([^"]*)"([^>]*)>\s*<h3>(.*?)</h3>', re.DOTALL)
SLOT = re.compile(r'name="slot" value="([^"]+)"')


def week_of(page: str) -> str:
    return page.split('id="week"')[1].split("</section>", maxsplit=1)[0]


def blocks(page: str) -> list[tuple[str, str]]:
    """Return the blocks of the week by their kind, in words."""
    return [(kind, " ".join(words_of(inside).split())) for kind, inside in BLOCK.findall(week_of(page))]


def free_in(page: str) -> list[dict[str, str]]:
    values = SLOT.findall(week_of(page).split('class="wk-foot"', maxsplit=1)[0])
    return [dict(zip(("starts_at", "ends_at", "venue"), each.split("|"), strict=True)) for each in values]


def other_meeting(office: Hand, world: World, **when: Any) -> str:
    """One of another topic takes the hall, and 白工 beside it."""
    where = brought(office, title="路灯装几盏")
    required = [str(world["bai"].person_id)]
    move(office, where, "schedule", **{**SPAN, **when}, required=required, convenor=str(world["he"].person_id))
    return where


def looked(office: Hand, where: str, **typed: Any) -> str:
    action = f"{where}/moves/schedule"
    answer = office.send(action, action, **{"look": "1", **typed})
    assert answer.status_code == 200
    return str(answer.text)


def test_the_week_tells_whose_time_is_taken_and_the_planned_meeting_meets_it(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    other_meeting(office, world)
    where, bai = brought(office), str(world["bai"].person_id)
    by_room = blocks(looked(office, where, venue="HALL", ends_at="", starts_at=""))
    assert ("room", "9:00–11:00 场所已订 村委会会议室： 路灯装几盏") in by_room
    by_person = blocks(looked(office, where, venue="YARD", required=[bai]))
    assert ("people", "9:00–11:00 人有事 白工： 路灯装几盏") in by_person
    assert not any(kind in ("room", "people") for kind, _text in blocks(looked(office, where, venue="YARD")))
    page = looked(office, where, **{**SPAN, "starts_at": "2026-10-20T10:00", "required": [bai]})
    assert [text for kind, text in blocks(page) if kind == "clashing"] == [
        "10:00–11:00 这场会 冲突 2 处 村委会会议室、白工： 路灯装几盏"
    ]
    assert "和这些安排撞了" in words_of(page) and "必到・冲突" in words_of(page)
    # What is unusual in who comes is told before the date is set, and nothing of it while nobody is named.
    assert "政协委员 0 人，一般不少于 2 人" in page and "没有部门的人参加" not in page
    assert "只是提醒" not in office.see(f"{where}/moves/schedule")
    # In another week the words beside the form still tell it; nothing that was typed is lost by turning.
    turned = looked(office, where, **{**SPAN, "required": [bai], "stakeholders": "李小芳", "week": "2026-10-26"})
    assert "10月26日 周一 至 11月1日 周日" in words_of(turned) and "和这些安排撞了" in words_of(turned)
    kept = form_of(turned, f"{where}/moves/schedule")
    assert (kept["starts_at"], kept["stakeholders"].strip()) == ("2026-10-20T09:00", "李小芳")


def test_every_time_shown_as_free_is_taken_and_every_one_shown_as_taken_is_refused(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    other_meeting(office, world)
    where, bai = brought(office), str(world["bai"].person_id)
    who: dict[str, Any] = {"required": [bai], "venue": "HALL"}
    page = looked(office, where, **who, starts_at="", ends_at="")
    free = free_in(page)
    # Of the five days each morning and afternoon but the one that is taken until eleven.
    assert len(free) == 9 and "2026-10-20T08:30" not in {each["starts_at"] for each in free}
    refused = move(office, where, "schedule", status=409, **{**SPAN, **who})
    assert ("clashing", "9:00–11:00") in [(kind, text.split()[0]) for kind, text in blocks(refused)]
    reason: dict[str, Any] = {**SPAN, **who, "override_reason": "只来半场"}
    move(office, where, "schedule", status=409, **reason)
    trigger = "schedule"
    for each in free:
        # As a browser without script: the button fills the form, which is sent as it then stands.
        action = f"{where}/moves/{trigger}"
        slot = "|".join(each.values())
        filled = form_of(office.send(action, action, **{**who, "slot": slot}).text, action)
        assert {name: filled[name] for name in each} == each
        move(office, where, trigger, **{**who, **each})
        trigger = "reschedule"
    # Whoever has to come is let pass with a reason, in another hall.
    move(office, where, trigger, status=409, **{**SPAN, **who, "venue": "YARD"})
    move(office, where, trigger, **{**reason, "venue": "YARD"})


def test_holidays_worked_weekends_today_and_days_too_soon_are_told_in_words(desk: Desk) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office)
    path = f"{where}/moves/schedule"

    def heads(week: str) -> list[str]:
        found = DAY.findall(week_of(office.see(f"{path}?week={week}")))
        return [" ".join(words_of(head).split()) for _classes, _more, head in found]

    autumn = heads("2026-10-08")
    assert autumn[0] == "周一 5 10月5日 周一 国庆" and autumn[5] == "周六 10 10月10日 周六 班"
    assert autumn[6].endswith("休")
    now = heads("2026-10-14")
    assert [each for each in now if "今天" in each] == ["周三 14 10月14日 周三 今天 来不及通知"]
    assert "来不及通知" not in now[1] and "来不及通知" in now[4], "what is past is too late for more than that"
    page = office.see(f"{path}?week=2026-10-14")
    assert week_of(page).count('aria-current="date"') == 1 and "回到本周" not in page
    assert "回到本周" in office.see(f"{path}?week=2026-10-26")
    assert "2027 年的放假安排还没有公布" in office.see(f"{path}?week=2027-01-04")
    for odd in ("x", "9999-12-31", "0001-01-01", "2026-02-30"):
        office.see(f"{path}?week={odd}")


def test_a_meeting_of_elsewhere_is_a_time_that_is_taken_and_nothing_more(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    away = brought(office, title="木鱼镇修桥", region_code="510822106")
    bai = str(world["bai"].person_id)
    move(office, away, "schedule", **SPAN, required=[bai], convenor=str(world["he"].person_id))
    with desk.office.db.transaction() as session:
        person = Person(id=new_id(), name="乡上办事员", user_name="xiang", created_at=MORNING, updated_at=MORNING)
        session.add(person)
        session.flush()
        session.add(RoleGrant(id=new_id(), person_id=person.id, role="clerk", region=TOWN, created_at=MORNING))
    where = brought(office)
    near = Hand(desk, "xiang")
    page = looked(near, where, **SPAN, required=[bai])
    assert ("people", "9:00–11:00 人有事 白工：另有安排") not in blocks(page)
    assert ("room", "9:00–11:00 场所已订 村委会会议室、白工：另有安排") in blocks(page)
    assert "修桥" not in page and away not in page and "另有安排" in words_of(page)
    # When others are free is told to the office only, however it is asked.
    member = Hand(desk, "cun")
    member.see(where)
    member.see(f"{where}/moves/schedule", status=403)
    token = form_of(member.see(where), "") if 'action=""' in member.see(where) else {}
    asked = member.browser.client.post(f"{where}/moves/schedule", data={**token, "look": "1", "required": [bai]})
    assert asked.status_code in (400, 403) and "白工" not in asked.text


def test_the_statements_of_the_page_do_not_grow_with_people_or_meetings(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office)
    action = f"{where}/moves/schedule"
    everybody = [str(world[who].person_id) for who in ("bai", "zhen", "jiao", "shui", "lu", "jin", "shen")]

    def asked(required: list[str]) -> int:
        typed = {**form_of(office.see(action), action), **SPAN, "required": required, "invited": everybody[4:6]}
        with statements_of(desk.office.db) as noted:
            page = office.browser.client.post(action, data={**typed, "look": "1"})
        assert page.status_code == 200
        return len(noted)

    few = asked(everybody[:1])
    for n, hours in enumerate((("09:00", "11:00"), ("14:00", "16:00"), ("16:00", "17:00"))):
        when = {"starts_at": f"2026-10-{21 + n}T{hours[0]}", "ends_at": f"2026-10-{21 + n}T{hours[1]}"}
        topic = brought(office, title=f"议题{n}")
        move(office, topic, "schedule", **{**SPAN, **when}, required=everybody[:3], convenor=everybody[4])
    assert asked(everybody[:4]) == few
    # Without script people are typed by their names, asked for at once too.
    assert abs(asked(["白工", "镇干部", "焦老师"]) - few) <= 1


def test_the_week_speaks_english(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    other_meeting(office, world)
    where, bai = brought(office), str(world["bai"].person_id)
    office.browser.get("/language/en?next=/")
    page = looked(office, where, **SPAN, required=[bai])
    names = (
        "村委会会议室",
        "李家院坝",
        "白工",
        "安老师",
        "何干事",
        "路灯装几盏",
        "水管怎么修",
        "方石村",
        "竹园镇",
        "安",
        "白",
    )
    inside = page.split('id="dates"')[1].split("</form>")[0]
    assert not chinese_of(f"<div {inside}", data=names), chinese_of(f"<div {inside}", data=names)
