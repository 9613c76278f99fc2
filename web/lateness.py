"""Views of figures that may be answered from a copy of the database, and how a reader is told as of when.

Who calls is always looked up in the primary, and so are the numbers beside the rooms: only what the view itself asks
may be late, by no more than CASEWORK_READ_SECONDS (casework/core/standby.py).
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Request, Response

from casework.core.database_faults import DatabaseFault, is_passing
from web import unit
from web.locales import words
from web.routing import Application

HEADER = "Casework-As-Of"
Answer = TypeVar("Answer")


def may_be_late(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Let a view that only looks be answered from the copy; by the primary when the copy fails under it."""

    @functools.wraps(view)
    def run(**values: Any) -> Answer:
        standby = unit.office().standby
        copy = None if standby is None else standby.lend(at=unit.at())
        if standby is None or copy is None:
            return view(**values)
        unit.look_into(copy)
        try:
            return view(**values)
        except DatabaseFault as fault:
            # A copy may cancel a question that stands in the way of what it has to replay.
            if not is_passing(fault):
                raise
            standby.rest(fault)
            unit.look_into(None)
            return view(**values)

    return run


def notice() -> dict[str, Any] | None:
    """Return the line above a page that was read from the copy."""
    as_of = unit.as_of()
    if as_of is None:
        return None
    moment = as_of.astimezone(unit.office().settings.zone)
    text = words("standby.as_of", moment=f"{moment:%Y-%m-%d %H:%M:%S}")
    return {"text": text, "icon": "clock", "link": None}


def init(app: Application) -> None:
    """Tell programs too as of when an answer from the copy is."""

    @app.on_answer
    def _tell(_asked: Request, response: Response) -> Response:
        as_of = unit.as_of()
        if as_of is not None:
            response.headers[HEADER] = as_of.isoformat()
        return response
