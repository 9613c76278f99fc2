"""Invitations in mail: beside the words of the notice a part that calendar programs read (RFC 6047).

It is made when the letter is, from the meeting as it then is: a letter that goes out late invites to nothing that was
called off meanwhile.
"""

import re
from dataclasses import replace
from email.message import EmailMessage
from html import escape
from zoneinfo import ZoneInfo

from casework.agenda import queries as agenda
from casework.consultations import queries
from casework.core.actors import SYSTEM
from casework.core.errors import NotFound
from casework.documents import calendar_file
from casework.matters.tables import Notice
from casework.registry.recipients import Recipient
from tasks.telling import Telling
from workflows import agenda as words

# Whoever is not asked to the new date gets the end of the old one.
_RELEASED = "meeting_released"
_ADDRESS = re.compile(r"https?://[^\s<>]+")
_PRESSED = r'<a href="\g<0>">\g<0></a>'
# The notices that carry one.
CODES = ("meeting_invited", "meeting_moved", "meeting_postponed", "meeting_cancelled", _RELEASED)


def _page(words_told: str, *, locale: str) -> str:
    """Return the words of a letter as a page: a paragraph a line, addresses to press on."""
    lines = [escape(line) for line in words_told.splitlines() if line.strip()]
    told = "".join(f"<p>{_ADDRESS.sub(_PRESSED, line)}</p>" for line in lines)
    return f'<!DOCTYPE html><html lang="{escape(locale)}"><head><meta charset="utf-8"></head><body>{told}</body></html>'


def enclose(
    message: EmailMessage, telling: Telling, notice: Notice, reader: Recipient, *, sender: str, zone: ZoneInfo
) -> None:
    """Put the invitation, or its end, into a letter to one who is invited; who stands in for them gets words only."""
    if notice.code not in CODES or notice.matter_id is None or reader.mail is None:
        return
    try:
        row = queries.take(telling.session, SYSTEM, str(notice.matter_id))
    except NotFound:
        return
    is_released = notice.code == _RELEASED
    people = queries.participants_of(telling.session, row)
    if any(each.person_id == reader.id for each in people) is is_released:
        return
    told = agenda.meeting_of(telling.session, row)
    entry = words.meeting(told, locale=reader.actor.locale, organizer=words.mailbox(sender))
    if is_released:
        entry = replace(entry, status="CANCELLED")
    method = calendar_file.CANCEL if told.is_off or is_released else calendar_file.REQUEST
    written = calendar_file.message(entry, method=method, attendee=reader.mail, zone=zone, at=telling.at)
    # Plain, then as a page, then for calendars: the order that programs for mail expect (open311.md §4.2).
    message.add_alternative(_page(message.get_content(), locale=reader.actor.locale), subtype="html")
    # The same word as inside: some programs show no buttons otherwise.
    message.add_alternative(written.decode(), subtype="calendar", params={"method": method})
