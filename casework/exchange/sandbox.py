"""Starts the process that reads a file, and believes nothing but lines of JSON from it.

The child (`child`) gets the open file as its standard input and writes to an unnamed file, so memory here stays flat
whatever happens there. However it ends badly, the answer is one refusal. What the lines say is `sheets`' business.
"""

import json
import mmap
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, BinaryIO

import casework
from casework.core import errors
from casework.core.neutral import printable
from casework.exchange import limits

_REFUSED = 3  # the child's exit code for "refused, and the only line says why"
_COMMAND = (sys.executable, "-P", "-s", "-m", "casework.exchange.child")
places = threading.BoundedSemaphore(limits.CHILDREN)


def lines_of(file: BinaryIO, *, command: Sequence[str] = _COMMAND) -> mmap.mmap:
    """Read an open ordinary file in a child and return its lines, kept outside this process's own memory.

    `command` starts the child; every other program that keeps to the same manners will do.

    Raises:
        Refused: what the child found against the file; file_unreadable if it died or took too long; readers_busy.
    """
    if not places.acquire(timeout=limits.CHILD_WAIT_SECONDS):
        raise errors.refused("readers_busy")
    try:
        with tempfile.TemporaryFile() as out:
            code = _run(command, file, out)
            return _outcome(code, out)
    finally:
        places.release()


def _run(command: Sequence[str], file: BinaryIO, out: IO[bytes]) -> int | None:
    """Return the child's exit code, or None if it had to be killed."""
    try:
        done = subprocess.run(
            command,
            stdin=file,
            stdout=out,
            stderr=subprocess.DEVNULL,
            timeout=limits.CHILD_WALL_SECONDS,
            env=_environment(),
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.returncode


def _environment() -> dict[str, str]:
    """Only what Python needs: no database URL, no key, no proxy reaches the child."""
    return {"PYTHONPATH": str(Path(casework.__file__).parent.parent), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}


def _outcome(code: int | None, out: IO[bytes]) -> mmap.mmap:
    size = os.fstat(out.fileno()).st_size
    if code not in (0, _REFUSED) or not size:
        raise errors.refused("file_unreadable")
    lines = mmap.mmap(out.fileno(), size, access=mmap.ACCESS_READ)
    if code == _REFUSED:
        raise _refusal(lines[:])
    if not lines[-len(_END) :] == _END:
        raise errors.refused("file_unreadable")
    return lines


_END = b'{"end":true}\n'


def _refusal(line: bytes) -> errors.Refused:
    told = json.loads(line)
    params = {
        str(key): value if isinstance(value, int) else printable(str(value))[:200]
        for key, value in told["params"].items()
    }
    return errors.refused(str(told["refusal"]), **params)
