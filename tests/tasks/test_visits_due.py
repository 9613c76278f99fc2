"""Reminders of the quarter's visits: on day 60 and 80, once a member, quarter and day, to nobody who has been there."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from casework.activities.tables import Activity
from casework.campaign.visits import VISIT
from casework.core import editions
from casework.core.ids import new_id
from casework.core.office import Office
from casework.keeping.verify import verify
from casework.matters import jobs
from casework.matters.tables import Notice
from tasks import visits_due
from tasks.run import Run
from tasks.sending import digest
from tests.campaign import Tied, tie
from tests.tasks.conftest import Post
from tests.world import VILLAGE, World
from workflows.lifecycles import lifecycles

# Day 60 of the quarter is Sunday 29 November, day 80 Saturday 19 December: the Mondays after them.
DAY_60, DAY_80 = datetime(2026, 11, 30, 0, 10, tzinfo=UTC), datetime(2026, 12, 21, 0, 10, tzinfo=UTC)
CODES = (visits_due.MEMBER, visits_due.OFFICE)


@pytest.fixture
def tied(world: World) -> Tied:
    """Let 陈委员 be linked to a household, and 罗敏, who has no account, to another."""
    return tie(world)


def send(office: Office, *, at: datetime, is_done: bool = True) -> int:
    """Run the job as the worker does, and note it as done unless the worker dies before that."""
    told = visits_due.send(Run(office, new_id(), "visits_due", at.date().isoformat(), {}, at, lambda _progress: None))
    if is_done:
        with office.db.transaction() as session:
            job_id = jobs.ensure(session, name="visits_due", period=at.date().isoformat(), run_at=at, at=at)
        if job_id is not None:
            with office.db.transaction() as session:
                jobs.claim(session, worker="one", at=at, only=job_id)
                jobs.finish(session, job_id, worker="one", at=at)
    return int(told["told"])


def visited(world: World, household: UUID, *, at: datetime, form: str = "on_site") -> None:
    with world.db.transaction() as session:
        row = Activity(kind=VISIT, region_code=VILLAGE, on_date=at.date(), household_id=household, form=form)
        editions.enter(session, row, actor=world["he"], at=at)


def written(office: Office) -> Sequence[Notice]:
    with office.db.reading() as session:
        return session.scalars(select(Notice).where(Notice.code.in_(CODES)).order_by(Notice.id)).all()


def of(office: Office, world: World, who: str) -> list[tuple[str, int, int]]:
    mine = [row for row in written(office) if row.person_id == world[who].person_id]
    return [(row.code, row.facts["day"], row.facts["n"]) for row in mine]


def test_a_member_is_told_once_on_each_day_and_the_office_in_one_line(office: Office, world: World, tied: Tied) -> None:
    assert send(office, at=DAY_60 - timedelta(days=3)) == 0
    assert send(office, at=DAY_60, is_done=False) == 3
    # The worker died before the job was noted: what was told is not told again.
    assert send(office, at=DAY_60 + timedelta(minutes=5)) == 0
    for days in range(1, 19):
        assert send(office, at=DAY_60 + timedelta(days=days)) == 0
    assert send(office, at=DAY_80) == 3
    assert send(office, at=DAY_80 + timedelta(days=1)) == 0
    assert of(office, world, "chen") == [("visits_due", 60, 1), ("visits_due", 80, 1)]
    assert (
        of(office, world, "he")
        == of(office, world, "an")
        == [
            ("visits_due_office", 60, 2),
            ("visits_due_office", 80, 2),
        ]
    )


def test_who_has_been_everywhere_hears_nothing_and_a_call_is_no_visit(office: Office, world: World, tied: Tied) -> None:
    visited(world, tied.other, at=DAY_60 - timedelta(days=9), form="phone")
    visited(world, tied.mine, at=DAY_60 - timedelta(days=9))
    assert send(office, at=DAY_60) == 2
    assert of(office, world, "chen") == [] and of(office, world, "he") == [("visits_due_office", 60, 1)]
    visited(world, tied.other, at=DAY_60 + timedelta(days=1))
    assert send(office, at=DAY_80) == 0
    # What was visited is due again in the next quarter.
    assert send(office, at=datetime(2027, 3, 1, 0, 10, tzinfo=UTC)) == 3


def test_a_day_that_was_missed_is_made_up_for_and_the_last_one_counts(office: Office, world: World, tied: Tied) -> None:
    assert send(office, at=DAY_60 - timedelta(days=3)) == 0
    assert send(office, at=DAY_80 + timedelta(days=2)) == 3
    assert of(office, world, "chen") == [("visits_due", 80, 1)]


def test_it_waits_for_the_office_to_open_is_in_the_digest_and_leaves_everything_sound(
    office: Office, world: World, tied: Tied, post: Post, tmp_path: Path
) -> None:
    send(office, at=DAY_60)
    assert all(row.hold_until > DAY_60 for row in written(office))
    post.tell(at=DAY_60)
    assert {row.fate for row in written(office)} == {"waiting"}
    morning = DAY_60 + timedelta(minutes=20)
    run = Run(office, new_id(), "digest", "2026-11-30", {}, morning, lambda _progress: None)
    assert digest.send(run) == {"digests": 3, "groups": 0}
    post.tell(at=DAY_60 + timedelta(hours=1))
    assert post.told("visits_due") == {"chen"} and post.told("visits_due_office") == {"he", "an"}
    found = verify(world.db, at=DAY_60, attachments=tmp_path, lifecycles=lifecycles())
    assert not [each for each in found if each.name in ("I11", "I19") and not each.holds]
