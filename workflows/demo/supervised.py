"""What the demo county supervises: matters in every state, each step through the engine on its day."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from casework.cases import imported
from casework.core.actors import Actor
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.office import Office
from casework.supervisions import queries
from workflows import engine, firing, supervising
from workflows.demo.county import Cast

_FIRST = time(8, 40)
# What is told by working days from the day the demo is opened, such as "+25".
_AHEAD = "+"


@cache
def _items() -> Sequence[Mapping[str, Any]]:
    items: Sequence[Mapping[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["item"]
    return items


def lay(office: Office, cast: Cast, calendar: WorkCalendar, *, at: datetime, told_from: datetime) -> None:
    """Let every matter live up to now; messages of what happened before `told_from` are not sent any more."""
    happening: list[tuple[datetime, int, int]] = []
    for n, item in enumerate(_items()):
        backs = [item["back"], *(step[0] for step in item["steps"])]
        happening += [(_at(calendar, at, back, k), n, k) for k, back in enumerate(backs)]
    made: dict[int, UUID] = {}
    with office.db.transaction() as session:
        for when, n, k in sorted(happening):
            if k == 0:
                made[n] = _initiate(session, _items()[n], cast, calendar, at=when, now=at)
            else:
                item = _items()[n]
                step = item["steps"][k - 1]
                _step(session, made[n], step, cast=cast, org=item["org"], calendar=calendar, at=when, now=at)
        session.flush()
        imported.settle_older(session, before=told_from)
    firing.sweep(office.db, at=at)


def _at(calendar: WorkCalendar, now: datetime, back: int, n: int) -> datetime:
    """Return a moment of the day so many working days back, each step of an item some minutes after the last."""
    today = now.astimezone(calendar.zone).date()
    day = calendar.add_workdays(today, -back) if back else today
    there = datetime.combine(day, _FIRST, tzinfo=calendar.zone) + timedelta(minutes=25 * n)
    return min(there.astimezone(UTC), now - timedelta(minutes=2 * (10 - n)))


def _initiate(
    session: Session, item: Mapping[str, Any], cast: Cast, calendar: WorkCalendar, *, at: datetime, now: datetime
) -> UUID:
    raw = {name: item[name] for name in ("title", "requirement", "source", "org", "level")}
    raw |= {"source_words": item["words"], "due_on": _day(calendar, now, item["due"])}
    return supervising.initiate(session, raw, actor=cast.actors["he"], at=at).id


def _step(
    session: Session,
    matter: UUID,
    step: Sequence[Any],
    *,
    cast: Cast,
    org: str,
    calendar: WorkCalendar,
    at: datetime,
    now: datetime,
) -> None:
    _back, who, trigger, told = step
    actor = _actor(cast, who, org)
    given = {name: _told(calendar, now, value) for name, value in told.items() if name != "comment"}
    row = queries.get(session, actor, matter, lock=True)
    subject = queries.subject_of(session, row, actor=actor)
    engine.move(session, row, trigger, subject=subject, actor=actor, at=at, given=given, comment=told.get("comment"))


def _actor(cast: Cast, who: str, org: str) -> Actor:
    if who == "unit":
        return cast.actors[cast.handlers[org][0]]
    return cast.actors[cast.heads[org] if who == "unit_head" else who]


def _told(calendar: WorkCalendar, now: datetime, value: str) -> str:
    return _day(calendar, now, int(value[1:])) if value.startswith(_AHEAD) else value


def _day(calendar: WorkCalendar, now: datetime, ahead: int) -> str:
    today = now.astimezone(calendar.zone).date()
    return calendar.add_workdays(today, ahead).isoformat() if ahead else today.isoformat()
