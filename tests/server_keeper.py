"""The servers that one test session shares: started when the first test asks, ended when the session is.

The processes of a session (pytest itself and its xdist workers) share one folder, named by the environment. Whoever
needs a server first starts a keeper, a process that outlives any worker, watches the session's first process and ends
the server with it, also when that process was killed. The keeper's answer, a URL or a sentence why not, stands in a
file that everybody reads, so a missing server fails every test that needs it in the same words.
"""

import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

from tests import servers
from tests.browser import service

SESSION_FOLDER = "CASEWORK_TEST_SESSION"
GIVEN_URL = {"postgres": "CASEWORK_TEST_DATABASE_URL", "redis": "CASEWORK_TEST_REDIS_URL"}
_START: dict[str, Callable[[Path], servers.Server | service.Service]] = {
    "postgres": servers.postgres_server,
    "redis": servers.redis_server,
    "casework": service.start,
}
_OWNER = "owner"


def open_session() -> bool:
    """Make the session's folder unless an outer session has one; say whether it is ours to close."""
    if SESSION_FOLDER in os.environ:
        return False
    folder = servers.new_folder()
    _sweep(folder.parent)
    (folder / _OWNER).write_text(str(os.getpid()))
    os.environ[SESSION_FOLDER] = str(folder)
    return True


def close_session() -> None:
    """End the servers and remove the folder."""
    folder = session_folder()
    (folder / _OWNER).unlink()
    for kind in _START:
        # A keeper holds this lock as long as it lives.
        with locked(f"{kind}.keeper"):
            pass
    del os.environ[SESSION_FOLDER]
    shutil.rmtree(folder, ignore_errors=True)


def session_folder() -> Path:
    """Return the folder that all processes of this test session share."""
    return Path(os.environ[SESSION_FOLDER])


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Let one process of the session at a time do what is named."""
    with (session_folder() / f"{name}.lock").open("w") as file:
        flock(file, LOCK_EX)
        yield


def server_url(kind: str) -> str:
    """Return the URL of the session's `postgres`, `redis` or `casework`, started now if nobody asked before.

    Raises:
        ServerUnavailable: there is none to be had.
    """
    given = os.environ.get(GIVEN_URL[kind]) if kind in GIVEN_URL else None
    if given:
        # psycopg itself does not know the driver's name that SQLAlchemy puts there.
        return given.replace("+psycopg", "", 1)
    answer = session_folder() / f"{kind}.answer"
    with locked(kind):
        if not answer.exists():
            _start_keeper(kind, answer)
    word, _, rest = answer.read_text("utf-8").partition(" ")
    if word != "url":
        raise servers.ServerUnavailable(rest)
    return rest


def _sweep(parent: Path) -> None:
    """Remove the folders of killed sessions that had started no server and so had no keeper to tidy up."""
    for owner in parent.glob(f"{servers.FOLDER_PREFIX}*/{_OWNER}"):
        if not Path(f"/proc/{owner.read_text()}").exists():
            shutil.rmtree(owner.parent, ignore_errors=True)


def _start_keeper(kind: str, answer: Path) -> None:
    folder = session_folder()
    log_name = folder / f"{kind}.keeper.log"
    with log_name.open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.server_keeper", kind, str(folder)],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    while not answer.exists():
        if keeper.poll() is not None:
            raise servers.ServerUnavailable(f"The keeper of {kind} ended: {log_name.read_text()[-500:]}")
        time.sleep(0.02)
    # It outlives this process on purpose, so nobody waits for it; else Python would warn.
    keeper.returncode = 0


def keep(kind: str, folder: Path) -> None:
    """Run the server until the session's first process is gone or has closed the session."""
    owner_file = folder / _OWNER
    owner = os.pidfd_open(int(owner_file.read_text()))
    answer = folder / f"{kind}.answer"
    with (folder / f"{kind}.keeper.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        try:
            server = _START[kind](folder / kind)
        except servers.ServerUnavailable as why:
            _tell(answer, f"no {why}")
            return
        _tell(answer, f"url {server.url}")
        while server.is_running and owner_file.exists() and not select.select([owner], [], [], 0.2)[0]:
            continue
        server.stop()
    if owner_file.exists():
        # The owner was killed and will not tidy up.
        shutil.rmtree(folder, ignore_errors=True)


def _tell(answer: Path, text: str) -> None:
    draft = answer.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(text, "utf-8")
    draft.rename(answer)


if __name__ == "__main__":
    keep(sys.argv[1], Path(sys.argv[2]))
