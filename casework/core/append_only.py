"""Tables that only grow: the database itself refuses UPDATE and DELETE on them.

The application never tries; the triggers stop everybody else (and mistakes of ours). On SQLite they hold only with
recursive_triggers on, which database.py asserts (reliability.md §0.7).

One thing is let through: to empty a sealed column whose time is over (workflows/retaining.py). The row stays, with who
and when and the digest; nothing else of it may change in the same breath, and nothing is ever put in its place.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, MetaData, event

from casework.core.database import Base

TABLES = (
    *(
        "history",
        "firings",
        "audit",
        "audit_links",
        "anchors",
        "fund_lines",
        "dispatches",
        "urging_notices",
        "text_versions",
    ),
    *("triage_models", "triage_parts", "triage_uses", "triage_outcomes", "open311_submissions"),
    *("paper_templates", "paper_template_uses"),
)
# Table → the sealed column that may be emptied.
ERASABLE: Mapping[str, str] = {
    "dispatches": "content_cipher",
    "open311_submissions": "content_cipher",
    "text_versions": "content",
}

_FUNCTION = (
    "CREATE OR REPLACE FUNCTION casework_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN IF TG_OP = 'UPDATE' AND TG_NARGS = 1 THEN"
    " IF to_jsonb(NEW) = to_jsonb(OLD) || jsonb_build_object(TG_ARGV[0], NULL::text)"
    " AND to_jsonb(NEW) <> to_jsonb(OLD) THEN RETURN NEW; END IF; END IF;"
    " RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME; END$$"
)


def statements(dialect: str) -> list[str]:
    """Return the DDL that makes the tables append-only on an engine."""
    if dialect == "postgresql":
        made = [_FUNCTION]
        for table in TABLES:
            made.append(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
                f" FOR EACH ROW EXECUTE FUNCTION casework_append_only({_argument(table)})"
            )
            made.append(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION casework_append_only()"
            )
        return made
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}{_but_emptying(table, verb)}"
        f" BEGIN SELECT RAISE(ABORT, 'table {table} is append-only'); END"
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ]


def _argument(table: str) -> str:
    return f"'{ERASABLE[table]}'" if table in ERASABLE else ""


def _but_emptying(table: str, verb: str) -> str:
    """Return the condition of a trigger of SQLite under which it refuses; none: always."""
    if table not in ERASABLE or verb != "UPDATE":
        return ""
    emptied = ERASABLE[table]
    others = [column.name for column in Base.metadata.tables[table].columns if column.name != emptied]
    same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in others)
    return f" WHEN NOT (NEW.{emptied} IS NULL AND OLD.{emptied} IS NOT NULL AND {same})"


def guard(metadata: MetaData) -> None:
    """Let `metadata.create_all` make the triggers too."""

    @event.listens_for(metadata, "after_create")
    def _make(_metadata: MetaData, connection: Connection, **_options: object) -> None:
        for statement in statements(connection.dialect.name):
            # psycopg reads a lone percent sign as a parameter.
            connection.exec_driver_sql(statement.replace("%", "%%") if "%" in statement else statement)
