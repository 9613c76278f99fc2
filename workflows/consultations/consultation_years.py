"""The plan of consultations for a year, written: a topic put into a month or taken out, the whole approved.

What the chair meeting or the Party group approved stays as it was approved; what comes later is added and told as such.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from casework.consultations import queries, years
from casework.consultations.year_tables import ConsultationYear, YearTopic
from casework.core import reading, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import NotFound, invalid, refused
from casework.core.ids import new_id
from casework.permissions import Subject, require
from casework.registry import audit
from workflows.consultations.consulting import RUN

DECIDE = "consultation.decide"


def put(
    session: Session, region: str, year: int, raw: Mapping[str, Any], *, actor: Actor, at: datetime
) -> ConsultationYear:
    """Put a topic (`topic`: id or number) into a `month` of a year, move it to another, or take it out (no month).

    Raises:
        Denied: not the office over the county.
        Invalid: every mistake; a topic that is none the caller may know of is one.
        Refused: it has ended, or it stands in a plan as that was approved.
    """
    require(actor, RUN, Subject(region))
    values = reading.fields(
        raw,
        {
            "topic": reading.line("topic", 64, required=True),
            "month": lambda value: (
                None if value in (None, "") else texts.parse_int(value, field="month", minimum=1, maximum=12)
            ),
        },
        required=("topic",),
    )
    try:
        topic = queries.take(session, actor, values["topic"], lock=True)
    except NotFound as mistake:
        raise invalid("topic", "no_such_topic") from mistake
    if not topic.region_code.startswith(region):
        raise invalid("topic", "no_such_topic")
    plan = years.find(session, region, year, lock=True) or _begun(session, region, year, actor=actor, at=at)
    stands = years.stands_as(session, topic)
    month: int | None = values.get("month")
    if stands is not None:
        holder = session.get(ConsultationYear, stands.year_id)
        if holder is not None and holder.approved_on is not None and stands.added_on is None:
            raise refused("year_plan_approved")
        session.delete(stands)
        session.flush()
    if month is not None:
        if topic.state not in years.PLANNED_IN:
            raise refused("year_topic_ended", number=topic.number)
        added = None if plan.approved_on is None else _today(session, at)
        session.put(YearTopic(consultation_id=topic.id, year_id=plan.id, month=month, added_on=added))
    session.flush()
    facts = {"year": year, "month": month}
    audit.record(session, event="consultation_year.put", actor=actor, at=at, matter_id=topic.id, facts=facts)
    return plan


def approve(
    session: Session, region: str, year: int, raw: Mapping[str, Any], *, actor: Actor, at: datetime
) -> ConsultationYear:
    """Write down who approved the plan of a year (`authority`), `on` which day, by which paper (`plan_no`).

    Raises:
        Denied: not the head of the office over the county.
        Invalid: every mistake.
        Refused: it is empty, or approved already.
    """
    require(actor, DECIDE, Subject(region))
    values = reading.fields(
        raw,
        {
            "authority": reading.choice("authority", years.AUTHORITIES),
            "on": reading.day("on"),
            "plan_no": reading.line("plan_no", years.NUMBER_LENGTH),
        },
        required=("authority", "on"),
    )
    if values["on"] > _today(session, at):
        raise invalid("on", "day_in_future")
    plan = years.find(session, region, year, lock=True)
    if plan is not None and plan.approved_on is not None:
        raise refused("year_plan_approved")
    if plan is None or not years.topics_of(session, actor, plan):
        raise refused("year_plan_empty")
    plan.authority, plan.approved_on, plan.approved_by = values["authority"], values["on"], actor.person_id
    plan.plan_no = values.get("plan_no") or ""
    facts = {"year": year, "authority": plan.authority, "on": values["on"].isoformat()}
    audit.record(session, event="consultation_year.approved", actor=actor, at=at, facts=facts)
    session.flush()
    return plan


def _begun(session: Session, region: str, year: int, *, actor: Actor, at: datetime) -> ConsultationYear:
    plan = ConsultationYear(id=new_id(), region_code=region, year=year, created_by=actor.person_id, created_at=at)
    session.put(plan, keep=True)
    session.flush()
    return plan


def _today(session: Session, at: datetime) -> date:
    today: date = at.astimezone(session.info["zone"]).date()
    return today
