"""Every number in the workbook of a bulletin opens exactly the records it counts, however much came in afterwards."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from html import escape, unescape
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import select

from casework.activities.tables import Activity, Service
from casework.bulletins import annexes, cells
from casework.bulletins.tables import Bulletin
from casework.campaign import outline
from casework.campaign.tables import Goal
from casework.core import editions
from casework.core.actors import SYSTEM
from casework.core.ids import new_id
from casework.households.actions import NewHousehold
from casework.households.actions import enter as enter_household
from tests.meeting import minuted
from tests.supervised import initiate, step
from tests.web.api.test_figures import AT, link
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.world import TOWN, VILLAGE

DAY = date(2026, 10, 14)
ELSEWHERE = f"{TOWN}207"


def _visit(desk: Desk, home: Any) -> None:
    with desk.world.db.transaction() as session:
        row = Activity(kind="household_visit", form="on_site", region_code=VILLAGE, on_date=DAY, household_id=home)
        editions.enter(session, row, actor=SYSTEM, at=AT)


def _lay(desk: Desk, morning: Any) -> list[Any]:
    """Lay a linked town with one item reached, two linked households of which one was visited, a meeting, a matter."""
    with desk.world.db.transaction() as session:
        link(session, "org_village", desk.world.orgs["ZYZ"], TOWN)
        # Given in a village of the linked town; and one in a place that nobody is linked to.
        for place in (VILLAGE, "510822100007"):
            row = Service(kind="market", region_code=place, on_date=DAY, content="找销路")
            editions.enter(session, row, actor=SYSTEM, at=AT)
        goal = {"campaign": "SLSC-2022", "checklist": "five_ones_village", "year": 2026, "region_code": TOWN}
        goal |= {"item": "year_plan", "state": "claimed", "reached_on": DAY}
        editions.enter(session, Goal(**goal), actor=SYSTEM, at=AT)
        homes = []
        for name in ("张树生", "李小芳"):
            home = enter_household(session, NewHousehold(VILLAGE, name), actor=desk.world["he"], at=AT)
            link(session, "member_household", new_id(), VILLAGE, home.id)
            homes.append(home.id)
    _visit(desk, homes[0])
    minuted(desk.world)
    matter = initiate(desk.world)
    step(desk.world, matter, "issue", "an")
    step(desk.world, matter, "urge", "he", comment="请抓紧")
    morning.move_to(datetime(2027, 1, 4, 2, tzinfo=UTC))
    return homes


def _frozen(desk: Desk) -> str:
    browser = desk.browser("he")
    browser.get("/bulletins")
    asked = {"form_id": str(new_id()), "campaign": "SLSC-2022", "quarter": "2026Q4"}
    url: str = browser.post("/bulletins", asked).headers["Location"]
    assert browser.post(f"{url}/moves/freeze", {"form_id": str(new_id())}).status_code == 303
    return url


def _signed(desk: Desk, url: str) -> None:
    notes = re.findall(r'name="(answer-\d+)"', desk.browser("he").get(url).text)
    desk.browser("he").post(f"{url}/answers", {"form_id": str(new_id())} | dict.fromkeys(notes, "核对过"))
    for who, trigger in (("an", "review"), ("lu", "sign")):
        assert desk.browser(who).post(f"{url}/moves/{trigger}", {"form_id": str(new_id())}).status_code == 303


def _linked(desk: Desk, url: str) -> dict[tuple[str, int, int], tuple[Any, str]]:
    """Return the numbers of the tables with where each leads: sheet, row and column → number, path."""
    book = load_workbook(io.BytesIO(desk.browser("he").get(f"{url}/file?format=xlsx").data))
    cells = [cell for sheet in book.worksheets[1:] for row in sheet.iter_rows(min_row=3) for cell in row]
    numbers = [each for each in cells if isinstance(each.value, int) or re.fullmatch(r"[\d.,/]+", str(each.value))]
    assert all(each.hyperlink for each in numbers), [each.coordinate for each in numbers if not each.hyperlink]
    return {
        (each.parent.title, each.row, each.column): (each.value, each.hyperlink.target.removeprefix("http://localhost"))
        for each in numbers
    }


def _on_the_screen(desk: Desk, url: str, who: str = "he") -> dict[str, str]:
    """Return the numbers of the tables on the page that lead somewhere: path → number."""
    page = desk.browser(who).get(url).text
    paper = page.partition('<article class="paper-of"')[2].partition("</article>")[0]
    cells = re.findall(r'<td><a class="fig" href="([^"]+)">([^<]+)</a></td>', paper)
    return {unescape(path): number for path, number in cells}


def _rows(page: str) -> int:
    return page.count("<tr data-row>")


def test_every_number_of_a_frozen_workbook_opens_what_it_counted(desk: Desk, morning: Any) -> None:
    homes = _lay(desk, morning)
    url = _frozen(desk)
    before = _linked(desk, url)
    # What comes in after the freezing: the other household's visit, another meeting.
    _later(desk, homes[1])
    assert _linked(desk, url) == before
    told = {}
    for number, path in before.values():
        page = desk.browser("he").get(path)
        assert page.status_code == 200, path
        if "/counted/" in path:
            told[re.sub(r"/[^/]*\?.*", "", path.partition("/counted/")[2])] = (number, _rows(page.text))
            assert f"：{str(number).partition('/')[0]}" in words_of(page.text), path
    assert told["households/2"] == told["households/3"] == (1, 1), "one visited, one not, as it was"
    assert told["villages/5"][1] == 1 and str(told["villages/5"][0]).startswith("1/")
    assert told["consultations/1"] == (1, 1) and told["consultations/2"] == (2, 2)
    assert told["supervision/1"] == told["supervision/3"] == (1, 1)
    services = [number for number, path in before.values() if "village_services" in path or "villages/4" in path]
    assert services == [1], "what was given in a village of the linked town is the town's"


def _later(desk: Desk, home: Any) -> None:
    with desk.world.db.transaction() as session:
        known_at = session.scalars(select(Bulletin.known_at)).one()
        assert known_at is not None
        row = Activity(kind="household_visit", form="on_site", region_code=VILLAGE, on_date=DAY, household_id=home)
        editions.enter(session, row, actor=SYSTEM, at=known_at + timedelta(seconds=1))
    minuted(desk.world)


def test_one_frozen_before_its_tables_said_what_they_count_gets_links_and_stays_as_it_is(
    desk: Desk, morning: Any
) -> None:
    _lay(desk, morning)
    url = _frozen(desk)
    with desk.world.db.transaction() as session:
        (row,) = session.scalars(select(Bulletin))
        tables = [{k: v for k, v in each.items() if k != "sources"} for each in (row.frozen or {})["tables"]]
        # One number that the records no longer say: what it counted nobody can tell.
        households = next(each for each in tables if each["key"] == "households")
        households["rows"] = [[name, linked, seen + 7, missed] for name, linked, seen, missed in households["rows"]]
        kept = row.frozen = {**(row.frozen or {}), "tables": tables}
    book = load_workbook(io.BytesIO(desk.browser("he").get(f"{url}/file?format=xlsx").data))
    sheet = next(each for each in book.worksheets if each.title.startswith("联系户"))
    number, other = sheet.cell(3, 4), sheet.cell(3, 3)
    assert (number.value, other.value, other.hyperlink) == (1, 8, None)
    path = number.hyperlink.target.removeprefix("http://localhost")
    assert _on_the_screen(desk, url)[path] == "1", "also on the screen"
    page = desk.browser("he").get(path)
    assert _rows(page.text) == 1 and "李*" in page.text and "张*" not in page.text
    with desk.world.db.reading() as session:
        assert session.scalars(select(Bulletin)).one().frozen == kept


def test_on_the_screen_and_in_the_page_file_numbers_of_tables_lead_where_the_workbook_leads(
    desk: Desk, morning: Any
) -> None:
    _lay(desk, morning)
    url = _frozen(desk)
    in_the_book = {path: str(number) for number, path in _linked(desk, url).values()}
    shown = _on_the_screen(desk, url)
    assert shown and {path: in_the_book[path].replace(".0", ".00") for path in shown} == shown
    tables = {path.split("/")[3] for path in shown if "/counted/" in path}
    assert {"households", "consultations", "supervision", "villages"} <= tables
    assert set(shown) >= {path for path in in_the_book if "/counted/" in path}, "none of a table left out"
    # Whoever may not read titles of supervised matters, or may open no figures, has no link there.
    _signed(desk, url)
    mine = _on_the_screen(desk, url, "jin")
    assert mine and not any("/supervision/" in path or "/consultations/" in path for path in mine)
    assert {desk.browser("jin").get(path).status_code for path in mine} == {200}
    assert _on_the_screen(desk, url, "chen") == {}
    file = desk.client().get(f"/api/v1{url}/document?format=html", headers=desk.bearer("he")).text
    assert all(f'<a class="figure" href="{escape("http://localhost" + path)}">' in file for path in shown)


def test_a_number_opens_for_whoever_may_read_figures_and_titles_of_meetings_for_fewer(desk: Desk, morning: Any) -> None:
    _lay(desk, morning)
    paths = [path for _, path in _linked(desk, _frozen(desk)).values() if "/counted/" in path]
    opened = {who: {desk.browser(who).get(path).status_code for path in paths} for who in ("guan", "jin", "chen")}
    assert opened == {"guan": {200}, "jin": {200, 403}, "chen": {403}}
    for wrong in ("households/0/x", "households/2/x?quarter=2026", "nothing/1/x", "supervision/1/x?bulletin=x"):
        query = "" if "?" in wrong else "?"
        answer = desk.browser("he").get(f"/bulletins/counted/{wrong}{query}&quarter=2026Q4&campaign=SLSC-2022")
        assert answer.status_code in (404, 422), wrong


def _in_the_prose(desk: Desk, url: str, who: str = "he") -> dict[str, str]:
    """Return the numbers of the quarter that stand in the text on the page: path → number."""
    paper = desk.browser(who).get(url).text.partition('<article class="paper-of"')[2].partition("</article>")[0]
    found = re.findall(r'<a class="locked" href="(/bulletins/counted/facts/[^"]+)">([^<]+)</a>', paper)
    return {unescape(path): number for path, number in found}


def test_the_numbers_of_the_quarter_in_the_text_open_what_they_count_too(desk: Desk, morning: Any) -> None:
    homes = _lay(desk, morning)
    url = _frozen(desk)
    before = _in_the_prose(desk, url)
    _later(desk, homes[1])
    assert _in_the_prose(desk, url) == before
    by_column = {int(path.split("/")[4]): number for path, number in before.items()}
    # Households linked, visited, not visited; no call; a meeting, its two things agreed; a matter, a notice.
    assert {n: by_column[n] for n in (1, 2, 3, 4, 7, 8, 11, 13)} == dict(
        zip((1, 2, 3, 4, 7, 8, 11, 13), ("2", "1", "1", "0", "1", "2", "1", "1"), strict=True)
    )
    for path, number in before.items():
        page = desk.browser("he").get(path)
        assert (page.status_code, _rows(page.text)) == (200, int(number)), path
        assert f"2026Q4，{_HEADS[int(path.split('/')[4])]}：{number}" in words_of(page.text), path
    # The workbook names them as people do, and leads there.
    book = load_workbook(io.BytesIO(desk.browser("he").get(f"{url}/file?format=xlsx").data))
    led = {cell.hyperlink.target for row in book.worksheets[0].iter_rows() for cell in row if cell.hyperlink}
    assert {f"http://localhost{path}" for path in before} <= led
    names = [row[0].value for row in book.worksheets[0].iter_rows()]
    assert "已走访（户）" in names and not any(str(each).startswith("quarter_") for each in names)
    _signed(desk, url)
    assert _in_the_prose(desk, url, "chen") == {}, "whoever may open no figures"
    assert {int(path.split("/")[4]) for path in _in_the_prose(desk, url, "jin")} == {1, 2, 3, 4}, (
        "titles of meetings and supervised matters are for fewer"
    )


def test_a_number_of_the_text_frozen_without_names_leads_nowhere_once_it_would_count_others(
    desk: Desk, morning: Any
) -> None:
    _lay(desk, morning)
    url = _frozen(desk)
    with desk.world.db.transaction() as session:
        (row,) = session.scalars(select(Bulletin))
        tables = [{k: v for k, v in each.items() if k != "sources"} for each in (row.frozen or {})["tables"]]
        row.frozen = {**(row.frozen or {}), "tables": tables}
    assert {7, 8, 11, 13} <= _columns(desk, url)
    minuted(desk.world)
    # Another meeting, with things agreed: what those numbers counted nobody can tell any more.
    assert not _columns(desk, url) & {7, 8} and {1, 2, 3, 4, 11, 13} <= _columns(desk, url)


def _columns(desk: Desk, url: str) -> set[int]:
    return {int(path.split("/")[4]) for path in _in_the_prose(desk, url)}


_HEADS = dict(enumerate(annexes.words()["annex"]["facts"]["headings"]))


def test_every_number_the_prose_may_say_has_its_records_and_its_name() -> None:
    named = annexes.words()["annex"]["facts"]["headings"]
    assert len(named) == len(outline.FACTS) + 1
    assert all(cells.cell_of(cells.FACT, column) for column in range(1, len(named)))


def _under_way(desk: Desk, url: str, who: str = "he") -> str:
    """Return where the number of cases under way leads; empty where it does not."""
    paper = desk.browser(who).get(url).text.partition('<article class="paper-of"')[2]
    found = re.findall(r'href="(/bulletins/counted/open/[^"]+)">1</a>', paper)
    return unescape(found[0]) if found else ""


def test_the_number_of_cases_under_way_opens_those_that_were_so_when_it_was_frozen(desk: Desk, morning: Any) -> None:
    home = _lay(desk, morning)[0]
    # Early on the fourteenth here, which is the thirteenth in Greenwich.
    case = desk.world.report("he", at=datetime(2026, 10, 13, 23, 30, tzinfo=UTC), household_id=str(home))
    browser = desk.browser("he")
    asked = {"form_id": str(new_id()), "campaign": "SLSC-2022", "quarter": "2026Q4"}
    url: str = browser.post("/bulletins", asked).headers["Location"]
    title = desk.world.case(case).title
    listed = browser.get(_under_way(desk, url)).text
    assert title in listed and "10-14" in listed, "a draft lists what is so now"
    assert browser.post(f"{url}/moves/freeze", {"form_id": str(new_id())}).status_code == 303
    path = _under_way(desk, url)
    # Ended since, and another reported: the bulletin still opens what it counted.
    desk.world.move(case, "decline", "he", reason="already_handled")
    desk.world.report("he", household_id=str(home))
    assert _under_way(desk, url) == path
    page = desk.browser("he").get(path)
    assert (page.status_code, _rows(page.text)) == (200, 1) and title in page.text
    assert "2026Q4，尚在办理（件）：1" in words_of(page.text)
    _signed(desk, url)
    # Whoever may not read cases of the county sees the number alone.
    for who in ("chen", "jin"):
        assert _under_way(desk, url, who) == ""
        assert desk.browser(who).get(path).status_code == 403


def test_one_frozen_before_it_named_its_cases_says_their_number_without_a_link(desk: Desk, morning: Any) -> None:
    desk.world.report("he", household_id=str(_lay(desk, morning)[0]))
    url = _frozen(desk)
    assert _under_way(desk, url)
    with desk.world.db.transaction() as session:
        (row,) = session.scalars(select(Bulletin))
        row.frozen = {**(row.frozen or {}), "open": {"count": 1}}
    assert _under_way(desk, url) == "" and "尚在办理的困难件1件" in words_of(desk.browser("he").get(url).text)


def test_an_issue_that_was_corrected_says_by_which_once_that_is_signed(desk: Desk, morning: Any) -> None:
    _lay(desk, morning)
    url = _frozen(desk)
    _signed(desk, url)
    asked = {"form_id": str(new_id()), "campaign": "SLSC-2022", "quarter": "2026Q4", "corrects": url.split("/")[-1]}
    other: str = desk.browser("he").post("/bulletins", asked).headers["Location"]
    assert desk.browser("he").post(f"{other}/moves/freeze", {"form_id": str(new_id())}).status_code == 303
    assert "更正的一期" not in words_of(desk.browser("chen").get(url).text)
    _signed(desk, other)
    page = desk.browser("chen").get(url).text
    assert "本期已由青协办〔2027〕2号更正" in words_of(page) and f'href="{other}">打开更正的一期' in page
    assert "更正的一期" not in words_of(desk.browser("chen").get(other).text)
