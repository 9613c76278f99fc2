"""What came in by the public page: read, sealed, found again by its code, kept in an inbox until triage decides.

Words, name and telephone are kept encrypted as one value; the row itself says only subject and place. The code is
128 random bits and is stored as its digest alone: who has it may ask how the report stands, and learns nothing of the
person. Not here: what a report becomes (workflows/cases/public_intake.py), limits by address (web/rates.py).
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from casework.cases.intake import DESCRIPTION_LENGTH
from casework.cases.reporters import NAME_LENGTH
from casework.cases.tables import PublicReport
from casework.core import personal, texts
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.errors import FieldError, Invalid, NotFound
from casework.core.hashing import token_digest
from casework.core.ids import new_id
from casework.core.ranges import lies_in_any
from casework.registry import places
from casework.registry import queries as registry
from casework.registry.tables import Region

FIELDS = ("subject", "words", "place", "name", "phone")
VIAS = ("web", "qr")
WAITING, TURNED, DECLINED = "waiting", "turned", "declined"
HELP, TOPIC = "help", "topic"
MOST_ADDED = 20
_ADDED_LENGTH = 2000
# Crockford's letters: none that looks like another when copied by hand.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("OIL", "011")
_BITS, _DATA, _CHECK, _GROUP = 128, 26, 2, 4


@dataclass(frozen=True, slots=True)
class Sent:
    """A report as a villager sent it, checked; in plain, so it lives only between the request and the seal."""

    category: str
    region_code: str
    words: str
    name: str
    phone: str
    via: str = "web"
    wish: str = HELP


@dataclass(frozen=True, slots=True)
class Content:
    """What a report holds, opened. `added`: what was said later and when; `settled_at`: when triage decided."""

    words: str
    name: str
    phone: str
    via: str
    added: tuple[tuple[datetime, str], ...] = ()
    settled_at: datetime | None = None


class NotOnTheList(Invalid):
    """The place is not on the list; `likely` is the nearest one that is."""

    def __init__(self, errors: Sequence[FieldError], likely: Region | None) -> None:
        super().__init__(errors)
        self.likely = likely


def new_code() -> str:
    """Draw a code: 26 letters for 128 random bits and two that show a slip of the pen, in groups of four."""
    number = secrets.randbits(_BITS)
    data = "".join(_LETTERS[number >> 5 * place & 31] for place in reversed(range(_DATA)))
    whole = data + _check(data)
    return "-".join(whole[start : start + _GROUP] for start in range(0, len(whole), _GROUP))


def read_code(typed: object) -> str:
    """Read a code as people copy it: any case, any blanks and hyphens, O for 0, I and L for 1.

    Raises:
        Invalid: `required`, `code_short`, `code_slip` when a letter was copied wrongly.
    """
    text = texts.clean_text(typed, field="code", max_length=200, multiline=False)
    plain = "".join(c for c in texts.ascii_code(text).upper() if c.isalnum()).translate(_LOOKALIKES)
    if len(plain) != _DATA + _CHECK:
        raise Invalid([FieldError("code", "code_length", {"length": len(plain), "wanted": _DATA + _CHECK})])
    if _check(plain[:_DATA]) != plain[_DATA:]:
        raise Invalid([FieldError("code", "code_slip")])
    return "-".join(plain[start : start + _GROUP] for start in range(0, len(plain), _GROUP))


def _check(data: str) -> str:
    number = int.from_bytes(hashlib.sha256(data.encode()).digest()[:2], "big")
    return _LETTERS[number & 31] + _LETTERS[number >> 5 & 31]


def read_report(raw: Mapping[str, Any], *, session: Session, county: str) -> Sent:
    """Read what a villager sent: subject, words, place, name, telephone, all of them needed.

    Raises:
        NotOnTheList: the place is none of the list, beside every other mistake.
        Invalid: every mistake.
    """
    errors: list[FieldError] = []
    values: dict[str, str] = {}
    likely: Region | None = None
    readers: Mapping[str, Callable[[], str]] = {
        "subject": lambda: _read_subject(raw.get("subject"), session=session),
        "words": lambda: _read_words(raw.get("words")),
        "place": lambda: read_place(raw.get("place"), session=session, county=county),
        "name": lambda: texts.clean_text(raw.get("name"), field="name", max_length=NAME_LENGTH, name=True),
        "phone": lambda: _read_phone(raw.get("phone")),
    }
    for field, read in readers.items():
        try:
            values[field] = read()
        except NotOnTheList as mistake:
            likely = mistake.likely
            errors += mistake.errors
        except Invalid as mistake:
            errors += mistake.errors
    if likely is not None:
        raise NotOnTheList(errors, likely)
    if errors:
        raise Invalid(errors)
    via = raw.get("via")
    return Sent(
        values["subject"], values["place"], values["words"], values["name"], values["phone"],
        via if via in VIAS else VIAS[0], TOPIC if raw.get("wish") == TOPIC else HELP,
    )  # fmt: skip


def read_place(value: object, *, session: Session, county: str) -> str:
    """Read a village or town of the county by its code or exact name.

    Raises:
        NotOnTheList: there is none, or several bear the name; with the nearest one.
        Invalid: nothing was typed.
    """
    typed = texts.clean_text(value, field="place", max_length=60, name=True).strip()
    found = registry.region(session, typed)
    if found is not None and _is_within(found, county):
        return found.code
    hits = [row for row in places.search_places(session, within=[county], words=typed) if _is_within(row, county)]
    exact = [row for row in hits if row.name == typed]
    if len(exact) == 1:
        return exact[0].code
    # Without the town before it, or with a word too many: the longest name that stands in what was typed.
    nearest = hits[0] if hits else _named_in(session, typed, county)
    if nearest is not None and not exact:
        told = "".join(registry.region_names(session, [nearest.code])[nearest.code])
        if told == typed:
            return nearest.code
        raise NotOnTheList([FieldError("place", "place_likely", {"name": told})], nearest)
    raise NotOnTheList([FieldError("place", "place_several" if exact else "place_unknown")], nearest)


def _is_within(row: Region, county: str) -> bool:
    return row.code.startswith(county) and len(row.code) > len(county)


def _named_in(session: Session, typed: str, county: str) -> Region | None:
    rows = session.scalars(
        select(Region).where(
            Region.code > county, Region.code < county + ":", Region.valid_to.is_(None), func.length(Region.name) > 1
        )
    )
    named = [row for row in rows if row.name in typed]
    return max(named, key=lambda row: (len(row.code), len(row.name)), default=None)


def _read_subject(value: object, *, session: Session) -> str:
    code = texts.parse_code(value, field="subject")
    if registry.category(session, code) is None:
        raise Invalid([FieldError("subject", "no_such_category", {"value": code})])
    return code


def _read_words(value: object, *, most: int = DESCRIPTION_LENGTH) -> str:
    words = texts.clean_text(value, field="words", max_length=most)
    if personal.find_id_numbers(words):
        # Nobody here needs it, and it would travel with the text to everybody who works on the case.
        raise Invalid([FieldError("words", "id_in_words")])
    return words


def _read_phone(value: object) -> str:
    phone = personal.parse_phone(value, field="phone")
    if phone is None:
        raise Invalid([FieldError("phone", "required")])
    return phone


def put(session: Session, sent: Sent, *, code: str, at: datetime) -> PublicReport:
    """Keep a report, sealed; `code` is what its owner was given."""
    report = PublicReport(
        id=new_id(),
        code_digest=token_digest(code),
        wish=sent.wish,
        region_code=sent.region_code,
        category=sent.category,
        # Subject and place are told beside it in the reader's language; a title of the words would leave the seal.
        title=sent.category,
        content_cipher="",
        status=WAITING,
        created_at=at,
    )
    _seal(session, report, Content(sent.words, sent.name, sent.phone, sent.via))
    session.add(report)
    session.flush()
    return report


def by_code(session: Session, code: str, *, lock: bool = False) -> PublicReport | None:
    """Return the report of a code, or None."""
    chosen = select(PublicReport).where(PublicReport.code_digest == token_digest(code))
    return session.scalars(chosen.with_for_update() if lock else chosen).one_or_none()


def content_of(session: Session, report: PublicReport) -> Content:
    """Open what a report holds."""
    plain = keyring_of(session).decrypt(
        report.content_cipher, table="public_reports", column="content_cipher", row_id=report.id
    )
    told = json.loads(plain)
    return Content(
        told["words"],
        told["name"],
        told["phone"],
        told["via"],
        tuple((datetime.fromisoformat(when), words) for when, words in told["added"]),
        datetime.fromisoformat(told["settled_at"]) if told["settled_at"] else None,
    )


def is_same(content: Content, sent: Sent) -> bool:
    """Say whether what was sent is what is kept already: the second of two presses."""
    return (content.words, content.name, content.phone) == (sent.words, sent.name, sent.phone)


def add_words(session: Session, report: PublicReport, raw: object, *, at: datetime) -> str:
    """Add to a waiting report what its owner says later, and return it as typed.

    Raises:
        Invalid: nothing, too much, an identity number, or too often.
    """
    content = content_of(session, report)
    words = read_added(raw)
    if len(content.added) >= MOST_ADDED:
        raise Invalid([FieldError("words", "added_often", {"most": MOST_ADDED})])
    _seal(session, report, replace(content, added=(*content.added, (at, words))))
    return words


def read_added(raw: object) -> str:
    """Read what the owner of a report adds.

    Raises:
        Invalid: nothing, too much, or an identity number.
    """
    return _read_words(raw, most=_ADDED_LENGTH)


def settle(
    session: Session,
    report: PublicReport,
    *,
    status: str,
    actor: Actor,
    at: datetime,
    case_id: UUID | None = None,
    consultation_id: UUID | None = None,
    reason: str | None = None,
) -> None:
    """Take a report out of the inbox: turned into a case or a topic, or declined with a reason."""
    report.consultation_id = consultation_id
    report.status, report.case_id, report.reason, report.handled_by = status, case_id, reason, actor.person_id
    _seal(session, report, replace(content_of(session, report), settled_at=at))
    session.flush()


def waiting(session: Session, actor: Actor, *, wish: str = HELP, limit: int = 200) -> Sequence[PublicReport]:
    """Return what waits in the caller's inbox of difficulties, or of topics, longest first."""
    return session.scalars(
        select(PublicReport)
        .where(PublicReport.status == WAITING, PublicReport.wish == wish, _in_reach(actor))
        .order_by(PublicReport.created_at, PublicReport.id)
        .limit(limit)
    ).all()


