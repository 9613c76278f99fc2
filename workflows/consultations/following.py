"""What comes after the minutes: looking back, asking what people say of it, telling reporters by telephone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.consultations import calls, look_backs, queries, ratings
from casework.consultations.codes import SATISFACTIONS
from casework.consultations.outcome_tables import LookBack, Rating
from casework.consultations.tables import Consultation, Participant
from casework.core import reading
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Session
from casework.core.errors import NotFound, invalid, refused
from casework.core.ids import parse_id
from casework.matters import deadlines
from casework.permissions import Subject
from workflows import records, sending_links
from workflows.sending_links import Road

RUN = "consultation.run"
ASKED_IN = ("minuted", "implementing", "evaluated")


def look_back(
    session: Session,
    row: Consultation,
    months: int,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
) -> LookBack:
    """Write down what was found (`holds`, `finding`) so many months after the minutes of a locked consultation.

    Nothing is written down before its day: what was agreed would have had less time to fail.

    Raises:
        NotAllowed: not the office.
        NotFound: no such look back.
        Invalid: every mistake in what was sent, or its day is to come (`months`).
        Refused: it was written down already.
    """
    actor = records.require(actor, RUN, subject)
    found = next(
        (each for each in look_backs.of_consultation(session, row.id, lock=True) if each.months == months), None
    )
    if found is None:
        raise NotFound("look_back")
    readers = {
        "holds": reading.flag("holds"),
        "finding": reading.text("finding", look_backs.FINDING_LENGTH, required=True),
    }
    values = reading.fields(raw, readers, required=("holds", "finding"))
    if found.found_at is not None:
        raise refused("looked_back_already", months=months)
    if at.astimezone(session.info["zone"]).date() < found.due_on:
        raise invalid("months", "look_back_not_yet", months=months, day=found.due_on.isoformat())
    look_backs.find(found, holds=values["holds"], finding=values["finding"], by=actor.person_id, at=at)
    for clock in deadlines.of_matter(session, row.id):
        if clock.subject_id == found.id and clock.status in deadlines.LIVE:
            deadlines.end(clock, at=at, met=True, seq=row.version + 1)
    told = {"months": months, "holds": values["holds"]}
    records.note(session, row, actor=actor, at=at, trigger="look_back", event="looked_back", fields=told, facts=told)
    return found


# ------------------------------------------------------------------ what people say
def ask(
    session: Session, row: Consultation, *, subject: Subject, actor: Actor, at: datetime, road: Road | None = None
) -> Sequence[ratings.Asked]:
    """Give everybody who came, and every reporter behind the topic, a link and send it; return the new ones.

    Raises:
        NotAllowed: not the office.
        Refused: there are no minutes yet, or the file is closed.
    """
    actor = records.require(actor, RUN, subject)
    if row.state not in ASKED_IN:
        raise refused("nothing_to_rate")
    made = ratings.ask(session, row, by=actor.person_id, at=at)
    if made:
        _tell(session, row, made, road=road, actor=actor, at=at)
    return made


def _tell(
    session: Session,
    row: Consultation,
    made: Sequence[ratings.Asked],
    *,
    road: Road | None,
    actor: Actor,
    at: datetime,
) -> None:
    """Put the links on their way, where they leave this office at all, and note that they were made."""
    sent = [] if road is None else sending_links.of_opinions(session, row, made, road=road, at=at)
    facts = {"links": sent}
    told = {"n": len(made)}
    records.note(
        session, row, actor=actor, at=at, trigger="ask_ratings", event="ratings_asked", fields=told, facts=facts
    )


def renew(
    session: Session,
    row: Consultation,
    rating_id: str,
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    road: Road | None = None,
) -> ratings.Asked:
    """Give somebody a new link in place of one that was lost or has run out.

    Raises:
        NotAllowed: not the office.
        NotFound: nobody was asked under this id.
        Refused: they have answered already.
    """
    actor = records.require(actor, RUN, subject)
    known = _open(session, row, rating_id)
    made = ratings.Asked(known, ratings.renew(known, by=actor.person_id, at=at))
    _tell(session, row, [made], road=road, actor=actor, at=at)
    return made


def _open(session: Session, row: Consultation, rating_id: str) -> Rating:
    wanted = parse_id(rating_id)
    known = next((each for each in ratings.of_consultation(session, row.id) if each.id == wanted), None)
    if known is None:
        raise NotFound("rating")
    session.refresh(known)
    if known.answered_at is not None:
        raise refused("rated_already")
    return known


def _read_answer(raw: Mapping[str, Any]) -> dict[str, Any]:
    readers = {
        "satisfaction": reading.choice("satisfaction", SATISFACTIONS),
        "words": reading.text("words", ratings.WORDS_LENGTH),
    }
    return {"words": "", **reading.fields(raw, readers, required=("satisfaction",))}


def answer(session: Session, token: str, raw: Mapping[str, Any], *, at: datetime) -> Rating:
    """Keep what somebody answers by their link, once.

    Raises:
        NotFound: no such link, or it has run out.
        Invalid: every mistake in what was sent.
        Refused: it was answered already.
    """
    known = ratings.of_token(session, token, at=at)
    if known is None:
        raise NotFound("rating")
    values = _read_answer(raw)
    row = queries.take(session, SYSTEM, str(known.consultation_id), lock=True)
    session.refresh(known)
    if known.answered_at is not None:
        raise refused("rated_already")
    ratings.answer(session, known, **values, channel=ratings.LINK, at=at)
    told = {"channel": ratings.LINK, "satisfaction": values["satisfaction"]}
    records.note(session, row, actor=SYSTEM, at=at, trigger="rate", event="rated", fields=told)
    return known


def enter(
    session: Session,
    row: Consultation,
    rating_id: str,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
) -> Rating:
    """Write down what somebody answered on the telephone, for a locked consultation.

    Raises:
        NotAllowed: not the office.
        NotFound: nobody was asked under this id.
        Invalid: every mistake in what was sent.
        Refused: they have answered already.
    """
    actor = records.require(actor, RUN, subject)
    known = _open(session, row, rating_id)
    values = _read_answer(raw)
    ratings.answer(session, known, **values, channel=ratings.PHONE, at=at, entered_by=actor.person_id)
    told = {"channel": ratings.PHONE, "satisfaction": values["satisfaction"]}
    records.note(session, row, actor=actor, at=at, trigger="rate", event="rated", fields=told)
    return known


# ------------------------------------------------------------------ telling by telephone or at the door
def _a_case(value: Any) -> UUID:
    found = parse_id(value) if isinstance(value, str) else None
    if found is None:
        raise invalid("case", "not_an_id")
    return found


def called(
    session: Session,
    row: Consultation,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
) -> int:
    """Write down how a call went to the reporter of `case` (`outcome`): all that waited has that fate; return how much.

    Raises:
        NotAllowed: not the office.
        Invalid: every mistake in what was sent.
        Refused: nothing waits for them.
    """
    actor = records.require(actor, RUN, subject)
    readers = {"case": _a_case, "outcome": reading.choice("outcome", calls.OUTCOMES)}
    values = reading.fields(raw, readers, required=("case", "outcome"))
    outcome = values["outcome"]
    done = calls.settle(session, row.id, values["case"], outcome=outcome, by=actor.person_id, at=at)
    if not done:
        raise refused("nothing_to_tell")
    told = {"outcome": outcome, "n": done}
    records.note(session, row, actor=actor, at=at, trigger="tell_by_phone", event="told_by_phone", fields=told)
    return done


def _place(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid("place", "not_a_number" if value is not None else "required")
    return value


def told_off(
    session: Session,
    row: Consultation,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
) -> Participant:
    """Write down that one without an account (`place` in the list) of a locked consultation knows that its date fell.

    Said again, it stays as it was said first.

    Raises:
        NotAllowed: not the office.
        Invalid: nobody without an account has this place.
        Refused: no date fell that anybody knew of.
    """
    actor = records.require(actor, RUN, subject)
    place = reading.fields(raw, {"place": _place}, required=("place",))["place"]
    waiting = queries.without_account(session, row)
    if not waiting:
        raise refused("nothing_to_tell")
    mine = next((each for each in waiting if each.place == place), None)
    if mine is None:
        raise invalid("place", "no_such_person")
    if mine.off_told != row.state:
        mine.off_told, mine.off_told_at, mine.off_told_by = row.state, at, actor.person_id
        # No name of a villager stands in the history: their place in the list does.
        told = {"place": place, "change": row.state}
        records.note(session, row, actor=actor, at=at, trigger="tell_off", event="told_by_phone", fields=told)
    return mine
