"""`casework figures`: every figure of a campaign, its exact number, its wording, and what it counts."""

import argparse
import json
import sys
from datetime import date, datetime

from casework.campaign import figures, telling
from casework.campaign.asking import read_instants
from casework.campaign.figures import Note, Reckoned
from casework.campaign.sources import Instants
from casework.core import clock
from casework.core.i18n import say
from casework.core.office import Office
from cli.parts.opening import open_current_office
from cli.parts.progress import told

HELP = "print the figures of a campaign, each a query over single records"
API = "/api/v1/figures"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--campaign", required=True, metavar="CODE", help="the campaign, such as SLSC-2022")
    parser.add_argument("--as-of", required=True, metavar="DATE", help="what had happened by this day")
    parser.add_argument("--known-at", metavar="ISO", help="what was recorded by this instant; now if left out")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Reckon and print."""
    office = open_current_office()
    instants = read_instants(
        campaign=arguments.campaign,
        as_of=arguments.as_of,
        known_at=arguments.known_at,
        at=clock.now(),
        zone=office.settings.zone,
    )
    with told("cli.doing.figures", quiet=arguments.json), office.db.reading() as session:
        reckoned = figures.reckon(session, instants)
    found = figures.notes(instants.campaign, reckoned)
    if arguments.json:
        answer = telling.answer(instants, reckoned, found, base=API, zone=office.settings.zone)
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=_iso) + "\n")
    else:
        _print(office, instants, reckoned, found)
    return 0


def _iso(value: date) -> str:
    """Return a day or an instant, whole: `date.isoformat` would leave the time of day off."""
    return value.isoformat()


def _print(office: Office, instants: Instants, reckoned: list[Reckoned], notes: list[Note]) -> None:
    lines = [say("figures.headline", campaign=instants.campaign.label["zh"], as_of=instants.as_of.isoformat())]
    if instants.known_at is not None:
        known_at: datetime = instants.known_at.astimezone(office.settings.zone)
        lines.append(say("figures.known_at", known_at=known_at.isoformat()))
    lines.append("")
    width = max(len(each.figure.key) for each in reckoned)
    for each in reckoned:
        lines.append(f"{each.figure.key:<{width}}  {each.told!s:>14}  {each.text('zh')}")
        lines.append(f"{'':<{width}}  {'':>14}  {each.figure.counts['zh']}")
    lines += [say("figures.note", text=note.text("zh")) for note in notes if not note.holds]
    sys.stdout.write("\n".join(lines) + "\n")
