"""Who is told of leads (线索): the town of a new one, and who made the visit of its answer.

Nothing of the household or the risk stands in a message: whoever may know opens the lead. Where the town has no unit,
or nobody works in it, the office of the place is told instead, which passes it on by telephone.
"""

from collections.abc import Iterable
from uuid import UUID

from casework.activities.tables import Lead
from casework.core import editions
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.matters import notices
from casework.matters.tables import OutboxEvent
from casework.members.tables import Member
from tasks.audiences import UNIT_ROLES
from tasks.telling import Telling

_DESK_ROLES = ("clerk", "head")


def of_telling(telling: Telling, event: OutboxEvent) -> None:
    """Tell the town of a new lead."""
    row = _lead(telling, event)
    if row is None:
        return
    town = () if row.org_id is None else telling.people.within(UNIT_ROLES, row.org_id)
    if town:
        _tell(telling, event, row, "lead_told", town)
    else:
        _tell(telling, event, row, "lead_without_town", telling.people.over(_DESK_ROLES, row.region_code))


def of_answer(telling: Telling, event: OutboxEvent) -> None:
    """Tell the member who made the visit what the town answered."""
    row = _lead(telling, event)
    if row is None or row.member_id is None:
        return
    person = editions.newest(telling.session, Member, row.member_id).person_id
    _tell(telling, event, row, "lead_answered", () if person is None else (person,))


def _lead(telling: Telling, event: OutboxEvent) -> Lead | None:
    lead_id = parse_id(str(event.facts.get("lead")))
    try:
        row = None if lead_id is None else editions.newest(telling.session, Lead, lead_id)
    except NotFound:
        row = None
    return None if row is None or row.withdrawn else row


def _tell(telling: Telling, event: OutboxEvent, row: Lead, code: str, people: Iterable[UUID]) -> None:
    told = telling.people.recipients(people)
    channels: list[tuple[UUID, notices.Channel]] = [(each, notices.APP) for each in told]
    if telling.mails:
        channels += [
            (each, notices.MAIL) for each, recipient in told.items() if recipient.mail and recipient.mailed_alone
        ]
    notices.tell(
        telling.session,
        event_id=event.id,
        people=channels,
        code=code,
        facts={"lead": str(row.id)},
        at=telling.at,
        hold_until=telling.calendar.next_opening(telling.at),
    )
