"""Daily anchors: made once a day over every matter's last row, made up for, and stable against what comes late."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from casework.core.database import Database
from casework.core.errors import Refused
from casework.core.merkle import leaf, root_of
from casework.matters import anchors
from casework.matters.tables import Anchor
from casework.registry.tables import AuditLink
from tests.world import MORNING, World, make_world

DAY = MORNING.date()
AFTER = MORNING + timedelta(days=1)


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    return make_world(db, tmp_path)


def make(world: World, day: date, *, at: datetime = AFTER) -> Anchor:
    with world.db.transaction() as session:
        return anchors.make(session, day=day, at=at)


def stored(world: World) -> dict[date, Anchor]:
    with world.db.reading() as session:
        return {each.day: each for each in session.query(Anchor)}


def broken(world: World, **known: str) -> list[tuple[date, str]]:
    with world.db.reading() as session:
        found = anchors.check(session, known={date.fromisoformat(day): root for day, root in known.items()})
        return [(each.day, each.code) for each in found]


def test_the_root_stands_over_the_audit_and_the_last_row_of_every_matter_in_the_order_of_ids(world: World) -> None:
    ids = sorted(world.assigned() for _ in range(3))
    anchor = make(world, DAY)
    heads = [world.history(case_id)[-1] for case_id in ids]
    with world.db.reading() as session:
        link = session.query(AuditLink).order_by(AuditLink.seq.desc()).first()
    assert link is not None
    ends = [(bytes(16), link.seq, link.hash), *((row.matter_id.bytes, row.seq, row.hash) for row in heads)]
    leaves = [leaf(key + seq.to_bytes(8, "big") + bytes.fromhex(sealed)) for key, seq, sealed in ends]
    assert (anchor.matters, anchor.root) == (3, root_of(leaves).hex())
    assert broken(world) == []


def test_a_day_ends_at_midnight_in_the_offices_zone(world: World) -> None:
    # 23:59 and 00:00 in Shanghai.
    world.report(at=datetime(2026, 10, 14, 15, 59, tzinfo=UTC))
    world.report(at=datetime(2026, 10, 14, 16, 0, tzinfo=UTC))
    assert make(world, DAY).matters == 1
    assert make(world, DAY + timedelta(days=1), at=AFTER + timedelta(days=1)).matters == 2


def test_a_day_that_is_not_over_has_no_anchor(world: World) -> None:
    with pytest.raises(Refused):
        make(world, DAY, at=datetime(2026, 10, 14, 15, 59, tzinfo=UTC))
    assert stored(world) == {}


def test_doing_it_again_changes_nothing(world: World) -> None:
    world.report()
    first = make(world, DAY)
    world.report()
    assert make(world, DAY).root == first.root
    assert stored(world)[DAY].recorded_at == first.recorded_at


def test_missed_days_are_made_up_for(world: World) -> None:
    make(world, DAY)
    world.report(at=MORNING + timedelta(days=2))
    make(world, DAY + timedelta(days=4), at=AFTER + timedelta(days=4))
    assert [each.matters for _, each in sorted(stored(world).items())] == [0, 0, 1, 1, 1]
    assert broken(world) == []


def test_a_day_before_the_first_anchor_can_be_made_up_for_too(world: World) -> None:
    case_id = world.report()
    make(world, DAY + timedelta(days=2), at=AFTER + timedelta(days=2))
    world.move(case_id, "assign", "an", at=MORNING + timedelta(hours=1), org="SLJ")
    make(world, DAY, at=AFTER + timedelta(days=3))
    # What was written after the later anchor, though it tells of a time before, belongs to none of them.
    assert [each.root for _, each in sorted(stored(world).items())] == [make(world, DAY).root] * 3
    assert broken(world) == []


def test_what_is_written_late_about_an_earlier_day_breaks_nothing(world: World) -> None:
    case_id = world.report()
    make(world, DAY)
    world.move(case_id, "assign", "an", at=MORNING + timedelta(hours=1), org="SLJ")
    world.report(at=MORNING + timedelta(hours=1))
    assert broken(world) == []
    make(world, DAY + timedelta(days=1), at=AFTER + timedelta(days=1))
    assert stored(world)[DAY + timedelta(days=1)].matters == 2
    assert broken(world) == []


def test_later_changes_leave_earlier_anchors_alone(world: World) -> None:
    ids = [world.report() for _ in range(5)]
    make(world, DAY)
    for number, case_id in enumerate(ids):
        at = MORNING + timedelta(days=number + 1)
        world.move(case_id, "assign", "an", at=at, org="SLJ")
        world.report(at=at)
        make(world, at.date(), at=at + timedelta(days=1))
    assert [each.matters for _, each in sorted(stored(world).items())] == [5, 6, 7, 8, 9, 10]
    assert len({each.root for each in stored(world).values()}) == 6
    assert broken(world) == []


def test_a_root_kept_outside_is_compared(world: World) -> None:
    world.report()
    root = make(world, DAY).root
    assert broken(world, **{DAY.isoformat(): root}) == []
    assert broken(world, **{DAY.isoformat(): "0" * 64}) == [(DAY, "known")]
    assert broken(world, **{"2026-10-20": root}) == [(date(2026, 10, 20), "known")]


def test_the_newest_anchor_is_found(world: World) -> None:
    with world.db.reading() as session:
        assert anchors.latest(session) is None
    make(world, DAY)
    with world.db.reading() as session:
        latest = anchors.latest(session)
        assert latest is not None
        assert latest.day == DAY
