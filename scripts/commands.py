"""Write docs/reference/commands.md: every command of `casework` with its help, as the program itself prints it."""

import argparse
import importlib
import os
from pathlib import Path

from cli.main import COMMANDS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "commands.md"
_HEAD = """# Commands

Made by `make docs` from the program itself. Every command exits with 0 on success, 1 on a refusal with one line on
stderr, 2 on wrong usage.
"""


def page() -> str:
    """Return the page."""
    # argparse breaks lines at the width of the terminal; the page must not depend on who makes it.
    os.environ["COLUMNS"] = "100"
    return "\n".join([_HEAD, *(_section(name, module) for name, module in COMMANDS)])


def _section(name: str, module_name: str) -> str:
    module = importlib.import_module(module_name)
    parser = argparse.ArgumentParser(prog=f"casework {name}", description=module.HELP)
    module.add_arguments(parser)
    return f"## casework {name}\n\n```text\n{parser.format_help()}```\n"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
