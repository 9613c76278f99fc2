"""The doctor's round of every morning: what is at fault stands as an alarm, and the administrators hear of it, by mail
too. Doing it twice in a day changes nothing: the job is done once a day, and the alarm is renewed.
"""

from collections.abc import Mapping
from typing import Any

from casework.keeping.doctor.examining import examine_office
from casework.keeping.doctor.lines import faults
from casework.matters import outbox
from casework.registry import alarms
from tasks.run import Run

ALARM = "installation"


def examine(run: Run) -> Mapping[str, Any]:
    """Look at the installation and tell what is at fault. The broker is left to who can see it: it is only a bell."""
    lines = examine_office(run.office, at=run.at, broker=None)
    # Whoever runs this is a worker: what waited over night only waits for its turn.
    found = [check for check in faults(lines) if check != "worker"]
    with run.office.db.transaction() as session:
        if found:
            alarms.sound(session, ALARM, facts={"checks": found}, at=run.at)
            outbox.publish(session, event="system.ailing", at=run.at, facts={"checks": found})
        else:
            alarms.clear(session, ALARM, at=run.at)
    return {"faults": found}
