"""The pages of the campaign: every number a door to its records, and a bulletin signed without any script."""

import html
import io
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from casework.activities.tables import Activity, Service
from casework.core import editions
from casework.core.actors import SYSTEM
from casework.core.ids import new_id
from casework.households.actions import NewHousehold
from casework.households.actions import enter as enter_household
from tests.web.api.test_figures import AT, SINCE, link
from tests.web.api.test_own_funds import LINE
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.web.pages.test_links import send, where
from tests.world import TOWN, VILLAGE


def lay(desk: Desk) -> None:
    with desk.world.db.transaction() as session:
        link(session, "org_village", desk.world.orgs["ZYZ"], VILLAGE)
        for number in range(1, 4):
            row = Activity(
                kind="village_survey", region_code=VILLAGE, on_date=date(2022, number + 2, 1), title="看茶园"
            )
            editions.enter(session, row, actor=SYSTEM, at=AT)
    assert date(2022, 3, 1) > SINCE


def _get(desk: Desk, who: str, path: str) -> Any:
    return desk.browser(who).get(path)


def _post(desk: Desk, who: str, path: str, data: dict[str, str]) -> Any:
    browser = desk.browser(who)
    browser.get("/bulletins")
    return browser.post(path, {"form_id": str(new_id()), **data})


def test_every_number_of_the_page_leads_to_a_page_that_says_the_same(desk: Desk) -> None:
    lay(desk)
    page = _get(desk, "lu", "/campaign?as_of=2022-12-31").get_data(as_text=True)
    assert _get(desk, "lu", "/campaign?as_of=2021-12-31").status_code == 200, "a day before it began has no quarters"
    doors = re.findall(r'href="(/figures/[^"]+)"[^>]*>([\d,.]+)<', page)
    assert len({url for url, _ in doors}) >= 15
    for url, number in doors:
        told = _get(desk, "lu", url.replace("&amp;", "&"))
        assert told.status_code == 200
        assert f'class="bignum">{number}<' in told.get_data(as_text=True), url


def test_what_is_of_today_says_so_on_the_page_of_another_day(desk: Desk) -> None:
    """Open cases and what is late have no yesterday; beside figures of an earlier day they are named as today's."""
    told = words_of(_get(desk, "lu", "/campaign?as_of=2022-12-31").get_data(as_text=True))
    assert "今天的，不随截至日期变" in told
    page = _get(desk, "lu", "/campaign").get_data(as_text=True)
    assert "今天的，不随截至日期变" not in words_of(page)
    # What stands beside the name of a link opens what it counts too.
    shares = re.findall(r'<span class="end">[^<]*<a class="fig" href="([^"]+)"><b>', page)
    assert len(shares) == 3
    for url in shares:
        assert _get(desk, "lu", url.replace("&amp;", "&")).status_code == 200, url


def test_a_figure_lists_what_it_counts_and_says_what_it_leaves_out(desk: Desk) -> None:
    lay(desk)
    page = _get(desk, "he", "/figures/village_visits?as_of=2022-12-31").get_data(as_text=True)
    assert page.count("看茶园") == 3 and "不含委员入户走访" in page
    assert _get(desk, "he", "/figures/nothing").status_code == 404
    assert _get(desk, "he", "/figures/members?as_of=2023.1.11").status_code == 200
    wrong = _get(desk, "he", "/figures/members?as_of=2023.1")
    assert (wrong.status_code, "日期写全年月日，如 2026-01-11" in words_of(wrong.get_data(as_text=True))) == (422, True)
    assert _get(desk, "bai", "/figures/members").status_code == 403


def test_a_bulletin_is_drafted_worded_frozen_reviewed_and_signed(desk: Desk) -> None:
    lay(desk)
    made = _post(desk, "he", "/bulletins", {"campaign": "SLSC-2022", "quarter": "2022Q4"})
    assert made.status_code == 303
    url = made.headers["Location"]
    form = _get(desk, "he", f"{url}/edit").get_data(as_text=True)
    typed = dict(re.findall(r'name="((?:title|as_of|heading-\d+))"[^>]*value="([^"]*)"', form))
    typed |= {f"text-{n}": "" for n in range(8)} | {"text-0": "到村{village_visits}，\n再加一句"}
    typed |= dict(re.findall(r'name="(lead-[^"]+)"[^>]*value="([^"]*)"', form))
    led = next(name for name in typed if name.endswith("-reminders"))
    assert typed[led] == "予以提醒："
    typed[led] = "请下面几位抓紧走访："
    wrong = _post(desk, "he", f"{url}/edit", {**typed, "text-1": "{nothing}"})
    assert wrong.status_code == 422 and "再加一句" in wrong.get_data(as_text=True)
    assert _post(desk, "he", f"{url}/edit", typed).status_code == 303
    sheet = _get(desk, "he", url).get_data(as_text=True)
    assert re.search(r'class="locked" href="/figures/village_visits[^"]*">3次<', sheet) and "再加一句" in sheet
    assert "请下面几位抓紧走访：" in _get(desk, "he", f"{url}/edit").get_data(as_text=True)
    assert _post(desk, "he", f"{url}/moves/freeze", {}).status_code == 303
    notes = _get(desk, "he", url).get_data(as_text=True).count('name="answer-')
    assert _post(desk, "he", f"{url}/answers", {f"answer-{n}": "口径不同" for n in range(notes)}).status_code == 303
    assert _post(desk, "an", f"{url}/moves/review", {}).status_code == 303
    assert _post(desk, "lu", f"{url}/moves/sign", {}).status_code == 303
    assert "青协办〔2026〕1号" in _get(desk, "chen", url).get_data(as_text=True)
    assert _get(desk, "chen", f"{url}/file?format=docx").data.startswith(b"PK")
    assert "发一期更正" in _get(desk, "he", url).get_data(as_text=True)


