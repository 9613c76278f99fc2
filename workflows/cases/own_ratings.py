"""A reporter's own rating of a result: a link given by whoever may ring them, answered once without an account."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.cases.codes import SATISFACTIONS, SOLVED
from casework.cases.ratings import own_ratings
from casework.cases.ratings.rating_tables import CaseRating
from casework.cases.tables import Case
from casework.core import reading
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Session
from casework.core.errors import NotFound, refused
from casework.permissions import Subject
from workflows import records, sending_links
from workflows.cases import calling
from workflows.sending_links import Road

RATED_IN = ("resolved", "closed")


def ask(
    session: Session, case: Case, *, subject: Subject, actor: Actor, at: datetime, road: Road | None = None
) -> tuple[CaseRating, str]:
    """Give the reporter of a locked case a link in place of the one before, and send it where they left a number and
    text messages are sent; return it with its token, told this once.

    Raises:
        NotAllowed: not triage, or one who handled the case.
        Refused: nothing is resolved, or it was rated already.
    """
    actor = calling.require_caller(case, subject=subject, actor=actor)
    if case.state not in RATED_IN:
        raise refused("nothing_to_follow_up")
    if case.own_rating is not None:
        raise refused("rated_already")
    row, token = own_ratings.ask(session, case, by=actor.person_id, at=at)
    if road is not None:
        sending_links.of_case(session, case, row, token, road=road, at=at)
    records.note(session, case, actor=actor, at=at, trigger="ask_rating", event="mended")
    return row, token


def answer(session: Session, token: str, raw: Mapping[str, Any], *, at: datetime) -> CaseRating:
    """Keep what a reporter answers by their link, once.

    Raises:
        NotFound: no such link, or it has run out.
        Invalid: every mistake in what was sent.
        Refused: it was answered, or the result is set aside by now.
    """
    known = own_ratings.of_token(session, token, at=at)
    if known is None:
        raise NotFound("rating")
    readers = {
        "solved": reading.choice("solved", SOLVED),
        "satisfaction": reading.choice("satisfaction", SATISFACTIONS),
        "words": reading.text("words", own_ratings.WORDS_LENGTH),
    }
    values = {"words": "", **reading.fields(raw, readers, required=("satisfaction",))}
    case = session.get(Case, known.case_id, with_for_update=True)
    session.refresh(known)
    if case is None or known.answered_at is not None or case.state not in RATED_IN:
        raise refused("rated_already")
    own_ratings.answer(session, case, known, **values, at=at)
    told = {name: values[name] for name in ("solved", "satisfaction") if values.get(name)}
    records.note(session, case, actor=SYSTEM, at=at, trigger="rate", event="mended", fields=told)
    return known
