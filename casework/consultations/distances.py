"""How far two places are apart, by a table the office keeps: no map service is asked, and none could be.

A village is no way from itself, a township is short within; between townships the table says how many kilometres of
road, and where it says nothing a usual way is taken. What is no township (a hall of the county) stands in the table
by its own code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from casework.consultations.tables import TownDistance
from casework.core.database import Session

# Kilometres: within a township, and between two of which the table says nothing.
NEAR_KM, USUAL_KM, MOST_KM = 1, 20, 1_000
_TOWN = 9


@dataclass(frozen=True, slots=True)
class Distances:
    """The table, by pairs of township codes in order."""

    known: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def between(self, one: str, other: str) -> int:
        """Return the kilometres between two places by their codes."""
        if one == other:
            return 0
        towns = pair(one, other)
        if towns[0] == towns[1]:
            return NEAR_KM
        return self.known.get(towns, USUAL_KM)


def pair(one: str, other: str) -> tuple[str, str]:
    """Return the townships of two places, in the order in which the table has them."""
    first, second = sorted((one[:_TOWN], other[:_TOWN]))
    return first, second


def load(session: Session) -> Distances:
    """Return the office's table: some hundred rows at most."""
    columns = (TownDistance.one_code, TownDistance.other_code, TownDistance.km)
    return Distances({(one, other): km for one, other, km in session.execute(select(*columns))})
