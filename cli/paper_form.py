"""`casework paper form`: the built-in template of a paper, to be edited in Word."""

import argparse
import sys
from pathlib import Path

from casework.exchange.writer import require_place
from casework.templates import forms, kinds

HELP = "write the built-in template of a kind of paper as .docx"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--kind", required=True, choices=tuple(kinds.kinds()), help="which paper")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="where to write it")


def run(arguments: argparse.Namespace) -> int:
    """Make and write."""
    require_place(arguments.output)
    arguments.output.write_bytes(forms.template(arguments.kind))
    sys.stdout.write(f"{arguments.output}\n")
    return 0
