"""What the API takes and gives of consultations and venues; their rules are in casework/consultations."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, RootModel, StringConstraints

from casework.consultations import codes, sent, topics, venues
from web.api.campaign.campaign_schemas import SuggestionOut
from web.api.requests import UUID as UUID_FORM
from web.api.requests import Request, coded, one_of, text, uuid
from web.api.schemas import (
    CaseOut,
    CaseRef,
    DeadlineOut,
    ListOut,
    Model,
    Named,
    Reason,
    Record,
    UnavailableOut,
    UnitRef,
)
from web.api.supervisions.supervision_schemas import SupervisionOut
from workflows.consultations.consulting import MAKERS
from workflows.consultations.invitations import LONGEST
from workflows.registry import registry

_WORKFLOW = registry().latest("consultation").workflow
STATES = tuple(_WORKFLOW.states)
_IDS = list[Annotated[str, StringConstraints(pattern=UUID_FORM)]]


class VenueIn(Request):
    """A venue; `hours` such as `09:00-12:00,14:00-18:00`, left out: open whenever it is asked for."""

    code: str = text(40)
    name: str = text(venues.NAME_LENGTH)
    region_code: str = coded()
    capacity: int = Field(..., ge=1, le=venues.MOST_PEOPLE)
    hours: Annotated[str, StringConstraints(max_length=60)] | None = None


class VenuePatch(Request):
    """What may be changed of a venue; whatever is left out stays."""

    name: str = text(venues.NAME_LENGTH, default=None)
    region_code: str = coded(default=None)
    capacity: int | None = Field(None, ge=1, le=venues.MOST_PEOPLE, json_schema_extra={"type": "integer"})
    hours: Annotated[str, StringConstraints(max_length=60)] | None = None


class VenueOut(Record):
    """A venue."""

    code: str
    name: str
    region_code: str
    capacity: int
    hours: str


class VenueList(ListOut):
    """Venues, by code."""

    items: list[VenueOut]


class ConsultationIn(Request):
    """A topic to bring."""

    id: str | None = uuid(default=None)
    title: str = text(topics.TITLE_LENGTH)
    kind: str = one_of(codes.KINDS)
    source: str = one_of(codes.SOURCES)
    region_code: str = coded()
    reason: str = text(topics.REASON_LENGTH)
    org: str | None = coded(default=None)
    cases: Annotated[_IDS, Field(max_length=topics.MOST_CASES)] | None = None


class ConsultationPatch(Request):
    """What may be changed of a consultation; whatever is left out stays. `cases` are added."""

    title: str = text(topics.TITLE_LENGTH, default=None)
    kind: str = one_of(codes.KINDS, default=None)
    source: str = one_of(codes.SOURCES, default=None)
    reason: str = text(topics.REASON_LENGTH, default=None)
    org: str | None = coded(default=None)
    cases: Annotated[_IDS, Field(max_length=topics.MOST_CASES)] | None = None
    research: Annotated[str, StringConstraints(max_length=topics.TEXT_LENGTH)] | None = None
    minutes: Annotated[str, StringConstraints(max_length=topics.TEXT_LENGTH)] | None = None


class ConsultationMove(Request):
    """A move of a consultation; which `fields` it takes stands in the workflow."""

    trigger: str = one_of(tuple(_WORKFLOW.by_trigger))
    comment: Annotated[str, StringConstraints(max_length=4000)] | None = None
    fields: dict[str, Any] | None = None


class AttendanceReplyIn(Request):
    """Whether one who is invited will come; `name`: what somebody without an account told the office."""

    reply: str = one_of(codes.REPLIES)
    name: str | None = Field(None, min_length=1, max_length=60)


class DateTellingIn(Request):
    """Who, of those without an account (`place` in the list), was told that the date fell."""

    place: int = Field(ge=0)


class DateTellingOut(Model):
    """One without an account who knew of the date that fell; `told_at` null: has to be told."""

    place: int
    name: str
    part: str
    told_at: datetime | None
    told_by: UUID | None


class DateTellingList(Model):
    """Everybody without an account who knew of the date that fell."""

    items: list[DateTellingOut]
    next: None


class ReplyFileIn(Request):
    """A reply that a calendar program made (`.ics`, METHOD:REPLY), as text."""

    content: str = text(LONGEST)


class ConvertIn(Request):
    """What kind of record something agreed is to become."""

    into: str = one_of(tuple(MAKERS))


class MinutesIn(Request):
    """The minutes to save; `based_on` is the version they were made from (0: none), `restores` one brought back."""

    text: str = text(topics.TEXT_LENGTH)
    based_on: Annotated[int, Field(ge=0, le=100_000)]
    restores: Annotated[int, Field(ge=0, le=100_000)] | None = None


class MinutesOut(Model):
    """One version of the minutes."""

    version: int
    text: str
    restores: int | None
    written_by: Named | None
    written_at: datetime


class MinutesList(ListOut):
    """The versions of the minutes, the newest first."""

    items: list[MinutesOut]


class ParticipantOut(Model):
    """One who is invited, or came without being invited."""

    person: UUID | None
    name: str
    part: str
    required: bool
    invited: bool
    reply: str | None
    replied_at: datetime | None
    notice: str | None
    attended: bool
    position: str | None
    said: str


class ConsensusOut(Model):
    """One thing agreed; `n` is its number, `record` what it was converted into."""

    n: int
    text: str
    org: UnitRef
    due_on: date
    into: str | None
    record: UUID | None
    converted_at: datetime | None
    realised: bool | None


class ConsultationLine(Record):
    """A consultation in a list."""

    number: str
    title: str
    kind: str
    source: str
    state: str
    region_code: str
    org: UnitRef | None
    starts_at: datetime | None
    ends_at: datetime | None
    venue: str | None
    convenor: Named | None
    due_kind: str | None
    due_at: datetime | None
    overdue: bool


class NoticeOut(Model):
    """By when notices and materials go out, reckoned backwards from the meeting; `explain` tells the arithmetic."""

    notices_by: date
    materials_by: date
    working_days: int
    explain: str


class ConsultationOut(ConsultationLine):
    """A consultation with all that belongs to it; `warnings`: what was unusual at the last step."""

    reason: str
    brought_by: Named | None
    cases: list[CaseRef]
    joined_to: CaseRef | None
    scores: dict[str, int] | None
    authority: str | None
    place: str | None
    notice_on: date | None
    notice: NoticeOut | None
    override_reason: str | None
    participants: list[ParticipantOut]
    research: str
    minutes: str
    consensus: list[ConsensusOut]
    unresolved: list[str]
    satisfaction: str | None
    warnings: list[Reason]
    attachments_total: int
    comments_total: int
    deadlines: list[DeadlineOut]
    available_triggers: list[str]
    unavailable_triggers: list[UnavailableOut]


class ConsultationList(ListOut):
    """A page of consultations, the newest first."""

    items: list[ConsultationLine]


class SlotOut(Model):
    """A free time; `venue` is a code, null where the office has no venue; `km` its way from where `near` is."""

    starts_at: datetime
    ends_at: datetime
    venue: str | None
    km: int | None = None


class SlotList(ListOut):
    """Free times, earliest first."""

    items: list[SlotOut]


class ConvertedOut(RootModel[CaseOut | SuggestionOut | SupervisionOut]):
    """The record something agreed was converted into."""

    @property
    def version(self) -> int:
        """The version of the record, for its ETag."""
        return self.root.version


MOST_MINUTES, LEAST_MINUTES, MOST_PEOPLE = 24 * 60, 15, sent.MOST_PEOPLE
