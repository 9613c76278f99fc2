"""Lists of the plain records of a campaign: which filters each kind has, newest first, in the actor's sight only."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from casework.activities.tables import Activity, Attendance, Suggestion
from casework.announcements.tables import Announcement
from casework.campaign import announcements, duties, goals, income_entries, leads, plans, receipts, records, slogans
from casework.campaign.forms import Form
from casework.campaign.quarters import read_quarter
from casework.campaign.readers import Desk, Read, choice, day, number, record
from casework.campaign.record_visibility import place_condition, visible_to
from casework.campaign.visits import VISIT
from casework.core import texts
from casework.core.editions import Edition, known, standing, withdrawn
from casework.core.errors import FieldError, Invalid, invalid
from casework.core.ids import parse_id
from casework.duties.tables import MemberHome
from casework.households import incomes
from casework.households.tables import Household
from casework.industries.tables import Industry
from casework.leaders.queries import COUNTY_LEADER, ROLES, in_office
from casework.matters import titles
from casework.members.tables import Member
from casework.projects.tables import Project
from casework.registry import queries as registry
from casework.slogans.tables import Slogan, SloganMark

LONGEST_WORDS = 100
Condition = ColumnElement[bool]
_PREFIX = re.compile(r"[0-9]{2,12}")


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: how its value is read, and what it asks of a table. `many`: any one of several values will do."""

    read: Read
    asks: Callable[[Any, Any], Condition]
    many: bool = False
    # The column in which its value is looked for, if it is words.
    says: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: a kind of record, which of them, and its filters by name."""

    form: Form
    filters: Mapping[str, Filter]
    only: Callable[[], Sequence[Condition]] = tuple


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: behind the row of this day (or instant of entering) and id."""

    when: Any
    id: UUID


def _equals(column: str) -> Callable[[Any, Any], Condition]:
    return lambda table, value: getattr(table, column) == value


def _prefix(_desk: Desk, value: Any, name: str) -> str:
    if not _PREFIX.fullmatch(value):
        raise invalid(name, "no_such_region", value=value[:64])
    code: str = value
    return code


def _unit(desk: Desk, value: Any, name: str) -> UUID:
    return registry.org_ever(desk.session, value, field=name)


def _quarter(_desk: Desk, value: Any, name: str) -> tuple[date, date]:
    quarter = read_quarter(value, field=name)
    return quarter.first, quarter.last


def _some_words(_desk: Desk, value: Any, name: str) -> str:
    return texts.search_key(texts.clean_text(value, field=name, max_length=LONGEST_WORDS, multiline=False))


def _words(column: str) -> Filter:
    def says(table: Any, value: Any) -> Condition:
        return func.lower(getattr(table, column)).contains(value, autoescape=True)

    return Filter(_some_words, says, says=column)


def _of_member(_table: Any, member_id: UUID) -> Condition:
    along = select(Attendance.activity_id).where(
        known(Attendance), withdrawn(Attendance, value=False), Attendance.member_id == member_id
    )
    return or_(Activity.member_id == member_id, Activity.id.in_(along))


def _is_answered(table: Any, told: str) -> Condition:
    condition: Condition = table.answer != "" if told == "true" else table.answer == ""
    return condition


def _bears(table: Any, slogan_id: UUID) -> Condition:
    condition: Condition = table.id.in_(
        select(SloganMark.bearer_id).where(standing(SloganMark), SloganMark.slogan_id == slogan_id)
    )
    return condition


def _is_recorded(table: Any, told: str) -> Condition:
    condition: Condition = table.activity_id.is_not(None) if told == "true" else table.activity_id.is_(None)
    return condition


def _goal_object(desk: Desk, value: Any, name: str) -> UUID:
    found = parse_id(value)
    if found is None or goals.find_object(desk, found, ("household", "industry", "org")) is None:
        raise invalid(name, "no_such_object")
    return found


def _code(codes: Sequence[str], column: str) -> Filter:
    return Filter(choice(*codes), _equals(column), many=True)


def _points(table: type[Edition], what: str, column: str) -> Filter:
    return Filter(record(table, what), _equals(column))


