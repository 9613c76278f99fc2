"""Exports of personal data by two persons: the file made in the name of who asked, and who is told of what."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from casework.core.ids import parse_id
from casework.matters import notices
from casework.matters.tables import OutboxEvent
from tasks.asking import asker
from tasks.run import Run
from tasks.telling import Telling
from workflows.ledgers import personal


def make(run: Run) -> Mapping[str, Any]:
    """Make the file of a granted export, of what the asker may export at this moment."""
    with run.office.db.reading() as session:
        whose = asker(session, run, at=run.at)
    return {"rows": personal.make(run.office, UUID(str(run.payload["export"])), asker=whose, at=run.at)}


def tell_heads(telling: Telling, event: OutboxEvent) -> None:
    """Tell those who may grant it that somebody asks; never who asked."""
    people = telling.people.recipients(telling.people.anywhere(("head", "chair")))
    told = [each.id for each in people.values() if str(each.id) != event.facts["person"]]
    _tell(telling, event, told, "export_asked")


def tell_asker(telling: Telling, event: OutboxEvent) -> None:
    """Tell who asked that the file is there, or that it is refused."""
    person = parse_id(str(event.facts["person"]))
    _tell(telling, event, [person] if person else [], f"export_{event.facts['status']}")


def _tell(telling: Telling, event: OutboxEvent, people: list[UUID], code: str) -> None:
    notices.tell(
        telling.session,
        event_id=event.id,
        people=[(each, notices.APP) for each in people],
        code=code,
        facts={"number": event.facts["number"]},
        at=telling.at,
        hold_until=telling.at,
    )
