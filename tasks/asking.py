"""In whose name a job runs: who asked for it, with what they may do when it runs."""

from datetime import datetime

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.ids import parse_id
from casework.registry import queries as registry
from tasks.run import Run


def asker(session: Session, run: Run, *, at: datetime) -> Actor:
    """Return who asked, with the grants that hold now: their own, or those of whom they stood in for."""
    person, whose = parse_id(str(run.payload["person"])), parse_id(str(run.payload["for"]))
    holder = whose or person
    if person is None or holder is None:
        raise LookupError(run.id)
    day = at.astimezone(run.office.settings.zone).date()
    name = registry.people_by_id(session, [person])[person]
    return Actor(person, name, registry.grants_of(session, holder, on=day), for_id=whose)
