"""Date polls: some dates, who is asked, what they answered; by a link of their own or on the phone.

A link is a secret of 256 bits of which only the digest is kept; it opens one person's answers to one poll, shows nobody
else's, and is closed when the poll's last day is over, a date is set, or a later poll is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from casework.consultations.bookings import LONGEST
from casework.consultations.codes import REPLIES
from casework.consultations.sent import Invitee
from casework.consultations.tables import Consultation, DatePoll, PollVoter
from casework.core import reading, texts
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, invalid
from casework.core.hashing import new_token, token_digest
from casework.core.ids import new_id

PREFIX = "poll"
MOST_OPTIONS, MOST_DAYS = 6, 60
# The highest number of a poll, and of those who answered it, that anybody needs to tell.
MOST_TOLD = 100_000
_REPLACED = ("number", "answered")
_TIMES = ("starts_at", "ends_at")
# States in which a date is still being looked for.
OPEN_IN = ("approved", "postponed")


def read_options(value: object, *, at: datetime) -> list[dict[str, str]]:
    """Read the dates asked about: `[{starts_at, ends_at}]`, each to come, each once.

    Raises:
        Invalid: every mistake, on its path.
    """
    rows = value if isinstance(value, list) else []
    if not 0 < len(rows) <= MOST_OPTIONS:
        raise invalid("options", "not_a_list", most=MOST_OPTIONS)
    made: list[dict[str, str]] = []
    mistakes: list[FieldError] = []
    for index, row in enumerate(rows):
        path = f"options[{index}]"
        try:
            given = row if isinstance(row, Mapping) else {}
            mistakes += [FieldError(f"{path}.{name}", "unknown_field") for name in given if name not in _TIMES]
            since, until = (texts.parse_instant(given.get(name), field=path) for name in _TIMES)
            if since <= at:
                raise invalid(path, "meeting_past")
            if until <= since:
                raise invalid(path, "ends_before_it_begins")
            if until - since > LONGEST:
                raise invalid(path, "meeting_too_long", hours=int(LONGEST.total_seconds() // 3600))
            made.append({"starts_at": since.isoformat(), "ends_at": until.isoformat()})
        except Invalid as mistake:
            mistakes += [FieldError(path, each.code, each.params) for each in mistake.errors]
    if mistakes:
        raise Invalid(mistakes)
    return sorted({each["starts_at"]: each for each in made}.values(), key=lambda each: each["starts_at"])


def read_last_day(value: object, *, today: date) -> date:
    """Read the last day for answers.

    Raises:
        Invalid: gone by, or too far ahead.
    """
    found = texts.parse_date(value, field="closes_on")
    if found < today:
        raise invalid("closes_on", "day_is_past")
    reading.require_days(today, found, most=MOST_DAYS, field="closes_on")
    return found


def ask(
    session: Session,
    row: Consultation,
    *,
    options: Sequence[Mapping[str, str]],
    asked: Mapping[str, Any],
    people: Sequence[Invitee],
    closes_on: date,
    by: UUID,
    at: datetime,
) -> tuple[DatePoll, Mapping[UUID, str]]:
    """Keep a poll; return it with the secret of each link, which is nowhere else from then on."""
    last = session.scalar(select(func.max(DatePoll.place)).where(DatePoll.consultation_id == row.id)) or 0
    poll = DatePoll(
        id=new_id(),
        consultation_id=row.id,
        place=last + 1,
        options=[dict(each) for each in options],
        asked=dict(asked),
        closes_on=closes_on,
        created_by=by,
        created_at=at,
    )
    session.put(poll, keep=True)
    links = {}
    for place, each in enumerate(people):
        plain, digest = new_token(PREFIX)
        voter = PollVoter(
            id=new_id(), poll_id=poll.id, place=place, person_id=each.person_id, name=each.name,
            required=each.required, digest=digest, answers={},
        )  # fmt: skip
        session.put(voter, keep=True)
        links[voter.id] = plain
    session.flush()
    return poll, links


def renew(session: Session, voter: PollVoter) -> str:
    """Give somebody a new link; the one before opens nothing any more."""
    plain, voter.digest = new_token(PREFIX)
    session.flush()
    return plain


def newest(session: Session, row: Consultation) -> DatePoll | None:
    """Return the poll of a topic that was asked last."""
    asked = select(DatePoll).where(DatePoll.consultation_id == row.id).order_by(DatePoll.place.desc()).limit(1)
    return session.scalars(asked).one_or_none()


@dataclass(frozen=True, slots=True)
class Standing:
    """A poll that is lost when another is asked: which it is, who is asked, and who of them has answered."""

    poll: DatePoll
    voters: Sequence[PollVoter]

    @property
    def answered(self) -> Sequence[PollVoter]:
        """Return who has answered."""
        return [each for each in self.voters if each.answered_at is not None]

    @property
    def told(self) -> Mapping[str, int]:
        """Return by what it is known to who replaces it: its number and how many had answered."""
        return {"number": self.poll.place, "answered": len(self.answered)}


def standing(session: Session, row: Consultation, *, at: datetime) -> Standing | None:
    """Return the poll of a topic that would be lost: open still, or answered with a date to come to choose from."""
    poll = newest(session, row)
    if poll is None or row.state not in OPEN_IN:
        return None
    found = Standing(poll, voters_of(session, poll))
    if is_open(session, poll, row, today=at.astimezone(session.info["zone"]).date()):
        return found
    is_ahead = any(datetime.fromisoformat(each["starts_at"]) > at for each in poll.options)
    return found if is_ahead and found.answered else None


def read_replaced(value: object) -> Mapping[str, int]:
    """Read which poll is replaced, `{number, answered}`, as it was when somebody looked.

    Raises:
        Invalid: every mistake, on its path.
    """
    if not isinstance(value, Mapping):
        raise invalid("replaces", "not_an_object")
    mistakes = [FieldError(f"replaces.{name}", "unknown_field") for name in value if name not in _REPLACED]
    found: dict[str, int] = {}
    for name in _REPLACED:
        try:
            found[name] = texts.parse_int(value.get(name), field=f"replaces.{name}", minimum=0, maximum=MOST_TOLD)
        except Invalid as mistake:
            mistakes += mistake.errors
    if mistakes:
        raise Invalid(mistakes)
    return found


def voters_of(session: Session, poll: DatePoll) -> Sequence[PollVoter]:
    """Return who is asked, in order."""
    return session.scalars(select(PollVoter).where(PollVoter.poll_id == poll.id).order_by(PollVoter.place)).all()


def voter_of(session: Session, poll: DatePoll, voter: UUID | None) -> PollVoter:
    """Return one who is asked.

    Raises:
        NotFound: there is none.
    """
    found = None if voter is None else session.get(PollVoter, voter)
    if found is None or found.poll_id != poll.id:
        raise NotFound("poll")
    return found


def by_secret(session: Session, secret: str, *, today: date) -> tuple[PollVoter, DatePoll, Consultation]:
    """Return whose link it is.

    Raises:
        NotFound: no link, or one that is closed: both look alike.
    """
    asked = (
        select(PollVoter, DatePoll, Consultation)
        .join(DatePoll, DatePoll.id == PollVoter.poll_id)
        .join(Consultation, Consultation.id == DatePoll.consultation_id)
        .where(PollVoter.digest == token_digest(secret))
    )
    found = session.execute(asked).one_or_none()
    if found is None or not is_open(session, found[1], found[2], today=today):
        raise NotFound("poll")
    return found[0], found[1], found[2]


def is_open(session: Session, poll: DatePoll, row: Consultation, *, today: date) -> bool:
    """Say whether a poll still takes answers."""
    if row.state not in OPEN_IN or poll.closes_on < today:
        return False
    last = newest(session, row)
    return last is not None and last.id == poll.id


def answer(voter: PollVoter, poll: DatePoll, raw: Mapping[str, Any], *, by_phone: bool, at: datetime) -> None:
    """Keep what somebody answered to each date; what was left out stays unanswered.

    Raises:
        Invalid: no such date or answer, or none at all.
    """
    known = {str(n) for n in range(len(poll.options))}
    if not raw or any(name not in known or value not in REPLIES for name, value in raw.items()):
        raise invalid("answers", "required")
    voter.answers = {name: str(value) for name, value in sorted(raw.items())}
    voter.answered_at, voter.by_phone = at, by_phone
