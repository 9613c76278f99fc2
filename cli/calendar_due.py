"""`casework calendar due`: the due instant of N working days, with its arithmetic in words."""

import argparse
import json
import sys

from casework.core import texts
from casework.core.due_dates import MOST_DAYS, Limit
from casework.core.office import open_office
from casework.registry.calendar import load_calendar

HELP = "say when N working days from an instant are over, and why"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--received", required=True, metavar="ISO", help="instant of receipt, such as 2026-02-14T10:00")
    parser.add_argument("--days", required=True, metavar="N", help="working days")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Reckon and print."""
    office = open_office()
    received = texts.parse_local_instant(arguments.received, field="received", zone=office.settings.zone)
    days = texts.parse_int(arguments.days, field="days", minimum=1, maximum=MOST_DAYS)
    with office.db.reading() as session:
        due = load_calendar(session).due(received, Limit("working_day", days))
    answer = {
        "due_at": due.due_at.astimezone(office.settings.zone).isoformat(),
        "explain": due.explain("zh"),
        "provisional": due.provisional,
    }
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n" if arguments.json else f"{due.explain('zh')}\n")
    return 0
