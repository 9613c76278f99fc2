"""Mail: what waits on the channel `mail` goes out by SMTP, each message with its fate on its own row.

The try is counted, and the next one put off, in a transaction of its own before anything is sent: a process that dies
while sending sends at most once more, with the same Message-ID (reliability.md F18). After `BREAK_AFTER` failures in a
row nothing is tried for a while. A case never waits for a mail.
"""

import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from random import uniform
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from structlog import get_logger

from casework.core import fates
from casework.core.i18n import say
from casework.core.office import Office
from casework.matters import notices
from casework.matters.tables import Notice
from casework.registry.recipients import Recipient
from tasks import telling as tellings
from tasks.faults import told
from tasks.sending import calendar_mail, releasing, sent_links
from tasks.sending.digest import CODE as DIGEST
from workflows.notices import sentence

BATCH = 20
BREAK_AFTER = 5
MOST_ATTEMPTS = 10
_FIRST_DELAY = timedelta(minutes=1)
_LONGEST_DELAY = timedelta(hours=6)
_REST = timedelta(minutes=5)
_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in, read from `CASEWORK_MAIL_URL` (smtp:// or smtps://)."""

    host: str
    port: int
    user: str
    password: str
    tls: bool
    sender: str

    @classmethod
    def read(cls, url: str, *, sender: str) -> "Server":
        """Read the address of a mail server."""
        parts = urlsplit(url)
        tls = parts.scheme == "smtps"
        host = parts.hostname or "localhost"
        user = unquote(parts.username or "")
        own = user if "@" in user else f"casework@{host}"
        return cls(host, parts.port or (465 if tls else 25), user, unquote(parts.password or ""), tls, sender or own)


@dataclass(frozen=True, slots=True)
class _Letter:
    notice_id: UUID
    message: EmailMessage


class Postman:
    """Sends the mail of one worker. The breaker is its own: another worker finds out by itself."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._server = Server.read(office.settings.mail_url, sender=office.settings.mail_from)
        self._failures = 0
        self._closed_until: datetime | None = None

    def send_due(self, *, at: datetime) -> int:
        """Send what is due at `at`; return how many messages were tried. Nothing while the breaker is open."""
        if self._closed_until is not None:
            if at < self._closed_until:
                return 0
            # One letter finds out whether the server is back.
            self._closed_until, self._failures = None, BREAK_AFTER - 1
        letters = self._take(at)
        for index, letter in enumerate(letters):
            if self._failures >= BREAK_AFTER:
                self._closed_until = at + _REST
                get_logger().warning("mail_rests", until=self._closed_until.isoformat())
                return index
            self._send(letter, at=at)
        return len(letters)

    def _take(self, at: datetime) -> Sequence[_Letter]:
        zone = self._office.settings.zone
        with self._office.db.transaction() as session:
            due = notices.take_due(session, channel=notices.MAIL, at=at, limit=BATCH)
            telling = tellings.begin(session, at=at, mails=True, matters=[notice.matter_id for notice in due])
            releasing.judge(telling, due)
            readers = telling.people.recipients({notice.person_id for notice in due})
            letters = []
            for notice in due:
                reader = readers.get(notice.person_id)
                if notice.fate != "waiting" or reader is None:
                    continue
                if reader.mail is None:
                    fates.drop(notice, reason="no_address")
                    continue
                sender = self._server.sender
                link = sent_links.address_of(session, notice)
                message = compose(notice, reader, sender=sender, zone=zone, link=link)
                calendar_mail.enclose(message, telling, notice, reader, sender=sender, zone=zone)
                letters.append(_Letter(notice.id, message))
                notice.attempts += 1
                notice.hold_until = at + min(_FIRST_DELAY * 2 ** (notice.attempts - 1), _LONGEST_DELAY) * uniform(
                    0.8, 1.2
                )
        return letters

    def _send(self, letter: _Letter, *, at: datetime) -> None:
        try:
            with _connection(self._server) as connection:
                connection.send_message(letter.message)
        except (smtplib.SMTPException, OSError) as fault:
            lasting = _is_lasting(fault)
            self._failures = 0 if lasting else self._failures + 1
            self._note(letter, at=at, fault=told(fault), lasting=lasting)
        else:
            self._failures, self._closed_until = 0, None
            self._note(letter, at=at, fault=None, lasting=False)

    def _note(self, letter: _Letter, *, at: datetime, fault: str | None, lasting: bool) -> None:
        with self._office.db.transaction() as session:
            notice = session.get(Notice, letter.notice_id)
            if notice is not None:
                fate = "sent" if fault is None else "failed" if lasting else "again"
                fates.note_try(notice, fate, fault, most=MOST_ATTEMPTS, at=at)


def compose(notice: Notice, reader: Recipient, *, sender: str, zone: ZoneInfo, link: str | None = None) -> EmailMessage:
    """Write a notice as a letter in its reader's language: numbers and what is asked, nothing personal of a case."""
    locale = reader.actor.locale
    message = EmailMessage()
    message["From"] = sender
    message["To"] = reader.mail
    message["Subject"] = _subject(notice, locale=locale, zone=zone)
    message["Date"] = notice.created_at.astimezone(zone)
    # Whoever receives it twice can tell by this.
    message["Message-ID"] = f"<{notice.id}@{sender.rpartition('@')[2].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    lines = [say("mail.greeting", locale=locale, name=reader.actor.name), "", *_body(notice, locale=locale, zone=zone)]
    lines += ["", link] if link else []
    lines += ["", say("mail.foot", locale=locale), ""]
    message.set_content("\n".join(lines))
    return message


def _subject(notice: Notice, *, locale: str, zone: ZoneInfo) -> str:
    facts = notice.facts
    if notice.code == DIGEST:
        day = datetime.fromisoformat(facts["day"]).astimezone(zone).date().isoformat()
        return say("mail.digest_subject", locale=locale, day=day, cases=facts["cases"])
    # What a message about a case, a consultation and a supervised matter calls it by.
    number = next((facts[name] for name in ("number", "meeting", "matter") if facts.get(name)), None)
    if number is None:
        return say("mail.general_subject", locale=locale)
    return say("mail.notice_subject", locale=locale, number=number)


def _body(notice: Notice, *, locale: str, zone: ZoneInfo) -> Iterator[str]:
    yield sentence(notice.code, notice.facts, locale=locale, zone=zone)
    for group in notice.facts.get("groups", ()):
        yield ""
        for line in group["lines"]:
            yield f"- {_line(line, locale=locale, zone=zone)}"
    if notice.facts.get("more"):
        yield ""
        yield say("mail.more", locale=locale, count=notice.facts["more"])


def _line(line: Mapping[str, Any], *, locale: str, zone: ZoneInfo) -> str:
    return sentence(line["code"], line["facts"], locale=locale, zone=zone)


@contextmanager
def _connection(server: Server) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    if server.tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
    with connection:
        connection.ehlo()
        if not server.tls and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
        if server.user:
            connection.login(server.user, server.password)
        yield connection


def _is_lasting(fault: Exception) -> bool:
    """Say whether trying again is pointless: the server knows no such reader, or will not have this message."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in fault.recipients.values())
    # A log-in that is refused is a setting to be mended, not a fault of the letter.
    return (
        isinstance(fault, smtplib.SMTPResponseException)
        and not isinstance(fault, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError | smtplib.SMTPHeloError)
        and fault.smtp_code >= 500
    )