_REGION = Filter(_prefix, place_condition, many=True)
_FROM = Filter(day(ahead=True), lambda table, value: table.on_date >= value)
_TO = Filter(day(ahead=True), lambda table, value: table.on_date <= value)
_ORG = Filter(_unit, _equals("org_id"))
_INDUSTRY = _points(Industry, "industry", "industry_id")
_HOUSEHOLD = _points(Household, "household", "household_id")
_SLOGAN = Filter(record(Slogan, "slogan"), _bears)
_YEAR = Filter(number(least=texts.FIRST_YEAR, most=texts.LAST_YEAR), _equals("year"))
_SPAN = {"from": _FROM, "to": _TO}
_VISITED: Mapping[str, Filter] = {
    "region": _REGION,
    "member": Filter(record(Member, "member"), _of_member),
    "household": _HOUSEHOLD,
    "industry": _INDUSTRY,
    "org": _ORG,
    "slogan": _SLOGAN,
    **_SPAN,
    "form": _code(records.FORMS, "form"),
    "quarter": Filter(_quarter, lambda table, value: table.on_date.between(*value)),
    "q": _words("title"),
}
LISTINGS: Mapping[str, Listing] = {
    "industries": Listing(records.INDUSTRY, {"region": _REGION, "q": _words("name")}),
    "parks": Listing(records.PARK, {"industry": _INDUSTRY, "region": _REGION}),
    "entities": Listing(
        records.ENTITY,
        {"industry": _INDUSTRY, "region": _REGION, "kind": _code(records.ENTITY_KINDS, "kind")},
    ),
    "activities": Listing(records.ACTIVITY, {"kind": _code(tuple(records.activity_kinds()), "kind"), **_VISITED}),
    "visits": Listing(records.VISIT, _VISITED, lambda: (Activity.kind == VISIT,)),
    "attendances": Listing(
        records.ATTENDANCE,
        {
            "activity": _points(Activity, "activity", "activity_id"),
            "member": _points(Member, "member", "member_id"),
            "status": _code(records.STATUSES, "status"),
        },
    ),
    "leaders": Listing(
        records.LEADER,
        {
            "role": _code((*ROLES, COUNTY_LEADER), "role"),
            "region": _REGION,
            "active_on": Filter(day(ahead=True), lambda _table, on: in_office(on)),
            "q": _words("name"),
        },
    ),
    "services": Listing(
        records.SERVICE,
        {"kind": _code(records.SERVICE_KINDS, "kind"), "region": _REGION, "org": _ORG, **_SPAN},
    ),
    "suggestions": Listing(
        records.SUGGESTION,
        {
            "adoption": _code(records.ADOPTIONS, "adoption"),
            "industry": _INDUSTRY,
            "org": _ORG,
            "region": _REGION,
            **_SPAN,
        },
    ),
    "cosignatures": Listing(
        records.COSIGNATURE,
        {
            "suggestion": _points(Suggestion, "suggestion", "suggestion_id"),
            "member": _points(Member, "member", "member_id"),
        },
    ),
    "leads": Listing(
        leads.LEAD,
        {
            "state": Filter(choice(*leads.STATES), leads.stands, many=True),
            "risk": Filter(choice(*leads.RISKS), leads.has_risk, many=True),
            "household": _HOUSEHOLD,
            "member": _points(Member, "member", "member_id"),
            "activity": _points(Activity, "activity", "activity_id"),
            "org": _ORG,
            "region": _REGION,
            **_SPAN,
        },
    ),
    "projects": Listing(
        records.PROJECT,
        {
            "kind": _code(records.PROJECT_KINDS, "kind"),
            "industry": _INDUSTRY,
            "slogan": _SLOGAN,
            "region": _REGION,
            "q": _words("name"),
        },
    ),
    "plans": Listing(
        plans.PLAN,
        {
            "campaign": Filter(goals.campaign_code, _equals("campaign")),
            "year": _YEAR,
            "object": Filter(record(Household, "household"), _equals("object_id")),
            "region": _REGION,
        },
    ),
    "incomes": Listing(
        income_entries.INCOME,
        {
            "household": _HOUSEHOLD,
            "year": _YEAR,
            "method": _code(tuple(incomes.methods()), "method"),
            "region": _REGION,
        },
    ),
    "goals": Listing(
        goals.GOAL,
        {
            "campaign": Filter(goals.campaign_code, _equals("campaign")),
            "checklist": Filter(goals.checklist_code, _equals("checklist"), many=True),
            "item": Filter(goals.item_code, _equals("item"), many=True),
            "year": _YEAR,
            "state": _code(goals.STATES, "state"),
            "region": _REGION,
            "object": Filter(_goal_object, _equals("object_id")),
        },
    ),
    "announcements": Listing(
        announcements.ANNOUNCEMENT,
        {
            "campaign": Filter(goals.campaign_code, _equals("campaign")),
            "activity": _points(Activity, "activity", "activity_id"),
            "region": _REGION,
            **_SPAN,
            "q": _words("title"),
        },
    ),
    "receipts": Listing(
        receipts.RECEIPT,
        {
            "announcement": _points(Announcement, "announcement", "announcement_id"),
            "member": _points(Member, "member", "member_id"),
            "org": _ORG,
            "answer": _code(receipts.ANSWERS, "answer"),
            "answered": Filter(choice("true", "false"), _is_answered),
        },
    ),
    "member-homes": Listing(duties.MEMBER_HOME, {"region": _REGION, "q": _words("name")}),
    "duties": Listing(
        duties.DUTY,
        {
            "home": _points(MemberHome, "member_home", "home_id"),
            "member": _points(Member, "member", "member_id"),
            "recorded": Filter(choice("true", "false"), _is_recorded),
            **_SPAN,
        },
    ),
    "slogans": Listing(slogans.SLOGAN, {"q": _words("label")}),
    "beneficiaries": Listing(
        records.BENEFICIARY,
        {"project": _points(Project, "project", "project_id"), "household": _HOUSEHOLD},
    ),
}


