"""Money in whole fen: what is read, what is refused, how it is written."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from casework.core.money import LARGEST_FEN, parse_yuan, parse_yuan_loose, wan, wan_to_fen, yuan
from tests.casework.refusals import refused

FEN = st.integers(0, LARGEST_FEN)


@given(FEN)
@example(0)
@example(LARGEST_FEN)
def test_what_is_written_in_yuan_is_read_back_to_the_fen(fen):
    assert parse_yuan(yuan(fen), field="amount") == fen


@given(FEN)
def test_a_ledger_with_commas_and_units_gives_the_same_fen(fen):
    whole, rest = divmod(fen, 100)
    assert parse_yuan_loose(f" ¥{whole:,}.{rest:02d}元", field="amount") == fen


@given(FEN)
def test_an_amount_in_wan_is_exact_to_the_fen(fen):
    assert wan_to_fen(format(Decimal(fen) / 1_000_000, "f"), field="amount") == fen


@given(st.integers(0, 10**13 - 1))
def test_a_number_of_a_spreadsheet_is_taken_as_the_digits_it_shows(fen):
    assert parse_yuan_loose(fen / 100, field="amount") == fen


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        *(("0", 0), ("0.1", 10), ("0.01", 1), ("120000.00", 12_000_000), ("120000", 12_000_000)),
        *(("007.5", 750), ("1000000000000", LARGEST_FEN)),
    ],
)
def test_amounts_are_read_in_yuan(typed, fen):
    assert parse_yuan(typed, field="amount") == fen


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        *((text, "money_form") for text in ("", " 1", "1 ", "1\n", "+1", "-1", "1.", ".5", "1.005", "1,000")),
        *((text, "money_form") for text in ("1E+999999", "1e3", "NaN", "Infinity", "0x10", "1_000", "9" * 5000)),
        *((text, "money_form") for text in ("１２０", "١٢٠", "²", "12元", "¥12", "十二")),
        *((value, "money_form") for value in (None, True, 120000, 0.1, ["1"], float("nan"))),
        *((text, "money_range") for text in ("1000000000000.01", "9" * 30, str(2**63))),
    ],
)
def test_amounts_have_one_strict_form(typed, why):
    assert refused(lambda: parse_yuan(typed, field="amount")).code == why


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("1,234,567.80", 123_456_780),
        ("１２，０００．５０", 1_200_050),
        ("￥300 元", 30_000),
        ("5.000", 500),
        (0.1 + 0.2, 30),
        (1200, 120_000),
        (1e12, LARGEST_FEN),
        (0, 0),
    ],
)
def test_a_ledger_cell_is_read_in_yuan(cell, fen):
    assert parse_yuan_loose(cell, field="amount") == fen


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        *(("12", 12_000_000), ("0.5万", 500_000), ("3,062.40 万元", 3_062_400_000), ("１００", 100_000_000)),
        *((12.3456, 12_345_600), ("0.000001", 1), (1e8, LARGEST_FEN)),
    ],
)
def test_a_ledger_cell_is_read_in_wan(cell, fen):
    assert wan_to_fen(cell, field="amount") == fen


@pytest.mark.parametrize(
    ("read", "cell", "why"),
    [
        *((parse_yuan_loose, cell, "money_form_loose") for cell in ("", None, True, "1,00", "1,0000", "12,", "合计")),
        *((parse_yuan_loose, cell, "money_form_loose") for cell in (-1, -0.5, float("nan"), float("inf"), 1e300)),
        *((parse_yuan_loose, cell, "money_form_loose") for cell in ("12万元", "1 2", "一百", " " * 40_000, "1e5")),
        (parse_yuan_loose, "1.005", "money_fen"),
        (parse_yuan_loose, 0.001, "money_fen"),
        (parse_yuan_loose, "1,000,000,000,000.01", "money_range"),
        (parse_yuan_loose, 10**13, "money_range"),
        (wan_to_fen, "1.0000001", "money_fen"),
        (wan_to_fen, "100,000,001", "money_range"),
        (wan_to_fen, "5元", "money_form_loose"),
    ],
)
def test_a_ledger_cell_that_is_no_amount_is_refused(read, cell, why):
    assert refused(lambda: read(cell, field="amount")).code == why


@pytest.mark.parametrize(
    ("fen", "shown"),
    [
        (0, "0.00"),
        (12_000_000, "12.00"),
        (3_062_400_000, "3,062.40"),
        (4_999, "0.00"),
        (5_000, "0.01"),
        (14_999, "0.01"),
        (15_000, "0.02"),
        (-4_999, "0.00"),
        (-5_000, "\u22120.01"),
        (-12_345_600_000_000, "\u221212,345,600.00"),
        (999_995_000, "1,000.00"),
    ],
)
def test_people_read_wan_with_two_decimals_half_up_and_a_true_minus(fen, shown):
    assert wan(fen) == shown


@given(FEN)
def test_wan_is_the_exact_amount_rounded_half_up(fen):
    exact = (Decimal(fen) / 1_000_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert wan(fen) == f"{exact:,.2f}"
    assert wan(-fen) in (f"\u2212{exact:,.2f}", "0.00")


def test_a_reversal_is_written_with_its_sign_for_machines():
    assert yuan(-5) == "-0.05"
    assert yuan(-12_000_000) == "-120000.00"
