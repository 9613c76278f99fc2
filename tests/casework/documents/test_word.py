"""A .docx has the measures of GB/T 9704-2012, by the recipe that gives 28 characters and 22 lines (domain.md §4.1)."""

import io
import time
import zipfile
from datetime import date
from itertools import pairwise

import docx
import pytest
from lxml import etree

from casework.documents.model import Heading, Marked, Official, Paragraph, Table
from casework.documents.page import to_html
from casework.documents.word import to_docx
from casework.documents.word_parts import cell, paragraph, row, run, table, with_rows, word_cell, word_row
from casework.documents.workbook import to_xlsx
from tests.casework.documents.reading import W, attributes, one, paragraphs, part, parts, style, text
from tests.casework.documents.samples import bulletin, nine_tables, press_draft, unit_table


@pytest.fixture(scope="module")
def written() -> bytes:
    return to_docx(bulletin())


def test_paper_and_margins(written: bytes) -> None:
    section = part(written, "word/document.xml").find(f"{W}body/{W}sectPr")
    assert one(section, "pgSz") == {"w": "11906", "h": "16838"}
    margins = one(section, "pgMar")
    assert {side: margins[side] for side in ("top", "bottom", "left", "right")} == {
        "top": "2098",
        "bottom": "1984",
        "left": "1587",
        "right": "1474",
    }
    assert section.find(W + "docGrid") is None


def test_28_characters_and_22_lines(written: bytes) -> None:
    normal = style(written, "Normal")
    assert one(normal, "rPr/sz") == {"val": "32"}
    assert one(normal, "rPr/spacing") == {"val": "-5"}
    assert one(normal, "pPr/spacing") == {"line": "579", "lineRule": "exact", "before": "0", "after": "0"}
    assert one(normal, "pPr/widowControl") == {"val": "0"}
    # What the recipe comes to: 28 characters fit into a line and 29 do not, 22 lines into a page and 23 do not.
    width, height = 11906 - 1587 - 1474, 16838 - 2098 - 1984
    character = 2 * 160 - 5
    assert 28 * character <= width < 29 * character
    assert 22 * 579 <= height < 23 * 579
    assert one(style(written, "BodyText"), "pPr/ind") == {"firstLine": str(2 * character)}


@pytest.mark.parametrize(
    ("style_id", "font", "size"),
    [
        ("Normal", "仿宋_GB2312", "32"),
        ("BodyText", "仿宋_GB2312", "32"),
        ("Heading1", "黑体", "32"),
        ("Heading2", "楷体_GB2312", "32"),
        ("Heading3", "仿宋_GB2312", "32"),
        ("Heading4", "仿宋_GB2312", "32"),
        ("Title", "方正小标宋简体", "44"),
        ("Imprint", "仿宋_GB2312", "28"),
        ("NumberOfPage", "宋体", "28"),
    ],
)
def test_fonts_of_every_script(written: bytes, style_id: str, font: str, size: str) -> None:
    fonts = one(style(written, style_id), "rPr/rFonts")
    assert {fonts[script] for script in ("ascii", "hAnsi", "eastAsia", "cs")} == {font}
    assert one(style(written, style_id), "rPr/sz") == {"val": size}


def test_no_font_of_a_theme_and_the_languages(written: bytes) -> None:
    styles = part(written, "word/styles.xml")
    assert not [name for e in styles.iter(W + "rFonts") for name in attributes(e) if "heme" in name]
    assert one(styles, "docDefaults/rPrDefault/rPr/lang")["eastAsia"] == "zh-CN"
    assert docx.Document(io.BytesIO(written)).core_properties.language == "zh-CN"
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert not [name for name in archive.namelist() if "thumbnail" in name or name.endswith((".ttf", ".odttf"))]


def test_red_head_number_and_rule(written: bytes) -> None:
    head = style(written, "RedHead")
    assert one(head, "rPr/color") == {"val": "FF0000"}
    # 35 mm from the type area to the characters, which stand a little below the edge of their line.
    assert 33.0 < int(one(head, "pPr/spacing")["before"]) / 1440 * 25.4 < 35.5
    lines = paragraphs(written)
    assert lines[:9] == [
        ("RedHead", "政协青川县委员会办公室文件"),
        ("Normal", ""),
        ("Normal", ""),
        ("Normal", "青协办〔2023〕1号"),
        ("Normal", ""),
        ("Normal", ""),
        ("Title", "关于2022年第四季度“三联三促”\n活动开展情况的通报"),
        ("Normal", ""),
        ("Normal", "各委室，全体县政协委员："),
    ]
    number = part(written, "word/document.xml").findall(f"{W}body/{W}p")[3]
    assert one(number, "pPr/pBdr/bottom")["color"] == "FF0000"
    assert one(number, "pPr/jc") == {"val": "center"}


