"""A case keeps its version; moving open cases shows what changes and leaves a row with the reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from casework.core.actors import SYSTEM
from casework.core.errors import Refused
from tests.world import MORNING, World
from workflows import registry
from workflows.registry import LIBRARY
from workflows.versions import Change, move_open_cases

CASE = (LIBRARY / "case.v1.toml").read_text("utf-8")


@pytest.fixture
def second_version(tmp_path: Path) -> Iterator[None]:
    """Offer a second version with eight days for help, known to this process while the test runs."""
    folder = tmp_path / "workflows"
    folder.mkdir()
    text = CASE.replace("version = 1", "version = 2", 1).replace(
        "  { working_days = 7 },", "  { working_days = 8 },", 1
    )
    (folder / "case.v2.toml").write_text(text, "utf-8")
    registry.use_folders(folder)
    yield
    registry.use_folders()


def move_all(world: World, reason: str, *, keep: bool) -> list[Change]:
    session = world.db.session(write=True)
    kept = False
    try:
        changes = list(move_open_cases(session, to_version=2, actor=SYSTEM, at=MORNING, reason=reason))
        kept = keep
        return changes
    finally:
        world.db.end(session, keep=kept)


def begin_with_the_first(world: World) -> tuple:
    registry.use_folders()
    return world.assigned(), world.report()


def test_new_cases_begin_with_the_newest_version_and_old_ones_keep_theirs(world: World, second_version: None) -> None:
    newer = world.report()
    assert world.case(newer).workflow_version == 2


def test_showing_changes_nothing_and_names_the_dates_that_would_move(
    world: World, second_version: None, tmp_path: Path
) -> None:
    old, waiting = begin_with_the_first(world)
    registry.use_folders(tmp_path / "workflows")
    changes = {each.number: each for each in move_all(world, "延长求助时限", keep=False)}
    assert [change["kind"] for change in changes[world.case(old).number].dates] == ["handle"]
    assert changes[world.case(waiting).number].dates == []
    assert world.case(old).workflow_version == 1


def test_moving_writes_the_reason_into_every_history(world: World, second_version: None, tmp_path: Path) -> None:
    old, _ = begin_with_the_first(world)
    registry.use_folders(tmp_path / "workflows")
    move_all(world, "延长求助时限", keep=True)
    told = world.history(old)[-1]
    assert (told.trigger, told.comment, told.fields["to"]) == ("change_version", "延长求助时限", 2)
    assert world.clocks(old, "handle")[-1].limit_amount == 8
    with pytest.raises(Refused):
        move_all(world, "  ", keep=True)
