"""Answers that came by mail: the file of a calendar program is read, and one person's answer is noted, nothing else.

What such a file says of time or topic is not believed. It has to be an answer to this meeting as it stands, from an
address that was invited, and newer than the answer we have.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from casework.agenda import queries as agenda
from casework.consultations import queries
from casework.consultations.tables import Consultation, Participant
from casework.core import reading
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import invalid, refused
from casework.permissions import Subject
from casework.registry.recipients import Directory
from workflows import agenda as words
from workflows import records
from workflows.consultations import consulting

LONGEST = 60_000
_ANSWERS: Mapping[str, str] = {"ACCEPTED": "yes", "DECLINED": "no", "TENTATIVE": "maybe"}


def read_reply(
    session: Session, row: Consultation, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> Participant:
    """Note the answer in a reply of a calendar program (`content`, METHOD:REPLY) to a locked consultation.

    Raises:
        NotAllowed: not the office.
        Invalid: no such reply.
        Refused: it answers another meeting or an earlier date, comes from nobody invited, or is older than ours.
    """
    actor = records.require(actor, consulting.RUN, subject)
    readers = {"content": reading.text("content", LONGEST, required=True)}
    event = _event(reading.fields(raw, readers, required=("content",))["content"])
    told = agenda.meeting_of(session, row)
    if str(event.get("UID", "")) != words.uid_of(told):
        raise refused("reply_to_another_meeting")
    if row.state not in consulting.ANSWERED_IN:
        raise refused("no_date_to_answer")
    if _number(event.get("SEQUENCE", 0)) < agenda.sequence_of(row):
        raise refused("reply_to_earlier_date")
    address, answer = _attendee(event)
    mine = _invited(session, row, address, at=at)
    written = _stamp(event)
    if mine.replied_at is not None and written <= mine.replied_at:
        raise refused("reply_is_old")
    if mine.reply != answer:
        mine.reply = answer
        facts = {"reply": answer, "person": str(mine.person_id), "by_mail": True}
        records.note(session, row, actor=actor, at=at, trigger="reply", event="replied", fields=facts)
    # A clock that is ahead must not shut out what is answered here later.
    mine.replied_at = min(written, at)
    return mine


def _event(content: str) -> Any:
    from icalendar import Calendar  # noqa: PLC0415 - only where a reply is read

    try:
        calendar = Calendar.from_ical(content)
        method = str(calendar.get("METHOD", "")).upper()
        events = list(calendar.walk("VEVENT"))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as mistake:
        raise invalid("content", "not_a_calendar_reply") from mistake
    if method == "COUNTER":
        raise refused("reply_is_a_counter")
    if method != "REPLY" or len(events) != 1:
        raise invalid("content", "not_a_calendar_reply")
    return events[0]


def _attendee(event: Any) -> tuple[str, str]:
    found = event.get("ATTENDEE")
    if found is None or isinstance(found, list):
        raise invalid("content", "not_a_calendar_reply")
    answer = _ANSWERS.get(str(found.params.get("PARTSTAT", "")).upper())
    scheme, _, address = str(found).partition(":")
    if answer is None or scheme.lower() != "mailto" or not address:
        raise invalid("content", "not_a_calendar_reply")
    return address.strip().casefold(), answer


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as mistake:
        raise invalid("content", "not_a_calendar_reply") from mistake


def _stamp(event: Any) -> datetime:
    try:
        found = event.decoded("DTSTAMP")
    except (KeyError, ValueError, TypeError, AttributeError) as mistake:
        raise invalid("content", "not_a_calendar_reply") from mistake
    if not isinstance(found, datetime):
        raise invalid("content", "not_a_calendar_reply")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _invited(session: Session, row: Consultation, address: str, *, at: datetime) -> Participant:
    people = {each.person_id: each for each in queries.participants_of(session, row) if each.person_id is not None}
    known = Directory(session, at.astimezone(session.info["zone"]).date()).recipients(people)
    theirs = [people[each] for each, told in known.items() if (told.mail or "").strip().casefold() == address]
    mine = [each for each in theirs if each.invited]
    if not mine:
        raise refused("reply_from_stranger")
    if len(mine) > 1:
        # A mailbox that several share tells nobody which of them answers.
        raise refused("reply_from_shared_address", count=len(mine))
    return mine[0]
