"""The sheets of a year, computed a few at a time, so that the page which asked for them can say how far it is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.core import clock
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.ids import parse_id
from casework.registry import queries as registry
from tasks.run import Run
from workflows import assessments

# So many sheets are made in one transaction: whoever writes meanwhile waits for one of them, not for all.
AT_ONCE = 10


def sheets_compute(run: Run) -> Mapping[str, Any]:
    """Compute the sheets of every member who has none yet, in the name of who asked; done again it goes on.

    Raises:
        NotAllowed: whoever asked may not any more.
    """
    asked = {name: run.payload[name] for name in ("campaign", "year")}
    at = clock.now()
    with run.office.db.reading() as session:
        actor = _asker(session, run, at=at)
        prepared = assessments.prepare(session, asked, actor=actor, at=at)
    made = 0
    while True:
        with run.office.db.transaction() as session:
            step = assessments.keep_some(session, asked, prepared, actor=actor, at=clock.now(), most=AT_ONCE)
        made += step.made
        run.progress({"done": step.there, "whole": step.there + step.lacking})
        if not step.lacking:
            return {"computed": made}


def _asker(session: Session, run: Run, *, at: datetime) -> Actor:
    """Return who asked, with the grants that hold now: their own, or those of whom they stood in for."""
    person, whose = parse_id(str(run.payload["person"])), parse_id(str(run.payload["for"]))
    holder = whose or person
    if person is None or holder is None:
        raise LookupError(run.id)
    day = at.astimezone(run.office.settings.zone).date()
    name = registry.people_by_id(session, [person])[person]
    return Actor(person, name, registry.grants_of(session, holder, on=day), for_id=whose)
