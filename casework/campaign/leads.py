"""Leads (线索): a risk of falling back that a visit found, told to the town, and what the town answered.

The county committee decides no status (domain.md §3e): whatever is answered, what a household counts as and is watched
for stays as it was imported.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, or_, select

from casework.activities.tables import Activity, Lead
from casework.campaign.forms import Change, Field, Form, Values
from casework.campaign.readers import Desk, choice, day, prose, record, unit
from casework.campaign.record_visibility import visible_to
from casework.campaign.visits import VISIT
from casework.core.actors import UNIT_ROLES, Actor
from casework.core.database import Session
from casework.core.editions import known, standing
from casework.core.errors import FieldError, invalid
from casework.households.tables import Household
from casework.members.tables import Member
from casework.registry.tables import Org

# Risk categories (domain.md §3e); a household may have several.
RISKS = (
    *("illness", "schooling", "disability", "disaster", "accident", "no_labour", "unsteady_work", "failed_business"),
    *("housing", "drinking_water", "other"),
)
# What a town answers: it is looking into it, it has listed the household to be watched, it helps without listing it,
# it found no risk.
CHECKING, WATCHED = "checking", "watched"
ANSWERS = (CHECKING, WATCHED, "helped", "no_risk")
OPEN, ANSWERED = "open", "answered"
STATES = (OPEN, CHECKING, ANSWERED)
_TOWN, _TOWN_DIGITS = "township", 9
# What the visit says once and for all; only the visit itself is named.
OF_VISIT = ("activity_id", "household_id", "member_id", "region_code", "on_date")
_ANSWER = ("answer", "reply", "answered_on")


def state_of(answer: str) -> str:
    """Return where a lead stands by what the town has answered."""
    return answer if answer == CHECKING else ANSWERED if answer else OPEN


def stands(table: Any, state: str) -> ColumnElement[bool]:
    """Return the condition that a lead stands so."""
    answers = {OPEN: ("",), CHECKING: (CHECKING,)}.get(state, tuple(each for each in ANSWERS if each != CHECKING))
    condition: ColumnElement[bool] = table.answer.in_(answers)
    return condition


def has_risk(table: Any, risk: str) -> ColumnElement[bool]:
    """Return the condition that a lead tells of a risk."""
    condition: ColumnElement[bool] = cast(table.risks, Text).contains(f'"{risk}"')
    return condition


def of_activity(session: Session, activity_id: UUID) -> Lead | None:
    """Return the lead that a visit gave, as it is known now."""
    return session.scalars(select(Lead).where(standing(Lead), Lead.activity_id == activity_id)).first()


def others_of(session: Session, actor: Actor, lead: Lead, *, on: date) -> Sequence[Lead]:
    """Return the other leads on the household of one, of those the actor may know of, the latest first."""
    same = (Lead.household_id == lead.household_id, Lead.id != lead.id)
    asked = select(Lead).where(standing(Lead), *same, visible_to(actor, Lead, on=on))
    return session.scalars(asked.order_by(Lead.on_date.desc(), Lead.id.desc())).all()


def waiting_for(session: Session, actor: Actor, *, limit: int, first: int = 0) -> Sequence[Lead]:
    """Return a piece of the leads that the actor's units still owe an answer to, oldest first."""
    asked = asked_for(actor, Lead)
    return (
        () if asked is None else session.scalars(asked.order_by(Lead.on_date, Lead.id).limit(limit).offset(first)).all()
    )


def asked_for(actor: Actor, *columns: Any) -> Select[Any] | None:
    """Return what finds all of them, their ids where nothing else is named; None: the actor is in no unit."""
    orgs = actor.org_ids(UNIT_ROLES)
    waiting = or_(stands(Lead, OPEN), stands(Lead, CHECKING))
    return select(*columns or (Lead.id,)).where(standing(Lead), Lead.org_id.in_(orgs), waiting) if orgs else None


def _risks(_desk: Desk, value: Any, name: str) -> list[str] | None:
    if value in (None, "", []):
        return None
    if not isinstance(value, list):
        raise invalid(name, "not_a_list")
    if any(not isinstance(each, str) or each not in RISKS for each in value):
        raise invalid(name, "not_a_choice", choices=", ".join(RISKS))
    return [each for each in RISKS if each in value]


def _follows(_desk: Desk, _value: Any, name: str) -> Any:
    # Told by the visit alone.
    raise invalid(name, "unknown_field")


def _fill(desk: Desk, change: Change) -> Values:
    today = {"answered_on": desk.today} if "answer" in change.named and change.values["answer"] else {}
    filled: dict[str, Any] = {} if change.values.get("answered_on") else today
    if change.row is not None:
        return filled
    visit = _visit(desk.session, change.values.get("activity_id"))
    if visit is None or visit.household_id is None:
        return filled
    place = _place(desk.session, visit.household_id)
    if change.values.get("org_id") is None:
        filled["org_id"] = _town_unit(desk.session, place)
    of_visit = {"household_id": visit.household_id, "member_id": visit.member_id, "on_date": visit.on_date}
    return {**of_visit, "region_code": place, **filled}


def _visit(session: Session, activity_id: UUID | None) -> Activity | None:
    asked = select(Activity).where(standing(Activity), Activity.id == activity_id, Activity.kind == VISIT)
    return None if activity_id is None else session.scalars(asked).first()


def _place(session: Session, household_id: UUID) -> str:
    place: str = session.scalars(
        select(Household.region_code).where(Household.id == household_id, known(Household))
    ).one()
    return place


def _town_unit(session: Session, place: str) -> UUID | None:
    asked = select(Org.id).where(Org.kind == _TOWN, Org.region_code == place[:_TOWN_DIGITS], Org.valid_to.is_(None))
    return session.scalars(asked.order_by(Org.code)).first()


def _mistakes(desk: Desk, change: Change) -> Sequence[FieldError]:
    values = change.values
    if change.row is None and values.get("household_id") is None:
        return [FieldError("activity_id", "not_a_visit")]
    found = []
    told = [name for name in _ANSWER if name in change.named and values[name] not in (None, "")]
    if told and not desk.is_office and not desk.actor.holds_in(UNIT_ROLES, values.get("org_id")):
        found += [FieldError(name, "town_only") for name in told]
    if "org_id" in change.named and values["org_id"] is not None and not desk.is_office:
        found.append(FieldError("org", "office_only"))
    if not values.get("answer") and any(values.get(name) for name in ("reply", "answered_on")):
        found.append(FieldError("answer", "required"))
    answered: date | None = values.get("answered_on")
    if answered is not None and answered < values["on_date"]:
        found.append(FieldError("answered_on", "before_the_visit"))
    return found


def _tells(row: Any) -> Mapping[str, Any]:
    return {"state": state_of(row.answer)}


LEAD = Form(
    "lead",
    Lead,
    (
        Field("activity_id", record(Activity, "activity"), required=True, points_at=(Activity,), fixed=True),
        Field("risks", _risks, required=True),
        Field("findings", prose(), required=True, is_words=True),
        Field("org", unit, column="org_id"),
        Field("household_id", _follows, points_at=(Household,), fixed=True),
        Field("member_id", _follows, points_at=(Member,), fixed=True),
        Field("region_code", _follows, fixed=True),
        Field("on_date", _follows, fixed=True),
        Field("answer", choice(*ANSWERS)),
        Field("reply", prose(), is_words=True),
        Field("answered_on", day()),
        Field("remark", prose(), is_words=True),
    ),
    key=("activity_id",),
    fill=_fill,
    rules=_mistakes,
    tells=_tells,
)
