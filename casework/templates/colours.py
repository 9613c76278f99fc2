"""Words that an office gives a colour, coloured in a paper of its own template: whatever tag stands for them there.

A coloured value is text like any other, also in a comparison; only where it is written out it carries marks, which are
noncharacters that no value can hold (`neutral.printable`). Once the paper is filled, what stands between two marks
becomes a run of its own with ink and shading. The word itself stays: black on white it still says the same.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OPEN, _CLOSE, _FIRST = "\ufdd0", "\ufdd1", 0xFDD2
_MOST = 0xFDEF - _FIRST
# Where they stand among the properties of a run (the order is part of the format): before these.
_BEFORE = {
    "color": ("spacing", "w", "kern", "position", "sz"),
    "shd": ("fitText", "vertAlign", "rtl", "cs", "em", "lang", "eastAsianLayout", "specVanish", "oMath"),
}
_AFTER_COLOR = ("sz", "szCs", "highlight", "u", "effect", "bdr")
# Key in the values of a paper under which the colours of its tags stand: name of the tag, ink and tint (`#rrggbb`).
COLOURS = "_colours"
Colours = Mapping[str, Sequence[str]]


class Coloured(str):
    """A text that is itself wherever it is compared, and carries the marks of a colour where it is written out."""

    place: int

    def __new__(cls, text: str, place: int) -> "Coloured":
        """Make one that has the colour at a place of the list."""
        made = super().__new__(cls, text)
        made.place = place
        return made

    def __html__(self) -> Markup:
        """Return it between its marks."""
        return Markup(_OPEN + chr(_FIRST + self.place)) + escape(str(self)) + Markup(_CLOSE)  # noqa: S704 - our marks


def mark(values: Mapping[str, Any], colours: Colours) -> dict[str, Any]:
    """Return the values of a paper, those that have a colour marked with its place in `colours`."""
    places = {name: place for place, name in enumerate(colours) if place < _MOST}
    return {
        name: Coloured(value, places[name]) if name in places and value and isinstance(value, str) else value
        for name, value in values.items()
    }


def colour(body: Any, colours: Colours) -> None:
    """Give every marked word of a filled paper its colour, and let no mark be left."""
    pairs = list(colours.values())
    for text in list(body.iter(f"{_W}t")):
        if not text.text or _OPEN not in text.text:
            continue
        run = text.getparent()
        if run is None or run.tag != f"{_W}r" or run.getparent() is None:
            continue
        for piece, place in _pieces(text.text):
            if not piece:
                continue
            made = _run_with(run, text, piece)
            if place is not None and place < len(pairs):
                _paint(made, *pairs[place])
            run.addprevious(made)
        _keep_the_rest(run, text)
    for element in body.iter():
        element.text, element.tail = _bare(element.text), _bare(element.tail)


def _pieces(text: str) -> Iterator[tuple[str, int | None]]:
    for n, part in enumerate(text.split(_OPEN)):
        if n == 0:
            yield part, None
            continue
        inside, _, behind = part[1:].partition(_CLOSE)
        yield inside, ord(part[0]) - _FIRST
        yield behind, None


def _run_with(run: Any, text: Any, piece: str) -> Any:
    """Return a run like another that holds only a piece of one of its texts."""
    made = run.makeelement(run.tag, run.attrib)
    properties = run.find(f"{_W}rPr")
    if properties is not None:
        made.append(copy.deepcopy(properties))
    written = text.makeelement(text.tag, {"{http://www.w3.org/XML/1998/namespace}space": "preserve"})
    written.text = piece
    made.append(written)
    return made


def _keep_the_rest(run: Any, text: Any) -> None:
    """Take a text out of its run that stands before it in pieces; what else the run held stays behind them."""
    run.remove(text)
    if all(child.tag == f"{_W}rPr" for child in run):
        run.getparent().remove(run)


def _paint(run: Any, ink: str, tint: str) -> None:
    properties = run.find(f"{_W}rPr")
    if properties is None:
        properties = run.makeelement(f"{_W}rPr")
        run.insert(0, properties)
    for name in ("color", "shd", "highlight"):
        for old in properties.findall(_W + name):
            properties.remove(old)
    _put(properties, "color", {"val": ink.lstrip("#")}, before=(*_BEFORE["color"], *_AFTER_COLOR, *_BEFORE["shd"]))
    _put(properties, "shd", {"val": "clear", "color": "auto", "fill": tint.lstrip("#")}, before=_BEFORE["shd"])


def _put(properties: Any, name: str, attributes: Mapping[str, str], *, before: Sequence[str]) -> None:
    made = properties.makeelement(_W + name, {_W + key: value for key, value in attributes.items()})
    later = next((child for child in properties if child.tag.removeprefix(_W) in before), None)
    if later is None:
        properties.append(made)
    else:
        later.addprevious(made)


def _bare(text: str | None) -> str | None:
    if text is None or _OPEN not in text:
        return text
    return "".join(piece for piece, _ in _pieces(text))
