"""Handing over (换届、交接): all links of a member or a unit that leaves pass to successors in one step.

Each old link ends on one day and the new one begins on the next, so that no day has both or neither. For ten minutes
the whole step can be taken back, by further editions: the old links hold again as before, the new ones hold on no day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from casework.campaign import link_list, links
from casework.campaign.handover_tables import Handover, HandoverItem
from casework.campaign.link_list import LinkFile
from casework.campaign.links import NewLink
from casework.campaign.loader import campaigns
from casework.campaign.tables import Link
from casework.campaign.visibility import subject_of_link, take_link, visible_links
from casework.core import editions, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known
from casework.core.errors import FieldError, Invalid, NotFound, refused
from casework.core.ids import new_id
from casework.permissions import require

WRITE = "link.write"
UNDO_WITHIN = timedelta(minutes=10)
REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be handed over: which link to whom, the last day of the old ones, and why."""

    holder_id: UUID
    successors: Mapping[UUID, UUID]
    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A link that was handed over, and the one that follows it."""

    old: LinkFile
    made: LinkFile


def open_links(session: Session, actor: Actor, holder_id: UUID, *, on: date) -> Sequence[LinkFile]:
    """Return the links that somebody still holds on a day or later, as far as the actor may know of them."""
    asked = select(Link).where(
        known(Link),
        Link.holder_id == holder_id,
        or_(Link.valid_to.is_(None), Link.valid_to >= on),
        or_(Link.valid_to.is_(None), Link.valid_to >= Link.valid_from),
        visible_links(actor, on=on),
    )
    return link_list.files(session, session.scalars(asked.order_by(Link.valid_from, Link.id)).all())


def make(session: Session, plan: Plan, *, actor: Actor, at: datetime, today: date) -> Handover:
    """Hand over: all of it, or nothing.

    Raises:
        Invalid: nothing to hand over, no reason, a day before a link begins, a successor who is the one that leaves.
        NotFound: a link that is not there or hidden.
        Denied: a link in a place where the caller has no say.
        Refused: a successor is linked to the same already.
    """
    errors: list[FieldError] = []
    reason = ""
    if not plan.successors:
        errors.append(FieldError("links", "required"))
    if plan.holder_id in plan.successors.values():
        errors.append(FieldError("successor", "successor_leaves"))
    try:
        reason = texts.clean_text(plan.reason, field="reason", max_length=REASON_LENGTH)
    except Invalid as mistake:
        errors += mistake.errors
    if errors:
        raise Invalid(errors)
    row = Handover(
        id=new_id(), holder_id=plan.holder_id, day=plan.day, reason=reason, done_at=at, done_by=actor.person_id
    )
    session.add(row)
    session.flush()
    # In one order for everybody, so that two who hand over at once wait for each other instead of for ever.
    for link_id in sorted(plan.successors):
        _pass_on(session, row, link_id, plan.successors[link_id], actor=actor, at=at, today=today)
    return row


def take(session: Session, actor: Actor, handover_id: UUID, *, on: date, lock: bool = False) -> Handover:
    """Return a handover whose links the actor may know of, locked with `lock`.

    Raises:
        NotFound: there is none, or one of its links is hidden.
    """
    asked = select(Handover).where(Handover.id == handover_id)
    row = session.scalars(asked.with_for_update() if lock else asked).one_or_none()
    if row is None:
        raise NotFound
    for item in _items(session, row):
        take_link(session, actor, item.link_id, on=on)
    return row


def pairs(session: Session, row: Handover) -> Sequence[Pair]:
    """Return what became of each link, as it now stands."""
    found = []
    for item in _items(session, row):
        both = [editions.newest(session, Link, link_id) for link_id in (item.link_id, item.made_id)]
        found.append(Pair(*link_list.files(session, both)))
    return found


def may_undo(row: Handover, *, at: datetime) -> bool:
    """Say whether a handover can still be taken back."""
    return row.undone_at is None and at - row.done_at <= UNDO_WITHIN


def undo(session: Session, row: Handover, *, reason: str, actor: Actor, at: datetime, today: date) -> None:
    """Take a locked handover back as a whole.

    Raises:
        Refused: it was taken back already, ten minutes have passed, or one of the links was changed since.
        Denied: a link in a place where the caller has no say.
    """
    if row.undone_at is not None:
        raise refused("handover_undone")
    if not may_undo(row, at=at):
        raise refused("handover_too_late", minutes=int(UNDO_WITHIN.total_seconds() // 60))
    for item in _items(session, row):
        old = editions.newest(session, Link, item.link_id, lock=True)
        made = editions.newest(session, Link, item.made_id, lock=True)
        require(actor, WRITE, subject_of_link(session, old, on=today))
        if old.version != item.link_version + 1 or made.version != 1:
            raise refused("handover_moved_on")
        before = next(e for e in editions.editions(session, Link, old.id) if e.version == item.link_version)
        links.withdraw(session, made, reason=reason, actor=actor, at=at)
        changes = {"valid_to": before.valid_to, "end_reason": before.end_reason}
        editions.mend(session, old, changes, actor=actor, at=at, reason=reason)
    row.undone_at = at
    row.undone_by = actor.person_id
    session.flush()


def _pass_on(
    session: Session, row: Handover, link_id: UUID, successor_id: UUID, *, actor: Actor, at: datetime, today: date
) -> None:
    link = take_link(session, actor, link_id, on=today, lock=True)
    if link.holder_id != row.holder_id or (link.valid_to is not None and link.valid_to <= row.day):
        # Somebody else has ended or handed it over meanwhile.
        raise refused("handover_moved_on")
    require(actor, WRITE, subject_of_link(session, link, on=today))
    campaign = campaigns().get(link.campaign)
    if campaign is None:
        raise refused("campaign_gone", campaign=link.campaign)
    try:
        links.change(session, link, {"valid_to": row.day}, reason=row.reason, actor=actor, at=at)
        told = NewLink(
            kind=link.kind,
            holder_id=successor_id,
            region_code=link.region_code,
            valid_from=row.day + timedelta(days=1),
            object_id=link.object_id,
            part=link.part,
            remark=link.remark,
        )
        made = links.begin(session, campaign, told, actor=actor, at=at)
    except Invalid as mistake:
        raise Invalid([FieldError("day", each.code, each.params) for each in mistake.errors]) from mistake
    item = HandoverItem(id=new_id(), handover_id=row.id, link_id=link.id, link_version=link.version, made_id=made.id)
    session.add(item)
    session.flush()


def _items(session: Session, row: Handover) -> Sequence[HandoverItem]:
    asked = select(HandoverItem).where(HandoverItem.handover_id == row.id).order_by(HandoverItem.link_id)
    return session.scalars(asked).all()