def test_headings_are_counted_and_found_by_word(written: bytes) -> None:
    headings = [line for line in paragraphs(written) if line[0].startswith("Heading")]
    assert headings == [
        ("Heading1", "一、总体情况"),
        ("Heading2", "（一）联系村"),
        ("Heading3", "1.产业项目"),
        ("Heading4", "（1）示范片"),
        ("Heading2", "（二）联系户"),
        ("Heading1", "二、表扬与提醒"),
        ("Heading1", "三、下一步工作"),
    ]
    assert one(style(written, "Heading2"), "pPr/outlineLvl") == {"val": "1"}


def test_end_and_imprint(written: bytes) -> None:
    body = part(written, "word/document.xml").find(W + "body")
    texts = [text(p) for p in body.findall(W + "p") if text(p)]
    assert texts[-6:] == [
        "附件：1. \t2022年第四季度各委室工作情况统计表",
        "2. \t2022年第四季度困难件办理情况明细表",
        "政协青川县委员会办公室",
        "2023年1月11日",
        "（联系人：安小满，电话：0839-0000000）",
        "数据校验：2023-01-11 3f9a 77c2 01be 8d54",
    ]
    imprint = body.findall(W + "tbl")[-1]
    assert one(imprint, "tblPr/tblpPr")["tblpYSpec"] == "bottom"
    assert one(imprint, "tblPr/tblpPr")["vertAnchor"] == "margin"
    assert [text(row) for row in imprint.iter(W + "tr")] == [
        "抄送：县委办公室，县人大常委会办公室，县政府办公室，各乡镇人民政府，县级有关部门。",
        "政协青川县委员会办公室\t2023年1月11日印发",
    ]
    # 0.35 mm and 0.25 mm in eighths of a point.
    borders = [e.get(W + "sz") for e in imprint.iter(W + "top", W + "bottom") if e.getparent().tag == W + "tcBorders"]
    assert borders == ["8", "6", "6", "8"]


def test_page_numbers_stand_outside(written: bytes) -> None:
    assert part(written, "word/settings.xml").find(W + "evenAndOddHeaders") is not None
    section = part(written, "word/document.xml").find(f"{W}body/{W}sectPr")
    kinds = [attributes(e)["type"] for e in section.findall(W + "footerReference")]
    assert sorted(kinds) == ["default", "even"]
    sides = {}
    for footer in parts(written, "word/footer"):
        assert text(footer).startswith("— ") and text(footer).endswith(" —")
        assert one(footer, "p/fldSimple") == {"instr": "PAGE"}
        side = one(footer, "p/pPr/jc")["val"]
        sides[side] = one(footer, "p/pPr/ind")[side]
    assert sides == {"right": "280", "left": "280"}


def test_a_draft_is_marked_on_every_page_and_has_no_number() -> None:
    written = to_docx(bulletin(is_draft=True, number=""))
    assert [text(header) for header in parts(written, "word/header")] == ["草稿（未签发）"] * 2
    assert ("Normal", "（签发时编号）") in paragraphs(written)
    assert [text(header) for header in parts(to_docx(bulletin()), "word/header")] == ["", ""]


def test_a_table_repeats_its_head_and_breaks_no_row() -> None:
    long = unit_table("长表", rows=60)
    rows = part(to_docx(bulletin(blocks=(long,))), "word/document.xml").find(f".//{W}tbl").findall(W + "tr")
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True] + [False] * 60
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
    kept = [row.find(f".//{W}keepNext") is not None for row in rows]
    assert kept == [True] + [False] * 60


def test_a_low_table_is_not_broken_over_pages(written: bytes) -> None:
    rows = part(written, "word/document.xml").find(f".//{W}tbl").findall(W + "tr")
    assert [row.find(f".//{W}keepNext") is not None for row in rows] == [True] * 4 + [False]


def test_a_wide_table_lies_on_its_side_with_its_head_at_the_binding() -> None:
    root = part(to_docx(nine_tables()), "word/document.xml")
    upright, wide, last = root.iter(W + "sectPr")
    assert one(wide, "pgSz") == {"w": "16838", "h": "11906", "orient": "landscape"}
    margins = one(wide, "pgMar")
    assert [margins[side] for side in ("top", "right", "bottom", "left")] == ["1587", "2098", "1474", "1984"]
    assert one(upright, "pgSz") == one(last, "pgSz") == {"w": "11906", "h": "16838"}
    # The columns are as wide as the paper on its side allows.
    (grid,) = (g for g in root.iter(W + "tblGrid") if len(g) == 9)
    assert sum(int(attributes(column)["w"]) for column in grid) == pytest.approx(225 / 25.4 * 1440, abs=9)


