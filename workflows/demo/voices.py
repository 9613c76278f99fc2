"""Voices of the demo: topics of villagers, a date that is being found, cases two persons leave out of the rates."""

from datetime import datetime, time, timedelta

from casework.cases import public_reports
from casework.cases.ratings import exclusions
from casework.cases.visibility import subject_of
from casework.consultations import queries, venues
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.errors import Denied
from casework.core.office import Office
from casework.registry import office_settings
from workflows.cases import excluding, public_intake
from workflows.consultations import date_polls, public_topics
from workflows.demo import material
from workflows.demo.county import Cast

_ANSWERED_FOR, _AHEAD = 5, (7, 8, 9)


def speak(session: Session, office: Office, cast: Cast, calendar: WorkCalendar, *, at: datetime) -> None:
    """Let each of the screens that villagers and the office share have something to show."""
    _topics(session, office, cast, at=at)
    _poll(session, cast, calendar, at=at)
    _exclusions(session, cast, at=at)


def _topics(session: Session, office: Office, cast: Cast, *, at: datetime) -> None:
    office_settings.change(session, {office_settings.PUBLIC_TOPICS: True}, actor=cast.actors["admin"], at=at)
    for n, told in enumerate(material.county()["public_topic"]):
        sent = at - timedelta(hours=5 - n)
        raw = {name: told[name] for name in public_reports.FIELDS} | {"via": "web", "wish": public_reports.TOPIC}
        read = public_reports.read_report(raw, session=session, county=office.settings.region)
        report = public_reports.put(session, read, code=public_reports.new_code(), at=sent)
        later, actor = sent + timedelta(minutes=40), cast.actors["he"]
        if "declined" in told:
            public_intake.decline(session, report, told["declined"], actor=actor, at=later)
        if "turned" in told:
            public_topics.turn_into_topic(session, report, dict(told["turned"]), actor=actor, at=later)


def _poll(session: Session, cast: Cast, calendar: WorkCalendar, *, at: datetime) -> None:
    """Ask which of three mornings suits for a topic that waits for its date; one has answered on the telephone."""
    row = queries.first_in(session, "approved")
    if row is None:
        return
    today, actor = at.astimezone(calendar.zone).date(), cast.actors["he"]
    days = [calendar.add_workdays(today, each) for each in _AHEAD]
    starts = [datetime.combine(day, time(9, 30), tzinfo=calendar.zone) for day in days]
    people = [cast.actors[user].person_id for user in ("chen", "tang", "bai")]
    raw = {
        "options": [
            {"starts_at": each.isoformat(), "ends_at": (each + timedelta(hours=2)).isoformat()} for each in starts
        ],
        "participants": [{"person": str(each), "part": "member", "required": False} for each in people],
        "venue": venues.every(session)[0].code,
        "closes_on": calendar.add_workdays(today, _ANSWERED_FOR).isoformat(),
    }
    subject = queries.subject_of(session, row)
    links = date_polls.ask(session, row, raw, subject=subject, actor=actor, at=at)
    answers = {"0": "yes", "1": "maybe", "2": "no"}
    date_polls.answer_by_phone(session, row, next(iter(links)), answers, subject=subject, actor=actor, at=at)


def _exclusions(session: Session, cast: Cast, *, at: datetime) -> None:
    """Leave one closed case out by two persons, and let another wait for the head."""
    told = material.county()["exclusions"]
    for case, words in zip(exclusions.unhappy(session, limit=len(told)), told, strict=False):
        subject = subject_of(session, case, actor=cast.actors["he"], at=at)
        raw = {"code": words["code"], "reason": words["reason"]}
        try:
            excluding.ask(session, case, raw, subject=subject, actor=cast.actors["he"], at=at - timedelta(minutes=30))
        except Denied:
            continue
        if "decision" in words:
            given = {"grant": True, "reason": words["decision"]}
            excluding.decide(session, case, given, subject=subject, actor=cast.actors["an"], at=at)
