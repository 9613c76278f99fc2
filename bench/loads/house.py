"""The whole service as an office runs it: durable PostgreSQL, Redis, gunicorn, a worker, a beat; each may be killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench import processes, product
from bench.product import Product
from bench.servers import free_port, wait_for
from tests import servers

_DURABLE = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "512MB", "max_wal_size": "2GB"}


@dataclass
class House:
    """What runs, and what is known of it."""

    product: Product
    postgres: servers.Server
    redis: servers.Server
    environment: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the web answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *parts: str) -> None:
        """Start parts: web, worker, beat."""
        for part in parts:
            command = self._command(part)
            with self.log.open("ab") as log:
                self.running[part] = subprocess.Popen(
                    command, env={**os.environ, **self.environment}, stdout=log, stderr=log, start_new_session=True
                )
        if "web" in parts:
            wait_for(f"{self.url}/readyz", self.running["web"], seconds=120)
            self.product.served(self.url, self.running["web"].pid)

    def kill(self, part: str) -> None:
        """Kill the worker, and start it again, or one process of the web, which its master does."""
        if part == "web":
            master = self.running["web"].pid
            children = Path(f"/proc/{master}/task/{master}/children")
            # Its master has just buried one, and has not made another yet.
            while not (found := children.read_text("ascii").split()):
                time.sleep(0.1)
            os.kill(int(found[0]), signal.SIGKILL)
            return
        self.end(part)
        self.start(part)

    def end(self, part: str) -> None:
        """Kill a part for good."""
        process = self.running.pop(part)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def sample(self) -> dict[str, float]:
        """Return what must not grow: memory and open files of web and worker, connections, what waits to be told."""
        found: dict[str, float] = {}
        for part in ("web", "worker"):
            found[f"{part}_mib"] = processes.pss_mib(self.running[part].pid)
            found[f"{part}_files"] = processes.open_files(self.running[part].pid)
        try:
            with psycopg.connect(self.postgres.url, connect_timeout=2) as connection:
                row = connection.execute(
                    "SELECT (SELECT count(*) FROM pg_stat_activity WHERE application_name = 'casework'),"
                    " (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM outbox"
                    " WHERE status <> 'done')"
                ).fetchone()
        except psycopg.OperationalError:
            return found
        assert row is not None
        return {**found, "connections": float(row[0]), "outbox_seconds": float(row[1])}

    def _command(self, part: str) -> list[str]:
        if part != "web":
            return [sys.executable, "-m", "cli.main", part, *(["--threads", "2"] if part == "worker" else [])]
        return [
            *(sys.executable, "-m", "gunicorn", "-c", "python:cli.gunicorn_settings", "cli.wsgi:app"),
            *("--bind", f"127.0.0.1:{self.port}", "--log-level", "error"),
        ]


@contextmanager
def built(where: Path) -> Iterator[House]:
    """Found the demo county and let it be served, worker and beat not yet."""
    postgres = servers.postgres_server(where / "pg", settings=_DURABLE)
    redis = servers.redis_server(where / "redis")
    house: House | None = None
    try:
        made = product.found(where / "home", postgres.url, lambda _more, _total: None)
        environment = {
            **made.environment,
            "CASEWORK_REDIS_URL": redis.url,
            # The log-ins of the morning come from as many addresses, as the proxy in front tells them.
            "CASEWORK_PROXIES": "1",
            "PYTHONDONTWRITEBYTECODE": "",
        }
        house = House(made, postgres, redis, environment, where / "log")
        house.start("web")
        yield house
    finally:
        if house is not None:
            for part in list(house.running):
                house.end(part)
            house.product.office.close()
        redis.stop()
        postgres.stop()
        shutil.rmtree(where / "pg", ignore_errors=True)
