"""A document as JSON: what it says, for programs and for keeping, the same bytes for the same document."""

import base64
import dataclasses
from datetime import date
from decimal import Decimal
from typing import Any

from casework.documents.arranged import arranged, cleaned
from casework.documents.model import Block, FigureRun, Official

_FORM = "casework.document/1"


def to_json(document: Official) -> dict[str, Any]:
    """Return the document as values of JSON; amounts as decimal strings, days as ISO text, pictures in base64.

    Headings carry their numbers; a figure in a text is an object with `text`, `key` and `href`.
    """
    clean = cleaned(document)
    settled = arranged(clean)
    fields = {field.name: _value(getattr(clean, field.name)) for field in dataclasses.fields(clean)}
    return {"form": _FORM, **fields, "blocks": [_block(block) for block in settled.blocks]}


def _block(block: Block) -> dict[str, Any]:
    return {"block": type(block).__name__.lower(), **_value(block)}


def _value(value: Any) -> Any:
    match value:
        case tuple():
            return [_value(item) for item in value]
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode("ascii")
    if dataclasses.is_dataclass(value):
        # What a figure is called is for the annex of a workbook; a program knows it by its key.
        kept = [field.name for field in dataclasses.fields(value) if (type(value), field.name) != (FigureRun, "label")]
        return {name: _value(getattr(value, name)) for name in kept}
    return value
