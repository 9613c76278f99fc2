"""Fields of forms as the templates show them (parts/forms.html), and mistakes beside the fields they belong to."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import has_request_context, request

from casework.core.errors import FieldError
from web.locales import words

# Fields with a list to pick from: one of it, or several.
_PICKED, _PICKED_MANY = frozenset({"org", "person", "place", "case", "member", "household"}), "orgs"


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
        **_left_typed(name, kind, value=value, label=more.get("label_value")),
    }


def _left_typed(name: str, kind: str, *, value: object, label: object) -> dict[str, str]:
    """Return what was typed into a field with a list and not picked from it: it comes back with the form as typed."""
    if kind not in (*_PICKED, _PICKED_MANY) or not has_request_context() or request.method != "POST":
        return {}
    text = request.form.get(f"{name}_text", "").strip()
    if kind == _PICKED_MANY:
        return {"typed": text}
    return {"label_value": text} if text and not value and not label else {}


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
