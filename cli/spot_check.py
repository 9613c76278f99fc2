"""`casework spot-check commit|draw|verify`: commit to a seed, reveal it and draw, and draw again to compare."""

import argparse
import json
import sys
from typing import Any

from casework.assessment import spot_check
from casework.assessment.tables import SpotCheck
from casework.campaign.asking import read_campaign
from casework.campaign.quarters import read_quarter
from casework.core import clock, editions
from casework.core.database import Session
from casework.core.errors import refused
from cli.parts.opening import open_current_office
from cli.parts.progress import told
from workflows.campaign import spot_checks
from workflows.ledgers.actors import acting

HELP = "hold a spot check of visits: commit, draw, verify"
_STEPS = ("commit", "draw", "verify")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("step", choices=_STEPS, help="commit to a seed; reveal it and draw; draw again and compare")
    parser.add_argument("--campaign", required=True, metavar="CODE", help="the campaign, such as SLSC-2022")
    parser.add_argument("--quarter", required=True, metavar="QUARTER", help="the quarter, such as 2022Q4")
    parser.add_argument("--seed-stdin", action="store_true", help="commit: read the seed instead of making one")
    parser.add_argument("--as", dest="user", metavar="USER", help="in whose name; without it the office's console")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Take one step; `draw` reads the seed from standard input. `verify` fails when the draw cannot be repeated."""
    office, at = open_current_office(), clock.now()
    campaign, quarter = read_campaign(arguments.campaign), str(read_quarter(arguments.quarter))
    doing = told("cli.doing.spot_check", quiet=arguments.json or arguments.step != "verify")
    with doing, office.db.transaction() as session:
        if arguments.step == "verify":
            answer = _verified(session, _check(session, campaign.code, quarter))
        else:
            actor = acting(session, office, user_name=arguments.user, at=at)
            if arguments.step == "commit":
                seed = sys.stdin.readline().strip() if arguments.seed_stdin else spot_check.new_seed()
                raw = {"campaign": campaign.code, "quarter": quarter, "seed": seed}
                check = spot_checks.announce(session, raw, actor=actor, at=at)
                answer = {"commitment": check.commitment, "seed": seed}
            else:
                check = editions.newest(session, SpotCheck, _check(session, campaign.code, quarter).id, lock=True)
                raw = {"seed": sys.stdin.readline().strip()}
                check = spot_checks.draw(session, check, raw, actor=actor, at=at)
                answer = _drawn(session, check)
    _print(answer, as_json=arguments.json)
    return 1 if answer.get("differs") else 0


def _check(session: Session, campaign: str, quarter: str) -> SpotCheck:
    found = spot_check.of_quarter(session, campaign, quarter)
    if found is None:
        raise refused("spot_check_missing", quarter=quarter)
    return found


def _drawn(session: Session, check: SpotCheck) -> dict[str, Any]:
    visits = [str(each.activity_id) for each in spot_check.findings_of(session, check.id)]
    return {"commitment": check.commitment, "seed": check.seed, "population": check.population, "visits": visits}


def _verified(session: Session, check: SpotCheck) -> dict[str, Any]:
    return {**_drawn(session, check), "differs": spot_check.differences(session, check)}


def _print(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return
    for name, value in answer.items():
        values = value if isinstance(value, list) else [value]
        sys.stdout.writelines(f"{name:<11} {each}\n" for each in values)
