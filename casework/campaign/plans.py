"""The plan of a year for one household (逐户规划) or one village: its words; what is to be reached are goals."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from casework.campaign import goals
from casework.campaign.forms import Change, Field, Form
from casework.campaign.loader import campaigns
from casework.campaign.readers import Desk, any_id, day, line, number, place, prose
from casework.campaign.record_visibility import visible_to
from casework.campaign.tables import Plan
from casework.campaign.targets import HOUSEHOLD, Asked, Target
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known
from casework.core.errors import FieldError, Refusal
from casework.households.tables import Household

WORDS = ("situation", "difficulties", "aims", "measures")


def of_target(session: Session, actor: Actor, asked: Asked, target: Target, *, on: date) -> Plan | None:
    """Return the plan of a household or village for a year, None when there is none the actor may know of."""
    same = (Plan.campaign == asked.campaign.code, Plan.year == asked.year, _is_of(target.object_id, target.region_code))
    return session.scalars(select(Plan).where(known(Plan), *same, visible_to(actor, Plan, on=on))).one_or_none()


def _is_of(object_id: Any, region_code: str) -> Any:
    if object_id is None:
        return (Plan.region_code == region_code) & Plan.object_id.is_(None)
    return Plan.object_id == object_id


def _fill(desk: Desk, change: Change) -> Mapping[str, Any]:
    values, filled = change.values, dict[str, Any]()
    if change.row is None:
        filled |= {} if values.get("made_on") else {"made_on": desk.today}
        found = None if values.get("object_id") is None else goals.find_object(desk, values["object_id"], (HOUSEHOLD,))
        filled |= {} if found is None or values.get("region_code") else {"region_code": found[1]}
    return filled


def _mistakes(desk: Desk, change: Change) -> Sequence[FieldError]:
    values, errors = change.values, list[FieldError]()
    if change.row is not None:
        return errors
    if not campaigns()[values["campaign"]].holds_year(values["year"]):
        begins = campaigns()[values["campaign"]].begins.isoformat()
        errors.append(FieldError("year", "outside_the_campaign", {"begins": begins}))
    object_id = values.get("object_id")
    if object_id is None:
        return errors if values.get("region_code") else [*errors, FieldError("region_code", "required")]
    found = goals.find_object(desk, object_id, (HOUSEHOLD,))
    if found is None:
        errors.append(FieldError("object_id", "no_such_household"))
    elif found[1] != values.get("region_code"):
        errors.append(FieldError("region_code", "place_of_object", {"place": found[1]}))
    return errors


def _twice(desk: Desk, change: Change) -> Sequence[Refusal]:
    values = change.values
    if change.row is not None:
        return ()
    same = (Plan.campaign == values["campaign"], Plan.year == values["year"])
    of = _is_of(values.get("object_id"), values["region_code"])
    found = desk.session.scalar(select(Plan.id).where(known(Plan), *same, of).limit(1))
    return () if found is None else [Refusal("recorded_already", {"id": str(found)})]


PLAN = Form(
    "plan",
    Plan,
    (
        Field("campaign", goals.campaign_code, required=True, fixed=True),
        Field("year", number(least=texts.FIRST_YEAR, most=texts.LAST_YEAR), required=True, fixed=True),
        Field("object_id", any_id, fixed=True, points_at=(Household,)),
        Field("region_code", place, fixed=True),
        Field("made_on", day(), required=True),
        *(Field(name, prose(), is_words=True) for name in WORDS),
        Field("responsible", line(), is_words=True),
        Field("remark", prose(), is_words=True),
    ),
    alone_by=("campaign", "year", "object_id", "region_code"),
    fill=_fill,
    rules=_mistakes,
    laws=_twice,
)
