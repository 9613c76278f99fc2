"""What the robots of group chats are given to say: a unit's morning, what cannot wait, and alarms.

A group hears what its unit's people were told about matters that have a number, once for all of them; never a message
that names a person, for who is in a group nobody knows. What was said is known by its key, so nothing is said twice.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from casework.matters.tables import Notice, OutboxEvent
from casework.registry.recipients import Recipient
from casework.robots import actions as robots
from casework.robots.tables import Robot
from tasks.sending import releasing
from tasks.telling import Telling

DIGEST, URGENT, ALARM = "robot_digest", "robot_urgent", "robot_alarm"
_OFFICE_ROLES = ("clerk", "head")
_ROLES = (*_OFFICE_ROLES, "handler", "unit_head")
# A message about a matter names it by one of these, and none that could be somebody's name is among its facts.
_NUMBERS = frozenset({"number", "matter", "meeting"})
_SAFE = _NUMBERS | {
    *("due_at", "until", "workflow", "kind", "level", "n", "months", "quarter", "year", "day", "left", "reason_code"),
}


def members(telling: Telling, robot: Robot) -> frozenset[UUID]:
    """Return whose messages a robot's group hears: the people of its unit, or of the office."""
    if robot.org_id is None:
        return frozenset(telling.people.anywhere(_OFFICE_ROLES))
    return frozenset(telling.people.within(_ROLES, robot.org_id))


def names_nobody(facts: Mapping[str, Any]) -> bool:
    """Say whether a message is about a numbered matter and tells nothing of a person."""
    return bool(_NUMBERS & facts.keys()) and facts.keys() <= _SAFE


def morning(
    telling: Telling, robot: Robot, found: Mapping[UUID, Sequence[Notice]], recipients: Mapping[UUID, Recipient]
) -> list[Notice]:
    """Choose what a group hears in the morning: each message once, however many were told, and not what it heard."""
    chosen: dict[tuple[UUID, str], Notice] = {}
    for person_id in sorted(members(telling, robot) & found.keys() & recipients.keys()):
        for notice in found[person_id]:
            if notice.matter_id is None or not names_nobody(notice.facts):
                continue
            if releasing.why_not(telling, recipients[person_id], notice) is None:
                chosen.setdefault((notice.event_id, notice.code), notice)
    heard = robots.heard(telling.session, robot, [_key(*each) for each in chosen])
    return [notice for each, notice in chosen.items() if _key(*each) not in heard]


def _key(event_id: UUID, code: str) -> str:
    return f"{event_id} {code}"


def shout(telling: Telling, event: OutboxEvent, *, code: str, facts: Mapping[str, Any], told: Sequence[UUID]) -> None:
    """Say at once what cannot wait, in the groups of those who are told of it."""
    if not told or not names_nobody(facts):
        return
    line = {"code": code, "facts": dict(facts), "at": telling.at.isoformat()}
    group = {"matter_id": str(event.matter_id), "number": facts.get("number"), "lines": [line]}
    for robot in robots.living(telling.session):
        if robot.digests and members(telling, robot).intersection(told):
            robots.write(
                telling.session,
                robot,
                key=_key(event.id, code),
                code=URGENT,
                facts={"groups": [group]},
                at=telling.at,
                hold_until=telling.at,
            )


def alarm(telling: Telling, event: OutboxEvent, *, checks: Sequence[str]) -> None:
    """Say in the groups that want alarms what is at fault, when the office opens."""
    for robot in robots.living(telling.session):
        if robot.alarms:
            robots.write(
                telling.session,
                robot,
                key=str(event.id),
                code=ALARM,
                facts={"checks": list(checks)},
                at=telling.at,
                hold_until=telling.calendar.next_opening(telling.at),
            )
