"""A member with a telephone in the hand: reports, and follows what becomes of it."""

from playwright.sync_api import expect

from tests.browser.conftest import Seat
from tests.browser.words import rare_pair


def test_a_member_reports_on_a_phone_and_follows(seat: Seat) -> None:
    member, clerk, word = seat("chen", width=390), seat("he"), rare_pair()
    page = member.page
    title = f"{word}沟的便道被冲垮"
    member.open("/work")
    member.fits()
    page.get_by_role("link", name="登记一件困难").click()
    page.get_by_label("什么事", exact=True).fill("便道垮了三十米，摩托车过不去，十一户人出不了门。")
    page.get_by_label("一句话事由").fill(title)
    member.choose("在哪个村", "fangshi", "方石")
    page.get_by_label("怎么称呼").fill("柳二姐")
    member.fits()
    page.locator(".actbar").get_by_role("button", name="登记").first.click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    member.fits()
    number = page.url.rsplit("/", 1)[1]
    clerk.open(f"/triage/{number}")
    clerk.choose("主办", "jtysj", "县交通运输局")
    clerk.page.keyboard.press("Control+Enter")
    expect(clerk.page.locator(".toast")).to_contain_text("已交办")
    member.open("/cases")
    member.fits()
    page.get_by_role("link", name=title).click()
    expect(page.locator("#case-state .now b")).to_have_text("已交办")
    expect(page.locator("#case-deadline")).to_contain_text("个工作日")
    member.fits()


def test_no_member_sees_what_another_reported(seat: Seat) -> None:
    member, other, word = seat("chen", width=390), seat("tang", width=390), rare_pair()
    member.open("/cases/new")
    made = member.api(
        "POST",
        "/cases",
        {
            "title": f"{word}家的屋漏了", "description": "屋漏了。", "category": "housing", "kind": "help",
            "urgency": "normal", "region_code": "510822100", "channel": "visit", "reporter": {"name": "柳二姐"},
        },
    )  # fmt: skip
    other.meant.add(404)
    other.open(f"/cases/{made['number']}")
    expect(other.page.locator("body")).not_to_contain_text(word)
    other.open(f"/cases?q={word}")
    expect(other.page.get_by_text("这个筛选下没有件").or_(other.page.get_by_text("还没有您能看到的件"))).to_be_visible()
