"""What is made ready while the service answers already: in order, left off when it ends, and a fault ends it."""

import signal
import threading

import pytest

from tasks.embedded import _Rest
from tests.tasks.test_worker import until


def test_a_step_that_fails_ends_the_service_and_is_told() -> None:
    ended = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: ended.set())
    taken: list[str] = []

    def fail() -> None:
        taken.append("second")
        raise OSError("the disk is gone")

    try:
        rest = _Rest(lambda: taken.append("first"), fail, lambda: taken.append("third"))
        rest.start()
        assert until(ended.is_set)
        with pytest.raises(OSError, match="the disk is gone"):
            rest.leave()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert taken == ["first", "second"]


def test_who_is_told_to_end_meanwhile_takes_no_further_step() -> None:
    begun, go_on, taken = threading.Event(), threading.Event(), []

    def read() -> None:
        begun.set()
        go_on.wait(60)

    rest = _Rest(read, lambda: taken.append("the worker"))
    rest.start()
    assert begun.wait(60)
    rest.leave()
    go_on.set()
    rest.join(60)
    assert not taken
