"""What the API takes and gives of the plain records of a campaign; rules are casework/campaign/records.py."""

from copy import copy
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, create_model

from casework.campaign import goals, records
from casework.campaign.readers import LINE, MOST_PEOPLE, TEXT
from casework.core.texts import FIRST_YEAR, LAST_YEAR
from casework.households import incomes
from casework.leaders.queries import COUNTY_LEADER, ROLES
from web.api.registry.registry_schemas import ChangeOut
from web.api.requests import NO_DAY, Request, coded, day, one_of, text, uuid
from web.api.requests import UUID as UUID_FORM
from web.api.schemas import ListOut, Model, Named, Record, UnitRef

Line = Annotated[str, StringConstraints(max_length=LINE)] | None
Prose = Annotated[str, StringConstraints(max_length=TEXT)] | None
Coded = Annotated[str, StringConstraints(max_length=64)] | None
NoDay = Annotated[str, StringConstraints(pattern=NO_DAY)] | None
NoId = Annotated[str, StringConstraints(pattern=f"^({UUID_FORM[1:-1]})?$")] | None
# As digits too: sheets and forms send them so.
Number = Annotated[int, Field(ge=0, le=MOST_PEOPLE)] | Annotated[str, StringConstraints(pattern="^[0-9]{0,6}$")] | None

Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)] | Annotated[str, StringConstraints(pattern="^[0-9]{4}$")]
Yuan = Annotated[str, StringConstraints(pattern=r"^([0-9]{1,15}(\.[0-9]{1,2})?)?$")] | None


def maybe(choices: tuple[str, ...]) -> Any:
    """Describe one of a list of codes that may be empty."""
    return Field(None, json_schema_extra={"enum": [*choices, "", None]})


class Entered(Request):
    """A record to enter; a client-made `id` is kept, and the same once more gives the same record."""

    id: str | None = uuid(default=None)
    remark: Prose = None


class RecordOut(Record):
    """A record, taken back if it was entered by mistake."""

    remark: str
    withdrawn: bool


class IndustryIn(Entered):
    """An industry to enter; known by its name in a place."""

    region_code: str = coded(default="")
    name: str = text(50)
    tags: Line = None


class IndustryOut(RecordOut):
    """An industry."""

    region_code: str
    name: str
    tags: str


class LeaderIn(Entered):
    """A leader to enter, in one role for one term; a last day (`valid_to`) needs a reason."""

    region_code: str = coded(default="")
    name: str = text(30)
    role: str = one_of((*ROLES, COUNTY_LEADER))
    post: Line = None
    valid_from: str = day()
    valid_to: NoDay = None
    end_reason: Line = None


class LeaderOut(RecordOut):
    """A leader in one role for one term."""

    region_code: str
    name: str
    role: str
    post: str
    valid_from: date
    valid_to: date | None
    end_reason: str


class ParkIn(Entered):
    """A park to enter."""

    industry_id: str = uuid()
    region_code: str = coded()
    name: str = text(LINE)
    on_date: str = day()


class ParkOut(RecordOut):
    """A park with a speciality."""

    industry_id: UUID
    industry: Named | None
    region_code: str
    name: str
    on_date: date


class EntityIn(ParkIn):
    """An agricultural entity to enter."""

    kind: str = one_of(records.ENTITY_KINDS)


class EntityOut(ParkOut):
    """An agricultural entity, supported since a day."""

    kind: str


class ServiceIn(Entered):
    """A service to enter; a member who names nobody gave it themselves."""

    kind: str = one_of(records.SERVICE_KINDS)
    region_code: str = coded()
    on_date: str = day()
    content: str = text(TEXT)
    member_id: NoId = None
    org: Coded = None
    provider: Line = None
    receiver: Line = None
    household_id: NoId = None


class ServiceOut(RecordOut):
    """A service."""

    kind: str
    region_code: str
    on_date: date
    content: str
    member_id: UUID | None
    member: Named | None
    org: UnitRef | None
    provider: str
    receiver: str
    household_id: UUID | None
    household: Named | None


class SuggestionIn(Entered):
    """An opinion or suggestion to enter; what became of it is for the office to say."""

    region_code: str = coded(default="")
    on_date: str = day()
    content: str = text(TEXT)
    member_id: NoId = None
    org: Coded = None
    proposer: Line = None
    industry_id: NoId = None
    addressed_to: Line = None
    adoption: str | None = maybe(records.ADOPTIONS)
    reply: Prose = None
    answered_on: NoDay = None


class SuggestionOut(RecordOut):
    """An opinion or suggestion, and what became of it."""

    region_code: str
    on_date: date
    content: str
    member_id: UUID | None
    member: Named | None
    org: UnitRef | None
    proposer: str
    industry_id: UUID | None
    industry: Named | None
    addressed_to: str
    adoption: str
    reply: str
    answered_on: date | None


class CosignatureIn(Entered):
    """A further member who signed a suggestion, to enter."""

    suggestion_id: str = uuid()
    member_id: str = uuid()


