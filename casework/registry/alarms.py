"""What the software itself wants seen by a person: one row an alarm, raised and cleared by the part that knows.

Shown to administrators and in the metrics; the audit keeps when each was raised and cleared.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from casework.core.database import Session
from casework.registry import audit
from casework.registry.tables import OfficeSetting

_PREFIX = "alarm."
_TOLD = "alarms_told"


def sound(session: Session, name: str, *, facts: Mapping[str, Any], at: datetime) -> None:
    """Raise the alarm `name`; while it stands, raising it again only renews its facts."""
    row = session.get(OfficeSetting, _PREFIX + name)
    value = {**facts, "since": at.isoformat()}
    if row is None:
        session.add(OfficeSetting(key=_PREFIX + name, value=value, updated_at=at))
        audit.record(session, event=f"alarm.{name}", actor=None, at=at, facts=dict(facts))
    else:
        row.value = {**value, "since": row.value["since"]}
        row.updated_at = at
    session.flush()


def clear(session: Session, name: str, *, at: datetime) -> bool:
    """Take the alarm back; False when it did not stand."""
    row = session.get(OfficeSetting, _PREFIX + name)
    if row is None:
        return False
    session.delete(row)
    audit.record(session, event=f"alarm.{name}.cleared", actor=None, at=at)
    session.flush()
    return True


def untold(session: Session, causes: Sequence[str], *, day: date, at: datetime) -> list[str]:
    """Return those of the causes nobody was told of on this day, and note that they are told now."""
    row = session.get(OfficeSetting, _TOLD, with_for_update=True)
    today = day.isoformat()
    told = {} if row is None else {cause: on for cause, on in row.value.items() if on == today}
    fresh = [cause for cause in causes if cause not in told]
    if fresh:
        value = {**told, **dict.fromkeys(fresh, today)}
        if row is None:
            session.add(OfficeSetting(key=_TOLD, value=value, updated_at=at))
        else:
            row.value, row.updated_at = value, at
        session.flush()
    return fresh


def standing(session: Session) -> Mapping[str, Mapping[str, Any]]:
    """Return the alarms that stand, by name, with their facts and `since`."""
    rows = session.scalars(select(OfficeSetting).where(OfficeSetting.key.startswith(_PREFIX, autoescape=True)))
    return {row.key.removeprefix(_PREFIX): row.value for row in rows}
