"""`casework beat`: the scheduler in the foreground; two of them do no harm."""

import argparse
import importlib

from casework.core import logs
from casework.core.errors import refused
from casework.core.settings import read_settings
from casework.keeping import occupancy
from cli.parts.opening import open_current_office

HELP = "run the scheduler (when Redis is set)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


def run(_arguments: argparse.Namespace) -> int:
    """Beat until a signal comes."""
    settings = read_settings()
    if settings.embedded:
        raise refused("redis_not_set")
    open_current_office().close()
    logs.configure(format=settings.log_format, syslog=settings.syslog)
    with occupancy.serving(settings.home):
        # Celery takes half a second to import, which no other command should pay.
        return int(importlib.import_module("tasks.app").run_beat())
