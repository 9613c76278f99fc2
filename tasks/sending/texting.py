"""Text messages (短信): what cannot wait goes to whoever asked for it, by a command or an address of the office's own.

Which company sends them, and what it wants to be told, is the office's affair: a command is given JSON on its standard
input, an address the office's own body. The try is counted before anything is handed over; what may have got through is
never handed over again, for each costs and looks like another (reliability.md F18).
"""

import json
import math
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote_plus
from uuid import UUID
from zoneinfo import ZoneInfo

from structlog import get_logger

from casework.consultations import sent_links
from casework.consultations.outcome_tables import SentLink
from casework.core import fates
from casework.core.i18n import say
from casework.core.office import Office
from casework.core.settings import Sms
from casework.matters import notices
from casework.matters.tables import Notice
from casework.registry import accounts
from casework.registry.tables import Person
from tasks import telling as tellings
from tasks.sending import posting, releasing
from tasks.sending import sent_links as links
from tasks.sending.posting import NotSent
from workflows.notices import sentence

BATCH = 20
MOST_ATTEMPTS = 5
_DELAY = timedelta(minutes=2)
_SECONDS = 15
# What a command answers that wants to be asked again later (EX_TEMPFAIL of sysexits.h).
_LATER = 75
_WHOLE, _OF_SEVERAL = 70, 67


@dataclass(frozen=True, slots=True)
class _Text:
    id: UUID
    phone: str
    text: str
    number: str
    # What the fate is written on: a notice, or a link to somebody without an account.
    of: type[Notice | SentLink] = Notice

    @property
    def facts(self) -> Mapping[str, str]:
        return {"id": str(self.id), "phone": self.phone, "text": self.text, "number": self.number}


def parts(text: str) -> int:
    """Return as how many messages a text is counted."""
    # What lies beyond the basic plane takes the room of two.
    length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= _WHOLE else math.ceil(length / _OF_SEVERAL)


class Texter:
    """Hands in the text messages of one worker."""

    def __init__(self, office: Office, sms: Sms) -> None:
        self._office = office
        self._sms = sms

    def send_due(self, *, at: datetime) -> int:
        """Hand in what is due at `at`; return how many were tried."""
        texts = [*self._take(at), *self._take_links(at)]
        for text in texts:
            fate, reason = self._hand_in(text, at=at)
            self._note(text, fate, reason, at=at)
        return len(texts)

    def _take(self, at: datetime) -> Sequence[_Text]:
        zone, found = self._office.settings.zone, []
        with self._office.db.transaction() as session:
            due = notices.take_due(session, channel=notices.SMS, at=at, limit=BATCH)
            telling = tellings.begin(session, at=at, mails=False, matters=[notice.matter_id for notice in due])
            releasing.judge(telling, due)
            readers = telling.people.recipients({notice.person_id for notice in due})
            for notice in due:
                reader = readers.get(notice.person_id)
                if notice.fate != "waiting" or reader is None:
                    continue
                if notice.fate_reason == fates.UNCERTAIN:
                    fates.fail(notice, reason=fates.UNCERTAIN)
                    continue
                person = session.get(Person, notice.person_id)
                phone = accounts.plain_phone(session, person) if person is not None and reader.texted else None
                if phone is None:
                    fates.drop(notice, reason="no_phone")
                    continue
                link = links.address_of(session, notice)
                text = _said(notice, locale=reader.actor.locale, zone=zone, link=link)
                number = str(notice.facts.get("number") or notice.facts.get("meeting", ""))
                found.append(_Text(notice.id, phone, text, number))
                fates.begin_try(notice, again_at=at + _DELAY * 2**notice.attempts)
        return found

    def _take_links(self, at: datetime) -> Sequence[_Text]:
        """Take the links that go to villagers: they have no account, and no word of theirs stands in the message."""
        found = []
        with self._office.db.transaction() as session:
            for sent in sent_links.take_due(session, at=at, limit=BATCH):
                if sent.fate_reason == fates.UNCERTAIN:
                    fates.fail(sent, reason=fates.UNCERTAIN)
                    continue
                told = links.text_of(session, sent, at=at)
                if told is not None:
                    phone, text, number = told
                    found.append(_Text(sent.id, phone, text, number, SentLink))
                    fates.begin_try(sent, again_at=at + _DELAY * 2**sent.attempts)
        return found

    def _hand_in(self, text: _Text, *, at: datetime) -> tuple[str, str | None]:
        return self._by_command(text) if self._sms.is_command else self._by_address(text, at=at)

    def _by_command(self, text: _Text) -> tuple[str, str | None]:
        told = json.dumps(dict(text.facts), ensure_ascii=False).encode()
        try:
            done = subprocess.run([self._sms.target], input=told, capture_output=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return "failed", fates.UNCERTAIN
        except OSError as fault:
            return "again", fault.strerror or "OSError"
        if done.returncode == 0:
            return "sent", None
        return ("again" if done.returncode == _LATER else "failed"), f"exit {done.returncode}"

    def _by_address(self, text: _Text, *, at: datetime) -> tuple[str, str | None]:
        body, kind = filled(self._sms.body, text.facts)
        allowed = self._office.settings.webhook_allow
        try:
            answer = posting.post(self._sms.target, body, {"Content-Type": kind}, allowed=allowed, at=at)
        except NotSent as why:
            return ("failed", fates.UNCERTAIN) if why.begun else ("again", str(why))
        if answer.status in (429, 503):
            return "again", f"HTTP {answer.status}"
        if answer.status >= 500:
            return "failed", fates.UNCERTAIN
        if answer.status >= 300:
            return "failed", f"HTTP {answer.status}"
        if self._sms.expect and self._sms.expect not in answer.body.decode("utf-8", "replace"):
            return "failed", "unexpected_answer"
        return "sent", None

    def _note(self, text: _Text, fate: str, reason: str | None, *, at: datetime) -> None:
        with self._office.db.transaction() as session:
            told = session.get(text.of, text.id)
            if not isinstance(told, Notice | SentLink):
                return
            fates.note_try(told, fate, reason, most=MOST_ATTEMPTS, at=at)
            if fate == "sent":
                count = parts(text.text)
                month = f"{at.astimezone(self._office.settings.zone):%Y-%m}"
                notices.count_text(session, month=month, parts=count, mills=count * self._sms.mills)
        if fate != "sent":
            get_logger().warning("text_not_taken", why=reason)


def filled(body: str, facts: Mapping[str, str]) -> tuple[bytes, str]:
    """Fill in a body as its kind wants it, JSON or a form; return it with its media type."""
    is_json = body.lstrip().startswith(("{", "["))
    for name, value in facts.items():
        shown = json.dumps(value, ensure_ascii=False)[1:-1] if is_json else quote_plus(value)
        body = body.replace("{" + name + "}", shown)
    return body.encode(), "application/json" if is_json else "application/x-www-form-urlencoded"


def _said(notice: Notice, *, locale: str, zone: ZoneInfo, link: str | None) -> str:
    told = sentence(notice.code, notice.facts, locale=locale, zone=zone)
    return (
        say("sms.text", locale=locale, told=told)
        if link is None
        else say("sms.link", locale=locale, told=told, link=link)
    )
