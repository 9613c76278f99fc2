"""Who is told of expected money that no case is about: the office over its place, above it the head, then the chair."""

from casework.core import money
from casework.core.errors import NotFound
from casework.funds import expected
from casework.matters import notices
from casework.matters.tables import OutboxEvent
from tasks.telling import Telling

_ROLES = {0: ("clerk",), 1: ("clerk",), 2: ("clerk", "head")}
_ALL = ("clerk", "head", "chair")


def of_rung(telling: Telling, event: OutboxEvent) -> None:
    """Tell of a rung: 0 and 1 to the clerks, 2 to the head too, 3 to the chair too."""
    if event.matter_id is None:
        return
    try:
        line = expected.line_of(telling.session, event.matter_id)
    except NotFound:
        return
    level = min(int(event.facts["level"]), 3)
    told = telling.people.recipients(telling.people.over(_ROLES.get(level, _ALL), line.region_code))
    notices.tell(
        telling.session,
        event_id=event.id,
        people=[(each, notices.APP) for each in told],
        code=f"expected_money_{level}",
        facts={
            "line": str(line.id),
            "name": line.project or line.source,
            "amount": money.wan(line.amount_fen),
            "due_at": event.facts["due_at"],
        },
        at=telling.at,
        hold_until=telling.calendar.next_opening(telling.at),
        matter_id=event.matter_id,
    )
