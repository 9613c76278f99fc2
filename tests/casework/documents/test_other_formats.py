"""The workbook, the page and the JSON of a document, and the one door to all of them."""

import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser

import openpyxl
import pytest
import time_machine

from casework.core.errors import Refused
from casework.core.i18n import say
from casework.documents.model import AnnexFigure, FigureRun, Official, Paragraph, Picture, Table
from casework.documents.page import to_html
from casework.documents.plain import to_json
from casework.documents.render import FORMATS, render
from casework.documents.workbook import to_xlsx
from tests.casework.documents.samples import bulletin, nine_tables, png, unit_table

SITE = "https://office.example/"


def book(document: Official, base_url: str = SITE) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(to_xlsx(document, base_url)))


def test_every_figure_of_the_annex_is_a_number_that_leads_to_its_records() -> None:
    sheet = book(bulletin()).worksheets[0]
    assert sheet.title == "数字"
    assert [cell.value for cell in sheet[2]] == ["指标", "精确值", "单位", "文中写法", "口径", "截至", "数的是", "不含"]
    funds = sheet[5]
    assert [cell.value for cell in funds][:6] == [
        "协调资金（到位）",
        30624000,
        "元",
        "3000余万元",
        "全县",
        "2023-01-11",
    ]
    assert funds[1].hyperlink.target == "https://office.example/figures/funds_arrived?as_of=2023-01-11"
    assert funds[1].data_type == "n"


def test_a_figure_of_the_text_without_annex_has_a_row_with_its_link() -> None:
    sheet = book(bulletin()).worksheets[0]
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=3)}
    assert rows["unvisited"][3].value == "13户"
    assert rows["unvisited"][3].hyperlink.target == "https://office.example/figures/unvisited?as_of=2023-01-11"


def test_a_sheet_for_each_table_with_its_head_in_view() -> None:
    made = book(nine_tables())
    assert made.sheetnames[1:4] == ["提案委工作情况", "经济委工作情况", "农业农村委工作情况"]
    assert len(made.sheetnames) == 11
    sheet = made.worksheets[1]
    assert [cell.value for cell in sheet[2]] == ["序号", "工作", "次数", "已办结", "说明"]
    assert [cell.value for cell in sheet[3]][:4] == [1, "入户走访", 7, "5"]
    assert sheet[3][3].hyperlink.target.startswith("https://office.example/figures/")
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("A3", "$2:$2")


def test_an_amount_of_a_table_can_be_added_up_and_looks_as_it_was_written() -> None:
    paths = (("", "/figures/funds_total?as_of=2023-01-11", "", ""),)
    table = Table("资金", ("季度", "到位", "组", "日"), (("一季度", "1,690.70", "5/11", "01.20"),), links=paths)
    _, money, group, day = book(replace(bulletin(), blocks=(table,), figures=())).worksheets[1][3]
    assert (money.value, money.data_type, money.number_format) == (1690.7, "n", "#,##0.00")
    assert money.hyperlink.target == "https://office.example/figures/funds_total?as_of=2023-01-11"
    assert (group.value, day.value) == ("5/11", "01.20")


def test_a_table_without_a_title_names_its_sheet() -> None:
    tables = (Table("", ("姓名",), (("李某",),), name="表扬"), Table("", ("姓名",), (("李某",),)))
    made = book(replace(bulletin(), blocks=tables, figures=()))
    assert made.sheetnames[1:] == ["表扬", "表2"]
    assert made.worksheets[1]["A1"].value == "表扬"


def test_a_plain_number_of_a_table_may_lead_somewhere_and_stays_a_number() -> None:
    paths = (("", "/figures/visits_total?as_of=2023-01-11"),)
    table = Table("走访", ("村", "次"), (("方石村", 3),), links=paths)
    name, number = book(replace(bulletin(), blocks=(table,), figures=())).worksheets[1][3]
    assert (name.hyperlink, number.value, number.data_type) == (None, 3, "n")
    assert number.hyperlink.target == "https://office.example/figures/visits_total?as_of=2023-01-11"
    for wrong in ((("/figures/x",),), (("", "https://elsewhere.example/"),)):
        with pytest.raises(ValueError, match=r"link|path"):
            Table("走访", ("村", "次"), (("方石村", 3),), links=wrong)


def test_numbers_keep_their_digits() -> None:
    rows = ((10**18 + 1, Decimal("0.10")), (-5, Decimal("1234567.5")))
    sheet = book(bulletin(blocks=(Table("数", ("大", "小"), rows),))).worksheets[1]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)] == [
        ["1000000000000000001", 0.1],
        [-5, 1234567.5],
    ]


def test_tables_of_one_name_have_sheets_of_their_own() -> None:
    names = book(bulletin(blocks=(unit_table("甲"), unit_table("甲"), replace(unit_table("甲"), title="")))).sheetnames
    assert names == ["数字", "甲工作情况", "甲工作情况(2)", "表3"]


