"""`casework workflow diagram NAME`: the definition as Mermaid text."""

import argparse
import sys

from cli.parts.workflows import named
from workflows.diagram import mermaid

HELP = "print a workflow as a Mermaid diagram"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", help="name of the definition")
    parser.add_argument("--locale", choices=("zh", "en"), default="zh", help="language of the labels")


def run(arguments: argparse.Namespace) -> int:
    """Print the diagram."""
    sys.stdout.write(mermaid(named(arguments.name).workflow, locale=arguments.locale))
    return 0
