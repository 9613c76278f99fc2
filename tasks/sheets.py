"""Who is told of the sheets of the assessment: the member of what asks for an answer, office and chair of theirs.

No score and no band stands in a notice.
"""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from casework.assessment import queries
from casework.assessment.tables import Assessment
from casework.core.actors import SYSTEM
from casework.core.errors import NotFound
from casework.matters import notices
from casework.matters.tables import OutboxEvent
from tasks.telling import Telling

_Audience = Callable[[Telling, Assessment], Iterable[UUID]]


def _member(telling: Telling, sheet: Assessment) -> Iterable[UUID]:
    person = queries.person_of(telling.session, sheet)
    return () if person is None else (person,)


def _over(*roles: str) -> _Audience:
    return lambda telling, sheet: telling.people.over(roles, sheet.region_code)


_BY_TRIGGER: Mapping[str, tuple[str, _Audience]] = {
    "recompute": ("sheet_computed", _member),
    "appeal": ("sheet_appealed", _over("clerk", "head")),
    "lapse": ("sheet_lapsed", _member),
    "review": ("sheet_reviewed", _over("chair")),
    "approve": ("sheet_approved", _member),
}


def of_sheet(telling: Telling, event: OutboxEvent) -> None:
    """Tell a member that their sheet was computed; nobody of one from a file."""
    _tell(telling, event, "sheet_computed", _member)


def of_step(telling: Telling, event: OutboxEvent) -> None:
    """Tell of a move."""
    told = _BY_TRIGGER.get(str(event.facts.get("trigger")))
    if told is not None:
        _tell(telling, event, *told)


def of_adjustment(telling: Telling, event: OutboxEvent) -> None:
    """Tell a member that the office set points beside those computed."""
    _tell(telling, event, "sheet_adjusted", _member)


def _tell(telling: Telling, event: OutboxEvent, code: str, audience: _Audience) -> None:
    try:
        sheet = None if event.matter_id is None else queries.get(telling.session, SYSTEM, event.matter_id)
    except NotFound:
        sheet = None
    if sheet is None or sheet.is_imported:
        return
    doer = telling.doer_of(event)
    people = [each for each in telling.people.recipients(audience(telling, sheet)) if each != doer]
    facts = {
        "sheet": sheet.number,
        "name": sheet.member_name,
        "year": sheet.year,
        "due_at": None if sheet.due_at is None else sheet.due_at.isoformat(),
    }
    notices.tell(
        telling.session,
        event_id=event.id,
        people=[(each, notices.APP) for each in people],
        code=code,
        facts=facts,
        at=telling.at,
        hold_until=telling.calendar.next_opening(telling.at),
        matter_id=sheet.id,
    )
