"""A PDF has the measures of GB/T 9704-2012 on the page, and every character of a name has its shape."""

import struct
import time
from itertools import pairwise
from pathlib import Path

import pylopdf_fonts_zh_cn
import pytest

from casework.documents.fonts import fonts_used
from casework.documents.model import Official, Paragraph, Table
from casework.documents.pdf import to_pdf
from tests.casework.documents.reading import Line, pages, pixels, rows_of_colour
from tests.casework.documents.samples import bulletin, nine_tables, press_draft, unit_table

TYPE_AREA = (28.0, 37.0, 184.0, 262.0)  # mm: left, top, right, bottom
PITCH = 28.95 / 72 * 25.4


def body(page: list[Line]) -> list[Line]:
    """Return the lines of the type area."""
    return [line for line in page if TYPE_AREA[1] < line.bottom <= TYPE_AREA[3]]


@pytest.fixture(scope="module")
def written() -> list[list[Line]]:
    return pages(to_pdf(bulletin()))


def test_28_characters_and_22_lines() -> None:
    plain = Official(title="长", blocks=(Paragraph(("汉" * 3000,)),))
    first, second, *_ = pages(to_pdf(plain))
    assert [len(line.text) for line in body(first)][:3] == [1, 26, 28]
    full = body(second)
    assert [len(line.text) for line in full] == [28] * 22
    assert all(abs(line.left - TYPE_AREA[0]) < 0.3 and abs(line.right - TYPE_AREA[2]) < 0.5 for line in full)
    steps = [after.bottom - before.bottom for before, after in pairwise(full)]
    assert all(abs(step - PITCH) < 0.05 for step in steps)


def test_the_red_head_stands_35_mm_below_the_type_area_and_the_rule_4_mm_below_the_number() -> None:
    image = pixels(to_pdf(bulletin()), 0)
    head, rule = rows_of_colour(image, lambda p: p[0] > 180 and p[1] < 120)
    assert head[0] == pytest.approx(37 + 35, abs=1)
    number = [end for _, end in rows_of_colour(image, lambda p: max(p) < 100) if end < rule[0]][-1]
    assert rule[0] - number == pytest.approx(4, abs=0.6)


def test_page_numbers_stand_outside_with_dashes_7_mm_below(written: list[list[Line]]) -> None:
    numbers = [page[-1] for page in written]
    assert [line.text for line in numbers] == [f"—{number}—" for number in range(1, len(written) + 1)]
    assert all(line.left > 150 for line in numbers[0::2])
    assert all(line.right < 60 for line in numbers[1::2])
    # One character of 14 pt from the edge of the type area.
    assert numbers[0].right == pytest.approx(TYPE_AREA[2] - 4.94, abs=0.3)
    assert numbers[1].left == pytest.approx(TYPE_AREA[0] + 4.94, abs=0.3)
    # The number itself is as high as its dashes are wide; in its middle are the dashes.
    below = [row for row in rows_of_colour(pixels(to_pdf(bulletin()), 0), lambda p: max(p) < 100) if row[0] > 262]
    assert sum(below[-1]) / 2 == pytest.approx(262 + 7, abs=0.5)


def test_the_first_page_has_text_and_the_last_the_imprint_on_the_edge(written: list[list[Line]]) -> None:
    assert "截至2023年1月11日，全县171名政协委员" in "".join(line.text for line in written[0])
    texts = [line.text for line in written[-1]]
    assert texts[-2] == "政协青川县委员会办公室2023年1月11日印发"
    assert texts[-4].startswith("抄送：县委办公室") and texts[-3].endswith("县级有关部门。")
    image = pixels(to_pdf(bulletin()), len(written) - 1)
    lowest = [row for row in rows_of_colour(image, lambda p: max(p) < 120) if row[1] < 263][-1]
    assert lowest[1] == pytest.approx(TYPE_AREA[3], abs=0.4)


def test_the_day_begins_two_characters_behind_the_signature(written: list[list[Line]]) -> None:
    (signature,) = [line for line in written[-1] if line.text == "政协青川县委员会办公室"]
    (day,) = [line for line in written[-1] if line.text == "2023年1月11日"]
    em = 15.75 / 72 * 25.4
    assert signature.right == pytest.approx(TYPE_AREA[2] - 2 * em, abs=0.5)
    assert day.left - signature.left == pytest.approx(2 * em, abs=0.5)


