"""Who prints, and the matter a paper is about, as those who make its values hand them on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from casework.core.actors import Actor
from casework.core.database import Session
from casework.templates import kinds

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """Who prints, when, for which county's office, and the address of its site."""

    session: Session
    actor: Actor
    at: datetime
    county: str
    base_url: str = ""

    @property
    def today(self) -> date:
        """The office's day."""
        return self.at.astimezone(self.session.info["zone"]).date()

    def day(self, instant: datetime | None) -> str:
        """Write the day of an instant by the office's clock."""
        return "" if instant is None else kinds.day(instant.astimezone(self.session.info["zone"]).date())


@dataclass(frozen=True, slots=True)
class Found:
    """A matter a paper is about, with its own address and what its free texts are shown through."""

    row: Any
    url: str
    seen: Callable[[str | None], str]
