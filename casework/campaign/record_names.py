"""What the records name by id, and how they changed: names for those who read, from the newest editions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.activities.tables import Activity, Suggestion
from casework.announcements.tables import Announcement
from casework.campaign.forms import Form
from casework.core import editions, money
from casework.core.database import Session
from casework.core.editions import Edition, known
from casework.households.tables import Household
from casework.registry import queries as registry
from casework.registry.tables import Org

# What stands for a record's name where it has none: of a household the mask of its head.
_NAME_COLUMNS: Mapping[type[Edition], str] = {
    Household: "head_name",
    Activity: "title",
    Suggestion: "content",
    Announcement: "title",
}
_NO_WITHDRAWAL = (False, False)


@dataclass(frozen=True, slots=True)
class Named:
    """What records point at: names by id, units by id."""

    names: Mapping[UUID, str]
    orgs: Mapping[UUID, Org]


@dataclass(frozen=True, slots=True)
class Change:
    """One edition: `trigger` is `make`, `mend`, `withdraw` or `restore`.

    Fields of a first edition are told as they are, of others as `{from, to}`; by the names of the form.
    """

    seq: int
    at: datetime
    person_id: UUID | None
    person_name: str
    trigger: str
    reason: str
    fields: Mapping[str, Any]


def names_of(session: Session, form: Form, rows: Iterable[Any]) -> Named:
    """Return the names of everything that rows of a form point at; the head of a household is masked."""
    kept = list(rows)
    names: dict[UUID, str] = {}
    for each in form.fields:
        wanted = {getattr(row, each.kept_in) for row in kept} - {None} if each.points_at else set()
        for table in each.points_at if wanted else ():
            names |= _table_names(session, table, wanted)
    orgs = {row.org_id for row in kept if getattr(row, "org_id", None) is not None}
    return Named(names, registry.orgs_by_id(session, orgs))


def _table_names(session: Session, table: Any, ids: Iterable[UUID]) -> dict[UUID, str]:
    if table is Org:
        return {org_id: org.name for org_id, org in registry.orgs_by_id(session, ids).items()}
    column = getattr(table, _NAME_COLUMNS.get(table, "name"))
    rows = session.execute(select(table.id, column).where(known(table), table.id.in_(list(ids))))
    return {row[0]: row[1] for row in rows}


def changes_of(session: Session, form: Form, record_id: UUID) -> Sequence[Change]:
    """Return how a record came to be what it is, oldest first."""
    kept = editions.editions(session, form.table, record_id)
    people = registry.people_by_id(session, [each.recorded_by for each in kept])
    found = []
    for row, before in zip(kept, [None, *kept], strict=False):
        who = row.recorded_by
        name = "" if who is None else people.get(who, "")
        told, trigger = _told(session, form, row, before)
        found.append(Change(row.version, row.recorded_at, who, name, trigger, row.reason, told))
    return found


def _told(session: Session, form: Form, row: Any, before: Any) -> tuple[dict[str, Any], str]:
    by_column = {each.kept_in: each.name for each in form.fields}
    if before is None:
        told = {column: getattr(row, column) for column in by_column}
        kept = {column: value for column, value in told.items() if value not in (None, "")}
        return {by_column[column]: _plain(session, column, value) for column, value in kept.items()}, "make"
    changed = editions.changes_of(row, before)
    told = {
        by_column[column]: {"from": _plain(session, column, old), "to": _plain(session, column, new)}
        for column, (old, new) in changed.items()
        if column in by_column
    }
    was, is_now = changed.get("withdrawn", _NO_WITHDRAWAL)
    return told, "mend" if was == is_now else "withdraw" if is_now else "restore"


def _plain(session: Session, column: str, value: Any) -> Any:
    if column.endswith("_fen"):
        return money.yuan(value)
    if isinstance(value, UUID) and column == "org_id":
        return registry.orgs_by_id(session, [value])[value].code
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, UUID) else value
