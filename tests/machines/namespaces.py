"""Machines of their own: each host is a network namespace of the kernel, all of them plugged into one bridge.

What is started inside `at(host)` runs on that host, threads and programs alike. Nothing has a name on the machine
beneath: a namespace is gone with its last process and the last handle on it, also when the test was killed. A cut
link is a black hole, as a pulled cable is: nothing is refused, nothing comes back.
"""

import ctypes
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_NEW_NETWORK = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
_OWN = Path("/proc/thread-self/ns/net")
# A network for examples in texts: nobody has it.
_NETWORK = "192.0.2"
_NOBODY = "02:00:00:00:00:ff"
# Not the machine beneath: a host without anything, in which the bridge stands.
_SWITCH = "switch"


class Unavailable(Exception):
    """No namespaces are to be had: not root, no kernel that has them, or no `ip`."""


class Namespaces:
    """Hosts by name, each with an address of its own."""

    kind = "network namespaces"

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = {host: f"{_NETWORK}.{number}" for number, host in enumerate(hosts, 1)}
        self._handles: dict[str, int] = {}
        if not shutil.which("ip"):
            raise Unavailable("there is no `ip`")
        try:
            self._handles = {host: _in_a_thread(_new_namespace) for host in (_SWITCH, *hosts)}
            self._ip(_SWITCH, "link", "add", "bridge", "type", "bridge")
            self._ip(_SWITCH, "link", "set", "bridge", "up")
            for number, host in enumerate(hosts):
                self._plug_in(host, f"port{number}")
        except (OSError, subprocess.CalledProcessError) as fault:
            self.close()
            raise Unavailable(str(fault)) from fault

    def close(self) -> None:
        """Let go of every host."""
        while self._handles:
            os.close(self._handles.popitem()[1])

    def address(self, host: str) -> str:
        """Return where a program on this host listens."""
        return self._hosts[host]

    def way(self, _source: str, target: str, port: int) -> tuple[str, int]:
        """Return how one host reaches a port of another."""
        return self._hosts[target], port

    @contextmanager
    def at(self, host: str) -> Iterator[None]:
        """Be on a host: what is opened and started inside belongs to it."""
        here = os.open(_OWN, os.O_RDONLY)
        _enter(self._handles[host])
        try:
            yield
        finally:
            _enter(here)
            os.close(here)

    def cut(self, source: str, target: str) -> None:
        """Let what these two send to each other go nowhere."""
        for one, other in ((source, target), (target, source)):
            self._ip(one, "neigh", "replace", self._hosts[other], "lladdr", _NOBODY, "dev", "eth0", "nud", "permanent")

    def heal(self, source: str, target: str) -> None:
        """Join the two again."""
        for one, other in ((source, target), (target, source)):
            self._ip(one, "neigh", "del", self._hosts[other], "dev", "eth0")

    def unplug(self, host: str) -> None:
        """Take a host off the network."""
        self._ip(host, "link", "set", "eth0", "down")

    def plug(self, host: str) -> None:
        """Put it back."""
        self._ip(host, "link", "set", "eth0", "up")

    def _plug_in(self, host: str, port: str) -> None:
        handle = self._handles[host]
        self._ip(
            _SWITCH, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", f"/proc/self/fd/{handle}"
        )
        self._ip(_SWITCH, "link", "set", port, "master", "bridge", "up")
        self._ip(host, "addr", "add", f"{self._hosts[host]}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            self._ip(host, "link", "set", device, "up")

    def _ip(self, host: str, *words: str) -> None:
        with self.at(host):
            subprocess.run(["ip", *words], check=True, capture_output=True, pass_fds=list(self._handles.values()))


def _new_namespace() -> int:
    _checked(_LIBC.unshare(_NEW_NETWORK))
    return os.open(_OWN, os.O_RDONLY)


def _enter(handle: int) -> None:
    _checked(_LIBC.setns(handle, _NEW_NETWORK))


def _checked(answer: int) -> None:
    if answer:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _in_a_thread(act: Callable[[], T]) -> T:
    """Run in a thread that ends afterwards, so that nothing else is where it went."""
    done: list[T | OSError] = []

    def run() -> None:
        try:
            done.append(act())
        except OSError as fault:
            done.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(done[0], OSError):
        raise done[0]
    return done[0]
