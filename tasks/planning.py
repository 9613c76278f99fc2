"""A quarter planned in the background, so that the page which asked for it can say how far it is."""

import time
from collections.abc import Mapping
from typing import Any

from casework.consultations import planning, quarters
from casework.core import clock
from casework.core.ids import parse_id
from casework.registry.calendar import load_calendar
from tasks.run import Run


def quarter_plan(run: Run) -> Mapping[str, Any]:
    """Find the best plan within ten seconds and what stands in the way of the rest; done again it finds it anew."""
    plan_id = parse_id(str(run.payload["plan"]))
    began = time.perf_counter()
    with run.office.db.reading() as session:
        row = quarters.take(session, plan_id)
        calendar = load_calendar(session)
        today = run.at.astimezone(calendar.zone).date()
        problem = quarters.problem(session, row.asked, today=today, calendar=calendar)
        session.expunge_all()
    # Nothing of the database is open while it is reckoned.
    found = planning.plan(problem, step=lambda done: run.progress({"done": done, "whole": planning.STEPS}))
    with run.office.db.transaction() as session:
        row = quarters.take(session, plan_id, lock=True)
        # Whoever asked may have stopped it meanwhile.
        if row.status == quarters.ASKED:
            quarters.settle(row, found, seconds=time.perf_counter() - began, at=clock.now())
    return {"planned": len(found.placed), "left": len(found.left)}
