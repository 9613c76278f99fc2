"""Reading the place of a record: one that is in force, and where the caller has a say."""

from typing import Any

from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import invalid
from casework.core.reading import Reader
from casework.permissions import Subject, permits
from casework.registry import queries as registry

COUNTY_DIGITS = 6


def place(session: Session, actor: Actor, permission: str, *, field: str = "region_code", digits: int = 0) -> Reader:
    """Return a reader of a place; one where the caller may not do `permission` looks like one that is not there.

    `digits`: how long its code has to be, such as that of a county; 0 for any.
    """

    def read(value: Any) -> str:
        code = texts.parse_code(value, field=field)
        fits = not digits or len(code) == digits
        if not fits or not permits(actor, permission, Subject(code)) or registry.region(session, code) is None:
            raise invalid(field, "no_such_region", value=code)
        return code

    return read
