"""Robots of group chats: what is due is said in each group, at most as often as 企业微信 and 钉钉 take it.

What it says is made at that moment: what has been closed since is left out, and a message of which nothing is left is
dropped. The try is counted before anything is sent. A robot cannot tell a repeated message from a new one, so what may
have got through is never sent again: it stays as failed, `uncertain` (nothing is said twice).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import uniform
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID
from zoneinfo import ZoneInfo

from structlog import get_logger

from casework.cases.tables import Case
from casework.core import fates
from casework.core.database import Session
from casework.core.i18n import say
from casework.core.ids import parse_id
from casework.core.office import Office
from casework.robots import actions
from casework.robots.tables import Robot, RobotMessage
from tasks.sending import groups, posting, releasing
from tasks.sending.posting import Answer, NotSent
from workflows.firing import MATTERS
from workflows.notices import sentence
from workflows.outside.robots import TRIAL

MOST_ATTEMPTS = 8
LOCALE = "zh"
# The longest text each takes, in bytes; 钉钉 takes more than anybody reads.
_LONGEST = {"wecom": 2048, "dingtalk": 6000}
# What they answer to one who writes too much, and for how long that one is better silent.
_TOO_MUCH: Mapping[str, tuple[frozenset[int], timedelta]] = {
    "wecom": (frozenset({45009, 45033}), timedelta(minutes=1)),
    "dingtalk": (frozenset({130101, 130102}), timedelta(minutes=10)),
}
_BUSY = -1
_FIRST_DELAY, _LONGEST_DELAY = timedelta(seconds=61), timedelta(hours=6)
_NOT_TAKEN = frozenset({429, 500, 503})


@dataclass(frozen=True, slots=True)
class _Saying:
    message_id: UUID
    robot_id: UUID
    kind: str
    address: str
    secret: str
    text: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a try: `sent`, `again` or `failed`; `rest`: how long the robot is to be silent."""

    fate: str
    reason: str | None = None
    rest: timedelta | None = None


