"""Built-in forms, and what stands in a paper once it is filled: the values, as text, whatever they hold."""

import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx import Document

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
