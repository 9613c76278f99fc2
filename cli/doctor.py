"""`casework doctor`: what is wrong with this installation, each line with its cure; mends nothing by itself."""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence

from casework.core import clock
from casework.core.i18n import LOCALES, say
from casework.core.settings import Settings
from casework.keeping.doctor.examining import examine_here
from casework.keeping.doctor.lines import FAULT, OK, Broker, Line, faults
from cli.parts.progress import told

HELP = (
    "say what is wrong with this installation, each line with its cure; exit 1 when something is at fault, and work "
    "that was given up is: nobody does it until somebody tries it again or drops it; warnings leave the exit at 0"
)
_MARKS = {OK: "ok", "warning": "warn", FAULT: "FAULT"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--locale", default="zh", choices=LOCALES, help="language of the lines")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Examine and print; exit 0 when nothing is at fault (warnings may be), 1 when something is."""
    with told("cli.doing.doctor", quiet=arguments.json):
        lines = examine_here(os.environ, at=clock.now(), ask_broker=_ask_broker)
    broken = faults(lines)
    if arguments.json:
        report = {"healthy": not broken, "checks": [each.as_json(locale=arguments.locale) for each in lines]}
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(_words(lines, arguments.locale))
    if broken:
        names = ", ".join(say(f"doctor.{name}", locale=arguments.locale) for name in broken)
        told_once = say("doctor.faults", locale=arguments.locale, n=len(broken), names=names)
        sys.stderr.write(f"casework doctor: {told_once}\n")
    return 1 if broken else 0


def _ask_broker(settings: Settings) -> Broker | None:
    # The web's module is imported only where there is a broker to be asked.
    answer: Broker | None = None if settings.embedded else importlib.import_module("web.broker").ask(settings)
    return answer


def _words(lines: Sequence[Line], locale: str) -> str:
    rows = []
    for line in lines:
        title = line.title(locale=locale)
        rows.append(
            f"{_MARKS[line.state]:<6}{title}{say('doctor.between', locale=locale)}{line.message(locale=locale)}"
        )
        cure = line.cure(locale=locale)
        if cure:
            rows.append(f"      → {cure}")
    return "".join(f"{each}\n" for each in rows)
