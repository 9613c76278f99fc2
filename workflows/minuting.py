"""The text of the minutes, written by several and lost by nobody: every saving is a version, a stale one is refused.

Before the step `minute` the versions are a working text; from then on the newest stands in the consultation.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.consultations import minutes, topics
from casework.consultations.tables import Consultation
from casework.core import reading, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import refused
from casework.matters.text_versions import Version
from casework.permissions import Subject
from casework.registry import queries as registry
from workflows import records

RUN = "consultation.run"
# The working text may be begun at the table; what stands may be mended until the file is closed.
WRITTEN_IN = ("notified", "held", "minuted", "implementing", "evaluated")
_STANDS_IN = WRITTEN_IN[2:]
_MOST_VERSIONS = 100_000


def save(
    session: Session, row: Consultation, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> Version:
    """Save the minutes of a locked consultation: `text`, `based_on` (the version it was made from), perhaps `restores`.

    Raises:
        NotAllowed: not the office.
        Invalid: every mistake in what was sent.
        Refused: somebody else saved since (`text_moved`); or there are no minutes to write now.
    """
    actor = records.require(actor, RUN, subject)
    values = reading.fields(
        raw,
        {
            "text": reading.text("text", topics.TEXT_LENGTH, required=True),
            "based_on": lambda value: texts.parse_int(value, field="based_on", minimum=0, maximum=_MOST_VERSIONS),
            "restores": lambda value: texts.parse_int(value, field="restores", minimum=0, maximum=_MOST_VERSIONS),
        },
        required=("text", "based_on"),
    )
    if row.state not in WRITTEN_IN:
        raise refused("no_minutes_now")
    now = minutes.standing(session, row)
    if now is not None and now.text == values["text"]:
        return now
    if now is not None and now.place != values["based_on"]:
        raise _moved(session, now)
    made = minutes.keep(session, row, values["text"], by=actor.person_id, at=at, restores=values.get("restores"))
    if row.state in _STANDS_IN:
        row.minutes = made.text
    told = {"version": made.place, **({"restores": made.restores} if made.restores else {})}
    records.note(session, row, actor=actor, at=at, trigger="write_minutes", event="mended", fields=told)
    return made


def _moved(session: Session, now: Version) -> Exception:
    names = registry.people_by_id(session, [] if now.written_by is None else [now.written_by])
    who = "" if now.written_by is None else names.get(now.written_by, "")
    when = f"{now.written_at.astimezone(session.info['zone']):%Y-%m-%d %H:%M}"
    return refused("text_moved", who=who, when=when, version=now.place)
