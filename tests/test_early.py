"""What takes long begins early, and every test is still there once."""

import pytest

from tests import early

LONG = [early.LONG[2] + f"::test_{n}" for n in range(4)] + [early.LONG[1] + "::test_all"]
SHORT = [f"tests/casework/test_money.py::test_{n}" for n in range(17)]


@pytest.mark.parametrize("workers", [2, 3, 4])
@pytest.mark.parametrize("ids", [SHORT + LONG, LONG + SHORT, LONG, SHORT[:2], LONG[:1], []])
def test_every_test_is_there_once(ids: list[str], workers: int) -> None:
    assert sorted(early.long_ones_first(ids, ids, workers=workers)) == sorted(ids)


def test_each_piece_begins_with_its_share_of_what_takes_long() -> None:
    ordered = early.long_ones_first(SHORT + LONG, SHORT + LONG, workers=3)
    pieces = [ordered[:7], ordered[7:14], ordered[14:]]
    assert [[each in LONG for each in piece].count(True) for piece in pieces] == [2, 2, 1]
    assert pieces[0][0] == LONG[4], "the longest of all is the very first"
    for piece in pieces:
        is_long = [each in LONG for each in piece]
        assert is_long == sorted(is_long, reverse=True)
    assert [each for each in ordered if each in SHORT] == SHORT


def test_one_process_takes_them_as_they_come() -> None:
    assert early.long_ones_first(SHORT + LONG, SHORT + LONG, workers=1) == SHORT + LONG