class Links(HTMLParser):
    """Gathers the links and everything that would fetch or run something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[dict[str, str | None]] = []
        self.fetched: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self.links.append(given)
        if tag in ("script", "link", "iframe", "object") or any(name.startswith("on") for name in given):
            self.fetched.append(tag)
        if "src" in given and not str(given["src"]).startswith("data:image/"):
            self.fetched.append(tag)


def test_the_page_is_one_file_whose_figures_are_links() -> None:
    html = to_html(nine_tables(), base_url=SITE)
    found = Links(html)
    assert not found.fetched
    assert "url(" not in html and "@import" not in html
    assert len(found.links) == 9 * 6
    first = Links(to_html(bulletin(), base_url=SITE)).links[0]
    assert first["href"] == "https://office.example/figures/members?as_of=2023-01-11"
    assert first["title"] == "在任委员: 全县"
    assert html.startswith('<!doctype html>\n<html lang="zh-CN">')


def test_the_page_has_all_that_the_document_says() -> None:
    html = to_html(bulletin(is_draft=True))
    text = re.sub(r"<[^>]+>", "", html.split("</style>")[1])
    for words in ("草稿（未签发）", "政协青川县委员会办公室文件", "青协办〔2023〕1号", "各委室，全体县政协委员：", "一、总体情况",
                  "（一）联系村", "附件：1. 2022年第四季度各委室工作情况统计表", "2023年1月11日", "（联系人：安小满", "抄送：县委办公室",
                  "2023年1月11日印发", "数据校验"):  # fmt: skip
        assert words in text, words


def test_the_json_says_what_the_document_is_made_of() -> None:
    made = to_json(bulletin(is_draft=True, number=""))
    assert made["number"] == "" and made["is_draft"] is True and made["signed_on"] == "2023-01-11"
    assert made["blocks"][1] == {"block": "heading", "level": 1, "text": "一、总体情况"}
    assert made["blocks"][0]["runs"][1] == {
        "text": "171名",
        "key": "members",
        "href": "/figures/members?as_of=2023-01-11",
    }
    assert made["figures"][2]["exact"] == "30624000.00"
    assert made["figures"][0]["exact"] == 171
    json.dumps(made, allow_nan=False)


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_document_is_the_same_bytes(format: str) -> None:
    made = []
    for day in (date(2023, 1, 11), date(2031, 12, 1)):
        with time_machine.travel(datetime(day.year, day.month, day.day, 9, tzinfo=UTC)):
            made.append(render(nine_tables(), format, base_url=SITE))
    assert made[0] == made[1]
    assert made[0] != render(bulletin(), format, base_url=SITE)


def test_a_format_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        render(bulletin(), "wps")
    (refusal,) = caught.value.refusals
    assert refusal.code == "document_format"
    assert say("refusal.document_format", **refusal.params) == "没有“wps”这种格式。可选：docx, pdf, xlsx, html, json。"


@pytest.mark.parametrize("format", ["docx", "pdf", "html"])
@pytest.mark.parametrize(
    ("content", "media_type"),
    [(b"", "image/png"), (b"GIF89a", "image/png"), (png()[:20], "image/png"), (b"\xff\xd8\xff\xc0", "image/jpeg"),
     (png(), "image/jpeg"), (b"\xff\xd8" + b"\xff\xe0\0\x04ab" * 3, "image/jpeg")],
)  # fmt: skip
def test_a_picture_that_is_none_is_refused_by_name(content: bytes, media_type: str, format: str) -> None:
    pictures = (Picture(png(), "image/png", "好的"), Picture(content, media_type, "坏的"))  # type: ignore[arg-type]  # from a table of cases
    with pytest.raises(Refused) as caught:
        render(bulletin(blocks=pictures), format)
    assert caught.value.refusals[0].params == {"caption": "坏的"}


def test_a_picture_broken_inside_is_refused_by_name_where_it_is_drawn() -> None:
    broken = bytearray(png())
    broken[45:60] = b"\0" * 15
    pictures = (Picture(png(), "image/png", "好的"), Picture(bytes(broken), "image/png", "坏的"))
    with pytest.raises(Refused) as caught:
        render(bulletin(blocks=pictures), "pdf")
    assert caught.value.refusals[0].params == {"caption": "坏的"}


@pytest.mark.parametrize(
    "href",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "javascript:alert(1)", "x", "/a b", "/a\n"],
)
def test_a_figure_leads_nowhere_else(href: str) -> None:
    with pytest.raises(ValueError, match="no path"):
        FigureRun("1", "k", href)
    with pytest.raises(ValueError, match="no path"):
        AnnexFigure(
            key="k", label="", exact=1, text="", unit="", scope="", as_of=date(2023, 1, 1), counts="",
            leaves_out="", href=href,
        )  # fmt: skip


@pytest.mark.parametrize("base_url", ["javascript:alert(1)//", "ftp://office.example", "office.example", "https:///x"])
def test_a_site_has_an_address_of_the_web(base_url: str) -> None:
    document = bulletin(blocks=(Paragraph((FigureRun("1", "k", "/k"),)),))
    for write in (lambda: to_html(document, base_url=base_url), lambda: to_xlsx(document, base_url)):
        with pytest.raises(ValueError, match="no address"):
            write()


def test_rows_and_columns_fit_each_other() -> None:
    for wrong in (
        {"rows": (("1",),)},
        {"widths": (1.0,)},
        {"align": ("left",)},
        {"widths": (0.0, 1.0)},
        {"headings": (), "rows": ()},
    ):
        with pytest.raises(ValueError, match=r"column|heading"):
            replace(Table("", ("a", "b"), (("1", "2"),)), **wrong)
