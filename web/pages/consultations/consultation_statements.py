"""Who spoke at a meeting: the fields of the form, and what was typed as the engine takes it."""

from typing import Any

from flask import request

from casework.consultations import codes
from web.forms import field
from web.locales import words

# So many who spoke are asked for at once.
SPEAKERS = 6
_PARTS = (("who", "text"), ("position", "select"), ("words", "textarea"))


def fields() -> list[dict[str, Any]]:
    """Return the fields of who spoke, which position they took and what they said."""
    positions = [(code, words(f"meetings.position.{code}")) for code in codes.POSITIONS]
    made = []
    for n in range(SPEAKERS):
        told = words("meetings.statement", n=n + 1)
        for name, kind in _PARTS:
            full = f"statement.{n}.{name}"
            options = positions if kind == "select" else ()
            value = request.form.get(full, "")
            each = field(full, f"meetings.statement.{name}", kind=kind, required=False, value=value, options=options)
            made.append({**each, "label": f"{told} {each['label']}", "wide": name == "words", "rows": 2})
    return made


def given() -> dict[str, Any]:
    """Return the statements that were typed; nothing at all where nobody spoke."""
    said = [told for n in range(SPEAKERS) if (told := _typed(n))]
    return {"statements": said} if said else {}


def name_of(path: str) -> str:
    """Return the form's field of a mistake, told as `0].who`."""
    number, _, name = path.partition("].")
    spoke = [n for n in range(SPEAKERS) if _typed(n)]
    return f"statement.{spoke[int(number)] if int(number) < len(spoke) else 0}.{name}"


def _typed(n: int) -> dict[str, str]:
    told = {name: request.form.get(f"statement.{n}.{name}", "").strip() for name, _kind in _PARTS}
    return {name: value for name, value in told.items() if value}
