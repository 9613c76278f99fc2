"""What staff enter and change of members by hand: read, checked, allowed, written.

Files of members come in by workflows/ledgers.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.campaign.links.member_list import MemberFile, files
from casework.campaign.links.places import COUNTY_DIGITS, place
from casework.campaign.visibility import subject_of_member
from casework.core import editions, personal, reading
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.errors import Stale, invalid
from casework.core.reading import Readers
from casework.members import actions
from casework.members.actions import LINE_LENGTH, NAME_LENGTH, REMARK_LENGTH, NewMember
from casework.members.tables import Member, MemberTerm
from casework.permissions import Subject, require
from casework.registry import queries as registry
from casework.registry.pinyin import read_person

WRITE = "member.write"
REASON_LENGTH = 200
_OF_TERM = ("term", "sector", "is_standing", "valid_from", "valid_to")


def enter(session: Session, raw: Mapping[str, Any], *, county: str, actor: Actor, at: datetime) -> MemberFile:
    """Enter a member with a term (`name, valid_from`, and the other fields of `NewMember`); `county`: where none is
    told.

    Raises:
        Invalid: every mistake; a place where the caller has no say is one.
    """
    where = place(session, actor, WRITE, digits=COUNTY_DIGITS)
    readers = {**_of_member(session), **_of_term(), "region_code": where}
    told = NewMember(**{"region_code": county, **reading.fields(raw, readers, required=("name", "valid_from"))})
    require(actor, WRITE, Subject(told.region_code))
    member = actions.enter(session, told, actor=actor, at=at)
    return files(session, [member])[0]


def change(
    session: Session,
    member: Member,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> MemberFile:
    """Change what is named of a locked member and of the last term; `valid_to` with a `reason` ends the term.

    Raises:
        Stale: somebody else changed it since.
        Invalid: every mistake.
        Refused: the member has another term on one of the days.
    """
    require(actor, WRITE, subject_of_member(member))
    file = _at_version(session, member, expected_version)
    readers = {**_of_member(session), **_of_term(), "reason": reading.text("reason", REASON_LENGTH)}
    values = reading.fields(raw, readers)
    reason: str = values.pop("reason", "")
    of_term = {name: values.pop(name) for name in _OF_TERM if name in values}
    if "name" in values:
        said = read_person(values["name"])
        values |= {"pinyin": said.pinyin, "initials": said.initials}
    if "phone" in values:
        phone = values.pop("phone")
        if phone != actions.plain_phone(session, member):
            values |= actions.sealed_phone(keyring_of(session), member.id, phone)
    if of_term and file.term is not None:
        term = editions.newest(session, MemberTerm, file.term.id, lock=True)
        actions.mend_term(session, term, of_term, actor=actor, at=at, reason=reason)
    mended = editions.mend(session, member, values, actor=actor, at=at, reason=reason)
    return files(session, [mended])[0]


def begin_term(
    session: Session,
    member: Member,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> MemberFile:
    """Begin a further term of a locked member (`valid_from`, and `term, sector, is_standing`).

    Raises:
        Stale: somebody else changed it since.
        Invalid: every mistake.
        Refused: the member has another term on one of its days.
    """
    require(actor, WRITE, subject_of_member(member))
    _at_version(session, member, expected_version)
    values = reading.fields(raw, _of_term(), required=("valid_from",))
    told = NewMember(name=member.name, region_code=member.region_code, **values)
    actions.begin_term(session, member.id, told, actor=actor, at=at)
    return files(session, [member])[0]


def _at_version(session: Session, member: Member, expected_version: int | None) -> MemberFile:
    file = files(session, [member])[0]
    if expected_version is not None and file.version != expected_version:
        raise Stale(expected=expected_version, actual=file.version)
    return file


def _of_member(session: Session) -> Readers:
    return {
        "name": reading.name("name", NAME_LENGTH),
        "post": reading.line("post", LINE_LENGTH),
        "phone": lambda value: personal.parse_phone(value, field="phone"),
        "remark": reading.text("remark", REMARK_LENGTH),
        "person_id": lambda value: _person(session, value),
    }


def _of_term() -> Readers:
    return {
        "term": reading.line("term", LINE_LENGTH),
        "sector": reading.line("sector", LINE_LENGTH),
        "is_standing": reading.flag("is_standing"),
        "valid_from": reading.day("valid_from"),
        "valid_to": reading.day("valid_to", required=False),
    }


def _person(session: Session, value: Any) -> UUID | None:
    found: UUID | None = reading.record_id("person_id", required=False)(value)
    if found is not None and not registry.people_by_id(session, [found]):
        raise invalid("person_id", "no_such_person")
    return found
