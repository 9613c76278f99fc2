"""What was brought to a duty at the members' home: recorded once, with each need as a case in the same save."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.activities.tables import Activity
from casework.campaign import record_rights, records
from casework.campaign.duties import KIND
from casework.campaign.record_visibility import own_member
from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Denied, refused
from casework.duties.tables import Duty, MemberHome
from workflows.campaign import visiting
from workflows.campaign.visiting import Recorded


def require_recording(session: Session, duty: Duty, *, actor: Actor, at: datetime) -> None:
    """Let the office pass, and the member who is on duty.

    Raises:
        Denied: it is somebody else.
    """
    if not record_rights.is_office(session, duty, actor=actor, at=at) and duty.member_id != own_member(session, actor):
        raise Denied(record_rights.rights_of(Activity).enter)


def record(session: Session, duty: Duty, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Recorded:
    """Record what was brought to a locked duty, from what is sent of an activity; place, day and member are its own.

    Raises:
        Invalid: every mistake, those of cases as `cases.0.title`.
        Denied: neither the office nor the member on duty.
        Refused: the duty lies ahead, was taken back, or is recorded already.
    """
    require_recording(session, duty, actor=actor, at=at)
    if duty.withdrawn:
        raise refused("duty_withdrawn")
    if duty.activity_id is not None:
        raise refused("duty_recorded")
    if duty.on_date > at.astimezone(session.info["zone"]).date():
        raise refused("duty_ahead", day=duty.on_date.isoformat())
    home = editions.newest(session, MemberHome, duty.home_id)
    own = {
        "kind": KIND,
        "region_code": home.region_code,
        "on_date": duty.on_date.isoformat(),
        "member_id": str(duty.member_id),
    }
    told = {"title": home.name, **raw, **own}
    made = visiting.record(session, records.ACTIVITY, told, found_in=visiting.CASES, actor=actor, at=at)
    editions.mend(session, duty, {"activity_id": made.activity.id}, actor=actor, at=at)
    return made
