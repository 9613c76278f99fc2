"""JSON bodies: what two readers could understand differently, or what could hold the machine up, is refused."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.core.errors import Invalid
from casework.core.texts import refuse_bad_json
from tests.casework.refusals import refused

LIMIT = 1_000_000
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**29) + 1, 10**29)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


def read(raw):
    return refuse_bad_json(raw, max_bytes=LIMIT)


@given(JSON)
def test_what_json_can_say_is_read_as_it_is(value):
    assert read(json.dumps(value).encode()) == value
    assert read(json.dumps(value, ensure_ascii=False, indent=1).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw):
    try:
        value = read(raw)
    except Invalid as refusal:
        assert len(refusal.errors) == 1
        return
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b'{"amount": NaN}', "json_number"),
        (b'{"amount": Infinity}', "json_number"),
        (b'{"amount": -Infinity}', "json_number"),
        (b'{"amount": 1E+999999}', "json_number"),
        (b'{"amount": ' + b"9" * 31 + b"}", "json_number"),
        (b'{"amount": ' + b"9" * 5000 + b"}", "json_number"),
        (b'{"amount": 0.' + b"1" * 5000 + b"}", "json_number"),
        (b'{"a": 1, "a": 2}', "json_duplicate_key"),
        (b'{"a": 1, "\\u0061": 2}', "json_duplicate_key"),
        (b'{"x": [{"a": 1, "b": 2, "a": 1}]}', "json_duplicate_key"),
        (b'{"\\ud800": 1, "\\ud800": 2}', "json_duplicate_key"),
        (b'{"name": "\\ud800"}', "json_surrogate"),
        (b'{"name": "\\uDFFF\\uD800"}', "json_surrogate"),
        (b'{"\\udc00": 1}', "json_surrogate"),
        (b'{"name": "\xff"}', "json_encoding"),
        (b'{"name": "\xed\xa0\x80"}', "json_encoding"),
        ("竹园镇".encode("gb18030"), "json_encoding"),
        (b"", "json_syntax"),
        (b"{'a': 1}", "json_syntax"),
        (b'{"a": 1,}', "json_syntax"),
        (b'{"a": 01}', "json_syntax"),
        (b'{"a": 1} {"b": 2}', "json_syntax"),
        (b'{"a": "one\ntwo"}', "json_syntax"),
        (b'["' + b"x" * LIMIT + b'"]', "json_too_large"),
    ],
)
def test_json_that_cannot_be_trusted_is_refused(raw, why):
    error = refused(lambda: read(raw))
    in_a_field = why in {"json_number", "json_surrogate"} and raw[:7] in {b'{"amoun', b'{"name"'}
    assert (bool(error.field), error.code) == (in_a_field, why)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b'{"title": "a", "amount": NaN}', "amount"),
        (b'{"reporter": {"name": "\\ud800", "phone": "1"}}', "reporter.name"),
        (b'{"fund": {"lines": [{"amount": 1E+999999}]}}', "fund.lines"),
        (b'{"n": 7, "x": ' + b"9" * 31 + b"}", "x"),
        (b'["\\ud800"]', ""),
        (b"NaN", ""),
    ],
)
def test_what_cannot_be_kept_names_the_field_it_stands_in(raw, field):
    assert refused(lambda: read(raw)).field == field


def test_a_pair_of_surrogates_is_one_character_and_welcome():
    assert read(b'"\\ud842\\udfb7"') == "𠮷"


def test_a_byte_order_mark_of_windows_is_passed_over():
    assert read(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_brackets_nest_32_deep_and_no_deeper(opening, closing):
    assert read((opening * 32 + "1" + closing * 32).encode())
    assert refused(lambda: read((opening * 33 + "1" + closing * 33).encode())).code == "json_depth"


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"a":' * 100_000, (b"[" * 100_000) + (b"]" * 100_000)])
def test_a_hundred_thousand_brackets_are_refused_without_recursion(raw):
    assert refused(lambda: read(raw)).code == "json_depth"


def test_brackets_within_strings_and_side_by_side_do_not_count():
    value = {"text": '[{"' * 200 + "\\", "rows": [[{"n": number}] for number in range(100)]}
    assert read(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "raw", [b'"' + b'\\"' * 400_000 + b"[" * 40, b'"' * 900_000 + b"[" * 40, b'{"\\' + b"[" * 900_000]
)
def test_a_string_without_an_end_does_not_hold_the_machine_up(raw):
    began = time.perf_counter()
    refused(lambda: read(raw))
    assert time.perf_counter() - began < 2


def test_an_ordinary_body_costs_less_than_40_microseconds():
    reporter = {"name": "丁某", "phone": "13800000000"}
    body = {
        "title": "饮水困难" * 8,
        "description": "水" * 600,
        "category": "drinking_water",
        "reporter": reporter,
    }
    raw = json.dumps(body, ensure_ascii=False).encode()
    assert len(raw) > 1900

    def seconds_for_a_hundred():
        began = time.perf_counter()
        for _ in range(100):
            read(raw)
        return time.perf_counter() - began

    assert min(seconds_for_a_hundred() for _ in range(20)) / 100 < 40e-6
