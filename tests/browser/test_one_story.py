"""One story at the screens: five reports of one water source become a topic, a meeting, cases and a supervised matter.

As tests/web/api/test_one_story.py tells it by the API. A county of its own is served here, whose clock the test moves on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Browser, expect

from casework.core.database import Database
from tests import databases
from tests.browser.visitor import Visitor, sit_down
from tests.web.desk import Desk, make_desk
from tests.web.previews.stage import open_stage
from tests.world import MORNING, REPORT, TOWN, VILLAGE, make_world
from workflows import firing

HALL = {"code": "HALL", "name": "方石村会议室", "region_code": VILLAGE, "capacity": 30, "hours": "08:00-20:00"}
TOWN_HALL = {**HALL, "code": "TOWN", "name": "竹园镇二楼", "region_code": TOWN}
NINE, ELEVEN = "2026-10-20T09:00", "2026-10-20T11:00"
TWO, FOUR = "2026-10-20T14:30", "2026-10-20T16:30"
URGED, LISTED, REPORTED = timedelta(days=13), timedelta(days=26), timedelta(days=28)
AGREED = (
    ("水利局换好两处断管", "slj", "县水利局", "2026-10-31"),
    ("镇上组织三组出工", "zyz", "竹园镇", "2026-11-06"),
    ("水源地围栏修好，专人看护", "slj", "县水利局", "2026-10-23"),
)


@dataclass
class Office:
    """The served county: `office("he")` sits 何干事 down; who sat there before the clock was moved sits down anew."""

    desk: Desk
    browser: Browser
    home: str
    clock: Any
    seated: dict[str, Visitor] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def __call__(self, user: str) -> Visitor:
        if user not in self.seated:
            cookie = self.desk.browser(user).client.get_cookie("casework_session")
            assert cookie is not None
            made = sit_down(self.browser, self.home)
            made.page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.home}])
            self.seated[user] = made
        return self.seated[user]

    def later(self, gone: timedelta) -> None:
        """Move the clock on; nobody is logged in any more."""
        self.leave()
        self.clock.move_to(MORNING + gone)

    def leave(self) -> None:
        """Let everybody go, and keep what their browsers complained of."""
        for each in self.seated.values():
            self.complaints += each.complaints
            each.page.context.close()
        self.seated.clear()


@pytest.fixture
def office(browser: Browser, tmp_path: Path) -> Iterator[Office]:
    with (
        databases.fresh_database("sqlite", holding="county") as url,
        time_machine.travel(MORNING, tick=True) as clock,
    ):
        db = Database(url)
        desk = make_desk(make_world(db, tmp_path), tmp_path)
        with open_stage(desk.app) as home:
            made = Office(desk, browser, home, clock)
            yield made
            made.leave()
        db.close()
        assert not made.complaints, "\n".join(made.complaints)


def test_five_reports_of_one_source_end_in_the_bulletin(office: Office) -> None:
    where = topic_out_of_reports(office("he"))
    approve(office, where)
    schedule_around_two_clashes(office, where)
    hold_and_minute(office("he"), where)
    matter = convert(office("he"), where)
    supervise(office, matter)
    evaluate(office("he"), where)
    read_bulletin(office("he"))


def topic_out_of_reports(clerk: Visitor) -> str:
    """Five report one thing; what is hot this week is proposed as a topic with its cases."""
    clerk.open("/work")
    for n, name in enumerate(("李小芳", "王大力", "赵明", "钱秀", "孙贵")):
        told = {"title": f"三组水源断流，第{n + 1}户吃水靠挑", "reporter": {"name": name, "phone": f"1390000{n}876"}}
        clerk.api("POST", "/cases", {**REPORT, **told})
    for venue in (HALL, TOWN_HALL):
        clerk.api("POST", "/venues", venue)
    clerk.open("/hot-topics")
    clerk.press("提为协商议题")
    page = clerk.page
    expect(page.locator('input[name="case"]')).to_have_count(5)
    page.get_by_label("议题").fill("三组水源怎么修")
    page.get_by_label("为什么要商量").fill("五户反映同一处水源")
    clerk.press("提交议题")
    expect(page.get_by_role("heading", name="三组水源怎么修")).to_be_visible()
    return page.url.removeprefix(clerk.home)


def approve(office: Office, where: str) -> None:
    """The clerk scores, the head approves."""
    clerk, head = office("he"), office("an")
    clerk.open(f"{where}/moves/screen")
    for label, points in (("紧迫", "5"), ("涉及面", "4"), ("可行", "4")):
        clerk.page.get_by_label(label).select_option(points)
    clerk.page.locator("#main form").get_by_role("button", name="筛选打分").click()
    head.open(f"{where}/moves/approve")
    head.page.get_by_label("由谁审定").select_option("chair_meeting")
    head.page.locator("#main form").get_by_role("button", name="审定").click()
    expect(head.page.locator("main")).to_contain_text("已审定")


def schedule_around_two_clashes(office: Office, where: str) -> None:
    """The hall is taken at nine, a person who has to come at half past two; the next free time is taken."""
    zhen, clerk = other_meetings(office("an")), office("he")
    clerk.open(f"{where}/moves/schedule")
    page, form = clerk.page, clerk.page.locator("#dates")
    clerk.choose("必到的人", "镇干部", "镇干部")
    page.get_by_label("利益相关方、群众代表").fill("李小芳\n王大力")
    clerk.meant.add(409)
    for begins, ends, clash in ((NINE, ELEVEN, "防汛会"), (TWO, FOUR, "党员大会")):
        page.get_by_label("开始").fill(begins)
        page.get_by_label("结束").fill(ends)
        page.get_by_label("地点").select_option("HALL")
        form.locator("button.main").click()
        expect(page.locator(".clash")).to_contain_text(clash)
    assert zhen in page.locator("#dates").inner_html()
    page.get_by_label("开始").fill("2026-10-21T09:00")
    page.get_by_label("结束").fill("2026-10-21T11:00")
    form.locator("button.main").click()
    expect(page.locator("main")).to_contain_text("已排期")


def other_meetings(head: Visitor) -> str:
    """Two meetings stand already: one in the hall, one to which 镇干部 has to come; return who that is."""
    people = head.page.request.get(f"{head.home}/consultations/people?q=镇干部").json()["options"]
    zhen = str(people[0]["value"])
    must = [{"person": zhen, "part": "department", "required": True}]
    for title, venue, begins, ends, coming in (
        ("防汛会", "HALL", NINE, ELEVEN, [{"name": "周某", "part": "guest", "required": False}]),
        ("党员大会", "TOWN", TWO, FOUR, must),
    ):
        told = {"title": title, "kind": "youshi", "source": "leader", "region_code": VILLAGE, "reason": "例会"}
        path = f"/consultations/{head.api('POST', '/consultations', told)['id']}/transitions"
        when = {
            "starts_at": f"{begins}:00+08:00",
            "ends_at": f"{ends}:00+08:00",
            "venue": venue,
            "participants": coming,
        }
        for trigger, fields in (
            ("screen", {"scores": {"urgency": 3, "breadth": 3, "feasibility": 3}}),
            ("approve", {"authority": "office"}),
            ("schedule", when),
        ):
            head.api("POST", path, {"trigger": trigger, "fields": fields})
    return zhen


def hold_and_minute(clerk: Visitor, where: str) -> None:
    """Notices go out with what was found out, the meeting is held, three things are agreed."""
    page = clerk.page
    form = page.locator("#main form")
    clerk.open(f"{where}/moves/notify")
    page.get_by_label("商前调研的情况").fill("到水源地看过。")
    form.get_by_role("button", name="发通知").click()
    expect(page.locator("main")).to_contain_text("已通知")
    clerk.open(f"{where}/moves/hold")
    for name in ("镇干部", "李小芳", "王大力"):
        page.get_by_label(name).check()
    form.get_by_role("button", name="登记召开").click()
    expect(page.locator("main")).to_contain_text("已召开")
    clerk.open(f"{where}/moves/minute")
    page.get_by_label("纪要", exact=True).fill("先修后护。")
    for n, (text, typed, org, day) in enumerate(AGREED):
        page.get_by_label(f"第 {n + 1} 项 商定做什么").fill(text)
        clerk.choose(f"第 {n + 1} 项 责任单位", typed, org)
        page.get_by_label(f"第 {n + 1} 项 哪天做完").fill(day)
    form.get_by_role("button", name="写纪要").click()
    expect(page.locator(".agreed li")).to_have_count(3)


def convert(clerk: Visitor, where: str) -> str:
    """Two become cases, one is supervised; return the page of the supervised matter."""
    page = clerk.page
    clerk.open(where)
    for into, n in (("困难件", 0), ("困难件", 1), ("督办", 2)):
        page.locator(".agreed li").nth(n).get_by_role("button", name=into).click()
        expect(page.locator(".agreed li").nth(n)).to_contain_text("去看")
    path = page.locator(".agreed li").nth(2).get_by_role("link", name="去看").get_attribute("href")
    clerk.press("转入办理")
    expect(page.locator("main")).to_contain_text("办理中")
    assert path is not None
    return path


def supervise(office: Office, matter: str) -> None:
    """The slip goes out, the day passes, it is urged, listed, reported, verified, and struck off by two."""
    step(office("an"), matter, "签发督办单")
    expect(office("an").page.locator("main")).to_contain_text("督办〔2026〕1号")
    step(office("bai"), matter, "签收")
    office.later(URGED)
    step(office("he"), matter, "催办", comment="请报进展")
    expect(office("he").page.locator("main")).to_contain_text("催办〔2026〕1号")
    office.later(LISTED)
    for days in (16, 26):
        firing.sweep(office.desk.office.db, at=MORNING + timedelta(days=days))
    step(office("lu"), matter, "升级", level="3", reason="逾期十个工作日", leader="陆主席")
    expect(office("lu").page.locator("main")).to_contain_text("陆主席")
    office.later(REPORTED)
    step(office("shui"), matter, "报办理结果", result_class="A", result="围栏修好，专人看护")
    step(office("he"), matter, "核实结果", evidence="到水源地看过，有照片")
    step(office("an"), matter, "提请销号")
    # Who proposed it does not strike it off.
    expect(office("an").page.locator("#why-strike_off")).to_be_visible()
    step(office("lu"), matter, "同意销号")
    expect(office("lu").page.locator("main")).to_contain_text("已销号")


def step(visitor: Visitor, matter: str, label: str, **typed: str) -> None:
    """Press what can be done now, fill in what it asks, and see it done."""
    page = visitor.page
    visitor.open(matter)
    acts = page.locator(".acts")
    acts.get_by_role("button", name=label, exact=True).or_(acts.get_by_role("link", name=label, exact=True)).click()
    if typed or "/moves/" in page.url:
        for name, value in typed.items():
            box = page.locator(f'[name="{name}"]')
            if box.first.get_attribute("type") == "radio":
                page.locator(f'[name="{name}"][value="{value}"]').check()
            elif box.first.evaluate("each => each.tagName") == "SELECT":
                box.select_option(value)
            else:
                box.fill(value)
        page.locator("#main form").get_by_role("button", name=label).click()
    expect(page).to_have_url(visitor.home + matter)
    expect(page.locator(".toast")).to_contain_text(label)


def evaluate(clerk: Visitor, where: str) -> None:
    """Those who took part are content, all three things were realised."""
    clerk.open(f"{where}/moves/evaluate")
    page = clerk.page
    page.get_by_role("group", name="参加人和群众满意吗").get_by_text("满意", exact=True).click()
    for n in range(3):
        page.locator('[name="realised"]').nth(n).check()
    page.locator("#main form").get_by_role("button").first.click()
    expect(page.locator("main")).to_contain_text("已评价")


def read_bulletin(clerk: Visitor) -> None:
    """Every figure of the story stands in the bulletin of the quarter."""
    clerk.open("/bulletins")
    clerk.press("起草通报")
    sheet = clerk.page.locator("article")
    for sentence in (
        "本季召开协商会议1场，形成共识3项，已转化3项，经评价落实3项。",
        "本季督办事项1件，其中挂牌督办1件，发出催办通知1份，经两人核定销号1件。",
    ):
        expect(sheet).to_contain_text(sentence)
    for title, cells in (
        ("协商议定事项转化落实情况", ["竹园镇", "1", "3", "3", "3"]),
        ("督办事项情况", ["县水利局", "0", "1", "1", "1", "0"]),
    ):
        table = sheet.locator("table", has_text=title)
        assert table.locator("tbody td").all_inner_texts() == cells
