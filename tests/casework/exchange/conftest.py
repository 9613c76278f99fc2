"""What tests of files share: reading under the eyes of an accountant of processor time and memory."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from casework.core.errors import Refused
from casework.exchange.sheets import Book, Sheet, read_book

Read = Callable[..., Sheet]
Refusal = Callable[[bytes | Path], str]

# Of the processor, not of the clock on the wall: a busy machine is no fault of the reader.
MOST_CPU_SECONDS = 20.0
MOST_GROWTH_BYTES = 50 * 1024 * 1024


def _memory(key: str) -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _bearable() -> Iterator[None]:
    """Fail if what happens inside costs twenty seconds of a processor, or fifty megabytes here at any moment."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the high-water mark starts anew
    before, begun = _memory("VmRSS"), _cpu_of_children()
    yield
    assert _cpu_of_children() - begun < MOST_CPU_SECONDS
    assert _memory("VmHWM") - before < MOST_GROWTH_BYTES


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads bytes as a file of the given name and returns its first sheet."""

    def _read(content: bytes, name: str = "台账.xlsx") -> Sheet:
        path = tmp_path / name
        path.write_bytes(content)
        return read_book(path).sheets[0]

    return _read


@pytest.fixture
def refusal_of(tmp_path: Path) -> Refusal:
    """Return a function that reads a file, demands a quick and cheap refusal and returns its code."""

    def _refusal_of(content: bytes | Path) -> str:
        path = content if isinstance(content, Path) else tmp_path / "hostile.xlsx"
        if isinstance(content, bytes):
            path.write_bytes(content)
        with _bearable(), pytest.raises(Refused) as caught:
            read_book(path)
        return caught.value.refusals[0].code

    return _refusal_of


@pytest.fixture
def attempt(tmp_path: Path) -> Callable[[bytes], Book | Refused]:
    """Return a function that reads bytes and answers with the book or the refusal, quickly and cheaply either way."""

    def _attempt(content: bytes) -> Book | Refused:
        path = tmp_path / "doubtful.xlsx"
        path.write_bytes(content)
        with _bearable():
            try:
                return read_book(path)
            except Refused as refused:
                return refused

    return _attempt
