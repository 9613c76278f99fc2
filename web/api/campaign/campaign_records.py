"""The plain records of a campaign: lists in the caller's sight, entered, mended, taken back, with their history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from casework.activities.tables import Activity, Lead, Suggestion
from casework.announcements.tables import Announcement, Receipt
from casework.campaign import forms, goals, leads, receipts, record_lists, record_names, record_rights, records, visits
from casework.campaign.readers import Desk
from casework.campaign.record_lists import LISTINGS, Listing
from casework.campaign.record_visibility import find
from casework.campaign.tables import Goal
from casework.core import texts
from casework.households import incomes
from casework.leaders.queries import COUNTY_LEADER, ROLES
from web import bodies, identity, unit
from web.api import answers, paging, parameters
from web.api.asked import CODE_OF_CAMPAIGN
from web.api.campaign import (
    activity_schemas,
    announcement_schemas,
    campaign_schemas,
    county_wide,
    lead_schemas,
    record_answers,
)
from web.api.campaign.campaign_schemas import list_of, patch_of
from web.api.operations import Parameter, Reply, expected_version, operation
from web.api.parameters import PAGING
from web.api.requests import DAY, UUID, Request
from web.api.schemas import Record
from workflows.campaign import deciding, group_visits, suggestion_answers, visiting
from workflows.campaign import goals as workflow_goals
from workflows.campaign.leads import SENT_AS as LEAD

# What is sent with a new activity alone.
_FOUND = (visiting.NEED, visiting.CASES, visiting.ATTENDEES, deciding.TASKS, group_visits.ALSO, LEAD)
_BESIDE = frozenset(each.name for each in PAGING)
_ID = {"type": "string", "pattern": UUID}
_CODE = {"type": "string", "minLength": 1, "maxLength": 64}
_WORDS = {"type": "string", "minLength": 1, "maxLength": record_lists.LONGEST_WORDS}


def _codes(choices: Sequence[str]) -> Mapping[str, Any]:
    return {"type": "string", "enum": list(choices)}


# What each filter means; which list takes which stands in casework/campaign/record_lists.py.
_MEANINGS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "region": ({"type": "string", "pattern": "^[0-9]{2,12}$"}, "in places whose code begins so"),
    "industry": (_ID, "about the industry of this id"),
    "member": (_ID, "by the member of this id, who did it or came along"),
    "household": (_ID, "about the household of this id"),
    "activity": (_ID, "of the activity of this id"),
    "project": (_ID, "of the project of this id"),
    "suggestion": (_ID, "to the suggestion of this id"),
    "org": ({"type": "string", "minLength": 1, "maxLength": 64}, "by the unit of this code"),
    "from": ({"type": "string", "pattern": DAY}, "of this day or later"),
    "to": ({"type": "string", "pattern": DAY}, "of this day or earlier"),
    "quarter": ({"type": "string", "pattern": "^[0-9]{4}Q[1-4]$"}, "in this quarter, such as 2022Q4"),
    "role": (_codes((*ROLES, COUNTY_LEADER)), "in this role"),
    "active_on": ({"type": "string", "pattern": DAY}, "in office on this day"),
    "form": (_codes(records.FORMS), "on site or by phone"),
    "status": (_codes(records.STATUSES), "of this standing"),
    "adoption": (_codes(records.ADOPTIONS), "with this answer"),
    "campaign": (CODE_OF_CAMPAIGN, "of this campaign"),
    "checklist": (_CODE, "of this checklist"),
    "item": (_CODE, "of this item"),
    "year": ({"type": "integer", "minimum": texts.FIRST_YEAR, "maximum": texts.LAST_YEAR}, "of this year"),
    "object": (_ID, "for the household, industry or unit of this id"),
    "risk": (_codes(leads.RISKS), "of this risk"),
    "method": (_codes(tuple(incomes.methods())), "reckoned by this version of a method"),
    "announcement": (_ID, "to the announcement of this id"),
    "slogan": (_ID, "that bear the slogan of this id"),
    "home": (_ID, "at the members' home of this id"),
    "recorded": (_codes(("true", "false")), "with a record of what was brought to it, or without"),
    "answer": (_codes(receipts.ANSWERS), "with this answer"),
    "answered": (_codes(("true", "false")), "given, or still owed"),
    "q": (_WORDS, "with these words in title or name"),
}
_WITHDRAWN = Parameter("withdrawn", {"type": "boolean"}, "those taken back, instead of those that count")


@dataclass(frozen=True, slots=True)
class Resource:
    """One list: its path, what it takes and gives. `kinds` are the codes of its filter `kind`, `states` of `state`."""

    path: str
    one: str
    shape: type[Record]
    taken: type[Request]
    fixed: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = goals.STATES

    @property
    def name(self) -> str:
        """The name of its list."""
        return self.path[1:]

    @property
    def listing(self) -> Listing:
        """What its list holds."""
        return LISTINGS[self.name]

    def parameters(self) -> Sequence[Parameter]:
        """The filters of its list, and how it is paged."""
        made = []
        for name, each in self.listing.filters.items():
            own = {"kind": (_codes(self.kinds), "of this kind"), "state": (_codes(self.states), "in this state")}
            schema, meaning = own.get(name) or _MEANINGS[name]
            made.append(Parameter(name, schema, meaning, many=each.many))
        if self.listing.form.is_withdrawable:
            made.append(_WITHDRAWN)
        return (*made, *PAGING)


RESOURCES = (
    Resource("/industries", "an industry", campaign_schemas.IndustryOut, campaign_schemas.IndustryIn),
    Resource(
        "/activities",
        "an activity",
        activity_schemas.ActivityOut,
        activity_schemas.ActivityIn,
        fixed=_FOUND,
        kinds=tuple(records.activity_kinds()),
    ),
    Resource("/visits", "a visit", activity_schemas.VisitOut, activity_schemas.VisitIn, fixed=_FOUND),
    Resource(
        "/attendances",
        "a member at an activity",
        activity_schemas.AttendanceOut,
        activity_schemas.AttendanceIn,
        fixed=("activity_id",),
    ),
    Resource("/leaders", "a leader", campaign_schemas.LeaderOut, campaign_schemas.LeaderIn),
    Resource("/parks", "a park", campaign_schemas.ParkOut, campaign_schemas.ParkIn),
    Resource(
        "/entities",
        "an agricultural entity",
        campaign_schemas.EntityOut,
        campaign_schemas.EntityIn,
        kinds=records.ENTITY_KINDS,
    ),
    Resource(
        "/services", "a service", campaign_schemas.ServiceOut, campaign_schemas.ServiceIn, kinds=records.SERVICE_KINDS
    ),
    Resource("/suggestions", "a suggestion", campaign_schemas.SuggestionOut, campaign_schemas.SuggestionIn),
    Resource(
        "/cosignatures",
        "a further signature to a suggestion",
        campaign_schemas.CosignatureOut,
        campaign_schemas.CosignatureIn,
        fixed=("suggestion_id", "member_id"),
    ),
    Resource(
        "/leads",
        "a lead",
        lead_schemas.LeadOut,
        lead_schemas.LeadIn,
        fixed=leads.OF_VISIT,
        states=leads.STATES,
    ),
    Resource(
        "/projects", "a project", campaign_schemas.ProjectOut, campaign_schemas.ProjectIn, kinds=records.PROJECT_KINDS
    ),
    Resource(
        "/beneficiaries",
        "a household that earns more by a project",
        campaign_schemas.BeneficiaryOut,
        campaign_schemas.BeneficiaryIn,
        fixed=("project_id", "household_id"),
    ),
    Resource(
        "/goals",
        "a goal",
        campaign_schemas.GoalOut,
        campaign_schemas.GoalIn,
        fixed=("campaign", "checklist", "item", "year", "object_id", "region_code"),
    ),
    Resource(
        "/plans",
        "a plan",
        campaign_schemas.PlanOut,
        campaign_schemas.PlanIn,
        fixed=("campaign", "year", "object_id", "region_code"),
    ),
    Resource(
        "/incomes",
        "an estimate of income",
        campaign_schemas.IncomeOut,
        campaign_schemas.IncomeIn,
        fixed=("household_id",),
    ),
    Resource("/member-homes", "a members' home", announcement_schemas.MemberHomeOut, announcement_schemas.MemberHomeIn),
    Resource(
        "/slogans", "a slogan", announcement_schemas.SloganOut, announcement_schemas.SloganIn, fixed=("region_code",)
    ),
    Resource("/duties", "a duty at a members' home", announcement_schemas.DutyOut, announcement_schemas.DutyIn),
    Resource(
        "/announcements",
        "an announcement",
        announcement_schemas.AnnouncementOut,
        announcement_schemas.AnnouncementIn,
        fixed=("region_code", "on_date", "campaign", "audience", "asks", "members", "orgs"),
    ),
    Resource(
        "/receipts",
        "a receipt of an announcement",
        announcement_schemas.ReceiptOut,
        announcement_schemas.ReceiptIn,
        fixed=("announcement_id", "member_id", "org"),
    ),
)
# What is entered with something beside it, by operations of its own (activities.py, announcements.py, leads.py).
_WITH_MORE = (Activity, Announcement, Receipt, Lead)


def declare_reading(kind: Resource) -> None:
    """Declare the list, one record and its history."""
    listing, page = kind.listing, list_of(kind.shape)
    read = record_rights.rights_of(listing.form.table).read

    @operation(
        "GET",
        kind.path,
        permission=read,
        summary=f"List {kind.name}",
        answers={200: page},
        parameters=kind.parameters(),
    )
    def list_records() -> Reply:
        """List the records the caller may know of, newest first."""
        return _page(kind, page)

    @operation(
        "GET",
        f"{kind.path}/<record_id>",
        permission=read,
        summary=f"Show {kind.one}",
        answers={200: kind.shape},
        problems=(404,),
        has_etag=True,
    )
    def show_record(record_id: str) -> Reply:
        """Show a record, one that was taken back too."""
        return Reply(shown(kind, found(kind, record_id)))

    @operation(
        "GET",
        f"{kind.path}/<record_id>/history",
        permission=read,
        summary=f"List what was changed in {kind.one}",
        answers={200: campaign_schemas.RecordChanges},
        problems=(404,),
    )
    def list_changes(record_id: str) -> Reply:
        """List the editions of a record, oldest first."""
        row = found(kind, record_id)
        changes = record_names.changes_of(unit.session(), listing.form, row.id)
        return Reply(record_answers.history(listing.form, changes))


def declare_mending(kind: Resource) -> None:
    """Declare how a record is mended and taken back."""
    form = kind.listing.form

    @operation(
        "PATCH",
        f"{kind.path}/<record_id>",
        permission=record_rights.rights_of(form.table).enter,
        summary=f"Change {kind.one}",
        request_model=patch_of(kind.taken, fixed=kind.fixed, is_withdrawable=form.is_withdrawable),
        answers={200: kind.shape},
        problems=(404, 409, 412),
        has_etag=True,
        takes_if_match=True,
    )
    def mend_record(record_id: str) -> Reply:
        """Change what is named; nothing is deleted, and `withdrawn` takes a record back with a reason."""
        session, actor, at = unit.session(), identity.actor(), unit.at()
        row = found(kind, record_id, lock=True)
        record_rights.require_mending(session, row, actor=actor, at=at)
        raw = bodies.json_object()
        if form.table is Activity:
            raw = visits.with_words(raw, desk(), kept=row.remark)
        if form.table is Goal:
            row = workflow_goals.mend(session, row, raw, actor=actor, at=at, expected_version=expected_version())
        elif form.table is Suggestion:
            row = suggestion_answers.mend(session, row, raw, actor=actor, at=at, expected_version=expected_version())
        else:
            row = forms.mend(session, form, row, raw, actor=actor, at=at, expected_version=expected_version())
        # Nor is it moved to where the caller has no say.
        record_rights.require_outcome(session, row, actor=actor, at=at)
        return Reply(shown(kind, row))


def declare_entering(kind: Resource) -> None:
    """Declare how a record is entered."""
    form = kind.listing.form

    @operation(
        "POST",
        kind.path,
        permission=record_rights.rights_of(form.table).enter,
        anywhere=True,
        summary=f"Enter {kind.one}",
        request_model=kind.taken,
        answers={201: kind.shape, 200: kind.shape},
        problems=(409,),
        has_etag=True,
    )
    def enter_record() -> Reply:
        """Enter a record; with a client-made `id` sent before and the same content, show what was entered then."""
        session, actor, at = unit.session(), identity.actor(), unit.at()
        raw = county_wide.placed(form, bodies.json_object())
        before = forms.sent_before(session, form, raw, actor=actor, at=at)
        if before is not None:
            return Reply(shown(kind, before), headers=where(kind, before))
        row = forms.enter(session, form, raw, actor=actor, at=at)
        # Asked of the row, so that what is missing or unknown in what was sent is a mistake of its field.
        record_rights.require_entering(session, row, actor=actor, at=at)
        return Reply(shown(kind, row), 201, where(kind, row))


def desk() -> Desk:
    """Return what is at hand in this request."""
    return Desk(unit.session(), unit.at(), identity.actor())


def found(kind: Resource, record_id: str, *, lock: bool = False) -> Any:
    """Return the record of a path, as it is in the list of this kind.

    Raises:
        NotFound: there is none, or none the caller may know of.
    """
    table, only = kind.listing.form.table, kind.listing.only()
    session, actor = unit.session(), identity.actor()
    return find(session, actor, table, answers.path_id(record_id), on=unit.today(), only=only, lock=lock)


def shown(kind: Resource, row: Any) -> Record:
    """Return a record as its caller may see it."""
    return kind.shape(**record_answers.shown(kind.listing.form, [row])[0])


def where(kind: Resource, row: Any) -> Mapping[str, str]:
    """Return the header that says where a record is."""
    return {"Location": url_for(f"api.{kind.name}_show_record", record_id=str(row.id))}


def _page(kind: Resource, page: Any) -> Reply:
    asked = {name: values for name, values in request.args.lists() if name not in _BESIDE}
    at_desk, listing = desk(), kind.listing
    conditions, limit, count, after = parameters.all_of(
        lambda: record_lists.read_filters(at_desk, listing, asked),
        parameters.asked_limit,
        parameters.asked_count,
        lambda: _asked_place(kind),
    )
    rows = record_lists.page(at_desk, listing, conditions, after=after, limit=limit + 1)
    kept, more = paging.cut(kind.path, rows, limit, lambda row: record_lists.place_of(listing, row))
    total = record_lists.count(at_desk, listing, conditions) if count else None
    items = [kind.shape(**each) for each in record_answers.shown(listing.form, kept)]
    return Reply(page(items=items, next=more, total=total))


def _asked_place(kind: Resource) -> record_lists.Place | None:
    found = paging.after_text_and_id(kind.path)
    return None if found is None else record_lists.read_place(kind.listing, *found)


for _each in RESOURCES:
    declare_reading(_each)
    declare_mending(_each)
    if _each.listing.form.table not in _WITH_MORE:
        declare_entering(_each)
