"""Lists of households with what they count as: by place, category, watch, member, and the head's whole name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import aliased

from casework.campaign.links import listing
from casework.campaign.links.links import active
from casework.campaign.links.listing import Key
from casework.campaign.tables import Link
from casework.campaign.visibility import visible_households
from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known
from casework.core.encryption import keyring_of
from casework.households.actions import CATEGORY, WATCH
from casework.households.tables import Household, HouseholdStatus


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed to; None or an empty tuple narrows nothing. `linked`: with a link today, or without."""

    regions: tuple[str, ...] = ()
    category: str | None = None
    watch: str | None = None
    member: UUID | None = None
    head_name: str | None = None
    linked: bool | None = None


@dataclass(frozen=True, slots=True)
class HouseholdFile:
    """A household with all it counted as or was watched for, oldest first."""

    household: Household
    statuses: Sequence[HouseholdStatus]

    @property
    def version(self) -> int:
        """How often the household or what it counts as was written, counting on from 1."""
        return editions.version_with(self.household, self.statuses)

    @property
    def updated_at(self) -> datetime:
        """When any of it was last written."""
        return editions.latest(self.household, self.statuses)

    def codes(self, part: str, *, on: date) -> list[str]:
        """Return what it counts as, or is watched for, on a day."""
        return [each.code for each in self.statuses if each.part == part and holds(each, on)]


def holds(status: HouseholdStatus, on: date) -> bool:
    """Say whether a status covers a day."""
    return status.valid_from <= on and (status.valid_to is None or status.valid_to >= on)


def page(
    session: Session, actor: Actor, asked: Asked, *, on: date, after: Key | None, limit: int
) -> Sequence[HouseholdFile]:
    """Return up to `limit` households by place, from behind a key on; `on` is today."""
    found = listing.after(_asked(session, actor, asked, on=on), Household.region_code, Household.id, after)
    return files(session, session.scalars(found.limit(limit)).all())


def count(session: Session, actor: Actor, asked: Asked, *, on: date) -> int:
    """Count the households that fit."""
    return listing.count(session, _asked(session, actor, asked, on=on))


def files(session: Session, rows: Sequence[Household]) -> Sequence[HouseholdFile]:
    """Return households with what they count as."""
    statuses: dict[UUID, list[HouseholdStatus]] = {row.id: [] for row in rows}
    asked = select(HouseholdStatus).where(known(HouseholdStatus), HouseholdStatus.household_id.in_(statuses))
    for each in session.scalars(asked.order_by(HouseholdStatus.valid_from)) if rows else ():
        statuses[each.household_id].append(each)
    return [HouseholdFile(row, statuses[row.id]) for row in rows]


def _asked(session: Session, actor: Actor, asked: Asked, *, on: date) -> Select[Any]:
    found = select(Household).where(known(Household), visible_households(actor, on=on))
    if asked.regions:
        found = found.where(listing.within(Household.region_code, asked.regions))
    for part, code in ((CATEGORY, asked.category), (WATCH, asked.watch)):
        if code is not None:
            found = found.where(_counts_as(part, code, on))
    if asked.head_name is not None:
        found = found.where(Household.head_name_index.in_(keyring_of(session).blind_indexes(asked.head_name)))
    if asked.member is not None:
        found = found.where(_linked(on, member=asked.member))
    if asked.linked is not None:
        found = found.where(_linked(on) if asked.linked else ~_linked(on))
    return found


def _counts_as(part: str, code: str, on: date) -> ColumnElement[bool]:
    status = aliased(HouseholdStatus)
    return (
        select(status.id)
        .where(
            status.household_id == Household.id,
            known(status),
            status.part == part,
            status.code == code,
            status.valid_from <= on,
            or_(status.valid_to.is_(None), status.valid_to >= on),
        )
        .exists()
    )


def _linked(on: date, *, member: UUID | None = None) -> ColumnElement[bool]:
    asked = select(Link.id).where(known(Link), Link.object_id == Household.id, active(on))
    return (asked if member is None else asked.where(Link.holder_id == member)).exists()
