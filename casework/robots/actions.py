"""Making and ending robots; writing and taking their messages."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.errors import NotFound
from casework.core.fates import UNCERTAIN
from casework.core.ids import new_id
from casework.core.upserts import insert_into
from casework.robots.tables import Robot, RobotMessage

KINDS = ("wecom", "dingtalk")
# Both 企业微信 and 钉钉 take twenty a minute of a robot and shut it up for a while beyond.
MOST_A_MINUTE = 20
_MINUTE = timedelta(minutes=1)


def add(session: Session, values: Mapping[str, Any], *, actor: Actor, at: datetime) -> Robot:
    """Keep a robot; its address and secret are encrypted."""
    row_id, ring = new_id(), keyring_of(session)
    sealed = {
        name: ring.encrypt(values[name], table="robots", column=name, row_id=row_id) if values.get(name) else None
        for name in ("address", "secret")
    }
    row = Robot(
        id=row_id,
        rests_until=None,
        created_at=at,
        made_by=actor.person_id,
        ended_at=None,
        **{**values, **sealed},
    )
    session.put(row, keep=True)
    session.flush()
    return row


def opened(session: Session, row: Robot) -> tuple[str, str]:
    """Return the address and the secret of a robot in plain; the secret may be empty."""
    ring = keyring_of(session)
    address = ring.decrypt(row.address, table="robots", column="address", row_id=row.id)
    return address, "" if row.secret is None else ring.decrypt(
        row.secret, table="robots", column="secret", row_id=row.id
    )


def living(session: Session) -> Sequence[Robot]:
    """Return the robots that are not ended, the oldest first."""
    return session.scalars(select(Robot).where(Robot.ended_at.is_(None)).order_by(Robot.id)).all()


def get(session: Session, robot_id: UUID, *, lock: bool = True) -> Robot:
    """Return a robot that is not ended, locked unless it is only looked at.

    Raises:
        NotFound: there is none of this id.
    """
    row = session.get(Robot, robot_id, with_for_update=True if lock else None)
    if row is None or row.ended_at is not None:
        raise NotFound("robot")
    return row


def end(session: Session, row: Robot, *, at: datetime) -> None:
    """End a locked robot; what waits for it is dropped when its time comes."""
    row.ended_at = at
    session.flush()


# ------------------------------------------------------------------ messages
def write(
    session: Session,
    robot: Robot,
    *,
    key: str,
    code: str,
    facts: Mapping[str, Any],
    at: datetime,
    hold_until: datetime,
) -> bool:
    """Write one message; False when the robot was given it already."""
    row = {
        "id": new_id(),
        "robot_id": robot.id,
        "key": key,
        "code": code,
        "facts": dict(facts),
        "created_at": at,
        "hold_until": hold_until,
        "fate": "waiting",
        "attempts": 0,
    }
    made = session.execute(
        insert_into(session, RobotMessage)
        .values(row)
        .on_conflict_do_nothing(index_elements=["robot_id", "key"])
        .returning(RobotMessage.id)
    ).all()
    session.has_news()
    return bool(made)


def heard(session: Session, robot: Robot, keys: Collection[str]) -> frozenset[str]:
    """Return which of the messages a robot's group has heard, will hear, or may have heard."""
    asked = select(RobotMessage.key).where(RobotMessage.robot_id == robot.id, RobotMessage.key.in_(keys))
    may_be = or_(RobotMessage.fate.in_(("waiting", "sent")), RobotMessage.fate_reason == UNCERTAIN)
    return frozenset(session.scalars(asked.where(may_be)))


def with_due(session: Session, *, at: datetime) -> Sequence[Robot]:
    """Return, locked, the robots for which something is due and that do not rest; ended ones too."""
    due = select(RobotMessage.robot_id).where(RobotMessage.fate == "waiting", RobotMessage.hold_until <= at)
    rested = or_(Robot.rests_until.is_(None), Robot.rests_until <= at)
    return session.scalars(
        select(Robot)
        .where(Robot.id.in_(due), rested)
        .order_by(Robot.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def take_due(session: Session, robot: Robot, *, at: datetime) -> Sequence[RobotMessage]:
    """Take what a locked robot may still say in this minute, the oldest first."""
    tried = select(func.count()).where(RobotMessage.robot_id == robot.id, RobotMessage.tried_at > at - _MINUTE)
    room = MOST_A_MINUTE - (session.scalar(tried) or 0)
    if room <= 0:
        robot.rests_until = at + _MINUTE
        return []
    return session.scalars(
        select(RobotMessage)
        .where(RobotMessage.robot_id == robot.id, RobotMessage.fate == "waiting", RobotMessage.hold_until <= at)
        .order_by(RobotMessage.hold_until, RobotMessage.id)
        .limit(room)
    ).all()


def messages_of(session: Session, robot_id: UUID, *, before: UUID | None = None, limit: int) -> Sequence[RobotMessage]:
    """Return what a robot was given to say, the latest first; `before`: the last one seen."""
    asked = select(RobotMessage).where(RobotMessage.robot_id == robot_id)
    if before is not None:
        asked = asked.where(RobotMessage.id < before)
    return session.scalars(asked.order_by(RobotMessage.id.desc()).limit(limit)).all()


def fates(session: Session, *, since: datetime) -> Sequence[tuple[str, str, int]]:
    """Return how many messages of each kind of robot met each fate since an instant."""
    rows = session.execute(
        select(Robot.kind, RobotMessage.fate, func.count())
        .join(Robot, Robot.id == RobotMessage.robot_id)
        .where(RobotMessage.created_at >= since)
        .group_by(Robot.kind, RobotMessage.fate)
        .order_by(Robot.kind, RobotMessage.fate)
    )
    return [(kind, fate, n) for kind, fate, n in rows]


def latest(
    session: Session, *, since: datetime, kind: str | None, fate: str | None, limit: int
) -> Sequence[tuple[RobotMessage, Robot]]:
    """Return the latest messages with their robots, newest first; `kind` and `fate` narrow them."""
    chosen = select(RobotMessage, Robot).join(Robot, Robot.id == RobotMessage.robot_id)
    chosen = chosen.where(RobotMessage.created_at >= since)
    if kind is not None:
        chosen = chosen.where(Robot.kind == kind)
    if fate is not None:
        chosen = chosen.where(RobotMessage.fate == fate)
    rows = session.execute(chosen.order_by(RobotMessage.created_at.desc(), RobotMessage.id.desc()).limit(limit))
    return [(message, robot) for message, robot in rows]


def forget_old(session: Session, *, before: datetime) -> int:
    """Delete what was said long ago; return how many."""
    gone = session.execute(delete(RobotMessage).where(RobotMessage.created_at < before, RobotMessage.fate != "waiting"))
    return int(getattr(gone, "rowcount", 0))
