"""What may be done to links, and what can be asked of them. Who may is asked by the caller; nothing commits.

A link is ended with a day and a reason, never deleted: the figures of a past quarter must come out the same
(domain.md §1.2). Two links of the same kind between the same two do not overlap.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from casework.campaign.definition import Campaign, LinkKind
from casework.campaign.loader import campaigns
from casework.campaign.tables import Link
from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.driver import alone
from casework.core.editions import known
from casework.core.errors import FieldError, Invalid, refused
from casework.core.ranges import lies_in
from casework.households.tables import Household
from casework.members.tables import Member

# A link may be entered before it begins, such as one of the coming year; a day beyond that is a slip of the pen.
MOST_AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to make, its holder and object known to be there."""

    kind: str
    holder_id: UUID
    region_code: str
    valid_from: date
    object_id: UUID | None = None
    part: str = ""
    remark: str = ""


def begin(
    session: Session,
    campaign: Campaign,
    told: NewLink,
    *,
    actor: Actor,
    at: datetime,
    others: Sequence[Link] | None = None,
) -> Link:
    """Tie two together from a day on; who ties many at once has looked up what is `between` the two.

    Raises:
        Invalid: the campaign has no such kind or part, or the day lies outside it, or more than a year ahead.
        Refused: they are linked already on one of the days.
    """
    kind = campaign.links.get(told.kind)
    if kind is None:
        raise Invalid([FieldError("kind", "not_a_choice", {"choices": ", ".join(campaign.links)})])
    _check_part(kind, told.part)
    _require_within(campaign, told.valid_from)
    require_near(told.valid_from, today=at.astimezone(session.info["zone"]).date())
    _refuse_overlap(between(session, campaign.code, told) if others is None else others, told.valid_from)
    row = Link(
        campaign=campaign.code,
        kind=told.kind,
        holder_id=told.holder_id,
        object_id=told.object_id,
        region_code=told.region_code,
        part=told.part,
        valid_from=told.valid_from,
        remark=told.remark,
    )
    return editions.enter(session, row, actor=actor, at=at)


def mend(
    session: Session,
    link: Link,
    told: NewLink,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    others: Sequence[Link] | None = None,
) -> Link:
    """Put right what is told of a locked link that holds: day, part, place, remark; its two ends stay.

    Who mends many at once has looked up what is `between` the two.

    Raises:
        Refused: the two were linked before on one of the days.
    """
    known = between(session, link.campaign, told) if others is None else others
    earlier = [each for each in known if each.id != link.id]
    _refuse_overlap(earlier, told.valid_from)
    changes = {
        "part": told.part,
        "valid_from": told.valid_from,
        "region_code": told.region_code,
        "remark": told.remark or link.remark,
    }
    return editions.mend(session, link, changes, actor=actor, at=at, reason=reason)


