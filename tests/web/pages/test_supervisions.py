"""Supervised matters as pages: begun from a case, moved by forms without script, boards that say level and lateness."""

import io
import re
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
import time_machine

from casework.supervisions import queries
from tests.supervised import LIFE, initiate, lived, step
from tests.web.desk import Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import MORNING, World
from workflows import firing

pytestmark = pytest.mark.usefixtures("morning")


def sent(browser: Any, url: str, **typed: str) -> Any:
    """Fill the form of an address in and send it."""
    page = browser.get(url)
    assert page.status_code == 200, page.text[:400]
    action = url.partition("?")[0]
    return browser.post(action, data={**form_of(page.text, action), **typed})


def test_an_office_makes_a_matter_out_of_a_late_case_that_was_proposed(desk: Desk, world: World) -> None:
    case_id = world.assigned()
    later = MORNING + timedelta(days=20)
    firing.sweep(world.db, at=later)
    with time_machine.travel(later, tick=False):
        browser = desk.browser("he")
        board = browser.get("/supervision")
        assert "建议立项" in words_of(board.text) and world.case(case_id).title in board.text
        new_url = re.search(r'href="(/supervision/new\?case=[^"]+)"', board.text)
        assert new_url is not None
        answer = sent(browser, new_url[1], due_on="2026-11-20")
        assert answer.status_code == 303, words_of(answer.text)[:600]
        page = browser.get(answer.headers["Location"])
        assert "已立项" in words_of(page.text) and f"/cases/{case_id}" in page.text
        assert "建议立项" not in words_of(browser.get("/supervision").text)
        assert "这件已经立过督办" in words_of(browser.get(new_url[1]).text)


def test_a_listed_matter_is_asked_for_its_leader_and_says_where_one_is_missing(desk: Desk, world: World) -> None:
    browser = desk.browser("he")
    told = {
        **{"title": "三组水管改线", "requirement": "月底前通水", "source": "meeting", "source_words": "主席会议"},
        **{"org": "SLJ", "due_on": "2026-11-20", "level": "3"},
    }
    refused = sent(browser, "/supervision/new", **told)
    assert refused.status_code == 422 and 'id="e-leader"' in refused.text and "月底前通水" in refused.text
    answer = sent(browser, "/supervision/new", **told, leader="陆主席")
    assert answer.status_code == 303
    assert "还没有定" not in words_of(browser.get(answer.headers["Location"]).text)
    # A program may bring one without, as the contract has it.
    bare = initiate(world, level=3)
    assert "挂牌的要有领衔领导" in words_of(browser.get(f"/supervision/{bare}").text)


def test_every_step_is_a_form_that_works_without_script(desk: Desk, world: World) -> None:
    matter = initiate(world)
    url = f"/supervision/{matter}"
    for trigger, by, given in LIFE:
        browser = desk.browser(by)
        page = browser.get(url)
        assert f'action="{url}/moves/{trigger}"' in page.text or f'href="{url}/moves/{trigger}"' in page.text, trigger
        if given:
            assert sent(browser, f"{url}/moves/{trigger}", **given).status_code == 303, trigger
        else:
            assert (
                browser.post(f"{url}/moves/{trigger}", data=form_of(page.text, f"{url}/moves/{trigger}")).status_code
                == 303
            )
    text = words_of(desk.browser("he").get(url).text)
    assert "督办〔2026〕1号" in text and "同意销号" in text and "更换管道 1.2 公里" in text


def test_a_grey_button_says_why(desk: Desk, world: World) -> None:
    matter = lived(world, "verify")
    step(world, matter, "propose_strike_off", "an")
    page = desk.browser("an").get(f"/supervision/{matter}")
    assert "是您提请的销号，须另一人同意" in words_of(page.text)
    assert "是您提请的销号" in words_of(desk.browser("an").get("/supervision").text)
    refused = desk.browser("an").get(f"/supervision/{matter}/moves/strike_off")
    assert refused.status_code == 409
    mistake = sent(desk.browser("lu"), f"/supervision/{matter}/moves/withhold_strike_off")
    assert mistake.status_code == 422 and "还差" in words_of(mistake.text)


