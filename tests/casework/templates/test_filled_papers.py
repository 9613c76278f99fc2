"""Built-in forms, and what stands in a paper once it is filled: the values, as text, whatever they hold."""

import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.text import WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Pt

from casework.templates import forms, kinds, reading
from tests.casework.templates import makers

NASTY = '{{ 7*7 }} <w:p/> & "x" \x0b {% if %}\n第二行'


def told(content: bytes) -> str:
    """Return every word of a paper."""
    made = Document(io.BytesIO(content))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in made.paragraphs), *cells])


def values(kind: kinds.Kind, **changes: Any) -> Mapping[str, Any]:
    return {**kinds.example(kind), "qr": reading.square(), **changes}


@pytest.mark.parametrize("code", kinds.kinds())
def test_every_built_in_form_shows_its_tags_is_sound_and_is_filled(code: str) -> None:
    kind = kinds.kind_of(code)
    assert "{{ " in told(forms.template(code)) and forms.template(code) == forms.template(code)
    text = told(reading.fill(forms.template(code), kind, [values(kind, title="甲乙丙"), values(kind, title="丁戊己")]))
    assert "{{" not in text and "{%" not in text
    assert ("甲乙丙" in text) == ("丁戊己" in text)
    assert forms.pdf(kind, [values(kind)], home=Path("/nowhere"), on=date(2026, 10, 14)).startswith(b"%PDF")


def test_values_are_text_and_never_markup_nor_tags() -> None:
    kind = kinds.kind_of("assignment")
    text = told(reading.fill(forms.template("assignment"), kind, [values(kind, title=NASTY)]))
    assert '{{ 7*7 }} <w:p/> & "x"' in text and "49" not in text
    assert "第二行" in text and "\x0b" not in text


def test_a_stack_is_one_document_in_which_each_paper_begins_a_page() -> None:
    kind = kinds.kind_of("minutes")
    rows = [{"n": n, "text": f"第 {n} 件", "unit": "县水利局", "due_on": ""} for n in (1, 2, 3)]
    stack = [values(kind, title=f"议题{n}", agreed=rows[:n]) for n in range(1, 4)]
    made = Document(io.BytesIO(reading.fill(forms.template("minutes"), kind, stack)))
    breaks = made.element.body.xpath(".//w:pageBreakBefore")
    assert len(breaks) == 2 and len(made.sections) == 1
    assert len({each.get("id") for each in made.element.body.xpath(".//wp:docPr")}) == 3
    text = told(makers.saved(made))
    assert text.count("第 1 件") == 3 and text.count("第 3 件") == 1


def test_names_and_keys_do_the_same_and_no_row_has_the_name_of_a_method() -> None:
    kind = kinds.kind_of("urging")
    form = makers.with_text("{{ title }}|{{ 标题 }}", "{% for u in urgings %}{{ u.words }}{{ u.内容 }}{% endfor %}")
    text = told(reading.fill(form, kind, [values(kind, title="甲", urgings=[{"words": "乙"}])]))
    assert "甲|甲" in text and "乙乙" in text
    for each in kinds.kinds().values():
        for tag in each.tags.values():
            assert not set(dir(dict)) & {*tag.items, *tag.items.values()}


def test_a_level_wears_the_colours_of_the_office_beside_its_word_wherever_it_stands() -> None:
    kind = kinds.kind_of("supervision_slip")
    form = makers.with_text("级别：{{ 级别 }}。", "{% if level == '2 督办' %}{{ level }} & {{ 标题 }}{% endif %}")
    worn = {"level": ["#9b2a22", "#fbe9e6"]}
    stack = [values(kind, title="\ufdd0甲\ufdd1", level="2 督办", _colours=worn), values(kind, level="1", title="乙")]
    made = Document(io.BytesIO(reading.fill(form, kind, stack)))
    text = told(makers.saved(made))
    assert "级别：2 督办。" in text and "2 督办 & \ufffd甲\ufffd" in text and not set(text) & {"\ufdd0", "\ufdd1"}
    coloured = [each for each in made.element.body.iter(qn("w:r")) if each.find(".//" + qn("w:shd")) is not None]
    assert [each.text for each in coloured] == ["2 督办", "2 督办"]
    properties = coloured[0].find(qn("w:rPr"))
    assert properties.find(qn("w:color")).get(qn("w:val")) == "9b2a22"
    assert properties.find(qn("w:shd")).get(qn("w:fill")) == "fbe9e6"


def test_a_code_on_paper_is_not_cut_to_the_height_of_a_line_of_text() -> None:
    kind = kinds.kind_of("agenda")
    # A form of the office's own may set the exact height itself.
    own = Document(io.BytesIO(makers.with_text("{{ 二维码 }}")))
    own.paragraphs[0].paragraph_format.line_spacing = Pt(20)
    for form in (forms.template("agenda"), makers.saved(own)):
        made = Document(io.BytesIO(reading.fill(form, kind, [values(kind)])))
        drawn = [each for each in made.paragraphs if each._p.xpath(".//w:drawing")]
        assert [each.paragraph_format.line_spacing_rule for each in drawn] == [WD_LINE_SPACING.SINGLE]


def test_the_lines_of_a_text_are_paragraphs_as_a_justified_line_that_is_broken_would_be_drawn_out() -> None:
    kind = kinds.kind_of("minutes")
    made = Document(
        io.BytesIO(reading.fill(forms.template("minutes"), kind, [values(kind, minutes="甲说行。\n乙说不行。")]))
    )
    assert {"甲说行。", "乙说不行。"} <= {each.text for each in made.paragraphs}
    inside = makers.with_text("会上{{ 纪要正文 }}完。")
    told_of = Document(io.BytesIO(reading.fill(inside, kind, [values(kind, minutes="甲\n乙\n丙")])))
    assert [each.text for each in told_of.paragraphs if each.text] == ["会上甲", "乙", "丙完。"]


def test_what_is_told_has_more_room_in_a_list_than_its_number_and_long_lists_go_on_where_they_are() -> None:
    made = Document(io.BytesIO(forms.template("consensus")))
    agreed = next(each for each in made.tables if "事项" in each.rows[0].cells[1].text)
    widths = [each.width for each in agreed.columns]
    assert widths[1] > 2 * widths[0] and widths[1] > widths[2]
    assert not [each for each in agreed.rows[2].cells[0].paragraphs if each.paragraph_format.keep_with_next]
    signing = next(each for each in Document(io.BytesIO(forms.template("sign_in"))).tables if len(each.columns) == 3)
    assert signing.columns[2].width > signing.columns[1].width
