"""`casework bulletin`: the quarterly bulletin of a campaign as an office file."""

import argparse
import sys
from pathlib import Path

from casework.bulletins import actions, printing
from casework.campaign.asking import read_campaign
from casework.campaign.quarters import read_quarter
from casework.core import clock
from casework.exchange.writer import replacing, require_place
from cli.parts.opening import open_current_office
from cli.parts.progress import told

HELP = "write the quarterly bulletin of a campaign"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--campaign", required=True, metavar="CODE", help="the campaign, such as SLSC-2022")
    parser.add_argument("--quarter", required=True, metavar="QUARTER", help="the quarter, such as 2022Q4")
    parser.add_argument("--format", required=True, choices=printing.FORMATS, help="what to write")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="where to write it")
    parser.add_argument("--press", action="store_true", help="the one-page press draft instead")


def run(arguments: argparse.Namespace) -> int:
    """Draw and write."""
    office = open_current_office()
    campaign, quarter = read_campaign(arguments.campaign), read_quarter(arguments.quarter)
    at = clock.now()
    actions.require_begun(campaign, quarter, today=at.astimezone(office.settings.zone).date())
    require_place(arguments.output)
    with told("cli.doing.bulletin"), replacing(arguments.output) as draft:
        with office.db.reading() as session:
            folder = office.settings.attachments
            made = printing.of_quarter(session, campaign, quarter, attachments=folder, at=at, is_press=arguments.press)
        draft.write_bytes(printing.write(made, arguments.format, home=office.settings.home))
    sys.stdout.write(f"{arguments.output}\n")
    return 0
