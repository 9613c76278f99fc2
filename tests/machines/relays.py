"""The lesser form of several machines, for whoever may make no network: every host is 127.0.0.1, every way between two
hosts a relay of our own that can be cut. A cut relay hangs up and takes no call, so silence is not tried here.
"""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from tests.servers import LOOPBACK


class Relay:
    """Hands on what comes in on a port of its own."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._cut = False
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """Hang up, and take no call from now on."""
        self._cut = True
        with self._lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def heal(self) -> None:
        """Hand on again."""
        self._cut = False

    def close(self) -> None:
        """End for good."""
        self.cut()
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                if self._cut:
                    raise ConnectionRefusedError
                far = socket.create_connection((LOOPBACK, self._target), timeout=2)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._open |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while said := one.recv(65536):
                other.sendall(said)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open.discard(one)
        one.close()


class Relays:
    """Hosts by name, all of them here."""

    kind = "processes on 127.0.0.1"

    def __init__(self, _hosts: Sequence[str]) -> None:
        self._relays: dict[tuple[str, str, int], Relay] = {}

    def close(self) -> None:
        """End every relay."""
        for each in self._relays.values():
            each.close()

    def address(self, _host: str) -> str:
        """Return where a program on this host listens."""
        return LOOPBACK

    def way(self, source: str, target: str, port: int) -> tuple[str, int]:
        """Return how one host reaches a port of another."""
        relay = self._relays.get((source, target, port))
        if relay is None:
            relay = self._relays[source, target, port] = Relay(port)
        return LOOPBACK, relay.port

    @contextmanager
    def at(self, _host: str) -> Iterator[None]:
        """Be on a host: here as everywhere."""
        yield

    def cut(self, source: str, target: str) -> None:
        """Let nothing through between two hosts."""
        for each in self._between(source, target):
            each.cut()

    def heal(self, source: str, target: str) -> None:
        """Join the two again."""
        for each in self._between(source, target):
            each.heal()

    def unplug(self, host: str) -> None:
        """Let nothing through from or to a host."""
        for ends, each in self._relays.items():
            if host in ends[:2]:
                each.cut()

    def plug(self, host: str) -> None:
        """Join it again."""
        for ends, each in self._relays.items():
            if host in ends[:2]:
                each.heal()

    def _between(self, source: str, target: str) -> list[Relay]:
        return [each for ends, each in self._relays.items() if set(ends[:2]) == {source, target}]