def test_a_note_that_is_answered_is_not_asked_for_any_more(desk: Desk) -> None:
    lay(desk)
    with desk.world.db.transaction() as session:
        row = Activity(kind="village_survey", region_code=TOWN, on_date=date(2022, 9, 1), title="不在联系村")
        editions.enter(session, row, actor=SYSTEM, at=AT)
    url = _post(desk, "he", "/bulletins", {"campaign": "SLSC-2022", "quarter": "2022Q4"}).headers["Location"]
    assert _post(desk, "he", f"{url}/moves/freeze", {}).status_code == 303
    sheet = _get(desk, "he", url).get_data(as_text=True)
    notes = sheet.count('name="answer-')
    assert notes and f"签发前要说清 {notes} 处" in sheet
    assert _post(desk, "he", f"{url}/answers", {f"answer-{n}": "口径不同" for n in range(notes)}).status_code == 303
    assert f"签发前说清的 {notes} 处" in _get(desk, "he", url).get_data(as_text=True)


def test_what_cannot_be_done_is_said_on_the_sheet(desk: Desk) -> None:
    lay(desk)
    made = _post(desk, "he", "/bulletins", {"campaign": "SLSC-2022", "quarter": "2022Q4"})
    again = _post(desk, "he", "/bulletins", {"campaign": "SLSC-2022", "quarter": "2022Q4"})
    assert again.status_code == 409 and "正在编写" in again.get_data(as_text=True)
    assert _post(desk, "he", "/bulletins", {"campaign": "SLSC-2022", "quarter": "2022"}).status_code == 422
    told = _post(desk, "he", f"{made.headers['Location']}/moves/sign", {})
    assert told.status_code == 409


def test_a_bar_opens_just_the_lines_it_adds_up_and_late_money_asks_for_the_leader(desk: Desk, morning: Any) -> None:
    clerk = desk.browser("he")
    where(send(clerk, "/funds/new", **{**LINE, "amount": "300,000.00", "expected_on": "2026-11-20"}))
    where(send(clerk, "/funds/new", **{**LINE, "amount": "120,000.00", "document_no": "B", "project": "路"}))
    wrong = where(send(clerk, "/funds/new", **{**LINE, "amount": "50,000.00", "document_no": "C", "project": "桥"}))
    where(send(clerk, f"{wrong}/reverse", note="抄错"))
    where(send(clerk, "/funds/new", **{**LINE, "document_no": "D", "project": "渠", "on": "2026-07-01"}))
    page = _get(desk, "lu", "/campaign").text
    opened = {}
    bars = re.findall(r'<a href="([^"]+)" tabindex="-1"><rect[^>]*><title>(\S+) (\S+) ([\d.,]+)</title>', page)
    assert len(bars) % 3 == 0 and bars
    for url, label, name, number in bars:
        points = float(number.replace(",", ""))
        told = re.search(r"合计.*?批复 ([\d.,]+)", words_of(_get(desk, "lu", html.unescape(url)).text))
        assert (float(told[1]) if told else 0) == points, url
        opened[name, label] = points
    assert opened["批复", "2026Q4"] == 42 and opened["批复", "2026Q3"] == 30
    [(url, total)] = re.findall(r'<dt>批复</dt><dd><a class="fig" href="([^"]+)">([\d.,]+)<', page)
    assert f"批复 {total}" in words_of(_get(desk, "lu", html.unescape(url)).text) and total == "72.00"
    assert "到期未到位" not in page
    morning.move_to(datetime(2026, 11, 25, 2, tzinfo=UTC))
    # Whatever is changed, the page is reckoned anew.
    where(send(desk.browser("an"), "/funds/new", **{**LINE, "document_no": "E", "project": "塘"}))
    assert "方石村茶园：30.00万元到期未到位" in words_of(_get(desk, "lu", "/campaign").text)


