"""On what a benchmark ran: processor, memory, system, versions; nothing that names the machine."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import psycopg

_PACKAGES = ("flask", "sqlalchemy", "psycopg", "gunicorn", "waitress")


def describe(url: str) -> Mapping[str, str]:
    """Return what a reader needs to judge the figures by."""
    with psycopg.connect(url) as connection:
        postgresql = connection.info.parameter_status("server_version") or ""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{_memory_gib():.0f} GiB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "postgresql": postgresql.split(" ", maxsplit=1)[0],
        **{name: version(name) for name in _PACKAGES},
    }


def load_average() -> float:
    """Return how many processes wanted a processor in the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    line = Path("/proc/meminfo").read_text("utf-8").splitlines()[0]
    return int(line.split()[1]) / 1024 / 1024
