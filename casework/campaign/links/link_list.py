"""Lists of links with the names at both ends: by campaign, kind, holder, object, place, part, and day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from casework.campaign.links import listing
from casework.campaign.links.links import active
from casework.campaign.tables import Link
from casework.campaign.visibility import visible_links
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known
from casework.households.tables import Household
from casework.industries.tables import Industry
from casework.leaders.tables import Leader
from casework.members.tables import Member
from casework.registry import queries as registry


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed to; None or an empty tuple narrows nothing."""

    campaign: str | None = None
    kind: str | None = None
    holder: UUID | None = None
    object: UUID | None = None
    regions: tuple[str, ...] = ()
    part: str | None = None
    active_on: date | None = None


@dataclass(frozen=True, slots=True)
class LinkFile:
    """A link with what its ends are called: a member or a unit; a household by its masked head, or a place."""

    link: Link
    holder_name: str
    object_name: str


def page(
    session: Session, actor: Actor, asked: Asked, *, on: date, before: UUID | None, limit: int
) -> Sequence[LinkFile]:
    """Return up to `limit` links, newest first, those entered before the one of an id; `on` is today."""
    found = _asked(actor, asked, on=on).order_by(Link.id.desc())
    if before is not None:
        found = found.where(Link.id < before)
    return files(session, session.scalars(found.limit(limit)).all())


def count(session: Session, actor: Actor, asked: Asked, *, on: date) -> int:
    """Count the links that fit."""
    return listing.count(session, _asked(actor, asked, on=on))


def of_ends(
    session: Session, actor: Actor, *, holders: Sequence[UUID] = (), objects: Sequence[UUID] = (), on: date
) -> Sequence[LinkFile]:
    """Return the links that these hold, or that are to these, as far as the actor may know of them, oldest first."""
    if not holders and not objects:
        return ()
    ends = Link.holder_id.in_(holders) if holders else Link.object_id.in_(objects)
    asked = select(Link).where(known(Link), visible_links(actor, on=on), ends)
    return files(session, session.scalars(asked.order_by(Link.valid_from, Link.id)).all())


def files(session: Session, links: Sequence[Link]) -> Sequence[LinkFile]:
    """Return links with the names at both ends."""
    objects = {link.object_id for link in links if link.object_id is not None}
    names = holder_names(session, {link.holder_id for link in links})
    heads = _names_of_objects(session, objects)
    places = registry.region_names(session, [link.region_code for link in links if link.object_id is None])
    return [
        LinkFile(
            link,
            names.get(link.holder_id, ""),
            " ".join(places[link.region_code]) if link.object_id is None else heads.get(link.object_id, ""),
        )
        for link in links
    ]


def holder_names(session: Session, holders: set[UUID]) -> Mapping[UUID, str]:
    """Return what members, units and leaders are called, by id."""
    names: dict[UUID, str] = {}
    if holders:
        members = select(Member.id, Member.name).where(known(Member), Member.id.in_(holders))
        names |= {row[0]: row[1] for row in session.execute(members)}
        names |= {org.id: org.name for org in registry.orgs_by_id(session, holders - set(names)).values()}
        leaders = select(Leader.id, Leader.name).where(known(Leader), Leader.id.in_(holders - set(names)))
        names |= {row[0]: row[1] for row in session.execute(leaders)} if holders - set(names) else {}
    return names


def _names_of_objects(session: Session, ids: set[UUID]) -> Mapping[UUID, str]:
    """Return what linked objects are called: households by the mask of their head, industries by name."""
    names: dict[UUID, str] = {}
    for table, column in ((Household, Household.head_name), (Industry, Industry.name)):
        if ids - set(names):
            asked = select(table.id, column).where(known(table), table.id.in_(ids - set(names)))
            names |= {row[0]: row[1] for row in session.execute(asked)}
    return names


def _asked(actor: Actor, asked: Asked, *, on: date) -> Select[Any]:
    found = select(Link).where(known(Link), visible_links(actor, on=on))
    for column, value in (
        (Link.campaign, asked.campaign),
        (Link.kind, asked.kind),
        (Link.holder_id, asked.holder),
        (Link.object_id, asked.object),
        (Link.part, asked.part),
    ):
        if value is not None:
            found = found.where(column == value)
    if asked.regions:
        found = found.where(listing.within(Link.region_code, asked.regions))
    return found if asked.active_on is None else found.where(active(asked.active_on))
