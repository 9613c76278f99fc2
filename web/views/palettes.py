"""The colours an office gives levels and states, as classes and the one style sheet that fills them."""

import hashlib
from collections.abc import Mapping

from flask import url_for

from casework.supervisions import palette
from casework.supervisions.palette import Pair
from web import unit
from web.views import counting

_KEY = "supervision_palette"


def in_force() -> Mapping[str, Pair]:
    """Return the colours in force, kept for a few seconds."""
    return counting.kept(_KEY, lambda: palette.of(unit.session()))


def class_of(key: str) -> str:
    """Return the class that gives a chip, or the edge of a card, the colours of a level or state."""
    return f"p-{key.replace('_', '-')}"


def sheet_url() -> str:
    """Return the address of the style sheet; it changes with the colours."""
    return url_for("palettes.show_sheet", v=mark())


def css() -> str:
    """Return the style sheet; on paper parts/print.css takes the tints away again."""
    rules = [_rules(class_of(key), pair) for key, pair in in_force().items()]
    for name, found in palette.level_sets().items():
        rules += [_rules(f"{class_of(key)}.of-{name.replace('_', '-')}", pair) for key, pair in found.pairs.items()]
    return "".join(rules)


def _rules(selector: str, pair: Pair) -> str:
    chip = f"color:{pair.ink};background:{pair.tint};border-color:{pair.edge}"
    return f".chip.{selector}{{{chip}}}\n.bcard.{selector}{{border-left-color:{pair.edge}}}\n"


def mark() -> str:
    """Return what the address carries, so that browsers keep the sheet until the colours change."""
    return hashlib.sha256(css().encode()).hexdigest()[:12]
