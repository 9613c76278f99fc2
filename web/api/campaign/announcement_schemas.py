"""What the API takes and gives of announcements and receipts, of attendance, and of duty at the members' home."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from casework.campaign import announcements, mentions, receipts, slogans
from casework.campaign.readers import LINE, TEXT
from web.api.campaign.activity_schemas import FoundIn
from web.api.campaign.campaign_schemas import Coded, Entered, Line, NoDay, NoId, Number, Prose, RecordOut, maybe
from web.api.requests import UUID as UUID_FORM
from web.api.requests import Request, coded, day, one_of, text, uuid
from web.api.schemas import Model, Named, Record, UnitRef
from workflows.campaign import visiting

_Ids = list[Annotated[str, StringConstraints(pattern=UUID_FORM)]] | None
_Codes = list[Annotated[str, StringConstraints(max_length=64)]] | None


class AddresseesIn(Request):
    """Members by id and units by code an announcement goes to besides; who has it already is passed over."""

    members: _Ids = Field(default=None, max_length=announcements.MOST_NAMED)
    orgs: _Codes = Field(default=None, max_length=announcements.MOST_NAMED)


class AnnouncementIn(Entered):
    """An announcement to send: to those named, or to a group, every member in office or who holds a link."""

    region_code: str = coded()
    on_date: NoDay = None
    title: str = text(LINE)
    content: str = text(TEXT)
    document_no: Annotated[str, StringConstraints(max_length=60)] | None = None
    campaign: Coded = None
    audience: str = one_of(announcements.AUDIENCES)
    asks: str = one_of(announcements.ASKS)
    answer_by: NoDay = None
    activity_id: NoId = None
    members: _Ids = Field(default=None, max_length=announcements.MOST_NAMED)
    orgs: _Codes = Field(default=None, max_length=announcements.MOST_NAMED)


class AnnouncementOut(RecordOut):
    """An announcement, with how many have answered of how many it went to."""

    region_code: str
    on_date: date
    title: str
    content: str
    document_no: str
    campaign: str
    audience: str
    asks: str
    answer_by: date | None
    activity_id: UUID | None
    activity: Named | None
    addressed: int
    answered: int


class ReceiptIn(Entered):
    """What an addressee answers; `remark` says why not, or what the office should know."""

    announcement_id: str = uuid()
    member_id: NoId = None
    org: Coded = None
    answer: str | None = maybe(receipts.ANSWERS)
    remark: Prose = None


class ReceiptOut(RecordOut):
    """The receipt of one addressee, a member or a unit; its answer is empty until it is given."""

    announcement_id: UUID
    announcement: Named | None
    member_id: UUID | None
    member: Named | None
    org: UnitRef | None
    answer: str


class AddressedOut(Model):
    """To how many more an announcement went."""

    added: int


class ReminderIn(Request):
    """Nothing: all who have not answered are reminded."""


class ReminderOut(Model):
    """A reminder to all who had not answered, and the working day it is read on."""

    for_day: date
    reminded_at: datetime
    waiting: int


class AttendanceListIn(Request):
    """How members came, by the id of each; `leaves`: for what those on leave were away (official, sick, personal)."""

    members: dict[str, str] = Field(json_schema_extra={"minProperties": 1})
    leaves: dict[str, str] = Field(default_factory=dict)


class AttendanceListOut(Model):
    """How many records were written, and how many members there are now of each status."""

    changed: int
    came: dict[str, int]


class MemberHomeIn(Entered):
    """A members' home to enter; known by its name in a place."""

    region_code: str = coded()
    name: str = text(50)
    address: Line = None
    hours: Annotated[str, StringConstraints(max_length=100)] | None = None


class MemberHomeOut(RecordOut):
    """A members' home."""

    region_code: str
    name: str
    address: str
    hours: str


class DutyIn(Entered):
    """A member on duty at a members' home on a day."""

    home_id: str = uuid()
    member_id: str = uuid()
    on_date: str = day()
    hours: Annotated[str, StringConstraints(max_length=40)] | None = None


class DutyOut(RecordOut):
    """A member on duty; `activity_id` is what was recorded of it."""

    home_id: UUID
    home: Named | None
    member_id: UUID
    member: Named | None
    on_date: date
    hours: str
    activity_id: UUID | None


class DutyRecordIn(Request):
    """What was brought to a duty; each case becomes one in the same save."""

    title: Line = None
    findings: Prose = None
    policy: Prose = None
    measures: Prose = None
    result: Prose = None
    people: Number = None
    remark: Prose = None
    cases: list[FoundIn] | None = Field(default=None, max_length=visiting.MOST_CASES)


class SloganIn(Entered):
    """A slogan to enter; known by its words in a place. It is never taken back, it ends on a day."""

    region_code: str = coded()
    label: str = text(30)
    explanation: Prose = None
    valid_from: NoDay = None
    valid_to: NoDay = None


class SloganOut(Record):
    """A slogan."""

    region_code: str
    label: str
    explanation: str
    valid_from: date
    valid_to: date | None
    remark: str


class MarkIn(Request):
    """A record of a kind on which a slogan is put, or with `off` from which it is taken."""

    kind: str = one_of(slogans.KINDS)
    record: str = uuid()
    off: bool = False


class MentionIn(Request):
    """A case or project that an experience names, or with `off` names no more."""

    kind: str = one_of(mentions.KINDS)
    record: str = uuid()
    off: bool = False


class Mentioned(Model):
    """A case or project that an experience names."""

    kind: str
    id: UUID
    name: str


class MentionList(Model):
    """What an experience names, of all that the caller may know of."""

    items: list[Mentioned]


class MarkOut(Model):
    """Whether anything was changed."""

    changed: bool
