"""A template checked and filled, in a process of its own that may die as it likes."""

import base64
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from casework.exchange import sandbox
from casework.templates import kinds
from casework.templates.kinds import Kind

_COMMAND = (sys.executable, "-P", "-s", "-m", "casework.templates.child")


def check(content: bytes, kind: Kind) -> bytes:
    """Judge a template that was sent and return it filled with the examples of its tags.

    Raises:
        Refused: what is wrong with it (template_…, file_…), or readers_busy.
    """
    values = {tag.key: value for tag, value in zip(kind.tags.values(), kinds.example(kind).values(), strict=True)}
    values["qr"] = square()
    return fill(content, kind, [values])


def fill(content: bytes, kind: Kind, stack: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the papers of a stack as one .docx; values by the keys of the tags, the picture as PNG in base64.

    Raises:
        Refused: as `check`.
    """
    names = {name: sorted(tag.items) + sorted(tag.items.values()) for tag in kind.tags.values() for name in _both(tag)}
    asked = {
        "template": base64.b64encode(content).decode(),
        "known": names,
        "common": {name: [] for key in kinds.COMMON if key != "qr" for name in _both(kind.tags[key])},
        "pictures": [name for tag in kind.tags.values() if tag.picture for name in _both(tag)],
        "stack": [kinds.by_name(kind, values) for values in stack],
    }
    with tempfile.TemporaryFile() as file:
        file.write(json.dumps(asked, ensure_ascii=False).encode() + b"\n")
        file.flush()
        file.seek(0)
        lines = sandbox.lines_of(file, command=_COMMAND)
    answer: dict[str, str] = json.loads(lines[: lines.find(b"\n")])
    return base64.b64decode(answer["docx"])


def square(address: str = "https://example.invalid/") -> str:
    """Return the code that leads to an address, as PNG in base64."""
    import io  # noqa: PLC0415 - as below

    import segno  # noqa: PLC0415 - only who prints draws codes

    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="png", scale=6, border=1)
    return base64.b64encode(out.getvalue()).decode()


def _both(tag: kinds.Tag) -> tuple[str, str]:
    return tag.key, tag.name
