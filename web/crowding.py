"""No more requests at a time than can be answered, few that wait for their turn, and a clear word to all others.

A crowd that waits without a bound is served nothing in time: each answer comes after its reader has left, and long
after the crowd has gone. So who would wait too long hears at once when to come again (503, `Retry-After`), in their
language and before anything was done or looked up. Signs of life and the files of a page are always answered.

A rush is no crowd: fifty who press a button in the same second are all served. Only where somebody has been waiting
without a break for `BURST_SECONDS` does patience become short.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from flask import Flask, Response, request

from web import errors

_MARK = "casework.crowded"
_ALWAYS = ("/healthz", "/readyz", "/metrics", "/static/")
# Who waits longer has been waiting for a page, not for a moment.
PATIENCE_SECONDS = 1.0
# So long may there be somebody waiting, and it is a rush.
BURST_SECONDS = 5.0

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Places:
    """Places to be answered at, and turns to wait for one: who came first is first, nobody is passed by."""

    def __init__(
        self, *, at_once: int, waiting: int, patience: float = PATIENCE_SECONDS, burst: float = BURST_SECONDS
    ) -> None:
        self._lock = threading.Lock()
        self._free = at_once
        self._most_waiting = waiting
        self._patience = patience
        self._burst = burst
        self._turns: deque[threading.Event] = deque()
        # Since when there has been somebody waiting at every moment.
        self._waited_since = 0.0

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._turns)

    def take(self) -> bool:
        """Take a place, now or in a moment; False: too many wait, or it took too long."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            if len(self._turns) >= self._most_waiting:
                return False
            now = time.monotonic()
            if not self._turns:
                self._waited_since = now
            patience = max(0.0, self._waited_since + self._burst - now) + self._patience
            turn = threading.Event()
            self._turns.append(turn)
        if turn.wait(patience):
            return True
        with self._lock:
            if turn.is_set():
                # It came in the very moment of giving up.
                return True
            self._turns.remove(turn)
            return False

    def leave(self) -> None:
        """Hand the place to whoever has waited longest."""
        with self._lock:
            if self._turns:
                self._turns.popleft().set()
            else:
                self._free += 1


class Answering(Protocol):
    """An application: Flask's, or one that stands in for it."""

    @property
    def wsgi_app(self) -> Any:
        """What answers."""


def send_away(environ: Environ) -> None:
    """Have a request told when to come again, as if it had met a crowd."""
    environ[_MARK] = True


def is_sent_away(environ: Environ) -> bool:
    """Say whether a request is only told when to come again."""
    return _MARK in environ


def bound(
    app: Answering, *, at_once: int, waiting: int, patience: float = PATIENCE_SECONDS, burst: float = BURST_SECONDS
) -> Places:
    """Let an application answer so many at once and so many wait; the server needs a few more threads than both."""
    places = Places(at_once=at_once, waiting=waiting, patience=patience, burst=burst)
    answer: Wsgi = app.wsgi_app

    def door(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(_ALWAYS):
            return answer(environ, start_response)
        if not places.take():
            send_away(environ)
            return answer(environ, start_response)
        try:
            # What is left to be done when this returns is to send, and a slow reader holds no place.
            return answer(environ, start_response)
        finally:
            places.leave()

    app.wsgi_app = door  # type: ignore[misc] # Flask's documented way
    return places


def init(app: Flask) -> None:
    """Tell those whom the door did not let in; registered before anybody is looked up."""

    @app.before_request
    def _say_when_to_come_again() -> Response | None:
        return errors.crowded() if is_sent_away(request.environ) else None
