"""Notes on a case between those who work on it; who is named with @ is told.

A note is a row of the history like everything else. Notes of others are internal: the reporter and whoever only looks
see that there is one, not what it says (reliability.md §4.3 "internal notes").
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.core import reading
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Refusal, Refused
from casework.matters.tables import HistoryEntry
from casework.permissions import Subject
from casework.registry import queries as registry
from workflows import records

TRIGGER = "comment"
TEXT_LENGTH = 4000
MOST_MENTIONS = 20
# A user name or a person's name, up to a blank or a mark; addresses of mail are none.
_MENTION = re.compile(r"(?<![0-9A-Za-z._-])@([0-9A-Za-z._\u00b7\u3400-\u9fff\U00020000-\U000323af-]{2,32})")


def comment(
    session: Session,
    case: Any,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    permission: str = "case.comment",
) -> HistoryEntry:
    """Put a note (`text`) to a case, or to a matter whose `permission` is told.

    Raises:
        NotAllowed: not one who works on the case.
        Invalid: no text, or unknown fields.
        Refused: the case was merged away.
    """
    actor = records.require(actor, permission, subject)
    text = read(raw)
    if case.state == "merged":
        raise Refused([Refusal("merged_is_read_only")])
    mentioned = mentioned_in(session, text)
    case.comments_total += 1
    return records.note(
        session,
        case,
        actor=actor,
        at=at,
        trigger=TRIGGER,
        event="commented",
        comment=text,
        fields={"mentions": [str(person_id) for person_id in mentioned]} if mentioned else {},
        facts={"mentions": [str(person_id) for person_id in mentioned]},
    )


def mentioned_in(session: Session, text: str) -> Sequence[UUID]:
    """Return the people whom a text names with @, by user name or by a name that only one person bears."""
    names = list(dict.fromkeys(_MENTION.findall(text)))[:MOST_MENTIONS]
    return registry.people_named(session, names)


def read(raw: Mapping[str, Any]) -> str:
    """Read a note (`text`).

    Raises:
        Invalid: no text, or unknown fields.
    """
    readers = {"text": reading.text("text", TEXT_LENGTH, required=True)}
    return str(reading.fields(raw, readers, required=("text",))["text"])
