"""`make load`: run the scenarios of reliability.md §6, and write what was found."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import machine, servers
from bench.loads import house, report, scenarios
from bench.loads.scenarios import Finding, Run
from bench.loads.soak import Series, soak
from casework.core import clock, logs

DOCS = Path(__file__).parent.parent.parent / "docs"
# The cliff comes before anything else was swept, ten years of a county after everything that wants a small one.
ORDER = ("L5", "L1", "L2", "L3", "L4", "L6", "L7", "L8")
# The whole in less than half an hour: the share of every length, and the seconds of the soak.
SHORT = (0.2, 300.0)


def main(argv: Sequence[str] | None = None) -> int:
    """Run them; 1 when a bound is missed."""
    arguments = _arguments(argv)
    logs.configure(format="plain", level=30)
    # Who ends this ends all that it started.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    load = machine.load_average()
    found: dict[str, list[Finding]] = {}
    series: Series = {}
    with servers.folder() as folder, house.built(folder) as built:
        facts = _facts(arguments, machine.describe(built.postgres.url), load)
        _say(f"loading {arguments.cases:,} cases")
        built.product.grow(arguments.cases, lambda _more, _total: None)
        run = Run(built, arguments.share, arguments.length)
        run.choose()
        if "L5" not in arguments.only:
            built.start("worker")
        for name in (each for each in ORDER if each in arguments.only):
            _say(name)
            found[name] = list(_scenario(name, run, series, arguments))
            for each in found[name]:
                _say(f"   {each.what}: {each.value:.4g} {each.unit}{'' if each.holds else '   MISSED'}")
            # A run that is broken off leaves what it has found.
            wanted = f"{load:.1f} when it began, {machine.load_average():.1f} at its end"
            told = facts | {"processes that wanted a processor": wanted}
            report.write(report.Measured(told, dict(sorted(found.items()))), series, folder=arguments.output)
    return int(any(not each.holds for row in found.values() for each in row))


def _scenario(name: str, run: Run, series: Series, arguments: argparse.Namespace) -> Sequence[Finding]:
    if name == "L7":
        return list(soak(run, series, seconds=arguments.soak))
    if name == "L8":
        return list(scenarios.growth(run, grown=arguments.grown))
    acts = {
        "L1": scenarios.office_day,
        "L2": scenarios.morning,
        "L3": scenarios.hot_case,
        "L4": scenarios.quarter_end,
        "L5": scenarios.cliff,
        "L6": scenarios.overload,
    }
    return list(acts[name](run))


def _facts(arguments: argparse.Namespace, told: dict[str, str] | object, load: float) -> dict[str, str]:
    assert isinstance(told, dict)
    return {
        "date": f"{clock.now():%Y-%m-%d %H:%M} UTC",
        "commit": report.commit(),
        "machine": ", ".join(f"{name} {value}" for name, value in told.items()),
        "share of the full rates": f"{arguments.share:g}",
        "share of the full lengths": f"{arguments.length:g}",
        "length of the soak": f"{arguments.soak:g} s (the full form: 3,600 s)",
        "cases": f"{arguments.cases:,}, and {arguments.grown:,} at the end",
        "processes that wanted a processor": f"{load:.1f}",
        **({"said beside it": arguments.note} if arguments.note else {}),
    }


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make load", description="load the whole service as an office's days do")
    parser.add_argument("--short", action="store_true", help="full rates, a fifth of every length, a soak of minutes")
    parser.add_argument("--share", type=float, default=1.0, metavar="X", help="a share of every rate and every length")
    parser.add_argument("--length", type=float, metavar="X", help="another share of every length")
    parser.add_argument("--soak", type=float, metavar="SECONDS", help="length of the soak (3600)")
    parser.add_argument("--cases", type=int, default=20_000, metavar="N", help="cases at the beginning")
    parser.add_argument("--grown", type=int, default=30_000, metavar="N", help="cases after ten years")
    parser.add_argument("--only", nargs="+", choices=ORDER, default=ORDER, help="these scenarios alone")
    parser.add_argument("--note", default="", metavar="WORDS", help="what a reader should know of this run")
    parser.add_argument("--output", type=Path, default=DOCS, metavar="FOLDER", help="where the page is written")
    arguments = parser.parse_args(argv)
    length, soak = SHORT if arguments.short else (arguments.share, 3600.0)
    arguments.length = length if arguments.length is None else arguments.length
    arguments.soak = soak if arguments.soak is None else arguments.soak
    return arguments


def _say(words: str) -> None:
    sys.stderr.write(f"{clock.now():%H:%M:%S} {words}\n")


if __name__ == "__main__":
    # Settings of an office at hand are not those of the one to be measured.
    for setting in [name for name in os.environ if name.startswith("CASEWORK_")]:
        del os.environ[setting]
    sys.exit(main())
