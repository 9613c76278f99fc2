"""What a power cut leaves of a PostgreSQL that writes: nothing is sure but what it had flushed.

Its processes are stopped all at once, in the middle of whatever they do. Of the log is kept what was flushed, by the
server's own account of it given by one process that is woken among the stopped ones: an earlier account would throw
away of the log what pages that were written since then rely on. What lies behind that is kept or lost, sector by sector. Of every page of every
file that was written since the last checkpoint the old one is left, or the new one, or one torn between both, for
nothing but a checkpoint flushes them. Files that came since then may be gone.
"""

import os
import random
import select
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests import servers
from tests.patience import patience
from tests.servers import Server

PAGE, SECTOR = 8192, 512
_WAL = "pg_wal"
# What a checkpoint writes back: tables and indexes, fates of transactions.
_PAGED = ("base", "global", "pg_xact", "pg_multixact", "pg_subtrans", "pg_commit_ts")
_FLUSHED = "SELECT * FROM pg_walfile_name_offset(pg_current_wal_flush_lsn())"
_CONTROL = Path("global/pg_control")
# Thrown away by a crashed server when it starts, or of the one that ran.
_NOT_LEFT = ("postmaster.pid", "pg_internal.init")
# Few pages in memory, so that many are written before their checkpoint; that one is ours to ask for.
DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "shared_buffers": "1MB",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
    "bgwriter_delay": "10ms",
}


@dataclass(frozen=True)
class Flushed:
    """What is sure: the files as a checkpoint has left them."""

    data: Path


def checkpoint(server: Server, data: Path, into: Path) -> Flushed:
    """Have everything flushed, and keep it."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    _photograph(server, data, into)
    return Flushed(into)


def cut(server: Server, data: Path, *, flushed: Flushed, into: Path, dice: random.Random) -> None:
    """Leave in `into` what is on the disk when the power fails at this instant; the server then goes on."""
    now = into.with_name(f"{into.name}-now")
    log = _photograph(server, data, now)
    assert (now / _CONTROL).read_bytes() == (flushed.data / _CONTROL).read_bytes(), "a checkpoint came in between"
    into.mkdir(mode=0o700)
    for path in sorted(now.rglob("*")):
        name = path.relative_to(now)
        if path.is_dir():
            (into / name).mkdir(mode=0o700)
        elif path.name not in _NOT_LEFT:
            left = _left(name, path.read_bytes(), flushed.data / name, log, dice)
            if left is not None:
                (into / name).write_bytes(left)
                (into / name).chmod(0o600)
    shutil.rmtree(now)
    if os.geteuid() == 0:
        for path in (into, *into.rglob("*")):
            os.chown(path, servers.NOBODY, servers.NOBODY)


def started(server: Server, left: Path) -> Server:
    """Start a server on what was left, which mends itself by its log."""
    port = servers.free_port()
    program = server.command[0]
    begun = Server(
        url=server.url.replace(f":{server.url.rpartition(':')[2].partition('/')[0]}/", f":{port}/"),
        command=[program, "-D", left, "-p", str(port)],
        is_ready=lambda pid: servers.says_ready(left / "postmaster.pid", pid),
        log=left.with_name(f"{left.name}.log"),
        stop_signal=server._stop_signal,
    )
    begun.start()
    return begun


def _photograph(server: Server, data: Path, into: Path) -> tuple[str, int]:
    """Copy everything at one instant; return up to where the log was flushed by then: the name of its file, the byte."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        # What it needs to answer is read before the others are stopped.
        connection.execute(_FLUSHED)
        while True:
            server.pause()
            try:
                found = _asked_alone(connection)
                if found is not None:
                    shutil.copytree(data, into)
                    return found
            finally:
                server.resume()
            # One of the stopped held what the woken one wanted to look at: another instant, then.
            connection.pgconn.get_result()
            connection.pgconn.get_result()


def _asked_alone(connection: psycopg.Connection) -> tuple[str, int] | None:
    """Ask one process of a stopped server; None: it has to wait for one of the others."""
    answer = connection.pgconn
    os.kill(answer.backend_pid, signal.SIGCONT)
    answer.send_query(_FLUSHED.encode())
    if not select.select([answer.socket], [], [], patience(5))[0]:
        return None
    row, end = answer.get_result(), answer.get_result()
    assert row is not None and end is None
    name, byte = row.get_value(0, 0), row.get_value(0, 1)
    assert name is not None and byte is not None
    return name.decode(), int(byte)


def _left(name: Path, now: bytes, before: Path, log: tuple[str, int], dice: random.Random) -> bytes | None:
    if name.parts[0] == _WAL:
        return _of_the_log(name, now, log, dice)
    old = before.read_bytes() if before.exists() else None
    if name.parts[0] not in _PAGED or name == _CONTROL or now == old:
        return now
    if old is None and dice.random() < 1 / 3:
        return None
    return b"".join(_page(now[at : at + PAGE], (old or b"")[at : at + PAGE], dice) for at in range(0, len(now), PAGE))


def _of_the_log(name: Path, now: bytes, log: tuple[str, int], dice: random.Random) -> bytes:
    file, byte = log
    if len(name.name) != len(file) or name.name < file:
        return now
    kept = byte if name.name == file else 0
    return now[:kept] + _sectors(now[kept:], bytes(len(now) - kept), dice)


def _page(now: bytes, old: bytes, dice: random.Random) -> bytes:
    old = old.ljust(len(now), b"\0")
    return dice.choice((now, old, _sectors(now, old, dice)))


def _sectors(now: bytes, old: bytes, dice: random.Random) -> bytes:
    if now == old:
        return now
    return b"".join(dice.choice((now, old))[at : at + SECTOR] for at in range(0, len(now), SECTOR))
