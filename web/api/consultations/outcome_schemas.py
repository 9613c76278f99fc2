"""What the API takes and gives of what comes after a consultation; its rules are in casework/consultations."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from casework.consultations import calls, codes, look_backs, ratings
from web.api.requests import Request, one_of, text, uuid
from web.api.schemas import ListOut, Model, Named


class LookBackIn(Request):
    """What was found looking back: whether what was agreed still holds, and what was seen and who was asked."""

    holds: bool = Field(...)
    finding: str = text(look_backs.FINDING_LENGTH)


class LookBackOut(Model):
    """A look back so many `months` after the minutes; what was found is null until somebody has looked."""

    months: int
    due_on: date
    holds: bool | None
    finding: str | None
    found_by: Named | None
    found_at: datetime | None


class LookBackList(ListOut):
    """The looks back, the first first."""

    items: list[LookBackOut]


class RatingIn(Request):
    """What somebody said on the telephone or on paper."""

    satisfaction: str = one_of(codes.SATISFACTIONS)
    words: Annotated[str, StringConstraints(max_length=ratings.WORDS_LENGTH)] | None = None


class SentOut(Model):
    """What became of a link on one way: `app`, `mail`, `sms` or `letter`; `reason` says why it was given up."""

    channel: str
    fate: str
    reason: str | None
    sent_at: datetime | None


class RatingOut(Model):
    """Somebody asked what they think, and what they said; `link` stands only in the answer that made it."""

    id: UUID
    name: str
    part: str | None
    case: UUID | None
    asked_at: datetime
    expires_at: datetime
    link: str | None
    sent: list[SentOut]
    satisfaction: str | None
    words: str | None
    channel: str | None
    answered_at: datetime | None


class RatingList(ListOut):
    """Who was asked, in the order of asking."""

    items: list[RatingOut]


class TellingIn(Request):
    """How a call to the reporter of a case went."""

    case: str = uuid()
    outcome: str = one_of(calls.OUTCOMES)


class TellingOut(Model):
    """One change of what came of it, to be told to the reporter of a case, and its fate."""

    case: UUID
    name: str
    change: str
    n: int | None
    fate: str
    attempts: int
    tried_at: datetime | None
    created_at: datetime


class TellingList(ListOut):
    """What was or is to be told by telephone, oldest first."""

    items: list[TellingOut]
