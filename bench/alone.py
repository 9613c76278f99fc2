"""The rows of the table that no client asks for: sweep, engine, whole lives, start, memory."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from bench import engine, servers
from bench.figures import Figure, Results, Target
from bench.floor import sweep as floor_sweep
from bench.rounds import Bench
from casework.core import clock
from casework.matters.tables import Deadline
from workflows import firing

MOST_DUE = 3_000
_LIVES = 150
_ROUNDS = 3
_STARTS = 5
_NOTHING_DUE = 7
_WEB_ALONE = "start, web alone"


def sweep(bench: Bench, floor_url: str | None) -> None:
    """Sweep at an instant when some thousands are overdue, then again when nothing is."""
    bench.step("sweep")
    db = bench.product.office.db
    at = _instant(bench, MOST_DUE)
    begun = time.perf_counter()
    swept = firing.sweep(db, at=at, batch=firing.LARGEST_BATCH)
    rate = swept.due / (time.perf_counter() - begun)
    told = f"({swept.due:,} overdue)"
    bench.add("sweep", "overdue a second", rate, "/s", Target(8000, 15000, at_least=True), note=told)
    if floor_url is not None:
        floor = floor_sweep.rate(floor_url, most=MOST_DUE)
        wanted, told = Target(0.35, 0.7, at_least=True), f"(floor {floor:,.0f}/s)"
        bench.add("sweep", "share of the floor", rate / floor, "", wanted, note=told)
    waits = []
    for _ in range(_NOTHING_DUE):
        begun = time.perf_counter()
        again = firing.sweep(db, at=at, batch=firing.LARGEST_BATCH)
        waits.append((time.perf_counter() - begun) * 1000)
        if again.due:
            raise ArithmeticError(f"{again.due} clocks were due again after a sweep")
    bench.add("sweep", "nothing due", statistics.median(waits), "ms", Target(20, 5))
    bench.note_facts("sweep", due=swept.due, fired=swept.fired, seconds=swept.seconds, nothing_due_ms=waits)


def _instant(bench: Bench, most: int) -> datetime:
    """Return the instant at which about `most` clocks are due, or all of them where there are fewer."""
    with bench.product.office.db.reading() as session:
        due = select(Deadline.next_fire_at).where(Deadline.next_fire_at.is_not(None)).order_by(Deadline.next_fire_at)
        nth = session.scalar(due.offset(most).limit(1))
        last = session.scalar(select(func.max(Deadline.next_fire_at)))
    return max(nth or last or clock.now(), clock.now())


def in_memory(results: Results) -> None:
    """Measure the engine without any database."""
    found = [engine.in_memory() for _ in range(_ROUNDS)]
    best = sorted(found, key=lambda each: each.rate)[len(found) // 2]
    told = f"({best.rate / best.floor:.2f} of the bare machine)"
    results.add(
        Figure("engine in memory", "transitions", best.rate, "/s", Target(90_000, 150_000, at_least=True), note=told),
        Figure("engine in memory", "beside its row", best.kib_per_case, "KiB a case", Target(0.5, 0.15)),
    )


def whole_lives(results: Results, *, url: str, floor_url: str | None, folder: Path) -> None:
    """Live whole lives by the Python API on one connection; `floor_url` is None for SQLite, where nothing is must."""
    rates, floors = [], []
    folder.mkdir()
    lives = engine.Lives(url, folder)
    for _ in range(_ROUNDS):
        if floor_url is not None:
            floors.append(engine.durable_floor(floor_url, count=_LIVES))
        rates.append(lives.rate(_LIVES))
    lives.close()
    rate = statistics.median(rates)
    results.raw.append({"operation": "whole life", "product": rates, "floor": floors})
    must = Target(180, 300, at_least=True) if floors else Target()
    results.add(Figure("whole life", "cases a second", rate, "/s", must))
    if floors:
        ratio = statistics.median(mine / floor for mine, floor in zip(rates, floors, strict=True))
        told = f"(floor {statistics.median(floors):,.0f}/s)"
        results.add(Figure("whole life", "share of the floor", ratio, "", Target(0.34, 0.57, at_least=True), note=told))


def starts(results: Results, *, embedded: Mapping[str, str], web: Mapping[str, str], floor: Mapping[str, str]) -> None:
    """Start the service again and again: all in one process on SQLite, the web alone with Redis, and the floor."""
    least = statistics.median([_start_of_floor(floor) for _ in range(1 + _STARTS)][1:])
    for name, environment, target in (
        ("start, all in one", embedded, Target(2, 1)),
        (_WEB_ALONE, web, Target(1.2, 0.7)),
    ):
        # The first start compiles, which happens once after an installation.
        found = [_start(environment) for _ in range(1 + _STARTS)][1:]
        seconds, cpu, whole = (statistics.median(each) for each in zip(*found, strict=True))
        results.raw.append({"operation": name, "seconds_and_cpu_and_whole": found})
        told = f"({cpu:.2f} s of processor time; everything after {whole:.2f} s)"
        results.add(Figure(name, "to the first page", seconds, "s", target, note=told))
        if name == _WEB_ALONE:
            wanted, told = Target(2.8, 1.6), f"(floor {least:.2f} s)"
            results.add(Figure(name, "by the floor's start", seconds / least, "times", wanted, note=told))


def _start(environment: Mapping[str, str]) -> tuple[float, float, float]:
    """Start the service; return seconds until its log-in page was there, processor time of that, seconds until all."""
    port = servers.free_port()
    command = [sys.executable, "-m", "cli.main", "serve", "--port", str(port)]
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        servers.wait_for(f"http://127.0.0.1:{port}/login", process, seconds=60)
        first, cpu = time.perf_counter() - begun, servers.cpu_of(process)
        # Asked of the whole application alone.
        servers.wait_for(f"http://127.0.0.1:{port}/readyz", process, seconds=60)
        return first, cpu, time.perf_counter() - begun
    finally:
        servers.end(process)


def _start_of_floor(environment: Mapping[str, str]) -> float:
    """Start the floor as an office would serve it and return the seconds until it answered."""
    begun = time.perf_counter()
    with servers.gunicorn("bench.floor.app:app", environment):
        return time.perf_counter() - begun


def growth(results: Results, cpu: Mapping[int, Mapping[str, float]]) -> None:
    """Compare the processor time a request at each size with that at the smallest."""
    sizes: Sequence[int] = sorted(cpu)
    for size in sizes[1:]:
        must = 1.2 if size <= 10**5 else 1.3
        for name, taken in cpu[size].items():
            ratio = taken / cpu[sizes[0]][name]
            results.add(Figure("growth", f"{name}, against {sizes[0]:,}", ratio, "times", Target(must, 1.1), size))
