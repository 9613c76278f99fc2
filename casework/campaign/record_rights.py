"""Who may enter and mend the plain records of a campaign, by the rules of permissions.toml.

The office over the place enters and mends all. A member enters what is their own, and mends it for some days; of
activities these are visits to households and duties at the members' home alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from casework.activities.tables import Activity
from casework.announcements.tables import Receipt
from casework.campaign import goals
from casework.campaign.record_visibility import FAMILIES, own_member, subject_of
from casework.campaign.tables import Goal, Plan
from casework.campaign.visits import VISIT
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Denied, refused
from casework.households.tables import IncomeEstimate
from casework.permissions import permits, require

# What of a goal only the office says.
SETTLED = (goals.VERIFIED, goals.LAPSED)
# Activities that members enter themselves.
MADE_BY_MEMBERS = (VISIT, "member_home")
# So long a member mends what they entered; later the office does.
MENDING_DAYS = 10


@dataclass(frozen=True, slots=True)
class Rights:
    """The permissions of a family of records; `enter` is what a member needs for their own."""

    read: str
    enter: str
    write: str


RIGHTS: Mapping[str, Rights] = {
    "industry": Rights("industry.read", "industry.write", "industry.write"),
    "leader": Rights("leader.read", "leader.write", "leader.write"),
    "project": Rights("project.read", "project.write", "project.write"),
    "activity": Rights("activity.read", "activity.enter", "activity.write"),
    "attendance": Rights("activity.read", "activity.write", "activity.write"),
    "cosignature": Rights("contribution.read", "contribution.write", "contribution.write"),
    "contribution": Rights("contribution.read", "contribution.enter", "contribution.write"),
    "lead": Rights("lead.read", "lead.enter", "lead.write"),
    "goal": Rights("goal.read", "goal.claim", "goal.write"),
    "income": Rights("income.read", "income.enter", "income.write"),
    "slogan": Rights("slogan.read", "slogan.write", "slogan.write"),
    "duty": Rights("duty.read", "duty.write", "duty.write"),
    "announcement": Rights("announcement.read", "announcement.write", "announcement.write"),
    "receipt": Rights("announcement.read", "announcement.answer", "announcement.write"),
}


def rights_of(table: Any) -> Rights:
    """Return the permissions of a kind of record."""
    return RIGHTS[FAMILIES[table]]


def require_entering(session: Session, row: Any, *, actor: Actor, at: datetime) -> None:
    """Let the actor enter this record.

    Raises:
        Denied: it is neither in a place of theirs nor their own.
    """
    is_office = _require(session, row, actor, at)
    if isinstance(row, Goal | Plan) and not is_office:
        raise Denied(rights_of(Goal).write)


def is_office(session: Session, row: Any, *, actor: Actor, at: datetime) -> bool:
    """Say whether the actor may write a record as the office, not as its own maker."""
    subject = subject_of(session, row, on=at.astimezone(session.info["zone"]).date())
    return permits(actor, rights_of(type(row)).write, subject)


def require_office(session: Session, row: Any, *, actor: Actor, at: datetime) -> None:
    """Let the office pass.

    Raises:
        Denied: it is not in a place of the actor's.
    """
    if not is_office(session, row, actor=actor, at=at):
        raise Denied(rights_of(type(row)).write)


def require_outcome(session: Session, row: Any, *, actor: Actor, at: datetime) -> None:
    """Let the actor make of a record what it now is; see `require_entering`."""
    _require(session, row, actor, at)


def require_mending(session: Session, row: Any, *, actor: Actor, at: datetime) -> None:
    """Let the actor mend a record as it is.

    Raises:
        Denied: it is neither in a place of theirs nor their own.
        Refused: it is their own, and settled by now.
    """
    is_office = _require(session, row, actor, at)
    if (
        not is_office
        and not isinstance(row, Goal | Plan | Receipt)
        and at - row.created_at > timedelta(days=MENDING_DAYS)
    ):
        raise refused("record_settled", days=MENDING_DAYS)


def _require(session: Session, row: Any, actor: Actor, at: datetime) -> bool:
    """Let the actor pass and say whether they do so as the office."""
    rights = rights_of(type(row))
    if is_office(session, row, actor=actor, at=at):
        return True
    subject = subject_of(session, row, on=at.astimezone(session.info["zone"]).date())
    require(actor, rights.enter, subject)
    if isinstance(row, Goal):
        # Whoever is linked says what is reached; what has come of it is for the office to say.
        if row.state in SETTLED:
            raise Denied(rights.write)
        return False
    if isinstance(row, Receipt):
        # Who gets an announcement answers it; to whom it went is for the office to say.
        if row.withdrawn:
            raise Denied(rights.write)
        return False
    if isinstance(row, Plan | IncomeEstimate):
        # Whoever is linked to the household knows it best.
        return False
    # Whoever came along reads a visit; whoever made it writes it.
    is_own_to_make = not isinstance(row, Activity) or row.kind in MADE_BY_MEMBERS
    if not is_own_to_make or row.member_id != own_member(session, actor):
        raise Denied(rights.write)
    return False
