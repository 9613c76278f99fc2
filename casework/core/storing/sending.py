"""Writing beside making: rows that are ready go to the database while those that follow them are made.

One connection is used by one thread at a time: whoever wants it waits until what is under way has been sent.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Sending:
    """What a session has sent and not heard of yet."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._under_way: Future[None] | None = None

    def begin(self, work: Callable[[], None]) -> None:
        """Let work be done meanwhile, after what is under way."""
        self.wait()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="sending")
        self._under_way = self._pool.submit(work)

    def wait(self) -> None:
        """Wait for what is under way; what it raised is raised here, once."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()

    def end(self) -> None:
        """Wait for what is under way, whatever became of it, and begin nothing more."""
        self._under_way = None
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()
