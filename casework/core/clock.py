"""The only place where the system clock is read. Everything further in is handed `at`."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return datetime.now(UTC)
