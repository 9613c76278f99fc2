"""The process that makes and writes every other chunk of a long file (`hands` starts it and says what and when)."""

import logging
import pickle
import signal
import sys
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread

from casework.core.memory import garbage

# As every program of ours is read in: looked through for garbage meanwhile, a hand takes a fourth longer to begin.
with garbage.reading_in():
    from structlog.contextvars import bound_contextvars

    from casework.core import logs
    from casework.core.office import open_office
    from casework.exchange.turns import short_turns
    from workflows.ledgers.baton import Baton
    from workflows.ledgers.desk import Imported
    from workflows.ledgers.writing.chunks import Chunk, Writer
    from workflows.ledgers.writing.hands import GO, Failed, Share
    from workflows.ledgers.writing.kinds import open_ledger


class _LetGoError(Exception):
    """Who handed the chunks out is gone, or wants no more."""


class _Ear:
    """Takes in all that is said, so that who says it never waits."""

    def __init__(self, line: Connection) -> None:
        self._line = line
        # None stands behind the last of each.
        self._chunks, self._goes = SimpleQueue[Chunk | None](), SimpleQueue[str | None]()
        Thread(target=self._listen, name="ear", daemon=True).start()

    def _listen(self) -> None:
        try:
            while True:
                heard = self._line.recv()
                (self._goes if heard == GO else self._chunks).put(heard)
        except (OSError, EOFError):
            self._chunks.put(None)
            self._goes.put(None)

    def next_chunk(self) -> Chunk:
        """Wait for a chunk to make.

        Raises:
            _LetGoError: there is none.
        """
        chunk = self._chunks.get()
        if chunk is None:
            raise _LetGoError
        return chunk

    def wait_for_go(self) -> None:
        """Wait until all chunks before the one at hand are kept.

        Raises:
            _LetGoError: they will not be.
        """
        if self._goes.get() is None:
            raise _LetGoError


def main() -> int:
    """Write what is handed out until there is no more."""
    # Ctrl-C goes to all processes of a terminal; when to stop is decided by who hands out.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line = Connection(int(sys.argv[1]))
    with suppress(_LetGoError, BrokenPipeError, EOFError):
        _work(line.recv(), line)
    return 0


def _work(share: Share, line: Connection) -> None:
    logs.configure(format=share.settings.log_format, level=logging.WARNING)
    known = {} if share.request is None else {logs.REQUEST: share.request}
    ear = _Ear(line)
    with bound_contextvars(**known), garbage.seldom_collected(), short_turns():
        office = open_office(share.settings)
        afresh = partial(open_ledger, office, share.kind, actor=share.actor, at=share.at)
        baton = Baton(ear.wait_for_go)
        writer = Writer(
            office,
            afresh(),
            locale=share.locale,
            dry_run=share.dry_run,
            afresh=afresh,
            baton=baton,
            reckons=share.reckons,
        )
        try:
            said: Imported | Failed | None = None
            # What comes behind a chunk that is not there may not be written.
            while not isinstance(said, Failed):
                said = _written(writer, ear.next_chunk())
                line.send(said)
        finally:
            office.close()


def _written(writer: Writer, chunk: Chunk) -> Imported | Failed:
    try:
        return writer.write(chunk)
    except _LetGoError:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is raised where the file is read
        return Failed(_portable(fault))


def _portable(fault: Exception) -> Exception:
    """Return what can be sent: the error itself, or its words where it cannot be made anew from what it holds."""
    try:
        pickle.loads(pickle.dumps(fault))  # noqa: S301 - what was written a moment ago, by ourselves
    except Exception:  # noqa: BLE001 - an error of any library, each with ways of its own
        return RuntimeError(f"{type(fault).__name__}: {fault}")
    return fault
