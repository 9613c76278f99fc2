"""A long file is written by three processes, two making the lives of a chunk while that of another is sent.

One thread makes some 1,500 lives a second while a second processor and the database wait for it. So this process
reads the file and hands its chunks out by turns, and others (`hand`) make and write them. They are kept in the
order of their rows: what is made is written only once all before it is there (`baton`), so numbers, look-alikes and
what is refused come out as they do of one process, and a file that is stopped or killed half way has its first chunks
and no others. When one of them is gone, the file is gone on with here.
"""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from types import TracebackType
from typing import Self

import casework
from casework.core.actors import Actor
from casework.core.settings import Settings
from workflows.ledgers.desk import Imported
from workflows.ledgers.writing.chunks import Chunk

# One more than two processors need: while one of them waits for the database, two others make.
HANDS = 3
# A hand takes a second to start and 150 MB: a shorter file is written sooner without.
FROM_ROWS = 20_000
# No file of so many rows is smaller; of one as large it is known only when it is read whether it has them.
_LONG_BYTES = 2**20
# One chunk at work in each hand, one that lies ready.
_GIVEN = 2 * HANDS
_WAIT_SECONDS = 10
_MODULE = "workflows.ledgers.writing.hand_alone"


@dataclass(frozen=True, slots=True)
class Share:
    """What a hand has to know of the import it helps with."""

    settings: Settings
    kind: str
    actor: Actor
    at: datetime
    locale: str
    dry_run: bool
    # Whether this one lets the database look anew at what has grown: once is enough.
    reckons: bool = True
    # Log lines and events of a hand carry the id of who asked for the import.
    request: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """What a hand says of a chunk that could not be written: nothing of it is kept."""

    why: Exception


# What is said to a hand beside chunks: all before yours is kept.
GO = "go"


class _GoneError(Exception):
    """A hand has ended, or could not be started."""


@contextmanager
def called(share: Share | None, path: Path) -> Iterator["Call | None"]:
    """Call the hands while a file is read, if it is one for them; those nobody needed go again. No share: no hands."""
    call = None if share is None else Call(share)
    try:
        if call is not None and path.is_file() and path.stat().st_size >= _LONG_BYTES:
            with suppress(_GoneError):
                call.start()
        yield call
    finally:
        if call is not None:
            call.end()


class Call:
    """The processes, started when they are first needed."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._hands: list[_Hand] = []

    def start(self) -> Sequence["_Hand"]:
        """Return all, started.

        Raises:
            _GoneError: one cannot be.
        """
        while len(self._hands) < HANDS:
            self._hands.append(_Hand(replace(self._share, reckons=not self._hands)))
        return self._hands

    def end(self) -> None:
        """Let all go, and wait until they have."""
        for hand in self._hands:
            hand.let_go()
        for hand in self._hands:
            hand.end()
        self._hands = []


def write(
    chunks: Iterator[Chunk], call: Call, *, land: Callable[[Chunk, Imported], None], tell: Callable[[], None]
) -> Iterator[Chunk]:
    """Have chunks written, each told to `land` when it is kept, `tell` after it; yield those left when a hand is gone.

    What `tell` raises ends it: what has begun to be written lands, no more is begun.
    """
    given: deque[Chunk] = deque()
    try:
        with _Hands(call, land) as hands:
            for chunk in chunks:
                given.append(chunk)
                hands.give(chunk)
                if len(given) == _GIVEN:
                    hands.finish(given)
                    tell()
            while given:
                hands.finish(given)
                tell()
    except _GoneError:
        # The first of them may be there: its lines are found by what they are known by, as in a file taken in twice.
        yield from given
        yield from chunks


class _Hands:
    """The processes, and which of their chunks may be written."""

    def __init__(self, call: Call, land: Callable[[Chunk, Imported], None]) -> None:
        self._call, self._land = call, land
        self._hands: Sequence[_Hand] = ()
        self._given = self._done = 0
        self._writing: Chunk | None = None

    def __enter__(self) -> Self:
        try:
            self._hands = self._call.start()
        except _GoneError:
            self._call.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _fault: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            if self._writing is not None and kind is not None and not issubclass(kind, _GoneError):
                with suppress(_GoneError):
                    said = self._next.said()
                    if isinstance(said, Imported):
                        self._land(self._writing, said)
        finally:
            self._call.end()

    def give(self, chunk: Chunk) -> None:
        """Let a chunk be made."""
        self._hands[self._given % HANDS].tell(chunk)
        self._given += 1
        if self._writing is None:
            self._let_write(chunk)

    def finish(self, given: deque[Chunk]) -> None:
        """Wait until the first of what was given is kept, and let the next be written meanwhile.

        Raises:
            Exception: what went wrong with it.
        """
        said = self._next.said()
        self._writing = None
        if isinstance(said, Failed):
            raise said.why
        self._land(given.popleft(), said)
        self._done += 1
        if given:
            self._let_write(given[0])

    def _let_write(self, chunk: Chunk) -> None:
        self._writing = chunk
        self._next.tell(GO)

    @property
    def _next(self) -> "_Hand":
        """Whose turn it is to write."""
        return self._hands[self._done % HANDS]


class _Hand:
    """One process that makes and writes chunks, and the line to it."""

    def __init__(self, share: Share) -> None:
        ours, theirs = Pipe()
        self._line: Connection = ours
        home = Path(casework.__file__).parent.parent
        command = (sys.executable, "-P", "-s", "-m", _MODULE, str(theirs.fileno()))
        try:
            self._process = subprocess.Popen(
                command,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(home)},
            )
        except OSError as fault:
            ours.close()
            raise _GoneError from fault
        finally:
            theirs.close()
        self.tell(share)

    def tell(self, what: Share | Chunk | str) -> None:
        """Say something to it; it listens at all times."""
        try:
            self._line.send(what)
        except OSError as fault:
            raise _GoneError from fault

    def said(self) -> Imported | Failed:
        """Wait for what it says of a chunk."""
        try:
            said: Imported | Failed = self._line.recv()
        except (OSError, EOFError) as fault:
            raise _GoneError from fault
        return said

    def let_go(self) -> None:
        """Let it end: what it has not begun to write is dropped."""
        self._line.close()

    def end(self) -> None:
        """Wait until it has."""
        try:
            self._process.wait(_WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
