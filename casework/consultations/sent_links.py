"""Links to answer by on their way to one person each: by which way, what became of it, and the short form for paper.

What is kept of a link's own secret elsewhere is a digest. Here the address stands enciphered while it may be sent,
printed or typed from paper, and is forgotten when the link ends.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from casework.cases.ratings.rating_tables import CaseRating
from casework.cases.tables import Case, PublicReport
from casework.consultations import polls
from casework.consultations.outcome_tables import PhoneTelling, Rating, SentLink
from casework.consultations.tables import Consultation, DatePoll, Participant, PollVoter
from casework.core import fates
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.hashing import token_digest
from casework.core.ids import new_id

ACCOUNT, SMS, LETTER = "account", "sms", "letter"
POLL, OPINION, TOPIC, OF_CASE = "poll", "opinion", "topic", "case"
_TOLD_WITHIN = timedelta(days=14)
PATHS: Mapping[str, str] = {POLL: "/poll/", OPINION: "/opinion/", OF_CASE: "/opinion/"}
# Typed from paper: no letter or digit that looks like another; 50 bits, tried out at the pace of web/rates.py.
_LETTERS, CODE_LENGTH = "23456789abcdefghjkmnpqrstuvwxyz", 10
_TABLE, _COLUMN = "sent_links", "link_cipher"


@dataclass(frozen=True, slots=True)
class Link:
    """One link just made: what it answers, whose it is, its secret (known now alone) and until when it is good."""

    kind: str
    subject_id: UUID
    secret: str
    ends_at: datetime
    person_id: UUID | None = None
    case: Case | None = None


def keep(
    session: Session,
    row: Consultation | None,
    links: Sequence[Link],
    *,
    origin: str,
    texts: bool,
    at: datetime,
    hold_until: datetime,
) -> Sequence[SentLink]:
    """Put links on their way; an earlier one to the same question goes no further.

    To an account by its own notices; to a number by text message where the office sends any; to all others by letter.
    """
    _end(session, {each.subject_id for each in links}, reason="replaced")
    unwanted = _unwanted(session, [each.case.id for each in links if each.case is not None])
    keyring, made = keyring_of(session), []
    for each in links:
        code = "".join(secrets.choice(_LETTERS) for _ in range(CODE_LENGTH))
        sent = SentLink(
            id=new_id(), consultation_id=None if row is None else row.id, kind=each.kind,
            subject_id=each.subject_id, person_id=each.person_id,
            case_id=None if each.case is None else each.case.id, channel=_channel(each, texts=texts),
            code_digest=token_digest(code), origin=origin, ends_at=each.ends_at, created_at=at, hold_until=hold_until,
        )  # fmt: skip
        plain = f"{code} {PATHS[each.kind]}{each.secret}"
        sent.link_cipher = keyring.encrypt(plain, table=_TABLE, column=_COLUMN, row_id=sent.id)
        if sent.case_id in unwanted:
            drop(sent, reason="unwanted")
        session.put(sent, keep=True)
        made.append(sent)
    session.flush()
    return made


def tell_topic(
    session: Session, row: Consultation, *, texts: bool, change: str, event_id: UUID, at: datetime, hold_until: datetime
) -> int:
    """Tell who proposed a topic on the public page what became of it, once each time; return how many.

    What still waits and is overtaken by this goes no further. Where no text messages are sent, that is its fate: they
    look it up by their code.
    """
    reports = reports_of(session, row)
    told = select(SentLink.subject_id).where(SentLink.event_id == event_id)
    fresh = set(reports) - set(session.scalars(told)) if reports else set()
    _end(session, fresh, reason="replaced")
    for report_id in sorted(fresh):
        sent = SentLink(
            id=new_id(), consultation_id=row.id, kind=TOPIC, change=change, subject_id=report_id, channel=SMS,
            code_digest=token_digest(secrets.token_urlsafe()), origin="", ends_at=at + _TOLD_WITHIN, created_at=at,
            event_id=event_id, hold_until=hold_until,
        )  # fmt: skip
        if not texts:
            drop(sent, reason="by_code")
        session.put(sent, keep=True)
    session.flush()
    return len(fresh)


def reports_of(session: Session, row: Consultation) -> Sequence[UUID]:
    """Return the villagers' proposals a topic came out of."""
    return session.scalars(select(PublicReport.id).where(PublicReport.consultation_id == row.id)).all()


def _channel(link: Link, *, texts: bool) -> str:
    if link.person_id is not None:
        return ACCOUNT
    return SMS if texts and link.case is not None and link.case.reporter_phone_cipher else LETTER


def _unwanted(session: Session, case_ids: Collection[UUID]) -> frozenset[UUID | None]:
    """Return the cases whose reporters said on the telephone that they want to be told nothing more."""
    asked = select(PhoneTelling.case_id).where(PhoneTelling.case_id.in_(case_ids), PhoneTelling.fate == "unwanted")
    return frozenset(session.scalars(asked)) if case_ids else frozenset()


