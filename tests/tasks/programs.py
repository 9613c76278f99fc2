"""The commands of the product as programs of their own, as an administrator starts them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.patience import patience

ROOT = Path(__file__).parent.parent.parent
_START_SECONDS = 60.0


class Program:
    """One running command with what it says in a file."""

    def __init__(self, arguments: list[str], *, home: Path, settings: dict[str, str], module: str = "cli.main") -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
        self.said = home / f"{arguments[0]}-{time.monotonic_ns()}.log"
        with self.said.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=kept | {"CASEWORK_HOME": str(home), "PYTHONUNBUFFERED": "1"} | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_for(self, words: str) -> str:
        """Wait until the program has said something; return the line."""
        began = time.monotonic()
        while time.monotonic() - began < patience(_START_SECONDS):
            for line in self.said.read_text("utf-8").splitlines():
                if words in line:
                    return line
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"{words!r} was not said: {self.said.read_text('utf-8')[-2000:]}")

    def stop(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 30.0) -> tuple[int, float]:
        """Send a signal; return the exit code and how long it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(seconds), time.monotonic() - started


@contextmanager
def program(*arguments: str, home: Path, **settings: str) -> Iterator[Program]:
    """Run a command with these settings (without their prefix) and end it afterwards, come what may."""
    running = Program(list(arguments), home=home, settings={f"CASEWORK_{k}": v for k, v in settings.items()})
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


def run(*arguments: str, home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
    given = {f"CASEWORK_{name}": value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=ROOT,
        env=kept | {"CASEWORK_HOME": str(home)} | given,
        capture_output=True,
        text=True,
        check=False,
    )
