"""Taking a slip of the hand back within ten minutes, where nothing of it has left the house or been read.

An urging is taken back while the unit has neither read it nor got it by mail, text message or the morning's digest;
a request for more time, while nobody has decided it. The history keeps both: what was done, and that it was taken
back. An assignment goes by its own step of the workflow (`recall`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from casework.cases import extensions as extension_rows
from casework.cases import queries
from casework.cases.tables import Case
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, refused
from casework.matters import notices, outbox
from casework.matters.tables import HistoryEntry
from casework.permissions import Subject
from workflows import records
from workflows.cases import urging
from workflows.guards import RECALL_TIME

URGE, EXTENSION = "take_back_urge", "withdraw_extension"


def urge(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> HistoryEntry:
    """Take back one's own last urging of a locked case: the unit hears nothing of it.

    Raises:
        NotAllowed: not triage.
        Invalid: unknown fields.
        Refused: one urged nothing, too long ago, or the unit knows of it.
    """
    actor = records.require(actor, "case.urge", subject)
    _nothing(raw)
    steps = [each for each in queries.history_of(session, case.id) if each.trigger in (urging.TRIGGER, URGE)]
    last = steps[-1] if steps else None
    if last is None or last.trigger == URGE or last.actor_id != actor.person_id:
        raise refused("nothing_urged")
    _in_time(last.at, at)
    # First the event: whoever is telling of it just now is waited for, and then the notices are there.
    event = outbox.take_back(session, case.id, seq=last.seq, at=at)
    if event is not None and not notices.take_back(session, event.id, reason="recalled"):
        raise refused("urge_was_told")
    return records.note(session, case, actor=actor, at=at, trigger=URGE, event="mended")


def extension(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> HistoryEntry:
    """Take back one's own request for more time of a locked case, that nobody has decided.

    Raises:
        NotAllowed: not the handling unit.
        Invalid: unknown fields.
        Refused: nothing of one's own waits, or it was asked too long ago.
    """
    actor = records.require(actor, "case.ask_extension", subject)
    _nothing(raw)
    waiting = [each for each in extension_rows.of_case(session, case.id) if each.status == "requested"]
    request = waiting[-1] if waiting else None
    if request is None or request.requested_by != actor.person_id:
        raise refused("nothing_asked_for")
    _in_time(request.requested_at, at)
    extension_rows.withdraw(case, request, at=at)
    notices.take_away(session, case.id, codes=["extension_asked"], reason="recalled")
    told = {"until": request.until.isoformat(), "request": str(request.id)}
    return records.note(session, case, actor=actor, at=at, trigger=EXTENSION, event="mended", fields=told)


def _nothing(raw: Mapping[str, Any]) -> None:
    if raw:
        raise Invalid([FieldError(name, "unknown_field") for name in raw])


def _in_time(done_at: datetime, at: datetime) -> None:
    if at - done_at > RECALL_TIME:
        raise refused("take_back_too_late", minutes=RECALL_TIME // timedelta(minutes=1))
