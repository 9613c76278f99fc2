"""Who is told of consultations: those invited of every date, the units of what was agreed, the office of what is late."""

from datetime import timedelta

from casework.consultations import queries, receipts
from casework.matters import notices
from casework.registry.calendar import load_calendar
from tests.meeting import approved, at, hall, minuted, move
from tests.tasks.conftest import Post
from tests.world import MORNING, World
from workflows import firing


def test_those_invited_are_told_of_every_date_and_whoever_brought_it_of_its_fate(world: World, post: Post) -> None:
    hall(world)
    topic = approved(world)
    move(world, topic, "schedule", "an", **at(0, "bai", "zhen", world=world))
    post.tell(at=MORNING)
    assert post.told("topic_approved") == {"he"}
    # A date is told when the notices go out, not while it is being found.
    assert post.told("meeting_invited") == set()
    move(world, topic, "notify", research="看过两处断口")
    post.tell(at=MORNING)
    assert post.told("meeting_invited") == {"an", "bai", "zhen"}
    with world.db.transaction() as session:
        row = queries.take(session, world["he"], str(topic))
        people = queries.participants_of(session, row)
        bai, zhen = world["bai"].person_id, world["zhen"].person_id
        assert bai is not None and zhen is not None
        assert receipts.of(session, row, people) == {world["an"].person_id: None, bai: None, zhen: None}
        notices.mark_read(session, bai, at=MORNING + timedelta(hours=1))
        assert receipts.of(session, row, people)[bai] == MORNING + timedelta(hours=1)
        assert receipts.of(session, row, people)[zhen] is None
    move(world, topic, "postpone", "an", reason="下雨")
    post.tell(at=MORNING)
    assert post.told("meeting_postponed") == {"bai", "zhen"}


def test_a_date_that_moves_is_told_once_and_only_to_those_who_knew_of_it(world: World, post: Post) -> None:
    hall(world)
    topic = approved(world)
    move(world, topic, "schedule", "an", **at(0, "bai", "zhen", world=world))
    # Nobody knows of it yet: found, moved and put off again without a word.
    move(world, topic, "reschedule", "he", **at(2, "bai", "zhen", world=world))
    move(world, topic, "postpone", "an", reason="下雨")
    post.tell(at=MORNING)
    told = ("meeting_invited", "meeting_moved", "meeting_postponed", "meeting_released", "meeting_cancelled")
    assert [post.told(code) for code in told] == [set()] * 5
    move(world, topic, "schedule", "an", **at(4, "bai", "zhen", world=world))
    move(world, topic, "notify", research="看过两处断口")
    move(world, topic, "reschedule", "he", **at(26, "bai", "shui", world=world))
    post.tell(at=MORNING)
    # Of two steps in one batch each is told to its own people: bai has both dates, zhen the end, shui the new one only.
    assert [post.told(code) for code in told] == [{"an", "bai", "zhen", "shui"}, {"an", "bai"}, set(), {"zhen"}, set()]
    move(world, topic, "postpone", "an", reason="下雨")
    post.tell(at=MORNING)
    assert post.told("meeting_postponed") == {"bai", "shui"}
    # A further date was being found when it was called off: who waits for one is told, who never knew is not.
    move(world, topic, "schedule", "an", **at(50, "bai", "zhen", world=world))
    move(world, topic, "cancel", "an", reason="不开了")
    post.tell(at=MORNING)
    assert post.told("meeting_cancelled") == {"bai", "shui"}


def test_a_unit_is_told_what_was_agreed_and_the_clerk_what_was_not_converted(world: World, post: Post) -> None:
    minuted(world)
    post.tell(at=MORNING)
    assert post.told("meeting_agreed") == {"bai", "shui"}
    with world.db.reading() as session:
        due = load_calendar(session).shift(MORNING, 4)
    firing.sweep(world.db, at=due)
    post.tell(at=due + timedelta(minutes=1))
    assert "he" in post.told("meeting_due_1")
