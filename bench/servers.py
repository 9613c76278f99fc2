"""What a benchmark runs on: a PostgreSQL that really syncs, gunicorn with two workers, our own command."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.processes import cpu_seconds
from tests import servers

WORKERS = 2
THREADS = 4


@contextmanager
def folder() -> Iterator[Path]:
    """Lend a folder on the disk for databases and homes."""
    made = Path(tempfile.mkdtemp(prefix="casework-bench-", dir=os.environ.get("BENCH_FOLDER")))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def postgresql(where: Path) -> Iterator[str]:
    """Lend the URL of a PostgreSQL of our own, with durable commits (fsync and synchronous_commit on)."""
    settings = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "1GB", "max_wal_size": "4GB"}
    server = servers.postgres_server(where / "pg", settings=settings)
    try:
        yield server.url
    finally:
        server.stop()


def database(url: str, name: str, *, like: str = "template1") -> str:
    """Make a database on our server, as a copy of another that nobody is using, and return its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
    return url.rsplit("/", 1)[0] + "/" + name


@contextmanager
def redis(where: Path) -> Iterator[str]:
    """Lend the URL of a Redis-protocol server of our own."""
    server = servers.redis_server(where / "redis")
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def gunicorn(application: str, environment: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Serve an application and lend its URL and the process id of its master."""
    port = free_port()
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir()
    command = [
        *(sys.executable, "-m", "gunicorn", application, "--workers", str(WORKERS), "--threads", str(THREADS)),
        *("--worker-class", "gthread", "--bind", f"127.0.0.1:{port}", "--keep-alive", "60"),
        *("--worker-tmp-dir", memory, "--log-level", "error", "--preload"),
    ]
    with served(command, environment, port=port, path="/healthz") as found:
        yield found


@contextmanager
def served(
    command: Sequence[str], environment: Mapping[str, str], *, port: int, path: str
) -> Iterator[tuple[str, int]]:
    """Run a server until the block ends; lend its URL and process id once `path` answers."""
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as log:
        # Logs are written as in an office, but nobody reads them here.
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, start_new_session=True, stdout=log, stderr=log
        )
        try:
            wait_for(url + path, process, seconds=60)
            yield url, process.pid
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server in order, by force when it takes too long."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes], *, seconds: float) -> float:
    """Wait until a URL answers and return how long that took."""
    begun = time.perf_counter()
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).read()  # noqa: S310 - our own loopback address
        except OSError:
            if process.poll() is not None or time.perf_counter() - begun > seconds:
                raise
            time.sleep(0.005)
        else:
            return time.perf_counter() - begun


def programs(where: Path) -> Mapping[str, str]:
    """Return the environment in which Python keeps what it compiled, as an installed program does, in our folder."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(where / "compiled")}


def cpu_of(process: subprocess.Popen[bytes]) -> float:
    """Return the processor time a process of ours has taken so far, seconds."""
    return cpu_seconds([process.pid])


def free_port() -> int:
    """Return a port of loopback that nobody listens on just now."""
    return servers.free_port()
