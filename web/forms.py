"""Fields of forms as the templates show them (parts/forms.html), and mistakes beside the fields they belong to."""

from collections.abc import Mapping, Sequence
from typing import Any

from casework.core.errors import FieldError
from web.locales import words


def field(
    name: str,
    label: str,
    *,
    kind: str = "text",
    required: bool = True,
    value: object = None,
    hint: str | None = None,
    options: Sequence[tuple[str, str]] = (),
    **more: Any,
) -> dict[str, Any]:
    """Return a field; `label` and `hint` are codes of the catalogue."""
    return {
        "name": name,
        "label": words(label),
        "kind": kind,
        "required": required,
        "value": value,
        "hint": words(hint) if hint else None,
        "options": [{"value": each, "label": told} for each, told in options],
        **more,
    }


def with_mistakes(
    fields: Sequence[Mapping[str, Any]], mistakes: Sequence[FieldError]
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return the fields with the first mistake of each beside it, and all mistakes for the summary on top."""
    told = [(each.field, words(f"field.{each.code}", **each.params)) for each in mistakes]
    labels = {str(each["name"]): str(each["label"]) for each in fields}
    first = dict(reversed(told))
    shown = [{**each, "error": first.get(str(each["name"]))} for each in fields]
    summary = [{"field": name, "label": labels.get(name, name), "text": text} for name, text in told]
    return shown, summary