def test_a_signature_takes_its_last_paragraph_along() -> None:
    """Whatever the length of the text, the page with the signature has some of it."""
    for length in range(4, 12):
        lines = tuple(Paragraph((f"第{number}段，内容如此。",)) for number in range(length))
        made = pages(to_pdf(bulletin(blocks=lines, attachments_note=())))
        (signed,) = [page for page in made if any(line.text == "政协青川县委员会办公室" for line in page)]
        before = [line.text for line in signed].index("政协青川县委员会办公室")
        assert any(line.text.startswith("第") for line in signed[:before]), f"{length} paragraphs"


def test_a_page_with_nothing_but_the_imprint_has_no_number() -> None:
    for length in range(1, 10):
        lines = tuple(Paragraph((f"第{number}段，内容如此。",)) for number in range(length))
        made = pages(to_pdf(bulletin(blocks=lines, attachments_note=(), note="", footer_lines=())))
        if len(made[-1]) <= 4 and made[-1][0].text.startswith("抄送"):
            assert not [line for line in made[-1] if line.text.startswith("—")]
            assert made[-2][-1].text.startswith("—")
            return
    raise AssertionError("none of these lengths leaves the imprint alone")


def test_a_table_repeats_its_head_and_breaks_no_row() -> None:
    noted = Table(
        "长表",
        ("序号", "说明"),
        tuple((number, "甲" * 240 + f"第{number}行完") for number in range(1, 41)),
        widths=(1, 5),
    )
    made = [page for page in pages(to_pdf(bulletin(blocks=(noted,)))) if any("甲" in line.text for line in page)]
    assert len(made) > 2
    for page in made:
        assert [line.text for line in page if line.text == "序号说明"] == ["序号说明"]
        # As many rows begin on a page as end on it: a row has 240 of them.
        assert sum(line.text.count("甲") for line in page) % 240 == 0


def test_a_low_table_stands_whole_on_one_page() -> None:
    for filler in range(4, 20):
        lead = Paragraph(("各委情况如下：",))
        blocks = (*(Paragraph((f"第{n}段。",)) for n in range(filler)), lead, unit_table("提案委", rows=6))
        holding = [
            page for page in pages(to_pdf(bulletin(blocks=blocks))) if any("按计划完成" in line.text for line in page)
        ]
        assert len(holding) == 1, f"{filler} paragraphs before it"
        told = [line.text for line in holding[0]]
        assert told.index("各委情况如下：") + 1 == told.index("提案委工作情况"), f"{filler} paragraphs before it"


def test_a_table_that_fits_on_a_page_with_what_leads_to_it_stands_whole() -> None:
    lead = Paragraph(("各委情况如下：",))
    for filler in range(4, 20, 3):
        blocks = (*(Paragraph((f"第{n}段。",)) for n in range(filler)), lead, unit_table("提案委", rows=15))
        made = pages(to_pdf(bulletin(blocks=blocks)))
        holding = [page for page in made if any("按计划完成" in line.text for line in page)]
        assert len(holding) == 1, f"{filler} paragraphs before it"
        assert "各委情况如下：" in [line.text for line in holding[0]], f"{filler} paragraphs before it"


def test_a_row_longer_than_a_page_loses_nothing() -> None:
    cell = "".join(chr(0x4E00 + number) for number in range(5000))
    made = pages(to_pdf(bulletin(blocks=(Table("长格", ("序号", "内容"), ((1, cell),), widths=(1, 2)),))))
    read = "".join(character for page in made for line in body(page) for character in line.text)
    assert set(cell) <= set(read)


def test_a_long_word_stays_on_the_page() -> None:
    word = "Pneumono" * 60
    blocks = (Paragraph((word,)), Table("", ("网址", "数"), ((f"https://office.example/{'a' * 80}", 1),)))
    made = pages(to_pdf(bulletin(blocks=blocks, title=word)))
    assert all(line.right < TYPE_AREA[2] + 0.5 for page in made for line in page)
    assert "".join(line.text for page in made for line in page).count("Pneumono") > 100


