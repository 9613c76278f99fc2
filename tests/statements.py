"""What SQLAlchemy compiles is kept for all databases of a process: every test has a database of its own.

An engine keeps its compiled statements for itself, and a sixth of a web test went into compiling what the test before
it had compiled. Engines of the same kind compile the same text, since each test opens them in the same way.
"""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_MOST = 4_000
_kept: dict[type, Any] = {}


def share() -> None:
    """Let every engine made from now on keep its statements where all of its kind do."""
    kinds: list[Any] = [PGDialect_psycopg, SQLiteDialect_pysqlite]
    for kind in kinds:
        kind.__eq__ = lambda self, other: type(self) is type(other)
        kind.__hash__ = lambda self: hash(type(self))
    engines: Any = Engine
    begin = engines.__init__

    def begin_sharing(engine: Engine, *arguments: Any, **options: Any) -> None:
        begin(engine, *arguments, **options)
        engine._compiled_cache = _kept.setdefault(type(engine.dialect), LRUCache(_MOST))

    engines.__init__ = begin_sharing
