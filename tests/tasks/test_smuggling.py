"""Where one request ends and the next begins is never doubtful: what could be read in two ways is refused.

A proxy in front may count the length, the server behind it the chunks; a request hidden in the difference would be
answered to the next caller. The server is the very one of `casework serve`, with a small application behind it.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from waitress import wasyncore

from tasks import embedded

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"


class _Server:
    """The listener in a thread of its own, and the paths that reached the application."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.port = 0
        self._ready, self._end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        with embedded._listening(self._answer, host="127.0.0.1", port=0, largest_body=1 << 20) as listener:
            self.port = listener.port
            self._ready.set()
            while not self._end.is_set():
                wasyncore.loop(timeout=0.02, map=listener.sockets, use_poll=True, count=1)
            listener.server.task_dispatcher.shutdown(timeout=1)

    def _answer(self, environ: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.seen.append(environ["PATH_INFO"])
        environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    def __enter__(self) -> "_Server":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def send(self, raw: bytes) -> bytes:
        """Send bytes on one connection and return all that comes back until it is closed or silent."""
        self.seen.clear()
        answer = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            while more := line.recv(65536):
                answer += more
        return answer


@pytest.fixture(scope="module")
def server() -> Iterator[_Server]:
    """Listen."""
    with _Server() as running:
        yield running


def head(*lines: bytes, method: bytes = b"POST") -> bytes:
    return b"\r\n".join([method + b" /first HTTP/1.1", b"Host: x", *lines, b"", b""])


CHUNKED = b"Transfer-Encoding: chunked"
DOUBTFUL = {
    "length and chunks": head(b"Content-Length: %d" % (5 + len(HIDDEN)), CHUNKED) + b"0\r\n\r\n" + HIDDEN,
    "chunks and length": head(CHUNKED, b"Content-Length: 4") + b"5e\r\n" + HIDDEN + b"\r\n0\r\n\r\n",
    "two lengths": head(b"Content-Length: 0", b"Content-Length: %d" % len(HIDDEN)) + HIDDEN,
    "a list of lengths": head(b"Content-Length: 0, %d" % len(HIDDEN)) + HIDDEN,
    "a signed length": head(b"Content-Length: +0") + HIDDEN,
    "a length below nought": head(b"Content-Length: -1") + HIDDEN,
    "a length in hex": head(b"Content-Length: 0x0") + HIDDEN,
    "a length of other digits": head("Content-Length: ０".encode()) + HIDDEN,
    "another coding": head(b"Transfer-Encoding: xchunked") + b"0\r\n\r\n" + HIDDEN,
    "chunked not last": head(b"Transfer-Encoding: chunked, identity") + b"0\r\n\r\n" + HIDDEN,
    "a chunk of doubtful size": head(CHUNKED) + b"0x0\r\n\r\n" + HIDDEN,
    "a signed chunk": head(CHUNKED) + b"+0\r\n\r\n" + HIDDEN,
    "a blank before the colon": head(b"Content-Length : 0") + HIDDEN,
    "a folded line": head(b"X: y", b" Content-Length: 0") + HIDDEN,
    "a bare line feed": b"POST /first HTTP/1.1\r\nHost: x\r\nX: y\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "a nought in a name": head(b"Transfer\x00-Encoding: chunked") + b"0\r\n\r\n" + HIDDEN,
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_request_of_doubtful_length_hides_no_other(server: _Server, name: str) -> None:
    answer = server.send(DOUBTFUL[name])
    assert "/hidden" not in server.seen, (server.seen, answer)
    assert re.match(rb"HTTP/1\.[01] (400|501) ", answer), answer


def test_two_clear_requests_are_two(server: _Server) -> None:
    """So that the others are seen to fail for their doubt."""
    server.send(head(b"Content-Length: 0") + HIDDEN)
    assert server.seen == ["/first", "/hidden"]
    server.send(head(CHUNKED) + b"2\r\nok\r\n0\r\n\r\n" + HIDDEN)
    assert server.seen == ["/first", "/hidden"]
