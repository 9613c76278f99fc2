"""Visits without signal: written in the hills, sent once each when there is signal, whatever happened in between."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, Route, expect

from tests.browser.conftest import Seat
from tests.browser.service import PASSWORD
from tests.browser.words import rare_pair
from tests.web.previews.photographer import FLAGS, chromium_path

API = "**/api/v1/visits"
PHOTOS = "**/api/v1/activities/*/attachments"


class Phone:
    """A telephone whose browser keeps what it kept when it is closed and opened again."""

    def __init__(self, browser: Browser, folder: Path, home: str) -> None:
        self.home = home
        self._browser, self._folder = browser, folder
        self._context: BrowserContext | None = None
        self.faults: list[str] = []
        self.turn_on()

    def turn_on(self, *, offline: bool = False) -> None:
        """Open the browser, with signal or without."""
        self._context = self._browser.browser_type.launch_persistent_context(
            str(self._folder),
            executable_path=chromium_path(),
            args=list(FLAGS),
            viewport={"width": 390, "height": 844},
            is_mobile=True,
            has_touch=True,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        self._context.set_default_timeout(15_000)
        self._context.set_offline(offline)
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))

    @property
    def page(self) -> Page:
        """The one page that is open."""
        assert self._context is not None
        return self._context.pages[0]

    def turn_off(self) -> None:
        """Close the browser."""
        if self._context is not None:
            self._context.close()
        self._context = None

    def signal(self, *, there: bool) -> None:
        """Lose the signal, or find it."""
        assert self._context is not None
        self._context.set_offline(not there)

    def open(self, path: str) -> None:
        self.page.goto(self.home + path, wait_until="load")

    def log_in(self, user: str) -> None:
        self.open("/login")
        self.page.get_by_label("账号").fill(user)
        self.page.get_by_label("密码", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="登录", exact=True).click()
        expect(self.page).to_have_url(f"{self.home}/mine")
        # The worker has what it needs to open both pages without signal.
        expect(self.page.locator("html[data-ready=offline]")).to_have_count(1)

    def begin(self, nth: int, findings: str) -> None:
        """Open the form of a visit to the nth household of the page, and say what was found."""
        self.page.locator("[data-household]").nth(nth).get_by_role("link", name="记一次走访").click()
        expect(self.page.get_by_role("heading", name="记走访")).to_be_attached()
        self.page.get_by_label("见到谁，看到什么").fill(findings)

    def take(self, *, caption: str = "") -> None:
        """Take a photo with the camera."""
        file: FilePayload = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": snapshot()}
        self.page.get_by_label("拍照片").set_input_files([file])
        if caption:
            self.page.get_by_label("照片说明").fill(caption)

    def record(
        self,
        nth: int,
        findings: str,
        *,
        need: str = "",
        policy: str = "",
        day: str = "",
        shows: str = "",
        risk: str = "",
    ) -> None:
        """Write down a visit to the nth household of the page; `shows`: what stands under a photo of it; `risk`: what
        the town is told of.
        """
        page = self.page
        self.begin(nth, findings)
        if shows:
            self.take(caption=shows)
            expect(page.locator("[data-shot-told]")).to_contain_text("位置信息已去掉")
        if policy:
            page.get_by_label("讲了什么政策").fill(policy)
        if day:
            page.get_by_text("选日期", exact=True).click()
            page.get_by_label("哪一天").fill(day)
        if need:
            page.get_by_text("有，一起报").click()
            page.get_by_label("一句话说困难").fill(need)
            page.get_by_label("类别").select_option("housing")
        if risk:
            page.get_by_text("发现返贫致贫风险，告诉乡镇").click()
            page.get_by_label("看到了什么").fill(risk)
            # Words without a risk are not sent: the first box asks for one.
            page.locator(".actbar [data-keep]").click()
            expect(page).to_have_url(re.compile("/visits/new"))
            page.get_by_text("住房安全", exact=True).click()
            expect(page.locator(".actbar [data-sum]")).to_contain_text("1 条线索")
        page.locator(".actbar [data-keep]").click()
        # Who was there within the week is asked whether this is another visit: here it always is.
        page.locator("#outbox .rec, [data-close]:not([hidden])").first.wait_for()
        if "/visits/new" in page.url:
            page.get_by_role("button", name="是两次，都存下").click()
        expect(page).to_have_url(f"{self.home}/mine")

    def write_again(self, form: str, findings: str) -> None:
        """Write down another visit to the household of a form, and press once."""
        self.open(form)
        self.page.get_by_label("见到谁，看到什么").fill(findings)
        self.page.locator(".actbar [data-keep]").click()

    def records(self, state: str = "") -> Any:
        return self.page.locator(f"#outbox .rec{'.' + state if state else ''}")


@pytest.fixture
def phone(service: str, browser: Browser, tmp_path: Path) -> Iterator[Callable[[str], Phone]]:
    taken: list[Phone] = []

    def take(user: str) -> Phone:
        made = Phone(browser, tmp_path / f"phone{len(taken)}", service)
        taken.append(made)
        made.log_in(user)
        return made

    yield take
    for each in taken:
        each.turn_off()
    assert not [fault for each in taken for fault in each.faults]


def snapshot() -> bytes:
    """Return what a camera makes: large, held upright, with the place in it."""
    out, told = BytesIO(), Image.Exif()
    told[0x010F], told[0x0112] = "Camera of somebody", 6
    told.get_ifd(0x8825).update({1: "N", 2: (32.0, 35.0, 10.0), 3: "E", 4: (105.0, 13.0, 40.0)})
    Image.effect_noise((2400, 1800), 60).convert("RGB").save(out, "JPEG", quality=90, exif=told)
    return out.getvalue()


def photos(clerk: Any, visit: dict[str, Any]) -> list[bytes]:
    """Return the photos that the office has of a visit."""
    items = clerk.api("GET", f"/activities/{visit['id']}/attachments")["items"]
    return [clerk.page.request.get(clerk.home + each["content"]).body() for each in items]


def kept(seat: Seat, words: str) -> list[dict[str, Any]]:
    """Return the visits that the office has with these words."""
    clerk = seat("he")
    clerk.open("/work")
    found = [
        each for asked in ("", "&to=2001-12-31") for each in clerk.api("GET", f"/visits?limit=200{asked}")["items"]
    ]
    return [each for each in found if words in each["findings"]]


def keep_no_identity_number(chen: Phone, word: str) -> None:
    """Begin a visit with a number that has no place on a phone: its draft is without it, and it is not sent."""
    chen.begin(0, f"{word}的身份证是 51082219800101001X")
    expect(chen.page.locator("[data-kept]").first).to_contain_text("已存")
    assert "51082219800101001X" not in chen.page.evaluate("window.casework.outbox.all().then(JSON.stringify)")
    chen.page.locator(".actbar [data-keep]").click()
    expect(chen.page).to_have_url(re.compile("/visits/new"))
    chen.open("/mine")


def test_two_visits_and_a_difficulty_without_signal_arrive_once_each(phone: Callable[[str], Phone], seat: Seat) -> None:
    chen, word = phone("chen"), rare_pair()
    chen.signal(there=False)
    chen.open("/mine")
    expect(chen.page.locator("[data-offline]")).to_contain_text("没有信号，照常记录")
    keep_no_identity_number(chen, word)
    chen.record(0, f"{word}一：收成还好", shows="看新修的水池")
    chen.record(1, f"{word}二：屋顶漏了", need=f"{word}家屋顶漏雨", risk=f"{word}家房子住不得")
    expect(chen.records("waiting")).to_have_count(2)
    expect(chen.records("waiting").nth(0)).to_contain_text(re.compile(r"带一张照片，\d+ KB"))
    expect(chen.records("waiting").nth(1)).to_contain_text(f"{word}家屋顶漏雨")
    chen.turn_off()
    chen.turn_on(offline=True)
    chen.open("/mine")
    expect(chen.records("waiting")).to_have_count(2)
    assert kept(seat, word) == []
    # The first try arrives, of the visit and of its photo, and the answer gets lost on the way back.
    lost: list[str] = []

    def lose(route: Route) -> None:
        route.fetch()
        lost.append(route.request.url)
        route.abort()

    chen.page.route(API, lose, times=1)
    chen.page.route(PHOTOS, lose, times=1)
    chen.signal(there=True)
    expect(chen.page.locator("[data-offline]")).to_be_hidden()
    # The log-in ended with the browser; what was written waits for the next one.
    expect(chen.records("waiting").first).to_contain_text("登录后自动发送")
    chen.records("waiting").first.get_by_role("link", name="去登录").click()
    chen.log_in("chen")
    expect(chen.records("arrived")).to_have_count(2)
    expect(chen.records("arrived").filter(has_text="照片已送达")).to_have_count(1)
    assert len(lost) == 2
    chen.open("/mine")
    expect(chen.records("arrived")).to_have_count(2)
    made = kept(seat, word)
    assert sorted(each["findings"] for each in made) == [f"{word}一：收成还好", f"{word}二：屋顶漏了"]
    clerk = seat("he")
    clerk.open("/work")
    assert [each["title"] for each in clerk.api("GET", f"/cases?q={word}")["items"]] == [f"{word}家屋顶漏雨"]
    (lead,) = (each for each in clerk.api("GET", "/leads?risk=housing")["items"] if word in each["findings"])
    assert lead["activity_id"] in {each["id"] for each in made} and lead["state"] == "open"
    # One photo, upright, small, and without a word of where it was taken.
    ((photo,), nothing) = (photos(clerk, each) for each in sorted(made, key=lambda each: each["findings"]))
    assert not nothing and not Image.open(BytesIO(photo)).getexif() and b"Camera" not in photo
    assert Image.open(BytesIO(photo)).size == (1200, 1600)


def test_a_refused_visit_stays_with_its_reason_and_holds_up_no_other(phone: Callable[[str], Phone], seat: Seat) -> None:
    tang, word = phone("tang"), rare_pair()
    tang.signal(there=False)
    tang.open("/mine")
    tang.record(0, f"{word}早了", day="2001-02-03")
    tang.record(1, f"{word}正好")
    tang.signal(there=True)
    expect(tang.records("refused")).to_have_count(1)
    expect(tang.records("arrived")).to_have_count(1)
    refused = tang.records("refused")
    expect(refused).to_contain_text("走访")
    refused.get_by_role("button", name="留着").click()
    tang.open("/mine")
    expect(tang.records("refused")).to_have_count(1)
    tang.records("refused").get_by_role("link", name="去改").click()
    expect(tang.page.get_by_label("见到谁，看到什么")).to_have_value(f"{word}早了")
    tang.page.get_by_label("这次是结对前走访的").check()
    tang.page.locator(".actbar [data-keep]").click()
    expect(tang.records("arrived")).to_have_count(2)
    assert len(kept(seat, word)) == 2


def test_a_photo_that_is_refused_or_finds_no_room_holds_up_nothing(phone: Callable[[str], Phone], seat: Seat) -> None:
    fu, word = phone("fu"), rare_pair()
    fu.page.route(PHOTOS, lambda route: route.abort())
    fu.record(0, f"{word}一", shows="院坝")
    expect(fu.records("arrived")).to_contain_text("照片等信号")
    (first,) = kept(seat, word)
    clerk = seat("he")
    clerk.open("/work")
    clerk.api("PATCH", f"/visits/{first['id']}", {"withdrawn": True, "reason": "记重了"})
    fu.record(0, f"{word}二", shows="水池")
    fu.page.unroute(PHOTOS)
    fu.page.get_by_role("button", name="现在发送").click()
    expect(fu.records("arrived").filter(has_text="照片已送达")).to_have_count(1)
    refused = fu.records("bad-photo")
    expect(refused).to_contain_text("照片没收下：这次走访或活动已经撤回，不再收照片和文件")
    refused.get_by_role("button", name="不发这张了").click()
    refused.get_by_role("button", name="真的不发这张").click()
    expect(fu.records("bad-photo")).to_have_count(0)

    # The phone is nearly full: a photo finds no room, and what is written and was there before stays.
    fu.turn_off()
    fu.turn_on(offline=True)
    fu.open("/mine")
    used = fu.page.evaluate("navigator.storage.estimate().then(found => found.usage)")
    tools = fu.page.context.new_cdp_session(fu.page)
    tools.send("Storage.overrideQuotaForOrigin", {"origin": fu.home, "quotaSize": used + 100_000})
    # Speaking to the browser past its driver brings the worker's signal back; it is lost again.
    fu.signal(there=True)
    fu.signal(there=False)
    fu.begin(0, f"{word}三")
    fu.take()
    expect(fu.page.locator("[data-photo-say]")).to_contain_text("手机存满了")
    fu.page.locator(".actbar [data-keep]").click()
    expect(fu.records("arrived")).to_have_count(2)
    expect(fu.records("waiting")).to_have_count(1)
    expect(fu.records("waiting").locator(".photo-line")).to_have_count(0)


def test_two_texts_of_one_visit_are_shown_side_by_side_and_the_choice_is_the_reason(
    phone: Callable[[str], Phone], seat: Seat
) -> None:
    fu, word = phone("fu"), rare_pair()
    sent: list[str] = []

    def lose(route: Route) -> None:
        # The first try arrives, but no answer comes back, nor does any further try get there.
        if not sent:
            sent.append(route.fetch().text())
        route.abort()

    fu.page.route(API, lose)
    fu.record(0, f"{word}：原来的话", policy="医保")
    expect(fu.records("waiting")).to_have_count(1)
    (first,) = kept(seat, word)
    clerk = seat("he")
    clerk.open("/work")
    clerk.api("PATCH", f"/visits/{first['id']}", {"policy": "医保和低保", "reason": "补全"})
    fu.signal(there=False)
    fu.records("waiting").get_by_role("link", name="去改").click()
    fu.page.get_by_label("见到谁，看到什么").fill(f"{word}：改过的话")
    fu.page.locator(".actbar [data-keep]").click()
    expect(fu.records("waiting")).to_have_count(1)
    fu.page.unroute(API)
    fu.signal(there=True)
    clash = fu.records("clash")
    expect(clash).to_contain_text("两份都在，您来定")
    clash.get_by_role("button", name="两份对照").click()
    sheet = fu.page.locator("#settle")
    sheet.get_by_role("group", name="见到谁").get_by_text("改过的话").click()
    sheet.get_by_role("group", name="讲了什么政策").get_by_text("医保和低保").click()
    sheet.get_by_role("button", name="就这样定").click()
    expect(fu.records("arrived")).to_have_count(1)
    settled = clerk.api("GET", f"/visits/{first['id']}")
    assert (settled["findings"], settled["policy"]) == (f"{word}：改过的话", "医保和低保")
    last = clerk.api("GET", f"/visits/{first['id']}/history")["items"][-1]
    assert "用手机上的" in str(last) and "留已存的" in str(last)


def test_logging_out_takes_the_kept_pages_away_but_not_what_was_written(phone: Callable[[str], Phone]) -> None:
    xiang, word = phone("xiang"), rare_pair()
    xiang.signal(there=False)
    xiang.open("/mine")
    xiang.record(0, f"{word}还没发")
    stored = xiang.page.evaluate("caches.open('casework-pages').then(c => c.keys()).then(k => k.map(r => r.url))")
    assert any(each.endswith("/mine") for each in stored) and not any(
        "/cases" in each.replace("/static/css/cases", "") for each in stored
    )
    xiang.page.route("**/mine/token", lambda route: route.abort())
    xiang.signal(there=True)
    xiang.open("/profile")
    xiang.page.evaluate("document.querySelector('form[action$=\"/logout\"]').submit()")
    expect(xiang.page).to_have_url(f"{xiang.home}/login")
    assert xiang.page.evaluate("caches.keys()") == []
    xiang.page.unroute("**/mine/token")
    xiang.log_in("xiang")
    expect(xiang.records("arrived")).to_have_count(1)
