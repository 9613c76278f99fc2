"""One transaction a request, one reading of the clock a request.

A view asks for `session()` and never ends it: what it answers below 400 is kept as a whole, anything else is taken
back as a whole. The session is opened when it is first asked for, to write only where the method may write.
What must outlive a refusal (a counted log-in failure) takes a transaction of its own from `office().db`.
"""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, make_response, request

from casework.core import clock
from casework.core.database import Session
from casework.core.database_faults import DatabaseFault, is_lost
from casework.core.office import Office
from casework.core.standby import Copy
from casework.registry.identities import Identity

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class Unit:
    """One request: its transaction, and what was found out about it, so that nobody finds it out again."""

    office: Office
    at: datetime
    write: bool
    # What it is called in logs, and since when it is under way (web/tracing.py).
    number: str = ""
    began: float = field(default_factory=time.monotonic)
    # Who is calling, once that has been asked (web/identity.py); nobody, it may be.
    caller: Identity | None = None
    is_caller_known: bool = False
    session: Session | None = None
    ended: bool = False
    # Where the view looks instead, and as of when what it has shown is at the latest.
    copy: Copy | None = None
    as_of: datetime | None = None
    # A list asks for it with every row.
    today: date | None = None
    # The reader's language once it is certain (web/locales.py).
    language: str | None = None
    afterwards: list[Callable[[], None]] = field(default_factory=list)


# The unit of the request at hand, which `g` holds: a page asks for it hundreds of times, and `g` is slow to ask.
_at_hand: ContextVar[Unit | None] = ContextVar("casework_unit", default=None)


def office() -> Office:
    """Return the office this application serves."""
    found = _at_hand.get()
    return _office_of(current_app) if found is None else found.office


def _office_of(app: Flask) -> Office:
    found: Office = app.extensions["casework"]
    return found


def at() -> datetime:
    """Return the instant of this request: the clock is read once."""
    return at_hand().at


def today() -> date:
    """Return the office's day of this request."""
    unit = at_hand()
    if unit.today is None:
        unit.today = unit.at.astimezone(office().settings.zone).date()
    return unit.today


def session() -> Session:
    """Return the session of this request. After the view has answered it is one for looking only."""
    unit = at_hand()
    if unit.session is None:
        db = office().db if unit.copy is None else unit.copy.db
        unit.session = db.session(write=unit.write and not unit.ended and unit.copy is None)
    return unit.session


def look_into(copy: Copy | None) -> None:
    """Let the view look into a copy of the database from here on; None: into the database again."""
    unit = at_hand()
    open_session, unit.session = unit.session, None
    unit.copy, unit.as_of = copy, None if copy is None else copy.as_of
    if open_session is not None:
        office().db.end(open_session, keep=False)


def as_of() -> datetime | None:
    """Return as of when what this view shows is at the latest; None: as of now."""
    return at_hand().as_of


def is_as_of(instant: datetime | None) -> None:
    """Note that something older is shown, that was read from the copy before."""
    unit = at_hand()
    if instant is not None and (unit.as_of is None or instant < unit.as_of):
        unit.as_of = instant


@contextmanager
def up_to_date() -> Iterator[Session]:
    """Lend a session that is never late, whatever the view looks into."""
    if at_hand().copy is None:
        yield session()
        return
    with office().db.reading() as short:
        yield short


@contextmanager
def looking() -> Iterator[Session]:
    """Lend a session to look something up before the view runs, without taking the right to write early.

    On SQLite there is one writer at a time: who is calling must be known before waiting for that place.
    """
    unit = at_hand()
    if unit.session is not None or not unit.write or office().db.is_postgresql:
        yield session()
        return
    with office().db.reading() as short:
        yield short


def afterwards(action: Callable[[], None]) -> None:
    """Run `action` once the transaction has ended, whatever became of it; it must not raise."""
    at_hand().afterwards.append(action)


def whole(view: Callable[..., Any]) -> Callable[..., Response]:
    """Wrap a view so that its transaction ends with it: kept below status 400, else taken back.

    What only looks is looked up once more when the connection breaks under it, as in a failover; who writes is told
    to come again, for only they know whether it is to be done again.
    """

    def answered(values: dict[str, Any]) -> Response:
        try:
            return _response(view(**values))
        except DatabaseFault as fault:
            if at_hand().write or not is_lost(fault):
                raise
            look_into(None)
            return _response(view(**values))

    @functools.wraps(view)
    def run(**values: Any) -> Response:
        try:
            response = answered(values)
        except BaseException:  # even a worker that is told to stop takes back what it began; raised again
            end(keep=False)
            raise
        end(keep=response.status_code < 400)
        return response

    return run


def _response(answer: Any) -> Response:
    return answer if isinstance(answer, Response) else make_response(answer)


def end(*, keep: bool) -> None:
    """End the transaction of this request; nothing is ever kept of a request that may only look."""
    unit = at_hand()
    open_session, unit.session = unit.session, None
    kept = keep and unit.write and not unit.ended
    unit.ended = True
    try:
        if open_session is not None:
            office().db.end(open_session, keep=kept)
    finally:
        waiting, unit.afterwards = unit.afterwards, []
        for action in waiting:
            action()


def init(app: Flask, office: Office) -> None:
    """Give the application its office and let no request leave a session open."""
    app.extensions["casework"] = office

    @app.before_request
    def _begin() -> None:
        # A thread answers one request after another: nothing of the last one may be taken for this one's.
        _at_hand.set(None)

    @app.teardown_request
    def _leave_nothing_open(_error: BaseException | None) -> None:
        if has_request_context() and "unit" in g:
            end(keep=False)
        _at_hand.set(None)


def language() -> str | None:
    """Return the reader's language where it is already certain."""
    found = _at_hand.get()
    return None if found is None else found.language


def note_language(code: str | None) -> None:
    """Keep the reader's language for the rest of this request; None: it is to be found anew."""
    at_hand().language = code


def at_hand() -> Unit:
    """Return the unit of this request; one is begun when it is first asked for."""
    found = _at_hand.get()
    if found is None:
        found = g.get("unit")
        if found is None:
            may_write = request.method not in SAFE_METHODS
            found = g.unit = Unit(_office_of(current_app), at=clock.now(), write=may_write)
        _at_hand.set(found)
    return found
