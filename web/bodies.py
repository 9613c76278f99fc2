"""Reading what was sent: JSON bodies, and how large a body a route takes."""

from collections.abc import Callable
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import UnsupportedMediaType

from casework.core import texts
from casework.core.errors import CaseworkError, FieldError, Invalid, invalid

MIB = 1024 * 1024
BODY_BYTES = MIB
FORM_BYTES = MIB
FORM_PARTS = 500
# MiB: what no route takes more of.
MOST = 64


class Unreadable(CaseworkError):
    """The body is no JSON that two readers would understand alike (400); `fault` says where."""

    code = "unreadable"

    def __init__(self, fault: Invalid) -> None:
        super().__init__(str(fault))
        self.fault = fault


def json_value() -> object:
    """Return the JSON that was sent.

    Raises:
        UnsupportedMediaType: it was not sent as JSON.
        Unreadable: it is none.
        Invalid: a field holds what is no number or no text.
    """
    if not request.is_json:
        raise UnsupportedMediaType
    limit = request.max_content_length or BODY_BYTES
    try:
        return texts.refuse_bad_json(request.get_data(cache=True), max_bytes=limit)
    except Invalid as fault:
        if any(each.field for each in fault.errors):
            # The body can be read, one value in it cannot be kept.
            raise
        raise Unreadable(fault) from fault


def json_object() -> dict[str, Any]:
    """Return the JSON object that was sent.

    Raises:
        UnsupportedMediaType: it was not sent as JSON.
        Unreadable: it is none, or no object.
    """
    value = json_value()
    if not isinstance(value, dict):
        raise Unreadable(invalid("", "not_an_object"))
    return value


def unknown_parts(*fields: str, file: str) -> list[FieldError]:
    """Return a mistake for each part of a form with a file that is neither one of `fields` nor `file`.

    A part without a readable name is named by nothing rather than left out.
    """
    unknown = [name for name in request.form if name not in fields]
    unknown += [name for name in request.files if name != file]
    return [FieldError(name or "", "unknown_field") for name in unknown]


def takes_up_to(mebibytes: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a route take a larger body than others, such as an upload; what stands before the routes takes `MOST`."""
    if mebibytes > MOST:
        raise ValueError(f"a route takes {mebibytes} MiB, more than {MOST}")

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        view.__dict__["max_bytes"] = mebibytes * MIB
        return view

    return declare


def init(app: Flask) -> None:
    """Bound every body: by default one mebibyte, whatever its kind (reliability.md §0.11, F15)."""
    app.config.update(MAX_CONTENT_LENGTH=BODY_BYTES, MAX_FORM_MEMORY_SIZE=FORM_BYTES, MAX_FORM_PARTS=FORM_PARTS)

    @app.before_request
    def _bound() -> None:
        view = app.view_functions.get(request.endpoint or "")
        request.max_content_length = getattr(view, "max_bytes", BODY_BYTES)
