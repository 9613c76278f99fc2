"""Money in whole fen: what is read, what is refused, how it is written."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from casework.core.money import LARGEST_FEN, parse_yuan, wan, yuan
from tests.casework.refusals import refused

FEN = st.integers(0, LARGEST_FEN)


@given(FEN)
@example(0)
@example(LARGEST_FEN)
def test_what_is_written_in_yuan_is_read_back_to_the_fen(fen):
    assert parse_yuan(yuan(fen), field="amount") == fen


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
        *((text, "money_digits") for text in ("", " 1", "1 ", "1\n", "+1", "-1", "1.", ".5", "1.005", "1,000")),
        *((text, "money_digits") for text in ("1E+999999", "1e3", "NaN", "Infinity", "0x10", "1_000", "9" * 5000)),
        *((text, "money_digits") for text in ("１２０", "١٢٠", "²", "12元", "¥12", "十二")),
        *((value, "money_form") for value in (None, True, 120000, 0.1, ["1"], float("nan"))),
        *((text, "money_range") for text in ("1000000000000.01", "9" * 30, str(2**63))),
    ],
)
def test_amounts_have_one_strict_form(typed, why):
    assert refused(lambda: parse_yuan(typed, field="amount")).code == why


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
