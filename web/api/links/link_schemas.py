"""What the API takes and gives of members, households and the links between them. Personal values are masked."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from casework.campaign.links import household_entries, link_entries, member_entries
from casework.households import actions as households
from casework.households import handbook, residents
from casework.members import actions as members
from web.api import requests
from web.api.registry.registry_schemas import ChangeOut
from web.api.requests import NO_DAY, Request, coded, day, one_of, text
from web.api.schemas import ListOut, Model, Reason, Record

_OptionalDay = Annotated[str, StringConstraints(pattern=NO_DAY)] | None
_OptionalId = Annotated[str, StringConstraints(pattern=f"({requests.UUID})|^$")] | None


_Number = Annotated[str, StringConstraints(max_length=64)] | None
_Line = Annotated[str, StringConstraints(max_length=members.LINE_LENGTH)] | None
_Remark = Annotated[str, StringConstraints(max_length=members.REMARK_LENGTH)] | None
_Group = Annotated[str, StringConstraints(max_length=households.GROUP_LENGTH)] | None
_Source = Annotated[str, StringConstraints(max_length=household_entries.SOURCE_LENGTH)] | None
_Reason = Annotated[str, StringConstraints(max_length=member_entries.REASON_LENGTH)] | None
_Part = Annotated[str, StringConstraints(max_length=link_entries.PART_LENGTH)] | None
_Word = Annotated[str, StringConstraints(max_length=residents.WORD_LENGTH)] | None
_Hardship = Annotated[str, StringConstraints(max_length=handbook.LINES["hardship"])] | None
_Water = Annotated[str, StringConstraints(max_length=handbook.LINES["water"])] | None
_Insurance = Annotated[str, StringConstraints(max_length=handbook.LINES["insurance"])] | None
# Mu, or square metres of the house.
_Area = Annotated[str, StringConstraints(pattern=f"^({handbook.AREA})?$")] | None
_People = Annotated[int, Field(ge=0, le=households.MOST_PEOPLE)] | None


class TermIn(Request):
    """A further time in office."""

    valid_from: str = day()
    valid_to: _OptionalDay = None
    term: _Line = None
    sector: _Line = None
    is_standing: bool = False


class MemberIn(TermIn):
    """A member to enter, with a term. `person_id`: whose account is theirs."""

    name: str = text(members.NAME_LENGTH)
    region_code: str = coded(default=None)
    post: _Line = None
    phone: _Number = None
    remark: _Remark = None
    person_id: _OptionalId = None


class MemberPatch(Request):
    """What changes in a member and in the last term; a last day (`valid_to`) ends it and needs a reason."""

    name: str = text(members.NAME_LENGTH, default=None)
    post: _Line = None
    phone: _Number = None
    remark: _Remark = None
    person_id: _OptionalId = None
    term: _Line = None
    sector: _Line = None
    is_standing: bool = False
    valid_from: str = day(default=None)
    valid_to: _OptionalDay = None
    reason: _Reason = None


class MemberRevealIn(Request):
    """The masked value to be shown, and why; logged."""

    field: str = one_of(("phone",))
    reason: str = text(200)


class TermOut(Model):
    """A time in office."""

    id: UUID
    term: str
    sector: str
    is_standing: bool
    valid_from: date
    valid_to: date | None
    end_reason: str


class MemberOut(Record):
    """A member: `sector` to `end_reason` are those of the last term, all terms stand in `terms`, oldest first."""

    name: str
    region_code: str
    post: str
    phone: str | None
    person_id: UUID | None
    remark: str
    term: str
    sector: str
    is_standing: bool
    valid_from: date | None
    valid_to: date | None
    end_reason: str
    terms: list[TermOut]


class MemberList(ListOut):
    """A page of members."""

    items: list[MemberOut]


class HouseholdIn(Request):
    """A household to enter; it counts as `category`, and is watched for `watch`, `since` a day, as `source` says."""

    region_code: str = coded()
    head_name: str = text(households.NAME_LENGTH)
    head_id_number: _Number = None
    phone: _Number = None
    group_no: _Group = None
    people: _People = None
    remark: _Remark = None
    hardship: _Hardship = None
    farmland: _Area = None
    forest: _Area = None
    floor_area: _Area = None
    housing_grade: str | None = Field(None, json_schema_extra={"enum": [*handbook.GRADES, "", None]})
    water: _Water = None
    insurance: _Insurance = None
    category: str = one_of(households.CATEGORIES, default=None)
    watch: str = one_of(households.WATCHES, default=None)
    since: _OptionalDay = None
    source: _Source = None


class HouseholdPatch(Request):
    """What changes in a household; `ends` is what it counts as no longer after `valid_to`, with a reason."""

    region_code: str = coded(default=None)
    head_name: str = text(households.NAME_LENGTH, default=None)
    head_id_number: _Number = None
    phone: _Number = None
    group_no: _Group = None
    people: _People = None
    remark: _Remark = None
    hardship: _Hardship = None
    farmland: _Area = None
    forest: _Area = None
    floor_area: _Area = None
    housing_grade: str | None = Field(None, json_schema_extra={"enum": [*handbook.GRADES, "", None]})
    water: _Water = None
    insurance: _Insurance = None
    category: str = one_of(households.CATEGORIES, default=None)
    watch: str = one_of(households.WATCHES, default=None)
    since: _OptionalDay = None
    source: _Source = None
    ends: str = one_of((*households.CATEGORIES, *households.WATCHES), default=None)
    valid_to: _OptionalDay = None
    reason: _Reason = None


class HouseholdRevealIn(Request):
    """The masked value to be shown, and why; logged."""

    field: str = one_of(households.SEALED_FIELDS)
    reason: str = text(200)


class StatusOut(Model):
    """What a household counts as (`part` category) or is watched for (`part` watch), from when, as who says."""

    part: str
    code: str
    source: str
    valid_from: date
    valid_to: date | None


class HouseholdOut(Record):
    """A household; `category` and `watch` are what holds today, all that ever held stands in `statuses`."""

    region_code: str
    head_name: str
    head_id_number: str | None
    phone: str | None
    group_no: str
    people: int | None
    hardship: str
    farmland: str | None
    forest: str | None
    floor_area: str | None
    housing_grade: str
    water: str
    insurance: str
    remark: str
    category: list[str]
    watch: list[str]
    statuses: list[StatusOut]


class HouseholdList(ListOut):
    """A page of households."""

    items: list[HouseholdOut]


class ResidentPatch(Request):
    """What changes in somebody who lives in a household; `left_on`: the last day there."""

    name: str = text(residents.NAME_LENGTH, default=None)
    relation: _Word = None
    sex: str = one_of(residents.SEXES, default=None)
    birth_year: Annotated[int, Field(ge=1900, le=2100)] | None = None
    health: _Word = None
    labour: _Word = None
    education: _Word = None
    school: _Word = None
    workplace: _Word = None
    left_on: _OptionalDay = None


class ResidentIn(ResidentPatch):
    """Somebody who lives in a household."""

    name: str = text(residents.NAME_LENGTH)


class ResidentOut(Record):
    """Somebody who lives in a household, the name masked."""

    name: str
    relation: str
    sex: str
    birth_year: int | None
    health: str
    labour: str
    education: str
    school: str
    workplace: str
    left_on: date | None


class ResidentList(ListOut):
    """Who lives in a household, in the order in which they were entered."""

    items: list[ResidentOut]


class CampaignLinkIn(Request):
    """A link to make: `holder` is a member's id or a unit's code or id, `object` a household's id or a place's code."""

    campaign: str = coded()
    kind: str = coded()
    holder: str = text(64)
    object: str = text(64)
    region_code: str = coded(default=None)
    part: _Part = None
    valid_from: str = day()
    remark: Annotated[str, StringConstraints(max_length=link_entries.REMARK_LENGTH)] | None = None


class CampaignLinkPatch(Request):
    """A last day (`valid_to`) ends a link, null takes that back; whatever changes needs a reason."""

    valid_to: _OptionalDay = None
    part: _Part = None
    valid_from: str = day(default=None)
    remark: Annotated[str, StringConstraints(max_length=link_entries.REMARK_LENGTH)] | None = None
    reason: _Reason = None


class CampaignLinkOut(Record):
    """A link: `object` is the household's (or industry's) id, or the place's code."""

    campaign: str
    kind: str
    holder: UUID
    holder_name: str
    object: str
    object_name: str
    region_code: str
    part: str
    valid_from: date
    valid_to: date | None
    end_reason: str
    remark: str


class LinkWarning(Reason):
    """A visit that is worth a look beside a link; `id` is the visit's."""

    id: UUID


class CampaignLinkShown(CampaignLinkOut):
    """A link by itself, with the visits that lie outside its days though they were entered."""

    warnings: list[LinkWarning]


class CampaignLinkList(ListOut):
    """A page of links."""

    items: list[CampaignLinkOut]


class EditionOut(ChangeOut):
    """One change of a record or of a part of it (`record`), and why."""

    record: str
    comment: str | None


class EditionList(ListOut):
    """What was changed in a record, oldest first."""

    items: list[EditionOut]
