"""The demo: the same for a seed, whole on any day, and something in every box of every desk."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import ColumnElement, func, select

from casework.assessment.tables import SpotCheck
from casework.bulletins.queries import printing
from casework.bulletins.tables import Bulletin
from casework.cases import work
from casework.cases.figures import statistics
from casework.cases.figures.scopes import Period, Scope
from casework.cases.ratings.rating_tables import RateExclusion
from casework.cases.tables import Case, ExtensionRequest, PublicReport
from casework.consultations.tables import Consultation, PollVoter
from casework.core.actors import Actor
from casework.core.database import Database, Session
from casework.core.editions import known
from casework.core.encryption import Keyring
from casework.core.office import Office
from casework.core.settings import read_settings
from casework.keeping.verify import verify
from casework.matters.tables import Attachment, Deadline, HistoryEntry, OutboxEvent
from casework.registry import accounts
from casework.registry.calendar import load_calendar
from casework.registry.queries import grants_of
from casework.registry.seeding import seed
from tests import databases
from tests.tiers import FULL
from workflows.demo import bulk, county, loading
from workflows.demo.present import Present
from workflows.lifecycles import lifecycles
from workflows.registry import registry

COUNTY = "510822"
# A Saturday with the week over, the last hour of a day in a long holiday, and (in the full tier) a Monday before the
# office opens.
TOLD = (
    ("sqlite", 1, "2026-11-28T10:00+08:00"),
    ("postgresql", 3, "2026-10-05T23:20+08:00"),
    *([("sqlite", 7, "2026-11-30T08:10+08:00")] if FULL else []),
)


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """Lend an office without data on the engine the test names."""
    engine = getattr(request, "param", "sqlite")
    if engine == "postgresql":
        request.getfixturevalue("postgres_url")
    with databases.fresh_database(engine, holding="schema") as url:
        settings = read_settings({"CASEWORK_HOME": str(tmp_path), "CASEWORK_DATABASE_URL": url})
        keyring = Keyring.open(tmp_path)
        db = Database(url, zone=settings.zone, keyring=keyring)
        yield Office(settings, keyring, db)
        db.close()


@pytest.mark.parametrize(("empty", "number", "now"), TOLD, indirect=["empty"])
def test_there_is_something_in_every_box_on_any_day(empty: Office, number: int, now: str) -> None:
    at = datetime.fromisoformat(now).astimezone(UTC)
    played = loading.load(empty, at=at, seed_number=number)
    assert played.refused == []
    with empty.db.reading() as session:
        today = at.astimezone(empty.settings.zone).date()
        assert [name for name, there in boxes(session, at=at, today=today).items() if not there] == []
        scope = Scope((COUNTY,), Period(), empty.settings.zone)
        figures = statistics.overview(session, scope, at=at).figures()
        assert [key for key in ("open", "overdue", "due_this_week", "closed") if not figures[key].n] == []
        stale = (OutboxEvent.status == "pending", OutboxEvent.created_at < at - timedelta(days=14))
        assert count(session, OutboxEvent, *stale) == 0
    assert broken(empty, at) == []
    # Copies of these lives in a further county are as whole: whoever solves a case there does not close it.
    bulk.add(empty, at=at, seed_number=number, cases=0, counties=1)
    assert broken(empty, at) == []


def broken(office: Office, at: datetime) -> list[tuple[str, int]]:
    """Return the invariants that do not hold."""
    findings = verify(office.db, at=at, attachments=office.settings.attachments, lifecycles=lifecycles())
    return [(each.name, each.rows) for each in findings if each.rows]


def boxes(session: Session, *, at: datetime, today: date) -> dict[str, bool]:
    """Say of every box whether anything is in it."""

    def desk(user: str) -> work.Work:
        return work.work_of(session, actor(session, user, today), at=at)

    bai, an, he = desk("bai"), desk("an"), desk("he")
    return {
        "signing": bool(bai.to_sign),
        "due of the unit": bool(bai.due),
        "asked of the unit": bool(bai.questions),
        "due of the desk": bool(he.due),
        "to approve": bool(an.to_approve),
        "to call": bool(he.follow_up),
        "drafts": all(desk(user).drafts for user in ("bai", "an", "he", "chen", "cun")),
        "returned": count(session, Case, Case.state == "reported", Case.returns == 1) > 0,
        "returned twice": count(session, Case, Case.state == "reported", Case.returns == 2) > 0,
        "every state": len(session.scalars(select(Case.state).distinct()).all()) == len(_STATES),
        "reported by member and liaison": all(
            count(session, Case, Case.reported_by == actor(session, user, today).person_id) for user in ("chen", "cun")
        ),
        "asked for more time": count(session, ExtensionRequest, ExtensionRequest.status == "requested") > 0,
        "money that has not come": count(
            session, Deadline, Deadline.kind == "funds_expected", Deadline.status == "running", Deadline.due_at < at
        )
        > 0,
        "class B to look at": count(session, Case, Case.state == "closed", Case.review_on <= today) > 0,
        "pictures": count(session, Attachment) >= 2,
        "public page": {"waiting", "turned", "declined"} == set(session.scalars(select(PublicReport.status))),
        "a topic of a villager waits": count(session, PublicReport, PublicReport.wish == "topic") == 3,
        "a date is being found": count(session, PollVoter, PollVoter.answered_at.is_not(None)) > 0,
        "left out of the rates": {"granted", "asked"} <= set(session.scalars(select(RateExclusion.status))),
        "a spot check to draw that was printed": bool(_printed_check(session, an=actor(session, "an", today))),
        "names called": count(session, HistoryEntry, HistoryEntry.trigger == "comment") > 0,
        "consultations of every state": len(session.scalars(select(Consultation.state).distinct()).all())
        == len(registry().latest("consultation").workflow.states),
        "news": count(session, OutboxEvent, OutboxEvent.status == "pending") > 0,
    }


_STATES = ("reported", "assigned", "coordinated", "resolved", "closed", "declined", "merged", "suspended")


def test_a_seed_tells_the_same_half_year_and_another_seed_another(empty: Office) -> None:
    at = datetime(2026, 11, 28, 2, tzinfo=UTC)
    with empty.db.transaction() as session:
        seed(session, county=COUNTY, at=at)
        cast = county.found(session, empty, at=at)
        calendar = load_calendar(session)

    def told(number: int) -> object:
        chance = random.Random(f"demo {number}")
        half_year = loading.write_scripts(chance, cast, calendar, now=at)
        return half_year, Present(chance, cast, calendar, now=at).scripts()

    assert told(1) == told(1)
    assert told(1) != told(2)


def _printed_check(session: Session, *, an: Actor) -> Sequence[Bulletin]:
    open_one = session.scalars(select(SpotCheck).where(known(SpotCheck), SpotCheck.seed.is_(None))).one()
    return printing(session, an, open_one.campaign, open_one.commitment)


def actor(session: Session, user: str, today: date) -> Actor:
    person = accounts.by_user_name(session, user)
    assert person is not None
    return Actor(person.id, person.name, grants_of(session, person.id, on=today))


def count(session: Session, kind: type, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(kind).where(*conditions)) or 0