def change(
    session: Session,
    link: Link,
    changes: Mapping[str, Any],
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Link:
    """Put right `part`, `valid_from`, `remark` of a locked link, or end it with its last day (`valid_to`; None takes
    the end back).

    Raises:
        Invalid: a part its kind has not, an end before the beginning, a beginning outside the campaign or too far
            ahead, or no reason.
        Refused: the two are linked by another link on one of the days.
        Stale: the link is not at `expected_version`.
    """
    errors = [] if reason.strip() else [FieldError("reason", "required")]
    since, until = changes.get("valid_from", link.valid_from), changes.get("valid_to", link.valid_to)
    if until is not None and until < since:
        field = "valid_to" if "valid_to" in changes else "valid_from"
        errors.append(FieldError(field, "ends_before_it_begins"))
    if errors:
        raise Invalid(errors)
    campaign = campaigns().get(link.campaign)
    if since != link.valid_from:
        if campaign is not None:
            _require_within(campaign, since)
        require_near(since, today=at.astimezone(session.info["zone"]).date())
    kind = None if campaign is None else campaign.links.get(link.kind)
    if kind is not None:
        _check_part(kind, changes.get("part", link.part))
    told = NewLink(link.kind, link.holder_id, link.region_code, since, link.object_id)
    others = [each for each in between(session, link.campaign, told) if each.id != link.id]
    _refuse_overlap(others, since, until)
    if "valid_to" in changes:
        changes = {**changes, "end_reason": "" if until is None else reason}
    return editions.mend(session, link, changes, actor=actor, at=at, reason=reason, expected_version=expected_version)


def _require_within(campaign: Campaign, valid_from: date) -> None:
    if valid_from < campaign.begins:
        raise Invalid([FieldError("valid_from", "before_the_campaign", {"begins": campaign.begins.isoformat()})])
    if campaign.ends is not None and valid_from > campaign.ends:
        raise Invalid([FieldError("valid_from", "after_the_campaign", {"ends": campaign.ends.isoformat()})])


def require_near(valid_from: date, *, today: date, field: str = "valid_from") -> None:
    """Refuse a link that begins further ahead than anybody plans.

    Raises:
        Invalid: begins_too_far_ahead.
    """
    latest = today + MOST_AHEAD
    if valid_from > latest:
        raise Invalid([FieldError(field, "begins_too_far_ahead", {"latest": latest.isoformat()})])


def withdraw(session: Session, link: Link, *, reason: str, actor: Actor, at: datetime) -> Link:
    """Let a locked link hold on no day at all: its last day is the one before its first. Nothing is deleted."""
    changes = {"valid_to": link.valid_from - timedelta(days=1), "end_reason": reason}
    return editions.mend(session, link, changes, actor=actor, at=at, reason=reason)


def move_with(session: Session, household: Household, *, actor: Actor, at: datetime) -> None:
    """Let the links of a household that moved hold where it now lives."""
    asked = select(Link).where(
        known(Link),
        Link.object_id == household.id,
        Link.valid_to.is_(None),
        Link.region_code != household.region_code,
    )
    for link in session.scalars(asked.with_for_update()).all():
        editions.mend(session, link, {"region_code": household.region_code}, actor=actor, at=at)


def active(on: date) -> ColumnElement[bool]:
    """Return the condition on `Link` that holds for the links that cover a day."""
    return and_(Link.valid_from <= on, or_(Link.valid_to.is_(None), Link.valid_to >= on))


def _check_part(kind: LinkKind, part: str) -> None:
    if part not in kind.least:
        raise Invalid([FieldError("part", "not_a_choice", {"choices": ", ".join(kind.least)})])


def _refuse_overlap(others: Sequence[Link], since: date, until: date | None = None) -> None:
    for other in others:
        if other.valid_to is not None and other.valid_to < other.valid_from:
            continue
        if since <= (other.valid_to or date.max) and other.valid_from <= (until or date.max):
            raise refused("linked_already", since=other.valid_from.isoformat())


def between(session: Session, campaign: str, told: NewLink) -> Sequence[Link]:
    """Return the links of the same kind between the same two, ended ones too, as they are known now.

    Until the transaction ends nobody else begins one or moves one between them.
    """
    ends = (campaign, told.kind, told.holder_id, told.object_id or told.region_code)
    alone.hold(session, "link", *ends)
    asked = select(Link).where(
        known(Link),
        Link.campaign == campaign,
        Link.kind == told.kind,
        Link.holder_id == told.holder_id,
        Link.object_id == told.object_id if told.object_id is not None else Link.region_code == told.region_code,
    )
    return session.scalars(asked.order_by(Link.valid_from)).all()


def hold_all(session: Session, ends: Iterable[tuple[str, str, UUID, UUID]]) -> None:
    """Let nobody else begin or move a link between these (campaign, kind, holder, object) until the transaction ends,
    as `between` does for two."""
    alone.hold_all(session, "link", ends)


def of_objects(session: Session, kinds: Collection[str], object_ids: Collection[UUID]) -> dict[UUID, list[Link]]:
    """Return the links of some kinds to these objects, ended ones too, oldest first; all are locked for a change."""
    found: dict[UUID, list[Link]] = {}
    if object_ids:
        asked = and_(Link.kind.in_(kinds), Link.object_id.in_(object_ids))
        rows = editions.newest_of(session, Link, asked, lock=True)
        for link in sorted(rows, key=lambda row: row.valid_from):
            if link.object_id is not None:
                found.setdefault(link.object_id, []).append(link)
    return found


def told_of_county(
    session: Session, parts: Collection[str], region_code: str
) -> Iterator[tuple[Link, Member, Household]]:
    """Yield the links of members to households of a county, as one of these parts, that have not ended."""
    asked = (
        select(Link, Member, Household)
        .join(Member, and_(Member.id == Link.holder_id, known(Member)))
        .join(Household, and_(Household.id == Link.object_id, known(Household)))
        .where(
            known(Link),
            Link.part.in_(parts),
            Link.valid_to.is_(None),
            lies_in(Link.region_code, region_code),
        )
        .order_by(Link.campaign, Member.name, Link.valid_from, Link.id)
    )
    yield from session.execute(asked).all()
