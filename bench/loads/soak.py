"""L7: an office's day goes on while something is killed every minute; what must not grow is watched meanwhile."""

import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle

import psycopg

from bench.load import quantile
from bench.loads import generator
from bench.loads.scenarios import CLIENTS, Finding, Run
from tests.faults.recorder import Recorder, against
from tests.servers import ServerUnavailable

# Web or worker every minute, Redis every five, the database every fifteen; in a soak of minutes each at least once, at
# this share of it, for what needs half a minute to come up on a busy machine must be up before it is struck again.
EVERY = {"web or worker": (60.0, 0.25), "Redis": (300.0, 0.4), "database": (900.0, 0.7)}
_FLAT = (("web_mib", "MiB", 24), ("worker_mib", "MiB", 24), ("web_files", "", 10), ("worker_files", "", 10))
Series = dict[str, list[tuple[float, float]]]


def soak(run: Run, series: Series, *, seconds: float) -> Iterator[Finding]:
    """Go on for some seconds."""
    house = run.house
    house.start("beat")
    stopped = threading.Event()
    watcher = threading.Thread(target=_watch, args=(run, series, stopped))
    recorder = Recorder(lambda: house.port, house.product.tokens["he"], rest=0.2)
    killed, blows = threading.Event(), Blows()
    # What it starts again lives no longer than its thread: that one stays.
    killer = threading.Thread(target=_kill, args=(run, stopped, killed, seconds, blows), daemon=True)
    watcher.start()
    with recorder.at_work(2):
        killer.start()
        told = generator.run(
            house.url, run.day(), rate=max(1.0, 20 * run.share), seconds=seconds, clients=CLIENTS, seed=7
        )
        stopped.set()
        killed.wait()
    time.sleep(12)
    watcher.join()
    judged = against(recorder, house.product.office.db)
    wrong = [*judged.lost, *judged.doubled]
    yield Finding("requests", len(told.answers), "")
    for name, times in blows.dealt.items():
        yield Finding(f"{name} killed", times, "times")
    yield Finding("something that did not come up again", len(blows.failed), "; ".join(blows.failed), 0)
    yield Finding("without an answer or 5xx while something was down", told.faults(), "")
    yield Finding("told to come again (503)", sum(each.status == 503 for each in told.answers), "")
    yield Finding("changes asked for by careful clients", len(recorder.sent), "")
    yield Finding("of them acknowledged and lost, or doubled", len(wrong), "", 0)
    longest = max((each.seconds for each in recorder.sent), default=0.0)
    yield Finding("the longest until a change was acknowledged", longest, "s")
    yield from flat(series, seconds=seconds)


def flat(series: Series, *, seconds: float) -> Iterator[Finding]:
    """Judge what must not grow."""
    for name, unit, most in _FLAT:
        yield Finding(f"{name.replace('_', ' ')}: last third over the middle third", _grown(series[name]), unit, most)
    yield Finding("connections, the most", max(value for _, value in series["connections"]), "", 60)
    lags = series["outbox_seconds"]
    # What is older than the soak came with the county, and is told when the worker begins.
    ours = sorted(age for at, age in lags if age <= at + 1) or [0.0]
    yield Finding("outbox, oldest event waiting, p99", quantile(ours, 0.99), "s", 10 if seconds >= 3600 else None)
    yield Finding("outbox, ten seconds after the last request", lags[-1][1], "s", 10)


@dataclass
class Blows:
    """What was killed, how often, and what did not come up again."""

    dealt: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)


def _watch(run: Run, series: Series, stopped: threading.Event) -> None:
    begun, after = time.monotonic(), 0
    while after < 10:
        after += stopped.is_set()
        at = time.monotonic() - begun
        try:
            found = run.house.sample()
        except (OSError, KeyError, psycopg.Error):
            found = {}
        for name, value in found.items():
            series.setdefault(name, []).append((at, value))
        time.sleep(1)


def _kill(run: Run, stopped: threading.Event, killed: threading.Event, seconds: float, blows: Blows) -> None:
    house = run.house
    parts = cycle(("worker", "web"))

    def redis() -> None:
        house.redis.kill()
        house.redis.start()

    def database() -> None:
        house.postgres.kill()
        house.postgres.start()

    acts: Mapping[str, Callable[[], None]] = {
        "web or worker": lambda: house.kill(next(parts)),
        "Redis": redis,
        "database": database,
    }
    every = {name: min(most, share * seconds) for name, (most, share) in EVERY.items()}
    begun, due = time.monotonic(), dict(every)
    while not stopped.wait(0.2):
        for name, act in acts.items():
            if time.monotonic() - begun < due[name]:
                continue
            try:
                act()
            except (OSError, ServerUnavailable) as fault:
                # The verdict says so; without it the soak would wait for a thread that is gone.
                blows.failed.append(f"{name}: {fault}")
            blows.dealt[name] += 1
            due[name] += every[name]
    killed.set()
    threading.Event().wait()


def _grown(points: Sequence[tuple[float, float]]) -> float:
    """Return by how much the median of the last third lies over that of the middle third."""
    values = [value for _, value in points]
    third = max(1, len(values) // 3)
    return statistics.median(values[-third:]) - statistics.median(values[third : 2 * third])
