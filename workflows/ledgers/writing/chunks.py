"""The writing of an import: lines in chunks, each one transaction, tried again when the database was busy."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from casework.core.columns import canonical
from casework.core.database_faults import DatabaseFault, is_passing
from casework.core.errors import CaseworkError, invalid
from casework.core.office import Office
from casework.exchange.marking import Fault
from casework.exchange.sheets import Table
from workflows.ledgers.baton import Baton
from workflows.ledgers.desk import Desk, Imported, Ledger, Line
from workflows.ledgers.writing.lines import lines_of

# After so many chunks, and so many times as many again and again, the database looks anew at what they have filled.
_GROWTH = 4
_TRIES, _PAUSE = 5, 0.2
# Of so many rows that cannot be read all other faults are told; who has more of them has another kind of file.
_MOST_JUDGED = 100
# Rows of these stand on other rows of their file: nothing is said of one alone.
_TREES = ("regions", "orgs", "categories")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines to be written together, those refused among them, and what became of what is not to be written."""

    lines: Sequence[Line]
    spoilt: Sequence[Line]
    done: Imported


class Writer:
    """The writing part of one import."""

    def __init__(
        self,
        office: Office,
        ledger: Ledger,
        *,
        locale: str,
        dry_run: bool,
        afresh: Callable[[], Ledger],
        baton: Baton | None = None,
        reckons: bool = True,
    ) -> None:
        """`afresh` opens a ledger of the same kind; with a `baton` others write chunks of the file as well.

        `reckons`: it is this one that lets the database look anew at what has grown.
        """
        self._office, self._ledger, self._locale, self._dry_run = office, ledger, locale, dry_run
        self._afresh, self._judged = afresh, 0
        self._baton = baton or Baton()
        self._written, self._reckons_at = 0, _GROWTH
        self._reckons = reckons and not dry_run
        self._judge_ledger: Ledger | None = None

    def chunks(self, tables: Sequence[Table], size: int) -> Iterator[Chunk]:
        """Read the rows in chunks. Nothing here knows the database, so another thread may do it."""
        desk = Desk(self._ledger.columns, self._locale, self._ledger.key_field)
        fresh = self._without_repeats(lines_of(self._ledger.columns, tables, desk), desk)
        lines: Sequence[Line] = [*islice(fresh, size)]
        while lines:
            done, desk.done = desk.done, Imported()
            yield Chunk([line for line in lines if not line.spoilt], [line for line in lines if line.spoilt], done)
            lines = [*islice(fresh, size)]
        yield Chunk((), (), desk.done)

    def _without_repeats(self, lines: Iterable[Line], desk: Desk) -> Iterator[Line]:
        """Yield each line once: a repeated one is unchanged, one that contradicts an earlier line is refused."""
        seen: dict[str, tuple[str, int, bytes]] = {}
        for line in lines:
            if line.spoilt:
                yield line
                continue
            key = self._ledger.key(line)
            content = _content(line)
            sheet, row, before = seen.setdefault(key or "", (line.sheet, line.row, content))
            if key is None or (sheet, row) == (line.sheet, line.row):
                yield line
            elif before == content:
                desk.note("unchanged")
            else:
                desk.refuse(line, invalid(self._ledger.key_field, "import_row_twice", row=row, sheet=sheet))

    def write(self, chunk: Chunk) -> Imported:
        """Write one chunk and say what became of it, trying again when the database was busy."""
        done = Imported()
        done.add(chunk.done)
        for line in chunk.spoilt:
            done.refused += self._judged_of(line)
        if chunk.lines:
            done.add(self._written_of(chunk.lines))
        # What has nothing to write has its place in the order as well.
        self._baton.take()
        self._baton.pass_on()
        return done

    def _written_of(self, lines: Sequence[Line]) -> Imported:
        """Write lines; nothing of a failed try is counted."""
        for tries_left in reversed(range(_TRIES)):
            desk = Desk(self._ledger.columns, self._locale, self._ledger.key_field, baton=self._baton)
            try:
                self._write(lines, desk)
            except DatabaseFault as fault:
                if not is_passing(fault) or not tries_left:
                    raise
                time.sleep(_PAUSE)
            else:
                return desk.done
        raise AssertionError  # the last try has returned or raised

    def _judged_of(self, line: Line) -> list[Fault]:
        """Tell what else is wrong with a row of which some cell cannot be read, so that it is mended in one go.

        It is written as far as it goes and taken back, at a ledger of its own: no other row knows of it.
        """
        if self._judged >= _MOST_JUDGED or self._ledger.columns.kind in _TREES:
            return []
        self._judged += 1
        desk = Desk(self._ledger.columns, self._locale, self._ledger.key_field)
        session = self._office.db.session(write=True)
        try:
            if self._judge_ledger is None:
                self._judge_ledger = self._afresh()
                self._judge_ledger.look((), session)
            self._judge_ledger.write(session, [line], desk)
        except (CaseworkError, DatabaseFault, KeyError):
            # Without that cell no more can be said; a copy of the row has no such key.
            pass
        finally:
            self._office.db.end(session, keep=False)
        return [each for each in desk.done.refused if each.column and each.column not in line.spoilt]

    def _write(self, lines: Sequence[Line], desk: Desk) -> None:
        session = self._office.db.session(write=True)
        # What is asked for hundreds of keys at once is planned for any keys as for few of many counties.
        session.plan_anew()
        try:
            self._ledger.write(session, lines, desk)
            session.flush()
        except BaseException:  # Ctrl-C too takes the whole chunk back; raised again
            self._office.db.end(session, keep=False)
            raise
        self._office.db.end(session, keep=not self._dry_run)
        self._written += 1
        if self._written == self._reckons_at and self._reckons:
            self._reckons_at *= _GROWTH
            self._office.db.reckon(session.written)


def _content(line: Line) -> bytes:
    values = {key: str(value) for key, value in line.values.items() if key != "serial"}
    return hashlib.sha256(canonical(values).encode()).digest()
