"""What a pool of connections does when the server behind it is another one: reliability.md F8."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from casework.core import engines
from casework.core.database import Database
from casework.core.database_faults import is_passing
from tests import databases


@pytest.fixture
def database() -> Iterator[Database]:
    with databases.fresh_database("postgresql", holding=None) as url:
        opened = Database(url)
        with opened.transaction() as session:
            session.execute(text("CREATE TABLE told (n int)"))
        yield opened
        opened.close()


def _tell(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("INSERT INTO told VALUES (1)"))


def test_a_server_that_takes_no_writes_any_more_is_left_after_one_try(database: Database) -> None:
    with database.session(write=True) as session:
        session.execute(text("SET default_transaction_read_only = on"))
        session.commit()
    with pytest.raises(DBAPIError, match="read-only transaction") as fault:
        _tell(database)
    assert is_passing(fault.value), "who asked is told to come again"
    _tell(database)


def test_writing_where_only_looking_is_allowed_stays_a_fault_of_ours(database: Database) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction") as fault, database.reading() as session:
        session.execute(text("INSERT INTO told VALUES (1)"))
    assert not is_passing(fault.value)


def test_what_rested_while_the_server_went_away_is_replaced_before_it_is_used(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "PING_AFTER_SECONDS", 0.0)
    with database.reading() as one, database.reading() as other:
        for session in (one, other):
            session.execute(text("SELECT 1"))
    end = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> :own")
    witness = Database(database.url)
    with witness.reading() as session:
        own, name = session.execute(text("SELECT pg_backend_pid(), current_database()")).one()
        assert len(session.execute(end, {"name": name, "own": own}).all()) == 2
    witness.close()
    for _ in range(2):
        _tell(database)


def test_of_several_servers_the_one_that_answered_last_is_asked_first(database: Database) -> None:
    url = database.engine.url
    away = "127.0.0.1:1"
    both = url.set(host=None, port=None, query={"host": (away, f"{url.host}:{url.port}")})
    several = Database(both.render_as_string(hide_password=False))
    asked: list[str] = []
    dialect = several.engine.dialect
    connect = dialect.connect

    def noted(*arguments: object, **options: str) -> object:
        asked.append(options["port"])
        return connect(*arguments, **options)

    dialect.connect = noted  # type: ignore[method-assign, assignment] # only listens
    _tell(several)
    with several.reading() as one, several.reading() as other:
        for session in (one, other):
            session.execute(text("SELECT 1"))
    several.close()
    assert asked == [f"1,{url.port}", f"{url.port},1"]
