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
from workflows.demo.scripts import waited

CAMPAIGN = "SLSC-2022"
# What is told ends before the day of the report, so that the last evening is part of it.
BEGUN, TOLD_UNTIL = date(2022, 1, 1), date(2023, 1, 10)
CLERKS = ("he", "yu")
MEMBERS = ("chen", "tang", "fu", "xiang")
_AFTERNOON = (16 * 60 + 40, 17 * 60 + 30)
_EVENING = (17 * 60 + 40, 20 * 60 + 20)
_TOWN = 9
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
    _villages: dict[str, Sequence[str]] = field(default_factory=dict)

    def evening(self, day: date) -> datetime:
        """Return when the record of a day is written down."""
        return self.at(day, self.chance.randint(*_EVENING))

    def afternoon(self, day: date) -> datetime:
        """Return when what the records of an evening point at is written down: before any of them."""
        return self.at(day, self.chance.randint(*_AFTERNOON))

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

    def after(self, at: datetime, *, days: int = 0, minutes: tuple[int, int]) -> datetime:
        """Return an instant some working days and minutes later, in working hours."""
        return waited(self.chance, self.calendar, at, days=days, minutes=minutes)

    def after_minutes(self, at: datetime, minutes: tuple[int, int]) -> datetime:
        """Return an instant some minutes later, whatever the hour."""
        return at + timedelta(minutes=self.chance.randint(*minutes))

    def clerk(self) -> Actor:
        """Return who of the office writes a record down."""
        return self.cast.actors[self.chance.choice(CLERKS)]

    def villages_of(self, town: str) -> Sequence[str]:
        """Return the villages of a township, or all (an empty code), in order."""
        if town not in self._villages:
            self._villages[town] = [
                code for code in sorted(self.cast.villages) if code.startswith(town) and code[:_TOWN] in self.towns
            ]
        return self._villages[town]

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

    def drawn(self, weighted: Sequence[tuple[str, int]]) -> str:
        """Return one of some words, each as likely as its weight."""
        return self.chance.choices([word for word, _ in weighted], [weight for _, weight in weighted])[0]

    def some(self, among: Mapping[str, Any], key: str, share: float, **slots: Any) -> str:
        """Return one of the sentences told under a key, filled; of some that is, by their share, and else nothing."""
        if self.chance.random() >= share:
            return ""
        return str(self.chance.choice(among[key])).format_map(slots)

    def phone(self) -> str:
        """Return a number nobody has."""
        return f"{material.words()['phone_prefix']}{self.chance.randrange(10**4):04d}"


def quarters(first: date, last: date) -> list[tuple[date, date]]:
    """Return the quarters that lie at least partly between two days, each by its first and last day."""
    found = []
    begins = date(first.year, 3 * ((first.month - 1) // 3) + 1, 1)
    while begins <= last:
        following = (begins + timedelta(days=95)).replace(day=1)
        found.append((begins, following - _DAY))
        begins = following
    return found
