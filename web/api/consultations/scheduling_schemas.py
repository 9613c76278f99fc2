"""What the API takes and gives of finding dates: regular days, quarters to be planned, date polls, distances."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from casework.consultations import distances, polls, quarters, regular
from casework.consultations.codes import REPLIES
from web.api.consultations.outcome_schemas import SentOut
from web.api.requests import Request, coded, day, text, uuid
from web.api.schemas import ListOut, Model

_CLOCK = Field(..., pattern="^[0-2][0-9]:[0-5][0-9]$")


class RegularDaysIn(Request):
    """A regular day: which of its weekdays (5: the last) in every month, when, where, from which day to which."""

    name: str = text(regular.NAME_LENGTH)
    venue: str = coded()
    week: int = Field(..., ge=1, le=regular.LAST)
    weekday: int = Field(..., ge=1, le=7)
    opens: str = _CLOCK
    closes: str = _CLOCK
    first_on: str = day()
    last_on: str = day()


class RegularDayPatch(Request):
    """The working day on which it is kept instead; null gives it up."""

    on: str | None = Field(...)


class PutOnDay(Request):
    """The regular day a topic is put on; null takes it off."""

    day: str | None = Field(...)


class OnDay(Model):
    """The regular day a topic is put on."""

    day: UUID | None


class RegularDayOut(Model):
    """One day of a rule; `status` is `kept`, `skipped` (a holiday), `taken` (the venue was) or `released`."""

    id: UUID
    due_on: date
    on_date: date | None
    status: str
    topics: list[str]


class RegularDaysOut(Model):
    """A rule; its days stand where it is shown alone."""

    id: UUID
    name: str
    venue: str
    week: int
    weekday: int
    opens: str
    closes: str
    first_on: date
    last_on: date
    days: list[RegularDayOut]


class RegularDaysList(ListOut):
    """The rules, the newest first."""

    items: list[RegularDaysOut]


class QuarterTopicIn(Request):
    """A topic to be planned: who has to come, and about how many do."""

    id: str = text(64)
    people: list[str] = Field(..., min_length=1, max_length=quarters.MOST_PEOPLE)
    size: int = Field(..., ge=1, le=quarters.MOST_SIZE)


class QuarterIn(Request):
    """What is to be planned: days, halves of days, weekdays, venues, how long each lasts, and the topics."""

    first: str = day()
    last: str = day()
    halves: list[str] = Field(..., json_schema_extra={"items": {"type": "string", "enum": list(quarters.HALVES)}})
    weekdays: list[str] = Field(..., json_schema_extra={"items": {"type": "string", "enum": list("12345")}})
    venues: list[str] = Field(..., min_length=1)
    minutes: int = Field(..., ge=quarters.LEAST_MINUTES, le=quarters.MOST_MINUTES)
    topics: list[QuarterTopicIn] = Field(..., min_length=1, max_length=quarters.MOST_TOPICS)


class QuarterOut(Model):
    """A plan: `asked` while it is being found, then `done` with items, what is left and what stands in the way."""

    id: UUID
    status: str
    asked: dict[str, Any]
    result: dict[str, Any]
    created_at: datetime
    done_at: datetime | None


class QuarterList(ListOut):
    """The latest plans, the newest first."""

    items: list[QuarterOut]


class SpanIn(Request):
    """From when until when."""

    starts_at: str = Field(..., json_schema_extra={"format": "date-time"})
    ends_at: str = Field(..., json_schema_extra={"format": "date-time"})


class ReplacedIn(Request):
    """The poll that is given up with its answers: its number, and how many had answered it."""

    number: int = Field(..., ge=0, le=polls.MOST_TOLD)
    answered: int = Field(..., ge=0, le=polls.MOST_TOLD)


class PollIn(Request):
    """Dates to be asked about, where, whom, and until when answers are taken.

    Where a poll stands already, `replaces` tells which, as it is now; without it nothing is asked (409).
    """

    options: list[SpanIn] = Field(..., min_length=1, max_length=polls.MOST_OPTIONS)
    participants: list[dict[str, Any]] = Field(..., min_length=1)
    venue: str = coded()
    convenor: str = uuid(default="")
    closes_on: str = day()
    replaces: ReplacedIn | None = None


class VoterPatch(Request):
    """What somebody said on the telephone (option, from "0", to answer), or that they need a new link."""

    answers: dict[str, str] = Field(
        default={}, json_schema_extra={"additionalProperties": {"type": "string", "enum": list(REPLIES)}}
    )
    renew: bool = False


class ChoiceIn(Request):
    """The date that is set, from 0."""

    option: int = Field(..., ge=0, lt=polls.MOST_OPTIONS)


class VoterOut(Model):
    """One who is asked; `link` stands only in the answer that made it."""

    id: UUID
    name: str
    required: bool
    answers: dict[str, str]
    answered_at: datetime | None
    by_phone: bool
    link: str | None
    sent: list[SentOut]


class PollOut(Model):
    """A poll with what was answered to each date; `number` counts the polls of a topic, `answered` who has answered."""

    number: int
    answered: int
    options: list[dict[str, Any]]
    venue: str
    closes_on: date
    open: bool
    voters: list[VoterOut]


class DistanceIn(Request):
    """How many kilometres of road lie between two townships; 0 takes the row out."""

    one: str = coded()
    other: str = coded()
    km: int = Field(..., ge=0, le=distances.MOST_KM)


class DistanceOut(Model):
    """Two townships and the kilometres between them."""

    one: str
    other: str
    km: int


class DistanceList(ListOut):
    """The table, by codes."""

    items: list[DistanceOut]
