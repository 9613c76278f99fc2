"""What the scripts do, tried in a real browser on the preview pages; and that everything works without them."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Dialog, Page, Route, expect

from tests.web.previews.pages import PAGES
from tests.web.previews.photographer import new_page
from tests.web.previews.stage import build_app, open_stage


@pytest.fixture(scope="module")
def app() -> Flask:
    return build_app(PAGES)


@pytest.fixture(scope="module")
def stage(app: Flask) -> Iterator[str]:
    with open_stage(app) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = new_page(browser, 1280, sharp=False)
    opened.set_default_timeout(4000)
    yield opened
    opened.context.close()


def test_j_and_k_move_x_ticks_and_shift_takes_a_range(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/list-plain")
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("tbody tr.on")).to_have_count(1)
    expect(page.locator("#batch-say")).to_contain_text("已选 1 件")
    page.locator("tbody tr").nth(4).locator("input").click(modifiers=["Shift"])
    expect(page.locator("tbody tr.on")).to_have_count(4)
    expect(page.locator("#batch-say")).to_contain_text("能交办")
    page.keyboard.press("k")
    page.get_by_role("button", name="取消选中").click()
    expect(page.locator("[data-bar]")).to_be_hidden()


def test_a_count_that_is_refused_never_sends_the_ticked_rows(stage: str, page: Page, app: Flask) -> None:
    page.goto(f"{stage}/p/list-plain")
    page.evaluate("document.querySelector('#batch-say').setAttribute('hx-post', '/refused')")
    app.config["VISITS"] = []
    with page.expect_response("**/refused"):
        page.locator("tbody tr").nth(1).locator("input").click()
    expect(page.locator(".toast")).to_be_visible()
    assert page.url.endswith("/p/list-plain") and not app.config["VISITS"]


def test_a_select_of_people_becomes_a_field_that_is_typed_into(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/profile")
    field = page.get_by_role("combobox", name="请谁代")
    field.press_sequentially("jt")
    expect(page.locator('.combo [role="option"]').first).to_be_visible()
    field.press("Enter")
    expect(page.locator('input[type="hidden"][name="person"]')).not_to_have_value("")
    assert not page.locator("select[data-combo]").count()


def test_letters_are_off_in_fields_while_composing_and_for_who_switched_them_off(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/list-plain")
    page.locator("[data-find]").fill("")
    page.keyboard.type("xj")
    expect(page.locator("[data-find]")).to_have_value("xj")
    page.locator("[data-find]").blur()
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', bubbles: true, isComposing: true}))"
    )
    expect(page.locator("tr.here")).to_have_count(0)
    page.evaluate("document.body.dataset.keys = 'off'")
    page.keyboard.press("j")
    expect(page.locator("tr.here")).to_have_count(0)


def test_question_mark_shows_the_keys_and_slash_goes_to_the_search(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/work")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("[data-find]")).to_be_focused()


def test_w_goes_to_the_unit_escape_returns_to_the_queue_and_control_enter_assigns(
    stage: str, page: Page, app: Flask
) -> None:
    page.goto(f"{stage}/p/triage")
    app.config["VISITS"] = []
    page.keyboard.press("w")
    expect(page.locator("#f-org")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#q-312")).to_be_focused()
    page.keyboard.press("w")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#q-313")).to_have_attribute("aria-current", "true")
    assert "POST /cases/312/assign" in app.config["VISITS"]


def test_opening_a_row_swaps_the_case_and_keeps_the_focus_on_the_queue(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/triage")
    page.locator("#q-312").focus()
    page.keyboard.press("j")
    expect(page.locator("#desk-case h1")).to_have_text("香菇滞销，烘干厂压价")
    expect(page.locator("#q-313")).to_have_attribute("aria-current", "true")
    expect(page.locator("#q-313")).to_be_focused()
    expect(page.locator("#desk-side")).to_have_count(1)
    expect(page.locator("#desk-queue")).to_have_count(1)
    assert page.url.endswith("/triage/313")
    expect(page.locator('#assign-form input[type="hidden"][name="org"]')).to_have_value("SLJ")


def test_a_move_in_place_swaps_its_four_regions_and_offers_undo(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/case-paused")
    page.get_by_role("button", name="恢复计时").click()
    expect(page.locator("#case-state .now b")).to_have_text("已协调")
    expect(page.locator("#case-actions")).to_contain_text("还差 1 件协办答复")
    expect(page.locator("#case-deadline .chip")).to_contain_text("剩 1 个工作日")
    expect(page.locator(".toast")).to_contain_text("撤销")
    for region in ("#case-state", "#case-actions", "#case-deadline", "#case-history"):
        expect(page.locator(region)).to_have_count(1)


def test_a_region_that_cannot_be_read_says_so_in_its_place_and_the_rest_lives(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/case")
    page.locator("#case-history [hx-get]").first.evaluate("link => { link.setAttribute('hx-get', '/broken'); }")
    page.get_by_role("link", name="只看状态变化").click()
    expect(page.get_by_role("link", name="再读一次")).to_be_visible()
    expect(page.locator("#case-history li").first).to_be_visible()


def test_a_refusal_in_answer_to_a_part_is_shown_as_a_page(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/case-paused")
    form = page.locator("#case-actions form")
    form.evaluate("form => { form.setAttribute('hx-post', '/refused'); form.setAttribute('action', '/refused'); }")
    page.get_by_role("button", name="恢复计时").click()
    expect(page.get_by_role("heading", name="现在办不成这一步")).to_be_visible()


def test_a_unit_is_found_by_initials_with_the_keyboard_alone(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/triage")
    field = page.locator("#f-org")
    field.fill("")
    field.press_sequentially("jt")
    expect(page.get_by_role("option", name="县交通运输局")).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("Enter")
    expect(field).to_have_value("县交通运输局")
    expect(page.locator('#assign-form input[type="hidden"][name="org"]')).to_have_value("JTJ")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.fill("没有这个单位")
    expect(page.locator(".combo .none")).to_be_visible()
    expect(page.locator('#assign-form input[type="hidden"][name="org"]')).to_have_value("")


def test_co_units_become_pills_and_backspace_takes_the_last_away(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/triage")
    field = page.locator("#f-co_orgs")
    field.press_sequentially("cz")
    expect(page.get_by_role("option", name="县财政局")).to_be_visible()
    field.press("Enter")
    expect(page.locator(".pill")).to_have_count(2)
    field.press("Backspace")
    expect(page.locator(".pill")).to_have_count(1)
    assert page.locator('input[type="hidden"][name="co_orgs"]').evaluate_all("all => all.map(f => f.value)") == ["ZYZ"]


def test_a_draft_is_saved_as_one_types_and_says_so(stage: str, page: Page, app: Flask) -> None:
    page.goto(f"{stage}/p/case")
    app.config["DRAFTS"] = []
    page.locator("#f-note").fill("周四再问一次")
    expect(page.locator("#case-notes [data-saved]")).to_have_text("09:40 已存", timeout=6000)
    assert app.config["DRAFTS"][-1]["text"] == "周四再问一次"
    assert "csrf_token" not in app.config["DRAFTS"][-1]


def test_without_a_network_the_draft_stays_here_and_is_offered_again(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/case")
    page.context.set_offline(True)
    page.locator("#f-note").fill("没有信号也要在")
    expect(page.locator("#case-notes [data-saved]")).to_contain_text("存在本机", timeout=6000)
    page.context.set_offline(False)
    page.goto(f"{stage}/p/case")
    page.get_by_role("button", name="接着写").click()
    expect(page.locator("#f-note")).to_have_value("没有信号也要在")


def test_what_is_sent_before_it_was_saved_stays_until_it_has_arrived(stage: str, page: Page) -> None:
    kept = "() => Object.values(localStorage).some((each) => each.includes('刚打完就发'))"

    def send() -> None:
        page.goto(f"{stage}/p/new")
        page.locator("#f-description").fill("刚打完就发")
        page.evaluate(
            "() => { const f = document.querySelector('#intake'); f.noValidate = true; f.action = '/login'; }"
        )
        page.locator("#intake button[type=submit]").first.click()

    send()
    page.wait_for_url("**/login")
    assert page.evaluate(kept)
    page.goto(f"{stage}/p/new", referer=f"{stage}/login")
    page.get_by_role("button", name="接着写").click()
    expect(page.locator("#f-description")).to_have_value("刚打完就发")
    # The next page that is neither the log-in nor the form again says that it has arrived.
    send()
    page.wait_for_url("**/login")
    page.goto(f"{stage}/p/case")
    assert not page.evaluate(kept)


def test_a_villagers_name_and_telephone_are_never_kept_in_the_browser(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/public-report")
    page.locator("#f-phone").fill("13800005521")
    page.locator("#f-words").fill("路灯不亮")
    expect(page.locator("[data-saved]")).to_contain_text("已存", timeout=6000)
    kept = page.evaluate("JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
    assert "路灯不亮" in kept
    assert "13800005521" not in kept


def test_what_is_too_long_stays_whole_and_says_so(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/new")
    field = page.locator("#f-title")
    most = 20
    field.evaluate("field => { field.value = ''; field.maxLength = 20; }")
    field.focus()
    page.keyboard.insert_text("长" * (most + 7))
    expect(field).to_have_value("长" * (most + 7))
    expect(page.locator("[data-over]")).to_contain_text(f"{most + 7} / {most}")
    field.fill("短")
    expect(page.locator("[data-over]")).to_have_text("")
    assert field.evaluate("field => field.validity.valid")


def test_yuan_are_echoed_in_ten_thousands_without_rounding(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/move")
    field, echo = page.locator("#f-cost"), page.locator("[data-echo]")
    for typed, told in (
        ("80000", "= 8.00 万元"),
        ("30,624,000.00", "= 3,062.40 万元"),
        ("0.01", "= 0.000001 万元"),
        ("1e5", "金额只写数字，最多两位小数"),
    ):
        field.fill(typed)
        expect(echo).to_have_text(told)


def test_a_masked_value_asks_for_a_reason_and_shows_for_a_while(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/triage")
    page.get_by_role("link", name="查看反映人电话").click()
    dialog = page.locator("#reveal")
    expect(dialog).to_contain_text("今天还能看 17 次")
    dialog.get_by_role("button", name="查看").click()
    expect(page.locator(".mid .mask").nth(1)).to_contain_text("13800005521")
    expect(dialog).to_be_hidden()


def test_a_wrong_password_is_mended_in_the_dialog_and_sent_but_once(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/triage")
    sent: list[str] = []
    asking = page.request.get(f"{stage}/p/reveal-proof").text()
    form = asking[asking.index('<h2 id="reveal-h">') : asking.index("</form>", asking.index("data-reveal-form")) + 7]

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.post_data or "")
        if len(sent) < 2:
            route.fulfill(status=403 if sent else 200, content_type="text/html; charset=utf-8", body=form)
        else:
            route.fulfill(json={"value": "13800005521", "left": 16})

    page.route("**/reveal*", answer)
    page.get_by_role("link", name="查看反映人电话").click()
    dialog = page.locator("#reveal")
    dialog.get_by_label("你的密码").fill("verkehrt")
    dialog.get_by_role("button", name="查看").click()
    expect(dialog.get_by_label("你的密码")).to_have_value("")
    dialog.get_by_label("你的密码").fill("richtig")
    dialog.get_by_role("button", name="查看").click()
    expect(page.locator(".mid .mask").nth(1)).to_contain_text("13800005521")
    assert [each.rpartition("=")[2] for each in sent] == ["verkehrt", "richtig"]


def test_a_toast_goes_after_its_time_but_waits_under_the_pointer(stage: str, page: Page) -> None:
    page.clock.install()
    page.goto(f"{stage}/p/work-empty")
    toast = page.locator(".toast")
    toast.hover()
    page.clock.fast_forward(20_000)
    expect(toast).to_be_visible()
    page.mouse.move(5, 400)
    page.clock.fast_forward(9_000)
    expect(toast).to_have_count(0)


def test_the_figures_of_the_chart_stand_in_a_table_behind_a_button(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/overview")
    expect(page.locator("#chart")).to_be_visible()
    expect(page.locator("#chart-table")).to_be_hidden()
    page.locator("[data-toggle-table]").click()
    expect(page.locator("#chart-table")).to_be_visible()
    expect(page.locator("#chart")).to_be_hidden()


def test_a_grey_button_keeps_the_focus_and_does_nothing(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/case")
    grey = page.get_by_role("button", name="办结")
    grey.focus()
    grey.press("Enter")
    assert page.url.endswith("/p/case")
    expect(grey).to_have_accessible_description(
        "还差 1 件协办答复：竹园镇人民政府（昨天到期，已催 1 次）。再催 或 写明理由免答"
    )


def test_the_likely_village_is_one_press_away(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/public-report-errors")
    page.get_by_role("button", name="是，木鱼镇红旗社区").click()
    expect(page.locator("#f-place")).to_have_value("木鱼镇红旗社区")
    expect(page.locator('input[type="hidden"][name="place"]')).to_have_value("1")


def test_row_height_changes_at_once_and_is_kept(stage: str, page: Page, app: Flask) -> None:
    page.goto(f"{stage}/p/list-plain")
    app.config["VISITS"] = []
    page.locator("[data-density-to=tight]").click()
    expect(page.locator("#list")).to_have_class("tight")
    height = page.locator("tbody tr").first.evaluate("row => row.getBoundingClientRect().height")
    assert height == pytest.approx(37, abs=1.5)
    assert page.url.endswith("/p/list-plain")


def test_leaving_with_unsaved_text_asks_first(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/move-decline")
    page.locator("#f-comment").press_sequentially("还没存")
    asked: list[str] = []

    def stay_or_go(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", stay_or_go)
    page.goto(f"{stage}/p/work")
    assert asked == ["beforeunload"]


def test_a_snippet_goes_where_one_was_writing(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/move")
    page.locator("#f-reply").fill("您好。")
    page.get_by_role("button", name="请多包涵").click()
    expect(page.locator("#f-reply")).to_have_value("您好。给您添了不便，请多包涵。")


def test_everything_stays_usable_without_script(stage: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 820})
    page = context.new_page()
    page.goto(f"{stage}/p/list-plain")
    expect(page.get_by_role("button", name="延期")).to_be_visible()
    expect(page.locator('input[name="id"]').first).to_be_visible()
    page.goto(f"{stage}/p/triage")
    expect(page.locator('input[name="org"]')).to_have_value("县水利局")
    expect(page.get_by_role("button", name="交办并看下一件")).to_be_visible()
    page.goto(f"{stage}/p/overview")
    expect(page.locator("#chart-table")).to_be_visible()
    page.goto(f"{stage}/p/reveal")
    expect(page.get_by_role("button", name="查看", exact=True)).to_be_visible()
    page.goto(f"{stage}/p/import-file")
    expect(page.locator('input[type="file"]')).to_be_visible()
    context.close()


def test_what_takes_longer_than_a_second_says_what_is_being_done_and_how_long(stage: str, page: Page) -> None:
    page.clock.install(time=0)
    page.goto(f"{stage}/p/batch")
    page.clock.pause_at(3_600_000)
    # As if the answer never came.
    page.evaluate("window.addEventListener('submit', (event) => event.preventDefault())")
    page.get_by_role("button", name="催办").first.click()
    page.clock.run_for(900)
    expect(page.locator("#slow")).to_have_count(0)
    page.clock.run_for(2200)
    expect(page.locator("#slow")).to_have_text("正在办… 3 秒")


def test_a_sample_shows_a_colour_as_it_is_chosen_and_says_when_it_cannot_be_read(stage: str, page: Page) -> None:
    page.goto(f"{stage}/p/palette")
    sample = page.locator("[data-sample]").first
    expect(sample).to_contain_text("对比 7.0")
    page.locator('input[type="color"]').first.fill("#e0b04a")
    expect(sample).to_contain_text("不到 4.5，存不下来")
    expect(sample.locator(".chip")).to_have_css("color", "rgb(224, 176, 74)")
