"""Which of some dates suits those who are to come: asked, answered by link or on the telephone, and set."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from flask import url_for

from casework.consultations import polls, queries
from casework.consultations.tables import Consultation
from casework.core import reading
from casework.core.errors import NotFound, invalid
from casework.core.ids import parse_id
from casework.permissions import Subject, permits
from web import bodies, identity, link_roads, unit
from web.api import answers
from web.api.consultations import scheduling_schemas as shapes
from web.api.consultations.consultations import READ, take
from web.api.consultations.outcome_schemas import SentOut
from web.api.operations import Reply, operation
from web.locales import local
from workflows.consultations import date_polls
from workflows.consultations.consulting import RUN


@operation(
    "GET",
    "/consultations/<consultation_id>/poll",
    permission=READ,
    summary="Show the date poll of a topic",
    answers={200: shapes.PollOut},
    problems=(404,),
)
def show_poll(consultation_id: str) -> Reply:
    """Show what was answered to each date; the office's own."""
    return Reply(_out(_mine(consultation_id)[0], {}))


@operation(
    "POST",
    "/consultations/<consultation_id>/poll",
    permission=READ,
    summary="Ask which date suits",
    request_model=shapes.PollIn,
    answers={201: shapes.PollOut},
    problems=(404, 409),
)
def ask_poll(consultation_id: str) -> Reply:
    """Ask; this answer alone shows the links, one for each. A poll that stands is replaced by who names it as it is."""
    row, subject = _mine(consultation_id, lock=True)
    raw = bodies.json_object()
    links = date_polls.ask(
        unit.session(), row, raw, subject=subject, actor=identity.actor(), at=unit.at(), road=link_roads.road()
    )
    return Reply(_out(row, links), 201)


@operation(
    "PATCH",
    "/consultations/<consultation_id>/poll/voters/<voter_id>",
    permission=READ,
    summary="Write down what somebody said, or give them a new link",
    request_model=shapes.VoterPatch,
    answers={200: shapes.PollOut},
    problems=(404,),
)
def settle_voter(consultation_id: str, voter_id: str) -> Reply:
    """Write down answers given on the telephone, or make a link in place of one that was lost."""
    row, subject = _mine(consultation_id, lock=True)
    session, actor, voter = unit.session(), identity.actor(), parse_id(voter_id)
    raw = reading.fields(bodies.json_object(), {"answers": _answers, "renew": reading.flag("renew")}, required=())
    if raw.get("renew"):
        found, plain = date_polls.renew(
            session, row, voter, subject=subject, actor=actor, at=unit.at(), road=link_roads.road()
        )
        return Reply(_out(row, {found.id: plain}))
    said = raw.get("answers") or {}
    date_polls.answer_by_phone(session, row, voter, said, subject=subject, actor=actor, at=unit.at())
    return Reply(_out(row, {}))


@operation(
    "POST",
    "/consultations/<consultation_id>/poll/choice",
    permission=READ,
    summary="Set one of the dates of a poll",
    request_model=shapes.ChoiceIn,
    answers={200: shapes.PollOut},
    problems=(404, 409),
)
def choose_date(consultation_id: str) -> Reply:
    """Set a date: the step `schedule` with its guards, its clashes and its history."""
    row, subject = _mine(consultation_id, lock=True)
    raw = reading.fields(bodies.json_object(), {"option": _option}, required=("option",))
    date_polls.choose(unit.session(), row, raw["option"], subject=subject, actor=identity.actor(), at=unit.at())
    return Reply(_out(row, {}))


def _answers(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or any(not isinstance(each, str) for each in value.values()):
        raise invalid("answers", "not_an_object")
    return value


def _option(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < polls.MOST_OPTIONS:
        raise invalid("option", "out_of_range", min=0, max=polls.MOST_OPTIONS - 1)
    return value


def _mine(reference: str, *, lock: bool = False) -> tuple[Consultation, Subject]:
    row = take(reference, lock=lock)
    subject = queries.subject_of(unit.session(), row)
    if not permits(identity.actor(), RUN, subject):
        raise NotFound("consultation")
    return row, subject


def _out(row: Consultation, links: Mapping[UUID, str]) -> shapes.PollOut:
    session = unit.session()
    poll = polls.newest(session, row)
    if poll is None:
        raise NotFound("poll")
    voters = polls.voters_of(session, poll)
    fates = link_roads.fates([each.id for each in voters])
    return shapes.PollOut(
        number=poll.place,
        answered=sum(each.answered_at is not None for each in voters),
        options=[
            {name: local(datetime.fromisoformat(at)).isoformat() for name, at in each.items()} for each in poll.options
        ],
        venue=poll.asked["venue"],
        closes_on=poll.closes_on,
        open=polls.is_open(session, poll, row, today=unit.today()),
        voters=[
            shapes.VoterOut(
                id=each.id,
                name=each.name,
                required=each.required,
                answers=dict(each.answers),
                answered_at=answers.maybe_local(each.answered_at),
                by_phone=each.by_phone,
                link=url_for("consultation_polls.ask_answer", secret=links[each.id], _external=True)
                if each.id in links
                else None,
                sent=[SentOut(**asdict(way)) for way in fates.get(each.id, ())],
            )
            for each in voters
        ],
    )
