"""`casework worker`: one worker in the foreground; any number may run."""

import argparse
import importlib

from casework.core import logs
from casework.core.errors import refused
from casework.core.settings import read_settings
from casework.keeping import occupancy
from cli.parts.opening import open_current_office

HELP = "run a worker (when Redis is set)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--threads", type=int, default=4, metavar="N", help="tasks at once (default 4)")


def run(arguments: argparse.Namespace) -> int:
    """Work until a signal comes."""
    settings = read_settings()
    if settings.embedded:
        raise refused("redis_not_set")
    open_current_office().close()
    logs.configure(format=settings.log_format, syslog=settings.syslog)
    with occupancy.serving(settings.home):
        # Celery takes half a second to import, which no other command should pay.
        return int(importlib.import_module("tasks.app").run_worker(threads=arguments.threads))
