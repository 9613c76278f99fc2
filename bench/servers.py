"""What a benchmark runs on: a PostgreSQL that really syncs, and gunicorn with two workers of four threads."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests import servers

WORKERS = 2
THREADS = 4


@contextmanager
def postgresql() -> Iterator[str]:
    """Lend the URL of a PostgreSQL of our own on the disk, with durable commits (fsync and synchronous_commit on)."""
    folder = Path(tempfile.mkdtemp(prefix="casework-bench-", dir=os.environ.get("BENCH_FOLDER")))
    folder.chmod(0o755)
    server = servers.postgres_server(folder / "pg", settings={"fsync": "on", "shared_buffers": "1GB"})
    try:
        yield server.url
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def gunicorn(application: str, port: int, environment: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Serve an application and lend its URL and the process id of its master."""
    command = [
        *(sys.executable, "-m", "gunicorn", application, "--workers", str(WORKERS), "--threads", str(THREADS)),
        *("--worker-class", "gthread", "--bind", f"127.0.0.1:{port}", "--keep-alive", "60"),
        *(
            "--worker-tmp-dir",
            "/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir(),
            "--log-level",
            "error",
        ),
    ]
    process = subprocess.Popen(command, env={**os.environ, **environment}, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/healthz", seconds=30)
        yield url, process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def wait_for(url: str, *, seconds: float) -> float:
    """Wait until a URL answers and return how long that took."""
    begun = time.perf_counter()
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).read()  # noqa: S310 - our own loopback address
        except OSError:
            if time.perf_counter() - begun > seconds:
                raise
            time.sleep(0.01)
        else:
            return time.perf_counter() - begun


def pss_mib(master: int) -> float:
    """Return the proportional memory of a process and its children, MiB."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text("utf-8").rsplit(")", 1)[1].split()
            if int(folder.name) != master and int(stat[1]) != master:
                continue
            rollup = (folder / "smaps_rollup").read_text("utf-8")
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1024
