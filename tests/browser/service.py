"""The service as `make run` starts it, in a home of its own and on a free port."""

import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.servers import ServerUnavailable

# The demo county is lived through first; a machine that tests in parallel takes its time.
START_SECONDS = 240
PASSWORD = "Qingchuan-2026"


class Service:
    """One `casework serve --demo`. It has the manners of tests.servers.Server that a keeper needs."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self._process = process

    @property
    def is_running(self) -> bool:
        """Say whether the process is alive."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it as Ctrl-C does, by force after ten seconds."""
        if not self.is_running:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def start(folder: Path) -> Service:
    """Start the service and wait until it answers.

    Raises:
        ServerUnavailable: it ended at once or did not answer in time; the last lines of its log are told.
    """
    folder.mkdir(mode=0o700)
    port = _free_port()
    settings = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")},
        "CASEWORK_HOME": str(folder / "home"),
        "CASEWORK_PORT": str(port),
        "CASEWORK_LOG_FORMAT": "plain",
    }
    command = [str(Path(sys.executable).parent / "casework"), "serve", "--demo"]
    log_name = folder / "log"
    with log_name.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=settings, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    service = Service(f"http://127.0.0.1:{port}", process)
    until = time.monotonic() + START_SECONDS
    while service.is_running and time.monotonic() < until:
        if _answers(port):
            return service
        time.sleep(0.1)
    service.stop()
    raise ServerUnavailable(f"casework serve --demo did not start: {log_name.read_text('utf-8', 'replace')[-600:]}")


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
