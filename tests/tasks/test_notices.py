"""Who is told what, when, and who never (features.md §2 rows 4, 10, 19)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from casework.cases import extensions as extension_rows
from casework.cases import queries
from casework.cases.tables import CoTask
from casework.cases.visibility import subject_of
from casework.core.actors import Grant
from casework.core.database import Session
from casework.core.ids import new_id
from casework.matters import notices
from casework.matters.tables import Notice
from casework.registry.tables import Deputy, Person, RoleGrant
from tests.tasks.conftest import Post
from tests.world import MORNING, World
from workflows import firing
from workflows.cases import co_tasks, comments, extensions, urging
from workflows.notices import sentence

LEVELS = [
    datetime(2026, 10, 21, 9, 30, tzinfo=UTC),
    datetime(2026, 10, 23, 9, 30, tzinfo=UTC),
    datetime(2026, 10, 28, 9, 30, tzinfo=UTC),
    datetime(2026, 11, 6, 9, 30, tzinfo=UTC),
]
SUNDAY = datetime(2026, 10, 18, 2, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_OPENING = datetime(2026, 10, 19, 0, 30, tzinfo=UTC)


def do(world: World, case_id, by: str, action: Callable, raw: dict, *, at: datetime = MORNING):
    """Do one of the acts that move nothing, as an edge does."""
    with world.db.transaction() as session:
        case = queries.get_for_update(session, world[by], case_id=case_id, at=at)
        subject = subject_of(session, case, actor=world[by], at=at)
        return action(session, case, raw, subject=subject, actor=world[by], at=at)


def join(world: World, name: str, role: str, *, region: str | None = None, org: str | None = None) -> None:
    """Let somebody new take a role."""
    with world.db.transaction() as session:
        person = Person(id=new_id(), name=name, user_name=name, created_at=MORNING, updated_at=MORNING)
        session.add(person)
        session.flush()
        org_id = None if org is None else world.orgs[org]
        grant = RoleGrant(id=new_id(), person_id=person.id, role=role, region=region, org_id=org_id, created_at=MORNING)
        session.add(grant)
        world.actors[name] = type(world["an"])(person.id, name, (Grant(role, region, org_id),))


def test_an_assignment_is_told_to_the_people_of_the_unit(world: World, post: Post) -> None:
    case_id = world.report()
    world.move(case_id, "assign", "an", org="SLJ", co_orgs=["ZYZ"])
    post.tell(at=MORNING)
    assert post.told("assigned") == {"bai", "shui"}
    assert post.told("assigned_to_help") == {"zhen"}


def test_nobody_is_told_what_they_did_themselves(world: World, post: Post) -> None:
    case_id = world.assigned()
    world.move(case_id, "return", "bai", reason="不归我们管")
    post.tell(at=MORNING)
    assert post.told("returned") == {"an", "he"}
    world.move(case_id, "decline", "an", reason="请找乡镇")
    post.tell(at=MORNING)
    assert post.told("declined") == {"he"}


def test_a_member_hears_what_became_of_the_report(world: World, post: Post) -> None:
    case_id = world.report("chen")
    world.move(case_id, "assign", "an", org="SLJ")
    world.move(case_id, "resolve", "bai", result_class="A", reply="已换好")
    post.tell(at=MORNING)
    assert post.told("answered") == {"chen"}
    assert post.told("resolved") == {"an", "he"}
    world.move(case_id, "close", "he", followed_up="unreachable")
    post.tell(at=MORNING)
    assert post.told("closed") == {"chen"}


def test_more_time_is_asked_of_the_head_and_the_answer_goes_to_the_asker(world: World, post: Post) -> None:
    case_id = world.assigned()
    request = do(world, case_id, "bai", extensions.ask, {"until": "2026-10-30", "reason": "管材未到"})
    post.tell(at=MORNING)
    assert post.told("extension_asked") == {"an"}
    with world.db.transaction() as session:
        case = queries.get_for_update(session, world["an"], case_id=case_id, at=MORNING)
        subject = subject_of(session, case, actor=world["an"], at=MORNING)
        row = extension_rows.get(session, case, request_id=request.id)
        decision = {"grant": True, "reason": "情况属实"}
        extensions.decide(session, case, row, decision, subject=subject, actor=world["an"], at=MORNING)
    post.tell(at=MORNING)
    assert post.told("extension_granted") == {"bai"}


def test_a_question_goes_to_the_unit_asked_and_its_answer_to_the_lead(world: World, post: Post) -> None:
    case_id = world.coordinated()
    raw = {"org": "JYJ", "question": "校内水池能否借用？", "due_on": "2026-10-20"}
    task_id = do(world, case_id, "bai", co_tasks.ask, raw).id
    post.tell(at=MORNING)
    assert post.told("co_task_asked") == {"jiao"}

    def settle(session: Session, case, raw: dict, **bearings):
        task = session.get(CoTask, task_id)
        assert task is not None
        return co_tasks.settle(session, case, task, raw, **bearings)

    do(world, case_id, "jiao", settle, {"answer": "可以"})
    post.tell(at=MORNING)
    assert post.told("co_task_answered") == {"bai", "shui"}


def test_who_is_mentioned_is_told_unless_they_may_not_know_of_the_case(world: World, post: Post) -> None:
    case_id = world.assigned()
    do(world, case_id, "an", comments.comment, {"text": "请 @白工 看一下，也请 @陈委员 知道"})
    post.tell(at=MORNING)
    assert post.told("mentioned") == {"bai"}
    assert "chen" not in {each.to for each in post.notices()}


def test_an_urge_reaches_the_unit(world: World, post: Post) -> None:
    case_id = world.assigned()
    do(world, case_id, "he", urging.urge, {"text": "请抓紧"})
    post.tell(at=MORNING)
    assert post.told("urged") == {"bai", "shui"}


@pytest.mark.parametrize(
    ("level", "people"),
    [(0, {"bai"}), (1, {"bai"}), (2, {"shui", "an"}), (3, {"shui", "an", "lu"})],
)
def test_the_higher_the_rung_the_higher_who_is_told(world: World, post: Post, level: int, people: set[str]) -> None:
    case_id = world.assigned()
    # So that only the handling clock is left to fire.
    world.move(case_id, "acknowledge", "bai")
    world.move(case_id, "contact", "bai", words="已联系", spoke_to="本人")
    post.tell(at=MORNING)
    for at in LEVELS[: level + 1]:
        firing.sweep(world.db, at=at)
    for at in (LEVELS[level], LEVELS[level] + timedelta(days=4)):
        post.tell(at=at)
    assert post.told(f"deadline_{level}") == people


def test_a_rung_of_acceptance_goes_to_the_desk(world: World, post: Post) -> None:
    case_id = world.report()
    firing.sweep(world.db, at=datetime(2026, 10, 15, 9, 30, tzinfo=UTC))
    post.tell(at=datetime(2026, 10, 16, 2, 0, tzinfo=UTC))
    assert post.told("deadline_1") == {"he"}
    assert world.case(case_id).state == "reported"


def test_a_message_outside_working_hours_waits_for_the_next_opening(world: World, post: Post) -> None:
    world.assigned(at=SUNDAY)
    post.tell(at=SUNDAY)
    assert post.told("assigned") == set()
    assert {row.hold_until for row in post.rows()} == {MONDAY_OPENING}
    post.tell(at=MONDAY_OPENING - timedelta(seconds=1))
    assert post.told("assigned") == set()
    post.tell(at=MONDAY_OPENING)
    assert post.told("assigned") == {"bai", "shui"}


def test_what_is_critical_waits_for_nobody(world: World, post: Post) -> None:
    world.report("chen", at=SUNDAY, urgency="critical")
    post.tell(at=SUNDAY)
    assert post.told("reported_critical") == {"an", "he"}


def test_a_message_that_has_become_pointless_is_dropped_with_the_reason(world: World, post: Post) -> None:
    case_id = world.assigned(at=SUNDAY)
    post.tell(at=SUNDAY)
    world.move(case_id, "resolve", "bai", at=SUNDAY, result_class="A", reply="已换好")
    world.move(case_id, "close", "he", at=SUNDAY, followed_up="unreachable")
    post.tell(at=MONDAY_OPENING)
    assert {(each.fate, each.reason) for each in post.notices() if each.code == "assigned"} == {
        ("dropped", "case_closed")
    }


def test_who_loses_the_case_before_the_opening_is_not_told_of_it(world: World, post: Post) -> None:
    case_id = world.report(at=SUNDAY)
    world.move(case_id, "assign", "an", at=SUNDAY, org="SLJ", co_orgs=["ZYZ"])
    post.tell(at=SUNDAY)
    with world.db.transaction() as session:
        ended = (
            update(RoleGrant).where(RoleGrant.person_id == world["zhen"].person_id).values(valid_to=date(2026, 10, 18))
        )
        session.execute(ended)
    post.tell(at=MONDAY_OPENING)
    fates = {each.to: (each.fate, each.reason) for each in post.notices()}
    assert fates["zhen"] == ("dropped", "out_of_scope")
    assert fates["bai"] == ("sent", None)


def test_what_was_told_of_an_assignment_taken_back_is_taken_out_of_the_box(world: World, post: Post) -> None:
    case_id = world.assigned()
    post.tell(at=MORNING)
    assert post.told("assigned") == {"bai", "shui"}
    world.move(case_id, "recall", "an")
    post.tell(at=MORNING)
    assert {each.reason for each in post.notices() if each.code == "assigned"} == {"recalled"}


def test_a_disabled_account_is_told_nothing(world: World, post: Post) -> None:
    world.assigned(at=SUNDAY)
    post.tell(at=SUNDAY)
    with world.db.transaction() as session:
        session.execute(update(Person).where(Person.id == world["shui"].person_id).values(disabled_at=SUNDAY))
    post.tell(at=MONDAY_OPENING)
    assert {(each.to, each.reason) for each in post.notices() if each.fate == "dropped"} == {
        ("shui", "account_disabled")
    }
    world.assigned(at=MONDAY_OPENING)
    post.tell(at=MONDAY_OPENING)
    assert len([each for each in post.notices() if each.to == "shui"]) == 1


def test_an_absent_person_s_deputy_is_told_as_well(world: World, post: Post) -> None:
    join(world, "daibai", "handler", org="JYJ")
    with world.db.transaction() as session:
        stands_in = Deputy(
            id=new_id(),
            person_id=world["shui"].person_id,
            deputy_id=world["daibai"].person_id,
            valid_from=date(2026, 10, 1),
            valid_to=date(2026, 10, 31),
            created_at=MORNING,
        )
        session.add(stands_in)
    world.assigned()
    post.tell(at=MORNING)
    assert post.told("assigned") == {"bai", "shui", "daibai"}


def test_no_notice_is_ever_out_of_scope(world: World, post: Post) -> None:
    join(world, "bieju", "head", region="510823")
    join(world, "muyu", "clerk", region="510822106")
    join(world, "shiji", "chair", region="5108")
    case_id = world.report("chen")
    world.move(case_id, "assign", "an", org="SLJ", co_orgs=["ZYZ"])
    for at in LEVELS:
        firing.sweep(world.db, at=at)
        post.tell(at=at)
    world.move(case_id, "resolve", "bai", at=LEVELS[-1], result_class="A", reply="已换好")
    post.tell(at=LEVELS[-1])
    told = {each.to for each in post.notices()}
    assert told.isdisjoint({"bieju", "muyu", "ding", "jiao", "guanli", "anquan"})
    for row in post.rows():
        name = next(name for name, actor in world.actors.items() if actor.person_id == row.person_id)
        with world.db.reading() as session:
            assert queries.get(session, world[name], case_id=case_id, at=LEVELS[-1]).id == case_id


def test_only_what_presses_is_mailed_by_itself(world: World, post: Post, give_mail: Callable[..., None]) -> None:
    give_mail("bai", "shui", "an", "he")
    world.assigned()
    world.assigned(urgency="critical")
    post.tell(at=MORNING, mails=True)
    assert {each.to for each in post.notices(channel="mail") if each.code == "assigned"} == {"bai", "shui"}
    assert len([each for each in post.notices(channel="mail") if each.code == "assigned"]) == 2
    firing.sweep(world.db, at=LEVELS[2])
    post.tell(at=LEVELS[2], mails=True)
    assert {each.to for each in post.notices(channel="mail") if each.code == "deadline_2"} == {"an", "shui"}


def test_without_a_mail_server_no_mail_is_written(world: World, post: Post, give_mail: Callable[..., None]) -> None:
    give_mail("bai")
    world.assigned(urgency="critical")
    post.tell(at=MORNING, mails=False)
    assert post.notices(channel="mail") == []


def test_a_notice_reads_in_its_reader_s_language(world: World, post: Post) -> None:
    case_id = world.assigned()
    firing.sweep(world.db, at=LEVELS[1])
    post.tell(at=LEVELS[1])
    post.tell(at=LEVELS[1] + timedelta(days=3))
    number = world.case(case_id).number
    row = next(row for row in post.rows() if row.code == "deadline_1" and row.facts["kind"] == "handle")
    assert (
        sentence(row.code, row.facts, locale="zh", zone=SHANGHAI)
        == f"{number} 的办理期限到了（10月23日周五17:30），请抓紧"
    )
    assert sentence(row.code, row.facts, locale="en", zone=SHANGHAI).startswith(
        f"{number}: Handling fell due on Fri 23 Oct"
    )


def test_every_code_has_its_sentence(world: World, post: Post) -> None:
    world.assigned()
    post.tell(at=MORNING)
    for row in post.rows():
        for locale in ("zh", "en"):
            assert "{" not in sentence(row.code, row.facts, locale=locale, zone=SHANGHAI)


def test_the_inbox_shows_what_was_told_newest_first_until_it_is_read(world: World, post: Post) -> None:
    world.assigned()
    post.tell(at=MORNING)
    world.assigned(at=MORNING + timedelta(minutes=5))
    post.tell(at=MORNING + timedelta(minutes=5))
    me = world["bai"].person_id
    assert me is not None
    with world.db.transaction() as session:
        assert notices.count_unread(session, me) == 2
        newest, oldest = notices.inbox(session, me)
        assert newest.sent_at is not None
        assert newest.created_at > oldest.created_at
        assert notices.inbox(session, me, before=(newest.sent_at, newest.id)) == [oldest]
        assert notices.mark_read(session, me, at=MORNING, ids=[newest.id]) == 1
    with world.db.transaction() as session:
        assert [each.id for each in notices.inbox(session, me, unread=True)] == [oldest.id]
        assert notices.mark_read(session, me, at=MORNING) == 1
        assert notices.count_unread(session, me) == 0


def test_relaying_twice_tells_once(world: World, post: Post) -> None:
    world.assigned()
    post.tell(at=MORNING)
    with world.db.transaction() as session:
        session.connection().exec_driver_sql("UPDATE outbox SET status = 'pending', done_at = NULL")
    post.tell(at=MORNING)
    with world.db.reading() as session:
        assert len(session.scalars(select(Notice).where(Notice.code == "assigned")).all()) == 2
