"""What people write into cells and what they mean by it (domain.md §4.2, reliability.md §5.1)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.core.errors import Invalid
from casework.exchange import values

DAY = date(2023, 1, 11)


def code_of(parse: Callable[..., object], *args: object, **options: object) -> str:
    with pytest.raises(Invalid) as caught:
        parse(*args, column="某列", **options)
    assert [error.field for error in caught.value.errors] == ["某列"]
    return caught.value.errors[0].code


@pytest.mark.parametrize(
    "text",
    ["2023.1.11", "2023年1月11日", "20230111", "2023/1/11", "2023-01-11", "２０２３．１．１１", "2023年01月11号", "44937",
     " 2023. 1. 11 ", "2023.1.11.", "2023、1、11", "2023年1月11日(星期三)", "2023年1月11日 周三", "2023-01-11 00:00:00",
     "二〇二三年一月十一日", "二零二三年一月十一号", "二○二三年一月十一日"],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert values.date_from_cell(text, column="日期") == DAY


@pytest.mark.parametrize(
    ("text", "at"),
    [("2023-01-11 9:05", time(9, 5)), ("2023/1/11 9:05:37", time(9, 5, 37)), ("2023-01-11T09:05:37", time(9, 5, 37)),
     ("2023年1月11日9时5分", time(9, 5)), ("2023年1月11日上午9点", time(9)), ("2023年1月11日 下午3:20", time(15, 20)),
     ("2023.1.11 9：05", time(9, 5)), ("44937.378553", time(9, 5, 7)), ("2023年1月11日", None), ("20230111", None),
     ("2023年1月11日星期三 12:00", time(12)), ("2023-1-11 12:30 PM", time(12, 30))],
)  # fmt: skip
def test_a_time_of_day_may_follow_and_may_be_missing(text: str, at: time | None) -> None:
    assert values.day_and_time_from_cell(text, column="日期") == (DAY, at)


@pytest.mark.parametrize(
    ("text", "code"),
    [("1月11日", "cell_date_without_year"), ("2023.1", "cell_date_without_day"), ("2023年1月", "cell_date_without_day"),
     ("23.1.11", "cell_date_short_year"), ("2010-02-29", "cell_date_impossible"), ("2023-13-01", "cell_date_impossible"),
     ("二〇二三年十三月一日", "cell_date_impossible"), ("二〇二三年一一月一日", "cell_date_impossible"),
     ("0001-01-01", "cell_date_out_of_range"), ("9999-12-31", "cell_date_out_of_range"), ("昨天", "cell_date_unreadable"),
     ("2023.1.11-13", "cell_date_unreadable"), ("2023-01-11 25:00", "cell_time_unreadable"), ("", "cell_empty"),
     ("99999", "cell_date_out_of_range"), ("#N/A", "cell_formula_error"), ("٢٠٢٣-٠١-١١", "cell_date_unreadable")],
)  # fmt: skip
def test_a_day_that_cannot_be_meant_is_refused_with_its_reason(text: str, code: str) -> None:
    assert code_of(values.date_from_cell, text) == code


def test_a_day_without_year_takes_the_year_of_the_table() -> None:
    assert values.date_from_cell("1月11日", column="日期", default_year=2023) == DAY
    assert code_of(values.date_from_cell, "2月29日", default_year=2023) == "cell_date_impossible"


@given(st.datetimes(min_value=datetime(1955, 1, 1), max_value=datetime(2099, 12, 31)))  # noqa: DTZ001  # wall clock of a cell
def test_every_excel_serial_gives_its_day_and_second(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    serial = (moment - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001  # Excel's calendar has no zone
    on, at = values.day_and_time_from_cell(f"{serial:.10f}", column="日期")
    assert (on, at or time()) == (moment.date(), moment.time())


@pytest.mark.parametrize(
    ("text", "names"),
    [("张 三", ["张三"]), ("张　三", ["张三"]), ("张三、李四", ["张三", "李四"]), ("张三，李四,王小五", ["张三", "李四", "王小五"]),
     ("张三；李四;王小五", ["张三", "李四", "王小五"]), ("张三和李四", ["张三", "李四"]), ("张三\n李四", ["张三", "李四"]),
     ("李和平", ["李和平"]), ("欧阳和平", ["欧阳和平"]), ("刘和平和张三", ["刘和平", "张三"]), ("张 三、李 四和王小五", ["张三", "李四", "王小五"]),
     ("张三 李四", ["张三", "李四"]), ("欧阳 修", ["欧阳修"]), ("阿依古丽·买买提", ["阿依古丽·买买提"]), ("𠮷某、㛃某", ["𠮷某", "㛃某"]),
     ("Zhang San", ["Zhang San"]), ("张三、张三", ["张三"]), ("欧阳 娜娜", ["欧阳娜娜"]), ("欧阳娜娜 张三", ["欧阳娜娜", "张三"]), ("、张三、", ["张三"]),
     ("张\n三", ["张三"]), ("王小\n五", ["王小五"])],
)  # fmt: skip
def test_people_are_told_apart_and_stay_whole(text: str, names: list[str]) -> None:
    assert values.names_from_cell(text, column="委员") == names


def test_where_one_person_is_meant_several_are_refused() -> None:
    assert values.name_from_cell(" 张 三 ", column="户主") == "张三"
    assert code_of(values.name_from_cell, "张三、李四") == "cell_one_name"
    assert code_of(values.name_from_cell, "、") == "cell_empty"
    assert code_of(values.name_from_cell, "张\u200b三") == "cell_invisible"


@pytest.mark.parametrize(
    ("text", "unit", "fen"),
    [("12.5", "万元", 12_500_000), ("12.5万", "元", 12_500_000), ("12.5万元", "万元", 12_500_000), ("12,500.00", "元", 1_250_000),
     ("１２．５", "万元", 12_500_000), ("￥3,000元", "万元", 300_000), ("0.000001", "万元", 1), ("1.5亿", "元", 15_000_000_000),
     ("人民币12万元整", "元", 12_000_000), ("0", "元", 0), ("12.50", "元", 1_250), ("1000000000000", "元", 10**14),
     ("三千五百元", "万元", 350_000), ("人民币壹拾万元整", "元", 10_000_000), ("一万五千元", "万元", 1_500_000),
     ("三万", "元", 3_000_000), ("十二亿零三百万元", "元", 120_300_000_000), ("￥3,500.00", "元", 350_000),
     ("3百元", "万元", 30_000), ("6", "百万元", 600_000_000), ("2千万元", "元", 2_000_000_000)],
)  # fmt: skip
def test_an_amount_becomes_fen_exactly(text: str, unit: str, fen: int) -> None:
    assert values.fen_from_cell(text, unit, column="金额") == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [("-5", "cell_amount_negative"), ("1,2", "cell_amount_unreadable"), ("约5万", "cell_amount_unreadable"),
     ("1E+06", "cell_amount_unreadable"), ("5.", "cell_amount_unreadable"), ("²", "cell_amount_unreadable"),
     ("٣", "cell_amount_unreadable"), ("1_000", "cell_amount_unreadable"), ("NaN", "cell_amount_unreadable"),
     ("0.001", "cell_amount_too_fine"), ("1." + "0" * 30 + "1", "cell_amount_too_fine"),
     ("12345678901234." + "0" * 18 + "1", "cell_amount_too_fine"), ("1000000000000.01", "cell_amount_too_large"),
     ("三千五", "cell_amount_unreadable"), ("一万五元", "cell_amount_unreadable"), ("二〇元", "cell_amount_unreadable"),
     ("9" * 5000, "cell_amount_too_large"), ("", "cell_empty"), ("#REF!", "cell_formula_error")],
)  # fmt: skip
def test_an_amount_that_is_none_is_refused(text: str, code: str) -> None:
    assert code_of(values.fen_from_cell, text, "元") == code


def test_the_sign_of_yuan_under_ten_thousands_is_asked_about() -> None:
    assert code_of(values.fen_from_cell, "￥3,500.00", "万元") == "cell_amount_two_units"
    assert values.fen_from_cell("￥3.5万", "万元", column="金额") == 3_500_000


@given(st.integers(min_value=0, max_value=10**14))
def test_amounts_written_in_yuan_and_ten_thousands_come_back_to_the_fen(fen: int) -> None:
    assert values.fen_from_cell(f"{fen // 100}.{fen % 100:02}", "元", column="金额") == fen
    assert values.fen_from_cell(f"{fen // 10**6}.{fen % 10**6:06}万", "元", column="金额") == fen
    assert values.fen_from_cell(f"{fen // 100:,}.{fen % 100:02}", "元", column="金额") == fen


@pytest.mark.parametrize(
    ("text", "number"),
    [("4", 4), ("４", 4), ("4人", 4), ("1,500", 1500), ("4.0", 4), (" 12 户", 12), ("四口", 4), ("一百零五", 105)],
)
def test_a_count_is_read_with_or_without_its_word(text: str, number: int) -> None:
    assert values.integer_from_cell(text, column="人口") == number


def test_numbers_out_of_form_or_range_are_refused() -> None:
    assert code_of(values.integer_from_cell, "4.5") == "cell_integer_unreadable"
    assert code_of(values.integer_from_cell, "-1") == "cell_number_out_of_range"
    assert code_of(values.integer_from_cell, "三百五") == "cell_number_unreadable"
    assert code_of(values.integer_from_cell, "²") == "cell_number_unreadable"
    assert code_of(values.integer_from_cell, "9" * 5000) == "cell_number_unreadable"
    assert code_of(values.decimal_from_cell, "101", largest=100) == "cell_number_out_of_range"
    assert values.decimal_from_cell("95.5分", column="总分") == Decimal("95.5")
    assert values.decimal_from_cell("-3", column="扣分", smallest=-30) == -3


@pytest.mark.parametrize(
    ("text", "kept"),
    [("139 0000 0001", "13900000001"), ("１３９００００００１", "1390000001"), ("99999920000101001x", "99999920000101001x"),
     ("0839-7200000", "0839-7200000"), ("510822100007", "510822100007")],
)  # fmt: skip
def test_an_identifier_keeps_every_digit(text: str, kept: str) -> None:
    assert values.identifier_from_cell(text, column="联系电话") == kept


@pytest.mark.parametrize("text", ["8.1E+17", "8.1e17", "９．９９９９９Ｅ＋17", "5.10822199001011E+17", "1E+20"])
def test_an_identifier_damaged_by_excel_is_refused(text: str) -> None:
    assert code_of(values.identifier_from_cell, text) == "cell_number_damaged"


def test_an_identifier_with_hidden_characters_is_refused() -> None:
    assert code_of(values.identifier_from_cell, "139\u202e00000001") == "cell_invisible"
    assert code_of(values.identifier_from_cell, "139\x0000000001") == "cell_unprintable"


@pytest.mark.parametrize(
    ("text", "answer"), [("是", True), ("√", True), ("有", True), ("否", False), ("×", False), ("无", False)]
)
def test_yes_and_no_have_many_forms(text: str, answer: bool) -> None:
    assert values.yes_or_no_from_cell(text, column="是否销号") is answer
    assert code_of(values.yes_or_no_from_cell, "也许") == "cell_yes_or_no"


@pytest.mark.parametrize("text", ["", " ", "\u3000", "\u200b", "无", "/", "—", "暂无", " 无 "])
def test_a_cell_may_say_that_there_is_nothing(text: str) -> None:
    assert values.says_nothing(text)


def test_free_text_stays_exactly_as_typed() -> None:
    assert values.text_from_cell(" ２０２３ 年，\n\t水\u3000管 ", column="问题描述") == " ２０２３ 年，\n\t水\u3000管 "
    assert code_of(values.text_from_cell, "水\x07管") == "cell_unprintable"
    assert code_of(values.text_from_cell, "水\ufffe管") == "cell_unprintable"
    assert code_of(values.text_from_cell, "#NOT_COMPUTED!") == "cell_formula_error"
    assert values.text_from_cell("#1 水井", column="问题描述") == "#1 水井"
