"""What can be asked of members: who they are, who is in office on a day, as it is known now or was known then."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from casework.core import editions, texts
from casework.core.bulk import among
from casework.core.database import Session
from casework.core.editions import known
from casework.members.tables import Member, MemberTerm


def in_office(on: date, *, known_at: datetime | None = None) -> ColumnElement[bool]:
    """Return the condition on `MemberTerm` that holds for the terms that cover a day."""
    ends = or_(MemberTerm.valid_to.is_(None), MemberTerm.valid_to >= on)
    return and_(known(MemberTerm, known_at), MemberTerm.valid_from <= on, ends)


def terms_of(session: Session, member_id: UUID) -> list[MemberTerm]:
    """Return the terms of a member as they are known now, oldest first."""
    asked = select(MemberTerm).where(MemberTerm.member_id == member_id, known(MemberTerm))
    return list(session.scalars(asked.order_by(MemberTerm.valid_from)))


def terms_of_many(session: Session, member_ids: Collection[UUID]) -> dict[UUID, list[MemberTerm]]:
    """Return the terms of members as they are known now, oldest first; all are locked for a change."""
    found: dict[UUID, list[MemberTerm]] = {}
    if member_ids:
        rows = editions.newest_of(session, MemberTerm, MemberTerm.member_id.in_(member_ids), lock=True)
        for term in sorted(rows, key=lambda row: row.valid_from):
            found.setdefault(term.member_id, []).append(term)
    return found


def named(session: Session, names: Sequence[str], *, region_code: str, lock: bool = False) -> dict[str, list[Member]]:
    """Return the members of a county by name, locked for a change with `lock`; a name nobody bears is left out.

    Who was entered as 张 三 is found as 张三.
    """
    found: dict[str, list[Member]] = {}
    asked = {spelling: name for name in names for spelling in texts.spellings(name)}
    if not names:
        return found
    condition = and_(Member.region_code == region_code, among(session, Member.name, asked))
    for member in editions.newest_of(session, Member, condition, lock=lock):
        found.setdefault(asked[member.name], []).append(member)
    return found


def of_county(session: Session, region_code: str) -> list[tuple[Member, MemberTerm | None]]:
    """Return every member of a county by name, each with the last term."""
    asked = select(Member).where(known(Member), Member.region_code == region_code).order_by(Member.name, Member.id)
    found = list(session.scalars(asked))
    terms: dict[UUID, MemberTerm] = {}
    wanted = select(MemberTerm).join(Member, and_(Member.id == MemberTerm.member_id, known(Member)))
    mine = wanted.where(known(MemberTerm), Member.region_code == region_code).order_by(MemberTerm.valid_from)
    for term in session.scalars(mine):
        terms[term.member_id] = term
    return [(member, terms.get(member.id)) for member in found]
