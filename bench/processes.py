"""What processes cost: processor time and memory of a server with its children, read from the kernel."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")


def server_pid(url: str) -> int:
    """Return the process id of a PostgreSQL server: the parent of whoever answers us."""
    with psycopg.connect(url) as connection:
        answering = connection.info.backend_pid
        # Read while it lives: it ends with the connection.
        stat = Path(f"/proc/{answering}/stat").read_text("utf-8")
    return int(stat.rsplit(")", 1)[1].split()[1])


def cpu_seconds(masters: Iterable[int]) -> float:
    """Return the processor time that processes, their children and their ended children have taken so far."""
    wanted = set(masters)
    ticks = 0
    for stat in _stats().values():
        if int(stat["pid"]) in wanted or int(stat["parent"]) in wanted:
            ticks += int(stat["own"])
            # Children that have ended count once, with the one that waited for them.
            ticks += int(stat["ended"]) if int(stat["pid"]) in wanted else 0
    return ticks / _TICKS


def pss_mib(master: int) -> float:
    """Return the proportional memory of a process and its children, MiB."""
    total = 0
    for stat in _stats().values():
        if master not in (stat["pid"], stat["parent"]):
            continue
        try:
            rollup = Path(f"/proc/{stat['pid']}/smaps_rollup").read_text("utf-8")
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1024


def open_files(master: int) -> int:
    """Return how many files and sockets a process and its children hold open."""
    total = 0
    for stat in _stats().values():
        if master in (stat["pid"], stat["parent"]):
            try:
                total += sum(1 for _ in Path(f"/proc/{stat['pid']}/fd").iterdir())
            except OSError:
                continue
    return total


def _stats() -> Mapping[int, Mapping[str, int]]:
    found: dict[int, Mapping[str, int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parts = (folder / "stat").read_text("utf-8").rsplit(")", 1)[1].split()
        except OSError:
            continue
        user, system, ended_user, ended_system = (int(part) for part in parts[11:15])
        pid = int(folder.name)
        found[pid] = {"pid": pid, "parent": int(parts[1]), "own": user + system, "ended": ended_user + ended_system}
    return found
