"""`casework`: finds the command, runs it, turns refusals into one clear line and an exit code (0, 1, 2).

Each command is a module with `NAMES` (such as ("user", "add")), `HELP`, `add_arguments(parser)` and
`run(arguments) -> int`. The table below names them; a module is imported only when its command is called, and of the
others `casework --help` reads the one line without running them, so that it answers at once.
"""

import argparse
import ast
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.abc import InspectLoader
from importlib.metadata import version
from types import ModuleType

from casework.core.database_faults import DatabaseFault, is_passing
from casework.core.errors import CaseworkError, Invalid, Refused
from casework.core.i18n import UnknownMessage, in_words, say
from casework.core.memory import garbage
from casework.core.unsafe import Unsafe
from cli.parts.ownership import require_own_home

COMMANDS: tuple[tuple[str, str], ...] = (
    ("serve", "cli.serve"),
    ("worker", "cli.worker"),
    ("beat", "cli.beat"),
    ("sweep", "cli.sweep"),
    ("db upgrade", "cli.db_upgrade"),
    ("demo", "cli.demo"),
    ("user add", "cli.user_add"),
    ("token create", "cli.token_create"),
    ("import", "cli.import_"),
    ("export", "cli.export"),
    ("figures", "cli.figures"),
    ("bulletin", "cli.bulletin"),
    ("paper form", "cli.paper_form"),
    ("spot-check", "cli.spot_check"),
    ("campaign check", "cli.campaign_check"),
    ("calendar due", "cli.calendar_due"),
    ("workflow list", "cli.workflow_list"),
    ("workflow check", "cli.workflow_check"),
    ("workflow show", "cli.workflow_show"),
    ("workflow diagram", "cli.workflow_diagram"),
    ("workflow replay", "cli.workflow_replay"),
    ("workflow move", "cli.workflow_move"),
    ("triage train", "cli.triage_train"),
    ("triage evaluate", "cli.triage_evaluate"),
    ("triage models", "cli.triage_models"),
    ("triage use", "cli.triage_use"),
    ("doctor", "cli.doctor"),
    ("upgrade", "cli.upgrade"),
    ("archive", "cli.archive"),
    ("verify", "cli.verify"),
    ("keys list", "cli.keys_list"),
    ("keys rotate", "cli.keys_rotate"),
    ("keys drop", "cli.keys_drop"),
    ("backup", "cli.backup"),
    ("restore", "cli.restore"),
)


def commands() -> Sequence[str]:
    """Return the names of all commands."""
    return [name for name, _ in COMMANDS]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name, module, rest = _find(arguments)
    if module is None:
        return _no_command(arguments)
    parser = argparse.ArgumentParser(prog=f"casework {name}", description=module.HELP)
    module.add_arguments(parser)
    parsed = parser.parse_args(rest)
    try:
        require_own_home(os.environ)
        return int(module.run(parsed) or 0)
    except CaseworkError as refusal:
        sys.stderr.write(f"casework {name}: {_words(refusal)}\n")
        return 1
    except (Unsafe, OSError) as fault:
        # A folder that is not ours to write, a full disk: what the system says is the clearest line there is.
        told = fault.told(locale="zh") if isinstance(fault, Unsafe) else fault
        sys.stderr.write(f"casework {name}: {told}\n")
        return 1
    except DatabaseFault as fault:
        if not is_passing(fault):
            raise
        sys.stderr.write(f"casework {name}: {say('refusal.database_away')}\n")
        return 1
    except KeyboardInterrupt:
        # What was half written has been taken back on the way here; a progress bar may have left its line.
        sys.stderr.write(f"\ncasework {name}: {say('cli.stopped')}\n")
        return 130


def _find(arguments: Sequence[str]) -> tuple[str, ModuleType | None, Sequence[str]]:
    for length in (2, 1):
        name = " ".join(arguments[:length])
        for known, module in COMMANDS:
            if name == known and len(arguments) >= length:
                return known, _read(module), arguments[length:]
    return "", None, arguments


def _no_command(arguments: Sequence[str]) -> int:
    """Answer `--help` and `--version`; else say what there is to choose from."""
    parser = _top_parser()
    if arguments and arguments[0].startswith("-"):
        parser.parse_args(arguments)
    beginning = [*arguments, ""][0]
    names = [name for name in commands() if beginning and name.split()[0] == beginning]
    if names:
        sys.stderr.write(f"casework: {beginning} needs one of: {', '.join(names)}\n")
    elif beginning:
        sys.stderr.write(f"casework: no command {beginning!r}; casework --help lists them\n")
    else:
        parser.print_help(sys.stderr)
    return 2


def _read(name: str) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    with garbage.reading_in():
        return importlib.import_module(name)


def _help_of(name: str) -> str:
    """Return the `HELP` of a command from its text: to run them all takes seconds, one brings a learning library."""
    found = importlib.util.find_spec(name)
    text = found.loader.get_source(name) if found and isinstance(found.loader, InspectLoader) else None
    for statement in ast.parse(text or "").body:
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == "HELP":
            return str(ast.literal_eval(statement.value))
    # Installed without its text: it has to be run.
    return str(_read(name).HELP)


def _top_parser() -> argparse.ArgumentParser:
    lines = [f"  {name:<18} {_help_of(module)}" for name, module in COMMANDS]
    parser = argparse.ArgumentParser(
        prog="casework",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="commands:\n" + "\n".join(lines),
        epilog="casework COMMAND --help tells more.",
        usage="casework COMMAND ...",
    )
    parser.add_argument("--version", action="version", version=f"casework {version('casework')}")
    return parser


def _words(refusal: CaseworkError) -> str:
    try:
        if isinstance(refusal, Refused):
            told = ((each.code, in_words(each.params, locale="zh")) for each in refusal.refusals)
            return "; ".join(say(f"refusal.{code}", locale="zh", **params) for code, params in told)
        if isinstance(refusal, Invalid):
            faults = (f"{e.field}: {say(f'field.{e.code}', locale='zh', **e.params)}" for e in refusal.errors)
            return "; ".join(faults)
        return say(f"refusal.{refusal.code}", locale="zh")
    except UnknownMessage:
        return f"{refusal.code}: {refusal}"


if __name__ == "__main__":
    sys.exit(main())
