"""Two visits to one household within a week, on a phone: asked about, with signal and without, and never lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Route, expect

from tests.browser.conftest import Seat
from tests.browser.test_outbox import Phone, kept, phone
from tests.browser.visitor import OVER
from tests.browser.words import rare_pair

__all__ = ["phone"]

VISIT = "**/api/v1/visits/*"


def ask_before_sending(phone: Phone, seat: Seat, form: str, word: str) -> None:
    """Write a second visit of the week with signal: it is asked about, nothing typed is lost, one press keeps both."""
    page = phone.page
    phone.write_again(form, f"{word}二")
    expect(page.locator("[data-close]")).to_contain_text("一周内有人走访过")
    assert len(kept(seat, word)) == 1 and page.evaluate(OVER) <= 0
    page.wait_for_url("**/visits/new?edit=*")
    page.reload()
    expect(page.get_by_label("见到谁，看到什么")).to_have_value(f"{word}二")
    page.locator(".actbar [data-keep]").click()
    page.get_by_role("button", name="是两次，都存下").click()
    expect(page).to_have_url(f"{phone.home}/mine")
    expect(phone.records("arrived")).to_have_count(2)
    second = next(each for each in kept(seat, word) if each["findings"] == f"{word}二")
    assert second["remark"] == "一周内另一次走访"


@contextmanager
def while_it_is_sent(phone: Phone) -> Iterator[None]:
    """Hold the first change on its way to the office for as long as the block runs: the rest is said meanwhile."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "PATCH" and not held:
            held.append(route)
        else:
            route.continue_()

    phone.page.route(VISIT, hold)
    with phone.page.expect_request(lambda request: request.method == "PATCH"):
        yield
    held[0].continue_()
    phone.page.unroute(VISIT)


def test_a_second_visit_of_a_week_is_asked_about_with_signal_and_without(
    phone: Callable[[str], Phone], seat: Seat
) -> None:
    xiang, word = phone("xiang"), rare_pair()
    form = (
        xiang.page.locator("[data-household]").first.get_by_role("link", name="记一次走访").get_attribute("href") or ""
    )
    xiang.record(0, f"{word}一")
    ask_before_sending(xiang, seat, form, word)
    xiang.signal(there=False)
    for nth in ("三", "四"):
        xiang.write_again(form, f"{word}{nth}")
        expect(xiang.page).to_have_url(f"{xiang.home}/mine")
    xiang.signal(there=True)
    asked = xiang.records("asked")
    expect(asked).to_have_count(2)
    expect(asked.first).to_contain_text("是两次走访，还是同一次")
    assert len(kept(seat, word)) == 4, "all are kept while it is asked"
    xiang.open("/mine")
    expect(asked).to_have_count(2)
    assert xiang.page.evaluate(OVER) <= 0
    with while_it_is_sent(xiang):
        asked.first.get_by_role("button", name="是两次").click()
        expect(asked).to_have_count(1)
        asked.first.get_by_role("button", name="是同一次，撤回这份").click()
        expect(asked).to_have_count(0)
    expect(xiang.records("arrived").filter(has_text="这份已撤回")).to_have_count(1)
    assert len(kept(seat, word)) == 3
