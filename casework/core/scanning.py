"""Asking a virus scanner of this machine about a file: a command, or clamd by its INSTREAM protocol.

A verdict is clean, or the name of what was found. Everything else (nobody answers, too slow, a word nobody knows, the
scanner's own limit) is `Away`: the file was not judged, and what becomes of it is the caller's setting. Files are in
plain on the way, so a scanner behind a network is not spoken to.
"""

import os
import re
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

SCANNERS = "the absolute path of a command, clamd://127.0.0.1:port or clamd:///path/of/socket"
CONNECT_SECONDS, WHOLE_SECONDS = 3.0, 30.0
_CHUNK = 256 * 1024
_LONGEST_ANSWER = 4096
_HERE = ("127.0.0.1", "::1", "localhost")
_NAME = re.compile(r"[^\w.:-]", re.ASCII)


class Away(Exception):
    """The scanner gave no verdict."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """Where it is: a command, a socket, or host and port. `holds`: what it did not judge is held back, not refused."""

    command: str = ""
    path: str = ""
    host: str = ""
    port: int = 0
    holds: bool = False

    @classmethod
    def read(cls, text: str, *, holds: bool) -> "Scanner | None":
        """Read the setting; None when there is none.

        Raises:
            ValueError: it is none of the three, or not on this machine.
        """
        if not text:
            return None
        if text.startswith("/"):
            return cls(command=text, holds=holds)
        parts = urlsplit(text)
        if parts.scheme != "clamd" or parts.query or parts.fragment or parts.username is not None:
            raise ValueError(text)
        if not parts.netloc and parts.path.startswith("/"):
            return cls(path=parts.path, holds=holds)
        if parts.hostname not in _HERE or not parts.port or parts.path:
            raise ValueError(text)
        return cls(host=parts.hostname, port=parts.port, holds=holds)

    def ask(self, file: IO[bytes]) -> str:
        """Return the name of what was found in a file, "" when it is clean.

        Raises:
            Away: there is no verdict.
        """
        file.seek(0)
        try:
            return self._by_command(file) if self.command else self._by_stream(file)
        except (OSError, subprocess.SubprocessError) as fault:
            raise Away(type(fault).__name__) from fault

    def _by_command(self, file: IO[bytes]) -> str:
        """Run the command with the file as its input: 0 is clean, 1 is found, as clamdscan and others have it."""
        done = subprocess.run(
            [self.command],
            stdin=file.fileno(),
            capture_output=True,
            timeout=WHOLE_SECONDS,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            cwd="/",
            check=False,
        )
        if done.returncode not in (0, 1):
            raise Away(f"exit {done.returncode}")
        words = done.stdout[:_LONGEST_ANSWER].decode("utf-8", "replace").split(" FOUND")[0].split()
        return "" if done.returncode == 0 else _named(words[-1] if words else "")

    def _by_stream(self, file: IO[bytes]) -> str:
        until = time.monotonic() + WHOLE_SECONDS
        with self._connected() as line:
            line.sendall(b"zINSTREAM\0")
            while chunk := file.read(_CHUNK):
                _bound(line, until)
                line.sendall(len(chunk).to_bytes(4, "big") + chunk)
            line.sendall(bytes(4))
            answer = b""
            while b"\0" not in answer and len(answer) < _LONGEST_ANSWER:
                _bound(line, until)
                part = line.recv(_LONGEST_ANSWER)
                if not part:
                    break
                answer += part
        said = answer.partition(b"\0")[0].decode("utf-8", "replace").removeprefix("stream: ").strip()
        if said == "OK":
            return ""
        if said.endswith(" FOUND"):
            return _named(said.removesuffix(" FOUND"))
        raise Away(said[:80] or "no answer")

    def _connected(self) -> socket.socket:
        if not self.path:
            return socket.create_connection((self.host, self.port), timeout=CONNECT_SECONDS)
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(CONNECT_SECONDS)
        try:
            line.connect(self.path)
        except OSError:
            line.close()
            raise
        return line


def _bound(line: socket.socket, until: float) -> None:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    line.settimeout(left)


def _named(text: str) -> str:
    """Return what was found as it may stand in a sentence: a word of its own letters, never what a file says."""
    return _NAME.sub("", os.fsdecode(text))[:60] or "virus"
