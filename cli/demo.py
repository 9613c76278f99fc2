"""`casework demo`: the demo county, lived through for half a year; synthetic cases and further counties on demand."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence

from casework.core import clock
from casework.core.errors import Refused
from casework.core.i18n import say
from casework.core.office import Office
from cli.parts.opening import open_current_office
from cli.parts.progress import bar_of
from workflows.demo import bulk, loading, material
from workflows.demo.campaign import checks

HELP = "load the demo county into an empty database; more cases and counties for load tests"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another number, another half year; default 1")
    parser.add_argument(
        "--cases", type=int, default=0, metavar="N", help="so many synthetic cases with history besides"
    )
    parser.add_argument(
        "--counties", type=int, default=0, metavar="N", help="so many further counties of the same size"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Load what was asked for and tell the log-ins."""
    if arguments.cases < 0 or not 0 <= arguments.counties <= bulk.MOST_COUNTIES:
        sys.stderr.write(f"casework demo: --cases takes 0 or more, --counties 0 to {bulk.MOST_COUNTIES}\n")
        return 2
    office = open_current_office()
    try:
        answer = _load(office, arguments)
    finally:
        office.close()
    if arguments.json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join([_loaded_line(answer), *_login_lines()]) + "\n")
    return 0


def load_if_empty(office: Office) -> Sequence[str]:
    """Load the demo county if there is nothing yet; return the lines that tell the log-ins, none for other data."""
    try:
        with bar_of("step") as advance:
            loading.load(office, at=clock.now(), on_progress=advance)
    except Refused:
        # Another county, or somebody's own cases: served as it is. A demo loaded before still tells its log-ins.
        return _login_lines() if loading.is_loaded(office) else []
    return _login_lines()


def _load(office: Office, arguments: argparse.Namespace) -> dict[str, int]:
    at = clock.now()
    quiet = arguments.json
    lived = 0
    # More may be added to a demo that is there already; without a wish for more it is refused in one line.
    if not (loading.is_loaded(office) and (arguments.cases or arguments.counties)):
        with bar_of("step", quiet=quiet) as advance:
            lived = len(loading.load(office, at=at, seed_number=arguments.seed, on_progress=advance).cases)
    with bar_of("case", quiet=quiet) as advance:
        added = bulk.add(
            office,
            at=at,
            seed_number=arguments.seed,
            cases=arguments.cases,
            counties=arguments.counties,
            on_progress=advance,
        )
    return {"lived": lived, "cases": added.cases, "counties": added.counties}


def _loaded_line(answer: Mapping[str, int]) -> str:
    return say("demo.loaded", lived=answer["lived"], cases=answer["cases"], counties=answer["counties"])


def _login_lines() -> list[str]:
    lines = [say("demo.logins", password=material.county()["password"])]
    lines += [f"  {each.user_name:<10} {each.name}  {say(f'role.{each.role}')}" for each in loading.logins()]
    # Of an office that has a spot check to be drawn the seed is a secret; of the demo's everybody may try it.
    lines.append(say("demo.spot_check", seed=checks.open_seed()))
    return lines
