"""`casework verify`: looks for rows against every invariant; exit code 1 when there are some."""

import argparse
import json
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from tqdm import tqdm

from casework import migrations
from casework.core import clock, texts
from casework.core.database import Database
from casework.core.errors import invalid, refused
from casework.core.office import Office, open_office
from casework.keeping.findings import Finding, all_hold
from casework.keeping.start import require_ready
from casework.keeping.verify import every_name, verify
from workflows.lifecycles import lifecycles
from workflows.registry import use_folders

HELP = "check every invariant of what is stored; changes nothing"
_ANCHOR = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})=([0-9a-f]{64})")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--healed", action="store_true", help="count too what a running service puts right by itself within minutes"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=every_name(),
        metavar="NAME",
        help="one invariant; may be repeated",
    )
    parser.add_argument(
        "--anchor",
        action="append",
        default=[],
        metavar="DAY=ROOT",
        help="compare a day's anchor with a root kept outside, such as one printed in a bulletin; may be repeated",
    )


def run(arguments: argparse.Namespace) -> int:
    """Verify and print one line an invariant."""
    known = _read_anchors(arguments.anchor)
    office = open_office()
    require_ready(office)
    if migrations.current(office.db) is None:
        raise refused("no_schema")
    findings = examine(office, healed=arguments.healed, known=known, only=arguments.only, quiet=arguments.json)
    sys.stdout.write(_json(findings) if arguments.json else lines_of(findings))
    return 0 if all_hold(findings) else 1


def verifier(*, at: datetime) -> Callable[[Database, Path], Sequence[Finding]]:
    """Return what verifies a database and the home it belongs to, for a restore or an upgrade."""

    def look(db: Database, home: Path) -> Sequence[Finding]:
        use_folders(home / "workflows")
        return verify(db, at=at, attachments=home / "attachments", lifecycles=lifecycles())

    return look


def examine(
    office: Office,
    *,
    healed: bool = False,
    known: Mapping[date, str] | None = None,
    only: Collection[str] = (),
    quiet: bool = False,
) -> Sequence[Finding]:
    """Verify an office, with a progress bar on a terminal unless `quiet`."""
    use_folders(office.settings.home / "workflows")
    with tqdm(disable=quiet or None, unit="matter", leave=False) as bar:
        return verify(
            office.db,
            at=clock.now(),
            attachments=office.settings.attachments,
            lifecycles=lifecycles(),
            healed=healed,
            known_anchors=known,
            only=only,
            on_progress=bar.update,
        )


def lines_of(findings: Sequence[Finding], *, locale: str = "zh") -> str:
    """Write findings for people: what holds on one line, what does not with its first rows."""
    lines = []
    for each in findings:
        if each.rows == 0:
            lines.append(f"ok    {each.name:<14}{each.words(locale=locale)}")
            continue
        mark = "warn" if each.warning else "FAIL"
        lines.append(f"{mark:<6}{each.name:<14}{each.words(locale=locale)}: {each.rows}")
        lines += [f"      {row}" for row in (*each.first, each.remedy(locale=locale)) if row]
    return "".join(f"{line}\n" for line in lines)


def _read_anchors(given: Sequence[str]) -> dict[date, str]:
    known: dict[date, str] = {}
    for text in given:
        found = _ANCHOR.fullmatch(text)
        if found is None:
            raise invalid("anchor", "anchor_form")
        known[texts.parse_date(found[1], field="anchor")] = found[2]
    return known


def _json(findings: Sequence[Finding]) -> str:
    report = {"holds": all_hold(findings), "invariants": [each.as_json() for each in findings]}
    return json.dumps(report, ensure_ascii=False) + "\n"
