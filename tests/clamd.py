"""A local double that speaks the INSTREAM protocol of clamd, as its manual tells it; what it finds is told by the words."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# No scanner knows it: only this double takes it for a virus.
BAD = b"ENGINE-TEST-PATTERN-OF-THE-DOUBLE"


class Clamd:
    """What it saw, and whether it answers: `mood` is well, limit (its own limit is passed), mute or gone."""

    def __init__(self) -> None:
        self.mood = "well"
        self.seen: list[bytes] = []


@contextmanager
def double(folder: Path | None = None) -> Iterator[tuple[Clamd, str]]:
    """Run it on a port of this machine, or on a socket in `folder`; lend it with its address."""
    state = Clamd()

    class Line(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            if state.mood == "gone":
                return
            assert self.rfile.read(10) == b"zINSTREAM\0"
            content = b""
            while size := int.from_bytes(self.rfile.read(4), "big"):
                content += self.rfile.read(size)
            state.seen.append(content)
            if state.mood == "mute":
                self.rfile.read(1)
                return
            found = b"stream: Test.Bad-1 FOUND" if BAD in content else b"stream: OK"
            self.wfile.write((b"INSTREAM size limit exceeded. ERROR" if state.mood == "limit" else found) + b"\0")

    class Tcp(socketserver.ThreadingTCPServer):
        daemon_threads = True

    class Unix(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

    server: socketserver.BaseServer
    if folder is None:
        tcp = server = Tcp(("127.0.0.1", 0), Line)
        address = f"clamd://127.0.0.1:{tcp.socket.getsockname()[1]}"
    else:
        server, address = Unix(str(folder / "clamd"), Line), f"clamd://{folder / 'clamd'}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield state, address
    finally:
        server.shutdown()
        server.server_close()
