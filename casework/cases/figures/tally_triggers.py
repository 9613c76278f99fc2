"""The triggers by which the database notes what every change of a case adds to the tallies, or takes from them."""

from sqlalchemy import Connection, MetaData, event

from casework.cases.figures.tally_tables import LED_BEFORE, NAMES, measures_of, measures_of_unit, part_of

_PART = ("day", "place", "category", "unit")
# The columns of a case that a tally depends on.
_WATCHED = (
    *("reported_day", "region_code", "category", "lead_org_id", "is_open", "state", "assigned_at", "followed_up"),
    *("solved", "satisfaction", "handle_outcome", "contact_outcome", "own_rating", "exclusion"),
    *("resolved_at", "was_returned", "was_extended", "was_reworked", "was_reopened"),
    *("lead_returned", "lead_extended", "lead_reworked", "lead_reopened"),
)
_WATCHED_OF_UNITS = ("part", "times_led", "was_returned", "was_extended", "was_reworked", "was_reopened")
# What of a case moves the rows of its former units to another part of the tallies.
_MOVES = ("reported_day", "region_code", "category")


def statements(dialect: str) -> list[str]:
    """Return the DDL of the triggers on an engine."""
    return [*_of_cases(dialect), *_of_units(dialect), *_of_moves(dialect)]


def _of_cases(dialect: str) -> list[str]:
    old, new = (", ".join(f"{row}.{name}" for name in _WATCHED) for row in ("OLD", "NEW"))
    # What sets none of them, as a sweep does, is not even compared.
    update = f"AFTER UPDATE OF {', '.join(_WATCHED)} ON cases"
    if dialect == "postgresql":
        runs = "EXECUTE FUNCTION casework_tally()"
        return [
            _function("casework_tally", _note("OLD.", "-", dialect), _note("NEW.", "", dialect)),
            f"CREATE TRIGGER cases_tally_rows AFTER INSERT OR DELETE ON cases FOR EACH ROW {runs}",
            f"CREATE TRIGGER cases_tally_changes {update} FOR EACH ROW"
            f" WHEN (ROW({old}) IS DISTINCT FROM ROW({new})) {runs}",
        ]
    less, more = _note("OLD.", "-", dialect), _note("NEW.", "", dialect)
    return [
        f"CREATE TRIGGER cases_tally_inserts AFTER INSERT ON cases BEGIN {more}; END",
        f"CREATE TRIGGER cases_tally_deletes AFTER DELETE ON cases BEGIN {less}; END",
        f"CREATE TRIGGER cases_tally_updates {update} WHEN ({old}) IS NOT ({new}) BEGIN {less}; {more}; END",
    ]


def _of_units(dialect: str) -> list[str]:
    """Return the triggers on the rows of units: a plain life, whose unit leads until the end, wakes none of them."""
    old, new = (f"({LED_BEFORE.format(row=row)})" for row in ("OLD.", "NEW."))
    less, more = (_note_unit(row, sign, dialect) for row, sign in (("OLD.", "-"), ("NEW.", "")))
    update = f"AFTER UPDATE OF {', '.join(_WATCHED_OF_UNITS)} ON case_units"
    if dialect == "postgresql":
        runs = "EXECUTE FUNCTION casework_tally_unit()"
        return [
            _function("casework_tally_unit", less, more),
            f"CREATE TRIGGER case_units_tally_inserts AFTER INSERT ON case_units FOR EACH ROW WHEN ({new}) {runs}",
            f"CREATE TRIGGER case_units_tally_deletes AFTER DELETE ON case_units FOR EACH ROW WHEN ({old}) {runs}",
            f"CREATE TRIGGER case_units_tally_updates {update} FOR EACH ROW WHEN ({old} OR {new}) {runs}",
        ]
    return [
        f"CREATE TRIGGER case_units_tally_inserts AFTER INSERT ON case_units WHEN {new} BEGIN {more}; END",
        f"CREATE TRIGGER case_units_tally_deletes AFTER DELETE ON case_units WHEN {old} BEGIN {less}; END",
        f"CREATE TRIGGER case_units_tally_updates {update} WHEN {old} OR {new} BEGIN {less}; {more}; END",
    ]


def _of_moves(dialect: str) -> list[str]:
    """Return the trigger that takes former units along when a case becomes one of another day, place or category."""
    old, new = (", ".join(f"{row}.{name}" for name in _MOVES) for row in ("OLD", "NEW"))
    update = f"AFTER UPDATE OF {', '.join(_MOVES)} ON cases"
    less, more = (_note_former(row, sign, dialect) for row, sign in (("OLD.", "-"), ("NEW.", "")))
    if dialect == "postgresql":
        function = _function("casework_tally_former", less, more)
        moved = f"OLD.is_shared AND ROW({old}) IS DISTINCT FROM ROW({new})"
        runs = "EXECUTE FUNCTION casework_tally_former()"
        return [function, f"CREATE TRIGGER cases_tally_moves {update} FOR EACH ROW WHEN ({moved}) {runs}"]
    moved = f"OLD.is_shared AND ({old}) IS NOT ({new})"
    return [f"CREATE TRIGGER cases_tally_moves {update} WHEN {moved} BEGIN {less}; {more}; END"]


def _function(name: str, less: str, more: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        f" IF TG_OP <> 'INSERT' THEN {less}; END IF;"
        f" IF TG_OP <> 'DELETE' THEN {more}; END IF;"
        " RETURN NULL; END$$"
    )


def _note(row: str, sign: str, dialect: str) -> str:
    part = part_of(row, dialect)
    values = ", ".join((*part.values(), *(f"{sign}({each})" for each in measures_of(row).values())))
    return f"{_INTO} VALUES ({values})"


def _note_unit(row: str, sign: str, dialect: str) -> str:
    """Write what the row of a unit adds, if it is one of a unit that led the case before."""
    told = _told_of_unit("cases.", row, sign, dialect)
    former = LED_BEFORE.format(row=row)
    return f"{_INTO} SELECT {told} FROM cases WHERE cases.id = {row}case_id AND {former}"  # noqa: S608 - our own names


def _note_former(row: str, sign: str, dialect: str) -> str:
    """Write what all former units of a case add to where it is counted."""
    told = _told_of_unit(row, "case_units.", sign, dialect)
    former = LED_BEFORE.format(row="case_units.")
    rows = f"case_units WHERE case_units.case_id = {row}id AND {former}"
    return f"{_INTO} SELECT {told} FROM {rows}"  # noqa: S608 - our own names


def _told_of_unit(case: str, unit: str, sign: str, dialect: str) -> str:
    part = part_of(case, dialect, unit=f"{unit}org_id")
    return ", ".join((*part.values(), *(f"{sign}({each})" for each in measures_of_unit(unit).values())))


_INTO = f"INSERT INTO case_tally_changes ({', '.join((*_PART, *NAMES))})"


def watch(metadata: MetaData) -> None:
    """Let `metadata.create_all` make the triggers too."""

    @event.listens_for(metadata, "after_create")
    def _make(_metadata: MetaData, connection: Connection, **_options: object) -> None:
        for statement in statements(connection.dialect.name):
            connection.exec_driver_sql(statement)
