"""What comes after the minutes of a consultation: looks back, what people say of it, and whom to tell by telephone."""

from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from flask import url_for

from casework.consultations import calls, look_backs, queries, ratings
from casework.consultations.outcome_tables import Rating
from casework.consultations.tables import Consultation, Participant
from casework.core.errors import NotFound
from casework.permissions import permits
from casework.registry import queries as registry
from web import bodies, identity, link_roads, unit
from web.api import answers
from web.api.consultations import consultation_schemas
from web.api.consultations import outcome_schemas as shapes
from web.api.consultations.consultations import READ, take
from web.api.operations import Reply, operation
from web.api.schemas import Named
from web.locales import local
from workflows.consultations import following


def _taken(reference: str, *, lock: bool = False) -> Consultation:
    """Return a consultation the caller runs: to others what comes after it is not there."""
    row = take(reference, lock=lock)
    if not permits(identity.actor(), following.RUN, queries.subject_of(unit.session(), row)):
        raise NotFound("consultation")
    return row


@operation(
    "GET",
    "/consultations/<consultation_id>/look-backs",
    permission=READ,
    summary="List the looks back",
    answers={200: shapes.LookBackList},
    problems=(404,),
)
def list_look_backs(consultation_id: str) -> Reply:
    """List what is to be looked at again three and six months after the minutes, and what was found."""
    return Reply(_look_backs(_taken(consultation_id)))


@operation(
    "POST",
    "/consultations/<consultation_id>/look-backs/<n>",
    permission=READ,
    summary="Write down what was found looking back",
    request_model=shapes.LookBackIn,
    answers={201: shapes.LookBackList},
    problems=(404, 409),
)
def look_back(consultation_id: str, n: str) -> Reply:
    """Write down what was found `n` (3 or 6) months after the minutes, once."""
    row, session = _taken(consultation_id, lock=True), unit.session()
    months = int(n) if n.isascii() and n.isdecimal() and len(n) <= 2 else 0
    subject = queries.subject_of(session, row)
    raw = bodies.json_object()
    following.look_back(session, row, months, raw, subject=subject, actor=identity.actor(), at=unit.at())
    return Reply(_look_backs(row), 201)


def _look_backs(row: Consultation) -> shapes.LookBackList:
    found = look_backs.of_consultation(unit.session(), row.id)
    names = registry.people_by_id(unit.session(), [each.found_by for each in found])
    items = [
        shapes.LookBackOut(
            months=each.months,
            due_on=each.due_on,
            holds=each.holds,
            finding=each.finding or None,
            found_by=None if each.found_by is None else Named(id=each.found_by, name=names.get(each.found_by, "")),
            found_at=answers.maybe_local(each.found_at),
        )
        for each in found
    ]
    return shapes.LookBackList(items=items, next=None)


# ------------------------------------------------------------------ what people say
@operation(
    "GET",
    "/consultations/<consultation_id>/ratings",
    permission=READ,
    summary="List who was asked what they think of a consultation",
    answers={200: shapes.RatingList},
    problems=(404,),
)
def list_ratings(consultation_id: str) -> Reply:
    """List who was asked and what they said; a link is shown only when it is made."""
    return Reply(_ratings(_taken(consultation_id), {}))


@operation(
    "POST",
    "/consultations/<consultation_id>/ratings",
    permission=READ,
    summary="Ask everybody who was not asked yet",
    answers={201: shapes.RatingList},
    problems=(404, 409),
)
def ask_ratings(consultation_id: str) -> Reply:
    """Make a link for everybody who came and every reporter behind the topic; this answer alone shows the new ones."""
    row, session = _taken(consultation_id, lock=True), unit.session()
    subject = queries.subject_of(session, row)
    made = following.ask(session, row, subject=subject, actor=identity.actor(), at=unit.at(), road=link_roads.road())
    return Reply(_ratings(row, {each.row.id: each.token for each in made}), 201)


@operation(
    "POST",
    "/consultations/<consultation_id>/ratings/<rating_id>/link",
    permission=READ,
    summary="Make another link for somebody asked",
    answers={201: shapes.RatingList},
    problems=(404, 409),
)
def renew_rating(consultation_id: str, rating_id: str) -> Reply:
    """Make another link, which ends the one before."""
    row, session = _taken(consultation_id, lock=True), unit.session()
    subject = queries.subject_of(session, row)
    made = following.renew(
        session, row, rating_id, subject=subject, actor=identity.actor(), at=unit.at(), road=link_roads.road()
    )
    return Reply(_ratings(row, {made.row.id: made.token}), 201)


@operation(
    "PATCH",
    "/consultations/<consultation_id>/ratings/<rating_id>",
    permission=READ,
    summary="Write down what somebody said by telephone or on paper",
    request_model=shapes.RatingIn,
    answers={200: shapes.RatingList},
    problems=(404, 409),
)
def enter_rating(consultation_id: str, rating_id: str) -> Reply:
    """Write down an answer that did not come by the link; who has answered is not asked again."""
    row, session = _taken(consultation_id, lock=True), unit.session()
    subject = queries.subject_of(session, row)
    raw = bodies.json_object()
    following.enter(session, row, rating_id, raw, subject=subject, actor=identity.actor(), at=unit.at())
    return Reply(_ratings(row, {}))


