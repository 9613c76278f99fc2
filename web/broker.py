"""Asking the Redis-protocol server for a sign of life: what /readyz and the doctor tell of it."""

from datetime import UTC, datetime

from casework.core.settings import Settings
from casework.keeping.doctor.lines import Broker

SECONDS = 0.2


def ask(settings: Settings) -> Broker | None:
    """Return what the broker answers within a moment; None where none is needed."""
    if settings.embedded:
        return None
    import redis  # noqa: PLC0415 - a quarter of a second that only an office with Redis pays, and after the start

    client = redis.Redis.from_url(settings.redis_url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
    try:
        seconds, micros = client.time()
        return Broker(ok=True, now=datetime.fromtimestamp(seconds + micros / 1e6, UTC))
    except redis.RedisError:
        return Broker(ok=False)
    finally:
        client.close()