def test_tables_that_touch_stay_two() -> None:
    bare = Table("", ("甲",), (("1",),))
    body = part(to_docx(bulletin(blocks=(bare, bare))), "word/document.xml").find(W + "body")
    tags = [child.tag.removeprefix(W) for child in body]
    assert not [pair for pair in pairwise(tags) if pair == ("tbl", "tbl")]


def test_a_press_draft_has_neither_red_head_nor_imprint() -> None:
    lines = paragraphs(to_docx(press_draft()))
    assert lines[0] == ("Title", "青川：院坝里开起协商会")
    assert not [line for line in lines if line[0] in ("RedHead", "Imprint")]
    assert lines[-1] == ("Normal", "县政协办公室　安小满")


def test_a_picture_is_there_with_its_words() -> None:
    written = to_docx(nine_tables())
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert [name for name in archive.namelist() if name.startswith("word/media/")]
    assert b'descr="\xe9\x99\xa2\xe5\x9d\x9d' in zipfile.ZipFile(io.BytesIO(written)).read("word/document.xml")


def test_word_is_asked_for_english_words_in_english() -> None:
    english = bulletin(language="en", blocks=(Heading(1, "All"), Heading(2, "Villages"), Paragraph(("Text.",))))
    lines = [line[1] for line in paragraphs(to_docx(english))]
    assert [line for line in lines if line.startswith(("I", "("))][:2] == ["I. All", "(I) Villages"]
    assert "2023-01-11" in lines


def test_nine_tables_take_less_than_a_second() -> None:
    document = nine_tables()
    to_docx(document)
    began = time.process_time()
    to_docx(document)
    assert time.process_time() - began < 1


def test_the_day_it_was_signed_is_the_day_of_the_file() -> None:
    made = docx.Document(io.BytesIO(to_docx(bulletin(signed_on=date(2024, 2, 29))))).core_properties.created
    assert made is not None
    assert made.date() == date(2024, 2, 29)


def test_the_words_before_a_table_stay_with_it() -> None:
    lead = to_docx(bulletin(blocks=(Paragraph(("予以提醒：",)), Paragraph(("如下：",)), unit_table("提案委"))))
    body = part(lead, "word/document.xml").iter(f"{W}p")
    kept = {text(each): each.find(f"{W}pPr/{W}keepNext") is not None for each in body}
    assert (kept["予以提醒："], kept["如下："]) == (False, True)


def test_what_is_marked_bears_its_colours_in_word_and_its_words_everywhere() -> None:
    table = Table("", ("级别",), ((Marked("2 督办", "#7a3b00", "#fdeedd"),), ("1 催办",)))
    paper = Official(title="通报", blocks=(table,))
    written = part(to_docx(paper), "word/document.xml")
    (shade,), (colour,) = list(written.iter(W + "shd")), list(written.iter(W + "color"))
    assert attributes(shade) == {"val": "clear", "color": "auto", "fill": "fdeedd"}
    assert attributes(colour) == {"val": "7a3b00"} and "2 督办" in text(colour.getparent().getparent())
    assert "2 督办" in to_html(paper) and to_xlsx(paper, "")[:2] == b"PK"
    with pytest.raises(ValueError, match="has words"):
        Marked("", "#7a3b00", "#fdeedd")


@pytest.mark.parametrize(
    "words", ["竹园镇六组", "", "a<b & \"c\" > 'd'", "一\n二", "甲\t乙", "回\r车", " 空 白 ", "\u3000𠮷"]
)
@pytest.mark.parametrize("keep_next", [False, True])
def test_a_cell_written_as_text_is_the_cell_made_of_elements(words: str, keep_next: bool) -> None:
    for ink, tint in (("", ""), ("#a61b1b", "#fdecea")):
        made = paragraph("TableText", [run(words, ink=ink)], align="right", keep_next=keep_next)
        by_hand = table([90.0], [row([cell(90.0, made, tint=tint)], may_break=keep_next)])
        told = word_cell(words, 90.0, style="TableText", align="right", keep_next=keep_next, ink=ink, tint=tint)
        at_once = with_rows(table([90.0], []), [word_row([told], may_break=keep_next)])
        assert etree.tostring(at_once) == etree.tostring(by_hand)
