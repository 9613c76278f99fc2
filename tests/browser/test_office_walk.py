"""What the head of the office does in January: last year's ledger with its dirt, a spot check, the bulletin signed."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import Seat
from tests.browser.visitor import Visitor
from tests.browser.words import rare_pair

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PHONE, _MENDED = "1390000", "13900007002"


def roll(name: str) -> bytes:
    """Return a roll of members as offices keep it: a merged title, numbers as such, days each their own way, a sum."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ("2025年度政协委员名册",),
        ("序号", "姓名", "届次", "界别", "单位职务", "联系电话", "起始日期"),
        (1, f"{name}一", "十一届", "农业界", "某村主任", 13900007001, "2021.12.20"),
        (2, f"{name}二", "十一届", "农业界", "某乡人大主席", _PHONE, "2021年12月20日"),
        (3, f"{name} 三", "十一届", "经济界", "某厂厂长", 1.3900007003e10, "2021/12/20"),
        (),
        ("合计", 3),
    ):
        sheet.append(row)
    sheet.merge_cells("A1:G1")
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def hand_in(head: Visitor, content: bytes) -> None:
    """Hand the file in and go on to the trial reading."""
    head.open("/ledgers")
    head.page.get_by_label("哪种台账").select_option("members")
    file: FilePayload = {"name": "委员名册.xlsx", "mimeType": XLSX, "buffer": content}
    head.page.locator("input[type=file]").set_input_files([file])
    head.press("读这个文件")
    head.press("试读")
    expect(head.page.locator("main")).to_contain_text("试读，还没有入库")


def land(head: Visitor, said: str) -> None:
    head.page.get_by_role("button", name=re.compile("^入库")).click()
    expect(head.page.locator("main")).to_contain_text(said)


def import_with_its_dirt(head: Visitor, tmp_path: Path) -> None:
    """What can be read lands; the rest comes back marked, is mended in the file and lands too, nothing twice."""
    name = rare_pair()
    hand_in(head, roll(name))
    expect(head.page.locator("main")).to_contain_text("座机前面缺区号")
    with head.page.expect_download() as taken:
        head.page.get_by_role("link", name="取回标好错的文件").click()
    taken.value.save_as(tmp_path / "marked.xlsx")
    land(head, "2 行已入库")
    book = load_workbook(tmp_path / "marked.xlsx")
    (wrong,) = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value == _PHONE]
    wrong.value = _MENDED
    book.save(tmp_path / "mended.xlsx")
    hand_in(head, (tmp_path / "mended.xlsx").read_bytes())
    # The column with the faults is ours, so nobody is asked what it is.
    expect(head.page.locator("main")).not_to_contain_text("错误原因")
    land(head, "1 行已入库")
    head.open("/work")
    found = head.api("GET", f"/members?q={name}")["items"]
    assert sorted(each["name"] for each in found) == sorted(f"{name}{nth}" for nth in "一二三")
    assert {each["post"] for each in found} == {"某村主任", "某乡人大主席", "某厂厂长"}


def assign_spot_check(head: Visitor) -> None:
    """The seed is copied down; what it is bound by goes into the next bulletin."""
    head.open("/spot-checks/new")
    head.page.get_by_label("种子已经抄下来封存").check()
    head.press("公布承诺值")
    expect(head.page.locator("main")).to_contain_text("已公布承诺值")


def sign_bulletin(clerk: Visitor, head: Visitor, chair: Visitor) -> None:
    """The clerk drafts and says why two figures differ, the head reviews, the chair signs: three people."""
    clerk.open("/bulletins")
    clerk.page.get_by_label("起草哪一季").fill("2022Q4")
    clerk.press("起草通报")
    clerk.press("冻结数字")
    answers = clerk.page.locator("form.answers input.in")
    for nth in range(answers.count()):
        answers.nth(nth).fill("口径不同，已逐条核对")
    clerk.press("存下说明")
    where = clerk.page.url.removeprefix(clerk.home)
    for who, does in ((head, "审核通过"), (chair, "签发")):
        who.open(where)
        who.page.locator("main .foot-btns").get_by_role("button", name=does).click()
    expect(chair.page.locator("main")).to_contain_text("抽查承诺：")
    expect(chair.page.locator("main .foot-btns").get_by_role("button", name="签发")).to_have_count(0)
    chair.fits()


@pytest.mark.usefixtures("service")
def test_the_office_goes_from_last_years_ledger_to_a_signed_bulletin(seat: Seat, tmp_path: Path) -> None:
    head = seat("an")
    import_with_its_dirt(head, tmp_path)
    assign_spot_check(head)
    sign_bulletin(seat("he"), head, seat("lu"))


def test_on_a_phone_all_calls_and_what_is_looked_at_again_can_be_reached(seat: Seat) -> None:
    clerk = seat("he", width=390)
    clerk.open("/followups")
    tabs = clerk.page.get_by_role("navigation", name="哪些件").or_(clerk.page.locator(".desk-h .seg"))
    for name in ("全部待回访", "B 类复查"):
        tabs.first.get_by_role("link", name=name).click()
        expect(clerk.page.locator(".desk-h .seg [aria-current]")).to_contain_text(name)
    clerk.fits()


def test_on_a_phone_all_that_waits_for_the_triage_desk_can_be_reached(seat: Seat) -> None:
    clerk = seat("he", width=390)
    clerk.open("/triage")
    tabs = clerk.page.locator(".desk-h .seg a")
    expect(tabs.first).to_be_in_viewport()
    for name in ("退回件", "公众网页", "热点"):
        clerk.open("/triage")
        tabs.filter(has_text=name).click()
        expect(clerk.page.get_by_role("main")).to_contain_text(name)
        clerk.fits()