def _end(session: Session, subjects: Collection[UUID], *, reason: str) -> None:
    session.execute(
        update(SentLink)
        .where(SentLink.subject_id.in_(subjects), SentLink.fate == "waiting")
        .values(fate="dropped", fate_reason=reason)
        .execution_options(synchronize_session="fetch")
    )
    session.execute(
        update(SentLink)
        .where(SentLink.subject_id.in_(subjects))
        .values(link_cipher=None)
        .execution_options(synchronize_session="fetch")
    )


def drop(sent: SentLink, *, reason: str) -> None:
    """Give a link on its way up, for a reason that stays with it."""
    fates.drop(sent, reason=reason)
    sent.link_cipher = None


def get(session: Session, sent_id: UUID | None) -> SentLink | None:
    """Return a link on its way."""
    return None if sent_id is None else session.get(SentLink, sent_id)


def of_ids(session: Session, ids: Collection[UUID]) -> Sequence[SentLink]:
    """Return some, in the order in which they were made."""
    return session.scalars(select(SentLink).where(SentLink.id.in_(ids)).order_by(SentLink.id)).all()


def latest(session: Session, subjects: Collection[UUID]) -> Mapping[UUID, SentLink]:
    """Return for each question the link that was made last."""
    asked = select(SentLink).where(SentLink.subject_id.in_(subjects)).order_by(SentLink.created_at, SentLink.id)
    return {each.subject_id: each for each in session.scalars(asked)} if subjects else {}


def letters(session: Session, consultation_id: UUID, *, at: datetime) -> Sequence[SentLink]:
    """Return the links that go by letter and are still of use, printed before or not."""
    asked = (
        select(SentLink)
        .where(SentLink.consultation_id == consultation_id, SentLink.channel == LETTER, SentLink.ends_at > at)
        .where(SentLink.link_cipher.is_not(None))
        .order_by(SentLink.created_at, SentLink.id)
    )
    return [each for each in session.scalars(asked) if why_not(session, each, at=at) is None]


def take_due(session: Session, *, at: datetime, limit: int) -> Sequence[SentLink]:
    """Take up to `limit` that wait to go by text message, passing over those another worker holds."""
    asked = (
        select(SentLink)
        .where(SentLink.fate == "waiting", SentLink.channel == SMS, SentLink.hold_until <= at)
        .order_by(SentLink.hold_until, SentLink.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(asked).all()


def by_code(session: Session, code: str, *, at: datetime) -> str | None:
    """Return the path that a short code from paper or a text message stands for; nothing once it has ended."""
    if len(code) != CODE_LENGTH:
        return None
    found = session.scalars(select(SentLink).where(SentLink.code_digest == token_digest(code.lower()))).one_or_none()
    return None if found is None or found.ends_at <= at else path(session, found)


def path(session: Session, sent: SentLink) -> str | None:
    """Return the path that answers the question; nothing once it is forgotten."""
    plain = _plain(session, sent)
    return None if plain is None else plain[1]


def address(session: Session, sent: SentLink) -> str | None:
    """Return the short address for a message or for paper."""
    plain = _plain(session, sent)
    return None if plain is None else f"{sent.origin}/l/{plain[0]}"


def _plain(session: Session, sent: SentLink) -> tuple[str, str] | None:
    if sent.link_cipher is None:
        return None
    plain = keyring_of(session).decrypt(sent.link_cipher, table=_TABLE, column=_COLUMN, row_id=sent.id)
    code, _, found = plain.partition(" ")
    return code, found


def why_not(session: Session, sent: SentLink, *, at: datetime) -> str | None:
    """Return why a link is of no use any more; None when it is."""
    if sent.link_cipher is None:
        return sent.fate_reason or "replaced"
    if sent.ends_at <= at:
        return "link_ended"
    if sent.kind in (OPINION, OF_CASE):
        of_case = sent.kind == OF_CASE
        rating = session.get(CaseRating, sent.subject_id) if of_case else session.get(Rating, sent.subject_id)
        return "answered" if rating is None or rating.answered_at is not None else None
    voter = session.get(PollVoter, sent.subject_id)
    poll = None if voter is None else session.get(DatePoll, voter.poll_id)
    row = None if sent.consultation_id is None else session.get(Consultation, sent.consultation_id)
    if voter is None or poll is None or row is None or voter.answered_at is not None:
        return "answered"
    today = at.astimezone(session.info["zone"]).date()
    return None if polls.is_open(session, poll, row, today=today) else "link_ended"


def called(session: Session, sent: SentLink) -> str:
    """Return whom a letter is for as an envelope may show it: of a villager the mask and the case's number."""
    if sent.case_id is not None:
        case = session.get(Case, sent.case_id)
        return "" if case is None else f"{case.reporter_name} {case.number}"
    if sent.kind == POLL:
        voter = session.get(PollVoter, sent.subject_id)
        return "" if voter is None else voter.name
    rating = session.get(Rating, sent.subject_id)
    person = (
        None if rating is None or rating.participant_id is None else session.get(Participant, rating.participant_id)
    )
    return "" if person is None else person.name


def forget(session: Session, *, before: datetime) -> int:
    """Forget the addresses of links that have ended; what became of each stays."""
    done = session.execute(
        update(SentLink).where(SentLink.ends_at < before, SentLink.link_cipher.is_not(None)).values(link_cipher=None)
    )
    return int(getattr(done, "rowcount", 0))