class Crier:
    """Sends for one worker."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def send_due(self, *, at: datetime) -> int:
        """Send what is due at `at`; return how many messages were tried."""
        sayings = self._take(at)
        for saying in sayings:
            self._note(saying, self._say(saying, at=at), at=at)
        return len(sayings)

    def _take(self, at: datetime) -> list[_Saying]:
        found: list[_Saying] = []
        zone = self._office.settings.zone
        with self._office.db.transaction() as session:
            for robot in actions.with_due(session, at=at):
                address, secret = actions.opened(session, robot)
                for message in actions.take_due(session, robot, at=at):
                    text = _ready(session, robot, message, zone=zone)
                    if text is None:
                        continue
                    delay = min(_FIRST_DELAY * 2**message.attempts, _LONGEST_DELAY) * uniform(1.0, 1.2)
                    fates.begin_try(message, again_at=at + delay)
                    message.tried_at = at
                    found.append(_Saying(message.id, robot.id, robot.kind, address, secret, text))
        return found

    def _say(self, saying: _Saying, *, at: datetime) -> _Outcome:
        allowed = self._office.settings.webhook_allow
        url = signed(saying.address, saying.secret, at=at) if saying.secret else saying.address
        body = json.dumps({"msgtype": "text", "text": {"content": saying.text}}, ensure_ascii=False).encode()
        try:
            answer = posting.post(url, body, {"Content-Type": "application/json"}, allowed=allowed, at=at)
        except NotSent as why:
            return _Outcome("failed", fates.UNCERTAIN) if why.begun else _Outcome("again", str(why))
        return judged(saying.kind, answer)

    def _note(self, saying: _Saying, outcome: _Outcome, *, at: datetime) -> None:
        with self._office.db.transaction() as session:
            message = session.get(RobotMessage, saying.message_id, with_for_update=True)
            if message is None:
                return
            fates.note_try(message, outcome.fate, outcome.reason, most=MOST_ATTEMPTS, at=at)
            if outcome.rest is not None:
                robot = session.get(Robot, saying.robot_id, with_for_update=True)
                if robot is not None:
                    robot.rests_until = at + outcome.rest
        if outcome.fate != "sent":
            get_logger().warning("robot_not_heard", kind=saying.kind, why=outcome.reason)


def signed(address: str, secret: str, *, at: datetime) -> str:
    """Return the address of a 钉钉 robot with its signature: HMAC-SHA256 over timestamp and secret, base64."""
    stamp = str(int(at.timestamp() * 1000))
    mark = base64.b64encode(hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256)).decode()
    return f"{address}{'&' if '?' in address else '?'}timestamp={stamp}&sign={quote_plus(mark)}"


def judged(kind: str, answer: Answer) -> _Outcome:
    """Read what a robot answered: `errcode` 0 is taken, too much means silence for a while, else for good."""
    if answer.status in _NOT_TAKEN:
        return _Outcome("again", f"HTTP {answer.status}", answer.retry_after)
    if answer.status != 200:
        return _Outcome("failed", f"HTTP {answer.status}" if answer.status < 500 else fates.UNCERTAIN)
    try:
        told = json.loads(answer.body)
        code = told["errcode"]
    except (ValueError, TypeError, KeyError):
        return _Outcome("failed", fates.UNCERTAIN)
    if code == 0:
        return _Outcome("sent")
    too_much, rest = _TOO_MUCH[kind]
    if code in too_much:
        return _Outcome("again", f"errcode {code}", rest)
    return _Outcome("again" if code == _BUSY else "failed", f"errcode {code}"[:60])


# ------------------------------------------------------------------ what is said
def _ready(session: Session, robot: Robot, message: RobotMessage, *, zone: ZoneInfo) -> str | None:
    """Return the text of a message as things are now; None when it is settled without being sent."""
    if robot.ended_at is not None:
        fates.drop(message, reason="robot_ended")
    elif message.fate_reason == fates.UNCERTAIN:
        fates.fail(message, reason=fates.UNCERTAIN)
    elif (text := composed(session, robot, message, zone=zone)) is None:
        fates.drop(message, reason="nothing_left")
    else:
        return text
    return None


def composed(session: Session, robot: Robot, message: RobotMessage, *, zone: ZoneInfo) -> str | None:
    """Write a message: its head, a line for each thing that is still of use, what did not fit; None: nothing is."""
    head = say(f"notice.{message.code}", locale=LOCALE)
    if message.code == groups.ALARM:
        return f"{head}\n{sentence('system_ailing', message.facts, locale=LOCALE, zone=zone)}"
    if message.code == TRIAL:
        return head
    lines = [f"- {each}" for each in _lines(session, message, zone=zone)]
    if not lines:
        return None
    return _fitting(head, lines, unsaid=int(message.facts.get("more") or 0), longest=_LONGEST[robot.kind])


def _lines(session: Session, message: RobotMessage, *, zone: ZoneInfo) -> Iterator[str]:
    for group in message.facts.get("groups", ()):
        matter = _matter(session, str(group["matter_id"]))
        if matter is None or not matter.is_open:
            continue
        for line in group["lines"]:
            if not isinstance(matter, Case) or releasing.is_of_use(line["code"], line["facts"], matter):
                yield sentence(line["code"], line["facts"], locale=LOCALE, zone=zone)


def _matter(session: Session, told: str) -> Any:
    matter_id = parse_id(told)
    found = (session.get(each, matter_id) for each in MATTERS.values()) if matter_id is not None else ()
    return next((each for each in found if each is not None), None)


def _fitting(head: str, lines: list[str], *, unsaid: int, longest: int) -> str:
    for kept in range(len(lines), 0, -1):
        left = unsaid + len(lines) - kept
        foot = [say("mail.more", locale=LOCALE, count=left)] if left else []
        text = "\n".join([head, *lines[:kept], *foot])
        if len(text.encode()) <= longest:
            return text
    return head
