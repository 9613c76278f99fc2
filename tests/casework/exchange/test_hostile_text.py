"""Text tables that mean harm or are none: refused quickly; what only looks odd is read."""

import pytest

from casework.core.errors import Refused
from tests.casework.exchange.conftest import Read, Refusal

CASES: dict[str, tuple[bytes, str]] = {
    "10 MB line": (b"a" * 10_000_000, "csv_line_too_long"),
    "10 MB line of commas": (b"a," * 5_000_000, "csv_line_too_long"),
    "a million columns": (b"a," * 900_000, "too_many_columns"),
    "201 columns": (b"a," * 200 + b"b", "too_many_columns"),
    "long cell": (b"name\n" + b"a" * 32_768 + b"\n", "cell_too_long"),
    "unclosed quote": ('姓名,备注\n张三,"甲\n李四,乙\n'.encode(), "csv_quote_open"),
    "unclosed quote, endless": (b'a,"b\n' + b"x" * 100 + b"\n" * 100_000, "csv_quote_open"),
    "too many rows": (b"a,b\n" * 201_001, "too_many_rows"),
    "bytes of no encoding": (b"\xff\x80\xff" * 10, "file_encoding_unknown"),
    "half of utf-16": (b"\xff\xfea\x00b", "file_encoding_unknown"),
    "program": (b"\x7fELF\x02\x01\x01\x00", "file_kind_unknown"),
    "zero far inside": (b"a,b\n" * 100_000 + b"\0", "file_kind_unknown"),
    "half of a surrogate": (b"a,\xed\xa0\x80\n", "file_encoding_unknown"),
    "half of a sign at the end": ("姓名".encode("gb18030")[:-1], "file_encoding_unknown"),
}
# What looks odd and harms nothing: read for what it says, whatever program wrote it.
ODD: dict[str, tuple[bytes, list[list[str]]]] = {
    "two marks in front": (b"\xef\xbb\xbf\xef\xbb\xbfa,b\n", [["a", "b"]]),
    "line ends of three systems": (b"a,b\r\nc,d\re,f\n", [["a", "b"], ["c", "d"], ["e", "f"]]),
    "no line end at all": (b"a,b", [["a", "b"]]),
    "a quote inside of words": (b'a,b"c\n', [["a", 'b"c']]),
    "lines inside of quotes": (b'"a\nb",c\n', [["a\nb", "c"]]),
    "rare signs of the national code": ("𠮷,㛃\n".encode("gb18030"), [["𠮷", "㛃"]]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_text_table_is_refused(case: str, refusal_of: Refusal) -> None:
    content, code = CASES[case]
    assert refusal_of(content) == code


def test_an_odd_text_table_is_read_for_what_it_says(read: Read) -> None:
    for case, (content, rows) in ODD.items():
        assert [list(row.cells) for row in read(content, "t.csv").rows] == rows, case


def test_an_unclosed_quote_is_refused_with_the_line_where_it_opens(read: Read) -> None:
    with pytest.raises(Refused) as caught:
        read('姓名,备注\n张三,甲\n李四,"乙\n王五,丙\n'.encode(), "t.csv")
    assert caught.value.refusals[0].params == {"line": 3}


def test_formulas_in_a_text_table_are_only_text(read: Read) -> None:
    rows = read(b'=cmd|"/c calc"!A1,@SUM(1)\n+1,-1\n', "t.csv").rows
    assert [list(row.cells) for row in rows] == [['=cmd|"/c calc"!A1', "@SUM(1)"], ["+1", "-1"]]


def test_two_hundred_thousand_rows_and_their_heading_are_read(read: Read) -> None:
    rows = read("姓名,电话\n".encode() + "张三,13900000001\n".encode() * 200_000, "t.csv").rows
    assert len(rows) == 200_001
    assert rows[-1].number == 200_001
