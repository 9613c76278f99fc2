"""Handing over (换届、交接): all links of a member or a unit that leaves pass to successors in one step.

Each old link ends on one day and the new one begins on the next, so that no day has both or neither; the goals of what
is linked go along. For ten minutes the whole step can be taken back, by further editions: the old links hold again as
before, the new ones hold on no day. What else is in hand stands beside as items;
workflows/campaign/handovers.py moves it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from casework.campaign.goals import PLANNED
from casework.campaign.handover_tables import Handover, HandoverItem
from casework.campaign.links import link_list, links
from casework.campaign.links.in_office import refuse_who_left
from casework.campaign.links.link_list import LinkFile
from casework.campaign.links.links import NewLink
from casework.campaign.loader import campaigns
from casework.campaign.tables import Goal, Link
from casework.campaign.visibility import subject_of_link, take_link, visible_links
from casework.core import editions, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known
from casework.core.errors import FieldError, Invalid, NotFound, refused
from casework.core.ids import new_id
from casework.permissions import require

WRITE = "link.write"
LINK, GOAL = "link", "goal"
_OPEN = (PLANNED, "in_progress")
UNDO_WITHIN = timedelta(minutes=10)
REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be handed over: which link to whom, the last day of the old ones, and why."""

    holder_id: UUID
    successors: Mapping[UUID, UUID]
    day: date
    reason: Any
    # What the one who leaves is called, and who follows: goals name who answers for them.
    names: Mapping[UUID, str] = field(default_factory=dict)


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


def make(session: Session, plan: Plan, *, actor: Actor, at: datetime, today: date, others: int = 0) -> Handover:
    """Hand over the links: all of them, or nothing. `others`: how many things beside them there are to hand over.

    Raises:
        Invalid: nothing to hand over, no reason, a day before a link begins, a successor who is the one that leaves.
        NotFound: a link that is not there or hidden.
        Denied: a link in a place where the caller has no say.
        Refused: a successor is linked to the same already.
    """
    errors: list[FieldError] = []
    reason = ""
    if not plan.successors and not others:
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
        made = _pass_on(session, row, link_id, plan.successors[link_id], actor=actor, at=at, today=today)
        _pass_goals_on(session, row, made, plan, actor=actor, at=at)
    return row


def note(session: Session, row: Handover, kind: str, record_id: UUID, **told: Any) -> HandoverItem:
    """Note what became of one thing in hand; `told`: further columns of the item."""
    item = HandoverItem(id=new_id(), handover_id=row.id, kind=kind, record_id=record_id, **{"was": {}, **told})
    session.add(item)
    session.flush()
    return item


def items(session: Session, row: Handover) -> Sequence[HandoverItem]:
    """Return what became of each thing in hand, in the order in which it was noted."""
    asked = select(HandoverItem).where(HandoverItem.handover_id == row.id).order_by(HandoverItem.id)
    return session.scalars(asked).all()


def take(session: Session, actor: Actor, handover_id: UUID, *, on: date, lock: bool = False) -> Handover:
    """Return a handover whose links the actor may know of, locked with `lock`.

    Raises:
        NotFound: there is none, or one of its links is hidden.
    """
    asked = select(Handover).where(Handover.id == handover_id)
    row = session.scalars(asked.with_for_update() if lock else asked).one_or_none()
    if row is None:
        raise NotFound
    for item in items(session, row):
        if item.kind == LINK:
            take_link(session, actor, item.record_id, on=on)
    return row


def pairs(session: Session, row: Handover) -> Sequence[Pair]:
    """Return what became of each link, as it now stands."""
    found = []
    for item in _links(session, row):
        both = [editions.newest(session, Link, link_id) for link_id in (item.record_id, item.made_id) if link_id]
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
    for item in _links(session, row):
        old = editions.newest(session, Link, item.record_id, lock=True)
        made = editions.newest(session, Link, item.made_id or item.record_id, lock=True)
        require(actor, WRITE, subject_of_link(session, old, on=today))
        if old.version != item.version or made.version != 1:
            raise refused("handover_moved_on")
        before = next(e for e in editions.editions(session, Link, old.id) if e.version == item.version - 1)
        links.withdraw(session, made, reason=reason, actor=actor, at=at)
        changes = {"valid_to": before.valid_to, "end_reason": before.end_reason}
        editions.mend(session, old, changes, actor=actor, at=at, reason=reason)
    for item in items(session, row):
        if item.kind == GOAL and item.was:
            goal = editions.newest(session, Goal, item.record_id, lock=True)
            if goal.version != item.version:
                raise refused("handover_moved_on")
            editions.mend(session, goal, item.was, actor=actor, at=at, reason=reason)
    row.undone_at = at
    row.undone_by = actor.person_id
    session.flush()


def _pass_on(
    session: Session, row: Handover, link_id: UUID, successor_id: UUID, *, actor: Actor, at: datetime, today: date
) -> Link:
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
        refuse_who_left(session, successor_id, on=told.valid_from)
        made = links.begin(session, campaign, told, actor=actor, at=at)
    except Invalid as mistake:
        raise Invalid([FieldError("day", each.code, each.params) for each in mistake.errors]) from mistake
    label = link_list.files(session, [made])[0].object_name
    note(session, row, LINK, link.id, version=link.version + 1, made_id=made.id, label=label)
    return made


def _pass_goals_on(session: Session, row: Handover, made: Link, plan: Plan, *, actor: Actor, at: datetime) -> None:
    """Let the open goals of what is linked go along; where one names who answers for it, it names the successor."""
    asked = select(Goal).where(
        known(Goal),
        Goal.campaign == made.campaign,
        Goal.object_id == made.object_id if made.object_id is not None else Goal.region_code == made.region_code,
        Goal.state.in_(_OPEN),
    )
    if made.object_id is None:
        asked = asked.where(Goal.object_id.is_(None))
    old, new = plan.names.get(row.holder_id), plan.names.get(made.holder_id)
    for goal in session.scalars(asked.order_by(Goal.year, Goal.id)).all():
        told: dict[str, Any] = {"label": f"{goal.year} {goal.checklist} {goal.item}"}
        if old and new and goal.responsible == old:
            locked = editions.newest(session, Goal, goal.id, lock=True)
            mended = editions.mend(session, locked, {"responsible": new}, actor=actor, at=at, reason=row.reason)
            told |= {"version": mended.version, "was": {"responsible": old}}
        note(session, row, GOAL, goal.id, **told)


def _links(session: Session, row: Handover) -> Sequence[HandoverItem]:
    return [item for item in items(session, row) if item.kind == LINK and not item.stays]
