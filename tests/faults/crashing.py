"""Ways to strike an operation at its n-th instant, and to say exactly what a database holds.

An instant is the moment before a statement, the beginning of a transaction, and both sides of its commit. After one
statement is before the next, for who dies and for who loses the database alike.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from casework.core.database import Database, Session
from casework.tables import metadata
from tests.world import World

KILLED = 137
INSTANTS = ("begin", "before_cursor_execute", "commit")
Content = Mapping[str, tuple[int, str]]
_TABLES = [table.name for table in metadata.sorted_tables]


@dataclass
class Strike:
    """What befalls the n-th instant; `fell` says whether it came to that."""

    n: int
    blow: Callable[[], None]
    count: int = 0
    fell: bool = False
    _hook: Callable[..., None] = field(init=False)

    def __post_init__(self) -> None:
        # One callable for all, so that it can be taken off again.
        self._hook = self._at_an_instant

    def _at_an_instant(self, *_arguments: object) -> None:
        self.count += 1
        if self.count == self.n:
            self.fell = True
            self.blow()

    @contextmanager
    def on(self, database: Database | None = None) -> Iterator["Strike"]:
        """Wait in a database's engine for the instant, without a database in every engine there will be."""
        engine: Any = Engine if database is None else database.engine
        targets: list[tuple[Any, str]] = [(engine, name) for name in INSTANTS]
        targets.append((Session, "after_commit"))
        for target, name in targets:
            event.listen(target, name, self._hook)
        try:
            yield self
        finally:
            for target, name in targets:
                event.remove(target, name, self._hook)


def die() -> None:
    """End this process as a power cut would."""
    os._exit(KILLED)


def lose_the_database() -> None:
    """Fail as a database does that is restarted."""
    raise OperationalError("the statement at hand", {}, ConnectionError("the server went away"))


def in_a_child(world: World, act: Callable[[World], object], n: int) -> int:
    """Act in a child process that dies at the n-th instant; return its exit code, 0 when it never came to that."""
    # No connection goes along; what the engine has made of statements does, so that a child need not make it again.
    world.db.engine.dispose()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with Strike(n, die).on(world.db):
                act(world)
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def content(db: Database) -> Content:
    """Return for every table how many rows it has, and a digest of them all."""
    if db.is_postgresql:
        return {name: (rows, digest) for name, rows, digest in _aside(db).execute(_DIGESTS, prepare=True)}
    with db.reading() as session:
        # Asked of the driver itself: a hundred tables are read for each strike, most of them empty.
        cursor, found = session.connection().connection.cursor(), {}
        for name in _TABLES:
            cursor.execute(f'SELECT * FROM "{name}"')
            rows = cursor.fetchall()
            written = "\n".join(sorted(map(repr, rows)))
            found[name] = (len(rows), sha256(written.encode()).hexdigest())
    return found


def _aside(db: Database) -> psycopg.Connection[Any]:
    """Return the one connection beside the database's own that a test reads everything by.

    Each of those is closed before a child is made; a new one would have to look up all tables again, which takes as
    long as to read them. No child uses this one.
    """
    if "aside" not in db.info:
        url = db.url.replace("+psycopg", "", 1)
        db.info["aside"] = psycopg.connect(url, autocommit=True, options="-c max_parallel_workers_per_gather=0")
    made: psycopg.Connection[Any] = db.info["aside"]
    return made


def close(db: Database) -> None:
    """Close a database with the connection beside it."""
    if "aside" in db.info:
        db.info["aside"].close()
    db.close()


# In one statement, reckoned where the rows are.
_DIGESTS = " UNION ALL ".join(
    f"SELECT '{table.name}', count(*), coalesce(md5(string_agg(r::text, chr(10) ORDER BY r::text)), '')"
    f' FROM "{table.name}" AS r'
    for table in metadata.sorted_tables
)


def grown(before: Content, after: Content) -> dict[str, int]:
    """Return by how many rows each table has grown, those left out that have not."""
    difference = {name: after[name][0] - before[name][0] for name in after}
    return {name: rows for name, rows in difference.items() if rows}
