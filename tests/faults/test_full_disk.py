"""A disk filled to its last block under the running service (reliability.md F9)."""

import ctypes
import http.client
import json
import os
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from casework.core.database import Database
from tests.faults.recorder import Recorder
from tests.faults.running import (
    WAIT,
    answers,
    free_port,
    heal,
    judge,
    parts,
    recorder_for,
    tell,
    wait_for_answers,
)
from tests.faults.table import number
from tests.tasks.test_worker import until
from tests.world import REPORT, World, make_world

ROUNDS = number("F9", "rounds")
DISK_BYTES = 48 << 20
_LIBC = ctypes.CDLL(None, use_errno=True)

pytestmark = pytest.mark.timeout(1500)


class Disk:
    """A small disk. `fill` leaves no block of it; `is_real` says that it is a file system of its own."""

    def __init__(self, folder: Path, *, is_real: bool) -> None:
        self.folder, self.is_real = folder, is_real
        self._ballast = folder / "ballast"
        self._largest = 0

    def fill(self, pid: int) -> None:
        """Leave no room."""
        if not self.is_real:
            # No file of the service may grow: every write beyond what is there fails as on a full disk.
            sizes = [path.stat().st_size for path in self.folder.rglob("*") if path.is_file()]
            _, self._largest = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (min(sizes), self._largest))
            return
        piece = b"\0" * 4096
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(piece)
            except OSError:
                return

    def empty(self, pid: int) -> None:
        """Make room again."""
        if not self.is_real:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (self._largest, self._largest))
            return
        self._ballast.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Lend a small disk: a file system in memory where we may mount one, else a bound on the size of files."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = f"size={DISK_BYTES}".encode()
    mounted = os.geteuid() == 0 and _LIBC.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, options) == 0
    yield Disk(folder, is_real=mounted)
    if mounted:
        _LIBC.umount2(bytes(folder), 2)


@contextmanager
def county_on(disk: Disk, database_url: str) -> Iterator[World]:
    """Found the county on the disk."""
    shutil.copyfile(database_url.removeprefix("sqlite:///"), disk.folder / "casework.db")
    db = Database(f"sqlite:///{disk.folder / 'casework.db'}")
    yield make_world(db, disk.folder)
    db.close()


def ask(port: int, token: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, str], bytes]:
    """Ask for a page of the API, or send a report."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request("GET" if body is None else "POST", f"/api/v1{path}", body, headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_a_full_disk_writing_is_refused_reading_goes_on_and_room_heals(
    world: World, disk: Disk, database_url: str
) -> None:
    port = free_port()
    with county_on(disk, database_url) as county:
        recorder = recorder_for(county, port, rest=0.02)
        with parts(county, disk.folder, ("serve", "--port", str(port))) as (service,):
            assert until(answers(port), seconds=WAIT)
            pid = service.running.process.pid
            refusals = 0
            for _ in range(ROUNDS):
                with recorder.at_work(2):
                    wait_for_answers(recorder)
                    disk.fill(pid)
                    assert until(_refused(port, recorder.token), seconds=60), "writing is refused"
                    refusals += _reads_go_on(port, recorder)
                    disk.empty(pid)
                    wait_for_answers(recorder)
            heal(county)
        judge(county, recorder, disk.folder, least=5)
        assert refusals == 3 * ROUNDS
        how = "a file system of its own" if disk.is_real else "a bound on the size of files"
        tell("F9", recorder, county, times=ROUNDS, told=f"{how}, {refusals} refusals looked at")


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """Make the county's template; the test copies it onto its disk."""
    return make_world(db, tmp_path)


def _refused(port: int, token: str) -> Callable[[], bool]:
    return lambda: ask(port, token, "/cases", _long_report(1))[0] == 503


def _reads_go_on(port: int, recorder: Recorder) -> int:
    """Look at three refusals and at what can be read beside them."""
    for n in range(3):
        status, headers, body = ask(port, recorder.token, "/cases", _long_report(n))
        assert status == 503 and int(headers["Retry-After"]) > 0
        assert json.loads(body)["status"] == 503
        status, _, body = ask(port, recorder.token, "/cases?limit=5")
        assert status == 200 and json.loads(body)["items"]
    return 3


def _long_report(n: int) -> bytes:
    """Return a report that needs more room than a page that happens to be free."""

    return json.dumps({**REPORT, "title": f"满{n}", "description": "水" * 6000}).encode()
