"""A closed-loop client on loopback: so many connections, so many requests each, every answer checked."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.processes import cpu_seconds

CLIENTS = 8
BUSY = 503
_TRIES, _PAUSE = 10, 0.1
Check = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Request:
    """One request and the status its answer must have."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None = None
    expected: int = 200


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run gave: requests a second, latencies in milliseconds, bytes of the last answer.

    `cpu_ms`: processor time a request of the servers named to `run`, which other work on the machine does not change.
    """

    rate: float
    p50: float
    p95: float
    size: int
    cpu_ms: float = 0.0


class WrongAnswer(Exception):
    """An answer had another status or content than it must have: nothing measured counts."""


def run(
    url: str, requests: Sequence[Sequence[Request]], *, check: Check | None = None, servers: Iterable[int] = ()
) -> Measured:
    """Send each list over a connection of its own, all at once; a wrong answer stops the run."""
    times: list[list[float]] = [[] for _ in requests]
    faults: list[str] = []
    sizes = [0]
    barrier = threading.Barrier(len(requests) + 1)

    def client(mine: Sequence[Request], kept: list[float]) -> None:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=120)
        barrier.wait()
        for each in mine:
            try:
                kept.append(_send(connection, each, check, sizes))
            except (WrongAnswer, OSError, http.client.HTTPException) as fault:
                faults.append(f"{each.method} {each.path}: {fault!r}")
                break
        connection.close()

    masters = list(servers)
    threads = [threading.Thread(target=client, args=pair) for pair in zip(requests, times, strict=True)]
    for thread in threads:
        thread.start()
    before = cpu_seconds(masters)
    barrier.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if faults:
        raise WrongAnswer("; ".join(faults[:3]))
    every = sorted(value for kept in times for value in kept)
    cpu = (cpu_seconds(masters) - before) * 1000 / len(every)
    return Measured(len(every) / seconds, statistics.median(every), quantile(every, 0.95), sizes[0], cpu)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of sorted values lies."""
    return values[max(0, int(len(values) * share + 0.5) - 1)]


def _send(connection: http.client.HTTPConnection, each: Request, check: Check | None, sizes: list[int]) -> float:
    begun = time.perf_counter()
    for tries_left in reversed(range(_TRIES)):
        connection.request(each.method, each.path, each.body, each.headers)
        answer = connection.getresponse()
        content = answer.read()
        # The one writer of SQLite may be busy for long: whoever is told so asks again, and the waiting counts.
        if answer.status != BUSY or not tries_left:
            break
        time.sleep(_PAUSE)
    taken = (time.perf_counter() - begun) * 1000
    if answer.status != each.expected:
        raise WrongAnswer(f"{answer.status} {content[:300]!r}")
    sizes[0] = len(content)
    if check is not None:
        check(content)
    return taken
