"""What is at hand while the fields of a transition are read one after the other: the matter, the clock, values."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from casework.core.actors import Actor
from casework.core.database import Session


@dataclass(slots=True)
class Desk:
    """The reading under way. A field may look at the values of those before it in the file."""

    session: Session
    actor: Actor
    at: datetime
    today: date
    matter: Any
    values: dict[str, Any]
    recorded: dict[str, Any]
