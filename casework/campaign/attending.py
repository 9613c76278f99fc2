"""Who is invited to a training or meeting, and how each of them came: one list, kept in one step.

Invited is who an announcement of it went to; who was entered without an announcement stands in the list too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from casework.activities.tables import Activity, Attendance
from casework.announcements.tables import Announcement, Receipt
from casework.campaign import forms
from casework.campaign.receipts import UNABLE
from casework.campaign.records import ATTENDANCE, LEAVES, STATUSES, planned_kinds
from casework.campaign.sources import within
from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known, standing
from casework.core.errors import FieldError, Invalid
from casework.core.ids import new_id, parse_id
from casework.members.queries import in_office
from casework.members.tables import Member, MemberTerm

ATTENDEE, LEAVE = "attendee", "leave"
LISTED, LEFT = "members", "leaves"


@dataclass(frozen=True, slots=True)
class Guest:
    """One member in the list: `answer` is what they answered to the announcement, `row` how they came, once kept."""

    member: Member
    answer: str = ""
    words: str = ""
    row: Attendance | None = None

    @property
    def expected(self) -> str:
        """How they came; before that is kept, leave for who said that they cannot come, and else nothing."""
        if self.row is not None:
            return self.row.status
        return LEAVE if self.answer == UNABLE else ""


def guests(session: Session, activity: Activity) -> Sequence[Guest]:
    """Return who is invited or was entered, in the order of names."""
    answers = {row.member_id: row for row in _receipts(session, activity, Receipt.member_id.is_not(None))}
    rows = {row.member_id: row for row in _rows(session, activity)}
    found = session.scalars(_by_name().where(Member.id.in_([*answers, *rows])))
    return [
        Guest(
            each,
            answers[each.id].answer if each.id in answers else "",
            answers[each.id].remark if each.id in answers else "",
            rows.get(each.id),
        )
        for each in found
    ]


def units(session: Session, activity: Activity) -> Sequence[UUID]:
    """Return the units that are invited, by id."""
    return [row.org_id for row in _receipts(session, activity, Receipt.org_id.is_not(None)) if row.org_id is not None]


def everybody(session: Session, activity: Activity, *, on: date) -> Sequence[Member]:
    """Return all members in office in the place of an activity, for one to which nobody was invited by name."""
    serving = select(MemberTerm.member_id).where(in_office(on))
    county = activity.region_code[:6]
    return session.scalars(_by_name().where(within(Member.region_code, county), Member.id.in_(serving))).all()


def upcoming(session: Session, region_code: str, *, since: date) -> Sequence[Activity]:
    """Return the trainings and meetings of a place from a day on to which people can be called, the next one first."""
    asked = select(Activity).where(
        standing(Activity),
        Activity.kind.in_(planned_kinds()),
        within(Activity.region_code, region_code),
        Activity.on_date >= since,
    )
    return session.scalars(asked.order_by(Activity.on_date, Activity.id)).all()


def came(session: Session, activity_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, int]]:
    """Return of activities how many members there are of each status."""
    asked = select(Attendance.activity_id, Attendance.status, func.count()).where(
        standing(Attendance), Attendance.activity_id.in_(activity_ids), Attendance.part == ATTENDEE
    )
    found: dict[UUID, dict[str, int]] = {}
    for row in session.execute(asked.group_by(Attendance.activity_id, Attendance.status)) if activity_ids else ():
        found.setdefault(row[0], {})[row[1]] = row[2]
    return found


def keep(
    session: Session,
    activity: Activity,
    given: Mapping[str, Any],
    leaves: Mapping[str, Any] | None = None,
    *,
    actor: Actor,
    at: datetime,
) -> int:
    """Keep how members came: a status by the id of each; who is named again is mended. Return how many changed.

    `leaves`: for what somebody was on leave, by id; who is on leave and not named in it keeps what is known.

    Raises:
        Invalid: an id of no member, a status or a leave there is not, or a status that is not known before the day.
    """
    told, mistakes = dict[UUID, str](), list[FieldError]()
    for key, status in given.items():
        member_id = parse_id(key)
        if member_id is None:
            mistakes.append(FieldError(f"{LISTED}.{key[:64]}", "no_such_member"))
        elif status not in STATUSES:
            mistakes.append(FieldError(f"{LISTED}.{key}", "not_a_choice", {"choices": ", ".join(STATUSES)}))
        else:
            told[member_id] = str(status)
    there = set(session.scalars(select(Member.id).where(known(Member), Member.id.in_(told))))
    mistakes += [FieldError(f"{LISTED}.{each}", "no_such_member") for each in told if each not in there]
    if mistakes:
        raise Invalid(mistakes)
    for_what = _leaves(told, leaves or {})
    before = {row.member_id: row for row in _rows(session, activity, lock=True)}
    changed = {key: each for key, each in told.items() if _differs(before.get(key), each, for_what.get(key))}
    for status, member in {status: member for member, status in changed.items()}.items():
        _judge(session, activity, member, status, actor=actor, at=at)
    same = {"version": 1, "created_at": at, "recorded_at": at, "recorded_by": actor.person_id}
    of = {"activity_id": activity.id, "part": ATTENDEE}
    fresh = [
        {"id": new_id(), "member_id": member, "status": status, "leave": for_what.get(member, ""), **of, **same}
        for member, status in changed.items()
        if member not in before
    ]
    editions.write_many(session, Attendance, fresh)
    for member, row in before.items():
        if member in changed:
            # For what somebody was on leave goes with the leave.
            leave = for_what.get(member, row.leave) if changed[member] == LEAVE else ""
            mended = {"status": changed[member], "leave": leave}
            editions.mend(session, row, mended, actor=actor, at=at)
    return len(changed)


def _leaves(told: Mapping[UUID, str], given: Mapping[str, Any]) -> Mapping[UUID, str]:
    """Read for what each of those on leave was away; empty where nobody said."""
    found, mistakes = dict[UUID, str](), list[FieldError]()
    for key, leave in given.items():
        member_id = parse_id(key)
        if member_id is None or member_id not in told:
            mistakes.append(FieldError(f"{LEFT}.{key[:64]}", "no_such_member"))
        elif leave not in ("", *LEAVES):
            mistakes.append(FieldError(f"{LEFT}.{key}", "not_a_choice", {"choices": ", ".join(LEAVES)}))
        elif told[member_id] == LEAVE:
            found[member_id] = str(leave)
        elif leave:
            mistakes.append(FieldError(f"{LEFT}.{key}", "not_on_leave"))
    if mistakes:
        raise Invalid(mistakes)
    return found


def _differs(row: Attendance | None, status: str, leave: str | None) -> bool:
    return row is None or row.status != status or (leave is not None and row.leave != leave)


def _judge(session: Session, activity: Activity, member: UUID, status: str, *, actor: Actor, at: datetime) -> None:
    try:
        values = {"activity_id": activity.id, "member_id": member, "status": status}
        forms.judge(session, ATTENDANCE, values, actor=actor, at=at)
    except Invalid as mistake:
        raise Invalid([FieldError(f"{LISTED}.{member}", each.code, each.params) for each in mistake.errors]) from None


def _rows(session: Session, activity: Activity, *, lock: bool = False) -> Sequence[Attendance]:
    mine = and_(standing(Attendance), Attendance.activity_id == activity.id, Attendance.part == ATTENDEE)
    return editions.newest_of(session, Attendance, mine, lock=lock)


def _receipts(session: Session, activity: Activity, which: Any) -> Sequence[Receipt]:
    calls = select(Announcement.id).where(standing(Announcement), Announcement.activity_id == activity.id)
    asked = select(Receipt).where(standing(Receipt), Receipt.announcement_id.in_(calls), which)
    return session.scalars(asked.order_by(Receipt.created_at, Receipt.id)).all()


def _by_name() -> Any:
    return select(Member).where(known(Member)).order_by(Member.pinyin, Member.name, Member.id)
