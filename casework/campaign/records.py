"""The plain records of a campaign by their forms: which fields each kind takes (domain.md §1.4, §4.2)."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

import casework.activities
from casework.activities.tables import Activity, Attendance, Cosignature, Service, Suggestion
from casework.campaign import visits
from casework.campaign.forms import Change, Field, Form
from casework.campaign.readers import Desk, Read, choice, day, line, number, place, prose, record, unit
from casework.core.editions import Edition, known
from casework.core.errors import FieldError, Refusal
from casework.households.tables import Household
from casework.industries.tables import Entity, Industry, Park
from casework.leaders.queries import COUNTY_LEADER, ROLES
from casework.leaders.tables import Leader
from casework.members.tables import Member
from casework.projects.tables import Beneficiary, Project

_KINDS = Path(casework.activities.__file__).with_name("kinds.toml")
ENTITY_KINDS = ("enterprise", "cooperative", "family_farm", "large_grower")
PROJECT_KINDS = ("agri_industry", "infrastructure", "livelihood", "other")
SERVICE_KINDS = ("technical", "market", "information")
ADOPTIONS = ("adopted", "partly", "declined")
FORMS = ("on_site", "phone")
PARTS = ("companion", "attendee")
# What became of a suggestion is for the office to say.
_ANSWER = ("adoption", "reply", "answered_on")
STATUSES = ("present", "late", "leave", "absent")
# For what somebody was on leave; what each counts is for the scheme of the assessment to say.
LEAVES = ("official", "sick", "personal")


@cache
def activity_kinds() -> Mapping[str, Mapping[str, Any]]:
    """Return what each kind of activity is called and needs."""
    return tomllib.loads(_KINDS.read_text("utf-8"))


def planned_kinds() -> Sequence[str]:
    """Return the kinds of activities that are planned ahead, and to which people are invited."""
    return tuple(code for code, each in activity_kinds().items() if each.get("planned"))


def _is_of_the_county(_raw: Mapping[str, Any]) -> bool:
    return True


def _is_held_anywhere(raw: Mapping[str, Any]) -> bool:
    kind = raw.get("kind")
    told = activity_kinds().get(kind, {}) if isinstance(kind, str) else {}
    return bool(told.get("county_wide")) and raw.get("household_id") in (None, "")


def _needs_of_activity(desk: Desk, change: Change) -> Sequence[FieldError]:
    kind, day_of = change.values["kind"], change.values["on_date"]
    needs = activity_kinds()[kind]["needs"]
    found = [FieldError(name, "required") for name in needs if change.values.get(name) in (None, "")]
    if day_of > desk.today and kind not in planned_kinds():
        found.append(FieldError("on_date", "date_ahead", {"today": desk.today.isoformat()}))
    return [*found, *_next_after(desk, change)]


def _in_order(change: Change, first: str, second: str) -> Sequence[FieldError]:
    """Find a day that is told before the day it follows on."""
    before, after = change.values.get(first), change.values.get(second)
    if before is None or after is None or after >= before or change.named.isdisjoint((first, second)):
        return ()
    return [FieldError(second, "date_before", {"day": before.isoformat()})]


def _next_after(_desk: Desk, change: Change) -> Sequence[FieldError]:
    return _in_order(change, "on_date", "next_on")


def _answer_by_office(desk: Desk, change: Change) -> Sequence[FieldError]:
    told = [name for name in _ANSWER if name in change.named and change.values[name] not in (None, "")]
    late = _in_order(change, "on_date", "answered_on")
    return [*(FieldError(name, "office_only") for name in told if not desk.is_office), *late]


def _not_the_first_signer(desk: Desk, change: Change) -> Sequence[Refusal]:
    first = select(Suggestion.member_id).where(known(Suggestion), Suggestion.id == change.values["suggestion_id"])
    is_first = desk.session.scalar(first) == change.values["member_id"]
    return [Refusal("signed_first")] if is_first else ()


def _how_they_came(desk: Desk, change: Change) -> Sequence[FieldError]:
    has_type = change.values.get("leave") not in (None, "")
    status = change.values.get("status")
    found = [FieldError("leave", "not_on_leave")] if has_type and status != "leave" else []
    # Who came is known on the day; who asked for leave before.
    asked = select(Activity.on_date).where(known(Activity), Activity.id == change.values["activity_id"])
    held = desk.session.scalar(asked)
    if status not in ("leave", "") and held is not None and held > desk.today:
        found.append(FieldError("status", "not_held_yet", {"day": held.isoformat()}))
    return found


def _days_of_project(_desk: Desk, change: Change) -> Sequence[FieldError]:
    begun, finished = change.values.get("begun_on"), change.values.get("finished_on")
    if finished is None:
        return ()
    if begun is None:
        return [FieldError("begun_on", "required")]
    return [FieldError("finished_on", "ends_before_it_begins")] if finished < begun else ()


def _term_of_leader(_desk: Desk, change: Change) -> Sequence[FieldError]:
    begins, ends = change.values.get("valid_from"), change.values.get("valid_to")
    if ends is None:
        return ()
    if not change.values.get("end_reason"):
        return [FieldError("end_reason", "required")]
    return [FieldError("valid_to", "ends_before_it_begins")] if begins is not None and ends < begins else ()


def _words(name: str, read: Read, *, required: bool = False) -> Field:
    return Field(name, read, required=required, is_words=True)


def _record(name: str, table: type[Edition], what: str, *, required: bool = False, fixed: bool = False) -> Field:
    return Field(name, record(table, what), required=required, points_at=(table,), fixed=fixed)


_WHEN = Field("on_date", day(), required=True)
_WHERE = Field("region_code", place, required=True)
_WHERE_IT_LIVES = Field("region_code", place, required=True, follows="household_id")
_REMARK = _words("remark", prose())
_MEMBER = _record("member_id", Member, "member")
_ORG = Field("org", unit, column="org_id")
_HOUSEHOLD = _record("household_id", Household, "household")
_INDUSTRY = _record("industry_id", Industry, "industry")
_OF_INDUSTRY = _record("industry_id", Industry, "industry", required=True)

INDUSTRY = Form(
    "industry",
    Industry,
    (_WHERE, Field("name", line(longest=50), required=True), _words("tags", line()), _REMARK),
    key=("region_code", "name"),
    county_wide=_is_of_the_county,
)
LEADER = Form(
    "leader",
    Leader,
    (
        _WHERE,
        Field("name", line(longest=30), required=True),
        Field("role", choice(*ROLES, COUNTY_LEADER), required=True),
        Field("post", line()),
        Field("valid_from", day(ahead=True), required=True),
        Field("valid_to", day(ahead=True)),
        Field("end_reason", line()),
        _REMARK,
    ),
    key=("region_code", "name", "role", "valid_from"),
    rules=_term_of_leader,
    county_wide=_is_of_the_county,
)
PARK = Form(
    "park",
    Park,
    (_OF_INDUSTRY, _WHERE, Field("name", line(), required=True), _WHEN, _REMARK),
    key=("industry_id", "region_code", "name"),
)
ENTITY = Form(
    "entity",
    Entity,
    (
        _OF_INDUSTRY,
        _WHERE,
        Field("name", line(), required=True),
        Field("kind", choice(*ENTITY_KINDS), required=True),
        _WHEN,
        _REMARK,
    ),
    key=("industry_id", "region_code", "name"),
)
_DONE = (
    _words("title", line()),
    _ORG,
    _INDUSTRY,
    Field("form", choice(*FORMS)),
    _words("companions", line()),
    *(_words(name, prose()) for name in ("findings", "policy", "difficulty", "measures", "result", "evidence")),
    Field("document_no", line(longest=60)),
    Field("people", number()),
    Field("next_on", day(ahead=True)),
    _REMARK,
)
ACTIVITY = Form(
    "activity",
    Activity,
    (
        Field("kind", choice(*activity_kinds()), required=True),
        _WHERE_IT_LIVES,
        Field("on_date", day(ahead=True), required=True),
        _MEMBER,
        _HOUSEHOLD,
        *_DONE,
    ),
    fill=visits.fill,
    rules=_needs_of_activity,
    laws=visits.against,
    county_wide=_is_held_anywhere,
)
# An activity of one kind, which is therefore not told.
VISIT = Form(
    "visit",
    Activity,
    (
        _WHERE_IT_LIVES,
        _WHEN,
        _record("member_id", Member, "member", required=True),
        _record("household_id", Household, "household", required=True),
        *_DONE,
    ),
    fill=visits.fill_visit,
    rules=_next_after,
    laws=visits.against,
)
ATTENDANCE = Form(
    "attendance",
    Attendance,
    (
        _record("activity_id", Activity, "activity", required=True, fixed=True),
        _record("member_id", Member, "member", required=True),
        Field("part", choice(*PARTS), required=True),
        Field("status", choice(*STATUSES), required=True),
        Field("leave", choice(*LEAVES)),
        _REMARK,
    ),
    key=("activity_id", "member_id"),
    rules=_how_they_came,
)
SERVICE = Form(
    "service",
    Service,
    (
        Field("kind", choice(*SERVICE_KINDS), required=True),
        _WHERE,
        _WHEN,
        _words("content", prose(), required=True),
        _MEMBER,
        _ORG,
        _words("provider", line()),
        _words("receiver", line()),
        _HOUSEHOLD,
        _REMARK,
    ),
    fill=visits.by_own_member,
)
SUGGESTION = Form(
    "suggestion",
    Suggestion,
    (
        _WHERE,
        _WHEN,
        _words("content", prose(), required=True),
        _MEMBER,
        _ORG,
        _words("proposer", line()),
        _INDUSTRY,
        _words("addressed_to", line()),
        Field("adoption", choice(*ADOPTIONS)),
        _words("reply", prose()),
        Field("answered_on", day()),
        _REMARK,
    ),
    fill=visits.by_own_member,
    rules=_answer_by_office,
    county_wide=_is_of_the_county,
)
COSIGNATURE = Form(
    "cosignature",
    Cosignature,
    (
        _record("suggestion_id", Suggestion, "suggestion", required=True, fixed=True),
        _record("member_id", Member, "member", required=True, fixed=True),
        _REMARK,
    ),
    key=("suggestion_id", "member_id"),
    laws=_not_the_first_signer,
)
PROJECT = Form(
    "project",
    Project,
    (
        Field("name", line(), required=True),
        Field("kind", choice(*PROJECT_KINDS), required=True),
        _WHERE,
        _words("content", prose()),
        Field("department", line()),
        _INDUSTRY,
        _record("entity_id", Entity, "entity"),
        _words("progress", line()),
        Field("begun_on", day()),
        Field("finished_on", day()),
        Field("households_told", number()),
        _REMARK,
    ),
    key=("region_code", "name"),
    rules=_days_of_project,
)
BENEFICIARY = Form(
    "beneficiary",
    Beneficiary,
    (
        _record("project_id", Project, "project", required=True, fixed=True),
        _record("household_id", Household, "household", required=True, fixed=True),
        _WHEN,
        _REMARK,
    ),
    key=("project_id", "household_id"),
)
