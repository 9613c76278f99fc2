"""A filled paper laid out: what a value brings along that the line in which its tag stands has no room for.

Our own forms have lines of an exact height and are justified. A picture in such a line is cut to it, and a code of
which half is missing leads nowhere; a line broken within a justified paragraph is drawn out over the whole width.
"""

import copy
from typing import Any

from lxml import etree

# Stands in a value between two of its lines until the paper is laid out; no value holds it (core/neutral.py), and
# colours.py has no use for it.
LINE = "\ufdef"

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
# What comes before the spacing in the properties of a paragraph (ECMA-376 part 1, 17.3.1.26).
_BEFORE_SPACING = tuple(
    _W + name
    for name in (
        "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr", "suppressLineNumbers",
        "pBdr", "shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct",
        "autoSpaceDE", "autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid",
    )
)  # fmt: skip


def lay_out(body: Any) -> None:
    """Give pictures the height they have, and each line of a value a paragraph of its own where it can have one."""
    for drawing in body.iter(f"{_W}drawing"):
        if (around := next(drawing.iterancestors(f"{_W}p"), None)) is not None:
            _give_room(around)
    for text in [each for each in body.iter(f"{_W}t") if LINE in (each.text or "")]:
        _in_lines(text)


def _give_room(paragraph: Any) -> None:
    properties = paragraph.find(f"{_W}pPr")
    if properties is None:
        properties = etree.Element(f"{_W}pPr")
        paragraph.insert(0, properties)
    spacing = properties.find(f"{_W}spacing")
    if spacing is None:
        spacing = etree.Element(f"{_W}spacing")
        properties.insert(sum(child.tag in _BEFORE_SPACING for child in properties), spacing)
    spacing.set(f"{_W}line", "240")
    spacing.set(f"{_W}lineRule", "auto")


def _in_lines(text: Any) -> None:
    """Part the lines of a text: into paragraphs where its run stands in one by itself, else by breaks."""
    first, *others = (text.text or "").split(LINE)
    text.text = first
    text.set(_SPACE, "preserve")
    run = text.getparent()
    paragraph = run.getparent()
    for line in others:
        more = etree.Element(f"{_W}t")
        more.text = line
        more.set(_SPACE, "preserve")
        if paragraph.tag == f"{_W}p":
            paragraph, run = _parted(paragraph, run, text)
            run.insert(0 if run.find(f"{_W}rPr") is None else 1, more)
        else:
            text.addnext(line_break := etree.Element(f"{_W}br"))
            line_break.addnext(more)
        text = more


def _parted(paragraph: Any, run: Any, text: Any) -> tuple[Any, Any]:
    """Begin another paragraph after a text, of the same kind, to which all that follows goes over."""
    following, rest = etree.Element(f"{_W}p"), etree.Element(f"{_W}r")
    properties = paragraph.find(f"{_W}pPr")
    if properties is not None:
        following.append(copy.deepcopy(properties))
        # A section ends with the last of the lines.
        for section in properties.findall(f"{_W}sectPr"):
            properties.remove(section)
    if (look := run.find(f"{_W}rPr")) is not None:
        rest.append(copy.deepcopy(look))
    rest.extend(list(text.itersiblings()))
    following.append(rest)
    following.extend([each for each in run.itersiblings() if each is not rest])
    paragraph.addnext(following)
    return following, rest
