"""What happens to a case without moving it: split, link, mend, reveal; each leaves its row, each asks who may."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from casework.cases import links, queries
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.core.errors import Denied, Invalid, Refused
from tests.world import MORNING, World
from workflows import denials, revealing
from workflows.cases import mending, splitting

PARTS = [{"title": "水管断了", "description": "三组水管断了"}, {"title": "路塌了", "description": "通村路塌方"}]


def on(world: World, case_id: UUID, by: str, act: Callable[..., Any], raw: Any) -> Any:
    with world.db.transaction() as session:
        case = queries.get_for_update(session, world[by], case_id=case_id, at=MORNING)
        subject = subject_of(session, case, actor=world[by], at=MORNING)
        return act(session, case, raw, subject=subject, actor=world[by], at=MORNING)


def reveal(session: Any, case: Case, raw: Any, **rest: Any) -> Any:
    return revealing.reveal(session, revealing.of_case(session, case), raw, proven=True, **rest)


def test_splitting_makes_a_case_of_each_part_with_the_same_reporter(world: World) -> None:
    case_id = world.report()
    made = on(world, case_id, "he", splitting.split, {"parts": PARTS})
    assert [part.title for part in made] == ["水管断了", "路塌了"]
    stored = world.case(made[0].id)
    assert (stored.state, stored.split_from_id, stored.reporter_name) == ("reported", case_id, "李*芳")
    assert on(world, made[1].id, "he", reveal, {"field": "phone", "reason": "联系"}) == "13900000876"
    assert world.history(case_id)[-1].trigger == "split"


def test_splitting_needs_parts_and_triage(world: World) -> None:
    case_id = world.report("chen")
    with pytest.raises(Denied):
        on(world, case_id, "chen", splitting.split, {"parts": PARTS})
    with pytest.raises(Invalid) as refusal:
        on(world, case_id, "he", splitting.split, {"parts": [{"title": "", "description": "无题"}, 3]})
    assert {e.field for e in refusal.value.errors} == {"parts.0.title", "parts.1"}
    with pytest.raises(Refused):
        on(world, world.resolved(), "he", splitting.split, {"parts": PARTS})


def test_linking_shows_on_both_and_twice_changes_nothing(world: World) -> None:
    one, other = world.report(), world.report()

    def link(session: Any, case: Case, raw: Any, **rest: Any) -> None:
        splitting.link(session, case, session.get(Case, raw), **rest)

    on(world, one, "he", link, other)
    on(world, one, "he", link, other)
    assert [row.trigger for row in world.history(other)] == ["report", "link"]
    with world.db.reading() as session:
        case = session.get(Case, other)
        assert case is not None
        assert [each.id for each in links.of_case(session, case, actor=world["he"], at=MORNING)] == [one]
    with pytest.raises(Refused):
        on(world, one, "he", link, one)


def test_mending_keeps_what_was_and_seals_a_new_reporter(world: World) -> None:
    case_id = world.report()
    raw = {"title": "三组停水", "reporter": {"name": "王大山"}, "public_summary": "三组停水，正在抢修"}
    on(world, case_id, "he", mending.mend, raw)
    case, told = world.case(case_id), world.history(case_id)[-1]
    assert (case.title, case.reporter_name, case.reporter_phone) == ("三组停水", "王*山", None)
    assert told.fields["reporter"] == {"from": "李*芳", "to": "王*山"}
    assert on(world, case_id, "he", reveal, {"field": "name", "reason": "核对身份"}) == "王大山"
    with pytest.raises(Denied):
        on(world, world.assigned(), "bai", mending.mend, {"title": "改一改"})


def test_a_mask_is_lifted_with_a_reason_and_at_most_fifty_times_a_day(world: World) -> None:
    case_id = world.report()
    with pytest.raises(Invalid):
        on(world, case_id, "he", reveal, {"field": "phone", "reason": "  "})
    for _ in range(50):
        assert on(world, case_id, "he", reveal, {"field": "phone", "reason": "联系"}) == "13900000876"
    with pytest.raises(denials.CapReached):
        on(world, case_id, "he", reveal, {"field": "phone", "reason": "联系"})
    assert on(world, case_id, "an", reveal, {"field": "phone", "reason": "联系"}) == "13900000876"


def test_who_only_looks_lifts_no_mask(world: World) -> None:
    case_id = world.report()
    for by in ("guan", "shen", "cun"):
        with pytest.raises(Denied):
            on(world, case_id, by, reveal, {"field": "phone", "reason": "看看"})
