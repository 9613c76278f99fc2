"""The morning's digest: one a person and working day, grouped by case, newest first, nothing twice."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from casework.core.ids import new_id
from casework.core.office import Office
from casework.matters import jobs, notices
from casework.matters.tables import Job, Notice
from tasks.run import Run
from tasks.sending import digest
from tests.tasks.conftest import Post, with_mail
from tests.world import MORNING, World

NEXT_MORNING = datetime(2026, 10, 15, 0, 30, tzinfo=UTC)


def send(office: Office, *, at: datetime = NEXT_MORNING, period: str = "2026-10-15") -> int:
    """Run the job as the worker does, and note it as done."""
    run = Run(office, new_id(), "digest", period, {}, at, lambda _progress: None)
    told = digest.send(run)
    with office.db.transaction() as session:
        job_id = jobs.ensure(session, name="digest", period=period, run_at=at, at=at)
    if job_id is not None:
        with office.db.transaction() as session:
            jobs.claim(session, worker="one", at=at, only=job_id)
            jobs.finish(session, job_id, worker="one", at=at)
    return int(told["digests"])


def digests(office: Office, channel: str = "app") -> list[Notice]:
    with office.db.reading() as session:
        chosen = select(Notice).where(Notice.code == "digest", Notice.channel == channel).order_by(Notice.id)
        return list(session.scalars(chosen))


def mine(office: Office, world: World, name: str) -> Notice:
    return next(row for row in digests(office) if row.person_id == world[name].person_id)


def test_what_was_told_is_gathered_by_case_newest_first(office: Office, world: World, post: Post) -> None:
    first = world.assigned()
    post.tell(at=MORNING)
    second = world.assigned(at=MORNING + timedelta(hours=1))
    post.tell(at=MORNING + timedelta(hours=1))
    world.move(first, "suspend", "he", at=MORNING + timedelta(hours=2), reason="等管材", until="2026-10-20")
    post.tell(at=MORNING + timedelta(hours=2))
    assert send(office) == 2
    facts = mine(office, world, "bai").facts
    # The first case's assignment has become pointless: it is suspended, and still worth knowing of.
    assert (facts["cases"], facts["total"], facts["more"]) == (2, 3, 0)
    assert [group["number"] for group in facts["groups"]] == [world.case(first).number, world.case(second).number]
    assert [[line["code"] for line in group["lines"]] for group in facts["groups"]] == [
        ["suspended", "assigned"],
        ["assigned"],
    ]


def test_one_line_says_what_was_told_twice(office: Office, world: World, post: Post) -> None:
    """A case was given to a unit, sent back and given to it again: the morning names it once, not in two like lines."""
    first = world.assigned()
    post.tell(at=MORNING)
    world.move(first, "return", "bai", at=MORNING, reason="不归我们管")
    world.move(first, "assign", "he", at=MORNING, org="SLJ")
    post.tell(at=MORNING)
    send(office)
    facts = mine(office, world, "bai").facts
    assert [line["code"] for group in facts["groups"] for line in group["lines"]] == ["assigned"]
    assert (facts["cases"], facts["total"], facts["more"]) == (1, 1, 0)


def test_each_person_gets_one_a_day_however_often_the_job_runs(office: Office, world: World, post: Post) -> None:
    world.assigned()
    post.tell(at=MORNING)
    assert send(office) == 2
    assert send(office) == 0
    assert len(digests(office)) == 2


def test_the_next_day_s_digest_repeats_nothing(office: Office, world: World, post: Post) -> None:
    world.assigned()
    post.tell(at=MORNING)
    send(office)
    assert send(office, at=NEXT_MORNING + timedelta(days=1), period="2026-10-16") == 0
    world.assigned(at=NEXT_MORNING + timedelta(days=1, hours=2))
    post.tell(at=NEXT_MORNING + timedelta(days=1, hours=2))
    assert send(office, at=NEXT_MORNING + timedelta(days=2), period="2026-10-17") == 2
    newest = digests(office)[-1]
    assert newest.facts["total"] == 1


def test_what_was_read_or_has_become_pointless_is_left_out(office: Office, world: World, post: Post) -> None:
    gone = world.assigned()
    world.assigned()
    post.tell(at=MORNING)
    world.move(gone, "resolve", "bai", result_class="A", reply="已换好")
    shui = world["shui"].person_id
    assert shui is not None
    with office.db.transaction() as session:
        notices.mark_read(session, shui, at=MORNING)
    send(office)
    assert mine(office, world, "bai").facts["total"] == 1
    assert world["shui"].person_id not in {row.person_id for row in digests(office)}


def test_the_mail_of_the_morning_leaves_out_what_was_mailed_by_itself(
    office: Office, world: World, post: Post, give_mail: Callable[..., None]
) -> None:
    give_mail("bai")
    office = with_mail(office, "smtp://127.0.0.1:1")
    world.assigned()
    world.assigned(urgency="critical")
    post.tell(at=MORNING, mails=True)
    send(office)
    (mail,) = digests(office, "mail")
    assert (mail.person_id, mail.facts["total"]) == (world["bai"].person_id, 1)
    assert mine(office, world, "bai").facts["total"] == 2


def test_a_digest_does_not_grow_beyond_what_one_reads(office: Office, world: World) -> None:
    many = [
        Notice(id=new_id(), code="assigned", matter_id=None, facts={"number": str(n)}, created_at=MORNING)
        for n in range(digest.MOST_LINES + 7)
    ]
    facts = digest.gathered(many, at=NEXT_MORNING)
    assert (facts["total"], facts["more"]) == (digest.MOST_LINES + 7, 7)
    assert sum(len(group["lines"]) for group in facts["groups"]) == digest.MOST_LINES


def test_the_job_is_the_one_of_the_schedule(office: Office) -> None:
    send(office)
    with office.db.reading() as session:
        assert session.scalars(select(Job.name)).all() == ["digest"]
