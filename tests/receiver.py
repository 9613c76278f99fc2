"""Another system on this machine: takes what is sent to it, keeps every request, answers as it is told to."""

import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    def __getitem__(self, name: str) -> str:
        return self.headers[name]


@dataclass
class Receiver:
    """`statuses` are answered one after the other, then 200; `headers` go with every answer, `body` too."""

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    # Seconds between the bytes of an answer.
    drips: float = 0.0
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    # Speaks TLS with this chain and key.
    tls: Path | None = None
    # Holds every answer back until it is set.
    open_gate: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [each["webhook-id"] for each in self.received]


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            receiver.connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            receiver.received.append(Received(self.path, dict(self.headers.items()), body))
            receiver.open_gate.wait(30)
            status = receiver.statuses.pop(0) if receiver.statuses else 200
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            if not receiver.drips:
                self.wfile.write(receiver.body)
                return
            try:
                for byte in receiver.body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(receiver.drips)
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            return

    return Handler


@contextmanager
def receiving(**settings: Any) -> Iterator[Receiver]:
    """Run a receiver on a port of its own."""
    receiver = Receiver(**settings)
    receiver.open_gate.set()

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            return

    server = Server(("127.0.0.1", 0), _handler(receiver))
    server.daemon_threads = True
    if receiver.tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(receiver.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.open_gate.set()
        server.shutdown()
        server.server_close()
