"""What holds of goals: an item of a checklist of the campaign's file, for one object in one year, step by step.

planned → in_progress → claimed (with its evidence) → verified (by the office, and by somebody else); lapsed with a
reason. Nothing is withdrawn: what nobody reaches lapses, and may be taken up again.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.activities.tables import Activity
from casework.campaign.definition import Checklist, Item
from casework.campaign.forms import Change, Field, Form
from casework.campaign.loader import campaigns
from casework.campaign.readers import Desk, any_id, choice, day, line, number, place, prose
from casework.campaign.tables import Goal
from casework.cases.tables import Case
from casework.cases.visibility import visible_to as visible_cases
from casework.core import editions, texts
from casework.core.database import Session
from casework.core.editions import Edition, known
from casework.core.errors import FieldError, Refusal, invalid
from casework.households.tables import Household, IncomeEstimate
from casework.industries.tables import Industry
from casework.projects.tables import Project
from casework.registry.tables import Org

PLANNED, IN_PROGRESS, CLAIMED, VERIFIED, LAPSED = "planned", "in_progress", "claimed", "verified", "lapsed"
# From each state to those that may follow.
MOVES: Mapping[str, Sequence[str]] = {
    PLANNED: (IN_PROGRESS, CLAIMED, LAPSED),
    IN_PROGRESS: (PLANNED, CLAIMED, LAPSED),
    CLAIMED: (IN_PROGRESS, VERIFIED, LAPSED),
    VERIFIED: (LAPSED,),
    LAPSED: (PLANNED, IN_PROGRESS),
}
STATES = tuple(MOVES)
# Month and day of the year after on which what nobody claimed lapses: what was done in December is claimed in January.
LAPSE_DAY = (1, 16)
_AT_FIRST = (PLANNED, IN_PROGRESS, CLAIMED)
# What a member does not settle for themselves.
_OFFICE_ONLY = ("due_on", "responsible")
# What may show that a goal is reached, beside a case.
_SHOWING = (Activity, Project, IncomeEstimate)
_TABLES: Mapping[str, type[Edition]] = {"household": Household, "industry": Industry}


def campaign_code(desk: Desk, value: Any, name: str) -> str:
    """Read the code of a campaign; nothing is empty."""
    code: str = choice(*campaigns())(desk, value, name)
    return code


def checklist_code(desk: Desk, value: Any, name: str) -> str:
    """Read the code of a checklist of any campaign; nothing is empty."""
    code: str = choice(*dict.fromkeys(code for each in campaigns().values() for code in each.checklists))(
        desk, value, name
    )
    return code


def item_code(desk: Desk, value: Any, name: str) -> str:
    """Read the code of an item of any checklist; nothing is empty."""
    lists = [each for campaign in campaigns().values() for each in campaign.checklists.values()]
    code: str = choice(*dict.fromkeys(item.code for each in lists for item in each.items))(desk, value, name)
    return code


def claimed_by(session: Session, goal: Goal) -> UUID | None:
    """Return who said last that a goal is reached; None when nobody did, or the software itself."""
    before, who = "", None
    for each in editions.editions(session, Goal, goal.id):
        if each.state == CLAIMED and before != CLAIMED:
            who = each.recorded_by
        before = each.state
    return who


def claimed_with(session: Session, evidence_id: UUID) -> Sequence[UUID]:
    """Return the ids of the goals that are claimed, and not verified, with this record as their evidence."""
    asked = select(Goal.id).where(known(Goal), Goal.state == CLAIMED, Goal.evidence_id == evidence_id)
    return session.scalars(asked.order_by(Goal.id)).all()


def to_lapse(session: Session, *, on: date, limit: int) -> Sequence[UUID]:
    """Return ids of goals of past years that nobody claimed by LAPSE_DAY of the year after, up to `limit`.

    What was written since that day is the office's own decision: a goal taken up again stays open.
    """
    open_ones = (known(Goal), Goal.state.in_((PLANNED, IN_PROGRESS)))
    zone, found = session.info["zone"], list[UUID]()
    for year in session.scalars(select(Goal.year).where(*open_ones, Goal.year < on.year).distinct()).all():
        day = date(year + 1, *LAPSE_DAY)
        if on >= day:
            begins = datetime.combine(day, time(), tzinfo=zone)
            asked = select(Goal.id).where(*open_ones, Goal.year == year, Goal.recorded_at < begins)
            found += session.scalars(asked.order_by(Goal.id).limit(limit - len(found)))
    return found


def find_object(desk: Desk, object_id: UUID, kinds: Sequence[str]) -> tuple[str, str] | None:
    """Return the kind and the place of what a goal is for, None when the actor knows of none of these kinds."""
    for kind in kinds:
        if kind == "org":
            code = desk.session.scalar(select(Org.region_code).where(Org.id == object_id))
        elif kind in _TABLES and desk.sees(_TABLES[kind], object_id):
            table: Any = _TABLES[kind]
            code = desk.session.scalar(select(table.region_code).where(table.id == object_id, known(table)))
        else:
            code = None
        if code is not None:
            return kind, code
    return None


def _code(_desk: Desk, value: Any, name: str) -> str:
    return "" if value is None or value == "" else texts.parse_code(value, field=name)


def _evidence(desk: Desk, value: Any, name: str) -> UUID | None:
    found = any_id(desk, value, name)
    if found is None or any(desk.sees(table, found) for table in _SHOWING):
        return found
    seen = select(Case.id).where(Case.id == found, visible_cases(desk.actor, at=desk.at))
    if desk.session.scalar(seen) is None:
        raise invalid(name, "no_such_evidence")
    return found


def _asked(values: Mapping[str, Any]) -> tuple[Checklist | None, Item | None]:
    """Return the checklist and the item of a goal; one may have left the library, and the goal is still there."""
    campaign = campaigns().get(values.get("campaign", ""))
    checklist = None if campaign is None else campaign.checklists.get(values.get("checklist", ""))
    items = () if checklist is None else checklist.items
    return checklist, next((each for each in items if each.code == values.get("item")), None)


def _fill(desk: Desk, change: Change) -> Mapping[str, Any]:
    values, row, filled = change.values, change.row, dict[str, Any]()
    checklist, item = _asked(values)
    if row is None:
        filled["state"] = values.get("state") or PLANNED
        if checklist is not None and checklist.of != "region" and values.get("object_id") is not None:
            found = find_object(desk, values["object_id"], (checklist.of,))
            filled |= {} if found is None or values.get("region_code") else {"region_code": found[1]}
    if values.get("count") is None:
        filled["count"] = 0
    if _becomes(CLAIMED, {**values, **filled}, row):
        filled |= {} if "reached_on" in change.named else {"reached_on": desk.today}
        filled |= {} if "count" in change.named or item is None else {"count": item.target}
    return filled


def _becomes(state: str, values: Mapping[str, Any], row: Any) -> bool:
    return bool(values.get("state") == state and (row is None or row.state != state))


def _mistakes(desk: Desk, change: Change) -> Sequence[FieldError]:
    values, row = change.values, change.row
    errors: list[FieldError] = []
    if row is None:
        errors += _wrong_place(desk, values)
        if values["state"] not in _AT_FIRST:
            errors.append(FieldError("state", "not_a_choice", {"choices": ", ".join(_AT_FIRST)}))
    if _becomes(CLAIMED, values, row) and not values.get("evidence") and values.get("evidence_id") is None:
        errors.append(FieldError("evidence", "required"))
    if row is not None and _becomes(LAPSED, values, row) and not change.reason:
        errors.append(FieldError("reason", "required"))
    if not desk.is_office:
        errors += [FieldError(name, "office_only") for name in _OFFICE_ONLY if name in change.named]
    return errors


def _wrong_place(desk: Desk, values: Mapping[str, Any]) -> Sequence[FieldError]:
    campaign, (checklist, item) = campaigns()[values["campaign"]], _asked(values)
    if checklist is None:
        return [FieldError("checklist", "not_a_choice", {"choices": ", ".join(campaign.checklists)})]
    errors = []
    if item is None:
        errors.append(FieldError("item", "not_a_choice", {"choices": ", ".join(i.code for i in checklist.items)}))
    if not campaign.holds_year(values["year"]):
        errors.append(FieldError("year", "outside_the_campaign", {"begins": campaign.begins.isoformat()}))
    object_id, code = values.get("object_id"), values.get("region_code")
    if checklist.of == "region":
        errors += [FieldError("object_id", "goal_of_a_place")] if object_id is not None else []
        errors += [] if code else [FieldError("region_code", "required")]
        return errors
    found = None if object_id is None else find_object(desk, object_id, (checklist.of,))
    if found is None:
        errors.append(FieldError("object_id", "required" if object_id is None else f"no_such_{checklist.of}"))
    elif found[1] != code:
        errors.append(FieldError("region_code", "place_of_object", {"place": found[1]}))
    return errors


def _refusals(desk: Desk, change: Change) -> Sequence[Refusal]:
    values, row, state = change.values, change.row, change.values["state"]
    found = [*_twice(desk.session, values)] if row is None else []
    if row is not None and state != row.state and state not in MOVES[row.state]:
        found.append(Refusal("goal_move", {"goal_before": row.state, "goal_after": state}))
    _checklist, item = _asked(values)
    target = 1 if item is None else item.target
    # What is claimed counts whole, so it is whole when it is entered, when it is claimed, and whatever is put right.
    told = row is None or state != row.state or "count" in change.named
    if told and state in (CLAIMED, VERIFIED) and values["count"] < target:
        found.append(Refusal("goal_not_reached", {"count": values["count"], "target": target}))
    return found


def _twice(session: Session, values: Mapping[str, Any]) -> Sequence[Refusal]:
    same = [getattr(Goal, name) == values[name] for name in ("campaign", "checklist", "item", "year")]
    object_id = values.get("object_id")
    of = Goal.region_code == values["region_code"] if object_id is None else Goal.object_id == object_id
    found = session.scalar(select(Goal.id).where(known(Goal), *same, of).limit(1))
    return () if found is None else [Refusal("recorded_already", {"id": str(found)})]


GOAL = Form(
    "goal",
    Goal,
    (
        Field("campaign", campaign_code, required=True, fixed=True),
        Field("checklist", _code, required=True, fixed=True),
        Field("item", _code, required=True, fixed=True),
        Field("year", number(least=texts.FIRST_YEAR, most=texts.LAST_YEAR), required=True, fixed=True),
        Field("object_id", any_id, fixed=True, points_at=(Household, Industry, Org)),
        Field("region_code", place, fixed=True),
        Field("state", choice(*STATES), required=True),
        Field("count", number()),
        Field("due_on", day(ahead=True)),
        Field("reached_on", day()),
        Field("evidence", prose(), is_words=True),
        Field("evidence_id", _evidence),
        Field("responsible", line(), is_words=True),
        Field("remark", prose(), is_words=True),
    ),
    # Of one object together: a file has several items in a row, and the server no room for a lock an item.
    alone_by=("campaign", "checklist", "year", "object_id", "region_code"),
    fill=_fill,
    rules=_mistakes,
    laws=_refusals,
)
