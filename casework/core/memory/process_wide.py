"""A setting of the whole process that is another while it is wanted: from the first who asks until the last ends."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Wanted(Generic[Value]):
    """What is set while it is wanted. `read` and `write` are the process's own; `changed` makes the wanted value."""

    def __init__(
        self, read: Callable[[], Value], write: Callable[[Value], None], changed: Callable[[Value], Value]
    ) -> None:
        self._read, self._write, self._changed = read, write, changed
        self._lock = threading.Lock()
        # How many want it; and what was set before the first of them.
        self._count, self._usual = 0, read()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Have it set for as long as this lasts, however many ask at once."""
        with self._lock:
            if not self._count:
                self._usual = self._read()
                self._write(self._changed(self._usual))
            self._count += 1
        try:
            yield
        finally:
            with self._lock:
                self._count -= 1
                if not self._count:
                    self._write(self._usual)
