"""A difficulty on its whole way: reported by telephone, assigned, paid for, answered, called back, closed, found."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.conftest import Seat
from tests.browser.visitor import Visitor
from tests.browser.words import rare_pair


def test_a_difficulty_goes_from_the_telephone_to_closed(seat: Seat) -> None:
    word = rare_pair()
    title = f"{word}沟三组水管被山洪冲断"
    number = report_by_keyboard(seat("he"), title)
    assign_with_keys(seat("he"), number)
    handler, clerk = seat("bai"), seat("yu")
    take_up(handler, number)
    coordinate(handler, number)
    ask_for_time(handler, seat("an"), number)
    answer_co_task(seat("caizheng"), number)
    resolve(handler, number, word)
    call_back(handler, clerk, number, title)
    find(clerk, word, title)


def report_by_keyboard(clerk: Visitor, title: str) -> str:
    """Register by keyboard alone: N on the list, words, place by initials; the category comes from the words."""
    page = clerk.page
    clerk.open("/cases")
    page.keyboard.press("n")
    expect(page).to_have_url(f"{clerk.home}/cases/new")
    # The address changes before the page is there; a Tab pressed in between goes nowhere.
    expect(page.locator("#f-description")).to_be_editable()
    page.wait_for_load_state()
    tab_to(page, "f-description")
    page.keyboard.type("昨晚山洪把三组的引水管冲断，蓄水池没有水，17 户人挑水吃，请帮忙修一修。")
    page.keyboard.press("Tab")
    page.keyboard.type(title)
    page.keyboard.press("Tab")
    page.keyboard.type("zyz")
    expect(page.get_by_role("option", name="竹园镇").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator('input[name="category"][value="drinking_water"]')).to_be_checked()
    tab_to(page, "f-reporter_name")
    page.keyboard.type("牟山竹")
    page.keyboard.press("Tab")
    page.keyboard.type("13800005521")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    return page.url.rsplit("/", 1)[1]


def tab_to(page: Page, ident: str) -> None:
    """Press Tab until the field has the focus."""
    for _ in range(60):
        if page.evaluate("document.activeElement?.id") == ident:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {ident}")


def assign_with_keys(clerk: Visitor, number: str) -> None:
    """On the desk: W to the unit, Ctrl+Enter assigns, the next case opens."""
    page = clerk.page
    clerk.open(f"/triage/{number}")
    expect(page.locator('#assign-form input[type="hidden"][name="org"]')).to_have_value("SLJ")
    row = page.locator(f"#q-{number[-6:]}")
    expect(row).to_have_attribute("aria-current", "true")
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_contain_text("县水利局")
    expect(row).to_have_count(0)
    expect(page).not_to_have_url(f"{clerk.home}/triage/{number}")


def take_up(handler: Visitor, number: str) -> None:
    """Acknowledge in place, then say what was spoken."""
    page = handler.page
    handler.open(f"/cases/{number}")
    handler.press("签收")
    expect(page.locator("#case-history")).to_contain_text("签收")
    handler.press("联系反映人")
    page.get_by_label("说了什么").fill("明天上午带管子到场。")
    page.get_by_label("和谁说的").fill("牟山竹本人")
    page.locator("#move").get_by_role("button", name="联系反映人").click()
    expect(page.locator("#case-history")).to_contain_text("明天上午带管子到场")


def coordinate(handler: Visitor, number: str) -> None:
    """Say how it is to be done, write down the money, ask another unit."""
    page = handler.page
    handler.press("定下办法")
    page.get_by_label("办法").fill("水利局出管材，竹园镇出工，七天通水。")
    page.locator("#move").get_by_role("button", name="定下办法").click()
    expect(page.locator("#case-state .now b")).to_have_text("已协调")
    handler.press("记一笔资金")
    page.get_by_label("走到哪一步").select_option(label="批复")
    page.get_by_label("金额").fill("80000")
    expect(page.locator("[data-echo]")).to_contain_text("8.00")
    page.get_by_label("哪里来的钱").fill("县级水利维修养护资金")
    page.get_by_label("文号").fill(f"青财农〔2026〕{number[-6:]}号")
    handler.press("记下")
    expect(page.locator("#case-funds")).to_contain_text("8.00")
    page.locator("#case-cotasks").get_by_role("link", name="再请一家协办").click()
    handler.choose("请哪家", "czj", "县财政局")
    page.get_by_label("问什么").fill("资金哪天能下达？")
    page.get_by_label("哪天前答复").fill(day(3))
    handler.press("发出")
    expect(page.locator("#case-cotasks")).to_contain_text("资金哪天能下达")
    expect(page.locator("#why-resolve")).to_contain_text("还差 1 件协办答复")


def ask_for_time(handler: Visitor, head: Visitor, number: str) -> None:
    """The unit asks for more time, the head of the office grants it, the card tells the new arithmetic."""
    handler.press("申请延期")
    handler.page.get_by_label("延到哪天").fill(day(40))
    handler.page.get_by_label("为什么").fill("管材要从外地调。")
    handler.press("提出申请")
    expect(handler.page.locator("#case-history")).to_contain_text("管材要从外地调")
    head.open("/work?tab=to_approve")
    head.page.locator("section", has=head.page.get_by_role("heading", name="待我批")).get_by_role("listitem").filter(
        has_text=number[-6:]
    ).get_by_role("link", name="去批").click()
    head.page.get_by_text("同意", exact=True).click()
    head.page.get_by_label("理由").fill("情况属实。")
    head.press("定下")
    expect(head.page.locator("#case-history")).to_contain_text("情况属实")


def answer_co_task(other: Visitor, number: str) -> None:
    """The co-unit finds the question among its own work and answers it."""
    page = other.page
    other.open("/work?tab=questions")
    page.get_by_role("listitem").filter(has_text=number[-6:]).get_by_role("link", name="答复").click()
    page.locator("#f-answer").fill("本周五前下达。")
    page.locator("#move").get_by_role("button", name="答复").click()
    expect(page.locator("#case-cotasks")).to_contain_text("本周五前下达")


def resolve(handler: Visitor, number: str, word: str) -> None:
    """The reply stands beside the request; a name of somebody else is held up before it leaves."""
    page = handler.page
    handler.open(f"/cases/{number}")
    handler.press("办结")
    expect(page.get_by_text("请帮忙修一修", exact=False).first).to_be_visible()
    page.get_by_text("A 已解决", exact=True).click()
    page.get_by_label("给反映人的答复").fill("吴大爷，木鱼镇的水管已经修好，水已通到户。")
    handler.meant.add(409)
    page.locator("#move").get_by_role("button", name="办结").click()
    expect(page.get_by_role("group", name="先看一眼")).to_contain_text("木鱼镇")
    expect(page.get_by_role("group", name="先看一眼")).to_contain_text("吴大爷")
    page.get_by_label("给反映人的答复").fill(f"{word}沟三组的引水管修好了，蓄水池也满了。")
    page.locator("#move").get_by_role("button", name="办结").click()
    expect(page.locator("#case-state .now b")).to_have_text("已办结")


def call_back(handler: Visitor, clerk: Visitor, number: str, title: str) -> None:
    """Who handled it is not asked to ring; somebody else of the office does, and closes."""
    handler.open(f"/cases/{number}")
    expect(handler.page.locator("#case-actions").get_by_role("link", name="打电话回访")).to_have_count(0)
    page = clerk.page
    clerk.open("/followups?tab=all")
    page.locator("#main .queue").get_by_role("link").filter(has_text=title).click()
    page.get_by_text("打通了", exact=True).click()
    for label in ("对结果满意吗", "对态度满意吗"):
        page.get_by_role("group", name=label).get_by_text("满意", exact=True).click()
    page.get_by_label("他怎么说").fill("水通了，谢谢。")
    clerk.press("记下并结案")
    expect(page.locator(".toast")).to_contain_text("已结案")
    clerk.open(f"/cases/{number}")
    expect(page.locator("#case-state .now b, #case-state .done b").last).to_have_text("已结案")


def find(clerk: Visitor, word: str, title: str) -> None:
    """Two characters are enough."""
    page = clerk.page
    clerk.open("/work")
    page.keyboard.press("/")
    page.keyboard.type(word)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=title)).to_be_visible()


def day(ahead: int) -> str:
    """Return a day ahead, as a date field takes it."""
    return (datetime.now(UTC) + timedelta(days=ahead)).date().isoformat()
