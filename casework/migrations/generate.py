"""For maintainers: write the next migration by comparing the newest schema with the tables.

`python -m casework.migrations.generate 0002 what_it_does`: read what it wrote, mend it, note it in head.txt.
"""

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from alembic import command
from alembic.config import Config

import casework.tables
from casework.cases.figures import tally_triggers
from casework.core import append_only
from casework.core.database import Database
from casework.matters.search import CREATE_FTS, CREATE_INDEXES

_FOLDER = Path(__file__).parent
_PIECE = 90


def generate(number: str, name: str) -> None:
    """Write `versions/<number>_<name>.py` from the difference between migrations and tables (SQLite)."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/schema.db")
        config = Config()
        config.set_main_option("script_location", str(_FOLDER))
        config.set_main_option("file_template", f"{number}_{name}")
        with db.engine.connect() as connection:
            config.attributes["connection"] = connection
            config.attributes["metadata"] = casework.tables.metadata
            command.upgrade(config, "head")
            command.revision(config, message=name.replace("_", " "), rev_id=number, autogenerate=True)
        db.close()
    path = _FOLDER / "versions" / f"{number}_{name}.py"
    if number == "0001":
        path.write_text(_with_extras(path.read_text("utf-8")), "utf-8")
    for tidy in (["check", "--fix", "--select", "I"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *tidy, "-q", str(path)], check=True)
    (_FOLDER / "head.txt").write_text(f"{number}\n", "ascii")


def _with_extras(text: str) -> str:
    """Add what autogenerate cannot see: the triggers, the FTS5 table, the indexes PostgreSQL alone has."""
    extras = [
        "    if op.get_bind().dialect.name == 'postgresql':",
        *map(_executed, CREATE_INDEXES),
        *map(_executed, (*append_only.statements("postgresql"), *tally_triggers.statements("postgresql"))),
        "    else:",
        _executed(CREATE_FTS),
        *map(_executed, (*append_only.statements("sqlite"), *tally_triggers.statements("sqlite"))),
    ]
    return text.replace("    # ### end Alembic commands ###", "\n".join(extras), 1)


def _executed(statement: str) -> str:
    """Write the call of a statement, cut at blanks into pieces that fit on a line."""
    pieces = textwrap.wrap(statement, _PIECE, drop_whitespace=False, break_long_words=False, break_on_hyphens=False)
    return "\n".join(["        op.execute(", *(f"            {piece!r}" for piece in pieces), "        )"])


if __name__ == "__main__":
    generate(sys.argv[1], sys.argv[2])
