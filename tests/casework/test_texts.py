"""Reading text, numbers and days from outside: the table of reliability.md §5.1, row by row. JSON: test_json.py."""

import time
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from casework.core.errors import Invalid
from casework.core.texts import (
    ascii_code,
    clean_text,
    is_blank,
    mark_hidden,
    parse_code,
    parse_date,
    parse_instant,
    parse_int,
    parse_local_instant,
    search_key,
)
from tests.casework.refusals import refused

OFFICE = ZoneInfo("Asia/Shanghai")
INVISIBLE = [
    *("\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\u00ad", "\u2060"),
    *("\ufe0f", "\U000e0100", "\u180b", "\u3164", "\uffa0", "\u115f", "\u2800", "\U000e0041", "\u061c"),
]


WIDE = st.sampled_from([*"，：；（）！？＝　－Ａ１水管a1 \n", "\u0301", "\u0338", "\u200b"])


def read(value, **rules):
    return clean_text(value, field="title", **{"max_length": 200, **rules})


# Text


@pytest.mark.parametrize(
    "kept",
    [
        "竹园镇三江村饮水困难",
        "  前后的空格照留  ",
        "第一行\n第二行\r\n第三行\t有制表符",
        "𠮷 㛃 䶮 \U0002ebf0 \U000323af",
        "\ue000 私用区",
        "\uf900 兼容字 \U0002f800",
        "零宽\u200b与反向\u202e在正文里照留，表情也一样：👨\u200d👩\u200d👧",
        "＝1+1",
        "a\u0301",
        "\ufffd",
    ],
)
def test_text_is_kept_exactly_as_typed(kept):
    assert read(kept) == kept


@pytest.mark.parametrize(
    "character",
    [
        *("\x00", "\x01", "\x08", "\x0b", "\x0c", "\x1b", "\x1f", "\x7f", "\x80", "\x85", "\x9f"),
        *("\ud800", "\udbff", "\udc00", "\udfff"),
        *("\ufffe", "\uffff", "\ufdd0", "\ufdef", "\U0001fffe", "\U0010ffff"),
    ],
)
def test_what_breaks_a_database_or_an_office_file_is_refused_with_its_place(character):
    error = refused(lambda: read(f"关庄镇{character}客运"))
    assert (error.field, error.code) == ("title", "bad_character")
    assert error.params == {"position": 4, "character": f"U+{ord(character):04X}"}


def test_a_lone_carriage_return_is_refused_and_a_line_end_of_windows_kept():
    assert refused(lambda: read("一\r二")).code == "bad_character"
    assert read("一\r\n二") == "一\r\n二"


@pytest.mark.parametrize("value", ["", None, " ", "\n\t ", "\u3000\u00a0\u2003", "".join(INVISIBLE), "\u200b" * 500])
def test_text_with_nothing_visible_in_it_counts_as_empty(value):
    assert read(value, required=False) == ""
    assert refused(lambda: read(value)).code == "required"


@pytest.mark.parametrize("hidden", INVISIBLE)
def test_names_hold_no_invisible_character(hidden):
    error = refused(lambda: read(f"陈{hidden}委员", name=True))
    assert (error.code, error.params["position"]) == ("hidden_character", 2)
    assert is_blank(hidden)


@pytest.mark.parametrize("name", ["陈 委员", "买买提·艾则孜", "𠮷田", "䶮", "\ue001某", "Anna-Lena O'Neil"])
def test_names_of_all_kinds_pass(name):
    assert read(name, name=True) == name


@pytest.mark.parametrize("broken", ["白工\n", "白\r\n工", "白\u2028工", "白\u2029工"])
def test_a_line_of_text_has_no_line_break(broken):
    assert refused(lambda: read(broken, multiline=False)).code == "one_line"
    assert refused(lambda: read(broken, name=True)).code == "one_line"
    assert read(broken) == broken


def test_length_is_counted_in_characters_not_in_bytes():
    assert read("𠮷" * 30, max_length=30)
    error = refused(lambda: read("𠮷" * 31, max_length=30))
    assert (error.code, error.params) == ("too_long", {"max": 30, "length": 31})


@pytest.mark.parametrize("value", [1, True, 1.5, ["a"], {"a": 1}, b"a"])
def test_what_is_no_text_is_not_made_text(value):
    assert refused(lambda: read(value)).code == "not_text"


