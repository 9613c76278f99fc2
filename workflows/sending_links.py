"""Links put on their way to those who are to answer: by notice to an account, by text message, or by letter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from casework.cases.ratings.rating_tables import CaseRating
from casework.cases.tables import Case
from casework.consultations import ratings, sent_links
from casework.consultations.outcome_tables import SentLink
from casework.consultations.polls import voters_of
from casework.consultations.sent_links import Link
from casework.consultations.tables import Consultation, DatePoll, Participant
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import refused
from casework.permissions import Subject
from casework.registry.calendar import load_calendar
from workflows import records

RUN = "consultation.run"
PRINTED = "printed"


@dataclass(frozen=True, slots=True)
class Road:
    """How links leave this office: the address of its site, and whether it sends text messages."""

    origin: str
    texts: bool = False


def of_poll(
    session: Session, row: Consultation, poll: DatePoll, secrets: Mapping[UUID, str], *, road: Road, at: datetime
) -> list[str]:
    """Put the links of a poll on their way; return the ids an event tells of."""
    zone = session.info["zone"]
    ends_at = datetime.combine(poll.closes_on + timedelta(days=1), time(), zone)
    links = [
        Link(sent_links.POLL, each.id, secrets[each.id], ends_at, person_id=each.person_id)
        for each in voters_of(session, poll)
        if each.id in secrets
    ]
    return _keep(session, row, links, road=road, at=at)


def of_opinions(
    session: Session, row: Consultation, asked: Sequence[ratings.Asked], *, road: Road, at: datetime
) -> list[str]:
    """Put the links of opinions on their way; return the ids an event tells of."""
    cases = {each.id: each for each in ratings.reporters_of(session, row.id)}
    links = []
    for each in asked:
        participant = each.row.participant_id and session.get(Participant, each.row.participant_id)
        person_id = participant.person_id if participant else None
        case = None if each.row.case_id is None else cases.get(each.row.case_id)
        links.append(Link(sent_links.OPINION, each.row.id, each.token, each.row.expires_at, person_id, case))
    return _keep(session, row, links, road=road, at=at)


def of_case(session: Session, case: Case, row: CaseRating, token: str, *, road: Road, at: datetime) -> None:
    """Send the reporter of a result their link by text message, where any are sent and they left a number."""
    if road.texts and case.reporter_phone_cipher is not None:
        link = Link(sent_links.OF_CASE, row.id, token, row.expires_at, case=case)
        _keep(session, None, [link], road=road, at=at)


def _keep(session: Session, row: Consultation | None, links: Sequence[Link], *, road: Road, at: datetime) -> list[str]:
    hold_until = load_calendar(session).next_opening(at)
    made = sent_links.keep(session, row, links, origin=road.origin, texts=road.texts, at=at, hold_until=hold_until)
    return [str(each.id) for each in made if each.fate == "waiting"]


def print_letters(
    session: Session, row: Consultation, *, subject: Subject, actor: Actor, at: datetime
) -> Sequence[SentLink]:
    """Note that the letters of a locked consultation are printed; return them, printed before or not.

    Raises:
        NotAllowed: not the office.
        Refused: nobody has to be written to.
    """
    actor = records.require(actor, RUN, subject)
    found = sent_links.letters(session, row.id, at=at)
    if not found:
        raise refused("no_letters")
    for each in found:
        if each.fate == "waiting":
            each.fate, each.fate_reason, each.sent_at = "sent", PRINTED, at
        each.attempts += 1
    told = {"n": len(found)}
    records.note(session, row, actor=actor, at=at, trigger="print_letters", event="mended", fields=told)
    return found
