"""A wire between two programs on this machine that can be hurt: slow, cut, half closed, swallowing (reliability.md §2.1)."""

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

_PIECE = 64 * 1024
_TURN = 0.05


class Wire:
    """Relays every connection to `target`. What befalls it befalls the connections that are open and the new ones.

    `delay`: seconds before each piece goes on; `swallows`: pieces are taken and go nowhere; `is_cut`: nobody gets in.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.delay = 0.0
        self.swallows = False
        self.is_cut = False
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._door.getsockname()[1])
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def drop(self) -> None:
        """Break every open connection at once, as a machine does that has fallen."""
        with self._lock:
            broken, self._open = self._open, set()
        for each in broken:
            _break(each)

    def half_close(self) -> None:
        """Say to both ends of every open connection that no more will come, and still take what they send."""
        with self._lock:
            closed = list(self._open)
        for each in closed:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_WR)

    def heal(self) -> None:
        """Be a good wire again; what was hurt is broken off, so that both ends may begin anew."""
        was_hurt = self.swallows or self.is_cut
        self.delay, self.swallows, self.is_cut = 0.0, False, False
        if was_hurt:
            self.drop()

    def end(self) -> None:
        """Take it down."""
        self._ended.set()
        self._thread.join()
        self._door.close()
        self.drop()

    def _listen(self) -> None:
        while not self._ended.is_set():
            if not select.select([self._door], [], [], _TURN)[0]:
                continue
            near, _ = self._door.accept()
            self.connections += 1
            try:
                if self.is_cut:
                    raise ConnectionRefusedError
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._open |= {near, far}
            for here, there in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(here, there), daemon=True).start()

    def _carry(self, here: socket.socket, there: socket.socket) -> None:
        try:
            while piece := here.recv(_PIECE):
                if self.delay:
                    time.sleep(self.delay)
                if not self.swallows:
                    there.sendall(piece)
            there.shutdown(socket.SHUT_WR)
        except (OSError, ValueError):
            with self._lock:
                self._open -= {here, there}
            for each in (here, there):
                _break(each)


def _break(connection: socket.socket) -> None:
    """Close a socket with a reset: nobody is told goodbye."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Who still waits to read from it would keep it open.
        connection.shutdown(socket.SHUT_RD)
    connection.close()


@contextmanager
def wire_to(url: str) -> Iterator[tuple[Wire, str]]:
    """Lend a wire to a server, and the server's address by way of it."""
    parts = urlsplit(url)
    assert parts.port is not None
    wire = Wire(parts.port)
    try:
        yield wire, url.replace(f":{parts.port}", f":{wire.port}", 1)
    finally:
        wire.end()
