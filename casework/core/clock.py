"""The only place where the system clock is read. Everything further in is handed `at`."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return datetime.now(UTC)


def millis() -> int:
    """Return the current instant in milliseconds since 1970: what an id begins with, and no value of time is made."""
    return time.time_ns() // 1_000_000
