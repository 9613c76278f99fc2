"""How many cases are what, kept as sums, so that a figure costs as much in the tenth year as in the first.

A tally is the sum of a part of the cases: of one month of reporting, in a county or a township, all of them or those of
one category, unit or township. Of a county there are tallies of single days too, for periods that end within a month;
what a township has in a few days is counted. The database itself notes every change of a case (tally_triggers.py) as a
row that adds to the tallies or takes from them, in the transaction of the change; now and then such rows are folded in
(tallies.py). Tallies and unfolded changes together are therefore exactly what counting the cases would give, at every
instant.
What depends on the clock (late, due this week) is no tally.
A unit that led a case before counts it too, in measures of their own: its row of the case's parts adds them
(casework/cases/led.py).
"""

from collections.abc import Mapping

from sqlalchemy import Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Big
from casework.core.database import Base

# What is counted of a case, by name; `{row}` stands for the alias of the row.
MEASURES: Mapping[str, str] = {
    "total": "TRUE",
    "open": "{row}is_open",
    "closed": "{row}state = 'closed'",
    # What two persons left out of the rates is in none of these, and has a number of its own.
    "reached": "{row}followed_up = 'reached' AND {row}exclusion NOT IN ('granted', 'lifting')",
    "unreachable": "{row}followed_up = 'unreachable'",
    "content": "{row}followed_up = 'reached' AND {row}satisfaction IN ('satisfied', 'basically')"
    " AND {row}exclusion NOT IN ('granted', 'lifting')",
    # What the reporter said, not what the unit did; whom nobody asked is reached and in neither of the two.
    "solved": "{row}followed_up = 'reached' AND {row}solved = 'yes' AND {row}exclusion NOT IN ('granted', 'lifting')",
    "solution_asked": "{row}followed_up = 'reached' AND {row}solved IS NOT NULL"
    " AND {row}exclusion NOT IN ('granted', 'lifting')",
    "excluded": "{row}exclusion IN ('granted', 'lifting')",
    # What reporters said themselves, by a link: a figure apart, not mixed with what was said on the telephone.
    "own_rated": "{row}own_rating IS NOT NULL AND {row}exclusion NOT IN ('granted', 'lifting')",
    "own_content": "{row}own_rating IN ('satisfied', 'basically') AND {row}exclusion NOT IN ('granted', 'lifting')",
    "on_time": "{row}handle_outcome = 'on_time'",
    "late": "{row}handle_outcome = 'late'",
    # Of whom a file tells no first contact, nobody can say: they are in no rate and have a number of their own.
    "contactable": "{row}assigned_at IS NOT NULL AND coalesce({row}contact_outcome, '') <> 'unknown'",
    "contact_unknown": "{row}assigned_at IS NOT NULL AND coalesce({row}contact_outcome, '') = 'unknown'",
    # Whoever was contacted and is no longer assigned (reopened since) belongs to no rate.
    "contacted": "{row}contact_outcome = 'on_time' AND {row}assigned_at IS NOT NULL",
    # Whatever came of it later: who was given it and sent it back, got more time, had to do it anew, or saw it again.
    "given": "({row}assigned_at IS NOT NULL OR {row}was_returned OR {row}was_reopened)",
    "answered": "({row}resolved_at IS NOT NULL OR {row}was_reworked OR {row}was_reopened)",
    "ended": "({row}state = 'closed' OR {row}was_reopened)",
    "returned": "{row}was_returned",
    "extended": "{row}was_extended",
    "reworked": "{row}was_reworked",
    "reopened": "{row}was_reopened",
    # The same for the unit that leads it. Summed over all units, a case counts for each that ever led it.
    "unit_given": "{row}lead_org_id IS NOT NULL",
    "unit_answered": "{row}lead_org_id IS NOT NULL"
    " AND ({row}resolved_at IS NOT NULL OR {row}lead_reworked OR {row}lead_reopened)",
    "unit_ended": "{row}lead_org_id IS NOT NULL AND ({row}state = 'closed' OR {row}lead_reopened)",
    "unit_returned": "{row}lead_returned",
    "unit_extended": "{row}lead_extended",
    "unit_reworked": "{row}lead_reworked",
    "unit_reopened": "{row}lead_reopened",
}
NAMES = tuple(MEASURES)
# What the row of a unit that led a case before adds; nothing else counts twice.
UNIT_MEASURES: Mapping[str, str] = {
    "unit_given": "TRUE",
    "unit_answered": "({row}was_reworked OR {row}was_reopened)",
    "unit_ended": "{row}was_reopened",
    "unit_returned": "{row}was_returned",
    "unit_extended": "{row}was_extended",
    "unit_reworked": "{row}was_reworked",
    "unit_reopened": "{row}was_reopened",
}
# Which rows these are: no unit that leads a case now is counted by its row.
LED_BEFORE = "{row}times_led > 0 AND {row}part <> 'lead'"


