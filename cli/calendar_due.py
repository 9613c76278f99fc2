"""`casework calendar due`: the due instant of N working days, with its arithmetic in words."""

import argparse
import json
import sys
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from casework.core import texts
from casework.core.due_dates import MOST_DAYS, Limit
from casework.core.office import open_office
from casework.registry.calendar import load_calendar

HELP = "say when N working days from an instant are over, and why"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--received",
        required=True,
        metavar="ISO",
        help="instant of receipt, such as 2026-02-14T10:00, or its day, then before the office closes",
    )
    parser.add_argument("--days", required=True, metavar="N", help="working days")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Reckon and print."""
    office = open_office()
    received = _instant(arguments.received, office.settings.zone)
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


def _instant(received: str, zone: ZoneInfo) -> datetime:
    # A day alone is a receipt before its office hours end; what comes in later counts from the next working day.
    if len(received) == len("2026-02-14"):
        return datetime.combine(texts.parse_date(received, field="received"), time(), zone).astimezone(UTC)
    return texts.parse_local_instant(received, field="received", zone=zone)
