"""The guard against a clock that jumps: no mass escalation because a battery died or somebody mistyped the year.

Every tick compares the wall clock with one that nobody can set and that also runs while the machine sleeps. If the wall
ran ahead of it by more than five minutes within one process, the running scheduler stops firing and an alarm stands
until the clock is right again or the process is started anew by somebody who has looked (reliability.md F11). A sweep
by hand is never held back (contract.md). A clock that jumps back needs nothing: what fired does not fire again (F12).
"""

import time
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)


def steady_seconds() -> float:
    """Return the seconds of a clock that cannot be set; it counts the time asleep too, where the system can tell."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class ClockGuard:
    """Keeps what the two clocks showed when they last agreed, and says by how much the wall has run ahead since."""

    def __init__(self, *, wall: datetime, steady: float) -> None:
        self._wall = wall
        self._steady = steady
        self.paused = False

    def tick(self, *, wall: datetime, steady: float) -> timedelta | None:
        """Compare the clocks; return by how much the wall is ahead if that is too much, and be paused meanwhile."""
        ahead = (wall - self._wall) - timedelta(seconds=steady - self._steady)
        self.paused = ahead > TOLERANCE
        if abs(ahead) <= TOLERANCE:
            # Small corrections add up over months and are no jump.
            self._wall, self._steady = wall, steady
        return ahead if self.paused else None
