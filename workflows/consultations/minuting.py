"""The text of the minutes as it is written: before the step `minute` a working text, from then on what stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.consultations import minutes, topics
from casework.consultations.tables import Consultation
from casework.core.actors import Actor
from casework.core.database import Session
from casework.matters.text_versions import Version
from casework.permissions import Subject
from workflows import writing_texts
from workflows.writing_texts import Text

RUN = "consultation.run"
# The working text may be begun at the table; what stands may be mended until the file is closed.
WRITTEN_IN = ("notified", "held", "minuted", "implementing", "evaluated")


def _put(row: Consultation, text: str) -> None:
    row.minutes = text


TEXT = Text(
    name=minutes.NAME,
    longest=topics.TEXT_LENGTH,
    permission=RUN,
    written_in=WRITTEN_IN,
    refusal="no_minutes_now",
    trigger="write_minutes",
    standing=minutes.standing,
    stands_in=WRITTEN_IN[2:],
    put=_put,
)


def save(
    session: Session, row: Consultation, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> Version:
    """Save the minutes of a locked consultation; see `writing_texts.save`."""
    return writing_texts.save(session, row, raw, TEXT, subject=subject, actor=actor, at=at)
