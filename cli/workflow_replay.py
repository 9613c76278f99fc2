"""`casework workflow replay FILE`: what a changed definition would have done with the recorded histories."""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path

from tqdm import tqdm

from casework.core import clock
from casework.core.definitions import BadDefinition, told
from casework.core.settings import read_settings
from cli.parts.opening import open_current_office
from workflows.checks import check
from workflows.loader import load_file
from workflows.replay import Replayed, replay

HELP = "run a changed definition over all recorded histories"
_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", help="the changed definition (TOML)")
    parser.add_argument("--json", action="store_true", help="print JSON, every case")


def run(arguments: argparse.Namespace) -> int:
    """Walk the histories and print what would have gone otherwise."""
    try:
        workflow = load_file(Path(arguments.file))
    except BadDefinition as error:
        sys.stderr.write(f"casework workflow replay: {error.told('zh')}\n")
        return 1
    findings = check(workflow)
    if findings:
        sys.stderr.write("".join(f"{found.path}: {told(found.what, 'zh')}\n" for found in findings))
        return 1
    office = open_current_office()
    result = Replayed()
    with office.db.reading() as session, tqdm(disable=arguments.json or None, unit="case") as bar:
        for result in replay(session, workflow, at=clock.now()):
            bar.update(result.cases - bar.n)
    sys.stdout.write(_json(result) if arguments.json else _words(result))
    return 0


def _json(result: Replayed) -> str:
    report = {
        "cases": result.cases,
        "steps": result.steps,
        "otherwise": [
            {"number": each.number, "seq": each.seq, "trigger": each.trigger, "why": each.why}
            for each in result.otherwise
        ],
        "deadlines": [
            {
                "number": each.number,
                "kind": each.kind,
                "epoch": each.epoch,
                "was": each.was.isoformat(),
                "would_be": each.would_be.isoformat(),
                "was_late": each.was_late,
                "would_be_late": each.would_be_late,
            }
            for each in result.moved
        ],
        "newly_late": result.newly_late,
        "no_longer_late": result.no_longer_late,
    }
    return json.dumps(report, ensure_ascii=False) + "\n"


def _words(result: Replayed) -> str:
    lines = [
        f"{result.cases} cases, {result.steps} steps",
        f"{len(result.otherwise)} would have gone otherwise",
        *(f"  {each.number} step {each.seq} {each.trigger}: {each.why}" for each in result.otherwise[:_SHOWN]),
        f"{len(result.moved)} deadlines would have moved:"
        f" {result.newly_late} newly late, {result.no_longer_late} no longer late",
        *(f"  {m.number} {m.kind}: {_minute(m.was)} → {_minute(m.would_be)}" for m in result.moved[:_SHOWN]),
    ]
    return "\n".join(lines) + "\n"


def _minute(instant: datetime) -> str:
    return instant.astimezone(read_settings().zone).strftime("%Y-%m-%d %H:%M")
