"""Finding dates: regular days, quarters to be planned, and how far places lie apart."""

from collections.abc import Sequence
from uuid import UUID

from flask import url_for

from casework.consultations import distances, quarters, queries, regular, venues
from casework.consultations.tables import QuarterPlan, RegularDay, RegularDays, Venue
from casework.core.errors import NotFound, invalid
from casework.core.ids import parse_id
from web import bodies, identity, unit
from web.api import answers
from web.api.consultations import scheduling_schemas as shapes
from web.api.consultations.consultations import READ, take
from web.api.operations import Reply, operation
from web.locales import local
from workflows.consultations import quarters as quarter_steps
from workflows.consultations import regular_days
from workflows.consultations.consulting import RUN


@operation(
    "GET",
    "/regular-days",
    permission=RUN,
    anywhere=True,
    summary="List the regular days for consultations",
    answers={200: shapes.RegularDaysList},
)
def list_regular_days() -> Reply:
    """List the rules, the newest first, without their days."""
    items = [_rule(row, venue, ()) for row, venue in regular.every(unit.session())]
    return Reply(shapes.RegularDaysList(items=items, next=None))


@operation(
    "POST",
    "/regular-days",
    permission=RUN,
    anywhere=True,
    summary="Enter a regular day",
    request_model=shapes.RegularDaysIn,
    answers={201: shapes.RegularDaysOut},
)
def enter_regular_days() -> Reply:
    """Enter a rule; its days are kept at once, as far as the venue is free on days that are worked."""
    row = regular_days.enter(unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at())
    return Reply(_whole(row.id), 201, {"Location": url_for("api.regular-days_show_regular_days", rule=row.id)})


@operation(
    "GET",
    "/regular-days/<rule>",
    permission=RUN,
    anywhere=True,
    summary="Show a regular day with its days",
    answers={200: shapes.RegularDaysOut},
    problems=(404,),
)
def show_regular_days(rule: str) -> Reply:
    """Show a rule with every day of it and the topics put on each."""
    return Reply(_whole(parse_id(rule)))


