"""The doctor's round of every morning, and a look every few minutes at what cannot wait for it.

What is at fault stands as an alarm, and the administrators hear of it, by mail and group robot too. Nobody is told of
one cause twice on a day, however often and by how many workers it is seen.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from casework.core.actors import SYSTEM
from casework.core.database import Session
from casework.core.office import Office
from casework.keeping.doctor.examining import causes_of_alarm, examine_office
from casework.keeping.doctor.lines import faults
from casework.matters import held, outbox
from casework.registry import alarms, audit
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
            _tell(run.office, session, found, at=run.at)
        else:
            alarms.clear(session, ALARM, at=run.at)
    return {"faults": found}


def watch(office: Office, *, at: datetime) -> list[str]:
    """Look at what nobody should learn only tomorrow, and tell of each cause once a day; return what is new."""
    found = causes_of_alarm(office, at=at)
    if not found:
        return []
    with office.db.transaction() as session:
        return _tell(office, session, found, at=at)


def judge_held(office: Office, *, at: datetime) -> int:
    """Ask the virus scanner about files that wait for it; return how many have a verdict now."""
    count = 0
    for digest, found in held.judge_waiting(office.settings.attachments, office.settings.scanner):
        count += 1
        if found:
            with office.db.transaction() as session:
                audit.record(
                    session, event="file.infected", actor=SYSTEM, at=at, facts={"sha256": digest, "name": found}
                )
    return count


def _tell(office: Office, session: Session, found: Sequence[str], *, at: datetime) -> list[str]:
    fresh = alarms.untold(session, found, day=at.astimezone(office.settings.zone).date(), at=at)
    if fresh:
        outbox.publish(session, event="system.ailing", at=at, facts={"checks": fresh})
    return fresh