def test_a_wide_table_lies_on_its_side_and_its_number_stays_where_others_are() -> None:
    pdf = to_pdf(nine_tables())
    sizes = [pixels(pdf, number, dpi=20).size for number in range(len(pages(pdf)))]
    wide = [number for number, (width, height) in enumerate(sizes) if width > height]
    assert len(wide) >= 2
    assert sizes[wide[0] - 1][0] < sizes[wide[0] - 1][1]
    for number in wide:
        # The number stands along the left edge, outside the type area, which begins 35 mm from it.
        image = pixels(pdf, number, dpi=50).crop((0, 0, round(34 / 25.4 * 50), round(210 / 25.4 * 50)))
        assert image.convert("L").getextrema()[0] < 120


def test_characters_of_names_have_their_shapes() -> None:
    def shape(character: str) -> bytes:
        drawn: bytes = pixels(to_pdf(press_draft_of(character * 3)), 0, dpi=72).crop((90, 150, 180, 190)).tobytes()
        return drawn

    names = "𫖯䶮㛃喆璟翀"
    assert len({shape(character) for character in names}) == len(names)
    assert [line.text for line in pages(to_pdf(press_draft_of(names)))[0]][1:2] == [names]


def test_a_character_no_font_has_is_told_by_its_number() -> None:
    page = pages(to_pdf(press_draft_of("委员𠮷某")))[0]
    assert page[1].text == "委员[U+20BB7]某"


def press_draft_of(words: str) -> Official:
    return Official(title="名", blocks=(Paragraph((words,)),))


def test_without_fonts_of_the_office_every_kind_of_text_has_a_substitute(tmp_path: Path) -> None:
    for folder in (None, tmp_path, tmp_path / "missing"):
        uses = fonts_used(folder)
        assert {use.role for use in uses} == {"title", "body", "kai", "hei", "song"}
        assert all(use.is_substitute and use.used in ("Noto Serif SC", "Noto Sans SC") for use in uses)
        assert all(use.wanted for use in uses)


def test_a_font_of_the_office_is_used_and_what_it_lacks_comes_from_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "body.otf").write_bytes(called("FangSong", pylopdf_fonts_zh_cn.sans_path().read_bytes()))
    (tmp_path / "broken.ttf").write_bytes(b"\0\1\0\0 no font")
    (tmp_path / "readme.txt").write_text("fonts of the office", "utf-8")
    found = {use.role: (use.used, use.is_substitute) for use in fonts_used(tmp_path)}
    assert found["body"] == ("FangSong", False)
    assert found["title"] == ("Noto Serif SC", True)
    plain = press_draft_of("仿宋")
    assert to_pdf(plain, fonts=tmp_path) != to_pdf(plain)


def called(family: str, font: bytes) -> bytes:
    """Give a font file another family name, in the place of the longer one it has."""
    changed = bytearray(font)
    count = struct.unpack_from(">H", font, 4)[0]
    tables = {font[12 + 16 * n : 16 + 16 * n]: struct.unpack_from(">I", font, 20 + 16 * n)[0] for n in range(count)}
    start = tables[b"name"]
    records, strings = struct.unpack_from(">HH", font, start + 2)
    name = family.encode("utf-16-be")
    for number in range(records):
        at = start + 6 + 12 * number
        platform, _, _, kind, length, offset = struct.unpack_from(">6H", font, at)
        if kind in (1, 16) and platform == 3 and length >= len(name):
            struct.pack_into(">H", changed, at + 8, len(name))
            changed[start + strings + offset : start + strings + offset + len(name)] = name
    return bytes(changed)


def test_nine_tables_take_less_than_a_second() -> None:
    document = nine_tables()
    to_pdf(document)
    began = time.process_time()
    to_pdf(document)
    assert time.process_time() - began < 1


def test_a_press_draft_is_one_page() -> None:
    (page,) = pages(to_pdf(press_draft()))
    assert page[0].text == "草稿（未签发）"
    assert page[1].text == "青川：院坝里开起协商会"
