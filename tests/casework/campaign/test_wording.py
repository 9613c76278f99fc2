"""The 余 rule: what is printed never says more than there is, and less by no more than the rule allows."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.campaign.wording import about, wan_about
from casework.core.money import FEN_PER_WAN

TOLD = {0: "0", 1: "1", 9: "9", 10: "10", 11: "10余", 19: "10余", 20: "20", 26: "20余", 53: "50余", 99: "90余", 100: "100",
        101: "100余", 109: "100余", 110: "110", 206: "200余", 213: "210余", 999: "990余", 1000: "1000", 1523: "1500余",
        3047: "3000余", 30_470: "30000余"}  # fmt: skip


@pytest.mark.parametrize(("exact", "told"), TOLD.items())
def test_numbers_are_worded_as_the_bulletin_has_them(exact: int, told: str) -> None:
    assert about(exact) == told


@given(st.integers(10, 10**9))
def test_yu_never_says_more_than_there_is_and_keeps_the_leading_digits(exact: int) -> None:
    told = about(exact)
    number = int(told.removesuffix("余"))
    assert number <= exact
    assert told.endswith("余") == (number < exact)
    step = 10 if exact < 100 else 10 ** (len(str(exact)) - 2)
    assert number % step == 0
    assert exact - number < step


def test_money_is_worded_in_ten_thousands() -> None:
    assert wan_about(100 * FEN_PER_WAN) == "100"
    assert wan_about(100 * FEN_PER_WAN + 1) == "100余"
    assert wan_about(3_047 * FEN_PER_WAN + 52) == "3000余"
    assert wan_about(8 * FEN_PER_WAN + FEN_PER_WAN // 2) == "8.5"
    assert wan_about(0) == "0"


def test_less_than_nothing_is_no_number_of_records() -> None:
    with pytest.raises(ValueError, match="never negative"):
        about(Decimal(-1))