class _Sums:
    total: Mapped[int] = mapped_column(Integer)
    open: Mapped[int] = mapped_column(Integer)
    closed: Mapped[int] = mapped_column(Integer)
    reached: Mapped[int] = mapped_column(Integer)
    unreachable: Mapped[int] = mapped_column(Integer)
    content: Mapped[int] = mapped_column(Integer)
    solved: Mapped[int] = mapped_column(Integer)
    solution_asked: Mapped[int] = mapped_column(Integer)
    excluded: Mapped[int] = mapped_column(Integer)
    own_rated: Mapped[int] = mapped_column(Integer)
    own_content: Mapped[int] = mapped_column(Integer)
    on_time: Mapped[int] = mapped_column(Integer)
    late: Mapped[int] = mapped_column(Integer)
    contactable: Mapped[int] = mapped_column(Integer)
    contact_unknown: Mapped[int] = mapped_column(Integer)
    contacted: Mapped[int] = mapped_column(Integer)
    given: Mapped[int] = mapped_column(Integer)
    answered: Mapped[int] = mapped_column(Integer)
    ended: Mapped[int] = mapped_column(Integer)
    returned: Mapped[int] = mapped_column(Integer)
    extended: Mapped[int] = mapped_column(Integer)
    reworked: Mapped[int] = mapped_column(Integer)
    reopened: Mapped[int] = mapped_column(Integer)
    unit_given: Mapped[int] = mapped_column(Integer)
    unit_answered: Mapped[int] = mapped_column(Integer)
    unit_ended: Mapped[int] = mapped_column(Integer)
    unit_returned: Mapped[int] = mapped_column(Integer)
    unit_extended: Mapped[int] = mapped_column(Integer)
    unit_reworked: Mapped[int] = mapped_column(Integer)
    unit_reopened: Mapped[int] = mapped_column(Integer)


class CaseTally(_Sums, Base):
    """The sums of one part of the cases. `level`: digits of `region`, 6 (county) or 9 (township).

    `grain` and `period`: a `month` (YYYY-MM), or at level 6 a `day` (YYYY-MM-DD) of reporting. `dimension` and `code`:
    `all` with no code, or one `category`, `unit` (its id in hex, or none) or `place`.
    """

    __tablename__ = "case_tallies"
    __table_args__ = STRICT

    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    grain: Mapped[str] = mapped_column(Text, primary_key=True)
    region: Mapped[str] = mapped_column(Text, primary_key=True)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    dimension: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)


class CaseTallyChange(_Sums, Base):
    """What one change of a case adds to the tallies (or takes from them, below zero), until it is folded in."""

    __tablename__ = "case_tally_changes"
    __table_args__ = (Index(None, "day"), STRICT)

    n: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=True)
    day: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)


def part_of(row: str, dialect: str, *, unit: str | None = None) -> Mapping[str, str]:
    """Return, as SQL on the case `row` (an alias with its dot, or nothing), in which part of the tallies it counts.

    `unit`: the column of the unit it counts for; None: the one that leads it.
    """
    org = unit or f"{row}lead_org_id"
    told = f"replace(CAST({org} AS text), '-', '')" if dialect == "postgresql" else f"lower(hex({org}))"
    return {
        "day": f"{row}reported_day",
        "place": f"substr({row}region_code, 1, 9)",
        "category": f"{row}category",
        "unit": f"coalesce({told}, '')",
    }


def measures_of(row: str) -> Mapping[str, str]:
    """Return each measure as SQL that is 1 for a case that has it, else 0."""
    return {name: _one_if(holds.format(row=row)) for name, holds in MEASURES.items()}


def measures_of_unit(row: str) -> Mapping[str, str]:
    """Return each measure as SQL on the row of a unit that led a case before."""
    return {name: _one_if(UNIT_MEASURES[name].format(row=row)) if name in UNIT_MEASURES else "0" for name in NAMES}


def _one_if(holds: str) -> str:
    return f"CASE WHEN {holds} THEN 1 ELSE 0 END"
