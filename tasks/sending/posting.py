"""Sending a body to an address that somebody typed: judged anew at each connection, pinned, never redirected.

The name is resolved once a connection and the connection goes to an address that was judged then, so that a name that
answers differently the next moment gains nothing. No proxy of the environment is used, no cookie kept; an answer is
read up to `MOST_BYTES` and looked at by its status (and, for robots, a code in it), never shown. All of one request has
to be over in `SECONDS`, however slowly somebody answers (open311.md §3.2, §3.3).
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from casework.core import outbound
from casework.core.outbound import Allowed, NoTarget, Target

SECONDS = 15.0
MOST_BYTES = 64 * 1024
AGENT = "casework/1"


class NotSent(Exception):
    """There is no answer; the message says why in few words that tell nothing of the inside.

    `begun`: something was sent, so nobody knows whether it was taken.
    """

    def __init__(self, why: str, *, begun: bool = False) -> None:
        super().__init__(why)
        self.begun = begun


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, how long it asks to be left alone, and the beginning of the body."""

    status: int
    retry_after: timedelta | None
    body: bytes


@dataclass(slots=True)
class Line:
    """A connection to one address, opened when first needed, used again while it lives. Not for two threads."""

    url: str
    allowed: Allowed
    seconds: float = SECONDS
    _wire: "_Wire | None" = field(default=None, init=False)

    def post(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> Answer:
        """Send a body and return what was answered.

        Raises:
            NotSent: it may not go there, or nobody answered in time.
        """
        until, begun = time.monotonic() + self.seconds, False
        try:
            target = outbound.read(self.url, allowed=self.allowed)
            if self._wire is not None:
                try:
                    return self._exchange(target, body, headers, until=until, at=at)
                except (http.client.HTTPException, ConnectionError, ssl.SSLError):
                    # It was closed while it rested; a fresh one says how things are.
                    self.close()
            self._wire = _connect(target, allowed=self.allowed, until=until)
            begun = True
            return self._exchange(target, body, headers, until=until, at=at)
        except NoTarget as why:
            raise NotSent(why.code) from None
        except (OSError, http.client.HTTPException, ValueError) as fault:
            self.close()
            raise NotSent(_in_few_words(fault), begun=begun) from None

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _exchange(
        self, target: Target, body: bytes, headers: Mapping[str, str], *, until: float, at: datetime
    ) -> Answer:
        wire = self._wire
        assert wire is not None
        wire.until = until
        wire.sendall(_head(target, body, headers) + body)
        response = http.client.HTTPResponse(wire, method="POST")  # type: ignore[arg-type] # as much socket as it asks for
        response.begin()
        told = response.read(MOST_BYTES)
        answer = Answer(response.status, _patience(response.headers.get("Retry-After"), at=at), told)
        if response.will_close or not response.isclosed():
            # Closing, or longer than anybody needs.
            response.close()
            self.close()
        return answer


class _Wire:
    """A socket with a deadline for everything that is done on it."""

    def __init__(self, connected: socket.socket, until: float) -> None:
        self._socket = connected
        self.until = until

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(self._left())
        self._socket.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))

    def receive_into(self, buffer: Any) -> int:
        self._socket.settimeout(self._left())
        return self._socket.recv_into(buffer)

    def close(self) -> None:
        self._socket.close()

    def _left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class _Reader(io.RawIOBase):
    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wire.receive_into(buffer)


def post(url: str, body: bytes, headers: Mapping[str, str], *, allowed: Allowed, at: datetime) -> Answer:
    """Send one body and forget the connection.

    Raises:
        NotSent: it may not go there, or nobody answered in time.
    """
    line = Line(url, allowed)
    try:
        return line.post(body, headers, at=at)
    finally:
        line.close()


def _connect(target: Target, *, allowed: Allowed, until: float) -> _Wire:
    fault: OSError = OSError("no address")
    for address in outbound.resolve(target, allowed=allowed):
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        try:
            plain = socket.create_connection((address, target.port), timeout=left)
        except OSError as failed:
            fault = failed
            continue
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if target.is_plain:
            return _Wire(plain, until)
        try:
            plain.settimeout(max(until - time.monotonic(), 0.001))
            return _Wire(_context().wrap_socket(plain, server_hostname=target.host), until)
        except OSError:
            plain.close()
            raise
    raise fault


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _head(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    own = {"Host": target.authority, "User-Agent": AGENT, "Accept": "*/*", "Content-Length": str(len(body))}
    lines = [f"POST {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**own, **headers}.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _patience(told: str | None, *, at: datetime) -> timedelta | None:
    """Read `Retry-After`: seconds, or an instant; nonsense is none."""
    if told is None:
        return None
    text = told.strip()
    if text.isascii() and text.isdigit() and len(text) < 8:
        return timedelta(seconds=int(text))
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return max(until - at, timedelta(0)) if until.tzinfo is not None else None


def _in_few_words(fault: Exception) -> str:
    if isinstance(fault, TimeoutError):
        return "timed_out"
    if isinstance(fault, ssl.SSLError):
        return "no_trust"
    if isinstance(fault, ConnectionError | OSError):
        return "no_connection"
    return "no_answer"
