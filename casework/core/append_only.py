"""Tables that only grow: the database itself refuses UPDATE and DELETE on them.

The application never tries; the triggers stop everybody else (and mistakes of ours). On SQLite they hold only with
recursive_triggers on, which database.py asserts (reliability.md §0.7).
"""

from sqlalchemy import Connection, MetaData, event

TABLES = (
    *("history", "firings", "audit", "anchors", "fund_lines", "dispatches", "urging_notices", "text_versions"),
    *("triage_models", "triage_parts", "triage_uses", "triage_outcomes", "open311_submissions"),
    *("paper_templates", "paper_template_uses"),
)

_FUNCTION = (
    "CREATE OR REPLACE FUNCTION casework_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME; END$$"
)


def statements(dialect: str) -> list[str]:
    """Return the DDL that makes the tables append-only on an engine."""
    if dialect == "postgresql":
        made = [_FUNCTION]
        for table in TABLES:
            made.append(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION casework_append_only()"
            )
            made.append(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION casework_append_only()"
            )
        return made
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, 'table {table} is append-only'); END"
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ]


def guard(metadata: MetaData) -> None:
    """Let `metadata.create_all` make the triggers too."""

    @event.listens_for(metadata, "after_create")
    def _make(_metadata: MetaData, connection: Connection, **_options: object) -> None:
        for statement in statements(connection.dialect.name):
            # psycopg reads a lone percent sign as a parameter.
            connection.exec_driver_sql(statement.replace("%", "%%") if "%" in statement else statement)
