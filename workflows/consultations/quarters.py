"""Planning a quarter: asked for, found at once or by a job, and taken item by item as a step of each topic."""

import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.consultations import planning, quarters, queries
from casework.consultations.tables import Consultation, QuarterPlan
from casework.core.actors import UNIT_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, refused
from casework.core.ids import parse_id
from casework.matters import jobs
from casework.permissions import may_anywhere
from casework.registry import audit
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from workflows import engine
from workflows.consultations.consulting import RUN
from workflows.denials import NotAllowed

JOB = "quarter_plan"
PLANNED_IN = ("approved", "postponed")


def ask(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> QuarterPlan:
    """Ask for a quarter; what is found and proven within a second is there at once, else a job goes on with it.

    Raises:
        NotAllowed: the caller schedules nowhere.
        Invalid: every mistake; a topic that is not to be scheduled is one.
    """
    if not may_anywhere(actor, RUN) or actor.person_id is None:
        raise NotAllowed(RUN)
    calendar = load_calendar(session)
    today = at.astimezone(calendar.zone).date()
    values = quarters.read(session, raw, today=today)
    for index, each in enumerate(values["topics"]):
        try:
            row = queries.take(session, actor, each["id"])
        except NotFound as mistake:
            raise Invalid([FieldError(f"topics[{index}].id", "not_an_id")]) from mistake
        if row.state not in PLANNED_IN:
            raise refused("topic_not_to_plan", number=row.number)
        each["id"] = str(row.id)
    began = time.perf_counter()
    found = planning.quick(quarters.problem(session, values, today=today, calendar=calendar))
    plan = quarters.ask(session, values, by=actor.person_id, at=at)
    if found is not None:
        quarters.settle(plan, found, seconds=time.perf_counter() - began, at=at)
    else:
        payload = {"plan": str(plan.id)}
        plan.job_id = jobs.ensure(session, name=JOB, period=str(plan.id), run_at=at, at=at, payload=payload)
    audit.record(session, event="quarter.asked", actor=actor, at=at, facts={"topics": len(values["topics"])})
    session.flush()
    return plan


def stop(session: Session, plan_id: UUID | None, *, actor: Actor, at: datetime) -> QuarterPlan:
    """Stop a plan that is still being found; one that is there stays as it is.

    Raises:
        NotFound: there is none.
        Refused: somebody else asked for it.
    """
    row = quarters.take(session, plan_id, actor=actor, lock=True)
    if row.created_by not in (actor.person_id, actor.for_id):
        raise refused("asked_by_another")
    if row.status == quarters.ASKED and row.job_id is not None:
        jobs.stop(session, row.job_id, at=at)
        quarters.settle_stopped(row, at=at)
        audit.record(session, event="quarter.stopped", actor=actor, at=at, facts={"plan": str(row.id)})
        session.flush()
    return row


def take_item(session: Session, plan: QuarterPlan, topic: UUID, *, actor: Actor, at: datetime) -> None:
    """Take one item of a proposal: the topic is scheduled as any other is, with its guards and its history.

    Raises:
        NotFound: no such item, or none the caller may know of.
        NotAllowed: not the office.
        Refused: it clashes by now, or is scheduled already.
    """
    item = next((each for each in plan.result.get("items", ()) if each["topic"] == str(topic)), None)
    asked = next((each for each in plan.asked["topics"] if each["id"] == str(topic)), None)
    if item is None or asked is None:
        raise NotFound("consultation")
    row = queries.take(session, actor, str(topic), lock=True)
    given = {
        "starts_at": item["starts_at"],
        "ends_at": item["ends_at"],
        "venue": item["venue"],
        "participants": _invited(session, row, asked["people"], on=at.astimezone(session.info["zone"]).date()),
    }
    subject = queries.subject_of(session, row)
    engine.move(session, row, "schedule", subject=subject, actor=actor, at=at, given=given)


def _invited(session: Session, row: Consultation, people: Sequence[str], *, on: date) -> list[dict[str, Any]]:
    """Return who has to come, and who was invited to the date before without having to: they stay invited."""
    convenor, *others = people
    made: list[dict[str, Any]] = [{"person": convenor, "part": "convenor", "required": True}]
    made += [{"person": each, "part": _part(session, each, on=on), "required": True} for each in others]
    for each in queries.participants_of(session, row):
        if each.invited is False or each.required or str(each.person_id) in people:
            continue
        who = {"name": each.name} if each.person_id is None else {"person": str(each.person_id)}
        made.append({**who, "part": each.part, "required": False})
    return made


def _part(session: Session, person: str, *, on: date) -> str:
    """Return as what somebody with an account comes, by the roles held."""
    found = parse_id(person)
    roles = {role for _grant, role in registry.roles_held(session, found, on=on)} if found is not None else set()
    return "member" if "member" in roles else "department" if roles & UNIT_ROLES else "guest"