def _ratings(row: Consultation, tokens: Mapping[UUID, str]) -> shapes.RatingList:
    session = unit.session()
    people = {each.id: each for each in queries.participants_of(session, row)}
    cases = {each.id: each for each in ratings.reporters_of(session, row.id)}
    asked = ratings.of_consultation(session, row.id)
    fates = link_roads.fates([each.id for each in asked])

    def shown(each: Rating) -> shapes.RatingOut:
        person = people.get(each.participant_id) if each.participant_id is not None else None
        case = cases.get(each.case_id) if each.case_id is not None else None
        name = person.name if person is not None else "" if case is None else case.reporter_name
        token = tokens.get(each.id)
        return shapes.RatingOut(
            id=each.id,
            name=name,
            part=None if person is None else person.part,
            case=each.case_id,
            asked_at=local(each.asked_at),
            expires_at=local(each.expires_at),
            link=None if token is None else url_for("consultation_opinion.ask", token=token, _external=True),
            sent=[shapes.SentOut(**asdict(way)) for way in fates.get(each.id, ())],
            satisfaction=each.satisfaction,
            words=ratings.words_of(session, each) or None,
            channel=each.channel or None,
            answered_at=answers.maybe_local(each.answered_at),
        )

    return shapes.RatingList(items=[shown(each) for each in asked], next=None)


# ------------------------------------------------------------------ telling by telephone
@operation(
    "GET",
    "/consultations/<consultation_id>/tellings",
    permission=READ,
    summary="List what is told to the reporters by telephone",
    answers={200: shapes.TellingList},
    problems=(404,),
)
def list_tellings(consultation_id: str) -> Reply:
    """List every change of what came of it, for each reporter, with its fate."""
    return Reply(_tellings(_taken(consultation_id)))


@operation(
    "POST",
    "/consultations/<consultation_id>/tellings",
    permission=READ,
    summary="Write down how a call to a reporter went",
    request_model=shapes.TellingIn,
    answers={201: shapes.TellingList},
    problems=(404, 409),
)
def tell_reporter(consultation_id: str) -> Reply:
    """Write down a call: all that waits for the reporter of the case has its fate."""
    row, session = _taken(consultation_id, lock=True), unit.session()
    subject = queries.subject_of(session, row)
    following.called(session, row, bodies.json_object(), subject=subject, actor=identity.actor(), at=unit.at())
    return Reply(_tellings(row), 201)


def _tellings(row: Consultation) -> shapes.TellingList:
    session = unit.session()
    cases = {each.id: each for each in ratings.reporters_of(session, row.id)}
    items = [
        shapes.TellingOut(
            case=each.case_id,
            name="" if each.case_id not in cases else cases[each.case_id].reporter_name,
            change=each.change,
            n=each.item_place,
            fate=each.fate,
            attempts=each.attempts,
            tried_at=answers.maybe_local(each.tried_at),
            created_at=local(each.created_at),
        )
        for each in calls.of_consultation(session, row.id)
    ]
    return shapes.TellingList(items=items, next=None)


# ------------------------------------------------------------------ a date that fell
@operation(
    "GET",
    "/consultations/<consultation_id>/date-tellings",
    permission=READ,
    summary="List who has no account to be told by that the date fell",
    answers={200: consultation_schemas.DateTellingList},
    problems=(404,),
)
def list_date_tellings(consultation_id: str) -> Reply:
    """List, of a meeting put off or cancelled, whom the office has to tell by telephone or at the door."""
    return Reply(_date_tellings(_taken(consultation_id)))


@operation(
    "POST",
    "/consultations/<consultation_id>/date-tellings",
    permission=READ,
    summary="Write down that one without an account was told that the date fell",
    request_model=consultation_schemas.DateTellingIn,
    answers={201: consultation_schemas.DateTellingList},
    problems=(404, 409),
)
def tell_of_fallen_date(consultation_id: str) -> Reply:
    """Write down when and by whom it was told; said again, it stays as it was said first."""
    row, session = _taken(consultation_id, lock=True), unit.session()
    subject = queries.subject_of(session, row)
    following.told_off(session, row, bodies.json_object(), subject=subject, actor=identity.actor(), at=unit.at())
    return Reply(_date_tellings(row), 201)


def _date_tellings(row: Consultation) -> consultation_schemas.DateTellingList:
    def shown(each: Participant) -> consultation_schemas.DateTellingOut:
        is_told = each.off_told == row.state
        return consultation_schemas.DateTellingOut(
            place=each.place,
            name=each.name,
            part=each.part,
            told_at=answers.maybe_local(each.off_told_at) if is_told else None,
            told_by=each.off_told_by if is_told else None,
        )

    found = queries.without_account(unit.session(), row)
    return consultation_schemas.DateTellingList(items=[shown(each) for each in found], next=None)
