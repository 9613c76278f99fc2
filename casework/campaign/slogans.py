"""Slogans (口号) as tags: how one is entered and ended, what it is put on, and by whom."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from casework.activities.tables import Activity
from casework.campaign.forms import Change, Field, Form
from casework.campaign.readers import Desk, day, line, place, prose
from casework.campaign.record_visibility import find, place_of
from casework.cases import folders
from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known, standing
from casework.core.errors import FieldError, refused
from casework.permissions import Subject, require
from casework.projects.tables import Project
from casework.slogans.tables import Slogan, SloganMark

ACTIVITY, PROJECT, CASE = "activity", "project", "case"
KINDS = (ACTIVITY, PROJECT, CASE)
MARK = "slogan.mark"
_TABLES: Mapping[str, Any] = {ACTIVITY: Activity, PROJECT: Project}


def _from_today(desk: Desk, change: Change) -> Mapping[str, Any]:
    return {"valid_from": desk.today} if change.row is None and not change.values.get("valid_from") else {}


def _days(_desk: Desk, change: Change) -> Sequence[FieldError]:
    begins, ends = change.values.get("valid_from"), change.values.get("valid_to")
    is_turned = ends is not None and begins is not None and ends < begins
    return [FieldError("valid_to", "ends_before_it_begins")] if is_turned else ()


SLOGAN = Form(
    "slogan",
    Slogan,
    (
        Field("region_code", place, required=True, fixed=True),
        Field("label", line(longest=30), required=True),
        Field("explanation", prose()),
        Field("valid_from", day(ahead=True), required=True),
        Field("valid_to", day(ahead=True)),
        Field("remark", prose()),
    ),
    key=("region_code", "label"),
    fill=_from_today,
    rules=_days,
)


def in_force(session: Session, *, on: date) -> Sequence[Slogan]:
    """Return the slogans that can be put on something on a day, by label."""
    lasts = or_(Slogan.valid_to.is_(None), Slogan.valid_to >= on)
    asked = select(Slogan).where(known(Slogan), Slogan.valid_from <= on, lasts)
    return session.scalars(asked.order_by(Slogan.label)).all()


def every(session: Session) -> Sequence[Slogan]:
    """Return all slogans, ended ones too, by label: what a list can be narrowed to."""
    return session.scalars(select(Slogan).where(known(Slogan)).order_by(Slogan.label)).all()


def on_record(session: Session, record_id: UUID) -> Sequence[Slogan]:
    """Return the slogans a record bears, ended ones too."""
    marks = select(SloganMark.slogan_id).where(standing(SloganMark), SloganMark.bearer_id == record_id)
    return session.scalars(select(Slogan).where(known(Slogan), Slogan.id.in_(marks)).order_by(Slogan.label)).all()


def records_of(session: Session, slogan_id: UUID, kind: str) -> Sequence[UUID]:
    """Return the ids of all records of a kind that bear a slogan; who may know of each is asked by the caller."""
    asked = select(SloganMark.bearer_id).where(
        standing(SloganMark), SloganMark.slogan_id == slogan_id, SloganMark.kind == kind
    )
    return session.scalars(asked.order_by(SloganMark.created_at.desc(), SloganMark.id)).all()


def take(session: Session, kind: str, reference: str | UUID, *, actor: Actor, at: datetime) -> UUID:
    """Return the id of a record the actor may put slogans on; a case is found by its number too.

    Raises:
        NotFound: there is none, or none the actor may know of.
        Denied: not the office over its place.
    """
    if kind == CASE:
        case = folders.take(session, actor, reference=str(reference), at=at).case
        require(actor, MARK, Subject(case.region_code))
        return case.id
    today = at.astimezone(session.info["zone"]).date()
    row = find(session, actor, _TABLES[kind], UUID(str(reference)), on=today)
    require(actor, MARK, Subject(place_of(session, row)))
    found: UUID = row.id
    return found


def put(session: Session, slogan: Slogan, kind: str, record_id: UUID, *, actor: Actor, at: datetime) -> bool:
    """Put a slogan on a record that was taken; say whether it was not there before.

    Raises:
        Refused: it is not in force.
    """
    today = at.astimezone(session.info["zone"]).date()
    if slogan.valid_from > today or (slogan.valid_to is not None and slogan.valid_to < today):
        raise refused("slogan_not_in_force", label=slogan.label)
    if _marks(session, slogan.id, record_id):
        return False
    mark = SloganMark(slogan_id=slogan.id, kind=kind, bearer_id=record_id)
    editions.enter(session, mark, actor=actor, at=at)
    return True


def take_off(session: Session, slogan: Slogan, record_id: UUID, *, actor: Actor, at: datetime) -> bool:
    """Take a slogan off a record; say whether it was there. That it was stays readable."""
    marks = _marks(session, slogan.id, record_id)
    for mark in marks:
        editions.mend(session, mark, {"withdrawn": True}, actor=actor, at=at)
    return bool(marks)


def bear(
    session: Session, kind: str, record_id: UUID, slogan_ids: Collection[UUID], *, actor: Actor, at: datetime
) -> None:
    """Let a record bear exactly these slogans; one that has ended stays where it is as long as it is named.

    Raises:
        Refused: one that is to be put on it is not in force.
    """
    borne = {each.id: each for each in on_record(session, record_id)}
    for slogan in every(session):
        if slogan.id in slogan_ids and slogan.id not in borne:
            put(session, slogan, kind, record_id, actor=actor, at=at)
        elif slogan.id in borne and slogan.id not in slogan_ids:
            take_off(session, slogan, record_id, actor=actor, at=at)


def _marks(session: Session, slogan_id: UUID, record_id: UUID) -> Sequence[SloganMark]:
    mine = and_(standing(SloganMark), SloganMark.slogan_id == slogan_id, SloganMark.bearer_id == record_id)
    return editions.newest_of(session, SloganMark, mine, lock=True)
