"""The doorbell of one process: who waits for work is woken at once.

Nobody relies on it, for everybody also looks by themselves every few seconds. Between processes: tasks/remote_bell.py.
"""

import threading


class Bell:
    """A bell in this process. Each waiter keeps the number of rings it has heard, so that none is lost between."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """How often it has rung."""
        return self._rings

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, heard: int, *, seconds: float) -> int:
        """Wait until it has rung more often than `heard`, at most `seconds`; return how often it has."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings > heard, timeout=seconds)
            return self._rings
