"""Robots of group chats as the administrator makes, tries and ends them; each of it is in the audit log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from casework.core import reading
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import invalid, refused
from casework.core.outbound import Allowed
from casework.registry import audit
from casework.registry import queries as registry
from casework.robots import actions
from casework.robots.tables import Robot
from workflows.outside import webhooks

MANAGE = "webhook.manage"
MOST_ROBOTS = 100
TRIAL = "robot_trial"
LABEL_LENGTH, SECRET_LENGTH = 60, 200


def make(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime, allowed: Allowed) -> Robot:
    """Keep a robot: `kind`, `label`, `url`; `org`, `secret` (钉钉 with signing), `digests`, `alarms` if wanted.

    Raises:
        Invalid: every mistake; an address that nothing may be sent to is one.
        Refused: there are enough.
    """
    readers: reading.Readers = {
        "kind": reading.choice("kind", actions.KINDS),
        "label": reading.line("label", LABEL_LENGTH, required=True),
        "url": lambda value: webhooks.read_url(value, field="url", allowed=allowed),
        "org": lambda value: _org(session, value),
        "secret": reading.line("secret", SECRET_LENGTH),
        "digests": reading.flag("digests"),
        "alarms": reading.flag("alarms"),
    }
    told = reading.fields(raw, readers, required=("kind", "label", "url"))
    digests, alarms = bool(told.get("digests")), bool(told.get("alarms"))
    if not digests and not alarms:
        raise invalid("digests", "robot_says_nothing")
    if told.get("secret") and told["kind"] != "dingtalk":
        raise invalid("secret", "secret_not_here")
    if len(actions.living(session)) >= MOST_ROBOTS:
        raise refused("robots_enough", most=MOST_ROBOTS)
    values = {
        "kind": told["kind"],
        "label": told["label"],
        "org_id": told.get("org"),
        "address": told["url"],
        "secret": told.get("secret") or None,
        "digests": digests,
        "alarms": alarms,
    }
    row = actions.add(session, values, actor=actor, at=at)
    _audit(session, "robot.made", row, actor=actor, at=at)
    return row


def mend(session: Session, robot_id: UUID, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Robot:
    """Change the `label` of a robot, or what it says (`digests`, `alarms`).

    Raises:
        NotFound: there is no such robot.
        Invalid: every mistake; a robot that says nothing is one.
    """
    row = actions.get(session, robot_id)
    readers: reading.Readers = {
        "label": reading.line("label", LABEL_LENGTH, required=True),
        "digests": reading.flag("digests"),
        "alarms": reading.flag("alarms"),
    }
    told = reading.fields(raw, readers, required=())
    if not told.get("digests", row.digests) and not told.get("alarms", row.alarms):
        raise invalid("digests", "robot_says_nothing")
    for name, value in told.items():
        setattr(row, name, value)
    session.flush()
    _audit(session, "robot.mended", row, actor=actor, at=at)
    return row


def end(session: Session, robot_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Say nothing more in a group.

    Raises:
        NotFound: there is no such robot.
    """
    row = actions.get(session, robot_id)
    actions.end(session, row, at=at)
    _audit(session, "robot.ended", row, actor=actor, at=at)


def try_out(session: Session, robot_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Say something of no matter, at once.

    Raises:
        NotFound: there is no such robot.
    """
    row = actions.get(session, robot_id)
    actions.write(session, row, key=f"trial {uuid4()}", code=TRIAL, facts={}, at=at, hold_until=at)
    _audit(session, "robot.tried", row, actor=actor, at=at)


def _org(session: Session, value: Any) -> UUID | None:
    code = reading.line("org", 64)(value)
    if not code:
        return None
    org = registry.orgs_by_code(session, [code]).get(code)
    if org is None:
        raise invalid("org", "no_such_org", value=code)
    return org.id


def _audit(session: Session, event: str, row: Robot, *, actor: Actor, at: datetime) -> None:
    facts = {"robot": str(row.id), "kind": row.kind, "label": row.label}
    audit.record(session, event=event, actor=actor, at=at, facts=facts)
