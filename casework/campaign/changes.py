"""What was changed in a member, a household or a link, drawn from the editions: who, when, why, from what to what.

What is sealed stays sealed: only the masked columns are told, and of a household's name no more than its mask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select

from casework.activities.tables import Lead
from casework.campaign.tables import Link
from casework.core import editions
from casework.core.database import Session
from casework.core.editions import Edition
from casework.households.tables import Household, HouseholdStatus
from casework.members.tables import Member, MemberTerm
from casework.registry import queries as registry

# What a reader is told of a change: not the keys of rows, nor letters to look a name up by.
_UNTOLD = frozenset({"id", "created_at", "member_id", "household_id", "activity_id", "org_id", "pinyin", "initials"})
_PARTS: Mapping[type[Edition], Sequence[tuple[type[Edition], str]]] = {
    Member: ((MemberTerm, "member_id"),),
    Household: ((HouseholdStatus, "household_id"), (Lead, "household_id")),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One edition: `record` is what was written (`members`, `member_terms`, …), `fields` what it changed.

    `trigger`: `make` for a first edition, `end` for a last day, else `mend`. Fields of a first edition are told as they
    are, others as `{from, to}`.
    """

    seq: int
    at: datetime
    person_id: UUID | None
    person_name: str
    trigger: str
    record: str
    reason: str
    fields: Mapping[str, Any]


def of_record(session: Session, row: Member | Household | Link) -> Sequence[Change]:
    """Return all changes of a record and of its parts, oldest first."""
    kept: list[Edition] = list(editions.editions(session, type(row), row.id))
    for table, column in _PARTS.get(type(row), ()):
        kept += session.scalars(select(table).where(getattr(table, column) == row.id)).all()
    before = {(each.id, each.version): each for each in kept}
    kept.sort(key=lambda each: (each.recorded_at, each.created_at, type(each) is not type(row), each.id, each.version))
    names = registry.people_by_id(session, [each.recorded_by for each in kept])
    found: list[Change] = []
    for each in kept:
        told, trigger = _told(each, before.get((each.id, each.version - 1)))
        who = each.recorded_by
        name = "" if who is None else names.get(who, "")
        table_name = str(type(each).__tablename__)  # type: ignore[attr-defined] # every table of editions has a name
        found.append(Change(len(found) + 1, each.recorded_at, who, name, trigger, table_name, each.reason, told))
    return found


def _told(row: Edition, before: Edition | None) -> tuple[dict[str, Any], str]:
    shown = _shown(type(row))
    if before is None:
        values = {name: getattr(row, name) for name in shown}
        return {name: _plain(value) for name, value in values.items() if value not in (None, "")}, "make"
    changed = {name: pair for name, pair in editions.changes_of(row, before).items() if name in shown}
    ends = changed.get("valid_to", (None, None))[1] is not None
    told = {name: {"from": _plain(old), "to": _plain(new)} for name, (old, new) in changed.items()}
    return told, "end" if ends else "mend"


def _shown(table: type[Edition]) -> Sequence[str]:
    return [
        attribute.key
        for attribute in inspect(table).column_attrs
        if attribute.key not in _UNTOLD | editions.OWN and "pii" not in attribute.columns[0].info
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, UUID | Decimal) else value
