"""What the telling of the campaign has at hand: chance, the cast, days and evenings, places and units."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from casework.core.actors import Actor
from casework.core.calendars import WorkCalendar
from casework.core.encryption import Keyring
from workflows.demo import material
from workflows.demo.campaign.ledger import Ledger
from workflows.demo.county import Cast
from workflows.ledgers.names import short_town

CAMPAIGN = "SLSC-2022"
# What is told ends before the day of the report, so that the last evening is part of it.
BEGUN, TOLD_UNTIL = date(2022, 1, 1), date(2023, 1, 10)
CLERKS = ("he", "yu")
MEMBERS = ("chen", "tang", "fu", "xiang")
_EVENING = (17 * 60 + 40, 20 * 60 + 20)
_TOWN, _VILLAGE = 9, 12
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """The county and the evening each record is written down; `ledger` takes what is told."""

    chance: random.Random
    cast: Cast
    calendar: WorkCalendar
    now: datetime
    county: str
    keyring: Keyring
    orgs: Mapping[str, UUID]
    towns: Mapping[str, str]
    ledger: Ledger
    heads: set[tuple[str, str]] = field(default_factory=set)

    def evening(self, day: date) -> datetime:
        """Return when the record of a day is written down."""
        minutes = self.chance.randint(*_EVENING)
        local = datetime.combine(day, time(0), tzinfo=self.calendar.zone) + timedelta(minutes=minutes)
        return local.astimezone(UTC)

    def at(self, day: date, minute: int) -> datetime:
        """Return a minute of a day."""
        local = datetime.combine(day, time(0), tzinfo=self.calendar.zone) + timedelta(minutes=minute)
        return local.astimezone(UTC)

    def day(self, first: date, last: date) -> date:
        """Return any day from `first` to `last`; `first` when there is none."""
        return first + self.chance.randint(0, max((last - first).days, 0)) * _DAY

    def workday(self, first: date, last: date) -> date:
        """Return a working day from `first` to `last`; the one before when the last days are closed."""
        day = self.calendar.workday_from(self.day(first, last))
        return day if day <= last else self.calendar.add_workdays(last + _DAY, -1)

    def clerk(self) -> Actor:
        """Return who of the office writes a record down."""
        return self.cast.actors[self.chance.choice(CLERKS)]

    def villages_of(self, town: str) -> Sequence[str]:
        """Return the villages of a township, or all (an empty code), in order."""
        return [code for code in sorted(self.cast.villages) if code.startswith(town) and code[:_TOWN] in self.towns]

    def place(self, code: str) -> str:
        """Return a place by the name people use: town and village."""
        village = self.cast.villages.get(code, "")
        return short_town(self.towns.get(code[:_TOWN], "")) + village

    def slots(self, region_code: str, **own: Any) -> dict[str, Any]:
        """Return what texts about a place are filled with."""
        words = material.words()
        filled = {
            "v": self.cast.villages.get(region_code, ""),
            "town": self.towns.get(region_code[:_TOWN], ""),
            "g": self.chance.choice(words["groups"]),
            "n": self.chance.randint(6, 38),
            "m": self.chance.randint(2, 9),
            "d": self.chance.randint(3, 14),
            "crop": self.chance.choice(words["crops"]),
            "animal": self.chance.choice(words["animals"]),
            "disease": self.chance.choice(words["diseases"]),
            "who": self.name(),
        }
        return filled | own

    def name(self) -> str:
        """Return a name nobody has."""
        words = material.words()
        return f"{self.chance.choice(words['surnames'])}{self.chance.choice(words['given_names'])}"

    def phone(self) -> str:
        """Return a number nobody has."""
        return f"{material.words()['phone_prefix']}{self.chance.randrange(10**4):04d}"


def is_village(code: str) -> bool:
    """Say whether a code is that of a village."""
    return len(code) == _VILLAGE


def quarters(first: date, last: date) -> list[tuple[date, date]]:
    """Return the quarters that lie at least partly between two days, each by its first and last day."""
    found = []
    begins = date(first.year, 3 * ((first.month - 1) // 3) + 1, 1)
    while begins <= last:
        following = (begins + timedelta(days=95)).replace(day=1)
        found.append((begins, following - _DAY))
        begins = following
    return found
