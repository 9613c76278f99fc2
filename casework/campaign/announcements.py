"""Announcements (通知) and to whom they go: written once, with one empty receipt for each addressee in the same step.

What an addressee answers, and who is reminded, is casework/campaign/receipts.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.activities.tables import Activity
from casework.announcements.tables import Announcement, Receipt
from casework.campaign import forms, goals, record_rights
from casework.campaign.forms import Change, Field, Form
from casework.campaign.links.links import active
from casework.campaign.readers import TEXT, Desk, choice, day, line, place, prose, record
from casework.campaign.record_visibility import visible_to
from casework.campaign.records import planned_kinds
from casework.campaign.sources import within
from casework.campaign.tables import Link
from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known, standing
from casework.core.errors import FieldError, Invalid, invalid, refused
from casework.core.ids import new_id, parse_id
from casework.matters import outbox
from casework.members.queries import in_office
from casework.members.tables import Member, MemberTerm
from casework.registry.tables import Org

NAMED, MEMBERS, CAMPAIGN = "named", "members", "campaign"
AUDIENCES = (NAMED, MEMBERS, CAMPAIGN)
RECEIPT, ATTENDANCE = "receipt", "attendance"
ASKS = (RECEIPT, ATTENDANCE)
# Addressees that are named one by one, as they are sent beside the announcement.
MEMBER_LIST, ORG_LIST = "members", "orgs"
MOST_NAMED = 300


def _today(desk: Desk, change: Change) -> Mapping[str, Any]:
    return {"on_date": desk.today} if change.row is None and not change.values.get("on_date") else {}


def _mistakes(_desk: Desk, change: Change) -> Sequence[FieldError]:
    values, found = change.values, list[FieldError]()
    if values.get("audience") == CAMPAIGN and not values.get("campaign"):
        found.append(FieldError("campaign", "required"))
    until = values.get("answer_by")
    if until is not None and until < values["on_date"]:
        found.append(FieldError("answer_by", "ends_before_it_begins"))
    return found


def _meeting(desk: Desk, value: Any, name: str) -> UUID | None:
    """Read the id of a training or meeting the actor may know of; whoever gets the announcement will know of it too."""
    found: UUID | None = record(Activity, "activity")(desk, value, name)
    fitting = select(Activity.id).where(known(Activity), Activity.id == found, Activity.kind.in_(planned_kinds()))
    if found is not None and desk.session.scalar(fitting) is None:
        raise invalid(name, "not_a_meeting")
    return found


# Its words are written for all who get it: nothing of them is masked for anybody.
ANNOUNCEMENT = Form(
    "announcement",
    Announcement,
    (
        Field("region_code", place, required=True, fixed=True),
        Field("on_date", day(), required=True, fixed=True),
        Field("title", line(), required=True),
        Field("content", prose(longest=TEXT), required=True),
        Field("document_no", line(longest=60)),
        Field("campaign", goals.campaign_code, fixed=True),
        Field("audience", choice(*AUDIENCES), required=True, fixed=True),
        Field("asks", choice(*ASKS), required=True, fixed=True),
        Field("answer_by", day(ahead=True)),
        Field("activity_id", _meeting, points_at=(Activity,)),
        Field("remark", prose()),
    ),
    fill=_today,
    rules=_mistakes,
)


@dataclass(frozen=True, slots=True)
class Addressees:
    """Members and units by id."""

    members: frozenset[UUID]
    orgs: frozenset[UUID]

    def without(self, others: "Addressees") -> "Addressees":
        """Return those who are not among others."""
        return Addressees(self.members - others.members, self.orgs - others.orgs)


def send(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Announcement:
    """Write an announcement from what was sent, and address it: `members` (ids) and `orgs` (codes) beside its fields.

    Raises:
        Invalid: every mistake; nobody is addressed.
        Denied: not the office over the place.
    """
    desk, sent, mistakes = Desk(session, at, actor), dict(raw), list[FieldError]()
    named = _named(desk, sent.pop(MEMBER_LIST, None), sent.pop(ORG_LIST, None), mistakes)
    try:
        row: Announcement = forms.enter(session, ANNOUNCEMENT, sent, actor=actor, at=at)
    except Invalid as more:
        raise Invalid([*more.errors, *mistakes]) from None
    if mistakes:
        raise Invalid(mistakes)
    record_rights.require_entering(session, row, actor=actor, at=at)
    everybody = _audience(session, row, on=desk.today)
    reached = Addressees(named.members | everybody.members, named.orgs | everybody.orgs)
    if not reached.members and not reached.orgs:
        raise invalid(MEMBER_LIST, "nobody_addressed")
    _address(session, row, reached, actor=actor, at=at)
    return row


def send_to_more(session: Session, row: Announcement, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> int:
    """Address a locked announcement to more `members` and `orgs`; who has it already is passed over. Return how many.

    Raises:
        Invalid: every mistake.
        Refused: it was withdrawn, or all of them have it.
    """
    if row.withdrawn:
        raise refused("announcement_withdrawn")
    desk, sent, mistakes = Desk(session, at, actor), dict(raw), list[FieldError]()
    named = _named(desk, sent.pop(MEMBER_LIST, None), sent.pop(ORG_LIST, None), mistakes)
    mistakes += [FieldError(name, "unknown_field") for name in sent]
    if not mistakes and not named.members and not named.orgs:
        mistakes.append(FieldError(MEMBER_LIST, "nobody_addressed"))
    if mistakes:
        raise Invalid(mistakes)
    asked = select(Receipt.member_id, Receipt.org_id).where(standing(Receipt), Receipt.announcement_id == row.id)
    have = session.execute(asked).all()
    members = frozenset(each.member_id for each in have if each.member_id is not None)
    orgs = frozenset(each.org_id for each in have if each.org_id is not None)
    fresh = named.without(Addressees(members, orgs))
    if not fresh.members and not fresh.orgs:
        raise refused("addressed_already")
    return _address(session, row, fresh, actor=actor, at=at)


def _named(desk: Desk, members: Any, orgs: Any, mistakes: list[FieldError]) -> Addressees:
    ids, codes = _texts(members, MEMBER_LIST, mistakes), _texts(orgs, ORG_LIST, mistakes)
    parsed = {each: parse_id(each) for each in ids}
    seen = visible_to(desk.actor, Member, on=desk.today)
    wanted = [each for each in parsed.values() if each is not None]
    there = set(desk.session.scalars(select(Member.id).where(known(Member), Member.id.in_(wanted), seen)))
    mistakes += [FieldError(MEMBER_LIST, "no_such_member") for each in ids if parsed[each] not in there][:1]
    units = {
        org.code: org.id for org in desk.session.scalars(select(Org).where(Org.code.in_(codes), Org.valid_to.is_(None)))
    }
    mistakes += [FieldError(ORG_LIST, "no_such_org", {"value": each[:64]}) for each in codes if each not in units]
    return Addressees(frozenset(there), frozenset(units.values()))


def _texts(given: Any, name: str, mistakes: list[FieldError]) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        mistakes.append(FieldError(name, "not_a_list"))
        return []
    if len(given) > MOST_NAMED:
        mistakes.append(FieldError(name, "too_many_addressees", {"most": MOST_NAMED}))
        return []
    # What no code or id is made of asks no database.
    if not all(each.isprintable() for each in given):
        mistakes.append(FieldError(name, "no_such_member" if name == MEMBER_LIST else "no_such_org", {"value": "?"}))
    return [each for each in dict.fromkeys(given) if each.isprintable()]


def _audience(session: Session, row: Announcement, *, on: date) -> Addressees:
    """Return everybody a group stands for on a day, in the place of the announcement."""
    if row.audience == MEMBERS:
        serving = select(MemberTerm.member_id).where(in_office(on))
        return Addressees(_members(session, row, Member.id.in_(serving)), frozenset())
    if row.audience == CAMPAIGN:
        held = select(Link.holder_id).where(known(Link), Link.campaign == row.campaign, active(on))
        orgs = select(Org.id).where(Org.id.in_(held), within(Org.region_code, row.region_code))
        return Addressees(_members(session, row, Member.id.in_(held)), frozenset(session.scalars(orgs)))
    return Addressees(frozenset(), frozenset())


def _members(session: Session, row: Announcement, condition: Any) -> frozenset[UUID]:
    asked = select(Member.id).where(known(Member), within(Member.region_code, row.region_code), condition)
    return frozenset(session.scalars(asked))


def _address(session: Session, row: Announcement, reached: Addressees, *, actor: Actor, at: datetime) -> int:
    """Enter an empty receipt for each, and let the relay tell them."""
    same = {"version": 1, "created_at": at, "recorded_at": at, "recorded_by": actor.person_id}
    rows = [
        {"id": new_id(), "announcement_id": row.id, name: each, **same}
        for name, ids in (("member_id", reached.members), ("org_id", reached.orgs))
        for each in sorted(ids)
    ]
    editions.write_many(session, Receipt, rows)
    outbox.publish(session, event="announcement.sent", at=at, facts={"announcement": str(row.id)})
    return len(rows)
