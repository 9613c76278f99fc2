"""Receipts (回执) of announcements: what is answered, how many have answered of how many, and who is reminded."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, and_, bindparam, case, exists, func, or_, select

from casework.announcements.tables import Announcement, AnnouncementReminder, Receipt
from casework.campaign.announcements import ATTENDANCE
from casework.campaign.coverage import Share
from casework.campaign.forms import Change, Field, Form
from casework.campaign.readers import Desk, choice, prose, record, unit
from casework.campaign.record_visibility import addressed_to
from casework.core.actors import UNIT_ROLES, Actor
from casework.core.calendars import WorkCalendar
from casework.core.columns import Day, Instant
from casework.core.database import Session
from casework.core.editions import known, standing
from casework.core.errors import FieldError, Refusal, refused
from casework.core.ids import new_id
from casework.matters import outbox
from casework.members.tables import Member
from casework.registry.calendar import load_calendar
from casework.registry.tables import RoleGrant

RECEIVED, ATTENDING, UNABLE = "received", "attending", "unable"
ANSWERS = (RECEIVED, ATTENDING, UNABLE)


def answers_to(asks: str) -> Sequence[str]:
    """Return what can be answered to what is asked."""
    return (ATTENDING, UNABLE) if asks == ATTENDANCE else (RECEIVED,)


def _announcement_of(desk: Desk, change: Change) -> Announcement:
    asked = select(Announcement).where(known(Announcement), Announcement.id == change.values["announcement_id"])
    return desk.session.scalars(asked).one()


def _mistakes(desk: Desk, change: Change) -> Sequence[FieldError]:
    answer = change.values.get("answer")
    if answer and answer not in (fitting := answers_to(_announcement_of(desk, change).asks)):
        return [FieldError("answer", "not_a_choice", {"choices": ", ".join(fitting)})]
    # Who cannot come says why, so that nobody has to ask.
    return [FieldError("remark", "required")] if answer == UNABLE and not change.values.get("remark") else ()


def _still_there(desk: Desk, change: Change) -> Sequence[Refusal]:
    return [Refusal("announcement_withdrawn")] if _announcement_of(desk, change).withdrawn else ()


RECEIPT = Form(
    "receipt",
    Receipt,
    (
        Field("announcement_id", record(Announcement, "announcement"), required=True, fixed=True,
              points_at=(Announcement,)),
        Field("member_id", record(Member, "member"), fixed=True, points_at=(Member,)),
        Field("org", unit, column="org_id", fixed=True),
        Field("answer", choice(*ANSWERS)),
        Field("remark", prose(), is_words=True),
    ),
    rules=_mistakes,
    laws=_still_there,
)  # fmt: skip


def shares(session: Session, announcement_ids: Collection[UUID]) -> Mapping[UUID, Share]:
    """Return of each announcement how many have answered of how many it went to."""
    done = func.sum(case((Receipt.answer != "", 1), else_=0))
    asked = select(Receipt.announcement_id, func.count(), done).where(
        standing(Receipt), Receipt.announcement_id.in_(announcement_ids)
    )
    rows = session.execute(asked.group_by(Receipt.announcement_id)) if announcement_ids else ()
    return {row[0]: Share(int(row[2]), row[1]) for row in rows}


def of_announcement(session: Session, announcement_id: UUID) -> Sequence[Receipt]:
    """Return the receipts of an announcement that count, given or not."""
    asked = select(Receipt).where(standing(Receipt), Receipt.announcement_id == announcement_id)
    return session.scalars(asked.order_by(Receipt.id)).all()


def share_of_campaign(session: Session, campaign: str, *, until: date, known_at: datetime | None = None) -> Share:
    """Return how many receipts were given of all that were asked for in a campaign by a day (宣传动员)."""
    told = {"campaign": campaign, "until": until} | ({} if known_at is None else {"known_at": known_at})
    whole, given = session.execute(_share_asked(known_at is not None), told).one()
    return Share(int(given), whole)


@cache
def _share_asked(is_known: bool) -> Select[int, int]:
    """Return the SELECT of `share_of_campaign`, built once."""
    known_at: Any = bindparam("known_at", type_=Instant()) if is_known else None
    told = select(Announcement.id).where(
        standing(Announcement, known_at),
        Announcement.campaign == bindparam("campaign", type_=Text()),
        Announcement.on_date <= bindparam("until", type_=Day()),
    )
    done = func.coalesce(func.sum(case((Receipt.answer != "", 1), else_=0)), 0)
    return select(func.count(), done).where(standing(Receipt, known_at), Receipt.announcement_id.in_(told))


def own(session: Session, actor: Actor, *, announcement_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Receipt]]:
    """Return the receipts that are the actor's to give, as a member or for their unit, by announcement."""
    asked = select(Receipt).where(
        standing(Receipt), Receipt.announcement_id.in_(announcement_ids), addressed_to(actor, Receipt)
    )
    found: dict[UUID, list[Receipt]] = {}
    for row in session.scalars(asked.order_by(Receipt.id)) if announcement_ids else ():
        found.setdefault(row.announcement_id, []).append(row)
    return found


