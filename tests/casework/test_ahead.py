"""Making the next piece beside using the one at hand."""

import threading
from collections.abc import Iterator

import pytest

from casework.exchange.ahead import ahead


def test_the_next_is_made_while_one_is_used_and_never_more_than_that() -> None:
    made: list[int] = []
    ready = threading.Semaphore(0)

    def numbers() -> Iterator[int]:
        for number in range(4):
            made.append(number)
            ready.release()
            yield number

    used = []
    for number in ahead(numbers()):
        for _ in range(2 if number == 0 else number < 3):
            assert ready.acquire(timeout=10), "nothing was made meanwhile"
        assert made == list(range(min(number + 2, 4)))
        used.append(number)
    assert used == [0, 1, 2, 3]


def test_what_goes_wrong_in_making_is_raised_where_it_would_have_come() -> None:
    def numbers() -> Iterator[int]:
        yield 1
        raise LookupError("the second")

    used = []
    with pytest.raises(LookupError, match="the second"):
        for number in ahead(numbers()):
            used.append(number)
    assert used == [1]
