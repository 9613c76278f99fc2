"""How often somebody may do something who is known by an address alone.

Counted in this process: a limit is a dam against floods, not a promise; what must hold over all processes is counted
in the database by whoever asks. Addresses of this machine itself are left out (contract.md "HTTP API").
"""

import ipaddress
import threading
from collections import OrderedDict, deque
from collections.abc import Hashable
from datetime import datetime, timedelta

from flask import current_app
from werkzeug.exceptions import TooManyRequests

_MOST_KEYS = 20_000
_IPV6_HOUSEHOLD = 64


class Rate:
    """At most `most` times within `within`, for each key."""

    def __init__(self, *, most: int, within: timedelta) -> None:
        self.most, self.within = most, within
        self._lock = threading.Lock()
        self._seen: OrderedDict[Hashable, deque[datetime]] = OrderedDict()

    def wait(self, key: Hashable, *, at: datetime) -> timedelta | None:
        """Count one more and return None, or return how long to wait without counting it."""
        with self._lock:
            times = self._seen.setdefault(key, deque())
            self._seen.move_to_end(key)
            while times and times[0] <= at - self.within:
                times.popleft()
            if len(times) >= self.most:
                return times[0] + self.within - at
            times.append(at)
            # A flood from ever new addresses must not eat the memory: who was not seen for longest is forgotten.
            if len(self._seen) > _MOST_KEYS:
                self._seen.popitem(last=False)
            return None


def hold_off(what: str, most: int, within: timedelta, *, key: Hashable | None, at: datetime) -> None:
    """Let a key do something only so often; without one it is never held off.

    Raises:
        TooManyRequests: it was too often; says when to come again.
    """
    if key is None:
        return
    counted: dict[str, Rate] = current_app.extensions.setdefault("casework_rates", {})
    wait = counted.setdefault(what, Rate(most=most, within=within)).wait(key, at=at)
    if wait is not None:
        raise TooManyRequests(retry_after=int(wait.total_seconds()) + 1)


def household(address: str) -> str | None:
    """Return what a limit counts an address under: itself, or its /64 in IPv6; None for this machine itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address or None
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    if found.is_loopback:
        return None
    if found.version == 6:
        return str(ipaddress.ip_network((int(found), _IPV6_HOUSEHOLD), strict=False).network_address)
    return str(found)
