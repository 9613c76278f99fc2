"""The lazy description of a result is psycopg's own, and there is none where psycopg has none."""

import psycopg

from casework.core.driver.lazy_description import cursor_class


def test_a_result_is_described_as_psycopg_does(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        plain, lazy = psycopg.Cursor(connection), cursor_class()(connection)
        for statement in ("SELECT 1 AS one, 'x' AS two WHERE false", "SELECT", "SET work_mem = '4MB'"):
            plain.execute(statement)
            lazy.execute(statement)
            assert (lazy.description is None) == (plain.description is None)
            # Columns are equal to themselves alone; their words are compared.
            assert list(map(repr, lazy.description or ())) == list(map(repr, plain.description or ()))
        lazy.execute("SELECT 1 AS one, 'x' AS two")
        assert (len(lazy.description), lazy.description[1].name) == (2, "two")
