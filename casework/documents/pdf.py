"""A document as PDF, set by typst on the paper of GB/T 9704-2012 (official.typ).

Texts go over as data, so that nothing in them is a command, and the program reads no file but its own pictures.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from casework.documents import geometry
from casework.documents.arranged import Arranged, arranged, cleaned, is_told_before
from casework.documents.compiling import compiled, compiled_apart, file_name, is_readable
from casework.documents.fonts import missing, opened, stacks
from casework.documents.geometry import cell_text
from casework.documents.model import Block, Cell, Heading, Official, PageBreak, Paragraph, Picture, Table
from casework.documents.pictures import size_mm, unreadable

# A word that is longer than its line would run out of the page, so it may break between any two characters. How wide
# its letters are depends on the font; three quarters of an em is more than most.
_WORD = re.compile(r"[^\s\u2e80-\uffef\U00020000-\U0003ffff]{5,}")
_PARTS = re.compile(r"[^-/_.]*[-/_.]|[^-/_.]+")
_WIDE_LETTER = 0.75
_MAY_BREAK = "\u200b"
_SHORT_LINES = 4  # a paragraph that is no longer stays on the page of the signature or table below it
_MEASURES = {
    "page": geometry.PAGE,
    "top": geometry.TOP,
    "bottom": geometry.BOTTOM,
    "left": geometry.LEFT,
    "right": geometry.RIGHT,
    "width": geometry.WIDTH,
    "head_down": geometry.HEAD_DOWN,
    "rule_down": geometry.RULE_DOWN,
    "number_down": geometry.NUMBER_DOWN,
    "body": geometry.BODY,
    "tracking": geometry.TRACKING,
    "em": geometry.EM,
    "pitch": geometry.PITCH,
    "title": geometry.TITLE,
    "small": geometry.SMALL,
    "page_number": geometry.PAGE_NUMBER,
    "table": geometry.TABLE,
    "table_pitch": geometry.TABLE_PITCH,
    "fine": geometry.FINE,
    "cell_inset": geometry.CELL_INSET,
    "picture_gap": geometry.PICTURE_GAP,
}


def to_pdf(document: Official, *, fonts: Path | None = None, apart: bool = False) -> bytes:
    """Write a document as PDF with the fonts of a folder, where it has those wanted, and else the shipped ones.

    `apart`: in a process of its own, for a document of hundreds of pages.

    Raises:
        Refused: document_picture when a picture cannot be read.
    """
    import typst  # noqa: PLC0415 - thirty megabytes that only who writes a PDF loads

    settled = arranged(cleaned(document))
    pictures = [block for block in settled.blocks if isinstance(block, Picture)]
    font_set = opened(fonts)
    data = json.dumps({**_data(settled), "fonts": stacks(font_set), "geometry": _MEASURES}, ensure_ascii=False)
    # A character without a shape would be an empty box; its number can be looked up (reliability.md §5.1).
    codes = {ord(character): f"[U+{ord(character):04X}]" for character in missing(data, font_set) - {_MAY_BREAK}}
    given, contents = data.translate(codes), [picture.content for picture in pictures]
    try:
        return (compiled_apart if apart else compiled)(given, contents, fonts)
    except (typst.TypstError, CalledProcessError) as fault:
        for picture in pictures:
            if not is_readable(picture.content):
                raise unreadable(picture) from fault
        raise


def _data(settled: Arranged) -> dict[str, Any]:
    """Return everything the template writes; its names are those of `Arranged`."""
    numbers = iter(range(len(settled.blocks)))
    ends_signed = bool(settled.signed_by or settled.day)
    blocks = [
        _block(block, numbers, sticky=is_told_before(next_one) or (ends_signed and next_one is None))
        for block, next_one in zip(settled.blocks, (*settled.blocks[1:], None), strict=True)
    ]
    attachments = [
        {"lead": each.lead, "name": _breaking(each.name), "indent": each.indent, "width": each.width}
        for each in settled.attachments
    ]
    names = (name for name in Arranged.__slots__ if name not in ("blocks", "attachments"))
    return {name: _any_breaking(getattr(settled, name)) for name in names} | {
        "blocks": blocks,
        "attachments": attachments,
        "copies_width": geometry.ems(settled.copies_lead),
    }


def _block(block: Block, numbers: Iterator[int], *, sticky: bool) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "level": block.level, "text": _breaking(block.text)}
        case Paragraph():
            texts = [_breaking(cell_text(run)) for run in block.runs]
            short = geometry.ems("".join(texts)) <= 28 * _SHORT_LINES
            return {"kind": "paragraph", "runs": texts, "sticky": sticky and short}
        case Table():
            return _table(block)
        case Picture():
            width, height = size_mm(block)
            path = f"/{file_name(next(numbers))}"
            return {"kind": "picture", "path": path, "width": width, "height": height, "caption": block.caption}
        case PageBreak():
            return {"kind": "break"}


def _table(table: Table) -> dict[str, Any]:
    rooms = geometry.rooms(table)
    heights = geometry.row_heights(table)[1:]
    size, pitch = geometry.size_of(table)

    def cells(values: Sequence[Cell]) -> list[str]:
        pairs = zip(values, rooms, strict=True)
        return [_breaking(cell_text(value), room=room, size=size) for value, room in pairs]

    rows = [
        {"cells": cells(row), "may_break": geometry.may_break(height)}
        for row, height in zip(table.rows, heights, strict=True)
    ]
    return {
        "kind": "table",
        "title": _breaking(table.title),
        "headings": cells(table.headings),
        "rows": rows,
        "shares": geometry.shares(table),
        "align": table.align or ("left",) * len(table.headings),
        "landscape": table.landscape,
        "size": size,
        "pitch": pitch,
        "whole": geometry.stays_whole(table),
    }


def _breaking(text: str, *, room: float = geometry.WIDTH * geometry.MM, size: float = geometry.EM) -> str:
    """Let every word break that a line of `room` pt does not hold at this size; at its hyphens if that will do."""
    longest = room / (size * _WIDE_LETTER)

    def broken(word: re.Match[str]) -> str:
        if len(word[0]) <= longest:
            return word[0]
        parts = _PARTS.findall(word[0])
        return _MAY_BREAK.join(parts if max(map(len, parts)) <= longest else word[0])

    return _WORD.sub(broken, text)


def _any_breaking(value: Any) -> Any:
    match value:
        case str():
            return _breaking(value)
        case tuple():
            return [_any_breaking(item) for item in value]
    return value
