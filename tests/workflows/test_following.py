"""After the minutes nothing is forgotten: looks back fall due, opinions come in once, and who reported is told once."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from casework.activities.tables import Suggestion
from casework.consultations import calls, look_backs, queries, ratings, waiting
from casework.consultations.outcome_tables import LookBack, PhoneTelling, Rating
from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Invalid, NotFound, Refused
from casework.matters.tables import Deadline, Firing, Notice
from tasks.relay import relay
from tests.faults.test_races import at_once
from tests.meeting import at as meeting_at
from tests.meeting import convert, hall, minuted, move
from tests.world import MORNING, VILLAGE, World
from workflows import engine, firing
from workflows.campaign import suggestion_answers
from workflows.consultations import consulting, following


def of_cases(world: World, *cases: UUID) -> UUID:
    """Bring a topic out of these cases to its minutes, with one thing agreed."""
    with world.db.transaction() as session:
        raw = {
            "title": "水管怎么修",
            "kind": "youshi",
            "source": "case_cluster",
            "region_code": VILLAGE,
            "reason": "吃水靠挑",
        }
        row = consulting.bring(session, {**raw, "cases": [str(each) for each in cases]}, actor=world["he"], at=MORNING)
        for trigger, given in (
            ("screen", {"scores": {"urgency": 1, "breadth": 1, "feasibility": 1}}),
            ("approve", {"authority": "office"}),
        ):
            subject = queries.subject_of(session, row)
            engine.move(session, row, trigger, subject=subject, actor=world["an"], at=MORNING, given=given)
        topic = row.id
    hall(world)
    people = [
        {"person": str(world["bai"].person_id), "part": "department", "required": True},
        {"name": "王大力", "part": "stakeholder", "required": False},
    ]
    move(world, topic, "schedule", **{**meeting_at(), "participants": people})
    move(world, topic, "notify", research="看过两处断口")
    move(world, topic, "hold", attended=["王大力"])
    move(world, topic, "minute", minutes="谈成了", consensus=[{"text": "换管", "org": "SLJ", "due_on": "2026-10-31"}])
    return topic


def act(world: World, topic: UUID, deed: Any, *given: Any, who: str = "he", at: Any = MORNING) -> Any:
    with world.db.transaction() as session:
        row = queries.take(session, world[who], str(topic), lock=True)
        subject = queries.subject_of(session, row)
        return deed(session, row, *given, subject=subject, actor=world[who], at=at)


def waiting_for_office(session: Session, actor: Actor, *, at: Any) -> list[waiting.Waiting]:
    return [*waiting.clocks(session, actor, at=at), *waiting.calls(session, actor)]


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [("2026-11-30", 3, "2027-02-28"), ("2026-08-31", 6, "2027-02-28"), ("2026-10-14", 3, "2027-01-14")],
)
def test_the_same_day_months_later_is_the_last_of_a_shorter_month(day: str, months: int, due: str) -> None:
    assert look_backs.months_on(date.fromisoformat(day), months) == date.fromisoformat(due)


def test_a_look_back_falls_due_shows_in_my_work_and_is_written_down_once(world: World) -> None:
    topic = minuted(world)
    with world.db.reading() as session:
        first, second = look_backs.of_consultation(session, topic)
        # What was agreed and is no record yet shows from the first day, a look back a week before it is due.
        counts = {each.kind: each.count for each in waiting_for_office(session, world["he"], at=MORNING)}
        assert counts["convert"] == 2 and "look_back" not in counts
        assert waiting_for_office(session, world["bai"], at=MORNING) == []
    assert (first.months, second.months) == (3, 6)
    # Also when the file is closed by then.
    for place in (1, 2):
        convert(world, topic, place, "suggestion")
    move(world, topic, "implement")
    move(world, topic, "evaluate", satisfaction="satisfied", realised={"1": True, "2": True})
    move(world, topic, "archive", "an")
    later = MORNING + timedelta(days=92)
    with world.db.reading() as session:
        soon = waiting_for_office(session, world["he"], at=MORNING + timedelta(days=90))
    assert [each.kind for each in soon] == ["look_back"]
    assert firing.sweep(world.db, at=MORNING + timedelta(days=100)).fired == 1
    found = {"holds": False, "finding": "水又断了"}
    act(world, topic, following.look_back, 3, found, at=later)
    with pytest.raises(Refused, match="looked_back_already"):
        act(world, topic, following.look_back, 3, found, at=later)
    with pytest.raises(NotFound):
        act(world, topic, following.look_back, 4, found, at=later)
    with world.db.reading() as session:
        assert waiting_for_office(session, world["he"], at=later) == []
        assert look_backs.of_consultation(session, topic)[0].finding == "水又断了"


def test_each_look_back_is_written_and_reminded_of_from_its_own_day_on(world: World) -> None:
    topic = minuted(world)
    with world.db.reading() as session:
        days = {each.months: each.due_on for each in look_backs.of_consultation(session, topic)}
    found = {"holds": True, "finding": "问了五户"}
    for months in look_backs.MONTHS:
        on_its_day = MORNING + (days[months] - MORNING.date())
        for early in (MORNING, on_its_day - timedelta(days=1)):
            with pytest.raises(Invalid, match="months: look_back_not_yet") as refusal:
                act(world, topic, following.look_back, months, found, at=early)
            assert refusal.value.errors[0].params == {"months": months, "day": days[months].isoformat()}
        with world.db.reading() as session:
            soon = waiting_for_office(session, world["he"], at=on_its_day)
            assert [each.count for each in soon if each.kind == "look_back"] == [1], "each shows for itself"
        # Its rungs are its own: the reminder the day before it falls due, the word that it is due on the day itself.
        assert fired_of(world, months, at=on_its_day) == [0]
        assert fired_of(world, months, at=on_its_day + timedelta(days=4)) == [0, 1]
        act(world, topic, following.look_back, months, found, at=on_its_day + timedelta(days=4))
    with world.db.reading() as session:
        assert all(each.found_at is not None for each in look_backs.of_consultation(session, topic))


def fired_of(world: World, months: int, *, at: Any) -> list[int]:
    """Sweep, and return the levels that the clock of a look back has fired so far."""
    firing.sweep(world.db, at=at)
    asked = (
        select(Firing.level)
        .join(Deadline, Deadline.id == Firing.deadline_id)
        .join(LookBack, LookBack.id == Deadline.subject_id)
        .where(LookBack.months == months, ~Firing.passed_over)
    )
    with world.db.reading() as session:
        return sorted(session.scalars(asked))


def test_a_link_is_kept_as_a_digest_answers_once_and_runs_out(world: World) -> None:
    one, same, merged = (world.report() for _ in range(3))
    topic = of_cases(world, one, same, merged)
    asked = act(world, topic, following.ask)
    # Who came, and the villager who reported all three, once.
    assert len(asked) == 2 and act(world, topic, following.ask) == []
    with world.db.reading() as session:
        rows = session.scalars(select(Rating)).all()
        assert not {each.token for each in asked} & {row.token_digest for row in rows}
    token = asked[0].token

    def answer(_n: int) -> None:
        with world.db.transaction() as session:
            following.answer(session, token, {"satisfaction": "basically", "words": "水管还漏"}, at=MORNING)

    assert at_once(2, answer) == {"done": 1, "Refused": 1}
    other = asked[1]
    renewed = act(world, topic, following.renew, str(other.row.id))
    with world.db.reading() as session:
        assert ratings.of_token(session, other.token, at=MORNING) is None
        assert ratings.of_token(session, renewed.token, at=MORNING) is not None
        assert ratings.of_token(session, renewed.token, at=MORNING + ratings.OPEN_FOR) is None
    # What was said on paper is entered by the clerk, who can answer for nobody that has answered.
    act(world, topic, following.enter, str(other.row.id), {"satisfaction": "satisfied"})
    for row in rows:
        with pytest.raises(Refused, match="rated_already"):
            act(world, topic, following.enter, str(row.id), {"satisfaction": "satisfied"})
    with world.db.reading() as session:
        kept = ratings.of_consultation(session, topic)
        assert dict(ratings.counted(kept)) == {"basically": 1, "satisfied": 1}
        assert sorted(each.channel for each in kept) == ["link", "phone"]
        assert {ratings.words_of(session, each) for each in kept} == {"水管还漏", ""}


def test_the_reporter_is_to_be_told_once_of_each_change_until_three_calls_were_in_vain(world: World) -> None:
    topic = of_cases(world, world.report(), world.report())
    convert(world, topic, 1, "suggestion")
    for _ in range(2):
        relay(world.db, at=MORNING, mails=False)
    with world.db.reading() as session:
        told = calls.of_consultation(session, topic)
        assert [(each.change, each.item_place, each.fate) for each in told] == [
            ("minute", None, "waiting"), ("convert", 1, "waiting"),
        ]  # fmt: skip
        item = queries.items_of(session, [topic])[0]
        # The participant with an account, whose unit was told of the minutes already, and of the conversion once.
        who = world["bai"].person_id
        codes = session.scalars(select(Notice.code).where(Notice.person_id == who, Notice.code.like("meeting_%"))).all()
        assert sorted(codes) == ["meeting_agreed", "meeting_convert", "meeting_invited"]
    given = {"case": str(told[0].case_id), "outcome": "not_reached"}
    for _ in range(3):
        assert act(world, topic, following.called, given) == 2
    with pytest.raises(Refused, match="nothing_to_tell"):
        act(world, topic, following.called, given)
    with world.db.transaction() as session:
        assert item.record_id is not None
        made = editions.newest(session, Suggestion, item.record_id)
        raw = {"adoption": "adopted", "reply": "照办", "answered_on": "2026-10-14"}
        made = suggestion_answers.mend(session, made, raw, actor=world["he"], at=MORNING)
        suggestion_answers.mend(session, made, {"reply": "已照办"}, actor=world["he"], at=MORNING)
    relay(world.db, at=MORNING, mails=False)
    with world.db.reading() as session:
        fates = [(each.change, each.fate) for each in session.scalars(select(PhoneTelling).order_by(PhoneTelling.id))]
    assert fates == [("minute", "unreached"), ("convert", "unreached"), ("answered", "waiting")]


def test_who_reported_is_told_too_that_nothing_will_be_talked_over(world: World) -> None:
    cases = [world.report() for _ in range(3)]
    dropped, joined, cancelled = (brought(world, each) for each in cases)
    move(world, dropped, "drop", reason="不适合协商")
    move(world, joined, "drop", reason="同一件事", into=str(cancelled))
    hall(world)
    for who, trigger, given in (
        ("he", "screen", {"scores": {"urgency": 1, "breadth": 1, "feasibility": 1}}),
        ("an", "approve", {"authority": "office"}),
        ("he", "schedule", {**meeting_at(), "convenor": str(world["shui"].person_id)}),
        ("he", "notify", {"research": "看过"}),
        ("an", "postpone", {"reason": "下雪"}),
        ("he", "schedule", {**meeting_at(24), "convenor": str(world["shui"].person_id)}),
        ("an", "cancel", {"reason": "不开了"}),
    ):
        move(world, cancelled, trigger, who, **given)
    for _ in range(2):
        relay(world.db, at=MORNING, mails=False)
    told = select(PhoneTelling.consultation_id, PhoneTelling.change).order_by(PhoneTelling.id)
    mine = select(Notice.code).where(Notice.person_id == world["he"].person_id, Notice.matter_id == cancelled)
    with world.db.reading() as session:
        assert {tuple(each) for each in session.execute(told)} == {(dropped, "drop"), (cancelled, "cancel")}, (
            "not joined"
        )
        codes = session.scalars(mine).all()
    assert [codes.count(each) for each in ("topic_postponed", "topic_cancelled")] == [1, 1], "as is who brought it"


def brought(world: World, case: UUID) -> UUID:
    """Bring a topic out of a case."""
    raw = {"title": "水管怎么修", "kind": "youshi", "source": "case_cluster", "region_code": VILLAGE, "reason": "挑水"}
    with world.db.transaction() as session:
        made = consulting.bring(session, {**raw, "cases": [str(case)]}, actor=world["he"], at=MORNING)
        return made.id


@pytest.mark.parametrize(("beside", "category"), [("drinking_water", "drinking_water"), ("infrastructure", "other")])
def test_what_was_agreed_about_cases_of_one_category_is_of_it_too(world: World, beside: str, category: str) -> None:
    cases = [world.report(title="水管断了", category="drinking_water"), world.report(title="又断了", category=beside)]
    topic = of_cases(world, *cases)
    convert(world, topic, 1, "case")
    with world.db.reading() as session:
        (item,) = queries.items_of(session, [topic])
    assert item.record_id is not None and world.case(item.record_id).category == category
