"""A closed-loop client on loopback: so many connections, so many requests each, every answer checked."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Request = tuple[str, str, bytes | None, dict[str, str], int]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run gave: requests a second, latencies in milliseconds, bytes of the last answer."""

    rate: float
    p50: float
    p95: float
    size: int


def run(url: str, requests: Sequence[Sequence[Request]], *, check: Callable[[bytes], None] | None = None) -> Measured:
    """Send each list over a connection of its own, all at once; a wrong status stops the run."""
    parts = urlsplit(url)
    times: list[list[float]] = [[] for _ in requests]
    faults: list[str] = []
    size = [0]
    barrier = threading.Barrier(len(requests) + 1)

    def client(mine: Sequence[Request], kept: list[float]) -> None:
        connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port)
        barrier.wait()
        for method, path, body, headers, expected in mine:
            begun = time.perf_counter()
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            kept.append((time.perf_counter() - begun) * 1000)
            size[0] = len(content)
            if answer.status != expected:
                faults.append(f"{method} {path}: {answer.status} {content[:200]!r}")
                return
            if check is not None:
                check(content)
        connection.close()

    threads = [threading.Thread(target=client, args=pair) for pair in zip(requests, times, strict=True)]
    for thread in threads:
        thread.start()
    barrier.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if faults:
        raise RuntimeError("; ".join(faults[:3]))
    every = sorted(value for kept in times for value in kept)
    p95 = every[max(0, int(len(every) * 0.95) - 1)]
    return Measured(len(every) / seconds, statistics.median(every), p95, size[0])
