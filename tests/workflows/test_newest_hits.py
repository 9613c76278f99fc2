"""The newest hits of words, found by stretches of days, are those of LIKE over what is seen, page by page."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import Connection, update

from casework.cases.filters import EVERYTHING
from casework.cases.listing import lists
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.core import personal, texts
from casework.core.database import Database
from casework.core.driver.questions import Question
from casework.matters import days
from casework.matters.search import SearchEntry, fold
from casework.permissions import permits
from tests.world import TOWN, VILLAGE, World

NOW = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)
MOBILE = "13812345678"
WORDS = ("路灯", "路灯不亮", "饮水", "水管 路灯", MOBILE, "138", "12", "灯")
ELSEWHERE = "510823100200"
# Triage, leader, observer, liaison of a town, handler, who reported some of it.
EVERYBODY = ("he", "an", "guan", "shen", "cun", "bai", "chen")
# Since when: today, at edges of days and of sixteen of them, in all stretches, and before all of them.
AGO = (*range(-1, 40), *range(47, 130, 5), *range(200, 560, 30), 800, 2000, 9000)


@pytest.fixture
def told(db: Database, world: World) -> dict[UUID, datetime]:
    """Report some in each place and relation, then let it have been whenever it was; some at the same instant."""
    rnd = random.Random(153)
    found = {}
    for n in range(60):
        words = " ".join(rnd.choices(("路灯不亮", "饮水", "水管", f"电话{MOBILE}", "灯"), k=2))
        by, place = rnd.choice(("he", "he", "chen", "cun")), rnd.choice((VILLAGE, TOWN, "510822106", "510822"))
        place = VILLAGE if by == "cun" else place
        found[world.report(by, title=f"第{n}件{words}", description=words, region_code=place)] = words
    whens = [NOW - timedelta(days=rnd.choice(AGO), seconds=rnd.choice((0, 1, 57_599, 57_600))) for _ in range(40)]
    instants = {each: rnd.choice(whens) for each in found}
    with db.transaction() as session:
        for each, when in instants.items():
            moved = {"region_code": ELSEWHERE} if rnd.random() < 0.15 else {}
            session.execute(update(Case).where(Case.id == each).values(reported_at=when, **moved))
            session.execute(update(SearchEntry).where(SearchEntry.matter_id == each).values(at=when, **moved))
    return instants


def _listed(db: Database, world: World, who: str, q: str | None, limit: int) -> list[UUID]:
    """Walk a list page by page, newest first."""
    found: list[UUID] = []
    cursor, filter = None, replace(EVERYTHING, q=q)
    while True:
        with db.reading() as session:
            page = lists.page(session, world[who], at=NOW, filter=filter, limit=limit, cursor=cursor)
        found += [each.id for each in page.items]
        cursor = page.next
        if cursor is None:
            return found
        assert len(page.items) == limit


def _seen(db: Database, world: World, who: str) -> dict[UUID, str]:
    """Return what somebody may know of, newest first, with its words as they are shown them."""
    found = {}
    ids, actor = _listed(db, world, who, None, 200), world[who]
    with db.reading() as session:
        for each in ids:
            case = session.get_one(Case, each)
            plainly = permits(actor, "case.reveal", subject_of(session, case, actor=actor, at=NOW))
            parts = (case.title, case.description)
            found[each] = fold(parts if plainly else map(personal.scrub, parts))
    return found


def test_pages_of_the_newest_hits_are_those_of_like_over_what_is_seen(
    db: Database, world: World, told: dict[UUID, datetime]
) -> None:
    for who in EVERYBODY:
        seen = _seen(db, world, who)
        assert [*seen] == sorted(seen, key=lambda each: (told[each], each.bytes), reverse=True), who
        for q in WORDS:
            needles = texts.search_key(q).split()
            wanted = [each for each, text in seen.items() if all(needle in text for needle in needles)]
            for limit in (4, 100) if who != "he" else (2, 7, 100):
                assert _listed(db, world, who, q, limit) == wanted, (who, q, limit)


def test_each_page_is_found_by_stretches_of_days_where_the_index_knows_them(
    db: Database, world: World, told: dict[UUID, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    ask = Question.ask

    def noted(question: Question, connection: Connection, values: Mapping[str, object]) -> list[tuple[object, ...]]:
        asked.append("stretches" in values)
        return ask(question, connection, values)

    monkeypatch.setattr(Question, "ask", noted)
    pages = len(_listed(db, world, "he", "路灯", 7)) // 7
    assert asked.count(True) >= pages if db.is_postgresql else not any(asked)


def test_stretches_are_newest_first_and_leave_no_day_out() -> None:
    for n in range(40):
        newest_one = NOW + timedelta(days=n)
        back = days.back_from(newest_one)
        covered: list[int] = []
        for stretch in back.numbers:
            for number in stretch:
                long = -1 - number
                covered += [number] if number >= 0 else range(16 * long + 15, 16 * long - 1, -1)
        assert all(one - 1 == other for one, other in pairwise(covered))
        first = datetime(1, 1, 1, tzinfo=UTC)
        assert days.end_of(newest_one) == first + timedelta(days=covered[0] + 1)
        assert back.begin == first + timedelta(days=covered[-1])
        assert len(covered) > 365