def test_boards_lists_and_papers_show_what_is_late(desk: Desk, world: World) -> None:
    matter = lived(world, "acknowledge", level=1)
    listed = lived(world, "issue", level=2)
    step(world, matter, "urge", "he", comment="请报进展")
    later = MORNING + timedelta(days=33)
    firing.sweep(world.db, at=later)
    with time_machine.travel(later, tick=False):
        browser = desk.browser("he")
        text = words_of(browser.get("/supervision").text)
        assert "3 挂牌" in text and "按逾期天数升级" in text and "逾期 10" in text
        assert words_of(browser.get("/supervision?by=leader").text).count("没有领衔领导") == 1
        narrowed = browser.get("/supervision?by=list&level=2")
        assert f"/supervision/{listed}" in narrowed.text and f"/supervision/{matter}" not in narrowed.text
        slip = words_of(browser.get(f"/supervision/{matter}/slip").text)
        assert "督办〔2026〕1号" in slip and "查明漏点" in slip
        board = browser.get("/supervision")
        assert "逾期满 10 个工作日" in words_of(board.text)
        monday = words_of(browser.get("/supervision/monday").text)
        assert "逾期未报结果" in monday and "缺进展报告" in monday
        month = browser.get("/supervision/months/2026-11")
        with ZipFile(io.BytesIO(month.data)) as packed:
            told = re.sub(r"<[^>]+>", "", packed.read("word/document.xml").decode())
        assert (
            "关于2026年11月督办事项办理情况的通报" in told
            and "本月督办事项2件，还在督2件" in told
            and "逾期未报结果2件" in told
        )
        assert browser.get("/supervision/months/2027-01").status_code == 409
        assert desk.browser("bai").get("/supervision/months/2026-11").status_code == 403


def test_notes_and_files_are_kept_and_the_draft_is_put_right(desk: Desk, world: World) -> None:
    matter = initiate(world)
    url = f"/supervision/{matter}"
    browser = desk.browser("he")
    assert sent(browser, f"{url}/edit", due_on="2026-11-11").status_code == 303
    page = browser.get(url)
    assert "11月11日" in words_of(page.text)
    note = {**form_of(page.text, f"{url}/comments"), "text": "已电话告知"}
    assert browser.post(f"{url}/comments", data=note).status_code == 303
    file = {**form_of(page.text, f"{url}/files"), "file": (io.BytesIO("附件".encode()), "说明.txt")}
    assert browser.post(f"{url}/files", data=file, content_type="multipart/form-data").status_code == 303
    text = words_of(browser.get(url).text)
    assert "已电话告知" in text and "说明.txt" in text


def test_an_office_chooses_colours_that_can_be_read_and_board_slip_and_messages_take_them(
    desk: Desk, world: World
) -> None:
    lived(world, "acknowledge", level=2)
    admin = desk.browser("guanli")
    page = admin.get("/admin/palette")
    typed = form_of(page.text, "/admin/palette")
    pale = admin.post("/admin/palette", data={**typed, "level_2_ink": "#ffee88", "level_2_tint": "#ffffff"})
    assert pale.status_code == 422 and "对比只有 1." in words_of(pale.text)
    # A sample of each with its word, which the script of the page keeps in the colours as they are chosen.
    assert page.text.count("data-sample=") * 2 == page.text.count('type="color"') > 0 and "js/palette.js" in page.text
    assert admin.post("/admin/palette", data={**typed, "level_2_ink": "red"}).status_code == 422
    before = sheet_of(desk, "he")
    chosen = {**typed, "level_2_ink": "#00315e", "level_2_tint": "#d6e9ff", "state_in_progress_ink": "#301050"}
    assert admin.post("/admin/palette", data=chosen).status_code == 303
    sheet = sheet_of(desk, "he")
    assert sheet[0] != before[0] and "#00315e" in sheet[1] and "#301050" in sheet[1]
    board = desk.browser("he").get("/supervision").text
    assert "p-level-2" in board and "2 督办" in words_of(board)
    taken = form_of(admin.get("/admin/palette").text, "/admin/palette/sets/grey")
    assert admin.post("/admin/palette/sets/grey", data=taken).status_code == 303
    _url, told = sheet_of(desk, "he")
    assert "#00315e" not in told and "#301050" in told, "a set is for the levels alone"
    assert desk.browser("he").get("/admin/palette").status_code == 403


