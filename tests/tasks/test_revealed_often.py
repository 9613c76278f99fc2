"""Whoever lifts as many masks as one may in a day is told of, and gets no more by asking from many places at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from casework.core.ids import new_id
from casework.registry import unmasking
from casework.registry.tables import AuditEvent
from tests.tasks.conftest import Post
from tests.workflows.test_desk import on, reveal
from tests.world import MORNING, World
from workflows import denials, revealing
from workflows.notices import sentence

SHANGHAI = ZoneInfo("Asia/Shanghai")
PHONE = {"field": "phone", "reason": "联系"}


def test_who_comes_to_the_cap_is_told_of_once_a_day_and_cannot_pass_it_by_haste(world: World, post: Post) -> None:
    cases = [world.report() for _ in range(4)]
    shown_before = unmasking.MOST_A_DAY - 2
    with world.db.transaction() as session:
        for _ in range(shown_before):
            he = world["he"].person_id
            session.add(AuditEvent(id=new_id(), at=MORNING, event=unmasking.EVENT, person_id=he, facts={}))
    post.tell(at=MORNING)
    assert post.told("reveal_cap") == set()

    def ask(case_id: Any) -> bool:
        try:
            return on(world, case_id, "he", reveal, PHONE) == "13900000876"
        except denials.CapReached:
            return False

    with ThreadPoolExecutor(4) as pool:
        shown = sum(pool.map(ask, cases))
    assert shown == 2
    post.tell(at=MORNING + timedelta(minutes=1))
    assert post.told("reveal_cap") == {"anquan", "shen"}
    facts = next(row.facts for row in post.rows() if row.code == "reveal_cap")
    assert "he" in sentence("reveal_cap", facts, locale="en", zone=SHANGHAI) and "876" not in str(facts)
    with world.db.reading() as session:
        rows = session.scalars(select(AuditEvent).where(AuditEvent.event == revealing.CAP_REACHED)).all()
    assert [row.person_id for row in rows] == [world["he"].person_id]