def test_a_name_of_a_megabyte_is_refused_at_once():
    began = time.perf_counter()
    refused(lambda: read("啊" * 1_000_000, max_length=30, name=True))
    refused(lambda: read(" " * 1_000_000 + "\x00", max_length=30))
    assert time.perf_counter() - began < 1


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=40))
@example("\r")
@example("\u200b\x00")
def test_any_text_is_kept_as_it_is_or_empty_or_refused(text):
    try:
        kept = read(text, required=False)
    except Invalid:
        return
    assert kept in (text, "")
    assert (kept == "") == is_blank(text)
    kept.encode()
    assert not set(kept) & {chr(code) for code in (*range(9), *range(11, 13), *range(14, 32), 127)}


# What is shown and searched


def test_hidden_characters_of_a_free_text_can_be_shown():
    assert mark_hidden("报告\u202efdp.exe") == "报告[U+202E]fdp.exe"


@pytest.mark.parametrize(
    ("typed", "found_by"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("竹园\u200b镇", "竹园镇"),
        ("\U0002f800", "\u4e3d"),
        ("\uf900", "\u8c48"),
        ("Straße", "STRASSE"),
        ("  多  个\u3000空格\n", "多 个 空格"),
        ("a\u0301", "\u00e1"),
    ],
)
def test_search_looks_through_form_case_and_the_invisible(typed, found_by):
    assert search_key(typed) == search_key(found_by)


@given(st.text(WIDE, max_size=40))
def test_a_search_key_is_the_compatibility_form_whatever_points_stand_in_it(text):
    seen = "".join(each for each in text if each != "\u200b")
    form = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    assert search_key(text) == " ".join(form.split())


@given(st.text(max_size=50))
def test_a_search_key_is_free_of_capitals_and_of_the_invisible(text):
    key = search_key(text)
    assert not set(key) & set(INVISIBLE)
    assert not any("A" <= character <= "Z" for character in key)
    assert key == key.strip()


def test_a_tower_of_accents_does_not_hold_the_machine_up():
    began = time.perf_counter()
    search_key("a" + "\u0301" * 50_000 + "\u0327" * 50_000)
    assert time.perf_counter() - began < 1


def test_long_text_is_normalised_like_short_text():
    long = "ＡＢ，" * 1000 + "e\u0301"
    assert search_key(long) == "ab," * 1000 + "\u00e9"
    assert search_key("a" * 999 + "e\u0301") == "a" * 999 + "\u00e9"


# Codes


def test_full_width_ascii_becomes_ascii_and_nothing_else_does():
    assert ascii_code("５１０８２２１０２２０９　ｘＹ～！") == "510822102209 xY~!"
    assert ascii_code("٣²½①〇") == "٣²½①〇"


@given(st.text(max_size=50))
def test_ascii_codes_are_mapped_character_by_character(text):
    assert len(ascii_code(text)) == len(text)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("drinking_water", "drinking_water"),
        ("５１０８２２", "510822"),
        (" QC-AJ-2026-000123 ", "QC-AJ-2026-000123"),
        ("竹园镇-会议室(1)", "竹园镇-会议室(1)"),
    ],
)
def test_codes_are_read_in_their_plain_form(typed, code):
    assert parse_code(typed, field="code") == code


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (None, "required"),
        ("\u3000", "required"),
        (510822, "not_text"),
        ("a b", "code_characters"),
        ("٥١٠", "code_characters"),
        ("аdmin", "code_characters"),
        ("a;b", "code_characters"),
        ("5108\u200b22", "hidden_character"),
        ("510822\n", "one_line"),
        ("x" * 65, "too_long"),
        ("a\x00", "bad_character"),
    ],
)
def test_codes_that_are_none_are_refused(typed, why):
    assert refused(lambda: parse_code(typed, field="code")).code == why


# Whole numbers


@pytest.mark.parametrize(("typed", "number"), [("0", 0), ("15", 15), (15, 15), ("9223372036854775807", 2**63 - 1)])
def test_whole_numbers_are_read(typed, number):
    assert parse_int(typed, field="days") == number


def test_below_nought_only_where_it_is_allowed():
    assert parse_int("-5", field="n", minimum=-10) == -5
    assert refused(lambda: parse_int("-5", field="n")).code == "out_of_range"


