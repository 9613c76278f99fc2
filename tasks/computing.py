"""The sheets of a year, computed a few at a time, so that the page which asked for them can say how far it is."""

from collections.abc import Mapping
from typing import Any

from casework.core import clock
from tasks.asking import asker
from tasks.run import Run
from workflows.campaign import assessments

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
        actor = asker(session, run, at=at)
        prepared = assessments.prepare(session, asked, actor=actor, at=at)
    made = 0
    while True:
        with run.office.db.transaction() as session:
            step = assessments.keep_some(session, asked, prepared, actor=actor, at=clock.now(), most=AT_ONCE)
        made += step.made
        run.progress({"done": step.there, "whole": step.there + step.lacking})
        if not step.lacking:
            return {"computed": made}
