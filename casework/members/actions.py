"""What may be done to members and their terms: enter, mend, begin a term. Who may is asked by the caller.

Nothing commits. A term is ended, never deleted; two terms of one member do not overlap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.core import editions, personal, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.encryption import Keyring, keyring_of
from casework.core.errors import FieldError, Invalid, refused
from casework.core.ids import new_id
from casework.members import queries
from casework.members.tables import Member, MemberTerm
from casework.registry.pinyin import read_person

NAME_LENGTH, LINE_LENGTH, REMARK_LENGTH = 30, 100, 1000
_LINES = {"post": LINE_LENGTH, "term": LINE_LENGTH, "sector": LINE_LENGTH}


@dataclass(frozen=True, slots=True)
class NewMember:
    """A member in plain, checked; lives only between what was sent and the seal. `phone` is sealed when kept."""

    name: str
    region_code: str
    valid_from: date
    valid_to: date | None = None
    post: str = ""
    phone: str | None = None
    term: str = ""
    sector: str = ""
    is_standing: bool = False
    remark: str = ""
    person_id: UUID | None = None


def read_member(raw: Mapping[str, Any], *, region_code: str) -> NewMember:
    """Check what was sent of a member (`name, valid_from`, and the other fields of `NewMember`).

    Raises:
        Invalid: every mistake.
    """
    errors: list[FieldError] = []
    values: dict[str, Any] = {"region_code": region_code}
    for name, read in _READERS.items():
        if raw.get(name) is None and name not in _REQUIRED:
            continue
        try:
            values[name] = read(raw.get(name))
        except Invalid as mistake:
            errors += mistake.errors
    if not errors and values.get("valid_to") is not None and values["valid_to"] < values["valid_from"]:
        errors.append(FieldError("valid_to", "ends_before_it_begins"))
    if errors:
        raise Invalid(errors)
    return NewMember(**values)


def enter(session: Session, told: NewMember, *, actor: Actor, at: datetime) -> Member:
    """Enter a member with their term."""
    member = enter_person(session, told, actor=actor, at=at)
    begin_term(session, member.id, told, actor=actor, at=at, others=())
    return member


def enter_person(session: Session, told: NewMember, *, actor: Actor, at: datetime) -> Member:
    """Enter a member; the term is begun beside it."""
    reading = read_person(told.name)
    member_id = new_id()
    member = Member(
        region_code=told.region_code,
        name=told.name,
        pinyin=reading.pinyin,
        initials=reading.initials,
        post=told.post,
        remark=told.remark,
        person_id=told.person_id,
        **sealed_phone(keyring_of(session), member_id, told.phone),
    )
    return editions.enter(session, member, actor=actor, at=at, record_id=member_id)


def mend(session: Session, member: Member, told: NewMember, *, actor: Actor, at: datetime, reason: str = "") -> Member:
    """Change what is told of a locked member; a phone that is not told stays as it is."""
    changes: dict[str, Any] = {"post": told.post, "remark": told.remark}
    if told.phone is not None and told.phone != plain_phone(session, member):
        changes |= sealed_phone(keyring_of(session), member.id, told.phone)
    return editions.mend(session, member, changes, actor=actor, at=at, reason=reason)


def begin_term(
    session: Session,
    member_id: UUID,
    told: NewMember,
    *,
    actor: Actor,
    at: datetime,
    others: Sequence[MemberTerm] | None = None,
) -> MemberTerm:
    """Begin a time in office; who begins many at once has looked up the `others` of the member.

    Raises:
        Invalid: it would end before it begins.
        Refused: the member has another term on one of its days.
    """
    if told.valid_to is not None and told.valid_to < told.valid_from:
        raise Invalid([FieldError("valid_to", "ends_before_it_begins")])
    known = queries.terms_of(session, member_id) if others is None else others
    _refuse_overlap(known, told.valid_from, told.valid_to)
    row = MemberTerm(
        member_id=member_id,
        term=told.term,
        sector=told.sector,
        is_standing=told.is_standing,
        valid_from=told.valid_from,
        valid_to=told.valid_to,
    )
    return editions.enter(session, row, actor=actor, at=at)


def mend_term(
    session: Session, term: MemberTerm, changes: Mapping[str, Any], *, actor: Actor, at: datetime, reason: str = ""
) -> MemberTerm:
    """Change a locked term, or end it (`valid_to` with a reason).

    Raises:
        Invalid: it would end before it begins, or ends without a reason.
        Refused: the member has another term on one of its days.
    """
    begins, ends = changes.get("valid_from", term.valid_from), changes.get("valid_to", term.valid_to)
    errors = []
    if ends is not None and ends < begins:
        errors.append(FieldError("valid_to", "ends_before_it_begins"))
    if ends is not None and ends != term.valid_to and not reason.strip():
        errors.append(FieldError("reason", "required"))
    if errors:
        raise Invalid(errors)
    others = [each for each in queries.terms_of(session, term.member_id) if each.id != term.id]
    _refuse_overlap(others, begins, ends)
    if "valid_to" in changes:
        changes = {**changes, "end_reason": "" if ends is None else reason or term.end_reason}
    return editions.mend(session, term, changes, actor=actor, at=at, reason=reason)


def _refuse_overlap(terms: Sequence[MemberTerm], begins: date, ends: date | None) -> None:
    for other in terms:
        if begins <= (other.valid_to or date.max) and other.valid_from <= (ends or date.max):
            raise refused("terms_overlap", begins=other.valid_from.isoformat())


def sealed_phone(keyring: Keyring, member_id: UUID, phone: str | None) -> dict[str, str | None]:
    """Return the columns that keep a phone: masked, and sealed to this member."""
    if phone is None:
        return {"phone": None, "phone_cipher": None}
    cipher = keyring.encrypt(phone, table="members", column="phone_cipher", row_id=str(member_id))
    return {"phone": personal.mask_phone(phone), "phone_cipher": cipher}


def plain_phone(session: Session, member: Member) -> str | None:
    """Return the phone in plain; whoever shows it has logged who asked and why."""
    if member.phone_cipher is None:
        return None
    return keyring_of(session).decrypt(
        member.phone_cipher, table="members", column="phone_cipher", row_id=str(member.id)
    )


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Invalid([FieldError("is_standing", "not_a_flag")])
    return value


def _line(field: str, longest: int) -> Any:
    return lambda value: texts.clean_text(value, field=field, max_length=longest, required=False, multiline=False)


_REQUIRED = ("name", "valid_from")
_READERS: Mapping[str, Any] = {
    "name": lambda value: texts.clean_text(value, field="name", max_length=NAME_LENGTH, name=True),
    "valid_from": lambda value: texts.parse_date(value, field="valid_from"),
    "valid_to": lambda value: texts.parse_date(value, field="valid_to"),
    "phone": lambda value: personal.parse_phone(value, field="phone"),
    "is_standing": _flag,
    "remark": lambda value: texts.clean_text(value, field="remark", max_length=REMARK_LENGTH, required=False),
    **{name: _line(name, longest) for name, longest in _LINES.items()},
}
