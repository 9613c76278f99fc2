"""The small county in a campaign: 陈委员 is a member and linked to 张树生's household, 罗敏 to another's. All invented."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.campaign.links import links
from casework.campaign.links.links import NewLink
from casework.campaign.loader import campaigns
from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.households.actions import NewHousehold
from casework.households.actions import enter as enter_household
from casework.members.actions import NewMember
from casework.members.actions import enter as enter_member
from tests.world import COUNTY, MORNING, VILLAGE, World

CAMPAIGN = "SLSC-2022"
SINCE = date(2026, 10, 12)
HEAD, PHONE = "张树生", "13900003333"


@dataclass(frozen=True)
class Tied:
    """Members and households by id. `mine` is linked to 陈委员 since SINCE, `other` to 罗敏, `free` to nobody."""

    member: UUID
    colleague: UUID
    mine: UUID
    other: UUID
    free: UUID


def tie(world: World, *, at: datetime = MORNING) -> Tied:
    """Enter members, households and links; 陈委员's account is the member 陈青山's."""
    with world.db.transaction() as session:
        actor = world["he"]
        member = _member(session, "陈青山", actor, at)
        own = {"person_id": world["chen"].person_id}
        editions.mend(session, member, own, actor=actor, at=at)
        colleague = _member(session, "罗敏", actor, at)
        households = [
            enter_household(session, NewHousehold(VILLAGE, name, phone=PHONE, people=4), actor=actor, at=at)
            for name in (HEAD, "李小芳", "王建国")
        ]
        for holder, household in zip((member, colleague), households, strict=False):
            link(session, holder.id, household.id, actor=actor, at=at)
        return Tied(member.id, colleague.id, *(each.id for each in households))


def link(session: Session, member: UUID, household: UUID, *, actor: Actor, at: datetime, since: date = SINCE) -> Any:
    """Link a member to a household."""
    told = NewLink("member_household", member, VILLAGE, since, household, "poverty_alleviated")
    return links.begin(session, campaigns()[CAMPAIGN], told, actor=actor, at=at)


def _member(session: Session, name: str, actor: Actor, at: datetime) -> Any:
    told = NewMember(name=name, region_code=COUNTY, valid_from=date(2021, 12, 20))
    return enter_member(session, told, actor=actor, at=at)