def read_filters(desk: Desk, listing: Listing, raw: Mapping[str, Sequence[str]]) -> list[Condition]:
    """Return the conditions that filters ask for, each given with all its values; `withdrawn`: those taken back.

    Raises:
        Invalid: every unknown filter, repeated single value and wrong value.
    """
    errors: list[FieldError] = []
    table = listing.form.table
    conditions: list[Condition] = [known(table), *listing.only()]
    sent = dict(raw)
    if listing.form.is_withdrawable:
        conditions.append(withdrawn(table, value=_asked_withdrawn(sent.pop("withdrawn", ["false"]), errors)))
    for name, given in sent.items():
        filter = listing.filters.get(name)
        if filter is None or (len(given) > 1 and not filter.many):
            errors.append(FieldError(name, "unknown_filter" if filter is None else "once_only"))
            continue
        try:
            values = [filter.read(desk, _shown(value, name), name) for value in given]
            conditions.append(or_(*(_asked_of(desk, table, filter, value) for value in values)))
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return conditions


def _asked_of(desk: Desk, table: Any, filter: Filter, value: Any) -> Condition:
    asked = filter.asks(table, value)
    return titles.saying(desk.session, asked, getattr(table, filter.says), value) if filter.says else asked


def page(
    desk: Desk, listing: Listing, conditions: Sequence[Condition], *, after: Place | None, limit: int
) -> Sequence[Any]:
    """Return up to `limit` records that come behind a place: newest first by day and id, else by when they came."""
    when, record_id = _order(listing)
    asked = _asked(desk, listing, conditions).order_by(when.desc(), record_id.desc()).limit(limit)
    if after is not None:
        asked = asked.where(or_(when < after.when, and_(when == after.when, record_id < after.id)))
    return desk.session.scalars(asked).all()


def count(desk: Desk, listing: Listing, conditions: Sequence[Condition]) -> int:
    """Count the records of a list."""
    asked = _asked(desk, listing, conditions).subquery()
    return desk.session.scalar(select(func.count()).select_from(asked)) or 0


def place_of(listing: Listing, row: Any) -> tuple[str, str]:
    """Return where a row stands in its list, as texts for a cursor."""
    when, _record_id = _order(listing)
    return getattr(row, when.key).isoformat(), str(row.id)


def read_place(listing: Listing, when: str, record_id: UUID) -> Place:
    """Read a place of a list.

    Raises:
        Invalid: no row can stand there.
    """
    column, _record_id = _order(listing)
    read = texts.parse_instant if column.key == "created_at" else texts.parse_date
    try:
        return Place(read(when, field="cursor"), record_id)
    except Invalid:
        raise invalid("cursor", "cursor_unreadable") from None


def _asked(desk: Desk, listing: Listing, conditions: Sequence[Condition]) -> Select[Any]:
    table = listing.form.table
    return select(table).where(*conditions, visible_to(desk.actor, table, on=desk.today))


def _order(listing: Listing) -> tuple[Any, Any]:
    table = listing.form.table
    return getattr(table, "on_date", table.created_at), table.id


def _asked_withdrawn(given: Sequence[str], errors: list[FieldError]) -> bool:
    if len(given) > 1:
        errors.append(FieldError("withdrawn", "once_only"))
    elif given[0] not in ("true", "false"):
        errors.append(FieldError("withdrawn", "not_a_choice", {"choices": "true, false"}))
    return given[0] == "true"


def _shown(value: str, name: str) -> str:
    # Nothing asks for nothing: a filter that is there has a value.
    if texts.is_blank(value):
        raise invalid(name, "required")
    return value
