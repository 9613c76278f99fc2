"""The plain records of a campaign by their forms: which fields each kind takes (domain.md §1.4, §4.2)."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import casework.activities
from casework.activities.tables import Activity, Attendance, Service, Suggestion
from casework.campaign.forms import Field, Form, choice, day, line, number, place, prose, record, unit
from casework.core.errors import FieldError
from casework.households.tables import Household
from casework.industries.tables import Entity, Industry, Park
from casework.members.tables import Member
from casework.projects.tables import Beneficiary, Project

_KINDS = Path(casework.activities.__file__).with_name("kinds.toml")
ENTITY_KINDS = ("enterprise", "cooperative", "family_farm", "large_grower")
PROJECT_KINDS = ("agri_industry", "infrastructure", "livelihood", "other")
SERVICE_KINDS = ("technical", "market", "information")
ADOPTIONS = ("adopted", "partly", "declined")
FORMS = ("on_site", "phone")
PARTS = ("companion", "attendee")
STATUSES = ("present", "late", "leave", "absent")


@cache
def activity_kinds() -> Mapping[str, Mapping[str, Any]]:
    """Return what each kind of activity is called and needs."""
    return tomllib.loads(_KINDS.read_text("utf-8"))


def _needs_of_activity(values: Mapping[str, Any]) -> Sequence[FieldError]:
    needs = activity_kinds()[values["kind"]]["needs"]
    return [FieldError(name, "required") for name in needs if values.get(name) in (None, "")]


def _days_of_project(values: Mapping[str, Any]) -> Sequence[FieldError]:
    begun, finished = values.get("begun_on"), values.get("finished_on")
    if finished is None:
        return ()
    if begun is None:
        return [FieldError("begun_on", "required")]
    return [FieldError("finished_on", "ends_before_it_begins")] if finished < begun else ()


_WHEN = Field("on_date", day(), required=True)
_WHERE = Field("region_code", place, required=True)
_REMARK = Field("remark", prose())
_MEMBER = Field("member_id", record(Member, "member"))
_ORG = Field("org", unit, column="org_id")
_HOUSEHOLD = Field("household_id", record(Household, "household"))
_INDUSTRY = Field("industry_id", record(Industry, "industry"))

INDUSTRY = Form(
    "industry", Industry, (_WHERE, Field("name", line(longest=50), required=True), Field("tags", line()), _REMARK)
)
PARK = Form(
    "park",
    Park,
    (
        Field("industry_id", record(Industry, "industry"), required=True),
        _WHERE,
        Field("name", line(), required=True),
        _WHEN,
        _REMARK,
    ),
)
ENTITY = Form(
    "entity",
    Entity,
    (
        Field("industry_id", record(Industry, "industry"), required=True),
        _WHERE,
        Field("name", line(), required=True),
        Field("kind", choice(*ENTITY_KINDS), required=True),
        _WHEN,
        _REMARK,
    ),
)
ACTIVITY = Form(
    "activity",
    Activity,
    (
        Field("kind", choice(*activity_kinds()), required=True),
        _WHERE,
        _WHEN,
        Field("title", line()),
        _MEMBER,
        _ORG,
        _HOUSEHOLD,
        _INDUSTRY,
        Field("form", choice(*FORMS, optional=True)),
        Field("companions", line()),
        *(Field(name, prose()) for name in ("findings", "policy", "difficulty", "measures", "result", "evidence")),
        Field("document_no", line(longest=60)),
        Field("people", number()),
        Field("next_on", day(ahead=True)),
        _REMARK,
    ),
    _needs_of_activity,
)
ATTENDANCE = Form(
    "attendance",
    Attendance,
    (
        Field("activity_id", record(Activity, "activity"), required=True),
        Field("member_id", record(Member, "member"), required=True),
        Field("part", choice(*PARTS), required=True),
        Field("status", choice(*STATUSES), required=True),
        _REMARK,
    ),
)
SERVICE = Form(
    "service",
    Service,
    (
        Field("kind", choice(*SERVICE_KINDS), required=True),
        _WHERE,
        _WHEN,
        Field("content", prose(), required=True),
        _MEMBER,
        _ORG,
        Field("provider", line()),
        Field("receiver", line()),
        _HOUSEHOLD,
        _REMARK,
    ),
)
SUGGESTION = Form(
    "suggestion",
    Suggestion,
    (
        _WHERE,
        _WHEN,
        Field("content", prose(), required=True),
        _MEMBER,
        _ORG,
        Field("proposer", line()),
        _INDUSTRY,
        Field("addressed_to", line()),
        Field("adoption", choice(*ADOPTIONS, optional=True)),
        Field("reply", prose()),
        Field("answered_on", day()),
        _REMARK,
    ),
)
PROJECT = Form(
    "project",
    Project,
    (
        Field("name", line(), required=True),
        Field("kind", choice(*PROJECT_KINDS), required=True),
        _WHERE,
        Field("content", prose()),
        Field("department", line()),
        _INDUSTRY,
        Field("entity_id", record(Entity, "entity")),
        Field("progress", line()),
        Field("begun_on", day()),
        Field("finished_on", day()),
        Field("households_told", number()),
        _REMARK,
    ),
    _days_of_project,
)
BENEFICIARY = Form(
    "beneficiary",
    Beneficiary,
    (
        Field("project_id", record(Project, "project"), required=True),
        Field("household_id", record(Household, "household"), required=True),
        _WHEN,
        _REMARK,
    ),
)
FORMS_BY_NAME: Mapping[str, Form] = {
    form.name: form
    for form in (INDUSTRY, PARK, ENTITY, ACTIVITY, ATTENDANCE, SERVICE, SUGGESTION, PROJECT, BENEFICIARY)
}
