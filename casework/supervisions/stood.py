"""How supervised matters stood when a month was over, told by their histories and clocks.

The columns of a matter say how it stands now. A notice of last month is written in this one, when some of what it
counts has been struck off, has recurred or got more time since: what came later is left out by reading only what had
happened before the cut. What a file told in sums (urgings, more time) has no day of its own and counts whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, case, or_, select

from casework.core.database import Session
from casework.matters.tables import Deadline, HistoryEntry
from casework.supervisions.tables import Supervision

_OPEN_STEPS = frozenset({"issued", "in_progress"})
_STRUCK_OFF, _LONG_TERM = "struck_off", "long_term"
_LEVELS = frozenset({"escalate", "ease"})
_DATED = frozenset({"grant_extension", "send_back", "recur"})
# Of these steps more is read than that they were made.
_READ = sorted(_LEVELS | _DATED)


class _Step(NamedTuple):
    at: datetime
    trigger: str
    to_state: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stood:
    """A matter as it stood at the end of a month, and what had become of it within the month."""

    row: Supervision
    state: str
    level: int
    leader: str
    due_on: date
    urges: int
    extensions: int
    recurrences: int
    # The day in the month on which it was struck off, and whether its result had been told in time.
    struck_off_on: date | None
    in_time: bool
    became_long_term: bool
    # Taken up at some time of the month; what had been struck off before and came back later was not.
    was_open: bool
    is_silent: bool

    @property
    def is_open(self) -> bool:
        """Say whether it was not struck off."""
        return self.state != _STRUCK_OFF

    def is_late(self, on: date) -> bool:
        """Say whether a result was owed and its day was over."""
        return self.state in _OPEN_STEPS and self.due_on < on


def standing(
    session: Session,
    rows: Sequence[Supervision],
    ids: Select[Any],
    *,
    first: date,
    last: date,
    at: datetime,
) -> Sequence[Stood]:
    """Return those of the matters that were open at some time from `first` to `last`, as they stood at the end of it,
    or stand at `at`, if that is earlier; `ids` is the question that the rows answer."""
    zone: ZoneInfo = session.info["zone"]
    begin = datetime.combine(first, time(0), tzinfo=zone)
    # What happened at the very instant has happened.
    cut = min(at + timedelta.resolution, datetime.combine(last + timedelta(days=1), time(0), tzinfo=zone))
    told = _histories(session, ids)
    silent = _silent(session, ids, cut)
    made = [_stood(row, told.get(row.id, ()), begin, cut, is_silent=row.id in silent) for row in rows]
    return [each for each in made if each.was_open]


def _histories(session: Session, ids: Select[Any]) -> Mapping[UUID, Sequence[_Step]]:
    found: dict[UUID, list[_Step]] = {}
    # Of each step what is read of it: ten thousand matters have many, each with a hash and words.
    fields = case((HistoryEntry.trigger.in_(_READ), HistoryEntry.fields), else_=None)
    columns = (HistoryEntry.matter_id, HistoryEntry.at, HistoryEntry.trigger, HistoryEntry.to_state, fields)
    asked = select(*columns).where(HistoryEntry.matter_id.in_(ids))
    for matter_id, at, trigger, state, told in session.execute(
        asked.order_by(HistoryEntry.matter_id, HistoryEntry.seq)
    ):
        found.setdefault(matter_id, []).append(_Step(at, trigger, state, told or {}))
    return found


def _silent(session: Session, ids: Select[Any], cut: datetime) -> frozenset[UUID]:
    """Return which of the matters owed a progress report that was due before an instant."""
    ended = (
        select(HistoryEntry.at)
        .where(HistoryEntry.matter_id == Deadline.matter_id, HistoryEntry.seq == Deadline.ended_seq)
        .scalar_subquery()
    )
    asked = select(Deadline.matter_id).where(
        Deadline.matter_id.in_(ids),
        Deadline.kind == "progress",
        Deadline.started_at < cut,
        Deadline.due_at < cut,
        or_(Deadline.ended_seq.is_(None), ended >= cut),
    )
    return frozenset(session.scalars(asked))


def _stood(row: Supervision, told: Sequence[_Step], begin: datetime, cut: datetime, *, is_silent: bool) -> Stood:
    before = [entry for entry in told if entry.at < cut]
    later = [entry for entry in told if entry.at >= cut]
    within = [entry for entry in before if entry.at >= begin]
    earlier = [entry.to_state for entry in before if entry.at < begin]
    state = before[-1].to_state if before else row.state
    due_on = _due(row, before)
    strikes = [entry for entry in within if entry.trigger == "strike_off"]
    struck = strikes[-1] if strikes and state == _STRUCK_OFF else None
    zone = begin.tzinfo
    listed = [entry for entry in before if entry.trigger in _LEVELS]
    raised = next((entry for entry in later if entry.trigger in _LEVELS), None)
    leader = listed[-1].fields.get("leader") if listed else None
    return Stood(
        row=row,
        state=state,
        level=row.level if raised is None else int(raised.fields["was"]),
        leader=(row.leader if raised is None else leader) or "",
        due_on=due_on,
        urges=row.urges if row.is_imported else _count(before, "urge"),
        extensions=row.extensions if row.is_imported else _count(before, "grant_extension"),
        recurrences=_count(before, "recur"),
        struck_off_on=None if struck is None else struck.at.astimezone(zone).date(),
        in_time=struck is not None and _in_time(row, before, due_on, zone),
        became_long_term=state == _LONG_TERM and _count(within, "keep_long_term") > 0,
        was_open=state != _STRUCK_OFF or bool(strikes) or not earlier or earlier[-1] != _STRUCK_OFF,
        is_silent=is_silent and state in _OPEN_STEPS,
    )


def _count(told: Sequence[_Step], trigger: str) -> int:
    return sum(entry.trigger == trigger for entry in told)


def _due(row: Supervision, before: Sequence[_Step]) -> date:
    """Return the day that counted: the slip's, or the last one given since."""
    due_on = row.due_on if row.is_imported else row.first_due_on
    for entry in before:
        given: Any = entry.fields.get("until" if entry.trigger == "grant_extension" else "due_on")
        if entry.trigger in _DATED and given:
            due_on = date.fromisoformat(given)
    return due_on


def _in_time(row: Supervision, before: Sequence[_Step], due_on: date, zone: Any) -> bool:
    reports = [entry for entry in before if entry.trigger == "report"]
    if row.is_imported and not reports:
        return row.handle_outcome == "on_time"
    return bool(reports) and reports[-1].at.astimezone(zone).date() <= due_on
