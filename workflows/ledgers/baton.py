"""Who may write: chunks are kept in the order of their rows, whoever makes them."""

from collections.abc import Callable


class Baton:
    """Held by the one chunk that may write; alone, one is held from the beginning.

    What is made before it is held stays in memory and locks nothing, so that of two chunks that are made at once
    none ever waits for a row of the other: a chunk that has to read what those before it left takes it first.
    """

    __slots__ = ("_wait", "is_held")

    def __init__(self, wait: Callable[[], None] | None = None) -> None:
        """Without `wait` there is nobody to wait for."""
        self._wait, self.is_held = wait, wait is None

    def take(self) -> None:
        """Wait until all chunks before this one are kept."""
        if self._wait is not None and not self.is_held:
            self._wait()
        self.is_held = True

    def pass_on(self) -> None:
        """Let it go with the chunk; the next chunk waits for it anew."""
        self.is_held = self._wait is None
