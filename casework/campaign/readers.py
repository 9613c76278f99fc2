"""How the fields of the plain records of a campaign are read, each by itself: words, codes, days, other records."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.campaign.record_visibility import visible_to
from casework.core import money, texts
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.editions import Edition, known
from casework.core.errors import invalid
from casework.core.ids import parse_id
from casework.registry import queries as registry

LINE, TEXT, MOST_PEOPLE = 200, 5000, 100_000


@dataclass(frozen=True, slots=True)
class Desk:
    """What is at hand while a record is read: the instant, and for whom it is read."""

    session: Session
    at: datetime
    actor: Actor

    @property
    def today(self) -> date:
        """The office's day."""
        return self.at.astimezone(self.session.info["zone"]).date()

    @property
    def is_office(self) -> bool:
        """Say whether the office writes, or the software itself, and no member for themselves."""
        return self.actor.is_system or not self.actor.roles.isdisjoint(TRIAGE_ROLES)

    def sees(self, table: type[Edition], record_id: UUID) -> bool:
        """Say whether there is such a record that the actor may know of."""
        asked = select(table.id).where(
            table.id == record_id, known(table), visible_to(self.actor, table, on=self.today)
        )
        return self.session.scalar(asked) is not None


Read = Callable[[Desk, Any, str], Any]


def line(*, longest: int = LINE) -> Read:
    """Read one line of words; nothing is empty."""

    def read(_desk: Desk, value: Any, name: str) -> str:
        return texts.clean_text(value, field=name, max_length=longest, required=False, multiline=False)

    return read


def prose(*, longest: int = TEXT) -> Read:
    """Read words of several lines; nothing is empty."""
    return lambda _desk, value, name: texts.clean_text(value, field=name, max_length=longest, required=False)


def choice(*codes: str) -> Read:
    """Read one of these codes; nothing is empty."""

    def read(_desk: Desk, value: Any, name: str) -> str:
        if value is None or value == "":
            return ""
        if not isinstance(value, str) or value not in codes:
            raise invalid(name, "not_a_choice", choices=", ".join(codes))
        return value

    return read


def day(*, ahead: bool = False) -> Read:
    """Read a day; one that has not come yet only with `ahead`. Nothing is None."""

    def read(desk: Desk, value: Any, name: str) -> date | None:
        if value is None or value == "":
            return None
        found = texts.parse_date(value, field=name)
        if found > desk.today and not ahead:
            raise invalid(name, "date_ahead", today=desk.today.isoformat())
        return found

    return read


def number(*, least: int = 0, most: int = MOST_PEOPLE) -> Read:
    """Read a whole number; nothing is None."""

    def read(_desk: Desk, value: Any, name: str) -> int | None:
        if value is None or value == "":
            return None
        return texts.parse_int(value, field=name, minimum=least, maximum=most)

    return read


def amount(_desk: Desk, value: Any, name: str) -> int:
    """Read an amount in yuan, such as "12000.00", as fen; nothing is nought."""
    return 0 if value is None or value == "" else money.parse_yuan(value, field=name)


def flag(_desk: Desk, value: Any, name: str) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise invalid(name, "not_a_flag")
    return value


def place(desk: Desk, value: Any, name: str) -> str | None:
    """Read the code of a place in force; nothing is None."""
    if value is None or value == "":
        return None
    code = texts.parse_code(value, field=name)
    if registry.region(desk.session, code) is None:
        raise invalid(name, "no_such_region", value=code)
    return code


def unit(desk: Desk, value: Any, name: str) -> UUID | None:
    """Read the code of a unit in force; nothing is None."""
    if value is None or value == "":
        return None
    code = texts.parse_code(value, field=name)
    found = registry.orgs_by_code(desk.session, [code]).get(code)
    if found is None:
        raise invalid(name, "no_such_org", value=code)
    return found.id


def any_id(_desk: Desk, value: Any, name: str) -> UUID | None:
    """Read an id of something, whatever it is; nothing is None."""
    if value is None or value == "":
        return None
    found = parse_id(value) if isinstance(value, str) else None
    if found is None:
        raise invalid(name, "not_an_id")
    return found


def record(table: type[Edition], what: str) -> Read:
    """Read the id of a record the actor may know of; `what` completes the code `no_such_…`. Nothing is None."""

    def read(desk: Desk, value: Any, name: str) -> UUID | None:
        if value is None or value == "":
            return None
        found = parse_id(value) if isinstance(value, str) else None
        if found is None or not desk.sees(table, found):
            raise invalid(name, f"no_such_{what}")
        return found

    return read