def count_waiting(session: Session, actor: Actor) -> int:
    """Count what waits in the caller's inbox of difficulties."""
    waits = (PublicReport.status == WAITING, PublicReport.wish == HELP)
    counted = select(func.count()).select_from(PublicReport).where(*waits, _in_reach(actor))
    return session.scalar(counted) or 0


def get(session: Session, actor: Actor, report_id: UUID, *, wish: str = HELP, lock: bool = False) -> PublicReport:
    """Return a report of the caller's inbox of difficulties, or of topics; a settled one too.

    Raises:
        NotFound: there is none, or it is elsewhere.
    """
    chosen = select(PublicReport).where(PublicReport.id == report_id, PublicReport.wish == wish, _in_reach(actor))
    report = session.scalars(chosen.with_for_update() if lock else chosen).one_or_none()
    if report is None:
        raise NotFound("public_report")
    return report


def count_within(session: Session, *, within: timedelta, at: datetime) -> int:
    """Count what came in lately, from whomever: the limit of the page as a whole."""
    counted = select(func.count()).select_from(PublicReport).where(PublicReport.created_at > at - within)
    return session.scalar(counted) or 0


def _in_reach(actor: Actor) -> ColumnElement[bool]:
    return lies_in_any(PublicReport.region_code, actor.regions(TRIAGE_ROLES))


def _seal(session: Session, report: PublicReport, content: Content) -> None:
    told = {
        "words": content.words,
        "name": content.name,
        "phone": content.phone,
        "via": content.via,
        "added": [[when.isoformat(), words] for when, words in content.added],
        "settled_at": content.settled_at.isoformat() if content.settled_at else None,
    }
    report.content_cipher = keyring_of(session).encrypt(
        json.dumps(told, ensure_ascii=False), table="public_reports", column="content_cipher", row_id=report.id
    )
