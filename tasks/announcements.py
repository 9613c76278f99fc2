"""Who is told of announcements: each addressee of a new one, and of a reminder those alone who have not answered.

Of a unit everybody who handles its matters is told, and who stands in for them; a member is told themselves.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.announcements.tables import Announcement
from casework.campaign import receipts
from casework.core import editions
from casework.core.errors import NotFound, Refused
from casework.core.ids import parse_id
from casework.matters import notices
from casework.matters.tables import OutboxEvent
from casework.registry.calendar import load_calendar
from tasks.audiences import UNIT_ROLES
from tasks.run import Run
from tasks.telling import Telling


def of_sending(telling: Telling, event: OutboxEvent) -> None:
    """Tell those an announcement was sent to in this step."""
    _tell(telling, event, "announced", entered_at=event.created_at)


def of_reminder(telling: Telling, event: OutboxEvent) -> None:
    """Tell those who have not answered until now; who did meanwhile hears nothing."""
    _tell(telling, event, "announcement_reminded")


def remind(run: Run) -> Mapping[str, Any]:
    """Remind of the announcements that are to be answered by today or the next working day, each once by itself."""
    today = run.at.astimezone(run.office.settings.zone).date()
    with run.office.db.transaction() as session:
        due = receipts.due(session, load_calendar(session), today=today)
        reminded = 0
        for each in due:
            row = editions.newest(session, Announcement, each, lock=True)
            try:
                receipts.remind(session, row, actor=None, at=run.at)
            except Refused:
                # Answered, withdrawn or reminded of while the lock was waited for.
                continue
            reminded += 1
        return {"reminded": reminded}


def _tell(telling: Telling, event: OutboxEvent, code: str, *, entered_at: datetime | None = None) -> None:
    announcement_id = parse_id(str(event.facts.get("announcement")))
    try:
        row = None if announcement_id is None else editions.newest(telling.session, Announcement, announcement_id)
    except NotFound:
        row = None
    if row is None or row.withdrawn:
        return
    members, orgs = receipts.to_tell(telling.session, row.id, entered_at=entered_at)
    own = telling.people.recipients(members)
    told = {each: own[each] for each in members if each in own}
    told |= telling.people.recipients(each for org in orgs for each in telling.people.within(UNIT_ROLES, org))
    people: list[tuple[Any, notices.Channel]] = [(each, notices.APP) for each in told]
    if telling.mails:
        people += [
            (each, notices.MAIL) for each, recipient in told.items() if recipient.mail and recipient.mailed_alone
        ]
    until = None if row.answer_by is None else row.answer_by.isoformat()
    notices.tell(
        telling.session,
        event_id=event.id,
        people=people,
        code=code if until is not None else f"{code}_openly",
        facts={"announcement": str(row.id), "title": row.title, "until": until},
        at=telling.at,
        hold_until=telling.calendar.next_opening(telling.at),
    )