def test_a_number_of_an_annex_leads_to_just_what_it_counts(desk: Desk) -> None:
    lay(desk)
    made = _post(desk, "he", "/bulletins", {"campaign": "SLSC-2022", "quarter": "2022Q3"})
    book = load_workbook(io.BytesIO(_get(desk, "he", f"{made.headers['Location']}/file?format=xlsx").data))
    cells = [cell for sheet in book.worksheets[1:] for row in sheet.iter_rows(min_row=3) for cell in row]
    linked = [cell for cell in cells if cell.hyperlink and "place=" in cell.hyperlink.target]
    told = [(cell.value, cell.hyperlink.target.removeprefix("http://localhost")) for cell in linked]
    told = [(number, url) for number, url in told if "visits" in url]
    assert [number for number, _ in told] == [0, 3]
    for number, url in told:
        assert f"place={VILLAGE}" in url
        page = words_of(_get(desk, "he", url).get_data(as_text=True))
        named = "竹园镇 方石村、2022-07-01 起" if "since=2022-07-01" in url else "竹园镇 方石村"
        assert f"只看{named}：{number} 次" in page
    # What a figure has no such parts of is not there; neither is a unit that is none.
    for wrong in (
        "members?place=510822",
        "village_visits?category=industry",
        "village_visits?org=nobody",
        "members?since=2022-07-01",
    ):
        assert _get(desk, "he", f"/figures/{wrong}").status_code == 404, wrong


def test_a_number_typed_into_the_prose_is_pointed_at_before_it_is_signed(desk: Desk) -> None:
    lay(desk)
    page = _post(desk, "he", "/bulletins", {"campaign": "SLSC-2022", "quarter": "2022Q3"}).headers["Location"]
    assert "手写了数字" not in words_of(_get(desk, "he", page).get_data(as_text=True)), "the outline types none"
    browser = desk.browser("he")
    form = browser.get(f"{page}/edit").text
    told = {name: html.unescape(text) for name, text in re.findall(r'name="(text-\d+)"[^>]*>([^<]*)</textarea>', form)}
    (titled,) = (html.unescape(each) for each in re.findall(r'name="title"[^>]*value="([^"]*)"', form))
    told["text-0"] += "\n截至2022年9月30日，解决问题999个，走访{village_visits}。"
    headings = {f"heading-{n}": f"第{n}" for n in range(len(told))}
    sent = {"form_id": str(new_id()), "title": titled, "as_of": "2022-09-30", "based_on": "0", **headings, **told}
    assert browser.post(f"{page}/edit", sent).status_code == 303
    shown = words_of(_get(desk, "he", page).get_data(as_text=True))
    assert "正文里手写了数字：999个。" in shown


def test_this_quarter_services_and_linked_households_of_an_annex_open_what_they_count(desk: Desk) -> None:
    lay(desk)
    with desk.world.db.transaction() as session:
        for day in (date(2022, 3, 5), date(2022, 3, 6)):
            row = Service(kind="market", region_code=VILLAGE, on_date=day, content="找销路")
            editions.enter(session, row, actor=SYSTEM, at=AT)
        home = enter_household(session, NewHousehold(VILLAGE, "张树生"), actor=desk.world["he"], at=AT)
        link(session, "member_household", new_id(), VILLAGE, home.id)
    made = _post(desk, "he", "/bulletins", {"campaign": "SLSC-2022", "quarter": "2022Q1"})
    book = load_workbook(io.BytesIO(_get(desk, "he", f"{made.headers['Location']}/file?format=xlsx").data))
    cells = [cell for sheet in book.worksheets[1:] for row in sheet.iter_rows(min_row=3) for cell in row]
    linked = {cell.hyperlink.target.partition("/figures/")[2]: cell.value for cell in cells if cell.hyperlink}
    for part, number in (("visits_total?", 1), ("village_services?", 2), ("households_linked?", 1)):
        (url,) = (each for each in linked if each.startswith(part) and ("since=" in each) == (part == "visits_total?"))
        assert linked[url] == number and "place=" in url
        assert f"：{number} " in words_of(_get(desk, "he", f"/figures/{url}").get_data(as_text=True))


@pytest.mark.usefixtures("morning")
def test_a_day_of_a_quarter_still_to_come_is_refused_and_says_why(desk: Desk) -> None:
    for path in ("/campaign?as_of=2027-01-01", "/figures/members?as_of=2027-01-01"):
        answer = _get(desk, "lu", path)
        assert answer.status_code == 422 and "还没到这一天" in words_of(answer.get_data(as_text=True)), path
    assert _get(desk, "lu", "/campaign?as_of=2026-12-31").status_code == 200
