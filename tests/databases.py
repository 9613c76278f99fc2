"""A fresh database for each test, as a copy of a template that is built once in a session.

Copying is what makes tests independent without any knowledge of the tables: append-only triggers need no lifting and
nothing has to be emptied in the right order. It costs a file copy on SQLite and 25 ms on PostgreSQL in memory.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests import server_keeper, servers
from tests.schema import build_county, build_schema

ENGINES = ("sqlite", "postgresql")
BUILDERS = {"schema": build_schema, "county": build_county}
_numbers = count()
_kept: list[psycopg.Connection[Any]] = []


@contextmanager
def fresh_database(engine: str, *, holding: str | None = "schema") -> Iterator[str]:
    """Lend the URL of a database holding the `schema`, the `county` of tests/world.py, or nothing (None).

    Raises:
        ServerUnavailable: no PostgreSQL can be had.
    """
    name = f"casework_{_session_name()}_{os.getpid()}_{next(_numbers)}"
    if engine == "sqlite":
        folder = server_keeper.session_folder() / name
        folder.mkdir()
        if holding:
            shutil.copyfile(_sqlite_template(holding), folder / "casework.db")
        yield f"sqlite:///{folder / 'casework.db'}"
        shutil.rmtree(folder)
        return
    template = _postgres_template(holding) if holding else "template0"
    copy_postgres(template, name)
    try:
        yield _url_of(name)
    finally:
        drop_postgres(name)


def copy_postgres(template: str, name: str) -> None:
    """Create the database `name` as a copy of `template`, which nobody may be using."""
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    connection = _administration()
    if connection.info.server_version >= 150000:
        # The default writes every page to the log: safer against crashes, twice as slow.
        command += sql.SQL(" STRATEGY file_copy")
    connection.execute(command)


def drop_postgres(name: str) -> None:
    """Drop the database `name`, ending whoever still uses it."""
    _administration().execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _administration() -> psycopg.Connection[Any]:
    """Return this process's one connection for making and dropping; two log-ins a test were a third of a copy."""
    if not _kept or _kept[0].closed:
        _kept[:] = [psycopg.connect(server_keeper.server_url("postgres"), autocommit=True)]
    return _kept[0]


def close_administration() -> None:
    """Close that connection at the end of a session."""
    while _kept:
        _kept.pop().close()


def drop_templates() -> None:
    """Take the session's template away from a server that is not ours and lives on."""
    given = os.environ.get(server_keeper.GIVEN_URL["postgres"])
    for holding in BUILDERS if given else ():
        if (server_keeper.session_folder() / f"postgresql.{holding}").exists():
            drop_postgres(_template_name(holding))


def _sqlite_template(holding: str) -> Path:
    template = server_keeper.session_folder() / f"{holding}.db"
    with server_keeper.locked(f"sqlite.{holding}"):
        if not template.exists():
            draft = template.with_suffix(".draft")
            draft.unlink(missing_ok=True)
            BUILDERS[holding](f"sqlite:///{draft}")
            draft.rename(template)
    return template


def _postgres_template(holding: str) -> str:
    name, done = _template_name(holding), server_keeper.session_folder() / f"postgresql.{holding}"
    with server_keeper.locked(f"postgresql.{holding}.template"):
        if not done.exists():
            drop_postgres(name)
            copy_postgres("template0", name)
            BUILDERS[holding](_url_of(name))
            done.touch()
    return name


def _template_name(holding: str) -> str:
    return f"casework_{_session_name()}_{holding}"


def _session_name() -> str:
    return server_keeper.session_folder().name.removeprefix(servers.FOLDER_PREFIX).lower()


def _url_of(name: str) -> str:
    return urlsplit(server_keeper.server_url("postgres"))._replace(path=f"/{name}").geturl()
