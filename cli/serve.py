"""`casework serve`: the service in one command; with Redis set, its web part alone."""

import argparse
import importlib
import importlib.util
import os
import sys
from typing import Any

from casework import migrations
from casework.core import clock, logs
from casework.core.errors import refused
from casework.core.memory import allocator, garbage
from casework.core.office import Office, open_office
from casework.core.settings import Settings, read_settings
from casework.keeping import occupancy
from casework.keeping.start import make_ready, require_ready
from tasks import embedded

HELP = "serve the application; without Redis also worker and scheduler in the same process"
# One connection for each thread that answers, and those of the worker's lanes and the beat beside them.
_CONNECTIONS = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--host", help="address to listen on, before the setting CASEWORK_HOST")
    parser.add_argument("--port", help="port to listen on, before the setting CASEWORK_PORT")
    parser.add_argument("--demo", action="store_true", help="migrate, and load the demo county into an empty database")


def run(arguments: argparse.Namespace) -> int:
    """Open the office, check or migrate its schema, and serve until a signal comes."""
    settings = _settings(arguments)
    with occupancy.serving(settings.home):
        return _serve(settings, arguments)


def _serve(settings: Settings, arguments: argparse.Namespace) -> int:
    allocator.give_back_large_blocks()
    logs.configure(format=settings.log_format, syslog=settings.syslog)
    office = open_office(settings, pool_size=_CONNECTIONS)
    require_ready(office)
    logins = _prepare_demo(office) if arguments.demo else []
    if migrations.current(office.db) != migrations.head():
        raise refused("schema_missing")
    # The web is imported when it is served: no other command pays for it. All but the log-in page is read in later.
    with garbage.reading_in():
        opening = importlib.import_module("web.opening").Opening(office, then=_rehearse)
        importlib.import_module("web.crowding").bound(opening, at_once=embedded.AT_ONCE, waiting=embedded.WAITING)

    def ready(bound: int) -> None:
        shown = f"[{settings.host}]" if ":" in settings.host else settings.host
        lines = [f"casework: http://{shown}:{bound}/", *logins]
        if not settings.embedded:
            lines.append("CASEWORK_REDIS_URL is set: run casework worker and casework beat beside this.")
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()

    start = embedded.serve if settings.embedded else embedded.serve_web
    bodies = importlib.import_module("web.bodies")
    start(
        office,
        opening,
        host=settings.host,
        port=settings.port,
        largest_body=bodies.MOST * bodies.MIB,
        ready=ready,
    )
    office.close()
    return 0


def _rehearse(application: Any) -> None:
    importlib.import_module("web.warming").rehearse_soon(application)


def _settings(arguments: argparse.Namespace) -> Settings:
    """Read the settings with what was asked for in their place, so that it is checked like them."""
    asked = {"CASEWORK_HOST": arguments.host, "CASEWORK_PORT": arguments.port}
    return read_settings({**os.environ, **{name: value for name, value in asked.items() if value is not None}})


def _prepare_demo(office: Office) -> list[str]:
    """Migrate, load the demo county if nothing is there, and return the lines that tell its log-ins."""
    make_ready(office, at=clock.now())
    if importlib.util.find_spec("cli.demo") is None:
        return []
    demo: Any = importlib.import_module("cli.demo")
    return list(demo.load_if_empty(office))
