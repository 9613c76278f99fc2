"""The first second of `casework serve`: the log-in page is answered while the other rooms are still read in.

To read in a hundred rooms takes longer than all that the log-in page needs. So a small application of that page stands
at the door first; whoever asks for more waits until the whole is there, which then takes over for good. Before its
workers are forked gunicorn reads in everything (cli/wsgi.py): they share it.
"""

import importlib
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Blueprint, Flask

from casework.core.memory import garbage
from casework.core.office import Office
from web import application, crowding, health, identity
from web.pages.account import login, sso

# What the log-in page leads to by name stands here too.
_ROOMS: Sequence[tuple[Blueprint, str]] = ((health.blueprint, ""), (login.blueprint, ""), (sso.blueprint, ""))
_PAGES, _FILES = frozenset({"/login", "/healthz"}), "/static/"
_METHODS = frozenset({"GET", "HEAD"})
_MOMENT_SECONDS = 0.3


class Opening:
    """An application that answers the log-in page at once, and everything once `read_rest` has run.

    `then` is told of the whole when it is there.
    """

    def __init__(self, office: Office, *, then: Callable[[Flask], None] | None = None) -> None:
        self._office, self._then = office, then
        self._first = application.make(office, _ROOMS)
        self._whole: Flask | None = None
        self._asked, self._read = threading.Event(), threading.Event()
        # What stands before it is put in here, as with Flask.
        self.wsgi_app: crowding.Wsgi = self._answer

    def __call__(self, environ: crowding.Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
        return self.wsgi_app(environ, start_response)

    def wait_for_first(self) -> None:
        """Return when somebody was answered, or in a moment: whoever stands at the door already waits for nothing."""
        self._asked.wait(_MOMENT_SECONDS)

    def read_rest(self) -> None:
        """Read in all rooms and let them answer from then on."""
        try:
            with garbage.reading_in():
                # This is what is put off until somebody was answered.
                whole: Flask = importlib.import_module("web.app").create_app(self._office)
            # Requests are counted on where they were.
            whole.extensions[health.COUNTED] = self._first.extensions[health.COUNTED]
            self._whole = whole
        finally:
            self._read.set()
        if self._then is not None:
            self._then(whole)

    def _answer(self, environ: crowding.Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self._whole is None and not _is_first(environ):
            self._read.wait()
            if self._whole is None:
                # It could not be read in: the process is about to end.
                crowding.send_away(environ)
        try:
            return (self._whole or self._first).wsgi_app(environ, start_response)
        finally:
            self._asked.set()


def _is_first(environ: crowding.Environ) -> bool:
    """Say whether the application of the log-in page can answer: who has been in before is led on from there."""
    if crowding.is_sent_away(environ):
        return True
    if environ.get("REQUEST_METHOD") not in _METHODS:
        return False
    path: str = environ.get("PATH_INFO", "")
    is_known = identity.COOKIE in environ.get("HTTP_COOKIE", "") or "HTTP_AUTHORIZATION" in environ
    return path.startswith(_FILES) or (path in _PAGES and not is_known)
