"""How cases stood at the end of an earlier day, told by their histories and clocks: what the rates of that day count.

The columns of a case say how it stands now. What came later (a call back, a rework, a reopening, a granted extension)
is left out here by reading only what had happened before the cut; the place of a case is where it lies now. One pass
over the histories of the cases that are asked about; nobody but who asks for an earlier day pays for it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, Select, Text, and_, case, exists, func, null, or_, select
from sqlalchemy import type_coerce as coerce
from sqlalchemy.orm import aliased

from casework.cases.tables import Case
from casework.core import texts
from casework.core.database import Session
from casework.core.errors import invalid
from casework.matters.deadlines import UNKNOWN
from casework.matters.tables import Deadline, Firing, HistoryEntry

# What may be asked of a case for an earlier day, each a part of a rate.
NAMES = (
    *(
        "contacted",
        "contactable",
        "contact_unknown",
        "solved",
        "solution_asked",
        "not_asked",
        "content",
        "reached",
        "unreachable",
        "excluded",
        "on_time",
        "due",
    ),
    *("returned", "extended", "given", "reworked", "answered", "reopened", "ended"),
)
# The rung that is reached at the due instant itself.
_DUE_RUNG = 1


def counts(session: Session, conditions: Sequence[ColumnElement[bool]], *, cut: datetime) -> Mapping[str, int]:
    """Count, of the cases that fulfil some conditions, how many were each of `NAMES` just before an instant."""
    then = _facts(conditions, cut).subquery()
    holds = _holding(then.c)
    sums = [func.coalesce(func.sum(case((holds[name], 1), else_=0)), 0) for name in NAMES]
    return dict(zip(NAMES, map(int, session.execute(select(*sums).select_from(then)).one()), strict=True))


def was(name: str, cut: datetime) -> ColumnElement[bool]:
    """Return the condition that a case was one of `NAMES` just before an instant."""
    then = _facts((), cut).subquery()
    chosen: Select[tuple[UUID]] = select(then.c.id).where(_holding(then.c)[name])
    return Case.id.in_(chosen)


def read(given: str, field: str, zone: ZoneInfo) -> tuple[str, datetime]:
    """Read `<name>@<day>`: what a case was, and the instant at which that day is over.

    Raises:
        Invalid: no such name, or no day.
    """
    name, _, day = given.partition("@")
    if name not in NAMES:
        raise invalid(field, "not_a_choice", choices=", ".join(f"{each}@YYYY-MM-DD" for each in NAMES))
    return name, datetime.combine(texts.parse_date(day, field=field) + timedelta(days=1), time(0), tzinfo=zone)


def _facts(conditions: Sequence[ColumnElement[bool]], cut: datetime) -> Select[Any]:
    """Return, a case a row, the place in its history (0: none) of the last step of each kind before the cut."""

    def last(*triggers: str, told: Sequence[str] = (), of: str | None = None) -> ColumnElement[int]:
        # The fields are canonical JSON: a quote within a value carries a backslash, so no prose looks like a field.
        words = [coerce(HistoryEntry.fields, Text).contains(each, autoescape=True) for each in told]
        holds = and_(HistoryEntry.trigger.in_(triggers), *([or_(*words)] if words else []))
        holds = holds if of is None else and_(holds, HistoryEntry.from_state == of)
        return func.coalesce(func.max(case((holds, HistoryEntry.seq))), 0)

    marks = {
        "assigned": last("assign", "rework"),
        "taken": last("recall", "reopen"),
        "returned": last("return"),
        "extended": last("grant_extension"),
        "reworked": last("rework"),
        # What was declined and is opened again had no result that could fail.
        "reopened": last("reopen", of="closed"),
        "resolved": last("resolve"),
        "closed": last("close"),
        "reached": last("close", told=['"followed_up":"reached"']),
        "solved": last("close", told=['"solved":"yes"']),
        "unsolved": last("close", told=['"solved":"no"']),
        "content": last("close", told=['"satisfaction":"satisfied"', '"satisfaction":"basically"']),
        "excluded": last("grant_exclusion"),
        "lifted": last("grant_lift"),
        "suspended": last("suspend"),
        "resumed": last("resume"),
    }
    return (
        select(
            Case.id,
            _outcome("contact", cut).label("contact"),
            _outcome("handle", cut).label("handle"),
            *(mark.label(name) for name, mark in marks.items()),
        )
        .join(HistoryEntry, HistoryEntry.matter_id == Case.id)
        .where(*conditions, HistoryEntry.at < cut)
        .group_by(Case.id)
    )


def _holding(then: Any) -> Mapping[str, ColumnElement[bool]]:
    """Return each of `NAMES` as a condition on what `_facts` found."""
    closed = and_(then.closed > 0, then.closed > then.reopened)
    counts = and_(closed, then.excluded <= then.lifted)
    reached = and_(counts, then.reached == then.closed)
    solved, unsolved = then.solved == then.closed, then.unsolved == then.closed
    assigned = then.assigned > then.taken
    # A clock that stands still is not late, however long ago it was due.
    handled_late = or_(then.handle == "late", and_(then.handle == "running", then.suspended <= then.resumed))
    return {
        "contacted": and_(assigned, then.contact == "on_time"),
        "contactable": and_(assigned, then.contact.is_distinct_from(UNKNOWN)),
        "contact_unknown": and_(assigned, then.contact == UNKNOWN),
        "solved": and_(reached, solved),
        "solution_asked": and_(reached, or_(solved, unsolved)),
        "not_asked": and_(reached, ~or_(solved, unsolved)),
        "content": and_(reached, then.content == then.closed),
        "reached": reached,
        "unreachable": and_(closed, then.reached != then.closed),
        "excluded": then.excluded > then.lifted,
        "on_time": then.handle == "on_time",
        "due": or_(then.handle == "on_time", handled_late),
        "returned": then.returned > 0,
        "extended": then.extended > 0,
        "given": or_(assigned, then.returned > 0, then.reopened > 0),
        "reworked": then.reworked > 0,
        "answered": then.resolved > 0,
        "reopened": then.reopened > 0,
        "ended": then.closed > 0,
    }


def _outcome(kind: str, cut: datetime) -> ScalarSelect[Any]:
    """Return how the last clock of a kind stood: `on_time`, `late`, `running` past its due instant, else null.

    `unknown`: a file told of it afterwards, and nobody can say how it stood.
    """
    clock, entry = aliased(Deadline), aliased(HistoryEntry)
    ended = select(entry.at).where(entry.matter_id == clock.matter_id, entry.seq == clock.ended_seq).scalar_subquery()
    over = and_(clock.ended_seq.is_not(None), ended < cut)
    # A pause since then moved the due instant on; that it had been late before, its rung still says.
    fired = exists().where(Firing.deadline_id == clock.id, Firing.level == _DUE_RUNG, Firing.due_at < cut)
    told = case(
        (clock.status == UNKNOWN, UNKNOWN),
        (and_(clock.met_at < cut, clock.met_at <= clock.due_at), "on_time"),
        (clock.met_at < cut, "late"),
        (and_(or_(clock.ended_seq.is_(None), ended >= cut), or_(clock.due_at < cut, fired)), "running"),
        else_=null(),
    )
    # Of a clock that was given more time since, its shorter epoch stood; the longer one begins at the same instant.
    return (
        select(told)
        .where(clock.matter_id == Case.id, clock.kind == kind, clock.started_at < cut)
        .where(~and_(clock.status == "superseded", over))
        .order_by(clock.started_at.desc(), clock.epoch)
        .limit(1)
        .correlate(Case)
        .scalar_subquery()
    )
