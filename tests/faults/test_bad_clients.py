"""Clients that send too much, too slowly, or less than they say, beside others who work (reliability.md F15, F16)."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from casework.core.database import Database
from tests.faults.recorder import Recorder
from tests.faults.running import WAIT, answers, free_port, heal, judge, parts, recorder_for, tell, wait_for_answers
from tests.faults.table import number
from tests.tasks.test_worker import until
from tests.world import World, make_world

UPLOADS, SOCKETS = number("F15", "uploads"), number("F16", "sockets")
TWO_GIB = 2 << 30
PIECE = b"x" * (1 << 20)
# No route takes more than a workbook of 50 MiB; what comes in pieces is counted as it comes.
MOST_TAKEN = 80 << 20
GROWTH_BYTES = 20 << 20

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def county(db: Database, tmp_path: Path) -> World:
    """Found the county."""
    return make_world(db, tmp_path)


def resident(pid: int) -> int:
    """Return how many bytes of memory a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def drafts(pid: int) -> int:
    """Count the files without a name that a process keeps open."""
    found = 0
    for each in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found += "/tmp" in str(each.readlink()) and str(each.readlink()).endswith("(deleted)")
        except FileNotFoundError:
            continue
    return found


def head(token: str, *lines: str) -> bytes:
    """Begin an upload."""
    given = ("POST /api/v1/cases HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}", *lines)
    return "\r\n".join((*given, "Content-Type: application/json", "", "")).encode()


@contextmanager
def slow_ones(port: int) -> Iterator[None]:
    """Keep many connections open whose requests never end, some in the head and some in the body."""
    with ExitStack() as stack:
        for n in range(SOCKETS):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            begun = b"POST /api/v1/cases HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
            slow.sendall(begun if n % 2 else begun + b"\r\n{")
        yield


def announced(port: int, token: str) -> tuple[bytes, int]:
    """Announce two gigabytes and begin to send them; return the answer and how much was taken."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head(token, f"Content-Length: {TWO_GIB}"))
        return _send_until_refused(connection, PIECE)


def endless(port: int, token: str) -> tuple[bytes, int]:
    """Send in pieces without ever saying how much it will be."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head(token, "Transfer-Encoding: chunked"))
        return _send_until_refused(connection, b"%x\r\n%s\r\n" % (len(PIECE), PIECE))


def cut_short(port: int, token: str) -> None:
    """Announce more than comes, and leave."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head(token, f"Content-Length: {len(PIECE)}") + PIECE[: 600 * 1024])


def _send_until_refused(connection: socket.socket, piece: bytes) -> tuple[bytes, int]:
    taken = 0
    try:
        while taken < 2 * MOST_TAKEN:
            connection.sendall(piece)
            taken += len(piece)
            connection.setblocking(False)
            try:
                if answer := connection.recv(4096):
                    return answer, taken
            except BlockingIOError:
                pass
            connection.settimeout(30)
    except OSError:
        # Closed while we were still sending; the answer may have got lost with it.
        return b"", taken
    return b"", taken


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_huge_bodies_and_slow_clients_cost_next_to_nothing(county: World, tmp_path: Path) -> None:
    port = free_port()
    recorder = recorder_for(county, port, rest=0.02)
    with parts(county, tmp_path, ("serve", "--port", str(port))) as (service,):
        assert until(answers(port), seconds=WAIT)
        pid = service.running.process.pid
        with recorder.at_work(2):
            wait_for_answers(recorder, 6)
            # Rooms are opened and pages rehearsed for some seconds after the first answer: that is no client's cost.
            assert until(lambda: _is_settled(pid), seconds=WAIT)
            before = resident(pid)
            with slow_ones(port):
                wait_for_answers(recorder, 9)
            _upload(port, recorder)
            wait_for_answers(recorder)
        assert until(lambda: drafts(pid) == 0, seconds=30), "nothing is left on the disk"
        grown = resident(pid) - before
        heal(county)
    judge(county, recorder, tmp_path)
    assert recorder.doubtful == 0, "nobody else noticed"
    assert grown < GROWTH_BYTES
    tell("F15", recorder, county, times=3 * UPLOADS, told=f"the service grew by {max(0, grown) >> 20} MiB")
    tell("F16", recorder, county, times=SOCKETS)


def _is_settled(pid: int) -> bool:
    before = resident(pid)
    time.sleep(2)
    return resident(pid) - before < 1 << 20


def _upload(port: int, recorder: Recorder) -> None:
    for _ in range(UPLOADS):
        answer, taken = announced(port, recorder.token)
        assert (b" 413 " in answer or not answer) and taken < MOST_TAKEN
        answer, taken = endless(port, recorder.token)
        assert (b" 413 " in answer or not answer) and taken < MOST_TAKEN
        cut_short(port, recorder.token)
