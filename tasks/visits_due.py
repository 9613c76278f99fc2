"""Reminders of the quarter's visits, on day 60 and 80 (domain.md §3e): to members, and in one line to the office.

Each is told once a member, quarter and day, however often the job runs: the notices are known by the quarter and its
day. What is told is asked of the links and visits of that moment; who has been everywhere hears nothing.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from casework.campaign import due_visits
from casework.campaign.due_visits import Missing
from casework.campaign.quarters import quarter_of
from casework.matters import jobs, notices
from casework.registry.recipients import Recipient
from tasks import telling as tellings
from tasks.run import Run
from tasks.telling import Telling

MEMBER, OFFICE = "visits_due", "visits_due_office"
# The desk of a place; the chair reads it in figures.
_OFFICE_ROLES = ("clerk", "head")


def send(run: Run) -> Mapping[str, Any]:
    """Tell of the visits that are missing, on the first run on or after a reminder's day."""
    zone = run.office.settings.zone
    today = run.at.astimezone(zone).date()
    day = due_visits.reminder(today)
    if day == 0:
        return {"told": 0}
    since = quarter_of(today).first + timedelta(days=day - 1)
    with run.office.db.transaction() as session:
        last = jobs.last_done(session, name=run.name, before=run.at)
        # A day that was told of is not asked about again: on most days this is all there is to do.
        if last is not None and last.astimezone(zone).date() >= since:
            return {"told": 0}
        missing = due_visits.missing_by_member(session, on=today)
        telling = tellings.begin(session, at=run.at, mails=bool(run.office.settings.mail_url), matters=())
        return {"told": _tell_members(telling, missing, today, day) + _tell_office(telling, missing, today, day)}


def _tell_members(telling: Telling, missing: list[Missing], today: date, day: int) -> int:
    mine = {each.person_id: each for each in missing if each.person_id is not None}
    told = 0
    # A deputy stands in for the office's work, not for a visit.
    for person_id, recipient in telling.people.recipients(mine).items():
        if person_id in mine:
            facts = {"n": mine[person_id].households, **_facts(today, day)}
            told += _write(telling, _event(today, day, "member"), recipient, MEMBER, facts)
    return told


def _tell_office(telling: Telling, missing: list[Missing], today: date, day: int) -> int:
    by_clerk: dict[UUID, list[Missing]] = {}
    for each in missing:
        for person_id in telling.people.over(_OFFICE_ROLES, each.region_code):
            by_clerk.setdefault(person_id, []).append(each)
    told = 0
    for person_id, recipient in telling.people.recipients(by_clerk).items():
        found = by_clerk.get(person_id, [])
        if found:
            facts = {"n": sum(each.households for each in found), "members": len(found), **_facts(today, day)}
            told += _write(telling, _event(today, day, "office"), recipient, OFFICE, facts)
    return told


def _write(telling: Telling, event_id: UUID, recipient: Recipient, code: str, facts: Mapping[str, Any]) -> int:
    is_mailed = telling.mails and recipient.mail and recipient.mailed_alone and code == MEMBER
    channels = [notices.APP, notices.MAIL] if is_mailed else [notices.APP]
    return notices.tell(
        telling.session,
        event_id=event_id,
        people=[(recipient.id, channel) for channel in channels],
        code=code,
        facts=facts,
        at=telling.at,
        hold_until=telling.calendar.next_opening(telling.at),
    )


def _facts(today: date, day: int) -> Mapping[str, Any]:
    quarter = quarter_of(today)
    return {"quarter": str(quarter), "day": day, "left": (quarter.last - today).days}


def _event(today: date, day: int, to: str) -> UUID:
    return uuid5(NAMESPACE_OID, f"visits due {quarter_of(today)} {day} {to}")
