"""One id from the request through its log lines to the answer, so that a caller's report finds its traces.

An id that came in as `X-Request-ID` is kept when it is harmless; one is made otherwise.
"""

import re
import time

from flask import Flask, Response, g, request
from structlog import contextvars, get_logger

from casework.core.ids import new_id

HEADER = "X-Request-ID"
_HARMLESS = re.compile(r"[0-9A-Za-z._-]{8,64}")


def request_id() -> str:
    """Return the id of this request."""
    found: str = g.get("request_id", "")
    return found


def seconds_so_far() -> float:
    """Return how long this request has taken until now."""
    return time.monotonic() - float(g.get("began", time.monotonic()))


def init(app: Flask) -> None:
    """Name every request and log it in one line when it is answered."""

    @app.before_request
    def _begin() -> None:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _HARMLESS.fullmatch(given) else str(new_id())
        g.began = time.monotonic()
        contextvars.clear_contextvars()
        contextvars.bind_contextvars(request=g.request_id)

    @app.after_request
    def _finish(response: Response) -> Response:
        if "request_id" in g:
            response.headers[HEADER] = g.request_id
        get_logger().info(
            "request",
            method=request.method,
            # The rule, not the path: no ids and nothing typed gets into the log.
            route=str(request.url_rule or ""),
            status=response.status_code,
            ms=round(seconds_so_far() * 1000),
        )
        return response
