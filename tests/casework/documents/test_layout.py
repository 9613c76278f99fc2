"""Numbers of headings, lines of a title, places of a signature: what all formats share. And what a start costs."""

import subprocess
import sys
from datetime import date

import pytest

from casework.documents.arranged import arranged, cleaned
from casework.documents.geometry import ems, head_size, rooms, signature_indents, title_lines
from casework.documents.model import Heading, Table
from casework.documents.words import words
from tests.casework.documents.samples import bulletin, press_draft


@pytest.mark.parametrize(
    ("number", "chinese"),
    [(1, "一、"), (10, "十、"), (11, "十一、"), (20, "二十、"), (35, "三十五、"), (99, "九十九、"), (100, "100、")],
)
def test_chinese_numbers(number: int, chinese: str) -> None:
    assert words("zh").heading_number(1, number) == chinese


def test_english_numbers_beyond_the_ten_words() -> None:
    assert [words("en").heading_number(1, number) for number in (4, 10, 11)] == ["IV. ", "X. ", "11. "]


def test_headings_are_counted_anew_below_every_higher_one() -> None:
    levels = (1, 2, 2, 3, 4, 4, 3, 1, 2, 4)
    made = arranged(cleaned(bulletin(blocks=tuple(Heading(level, "") for level in levels))))
    assert [block.text for block in made.blocks if isinstance(block, Heading)] == [
        "一、", "（一）", "（二）", "1.", "（1）", "（2）", "2.", "二、", "（一）", "（1）",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("通报", ("通报",)),
        ("关于第四季度工作情况的\n通报", ("关于第四季度工作情况的", "通报")),
        ("关于2022年第四季度“三联三促”活动开展情况的通报", ("关于2022年第四季度“三联三促”", "活动开展情况的通报")),
        (
            "关于表扬2022年度有事来协商工作先进集体和先进个人的通报",
            ("关于表扬2022年度有事来协商", "工作先进集体和先进个人的通报"),
        ),
    ],
)
def test_a_title_breaks_between_words(title: str, lines: tuple[str, ...]) -> None:
    say = words("zh")
    assert title_lines(title, not_first=say.not_first, unbroken=say.unbroken) == lines


@pytest.mark.parametrize(
    "title", ["汉" * 300, "“" + "汉" * 100 + "”", "，" * 50, "的" * 50, "a" * 200 + "汉", "《》" * 30]
)
def test_any_title_is_told_whole_in_lines_that_fit(title: str) -> None:
    made = title_lines(title, not_first="的", unbroken=("汉汉",))
    assert "".join(made) == title
    if title[0] in "汉“":
        assert all(ems(line) <= 20 for line in made)


def test_the_red_head_takes_one_line_of_the_type_area() -> None:
    for issuer in ("政协青川县委员会办公室", "政协青川县委员会办公室文件", "县" * 18):
        assert 22 <= head_size(issuer) <= 42
        assert head_size(issuer) * ems(issuer) <= 156 / 25.4 * 72


def test_signature_and_day() -> None:
    # The day begins 2 behind the signature; a day that is longer stands 2 from the right and the signature before it.
    assert signature_indents("政协青川县委员会办公室", "2023年1月11日") == (2.0, 4.5)
    short, day = "县政协", "2023年11月11日"
    by, on = signature_indents(short, day)
    assert on == 2.0
    assert by + ems(short) == on + ems(day) + 2


def test_headings_and_numbers_keep_their_room_where_columns_want_too_much() -> None:
    headings = (
        "委室",
        "联系产业",
        "本季调研（次）",
        "累计调研（次）",
        "专题协商（场）",
        "意见建议（条）",
        "到位（万元）",
    )
    row = ("县政协民族宗教和联络委员会", "高山露地蔬菜", 1, 3, 1, 3, "12,345.67")
    made = [room / 12 for room in rooms(Table("", headings, (row,)))]
    assert all(room >= 4 for room in made[1:6]), made
    # An amount breaks badly: it takes its whole width.
    assert made[6] >= ems("12,345.67") and sum(made) + 7 * 0.5 < 36.9
    # Where there is room, a heading stays on one line.
    wide = rooms(Table("", ("乡镇", "联系户（户）"), (("乔庄镇", 10),)))
    assert wide[1] / 12 >= ems("联系户（户）")


def test_what_is_not_there_leaves_no_words_behind() -> None:
    made = arranged(cleaned(press_draft()))
    assert (made.issuer, made.number, made.day, made.note, made.copies_lead, made.copies, made.printed) == ("",) * 7
    assert (made.addressee, made.attachments) == ("", ())


def test_ends_are_not_doubled() -> None:
    made = arranged(cleaned(bulletin(addressee="各委室：", copies_to="县委办公室。", attachments_note=("一张表",))))
    assert (made.addressee, made.copies) == ("各委室：", "县委办公室。")
    assert [each.lead for each in made.attachments] == ["附件："]


def test_days_have_no_zeros_before_them() -> None:
    assert words("zh").day_text(date(2023, 1, 5)) == "2023年1月5日"


def test_a_program_start_does_not_pay_for_the_libraries() -> None:
    code = (
        "import sys, casework.documents.render\n"
        "print(sorted({'docx', 'lxml', 'typst', 'xlsxwriter', 'pylopdf_fonts_zh_cn'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
