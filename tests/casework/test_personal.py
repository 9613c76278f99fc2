"""Personal data: numbers read and refused by name, masks that hide, free text scrubbed. All people are invented."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from casework.core import personal
from casework.core.personal import (
    find_id_numbers,
    mask_id_number,
    mask_name,
    mask_phone,
    parse_id_number,
    parse_phone,
    scrub,
)
from tests.casework.refusals import refused

TODAY = date(2026, 1, 11)
BIRTHS = st.dates(min_value=date(1900, 1, 1), max_value=TODAY)
MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


def id_of(birth, serial=1, region="999999"):
    number = f"{region}{birth:%Y%m%d}{serial:03d}"
    return number + ric.calc_check_digit(number + "0")


IDS = st.builds(id_of, BIRTHS, st.integers(1, 999))


def read_id(value):
    return parse_id_number(value, field="id_number", today=TODAY)


def read_phone(value):
    return parse_phone(value, field="phone")


# Identity numbers


@given(IDS)
def test_every_valid_number_is_read_in_its_canonical_form(number):
    assert read_id(number) == number
    assert read_id(f" {number[:6]} {number[6:14]}-{number[14:]} ".lower()) == number


def test_the_example_of_the_standard_passes_and_a_small_x_becomes_large():
    assert read_id("11010519491231002x") == "11010519491231002X"


@pytest.mark.parametrize("region", ["999999", "000000", "510881", "810000", "820000", "830000", "911156"])
def test_no_region_is_refused_neither_abolished_ones_nor_residence_permits(region):
    number = id_of(date(1988, 7, 1), region=region)
    assert read_id(number) == number


def test_full_width_digits_and_the_apostrophe_of_a_spreadsheet_are_understood():
    assert read_id("９９９９９９２００００１０１００１１") == "999999200001010011"
    assert read_id("'999999200001010011") == "999999200001010011"


@pytest.mark.parametrize("nothing", ["", None, "  ", "\u3000", "-"])
def test_no_number_is_no_mistake(nothing):
    assert read_id(nothing) is None


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("8.1E+17", "id_damaged"),
        ("5.10822E+17", "id_damaged"),
        ("９.９９９９９Ｅ＋１７", "id_damaged"),
        ("999999200001010000", "id_damaged"),
        (9.9999920000101e17, "id_damaged"),
        (999999200001010011, "id_damaged"),
        (float("inf"), "id_damaged"),
        (float("nan"), "id_length"),
        (12345, "id_length"),
        ("999999000101001", "id_old"),
        ("99999920000101001", "id_length"),
        ("9999992000010100111", "id_length"),
        ("99999920000101OO11", "id_characters"),
        ("99999920000101X011", "id_characters"),
        ("٩٩٩٩٩٩٢٠٠٠٠١٠١٠٠١١", "id_characters"),
        ("99999920100229003X", "id_date"),
        ("999999200013010018", "id_date"),
        ("999999200000000013", "id_date"),
        (id_of(date(1899, 12, 31)), "id_date_range"),
        (id_of(date(2026, 1, 12)), "id_future"),
        ("999999200001010012", "id_checksum"),
        ("99999920000101001X", "id_checksum"),
        ("999999\u200b200001010011", "hidden_character"),
        ("999999200001010011\n", "one_line"),
        ("9" * 65, "too_long"),
        (True, "not_text"),
        (["999999200001010011"], "not_text"),
    ],
)
def test_each_fault_of_a_number_has_a_reason_of_its_own(typed, why):
    assert refused(lambda: read_id(typed)).code == why


def test_who_is_born_today_has_a_number():
    assert read_id(id_of(TODAY)) == id_of(TODAY)
    assert refused(lambda: read_id(id_of(TODAY + timedelta(days=1)))).code == "id_future"


@given(IDS, st.integers(0, 16), st.integers(1, 9))
def test_one_digit_mistyped_is_never_taken(number, place, shift):
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert refused(lambda: read_id(wrong)).code.startswith("id_")


# Phones


@given(MOBILES)
def test_every_mobile_number_is_read_however_it_is_grouped(mobile):
    for written in (
        mobile,
        f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}",
        f"+86-{mobile}",
        f"0086{mobile}",
        f"86{mobile}",
    ):
        assert read_phone(written) == mobile


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("0839-7201234", "0839-7201234"),
        ("08397201234", "0839-7201234"),
        ("(0839) 7201234", "0839-7201234"),
        ("０８３９－７２０１２３４", "0839-7201234"),
        ("010-62345678", "010-62345678"),
        ("02887654321", "028-87654321"),
        ("0839-1234567", "0839-1234567"),
        *((nothing, None) for nothing in ("无", " 无 ", "没有", "/", "-", "—", "", None, "\u200b")),
    ],
)
def test_landlines_are_read_and_no_phone_is_no_mistake(typed, phone):
    assert read_phone(typed) == phone


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("7201234", "phone_area"),
        ("62345678", "phone_area"),
        ("13800000000、13900000000", "phone_several"),
        ("0839-7201234/7201235", "phone_several"),
        ("13800000000 13900000000", "phone_several"),
        ("12800000000", "phone_form"),
        ("1380000000", "phone_form"),
        ("0138-12345678", "phone_form"),
        ("138000000000", "phone_form"),
        ("1.38E+10", "phone_form"),
        ("不详", "phone_form"),
        ("١٣٨٠٠٠٠٠٠٠٠", "phone_form"),
        ("13800000000\n", "one_line"),
        ("138\u202d00000000", "hidden_character"),
        (13800000000, "not_text"),
        ("1" * 1000, "too_long"),
    ],
)
def test_phones_that_are_none_are_refused(typed, why):
    assert refused(lambda: read_phone(typed)).code == why


# Masks


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张", "*"),
        ("张三", "张*"),
        ("张 三", "张*"),
        ("陈小委", "陈*委"),
        ("欧阳小委", "欧**委"),
        ("𠮷田", "𠮷*"),
        ("", ""),
        ("买买提·艾则孜", "买*****孜"),
        ("  ", ""),
    ],
)
def test_names_keep_their_ends(name, masked):
    assert mask_name(name) == masked


@given(st.text(min_size=1, max_size=30))
def test_a_masked_name_hides_at_least_one_character_and_all_in_the_middle(name):
    letters = "".join(name.split())
    masked = mask_name(name)
    assert len(masked) == len(letters)
    assert masked[1:-1] == "*" * len(letters[1:-1])
    assert not letters or "*" in masked


def test_identity_numbers_show_six_and_four_unless_told_less():
    number = "99999920000101001X"
    assert mask_id_number(number) == "999999********001X"
    assert mask_id_number(number, lead=3) == "999***********001X"
    assert mask_id_number(number, lead=17, tail=17) == "999999********001X"
    assert mask_id_number(number, lead=0, tail=0) == "*" * 18
    assert mask_id_number("999999000101001") == "999999*****1001"
    assert mask_id_number("1234567890123") == "*" * 13
    assert mask_id_number("12345") == "*****"
    assert mask_id_number("") == ""


@given(IDS, st.integers(0, 20), st.integers(0, 20))
def test_a_masked_identity_number_never_contains_the_birthday(number, lead, tail):
    masked = mask_id_number(number, lead=lead, tail=tail)
    assert len(masked) == 18
    assert masked[6:14] == "********"
    assert number[6:14] not in masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800005678", "138****5678"),
        ("138 0000 5678", "138****5678"),
        ("0839-7201567", "0839-****567"),
        ("010-62345678", "010-*****678"),
        ("不详123", "*****"),
        ("", ""),
    ],
)
def test_phones_keep_what_tells_them_apart(phone, masked):
    assert mask_phone(phone) == masked


@given(MOBILES, st.integers(0, 11))
def test_a_masked_mobile_number_never_shows_its_middle(mobile, lead):
    masked = mask_phone(mobile, lead=lead)
    assert masked[3:7] == "****"
    assert masked == mobile[: min(lead, 3)] + "*" * (7 - min(lead, 3)) + mobile[7:]


# Free text


@given(
    st.lists(
        st.sampled_from([*"0123456789", "１", "３", "９", " ", "-", "　", "－", "X", "号", "13812345678", "6222"]),
        max_size=40,
    )
)
def test_what_is_looked_through_quickly_is_masked_as_if_all_of_it_was_looked_at(pieces):
    text = "".join(pieces)
    cards = personal._covered(text, personal._CARD, personal._card_mask)
    assert scrub(text) == personal._covered(cards, personal._SCRUB, personal._person_mask)


@given(
    st.lists(IDS | MOBILES, min_size=1, max_size=5),
    st.sampled_from(["，", " 和 ", "电话", "\n", "tel:", "（"]),
)
def test_scrubbed_text_holds_no_number_of_a_person(numbers, between):
    text = between + between.join(numbers) + "。"
    scrubbed = scrub(text)
    for number in numbers:
        assert number not in scrubbed
    assert find_id_numbers(scrubbed) == []
    assert scrub(scrubbed) == scrubbed


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("身份证99999920000101001X，电话13800005678", "身份证999999********001X，电话138****5678"),
        ("９９９９９９２００００１０１００１１", "999999********0011"),
        ("999999 20000101 0011", "999999********0011"),
        ("ID999999200001010012错一位也遮", "ID999999********0012错一位也遮"),
        ("老号码999999000101001。", "老号码999999*****1001。"),
        ("mobile138-0000-5678", "mobile138****5678"),
        ("+86 13800005678、008613800005678、8613800005678", "138****5678、138****5678、138****5678"),
        ("13800005678,13900005679", "138****5678,139****5679"),
        ("工单 20260111093000123456", "工单 20260111093000123456"),
        ("018f3a1c-1391-7345-8781-139123456789", "018f3a1c-1391-7345-8781-139123456789"),
        ("件018f3a1c-1391-7345-8781-139123456789号", "件018f3a1c-1391-7345-8781-139123456789号"),
        ("件0138-0000-567801", "件0138-0000-567801"),
        ("件08f3a1c0-0000-7000-8781-138000056789", "件08f3a1c0-0000-7000-8781-138000056789"),
        ("件08f3a1c0-0000-7000-b138-000056789012", "件08f3a1c0-0000-7000-b138-000056789012"),
        ("件a138-0000-5678止", "件a138****5678止"),
        ("a" * 30 + "13800005678" + "b" * 23, "a" * 30 + "13800005678" + "b" * 23),
        ("卡号6228480402564890018，开户人", "卡号***************0018，开户人"),
        ("卡 6228 4804 0256 4890 018", "卡 ***************0018"),
        ("没过校验的 6228480402564890019 不是卡", "没过校验的 6228480402564890019 不是卡"),
        ("办公室电话0839-7201234", "办公室电话0839-7201234"),
        ("督办〔2026〕12号 3,062.40 万元", "督办〔2026〕12号 3,062.40 万元"),
        ("", ""),
    ],
)
def test_only_what_belongs_to_a_person_is_masked(text, scrubbed):
    assert scrub(text) == scrubbed


@given(st.text(max_size=60))
def test_text_without_numbers_is_left_alone(text):
    if not any(character.isdigit() for character in text):
        assert scrub(text) == text


def test_only_numbers_that_can_be_someones_are_found():
    valid, small = id_of(date(1988, 7, 1)), "11010519491231002x"
    text = f"{valid} 和 {small}，不是 999999200001010012、99999920100229003X，也不是 1{valid}"
    assert find_id_numbers(text) == [valid, "11010519491231002X"]
