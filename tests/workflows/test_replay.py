"""`workflow replay`: the same definition changes nothing; a changed one says whom it would have hit and how."""

from datetime import UTC, datetime, timedelta

from tests.world import MORNING, World
from workflows.loader import load_text
from workflows.registry import LIBRARY
from workflows.replay import Replayed, replay

CASE = (LIBRARY / "case.v1.toml").read_text("utf-8")


def run(world: World, text: str, *, at: datetime = MORNING + timedelta(days=30)) -> Replayed:
    with world.db.reading() as session:
        result = Replayed()
        for result in replay(session, load_text(text), at=at, batch=2):  # noqa: B007 - the last sum counts
            pass
        return result


def lived(world: World) -> None:
    world.resolved()
    world.report(urgency="critical")
    suspended = world.assigned(kind="complaint")
    world.move(suspended, "suspend", "he", reason="等管材", until="2026-10-20")
    world.move(suspended, "resume", "he", at=datetime(2026, 10, 20, 1, 0, tzinfo=UTC))


def test_replaying_the_same_definition_finds_nothing(world: World) -> None:
    lived(world)
    result = run(world, CASE)
    assert (result.cases, result.otherwise, result.moved) == (3, [], [])
    assert result.steps == 6


def test_a_shorter_limit_says_which_deadlines_would_have_moved_and_who_would_be_late(world: World) -> None:
    lived(world)
    result = run(world, CASE.replace("  { working_days = 7 },", "  { working_days = 2 },", 1))
    assert [(each.kind, each.was_late, each.would_be_late) for each in result.moved] == [("handle", False, False)]
    result = run(
        world, CASE.replace('kind = "complaint" }, working_days = 15', 'kind = "complaint" }, working_days = 1', 1)
    )
    assert [each.kind for each in result.moved] == ["handle"]


def test_a_step_that_is_gone_is_named_with_the_case(world: World) -> None:
    lived(world)
    without = CASE.replace('trigger = "suspend"', 'trigger = "hold"', 1).replace('"resume"', '"carry_on"')
    result = run(world, without)
    assert [(each.number, each.trigger) for each in result.otherwise] == [("QC-AJ-2026-000003", "suspend")]


def test_a_newly_asked_field_is_named(world: World) -> None:
    lived(world)
    asked = CASE.replace('name = "co_orgs"\ntype = "orgs"\nrequired = false', 'name = "co_orgs"\ntype = "orgs"', 1)
    result = run(world, asked)
    assert {each.why for each in result.otherwise} == {"asks for co_orgs, which was not given"}
    assert len(result.otherwise) == 2