@operation(
    "PATCH",
    "/regular-days/<rule>/days/<day_id>",
    permission=RUN,
    anywhere=True,
    summary="Keep one day on another date, or give it up",
    request_model=shapes.RegularDayPatch,
    answers={200: shapes.RegularDaysOut},
    problems=(404, 409),
)
def change_regular_day(rule: str, day_id: str) -> Reply:
    """Keep a day on the date sent, or give it free (null); where the venue is taken its status says so."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    found = regular.take(session, parse_id(rule), lock=True)
    day = regular.take_day(session, parse_id(day_id))
    if day.regular_id != found[0].id:
        raise NotFound("regular_days")
    raw = bodies.json_object()
    if raw.get("on") is None and set(raw) == {"on"}:
        regular_days.give_up_day(session, found, day, actor=actor, at=at)
    else:
        regular_days.keep_day(session, found, day, raw, actor=actor, at=at)
    return Reply(_whole(found[0].id))


@operation(
    "POST",
    "/consultations/<consultation_id>/regular-day",
    permission=READ,
    summary="Put a topic on a regular day",
    request_model=shapes.PutOnDay,
    answers={200: shapes.OnDay},
    problems=(404, 409),
)
def put_on_regular_day(consultation_id: str) -> Reply:
    """Put a topic on a day that is kept, or take it off (null)."""
    row, raw, session = take(consultation_id, lock=True), bodies.json_object(), unit.session()
    if set(raw) != {"day"}:
        name = next((each for each in raw if each != "day"), "day")
        raise invalid(name, "required" if name == "day" else "unknown_field")
    given = raw["day"]
    day = None
    if given is not None:
        day = regular.take_day(session, parse_id(given) if isinstance(given, str) else None)
    subject = queries.subject_of(session, row)
    regular_days.put_on(session, row, day, subject=subject, actor=identity.actor(), at=unit.at())
    return Reply(shapes.OnDay(day=row.day_id))


def _whole(rule: UUID | None) -> shapes.RegularDaysOut:
    row, venue = regular.take(unit.session(), rule)
    return _rule(row, venue, regular.days_of(unit.session(), row))


def _rule(row: RegularDays, venue: Venue, days: Sequence[RegularDay]) -> shapes.RegularDaysOut:
    topics = regular.topics_of(unit.session(), days) if days else {}
    return shapes.RegularDaysOut(
        **{name: getattr(row, name) for name in ("id", *regular.FIELDS) if name != "venue"},
        venue=venue.code,
        days=[
            shapes.RegularDayOut(
                id=each.id,
                due_on=each.due_on,
                on_date=each.on_date,
                status=each.status,
                topics=[topic.number for topic in topics.get(each.id, ())],
            )
            for each in days
        ],
    )


# ------------------------------------------------------------------ a quarter
@operation(
    "GET",
    "/quarter-plans",
    permission=RUN,
    anywhere=True,
    summary="List the quarters that were planned",
    answers={200: shapes.QuarterList},
)
def list_quarters() -> Reply:
    """List the latest plans."""
    return Reply(
        shapes.QuarterList(items=[_plan(row) for row in quarters.every(unit.session(), identity.actor())], next=None)
    )


@operation(
    "POST",
    "/quarter-plans",
    permission=RUN,
    anywhere=True,
    summary="Ask for a quarter to be planned",
    request_model=shapes.QuarterIn,
    answers={201: shapes.QuarterOut},
    problems=(409,),
)
def ask_quarter() -> Reply:
    """Ask for a plan without a clash and with the least travel; what takes longer than a second goes on as a job."""
    row = quarter_steps.ask(unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at())
    return Reply(_plan(row), 201, {"Location": url_for("api.quarter-plans_show_quarter", plan_id=row.id)})


@operation(
    "GET",
    "/quarter-plans/<plan_id>",
    permission=RUN,
    anywhere=True,
    summary="Show a plan of a quarter",
    answers={200: shapes.QuarterOut},
    problems=(404,),
)
def show_quarter(plan_id: str) -> Reply:
    """Show how far a plan is, or its proposal."""
    return Reply(_plan(quarters.take(unit.session(), parse_id(plan_id), actor=identity.actor())))


@operation(
    "POST",
    "/quarter-plans/<plan_id>/stop",
    permission=RUN,
    anywhere=True,
    summary="Stop a plan of a quarter",
    answers={200: shapes.QuarterOut},
    problems=(404, 409),
)
def stop_quarter(plan_id: str) -> Reply:
    """Stop what the caller asked for and is still being found; a plan that is there stays as it is."""
    return Reply(_plan(quarter_steps.stop(unit.session(), parse_id(plan_id), actor=identity.actor(), at=unit.at())))


@operation(
    "POST",
    "/quarter-plans/<plan_id>/items/<topic_id>",
    permission=RUN,
    anywhere=True,
    summary="Take one item of a plan",
    answers={200: shapes.QuarterOut},
    problems=(404, 409),
)
def take_quarter_item(plan_id: str, topic_id: str) -> Reply:
    """Schedule a topic as the plan proposes, with every guard of that step."""
    row = quarters.take(unit.session(), parse_id(plan_id), actor=identity.actor())
    quarter_steps.take_item(unit.session(), row, answers.path_id(topic_id), actor=identity.actor(), at=unit.at())
    return Reply(_plan(row))


def _plan(row: QuarterPlan) -> shapes.QuarterOut:
    return shapes.QuarterOut(
        id=row.id,
        status=row.status,
        asked=dict(row.asked),
        result=dict(row.result or {}),
        created_at=local(row.created_at),
        done_at=answers.maybe_local(row.done_at),
    )


# ------------------------------------------------------------------ distances
@operation(
    "GET",
    "/distances",
    permission=RUN,
    anywhere=True,
    summary="List how far townships lie apart",
    answers={200: shapes.DistanceList},
)
def list_distances() -> Reply:
    """List the table that the search for free times and the plans of a quarter reckon with."""
    return Reply(_table())


@operation(
    "POST",
    "/distances",
    permission=venues.WRITE,
    anywhere=True,
    summary="Enter how far two townships lie apart",
    request_model=shapes.DistanceIn,
    answers={200: shapes.DistanceList},
)
def enter_distance() -> Reply:
    """Enter or change a distance; 0 takes it out."""
    distances.enter(unit.session(), bodies.json_object(), actor=identity.actor())
    return Reply(_table())


def _table() -> shapes.DistanceList:
    found = sorted(distances.load(unit.session()).known.items())
    return shapes.DistanceList(
        items=[shapes.DistanceOut(one=one, other=other, km=km) for (one, other), km in found], next=None
    )
