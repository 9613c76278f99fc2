"""What many report this week and few did before: put together by their words, within what the actor may know of."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from casework.cases.topics import hot_topics, kept_topics
from casework.consultations import proposed
from casework.core.actors import Actor
from casework.core.database import Database, Session
from tests.world import MORNING, VILLAGE, World, make_world
from workflows.consultations import consulting

DAY = timedelta(days=1)
AWAY = "510822106"
WATER = ("三组水管冻裂没有水", "三组的水管又冻裂了", "水管冻裂，三组停水两天", "三组水管冻裂，老人挑水")


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    return make_world(db, tmp_path)


def tell(world: World, title: str, days_ago: float, who: str, *, by: str = "he", region: str = VILLAGE) -> UUID:
    reporter = {"name": who, "phone": f"1390000{sum(map(ord, who)) % 10_000:04d}"}
    at = MORNING - days_ago * DAY
    return world.report(by, at=at, title=title, description="请来看看", reporter=reporter, region_code=region)


def topics(world: World, who: str = "he") -> list[tuple[str, tuple[int, ...]]]:
    with world.db.reading() as session:
        return [(each.title, each.weeks) for each in hot_topics.find(session, world[who], at=MORNING)]


def test_what_grows_this_week_is_a_topic_and_what_is_as_ever_or_one_mans_is_none(world: World) -> None:
    for n, title in enumerate(WATER):
        tell(world, title, n + 0.5, f"甲{n}")
    tell(world, "三组水管冻裂过一次", 16, "甲九")
    for n in range(4):
        # Each week as many: nothing grows.
        for week in range(5):
            tell(world, f"香菇滞销卖不出去，第{n}车", 7 * week + n + 0.2, f"乙{week}{n}")
        # One and the same person every day.
        tell(world, f"邻居家的狗半夜叫个不停，第{n}夜", n + 0.1, "丙")
    found = topics(world)
    assert found == [(WATER[0], (0, 0, 1, 0, 4))]
    with world.db.reading() as session:
        [topic] = hot_topics.find(session, world["he"], at=MORNING)
    assert any("水管冻裂" in word for word in topic.words) and topic.people == 5
    assert [each.title for each in topic.cases[:4]] == list(WATER), "the newest first"


def test_nobody_is_told_of_a_topic_by_cases_they_may_not_know_of(world: World) -> None:
    for n, title in enumerate(WATER):
        tell(world, title, n + 0.5, f"甲{n}", region=AWAY)
    assert topics(world, "he") and topics(world, "guan")
    assert topics(world, "cun") == [], "the liaison of another village"


def test_several_open_cases_propose_a_topic_until_one_is_about_them(world: World) -> None:
    for n, title in enumerate(WATER):
        tell(world, title, 20 * n + 0.5, f"甲{n}")
    with world.db.reading() as session:
        assert hot_topics.find(session, world["he"], at=MORNING) == ()
        [topic] = proposed.find(session, world["he"], at=MORNING)
    assert (len(topic.cases), topic.people) == (4, 4)
    for each in topic.cases[:2]:
        world.move(each.id, "decline", "an", at=MORNING, reason="已另案办理")
    with world.db.reading() as session:
        assert proposed.find(session, world["he"], at=MORNING) == (), "two are no topic"


def test_what_is_proposed_goes_as_soon_as_a_topic_is_about_it(world: World) -> None:
    def shown() -> list[int]:
        with world.db.reading() as session:
            return [len(each.cases) for each in proposed.shown(session, world["he"], at=MORNING).topics]

    assert shown() == []
    reported = [tell(world, title, n + 0.5, f"甲{n}") for n, title in enumerate(WATER)]
    assert shown() == [4], "that there was nothing a moment before is not kept"
    topic = {
        "title": "三组水管怎么办",
        "kind": "youshi",
        "source": "case_cluster",
        "region_code": VILLAGE,
        "reason": "冻裂",
    }
    with world.db.transaction() as session:
        cases = [str(each) for each in reported]
        consulting.bring(session, {**topic, "cases": cases}, actor=world["he"], at=MORNING)
    assert shown() == []


def test_what_was_put_together_is_kept_ten_minutes_and_tells_no_more_than_one_may_know(world: World) -> None:
    made = 0

    def make(session: Session, actor: Actor, *, at: datetime) -> tuple[hot_topics.HotTopic, ...]:
        nonlocal made
        made += 1
        return hot_topics.find(session, actor, at=at)

    def ask(minutes: int, who: str = "he") -> list[int]:
        with world.db.reading() as session:
            at = MORNING + minutes * DAY / 1440
            return [len(each.cases) for each in kept_topics.of(session, world[who], "hot", make, at=at).topics]

    for n, title in enumerate(WATER):
        tell(world, title, n + 0.5, f"甲{n}")
    assert (ask(0), ask(9), made) == ([4], [4], 1)
    with world.db.reading() as session:
        first = hot_topics.find(session, world["he"], at=MORNING)[0].cases[0]
    world.move(first.id, "decline", "an", at=MORNING, reason="已另案办理")
    assert (ask(9), made) == ([3], 1)
    assert (ask(9, "cun"), made) == ([3], 2), "kept for each apart"
    assert (ask(10), made) == ([3], 3)