def count_owed(session: Session, actor: Actor) -> int:
    """Count the receipts the actor has still to give."""
    asked = select(func.count()).select_from(Receipt).where(_owed(actor))
    return session.scalar(asked) or 0


def owed(session: Session, actor: Actor, *, limit: int) -> Sequence[Announcement]:
    """Return the announcements the actor has still to answer, the most pressing first."""
    mine = select(Receipt.announcement_id).where(_owed(actor))
    asked = select(Announcement).where(known(Announcement), Announcement.id.in_(mine))
    order = (Announcement.answer_by.is_(None), Announcement.answer_by, Announcement.on_date.desc(), Announcement.id)
    return session.scalars(asked.order_by(*order).limit(limit)).all()


def _owed(actor: Actor) -> Any:
    there = exists().where(standing(Announcement), Announcement.id == Receipt.announcement_id)
    return and_(standing(Receipt), Receipt.answer == "", addressed_to(actor, Receipt), there)


def without_account(session: Session, receipts: Sequence[Receipt], *, on: date) -> frozenset[UUID]:
    """Return the ids of those receipts whose addressee no message reaches: a member or unit without an account."""
    members = {each.member_id for each in receipts} - {None}
    orgs = {each.org_id for each in receipts} - {None}
    with_one = set(
        session.scalars(select(Member.id).where(known(Member), Member.id.in_(members), Member.person_id.is_not(None)))
    )
    lasts = or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= on)
    staffed = set(
        session.scalars(
            select(RoleGrant.org_id).where(RoleGrant.org_id.in_(orgs), RoleGrant.role.in_(UNIT_ROLES), lasts)
        )
    )
    return frozenset(
        each.id for each in receipts if (each.member_id or each.org_id) not in (with_one if each.member_id else staffed)
    )


# ------------------------------------------------------------------ reminding
def remind(session: Session, row: Announcement, *, actor: Actor | None, at: datetime) -> AnnouncementReminder:
    """Remind all who have not answered a locked announcement, once a working day. No actor: the daily job does.

    Raises:
        Refused: it was withdrawn, everybody has answered, or they were reminded for that working day already.
    """
    if row.withdrawn:
        raise refused("announcement_withdrawn")
    waiting = _waiting(session, row.id)
    if waiting == 0:
        raise refused("nobody_to_remind")
    # What is pressed on a Saturday is read on Monday, and counts as Monday's.
    opening = load_calendar(session).next_opening(at)
    for_day = opening.astimezone(session.info["zone"]).date()
    if any(each.for_day == for_day for each in reminders(session, row.id)):
        raise refused("reminded_already", day=for_day.isoformat())
    made = AnnouncementReminder(
        id=new_id(),
        announcement_id=row.id,
        for_day=for_day,
        reminded_at=at,
        reminded_by=None if actor is None else actor.person_id,
        waiting=waiting,
    )
    session.put(made)
    outbox.publish(session, event="announcement.reminded", at=at, facts={"announcement": str(row.id)})
    return made


def reminders(session: Session, announcement_id: UUID) -> Sequence[AnnouncementReminder]:
    """Return when who had not answered was reminded, the latest first."""
    asked = select(AnnouncementReminder).where(AnnouncementReminder.announcement_id == announcement_id)
    return session.scalars(asked.order_by(AnnouncementReminder.for_day.desc())).all()


def due(session: Session, calendar: WorkCalendar, *, today: date) -> Sequence[UUID]:
    """Return the announcements the daily job reminds of: answers are wanted by today or the next working day, some are
    missing, nobody reminded for today, and the job did not remind of them before.
    """
    by_job = exists().where(
        AnnouncementReminder.announcement_id == Announcement.id,
        or_(AnnouncementReminder.reminded_by.is_(None), AnnouncementReminder.for_day == today),
    )
    missing = exists().where(standing(Receipt), Receipt.announcement_id == Announcement.id, Receipt.answer == "")
    asked = select(Announcement.id).where(
        standing(Announcement),
        Announcement.answer_by >= today,
        Announcement.answer_by <= calendar.next_workday(today),
        Announcement.on_date < today,
        missing,
        ~by_job,
    )
    return session.scalars(asked.order_by(Announcement.id)).all()


def _waiting(session: Session, announcement_id: UUID) -> int:
    asked = select(func.count()).where(
        standing(Receipt), Receipt.announcement_id == announcement_id, Receipt.answer == ""
    )
    return session.scalar(asked) or 0


# ------------------------------------------------------------------ telling
def to_tell(
    session: Session, announcement_id: UUID, *, entered_at: datetime | None = None
) -> tuple[Sequence[UUID], Sequence[UUID]]:
    """Return who has still to answer: members by their accounts, and units; with `entered_at`, of those added then."""
    asked = select(Receipt).where(standing(Receipt), Receipt.announcement_id == announcement_id, Receipt.answer == "")
    if entered_at is not None:
        asked = asked.where(Receipt.created_at == entered_at)
    rows = session.scalars(asked.order_by(Receipt.id)).all()
    members = [each.member_id for each in rows if each.member_id is not None]
    accounts = select(Member.person_id).where(known(Member), Member.id.in_(members), Member.person_id.is_not(None))
    people = [each for each in session.scalars(accounts) if each is not None]
    return people, [each.org_id for each in rows if each.org_id is not None]
