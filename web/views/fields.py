"""Fields of forms out of definitions: what a step asks, in the reader's language, with choices and what was typed."""

from collections.abc import Mapping, Sequence
from typing import Any

from casework.core.errors import FieldError
from web.locales import locale, words
from web.views import reference
from workflows.definition import Field

ORGS, PEOPLE, CASES, PLACES = "/orgs", "/people", "/case-options", "/places"
COLLEAGUES = "/colleagues"
_KINDS = {
    "text": "textarea",
    "date": "date",
    "org": "org",
    "orgs": "orgs",
    "person": "person",
    "case": "case",
    "number": "number",
    "flag": "bool",
    "money": "money",
}
_SHORT_TEXT = 100
_LONG_TEXT = 5000


def of_step(field: Field, typed: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return a field of a step; `typed` holds what was given before, each name with its values."""
    values = [value for value in typed.get(field.name, ()) if value]
    value = values[0] if values else ""
    made: dict[str, Any] = {
        "name": field.name,
        "label": field.label[locale()],
        "kind": _kind(field),
        "required": field.required,
        "value": value,
        "hint": _hint(field),
    }
    if field.type == "text":
        rows = 8 if field.max_length >= _LONG_TEXT else 3
        made |= {"max": field.max_length, "rows": rows, "draft": field.max_length > _SHORT_TEXT}
    elif field.type == "choice":
        made["options"] = [{"value": code, "label": label[locale()]} for code, label in field.choices.items()]
    elif field.type in ("org", "person", "case"):
        made |= {"data_url": _source(field.type), "label_value": _named(field.type, value, typed)}
    elif field.type == "orgs":
        made |= {"data_url": ORGS, "value": "", "chosen": [chosen_org(code) for code in values]}
    return made


def chosen_org(code: str) -> dict[str, str]:
    """Return a unit as a pill."""
    return {"value": code, "label": reference.org_names().get(code, code)}


def _kind(field: Field) -> str:
    if field.type == "choice":
        return "class" if set(field.choices) == {"A", "B", "C", "D"} else "radio"
    if field.type == "text" and field.max_length <= _SHORT_TEXT:
        return "text"
    return _KINDS[field.type]


def _source(kind: str) -> str:
    return {"org": ORGS, "person": PEOPLE, "case": CASES}[kind]


def _named(kind: str, value: str, typed: Mapping[str, Sequence[str]]) -> str:
    if kind == "org":
        return reference.org_names().get(value, value)
    return next(iter(typed.get("_label", ())), "") or value


def _hint(field: Field) -> str | None:
    if field.required_if is not None:
        names = {"followed_up": "hint.if_reached", "result_class": "hint.if_class_b"}
        code = next((names[name] for name in field.required_if.facts if name in names), None)
        return words(code) if code else None
    if field.only_if is not None:
        return words("hint.if_reached")
    return words("hint.org") if field.type in ("org", "orgs") else None


def with_mistakes(
    fields: Sequence[Mapping[str, Any]], mistakes: Sequence[FieldError]
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return the fields with the first mistake of each beside it, and all mistakes for the summary on top.

    What was sent inside `fields` (`fields.reply`) stands at the field of that name.
    """
    told = [(_bare(each.field), words(f"field.{each.code}", **each.params)) for each in mistakes]
    labels = {str(each["name"]): str(each.get("label") or "") for each in fields}
    first = dict(reversed(told))
    shown = [{**each, "error": first.get(str(each["name"]))} for each in fields]
    summary = [{"field": name, "label": labels.get(name) or name, "text": text} for name, text in told]
    return shown, summary


def _bare(path: str) -> str:
    return path.removeprefix("fields.")
