"""Robots of group chats as the API takes and gives them; an address and a secret stand in no answer."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from casework.core import outbound
from casework.robots.actions import KINDS
from web.api.requests import Request, coded, one_of, text
from web.api.schemas import ListOut, Model
from workflows.outside.robots import LABEL_LENGTH, SECRET_LENGTH


class RobotIn(Request):
    """A robot: of which service, in which unit's group (left out: the office's), and what it says (one at least)."""

    kind: str = one_of(KINDS)
    label: str = text(LABEL_LENGTH)
    url: str = text(outbound.MOST_LETTERS)
    org: str = coded(default=None)
    secret: str = text(SECRET_LENGTH, default=None)
    digests: bool = Field(None)  # type: ignore[assignment] # left out
    alarms: bool = Field(None)  # type: ignore[assignment] # left out


class RobotPatch(Request):
    """What may be changed of a robot."""

    label: str = text(LABEL_LENGTH, default=None)
    digests: bool = Field(None)  # type: ignore[assignment] # left out
    alarms: bool = Field(None)  # type: ignore[assignment] # left out


class RobotOut(Model):
    """A robot. `is_signed`: its messages carry a signature; `rests_until`: it was told that it writes too much."""

    id: UUID
    kind: str
    label: str
    org: str | None
    digests: bool
    alarms: bool
    is_signed: bool
    rests_until: datetime | None
    created_at: datetime


class RobotList(ListOut):
    """Robots, the oldest first."""

    items: list[RobotOut]


class MessageOut(Model):
    """One message: what it was about, as a code, and what became of it."""

    id: UUID
    code: str
    fate: str
    reason: str | None
    attempts: int
    created_at: datetime
    sent_at: datetime | None


class RobotMessageList(ListOut):
    """Messages of a robot, the latest first."""

    items: list[MessageOut]
