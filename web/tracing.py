"""One id from the request through its log lines to the answer, so that a caller's report finds its traces.

An id that came in as `X-Request-ID` is kept when it is harmless; one is made otherwise.
"""

import re
import time

from flask import Request, Response, request
from structlog import contextvars

from casework.core import logs
from casework.core.ids import new_id
from web import unit
from web.routing import Application

HEADER = "X-Request-ID"
_HARMLESS = re.compile(r"[0-9A-Za-z._-]{8,64}")


def request_id() -> str:
    """Return the id of this request."""
    return unit.at_hand().number


def seconds_so_far() -> float:
    """Return how long this request has taken until now."""
    return time.monotonic() - unit.at_hand().began


def init(app: Application) -> None:
    """Name every request and log it in one line when it is answered."""

    @app.before_request
    def _begin() -> None:
        given = request.headers.get(HEADER, "")
        number = given if _HARMLESS.fullmatch(given) else str(new_id())
        unit.at_hand().number = number
        contextvars.clear_contextvars()
        contextvars.bind_contextvars(**{logs.REQUEST: number})

    @app.on_answer
    def _finish(asked: Request, response: Response) -> Response:
        number = request_id()
        if number:
            response.headers[HEADER] = number
        logs.tell(
            __name__,
            "request",
            request=number,
            method=asked.method,
            # The rule, not the path: no ids and nothing typed gets into the log.
            route="" if asked.url_rule is None else asked.url_rule.rule,
            status=response.status_code,
            ms=round(seconds_so_far() * 1000),
        )
        return response
