"""How far two places are apart, by a table the office keeps: no map service is asked, and none could be.

A village is no way from itself, a township is short within; between townships the table says how many kilometres of
road, and where it says nothing a usual way is taken. What is no township (a hall of the county) stands in the table
by its own code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from casework.consultations.tables import TownDistance, Venue
from casework.core import reading, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, invalid
from casework.permissions import Subject, permits
from casework.registry import queries as registry

# Kilometres: within a township, and between two of which the table says nothing.
NEAR_KM, USUAL_KM, MOST_KM = 1, 20, 1_000
_TOWN = 9
WRITE = "venue.write"


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


def near(
    session: Session, region: str, rooms: Sequence[Venue], *, seats: int = 0, within: int = MOST_KM
) -> Mapping[UUID, tuple[Venue, int]]:
    """Return the venues that hold so many within so many kilometres of a place, near first, each with its way."""
    table = load(session)
    ways = [(table.between(region, each.region_code), each.code, each) for each in rooms if each.capacity >= seats]
    return {room.id: (room, km) for km, _code, room in sorted(ways, key=lambda each: each[:2]) if km <= within}


def pair(one: str, other: str) -> tuple[str, str]:
    """Return the townships of two places, in the order in which the table has them."""
    first, second = sorted((one[:_TOWN], other[:_TOWN]))
    return first, second


def load(session: Session) -> Distances:
    """Return the office's table: some hundred rows at most."""
    columns = (TownDistance.one_code, TownDistance.other_code, TownDistance.km)
    return Distances({(one, other): km for one, other, km in session.execute(select(*columns))})


def enter(session: Session, raw: Mapping[str, Any], *, actor: Actor) -> None:
    """Enter how far two townships (`one`, `other`) are apart in `km`; nothing or 0 takes the row out.

    Raises:
        Invalid: every mistake; a place that is not the caller's looks like one that is not there.
    """

    def place(name: str) -> reading.Reader:
        def read(value: Any) -> str:
            code = texts.parse_code(value, field=name)
            if not permits(actor, WRITE, Subject(code)) or registry.region(session, code) is None:
                raise Invalid([FieldError(name, "no_such_region", {"value": code})])
            return code

        return read

    values = reading.fields(
        raw,
        {
            "one": place("one"),
            "other": place("other"),
            "km": lambda value: texts.parse_int(value or "0", field="km", minimum=0, maximum=MOST_KM),
        },
        required=("one", "other"),
    )
    towns = pair(values["one"], values["other"])
    if towns[0] == towns[1]:
        raise invalid("other", "same_town")
    session.execute(delete(TownDistance).where(TownDistance.one_code == towns[0], TownDistance.other_code == towns[1]))
    if values.get("km"):
        session.put(TownDistance(one_code=towns[0], other_code=towns[1], km=values["km"]))
    session.flush()
