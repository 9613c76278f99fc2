"""A form sent twice is done once: each carries a number of its own, and the second press gets the first one's answer.

The number and what was typed make the key together, so that a form mended after Back counts as another.
"""

import functools
import time
from collections.abc import Callable
from typing import Any

from flask import Response, make_response, request

from casework.core.ids import new_id, parse_id
from casework.matters import idempotency
from casework.matters.idempotency import Answer, InFlight, Once
from web import identity, unit

FIELD = "form_id"
_TRIES, _PAUSE = 40, 0.1
_BESIDE = frozenset({"csrf_token"})

View = Callable[..., Any]


def new_number() -> str:
    """Return the number of a fresh form."""
    return str(new_id())


def given_number() -> str:
    """Return the number of the form that was sent, or a fresh one."""
    given = request.form.get(FIELD, "")
    return given if parse_id(given) is not None else new_number()


def led_to(number: str) -> str | None:
    """Return where a form of this number led that was sent before, as whoever comes back to it has to know."""
    person_id = identity.actor().person_id
    return None if person_id is None else idempotency.led_to(unit.session(), person_id, f"form:{number}:")


def field(number: str) -> dict[str, Any]:
    """Return the hidden field that carries the number."""
    return {"name": FIELD, "kind": "hidden", "value": number, "label": "", "required": True}


def sent_once(view: View) -> View:
    """Answer a form that was sent before as it was answered then; only what led on (a redirect) is kept."""

    @functools.wraps(view)
    def run(**values: Any) -> Response:
        once = _once()
        kept = None if once is None else _answered(once)
        if kept is not None:
            return make_response("", kept.status, dict(kept.headers))
        response = make_response(view(**values))
        if once is not None and 300 <= response.status_code < 400:
            headers = {"Location": response.headers["Location"]}
            idempotency.keep(unit.session(), once, Answer(response.status_code, headers, ""), at=unit.at())
        return response

    return run


def _once() -> Once | None:
    number, person_id = request.form.get(FIELD, ""), identity.actor().person_id
    if parse_id(number) is None or person_id is None:
        return None
    sent = sorted((name, value) for name, value in request.form.items(multi=True) if name not in _BESIDE)
    files = sorted((name, file.filename or "") for name, file in request.files.items(multi=True))
    told = idempotency.fingerprint(method="POST", path=request.path, body=[sent, files])
    return Once(person_id, f"form:{number}:{told[:32]}", told)


def _answered(once: Once) -> Answer | None:
    """Return the answer kept for a form; while the first press is still at work, wait for it a little."""
    for _ in range(_TRIES):
        try:
            return idempotency.answered(unit.session(), once, at=unit.at())
        except InFlight:
            time.sleep(_PAUSE)
    raise InFlight