def sheet_of(desk: Desk, who: str) -> tuple[str, str]:
    """Return the address of the colours as a page names it, and what is there, kept by browsers for a year."""
    page = desk.browser(who).get("/supervision").text
    found = re.search(r'href="(/palette.css[^"]+)"', page)
    assert found is not None
    answer = desk.client().get(found[1])
    assert "immutable" in answer.headers["Cache-Control"]
    return found[1], answer.text


def test_the_listed_are_reported_weekly_under_their_leader_and_what_is_missing_is_said_first(
    desk: Desk, world: World
) -> None:
    told, silent = lived(world, "acknowledge", level=2), lived(world, "acknowledge", level=2, title="骑马乡河道清淤")
    for matter in (told, silent):
        step(world, matter, "escalate", "lu", level="3", reason="重大事项", leader="陆主席")
    later = MORNING + timedelta(days=8)
    step(world, told, "progress", "bai", at=later - timedelta(days=1), words="已挖开三处")
    with time_machine.travel(later, tick=False):
        browser = desk.browser("he")
        page = browser.get("/supervision/listed")
        text = words_of(page.text)
        assert "挂牌督办 2 件，逾期 0 件，缺本周进展 1 件" in text and "陆主席领衔" in text and "已挖开三处" in text
        assert "骑马乡河道清淤" in text.partition("陆主席领衔")[0]
        with ZipFile(io.BytesIO(browser.get("/supervision/listed/word").data)) as packed:
            report = re.sub(r"<[^>]+>", "", packed.read("word/document.xml").decode())
        assert "挂牌督办2件" in report and "已挖开三处" in report and "本周进展没有报" in report
        assert desk.browser("bai").get("/supervision/listed").status_code == 200
        assert desk.browser("bai").get("/supervision/listed/word").status_code == 403
        special = browser.get(f"/papers/of/special_report/{silent}")
        with ZipFile(io.BytesIO(special.data)) as packed:
            assert "骑马乡河道清淤" in re.sub(r"<[^>]+>", "", packed.read("word/document.xml").decode())


def test_a_form_that_comes_late_says_who_changed_what(desk: Desk, world: World) -> None:
    matter = initiate(world)
    url = f"/supervision/{matter}"
    browser = desk.browser("he")
    typed = form_of(browser.get(f"{url}/edit").text, f"{url}/edit")
    step(world, matter, "issue", "an")
    late = browser.post(f"{url}/edit", data={**typed, "title": "管网改造"})
    assert late.status_code == 409
    assert "签发了督办单" in words_of(late.text) and "管网改造" in late.text


def test_the_number_on_a_slip_finds_its_matter_everywhere(desk: Desk, world: World) -> None:
    matter = lived(world, "acknowledge")
    step(world, matter, "urge", "he", comment="请报进展")
    number = supervised_number(world, matter)
    browser = desk.browser("he")
    for typed in ("督办〔2026〕1号", "督办[2026]1号", "督办（2026）1号", number):
        assert browser.get("/search", query_string={"q": typed}).headers["Location"] == f"/supervision/{matter}"
    assert "q=" in browser.get("/search", query_string={"q": "督办〔2026〕9号"}).headers["Location"]
    told = {"kind": "urging", "format": "docx", "numbers": "督办〔2026〕1号"}
    page = browser.get("/papers")
    made = browser.post("/papers", data={**form_of(page.text, "/papers"), **told})
    assert made.status_code == 200 and "attachment" in made.headers["Content-Disposition"]


def test_what_stands_still_and_what_the_board_has_no_room_for_are_a_step_away(desk: Desk, world: World) -> None:
    first = lived(world, "acknowledge")
    later = MORNING + timedelta(days=21)
    fresh = [initiate(world, at=later, due_on="2026-12-18") for _ in range(9)]
    with time_machine.travel(later, tick=False):
        board = desk.browser("he").get("/supervision")
        told = words_of(board.text)
        assert "还有 1 件动过的" in told, "eight of nine are shown"
        still = re.search(r'href="([^"]*still_since=[^"]*)"[^>]*>没有动静 1 件', board.text)
        assert still is not None
        listed = desk.browser("he").get(still[1].replace("&amp;", "&")).text
    assert str(first) in listed and not any(str(each) in listed for each in fresh)


def supervised_number(world: World, matter: Any) -> str:
    """Return the number that the software gave a matter."""
    with world.db.reading() as session:
        return str(queries.get(session, world["he"], matter).number)