@pytest.mark.parametrize(
    "typed",
    [
        *("１２３", "٣", "²", "1_000", " 1", "1 ", "1\n", "+1", "-0", "007", "1.0", "1e3", "", "0x1", "NaN"),
        *(None, True, 1.0, float("nan"), [1], "9" * 5000),
    ],
)
def test_whole_numbers_have_one_strict_form(typed):
    assert refused(lambda: parse_int(typed, field="days")).code == "not_integer"


@pytest.mark.parametrize("typed", [2**63, str(2**63), 10**400, -1])
def test_whole_numbers_stay_in_their_range(typed):
    assert refused(lambda: parse_int(typed, field="days", maximum=2**63 - 1)).code == "out_of_range"


@given(st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_every_whole_number_comes_back(number):
    assert parse_int(str(number), field="n", minimum=-(2**63)) == number


# Days and instants


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        *((text, "date_form") for text in ("2026.1.11", "2026-1-11", "20260111", "2026-01-11\n", "２０２６-01-11")),
        *((value, "date_form") for value in ("", None, 60, date(2026, 1, 11), "2026-01-11T00:00:00Z", "٢٠٢٦-01-11")),
        *((text, "date_impossible") for text in ("2010-02-29", "2026-02-30", "2026-13-01", "2026-00-10")),
        *((text, "date_range") for text in ("0001-01-01", "9999-12-31", "1899-12-31", "2101-01-01", "0000-01-01")),
    ],
)
def test_days_that_are_none_are_refused(typed, why):
    assert refused(lambda: parse_date(typed, field="on")).code == why


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
@example(date(1988, 7, 1))
def test_every_day_comes_back(day):
    assert parse_date(day.isoformat(), field="on") == day


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2026-01-11T09:30:00+08:00", datetime(2026, 1, 11, 1, 30, tzinfo=UTC)),
        ("2026-01-11t09:30:00z", datetime(2026, 1, 11, 9, 30, tzinfo=UTC)),
        ("2026-01-11 09:30+08:00", datetime(2026, 1, 11, 1, 30, tzinfo=UTC)),
        ("2026-01-11T00:00:00.123456789-05:30", datetime(2026, 1, 11, 5, 30, 0, 123456, tzinfo=UTC)),
        ("1988-07-01T00:00:00+09:00", datetime(1988, 6, 30, 15, tzinfo=UTC)),
        ("2100-12-31T23:59:59-23:59", datetime(2101, 1, 1, 23, 58, 59, tzinfo=UTC)),
    ],
)
def test_instants_are_read_with_their_offset(typed, instant):
    assert parse_instant(typed, field="at") == instant
    assert parse_instant(typed, field="at").tzinfo is UTC
    assert parse_local_instant(typed, field="at", zone=OFFICE) == instant


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("2026-01-11T09:30:00", "instant_offset"),
        ("2026-01-11", "instant_form"),
        ("2026-01-11T24:00:00Z", "instant_form"),
        ("2026-01-11T23:60:00Z", "instant_form"),
        ("2026-06-30T23:59:60Z", "instant_form"),
        ("2026-01-11T09:30:00+24:00", "instant_form"),
        ("2026-01-11T09:30:00+08:75", "instant_form"),
        ("2026-01-11T09:30:00Z\n", "instant_form"),
        ("0001-01-01T00:00:00+08:00", "date_range"),
        ("9999-12-31T23:59:59-08:00", "date_range"),
        ("2026-02-30T00:00:00Z", "date_impossible"),
        (1768095000, "instant_form"),
        (None, "instant_form"),
    ],
)
def test_instants_that_are_none_are_refused(typed, why):
    assert refused(lambda: parse_instant(typed, field="at")).code == why


def test_without_an_offset_the_wall_clock_of_the_office_may_count():
    summer, winter = "1988-07-01T08:00", "2026-07-01T08:00:00"
    assert parse_local_instant(summer, field="at", zone=OFFICE) == datetime(1988, 6, 30, 23, tzinfo=UTC)
    assert parse_local_instant(winter, field="at", zone=OFFICE) == datetime(2026, 7, 1, tzinfo=UTC)


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=72_000)), st.integers(-1439, 1439))
def test_every_instant_comes_back(since, minutes_east):
    zone = timezone(timedelta(minutes=minutes_east))
    instant = (datetime(1901, 1, 2, tzinfo=UTC) + since).astimezone(zone)
    assert parse_instant(instant.isoformat(), field="at") == instant
