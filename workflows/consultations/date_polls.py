"""Date polls, written: asked for a topic, a link renewed, an answer taken on the phone, the date chosen in one step."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from casework.consultations import meetings, polls, queries, ratings, sent, venues
from casework.consultations.tables import Consultation, DatePoll, PollVoter, Venue
from casework.core import texts
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, Refusal, Refused, invalid, refused
from casework.permissions import Subject
from casework.registry.tables import Person
from workflows import engine, records, sending_links
from workflows.consultations.consulting import RUN
from workflows.sending_links import Road

FIELDS = ("options", "participants", "venue", "convenor", "closes_on", "replaces")


def ask(
    session: Session,
    row: Consultation,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    road: Road | None = None,
) -> Mapping[UUID, str]:
    """Ask a poll for a locked topic and send the links; return the secret of each voter's link, told this once.

    Answers to a poll that stands are lost with it, so `replaces` has to tell which one that is and how many had
    answered when somebody decided so.

    Raises:
        NotAllowed: not the office.
        Invalid: every mistake.
        Refused: the topic looks for no date, or a poll stands that was not told as it is.
    """
    actor = records.require(actor, RUN, subject)
    by = actor.person_id
    unknown = [FieldError(name, "unknown_field") for name in raw if name not in FIELDS]
    if not unknown and (row.state not in polls.OPEN_IN or by is None):
        raise refused("poll_needs_no_date")
    found, mistakes = _read(session, raw, by=by, at=at)
    if unknown or mistakes or by is None:
        raise Invalid([*unknown, *mistakes])
    lost = polls.standing(session, row, at=at)
    if lost is not None and found["replaces"] != lost.told:
        told = {**lost.told, "voters": len(lost.voters), "day": lost.poll.closes_on.isoformat()}
        raise Refused([Refusal("poll_stands", told)], facts={"poll": {**lost.told, "voters": len(lost.voters)}})
    asked = {
        "venue": found["venue"].code,
        "convenor": str(by) if found["convenor"] is None else str(found["convenor"].id),
        "participants": raw["participants"],
    }
    poll, links = polls.ask(
        session,
        row,
        options=found["options"],
        asked=asked,
        people=found["people"],
        closes_on=found["closes_on"],
        by=by,
        at=at,
    )
    _tell(session, row, poll, links, road=road, actor=actor, at=at, lost=lost)
    return links


def _read(
    session: Session, raw: Mapping[str, Any], *, by: UUID | None, at: datetime
) -> tuple[dict[str, Any], list[FieldError]]:
    """Read what a poll is asked with; return it with every mistake."""
    mistakes: list[FieldError] = []
    found: dict[str, Any] = {}
    for name, read in (
        ("options", lambda: polls.read_options(raw.get("options"), at=at)),
        ("people", lambda: sent.participants(session, raw.get("participants", []), field="participants")),
        ("closes_on", lambda: polls.read_last_day(raw.get("closes_on"), today=_today(session, at))),
        ("venue", lambda: _venue(session, raw.get("venue"))),
        ("convenor", lambda: _convenor(session, raw.get("convenor"))),
        ("replaces", lambda: None if (given := raw.get("replaces")) is None else polls.read_replaced(given)),
    ):
        try:
            found[name] = read()
        except Invalid as mistake:
            mistakes += mistake.errors
    if not mistakes and found["closes_on"] > (day := _last_day(session, found["options"])):
        mistakes.append(FieldError("closes_on", "poll_closes_late", {"day": day.isoformat()}))
    if not mistakes and not found["people"]:
        mistakes.append(FieldError("participants", "required"))
    return found, mistakes or _no_room(raw, found, by=by, zone=session.info["zone"])


def _no_room(raw: Mapping[str, Any], found: Mapping[str, Any], *, by: UUID | None, zone: ZoneInfo) -> list[FieldError]:
    """Return the dates the venue is shut at, and whether it is too small: nobody is asked about what cannot be."""
    venue: Venue = found["venue"]
    mistakes = []
    for index, each in enumerate(raw["options"]):
        path = f"options[{index}]"
        since, until = (texts.parse_instant(each[name], field=path) for name in ("starts_at", "ends_at"))
        if not venues.is_open(venue, since, until, zone=zone):
            mistakes.append(FieldError(path, "venue_closed", {"name": venue.name, "hours": venue.hours}))
    convenor = by if found["convenor"] is None else found["convenor"].id
    if convenor is not None and (seats := meetings.seats(found["people"], convenor)) > venue.capacity:
        told = {"name": venue.name, "capacity": venue.capacity, "people": seats}
        mistakes.append(FieldError("venue", "venue_too_small", told))
    return mistakes


def _tell(
    session: Session,
    row: Consultation,
    poll: DatePoll,
    links: Mapping[UUID, str],
    *,
    road: Road | None,
    actor: Actor,
    at: datetime,
    lost: polls.Standing | None = None,
) -> None:
    """Put the links on their way, where they leave this office at all, and note that they were made, and what for."""
    sent = [] if road is None else sending_links.of_poll(session, row, poll, links, road=road, at=at)
    told: dict[str, Any] = {"options": len(poll.options), "voters": len(links)}
    if lost is not None:
        told["replaces"] = dict(lost.told)
    facts = {"links": sent, "until": poll.closes_on.isoformat()}
    records.note(session, row, actor=actor, at=at, trigger="poll", event="poll_asked", fields=told, facts=facts)


def _venue(session: Session, value: object) -> Venue:
    code = texts.parse_code(value, field="venue")
    venue = venues.by_code(session, [code]).get(code)
    if venue is None:
        raise invalid("venue", "no_such_venue", value=code)
    return venue


def _convenor(session: Session, value: object) -> Person | None:
    return None if value is None or value == "" else sent.person(session, value, field="convenor")


def renew(
    session: Session,
    row: Consultation,
    voter: UUID | None,
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    road: Road | None = None,
) -> tuple[PollVoter, str]:
    """Give somebody a new link and send it; return its secret, told this once.

    Raises:
        NotAllowed: not the office.
        NotFound: no poll, or nobody of it.
    """
    actor = records.require(actor, RUN, subject)
    poll = _poll(session, row)
    found = polls.voter_of(session, poll, voter)
    secret = polls.renew(session, found)
    _tell(session, row, poll, {found.id: secret}, road=road, actor=actor, at=at)
    return found, secret


def answer_by_phone(
    session: Session,
    row: Consultation,
    voter: UUID | None,
    answers: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
) -> None:
    """Write down what somebody said on the phone.

    Raises:
        NotAllowed: not the office.
        NotFound: no poll, or nobody of it.
        Invalid: no such answer.
    """
    actor = records.require(actor, RUN, subject)
    poll = _poll(session, row)
    found = polls.voter_of(session, poll, voter)
    polls.answer(found, poll, answers, by_phone=True, at=at)
    _note_answer(session, row, found, actor=actor, at=at)


def answer_by_link(session: Session, secret: str, answers: Mapping[str, Any], *, at: datetime) -> None:
    """Keep what somebody answers by their link; it may be changed until the poll is closed.

    Raises:
        NotFound: no such link, or its poll is closed.
        Invalid: no such answer.
    """
    _voter, _poll, known = polls.by_secret(session, secret, today=_today(session, at))
    row = queries.take(session, SYSTEM, str(known.id), lock=True)
    # Once more: while the row was waited for, a date may have been set.
    voter, poll, _row = polls.by_secret(session, secret, today=_today(session, at))
    polls.answer(voter, poll, answers, by_phone=False, at=at)
    _note_answer(session, row, voter, actor=SYSTEM, at=at)


def _note_answer(session: Session, row: Consultation, voter: PollVoter, *, actor: Actor, at: datetime) -> None:
    """Note that there is an answer: what it says stands with the poll, and may yet change."""
    told = {"channel": ratings.PHONE if voter.by_phone else ratings.LINK, "voter": voter.place + 1}
    records.note(session, row, actor=actor, at=at, trigger="answer_poll", event="poll_answered", fields=told)


def choose(session: Session, row: Consultation, n: int, *, subject: Subject, actor: Actor, at: datetime) -> None:
    """Set the n-th date (from 0) of a locked topic's poll: the step of the date, with its guards and its history.

    Raises:
        NotFound: no poll, or no such date.
        NotAllowed, Invalid, Refused: as for the step.
    """
    poll = _poll(session, row)
    if not 0 <= n < len(poll.options):
        raise NotFound("poll")
    given = {**poll.asked, **poll.options[n]}
    engine.move(session, row, "schedule", subject=subject, actor=actor, at=at, given=given)


def _poll(session: Session, row: Consultation) -> DatePoll:
    poll = polls.newest(session, row)
    if poll is None:
        raise NotFound("poll")
    return poll


def _last_day(session: Session, options: Sequence[Mapping[str, str]]) -> date:
    """Return the day of the last of the dates asked about: an answer after it would come too late for all of them."""
    last = max(datetime.fromisoformat(each["starts_at"]) for each in options)
    return last.astimezone(session.info["zone"]).date()


def _today(session: Session, at: datetime) -> Any:
    return at.astimezone(session.info["zone"]).date()