class CosignatureOut(RecordOut):
    """A further member who signed a suggestion."""

    suggestion_id: UUID
    suggestion: Named | None
    member_id: UUID
    member: Named | None


class ProjectIn(Entered):
    """A project to enter; known by its name in a place."""

    name: str = text(LINE)
    kind: str = one_of(records.PROJECT_KINDS)
    region_code: str = coded()
    content: Prose = None
    department: Line = None
    industry_id: NoId = None
    entity_id: NoId = None
    progress: Line = None
    begun_on: NoDay = None
    finished_on: NoDay = None
    households_told: Number = None


class ProjectOut(RecordOut):
    """A project; its money stands in the fund ledger under its name."""

    name: str
    kind: str
    region_code: str
    content: str
    department: str
    industry_id: UUID | None
    industry: Named | None
    entity_id: UUID | None
    entity: Named | None
    progress: str
    begun_on: date | None
    finished_on: date | None
    households_told: int | None


class BeneficiaryIn(Entered):
    """A household that earns more by a project."""

    project_id: str = uuid()
    household_id: str = uuid()
    on_date: str = day()


class BeneficiaryOut(RecordOut):
    """A household that earns more by a project, since a day."""

    project_id: UUID
    project: Named | None
    household_id: UUID
    household: Named | None
    on_date: date


class GoalIn(Entered):
    """An item of a checklist to reach in a year; `object_id` is what the checklist is of, of a village the place."""

    campaign: str = coded()
    checklist: str = coded()
    item: str = coded()
    year: Year
    object_id: NoId = None
    region_code: Coded = None
    state: str | None = maybe(goals.STATES)
    count: Number = None
    due_on: NoDay = None
    reached_on: NoDay = None
    evidence: Prose = None
    evidence_id: NoId = None
    responsible: Line = None


class GoalOut(Record):
    """An item of a checklist for one object in one year; it is never taken back, it lapses."""

    campaign: str
    checklist: str
    item: str
    year: int
    object_id: UUID | None
    object: Named | None
    region_code: str
    state: str
    count: int
    due_on: date | None
    reached_on: date | None
    evidence: str
    evidence_id: UUID | None
    responsible: str
    remark: str


class PlanIn(Entered):
    """What is meant to be done in a year for a household (`object_id`) or, without one, for a village."""

    campaign: str = coded()
    year: Year
    object_id: NoId = None
    region_code: Coded = None
    made_on: NoDay = None
    situation: Prose = None
    difficulties: Prose = None
    aims: Prose = None
    measures: Prose = None
    responsible: Line = None


class PlanOut(Record):
    """The plan of a household or a village for a year; its items are goals."""

    campaign: str
    year: int
    object_id: UUID | None
    object: Named | None
    region_code: str
    made_on: date
    situation: str
    difficulties: str
    aims: str
    measures: str
    responsible: str
    remark: str


class IncomeIn(Entered):
    """An estimate of what a household earned in a year by a version of a method; sums in yuan, such as "12000.00"."""

    household_id: str = uuid()
    on_date: str = day()
    year: Year
    method: str = one_of(tuple(incomes.methods()))
    people: Number
    wage: Yuan = None
    business_gross: Yuan = None
    business_cost: Yuan = None
    property: Yuan = None
    transfer: Yuan = None


class IncomeOut(RecordOut):
    """An estimate of income (测算): somebody's reckoning, never official; `per_person` follows from the sums."""

    household_id: UUID
    household: Named | None
    on_date: date
    year: int
    method: str
    people: int
    wage: str
    business_gross: str
    business_cost: str
    property: str
    transfer: str
    per_person: str
    is_official: bool


class RecordChange(ChangeOut):
    """One edition of a record: `make`, `mend`, `withdraw` or `restore`, and why."""

    reason: str


class RecordChanges(ListOut):
    """What was changed in a record, oldest first."""

    items: list[RecordChange]


def patch_of(taken: type[Request], *, fixed: tuple[str, ...] = (), is_withdrawable: bool = True) -> type[Request]:
    """Return the model of what changes in a record: all that is entered, but what is fixed, and why."""
    fields: dict[str, Any] = {"reason": (Prose, None)}
    if is_withdrawable:
        fields["withdrawn"] = (bool, False)
    for name, told in taken.model_fields.items():
        if name not in ("id", *fixed):
            left_out = copy(told)
            left_out.default = None
            fields[name] = (told.annotation, left_out)
    name = f"{taken.__name__.removesuffix('In')}Patch"
    doc = "What changes in a record; only what is named is changed."
    return create_model(name, __base__=Request, __doc__=doc, __module__=__name__, **fields)


def list_of(given: type[Model]) -> type[ListOut]:
    """Return the model of a page of records."""
    name = f"{given.__name__.removesuffix('Out')}List"
    items: Any = (list[given], ...)  # type: ignore[valid-type] # the class is a value here
    return create_model(name, __base__=ListOut, __doc__="A page of records.", __module__=__name__, items=items)
