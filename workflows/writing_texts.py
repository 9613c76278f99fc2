"""A long text of a matter, written by several and lost by nobody: every saving is a version, a stale one is refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.core import reading, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import refused
from casework.matters import text_versions
from casework.matters.text_versions import Version
from casework.permissions import Subject
from casework.registry import queries as registry
from workflows import records

_MOST_VERSIONS = 100_000


@dataclass(frozen=True, slots=True)
class Text:
    """One kind of text: where it is kept, who writes it, in which states, and what the history calls a saving.

    `stands_in`: states in which the newest version stands in the matter itself, put there by `put`.
    """

    name: str
    longest: int
    permission: str
    written_in: Sequence[str]
    refusal: str
    trigger: str
    standing: Callable[[Session, Any], Version | None]
    stands_in: Sequence[str] = ()
    put: Callable[[Any, str], None] | None = None


def save(
    session: Session,
    row: Any,
    raw: Mapping[str, Any],
    text: Text,
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
) -> Version:
    """Save a text of a locked matter: `text`, `based_on` (the version it was made from), perhaps `restores`.

    Raises:
        NotAllowed: it is not theirs to write.
        Invalid: every mistake in what was sent.
        Refused: somebody else saved since (`text_moved`); or it is not written now.
    """
    actor = records.require(actor, text.permission, subject)
    values = reading.fields(
        raw,
        {
            "text": reading.text("text", text.longest, required=True),
            "based_on": lambda value: texts.parse_int(value, field="based_on", minimum=0, maximum=_MOST_VERSIONS),
            "restores": lambda value: texts.parse_int(value, field="restores", minimum=0, maximum=_MOST_VERSIONS),
        },
        required=("text", "based_on"),
    )
    if row.state not in text.written_in:
        raise refused(text.refusal)
    now = text.standing(session, row)
    if now is not None and now.text == values["text"]:
        return now
    if now is not None and now.place != values["based_on"]:
        raise moved(session, now)
    made = text_versions.follow(
        session,
        row.id,
        text.name,
        values["text"],
        before="" if now is None or now.place else now.text,
        written_at=at if now is None else now.written_at,
        by=actor.person_id,
        at=at,
        restores=values.get("restores"),
    )
    if row.state in text.stands_in and text.put is not None:
        text.put(row, made.text)
    told = {"version": made.place, **({"restores": made.restores} if made.restores else {})}
    records.note(session, row, actor=actor, at=at, trigger=text.trigger, event="mended", fields=told)
    return made


def moved(session: Session, now: Version) -> Exception:
    """Return the refusal of a text that was made from another version than the one that stands."""
    names = registry.people_by_id(session, [] if now.written_by is None else [now.written_by])
    who = "" if now.written_by is None else names.get(now.written_by, "")
    when = f"{now.written_at.astimezone(session.info['zone']):%Y-%m-%d %H:%M}"
    return refused("text_moved", who=who, when=when, version=now.place)
