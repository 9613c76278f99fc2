"""A clock that jumps ahead fires nothing by itself; one that jumps back fires nothing twice (reliability.md F11, F12)."""

from datetime import timedelta

import pytest

from casework.core import clock
from casework.core.office import Office
from casework.registry import alarms
from casework.registry.tables import AuditEvent
from tasks import clock_guard
from tasks.clock_guard import ClockGuard
from tasks.doorbell import Bell
from tasks.worker import ALARM, Worker
from tests.world import MORNING, World
from workflows import firing

MONTH = timedelta(days=30)


def test_time_that_passes_is_no_jump() -> None:
    guard = ClockGuard(wall=MORNING, steady=100.0)
    for hours in range(1, 200):
        assert guard.tick(wall=MORNING + timedelta(hours=hours), steady=100.0 + hours * 3600) is None


def test_a_jump_ahead_pauses_until_the_clock_is_right_again() -> None:
    guard = ClockGuard(wall=MORNING, steady=0.0)
    assert guard.tick(wall=MORNING + MONTH + timedelta(seconds=30), steady=30.0) == MONTH
    assert guard.paused
    # It does not come to be right by standing long enough.
    assert guard.tick(wall=MORNING + MONTH + timedelta(days=1), steady=86400.0) == MONTH
    assert guard.tick(wall=MORNING + timedelta(days=1, hours=1), steady=90000.0) is None
    assert not guard.paused


def test_a_jump_back_pauses_nothing_and_its_correction_is_no_jump() -> None:
    guard = ClockGuard(wall=MORNING, steady=0.0)
    assert guard.tick(wall=MORNING - timedelta(hours=2), steady=10.0) is None
    assert guard.tick(wall=MORNING + timedelta(seconds=20), steady=20.0) is None


def test_small_corrections_may_add_up() -> None:
    guard = ClockGuard(wall=MORNING, steady=0.0)
    for n in range(1, 400):
        assert guard.tick(wall=MORNING + timedelta(seconds=n * 62), steady=n * 60.0) is None


class Clocks:
    """Two clocks that a test sets: the wall's, and the steady one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.steady = MORNING, 0.0
        monkeypatch.setattr(clock, "now", lambda: self.wall)
        monkeypatch.setattr(clock_guard, "steady_seconds", lambda: self.steady)

    def pass_time(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds


def test_a_running_worker_holds_back_and_sounds_the_alarm_while_a_sweep_by_hand_does_not(
    office: Office, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.assigned()
    clocks = Clocks(monkeypatch)
    worker = Worker(office, Bell())
    clocks.pass_time(30)
    assert not worker.sweep()
    clocks.wall += MONTH
    assert not worker.sweep()
    assert not worker.sweep()
    with office.db.reading() as session:
        assert alarms.standing(session)[ALARM]["ahead_seconds"] == MONTH.total_seconds()
        assert session.query(AuditEvent).where(AuditEvent.event == f"alarm.{ALARM}").count() == 1
    assert firing.sweep(office.db, at=clocks.wall).fired == 3
    clocks.wall -= MONTH
    assert not worker.sweep()
    with office.db.reading() as session:
        assert alarms.standing(session) == {}
        assert session.query(AuditEvent).where(AuditEvent.event == f"alarm.{ALARM}.cleared").count() == 1
    world.assigned()
    clocks.pass_time(MONTH.total_seconds())
    assert worker.sweep()


def test_a_clock_that_jumps_back_fires_nothing_twice(
    office: Office, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = world.assigned()
    clocks = Clocks(monkeypatch)
    worker = Worker(office, Bell())
    clocks.pass_time(timedelta(days=8).total_seconds())
    assert worker.sweep()
    before = len(world.history(case_id))
    clocks.wall -= timedelta(hours=2)
    assert not worker.sweep()
    clocks.pass_time(3600)
    assert not worker.sweep()
    rows = world.history(case_id)
    assert [row.seq for row in rows] == list(range(1, before + 1))
