"""What the API takes and gives of visits and other activities, and of who came along."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from casework.campaign import records
from casework.campaign.readers import TEXT
from casework.cases import codes, intake
from casework.supervisions.actions import LEVELS
from web.api.campaign.campaign_schemas import Coded, Entered, Line, NoDay, NoId, Number, Prose, RecordOut, maybe
from web.api.campaign.lead_schemas import risks
from web.api.requests import UUID as UUID_FORM
from web.api.requests import ReporterIn, Request, coded, day, one_of, text, uuid
from web.api.schemas import CaseRef, Named, Reason, UnitRef
from workflows import supervising
from workflows.campaign import deciding, group_visits, visiting


class NeedIn(Request):
    """A difficulty met on a visit; the head of the household is who reports it."""

    title: str = text(intake.TITLE_LENGTH)
    description: str = text(intake.DESCRIPTION_LENGTH)
    category: str = coded()
    kind: str = one_of(codes.KINDS)
    urgency: str = one_of(codes.URGENCIES)


class FoundIn(NeedIn):
    """A difficulty that an activity brought to light; the place is that of the activity unless another is named."""

    reporter: ReporterIn | None = Field(default=None, json_schema_extra={"type": "object"})
    region_code: str = coded(default="")


class DoneIn(Entered):
    """What was done, whatever kind of activity it was."""

    on_date: str = day()
    member_id: NoId = None
    title: Line = None
    org: Coded = None
    industry_id: NoId = None
    form: str | None = maybe(records.FORMS)
    companions: Line = None
    findings: Prose = None
    policy: Prose = None
    difficulty: Prose = None
    measures: Prose = None
    result: Prose = None
    evidence: Prose = None
    document_no: Annotated[str, StringConstraints(max_length=60)] | None = None
    people: Number = None
    next_on: NoDay = None
    before_link: bool = False
    # A visit of its own, though somebody was at the household within seven days.
    apart: bool = False


class LeadOfVisit(Request):
    """A risk that a visit found: the town of the household is told of it (`POST /leads`)."""

    risks: list[str] = risks()
    findings: str = text(TEXT)


class VisitIn(DoneIn):
    """A visit to a household; without a place it is where the household lives, without a member the caller's own."""

    household_id: str = uuid()
    region_code: str = coded(default="")
    need: NeedIn | None = None
    lead: LeadOfVisit | None = None
    # Further households of the same outing: a visit each, with the same words.
    also: list[Annotated[str, StringConstraints(pattern=UUID_FORM)]] | None = Field(
        default=None, max_length=group_visits.MOST_ALSO
    )


class TaskIn(Request):
    """A decision given to a unit with a day: a supervised matter; what is left out is level 2."""

    title: str = text(supervising.TITLE_LENGTH)
    requirement: str = text(supervising.REQUIREMENT_LENGTH)
    org: str = coded()
    co_orgs: Annotated[list[str], Field(max_length=supervising.MOST_CO_ORGS)] | None = None
    due_on: str = day()
    level: int = Field(deciding.USUAL_LEVEL, ge=min(LEVELS), le=max(LEVELS))
    leader: Annotated[str, StringConstraints(max_length=supervising.LEADER_LENGTH)] | None = None


class ActivityIn(DoneIn):
    """An activity of any kind; what a kind cannot do without is refused where it is missing."""

    kind: str = one_of(tuple(records.activity_kinds()))
    household_id: NoId = None
    region_code: str = coded(default="")
    cases: list[FoundIn] | None = Field(default=None, max_length=visiting.MOST_CASES)
    attendees: list[Annotated[str, StringConstraints(pattern=UUID_FORM)]] | None = Field(
        default=None, max_length=visiting.MOST_ATTENDEES
    )
    tasks: list[TaskIn] | None = Field(default=None, max_length=deciding.MOST_TASKS)


class VisitOut(RecordOut):
    """A visit to a household, or another activity."""

    region_code: str
    on_date: date
    title: str
    member_id: UUID | None
    member: Named | None
    org: UnitRef | None
    household_id: UUID | None
    household: Named | None
    industry_id: UUID | None
    industry: Named | None
    form: str
    companions: str
    findings: str
    policy: str
    difficulty: str
    measures: str
    result: str
    evidence: str
    document_no: str
    people: int | None
    next_on: date | None


class ActivityOut(VisitOut):
    """An activity."""

    kind: str


class WarningOut(Reason):
    """What was kept and is worth a look; `id` is the other record."""

    id: UUID


class VisitMade(VisitOut):
    """A visit just entered: what is worth a look, the cases that came out of it, the visits of the same outing."""

    warnings: list[WarningOut]
    cases: list[CaseRef]
    also: list[UUID]
    # The lead that the town was told of.
    lead: UUID | None


class ActivityMade(ActivityOut):
    """An activity just entered: what is worth a look, and the cases and supervised matters that came out of it."""

    warnings: list[WarningOut]
    cases: list[CaseRef]
    tasks: list[CaseRef]


class AttendanceIn(Entered):
    """A member at an activity, to enter."""

    activity_id: str = uuid()
    member_id: str = uuid()
    part: str = one_of(records.PARTS)
    status: str = one_of(records.STATUSES)
    leave: str | None = maybe(records.LEAVES)


class AttendanceOut(RecordOut):
    """A member at an activity: along on a visit, or signed in, late, on leave, absent."""

    activity_id: UUID
    activity: Named | None
    member_id: UUID
    member: Named | None
    part: str
    status: str
    leave: str
