"""Members' homes and the duty there: how both are entered, who is on duty when, and what is still to be recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from casework.campaign.forms import Change, Field, Form
from casework.campaign.readers import Desk, day, line, place, prose, record
from casework.core.database import Session
from casework.core.editions import known, standing
from casework.core.errors import Refusal
from casework.duties.tables import Duty, MemberHome
from casework.members.tables import Member

# What was brought to a duty is recorded as an activity of this kind.
KIND = "member_home"

_WHO_AND_WHEN = ("home_id", "member_id", "on_date")


def _as_recorded(_desk: Desk, change: Change) -> Sequence[Refusal]:
    row = change.row
    if row is None or row.activity_id is None:
        return ()
    moved = any(change.values[name] != getattr(row, name) for name in _WHO_AND_WHEN)
    return [Refusal("duty_recorded")] if moved else ()


MEMBER_HOME = Form(
    "member_home",
    MemberHome,
    (
        Field("region_code", place, required=True),
        Field("name", line(longest=50), required=True),
        Field("address", line()),
        Field("hours", line(longest=100)),
        Field("remark", prose()),
    ),
    key=("region_code", "name"),
)
DUTY = Form(
    "duty",
    Duty,
    (
        Field("home_id", record(MemberHome, "member_home"), required=True, points_at=(MemberHome,)),
        Field("member_id", record(Member, "member"), required=True, points_at=(Member,)),
        Field("on_date", day(ahead=True), required=True),
        Field("hours", line(longest=40)),
        Field("remark", prose(), is_words=True),
    ),
    key=_WHO_AND_WHEN,
    laws=_as_recorded,
    # Written by the step that records a duty, and by no form.
    tells=lambda row: {"activity_id": row.activity_id},
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One duty with its home and its member."""

    duty: Duty
    home: MemberHome
    member: Member


def homes(session: Session) -> Sequence[MemberHome]:
    """Return the members' homes by name."""
    return session.scalars(select(MemberHome).where(standing(MemberHome)).order_by(MemberHome.name)).all()


def roster(session: Session, *, first: date, last: date) -> Sequence[Turn]:
    """Return who is on duty from a day to a day, the earliest first."""
    asked = _turns().where(Duty.on_date >= first, Duty.on_date <= last)
    rows = session.execute(asked.order_by(Duty.on_date, MemberHome.name, Member.pinyin, Duty.id))
    return [Turn(duty, home, member) for duty, home, member in rows]


def of_member(session: Session, member_id: UUID, *, limit: int) -> Sequence[Turn]:
    """Return the duties of a member of which nothing is recorded yet, past ones first and then those ahead."""
    asked = _turns().where(Duty.member_id == member_id, Duty.activity_id.is_(None))
    rows = session.execute(asked.order_by(Duty.on_date, Duty.id).limit(limit))
    return [Turn(duty, home, member) for duty, home, member in rows]


def _turns() -> Any:
    return (
        select(Duty, MemberHome, Member)
        .join(MemberHome, and_(MemberHome.id == Duty.home_id, known(MemberHome)))
        .join(Member, and_(Member.id == Duty.member_id, known(Member)))
        .where(standing(Duty))
    )
