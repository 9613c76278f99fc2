"""What comes back every day: asked for once by any number of beats, and safe to do twice."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from casework.campaign import forms
from casework.campaign.goals import GOAL
from casework.campaign.tables import Goal
from casework.core.database import Database
from casework.core.editions import newest
from casework.core.ids import new_id
from casework.core.office import Office
from casework.matters import presences, pulses
from casework.matters.daily_work import BY_NAME, DAILY, due_today, next_instant
from casework.matters.tables import Anchor, Draft, Job, Notice, OutboxEvent, Presence
from casework.registry.calendar import load_calendar
from casework.registry.tables import LoginFailure, LoginSession, Person
from casework.robots.tables import RobotMessage
from casework.webhooks import deliveries
from casework.webhooks.tables import WebhookAttempt
from tasks import daily
from tasks.beat import Beat
from tasks.run import Run, Work
from tasks.schedule import WORKS
from tests.tasks.conftest import Post
from tests.world import MORNING, VILLAGE, World

NIGHT = datetime(2026, 10, 15, 19, 30, tzinfo=UTC)
OLD = NIGHT - timedelta(days=500)


def do(office: Office, work: Work, *, at: datetime = NIGHT) -> dict[str, Any]:
    return dict(work(Run(office, new_id(), "tidy", "2026-10-16", {}, at, lambda _progress: None)) or {})


def count(db: Database, table: type[Any]) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_every_daily_job_has_its_work() -> None:
    assert {each.name for each in DAILY} <= WORKS.keys()


def test_a_job_is_due_once_its_time_of_day_has_come() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    at = datetime(2026, 10, 15, 8, 29, tzinfo=zone)
    assert [plan.name for plan, _, _ in due_today(at, zone=zone)] == [
        *("anchor", "tidy", "goals_lapse", "installation", "sheets_lapse", "suspension_ends", "progress_missing"),
        *("visits_due", "announcements_due"),
    ]
    plan, period, instant = list(due_today(at + timedelta(minutes=1), zone=zone))[-1]
    assert (plan.name, period, instant) == ("digest", "2026-10-15", at + timedelta(minutes=1))


def test_two_beats_ask_for_each_job_once(office: Office) -> None:
    at = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)
    one, two = Beat(office), Beat(office)
    assert one.tick(at=at) == len(DAILY)
    assert two.tick(at=at) == one.tick(at=at) == 0
    assert Beat(office).tick(at=at + timedelta(hours=8)) == 0
    assert one.tick(at=at + timedelta(days=1)) == len(DAILY)
    assert count(office.db, Job) == 2 * len(DAILY)


def test_no_digest_is_asked_for_on_a_day_nobody_works(office: Office) -> None:
    holiday, makeup = datetime(2026, 10, 2, 2, tzinfo=UTC), datetime(2026, 10, 10, 2, tzinfo=UTC)
    Beat(office).tick(at=holiday)
    with office.db.reading() as session:
        names = set(session.scalars(select(Job.name)))
    assert names == {"anchor", "tidy", "goals_lapse", "installation", "sheets_lapse"}
    Beat(office).tick(at=makeup)
    with office.db.reading() as session:
        assert "digest" in set(session.scalars(select(Job.name).where(Job.period == "2026-10-10")))


def test_an_idle_beat_does_not_touch_the_database(office: Office) -> None:
    at = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)
    beat = Beat(office)
    beat.tick(at=at)
    with office.db.transaction():
        # On SQLite this holds the writer's place, which a beat with something to ask for would wait for.
        assert beat.tick(at=at + timedelta(seconds=1)) == 0


def test_the_anchor_is_made_for_yesterday_and_every_day_that_was_missed(office: Office, world: World) -> None:
    world.assigned()
    do(office, daily.anchor, at=datetime(2026, 10, 14, 16, 30, tzinfo=UTC))
    kept = do(office, daily.anchor, at=datetime(2026, 10, 17, 16, 30, tzinfo=UTC))
    assert kept["day"] == "2026-10-17"
    with office.db.reading() as session:
        days = session.scalars(select(Anchor.day).order_by(Anchor.day)).all()
    assert days == [date(2026, 10, day) for day in (14, 15, 16, 17)]


def test_a_suspension_whose_day_has_come_is_told_once(office: Office, world: World, post: Post) -> None:
    case_id = world.assigned()
    world.move(case_id, "suspend", "he", reason="等管材", until="2026-10-20")
    early, due = datetime(2026, 10, 19, 0, tzinfo=UTC), datetime(2026, 10, 20, 1, tzinfo=UTC)
    assert do(office, daily.suspension_ends, at=early) == {"told": 0}
    assert do(office, daily.suspension_ends, at=due) == {"told": 1}
    assert do(office, daily.suspension_ends, at=due + timedelta(days=1)) == {"told": 0}
    post.tell(at=due)
    assert post.told("suspension_over") == {"an", "he", "bai", "shui"}
    world.move(case_id, "resume", "he", at=due)
    world.move(case_id, "suspend", "he", at=due + timedelta(hours=1), reason="再等", until="2026-10-22")
    assert do(office, daily.suspension_ends, at=due + timedelta(days=3)) == {"told": 1}


def old_things(world: World) -> None:
    person_id = world["bai"].person_id
    assert person_id is not None
    with world.db.transaction() as session:
        session.add(LoginFailure(id=new_id(), user_name="bai", address="10.0.0.1", at=OLD))
        pulses.beat(session, "gone", kind="worker", at=OLD)
        presences.note(session, matter_id=new_id(), person_id=person_id, at=OLD)
        session.add(
            Draft(id=new_id(), person_id=person_id, form="report", matter_id=new_id(), content="x", updated_at=OLD)
        )
        for days, ended in ((400, None), (3, None), (0, None)):
            seen = NIGHT - timedelta(days=days)
            times = dict.fromkeys(("created_at", "proven_at", "seen_at"), seen)
            session.add(LoginSession(id=new_id(), person_id=person_id, digest=str(days), ended_at=ended, **times))
        session.add(
            Job(
                id=new_id(),
                name="tidy",
                period="old",
                payload={},
                run_at=OLD,
                status="done",
                attempts=1,
                progress={},
                created_at=OLD,
                done_at=OLD,
            )
        )
        (delivery,) = deliveries.write(session, [new_id()], event_id=new_id(), event="x", body="{}", at=OLD)
        session.add(WebhookAttempt(id=new_id(), delivery_id=delivery, at=OLD, took_ms=1, status=500, error=None))
        for fate in ("sent", "waiting"):
            said = {"code": "robot_trial", "facts": {}, "created_at": OLD, "hold_until": OLD, "attempts": 0}
            session.add(RobotMessage(id=new_id(), robot_id=person_id, key=fate, fate=fate, **said))
            session.add(
                Notice(
                    id=new_id(),
                    event_id=new_id(),
                    person_id=person_id,
                    channel="app",
                    code="closed",
                    facts={},
                    created_at=OLD,
                    hold_until=OLD,
                    fate=fate,
                    attempts=0,
                )
            )


def test_the_night_tidies_what_has_served_its_time(office: Office, world: World) -> None:
    old_things(world)
    gone = do(office, daily.tidy)
    assert gone == {
        "idempotency_keys": 0,
        "drafts": 1,
        "presences": 1,
        "login_failures": 1,
        "sessions": 1,
        "jobs": 1,
        "webhook_deliveries": 1,
        "robot_messages": 1,
        "pulses": 1,
        "personal_exports": 0,
        "sent_links": 0,
        "paper_prints": 0,
        "notices": 1,
        "dormant": 0,
        "words_counted": False,
    }
    assert [
        count(office.db, each) for each in (Draft, Presence, LoginFailure, LoginSession, Job, Notice, WebhookAttempt)
    ] == [
        *(0, 0, 0, 2, 0, 1, 0),
    ]
    with office.db.reading() as session:
        ends = {row.digest: row.ended_at for row in session.scalars(select(LoginSession))}
    assert ends == {"3": NIGHT, "0": None}
    assert set(do(office, daily.tidy).values()) == {0}


def test_the_security_administrator_hears_once_of_an_account_that_fell_asleep(
    office: Office, world: World, post: Post
) -> None:
    with office.db.transaction() as session:
        for name, days in (("bai", 91), ("shui", 400), ("an", 5)):
            person = session.get(Person, world[name].person_id)
            assert person is not None
            person.password_set_at = NIGHT - timedelta(days=days) + timedelta(hours=12)
    # Only who crossed the ninety days since the last time is new.
    assert do(office, daily.tidy)["dormant"] == 1
    morning = NIGHT + timedelta(hours=6)
    post.tell(at=morning)
    assert post.told("account_dormant") == {"anquan"}
    with office.db.reading() as session:
        (event,) = session.scalars(select(OutboxEvent).where(OutboxEvent.event == "account.dormant"))
    assert event.facts["user_name"] == "bai"


def test_what_nobody_claimed_lapses_in_january_with_its_reason_and_once(office: Office, world: World) -> None:
    told = {"campaign": "SLSC-2022", "checklist": "five_ones_village", "year": 2026, "region_code": VILLAGE}
    claimed = {**told, "item": "research", "state": "claimed", "evidence": "调研报告"}
    with world.db.transaction() as session:
        ids = [
            forms.enter(session, GOAL, raw, actor=world["he"], at=MORNING).id
            for raw in ({**told, "item": "year_plan"}, claimed, {**told, "item": "livelihood", "year": 2027})
        ]
    early, due = datetime(2027, 1, 15, 15, 0, tzinfo=UTC), datetime(2027, 1, 15, 17, 0, tzinfo=UTC)
    assert do(office, daily.goals_lapse, at=early) == {"lapsed": 0}
    assert do(office, daily.goals_lapse, at=due) == {"lapsed": 1}
    assert do(office, daily.goals_lapse, at=due) == {"lapsed": 0}
    with office.db.transaction() as session:
        rows = [newest(session, Goal, each) for each in ids]
        assert [row.state for row in rows] == ["lapsed", "claimed", "planned"]
        assert rows[0].recorded_by is None and "2026" in rows[0].reason
        again = {"state": "planned", "reason": "年后补做"}
        forms.mend(session, GOAL, rows[0], again, actor=world["he"], at=due + timedelta(days=1))
    assert do(office, daily.goals_lapse, at=due + timedelta(days=2)) == {"lapsed": 0}


def test_work_of_working_days_is_due_next_on_a_working_day(office: Office) -> None:
    zone = office.settings.zone
    with office.db.reading() as session:
        calendar = load_calendar(session)

    def told(name: str, now: str) -> str:
        at = datetime.fromisoformat(now).replace(tzinfo=zone)
        return next_instant(BY_NAME[name], at=at, zone=zone, calendar=calendar).isoformat(" ", "minutes")[:16]

    # A Friday, the National Day of 2026 with its long rest, and a Saturday that is worked.
    assert told("digest", "2026-10-16 08:29") == "2026-10-16 08:30"
    assert told("digest", "2026-10-16 08:30") == "2026-10-19 08:30"
    assert told("anchor", "2026-10-16 08:30") == "2026-10-17 00:10"
    assert told("digest", "2026-09-30 12:00") == "2026-10-08 08:30"
    assert told("digest", "2026-10-09 12:00") == "2026-10-10 08:30"
