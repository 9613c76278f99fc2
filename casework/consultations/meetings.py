"""What the steps of a consultation change beside its state: date, people, attendance, minutes, what was agreed.

Keyword-only, with the session and `at` handed in; nothing here commits and nothing assigns `state`. What is unusual is
told as a warning and never refused: the make-up of a meeting is for the people to judge (domain.md §3b).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from casework.cases.tables import Case
from casework.consultations import bookings, notice, queries
from casework.consultations.bookings import CONVENOR, PARTICIPANT, Wanted
from casework.consultations.sent import Agreed, Invitee, Statement
from casework.consultations.tables import ConsensusItem, Consultation, Participant, Venue
from casework.core import texts
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.ids import new_id
from casework.registry.tables import Person, RoleGrant

_LEAST_MEMBERS = 2


def wanted(venue: Venue, convenor: UUID, invitees: Sequence[Invitee], span: tuple[datetime, datetime]) -> Wanted:
    """Return what a meeting needs for itself: the venue, the convenor, and those who have to be there."""
    people = {each.person_id: PARTICIPANT for each in invitees if each.person_id is not None and each.required}
    people[convenor] = CONVENOR
    return Wanted(venue.id, people, *span)


def seats(invitees: Sequence[Invitee], convenor: UUID) -> int:
    """Return how many are to sit in a meeting: the convenor too, who need not stand in the list."""
    return len(invitees) + all(each.person_id != convenor for each in invitees)


def schedule(
    session: Session,
    row: Consultation,
    asked: Wanted,
    *,
    invitees: Sequence[Invitee],
    convenor: Person,
    override: tuple[str, Sequence[UUID]],
    today: date,
    calendar: WorkCalendar,
) -> None:
    """Set the date of a meeting and keep venue and people for it; `override`: why, and who, in spite of a clash."""
    bookings.release(session, row.id)
    row.round += 1
    row.starts_at, row.ends_at, row.venue_id = asked.starts_at, asked.ends_at, asked.venue_id
    row.convenor_id, row.convenor_name = convenor.id, convenor.name
    row.meets_on = asked.starts_at.astimezone(calendar.zone).date()
    told = notice.period(row.kind, row.meets_on, today=today, calendar=calendar)
    # Today when the day has gone by: the clock that reminds of the notices needs a day that is still to come.
    row.notice_on = max(today, told.notice_on)
    row.override_reason, overridden = override
    everybody = list(invitees)
    if all(each.person_id != convenor.id for each in everybody):
        everybody.insert(0, Invitee(convenor.id, convenor.name, "convenor", True))
    for place, each in enumerate(everybody):
        session.put(_participant(row, each, place), keep=True)
    bookings.keep(session, row.id, asked, overridden=overridden)
    row.warnings = [*_short_notice(told), *_interested(session, row, today=today), *make_up(everybody)]


def _interested(session: Session, row: Consultation, *, today: date) -> list[dict[str, Any]]:
    """Warn of a convenor who is a party: who is of the unit that leads a case behind the topic."""
    led = Case.lead_org_id.in_(_units_of([row.convenor_id], today=today))
    asked = select(Case.id).where(queries.behind(row.id), led).limit(1)
    is_party = session.scalars(asked).first() is not None
    return [{"code": "convenor_is_party", "name": row.convenor_name}] if is_party else []


def _units_of(people: Sequence[UUID | None], *, today: date) -> Any:
    lasts = or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= today)
    return select(RoleGrant.org_id).where(RoleGrant.person_id.in_(people), RoleGrant.org_id.is_not(None), lasts)


def standing(session: Session, row: Consultation) -> Sequence[Invitee]:
    """Return who is invited to the date that stands, without the convenor, who comes with the date."""
    return [
        Invitee(each.person_id, each.name, each.part, bool(each.required))
        for each in queries.participants_of(session, row)
        if each.invited is not False and each.person_id != row.convenor_id
    ]


def make_known(session: Session, row: Consultation, *, at: datetime) -> None:
    """Note that everybody who is invited to the date that stands is told of it."""
    session.flush()
    for each in queries.participants_of(session, row):
        each.told_at = at


def _short_notice(told: notice.Period) -> list[dict[str, Any]]:
    if not told.is_short:
        return []
    return [{"code": "notice_short", "ahead": told.ahead, "days": told.working_days}]


def _participant(row: Consultation, each: Invitee, place: int) -> Participant:
    return Participant(
        id=new_id(),
        consultation_id=row.id,
        round=row.round,
        place=place,
        person_id=each.person_id,
        name=each.name,
        part=each.part,
        required=each.required,
    )


def give_free(session: Session, row: Consultation) -> None:
    """Give free what a meeting kept: it was put off or called off."""
    bookings.release(session, row.id)
    row.notice_on = None


def make_up(people: Sequence[Invitee | Participant]) -> list[dict[str, Any]]:
    """Return what is unusual in who is to come, or came (domain.md §3b): warnings, never refusals."""
    found: list[dict[str, Any]] = []
    stakeholders = sum(each.part == "stakeholder" for each in people)
    if stakeholders * 3 < len(people):
        found.append({"code": "make_up_stakeholders", "count": stakeholders, "all": len(people)})
    members = sum(each.part == "member" for each in people)
    if members < _LEAST_MEMBERS:
        found.append({"code": "make_up_members", "count": members, "least": _LEAST_MEMBERS})
    if not any(each.part == "department" for each in people):
        found.append({"code": "make_up_departments"})
    return found


def hold(session: Session, row: Consultation, came: Sequence[Person | str], *, at: datetime) -> None:
    """Keep who came, and what is unusual about it: the quorum of two thirds, the make-up, a date not yet reached."""
    people = list(queries.participants_of(session, row))
    by_id = {each.person_id: each for each in people if each.person_id is not None}
    by_name = {texts.bare_name(each.name): each for each in people}
    for one in came:
        name = one if isinstance(one, str) else one.name
        found = by_name.get(texts.bare_name(name)) if isinstance(one, str) else by_id.get(one.id)
        if found is None:
            person_id = None if isinstance(one, str) else one.id
            found = _participant(row, Invitee(person_id, name, "guest", False), len(people))
            found.invited = False
            session.put(found, keep=True)
            people.append(found)
        found.attended = True
    invited = [each for each in people if each.invited is not False]
    present = sum(bool(each.attended) for each in invited)
    warnings = make_up([each for each in people if each.attended])
    if present * 3 < len(invited) * 2:
        warnings.insert(0, {"code": "quorum", "count": present, "all": len(invited)})
    if row.starts_at is not None and at < row.starts_at:
        warnings.insert(
            0,
            {
                "code": "date_not_reached",
                "starts_at": f"{row.starts_at.astimezone(session.info['zone']):%Y-%m-%d %H:%M}",
            },
        )
    row.warnings = warnings


def came(session: Session, row: Consultation) -> Sequence[Person | str]:
    """Return who came, as people or as names."""
    there = [each for each in queries.participants_of(session, row) if each.attended]
    asked = select(Person).where(Person.id.in_([each.person_id for each in there if each.person_id is not None]))
    people = {each.id: each for each in session.scalars(asked)}
    return [people.get(each.person_id or each.id, each.name) for each in there]


def hear(session: Session, row: Consultation, said: Sequence[Statement]) -> None:
    """Keep what those who came said, in place of what was kept before."""
    heard: dict[object, Statement] = {
        texts.bare_name(each.who) if isinstance(each.who, str) else each.who.id: each for each in said
    }
    for each in queries.participants_of(session, row):
        if each.attended:
            found = heard.get(each.person_id) or heard.get(texts.bare_name(each.name))
            each.position, each.said = ("", "") if found is None else (found.position, found.words)


def minute(
    session: Session,
    row: Consultation,
    *,
    minutes: str,
    agreed: Sequence[Agreed],
    unresolved: Sequence[str],
    today: date,
) -> Sequence[ConsensusItem]:
    """Keep the minutes, what was agreed and what was left open; a unit that is to act and was not there is told."""
    row.minutes, row.unresolved = minutes, list(unresolved)
    row.warnings = _not_there(session, row, agreed, today=today)
    items = [
        ConsensusItem(
            id=new_id(), consultation_id=row.id, place=place, text=each.text, org_id=each.org.id, due_on=each.due_on
        )
        for place, each in enumerate(agreed, start=1)
    ]
    for item in items:
        session.put(item, keep=True)
    return items


def _not_there(session: Session, row: Consultation, agreed: Sequence[Agreed], *, today: date) -> list[dict[str, Any]]:
    came = [each.person_id for each in queries.participants_of(session, row) if each.attended]
    there = set(session.scalars(_units_of(came, today=today)))
    missing = {each.org.id: each.org.name for each in agreed if each.org.id not in there}
    return [{"code": "unit_not_there", "name": name} for name in missing.values()]


def unconverted(session: Session, row: Consultation) -> Sequence[ConsensusItem]:
    """Return what was agreed and has not been turned into a record yet."""
    return [item for item in queries.items_of(session, [row.id]) if not item.into]


def evaluate(session: Session, row: Consultation, *, satisfaction: str, realised: Mapping[int, bool]) -> None:
    """Keep what participants and villagers said of it, and which of the things agreed came true."""
    row.satisfaction = satisfaction
    for item in queries.items_of(session, [row.id]):
        if item.place in realised:
            item.realised = realised[item.place]
