"""A machine that walks the case workflow at random with two hands, a moving clock and replayed commands.

Whatever is refused must change nothing; whatever is done must leave the invariants whole.
"""

import tempfile
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from casework.cases.figures import tallies
from casework.core.database import Database
from casework.core.errors import CaseworkError
from casework.keeping import case_units
from casework.keeping.view import view_of
from casework.matters import history
from tests import databases
from tests.world import MORNING, World, make_world
from workflows.registry import registry

FIELDS = {
    "assign": {"org": "SLJ"},
    "decline": {"reason": "属信访事项，请到县信访局"},
    "return": {"reason": "不归水利管"},
    "contact": {"words": "说明情况", "spoke_to": "李小芳"},
    "arbitrate": {"org": "SLJ", "ruling": "由水利局承办"},
    "coordinate": {"plan": "换管"},
    "resolve": {"result_class": "A", "reply": "已换好"},
    "rework": {"reason": "没办好"},
    "close": {"followed_up": "reached", "satisfaction": "basically"},
    "reopen": {"reason": "又断了"},
    "recall": {},
}
ORGS = ("SLJ", "ZYZ")
HANDS = ("an", "he", "bai", "zhen", "shui", "chen", "ding", "lu")


class CaseMachine(RuleBasedStateMachine):
    """Random hands on random cases."""

    cases = Bundle("cases")
    database_url = ""
    engine = ""

    @initialize()
    def found(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.lent = databases.fresh_database(self.engine, holding="county")
        self.db = Database(self.lent.__enter__())
        self.world: World = make_world(self.db, Path(self.folder.name))
        self.at = MORNING
        self.known: list[UUID] = []

    @rule(target=cases, urgency=st.sampled_from(("normal", "urgent", "critical")), by=st.sampled_from(("he", "chen")))
    def report(self, urgency: str, by: str) -> UUID:
        case_id = self.world.report(by, at=self.at, urgency=urgency)
        self.known.append(case_id)
        return case_id

    @rule(hours=st.integers(1, 200))
    def time_passes(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    @rule(case_id=cases, trigger=st.sampled_from(sorted(FIELDS)), by=st.sampled_from(HANDS), org=st.sampled_from(ORGS))
    def try_a_move(self, case_id: UUID, trigger: str, by: str, org: str) -> None:
        self.step(case_id, trigger, by, {**FIELDS[trigger], **({"org": org} if trigger == "assign" else {})})

    @rule(case_id=cases, days=st.integers(-3, 30), by=st.sampled_from(("he", "bai")))
    def try_to_suspend(self, case_id: UUID, days: int, by: str) -> None:
        until = (self.at + timedelta(days=days)).date().isoformat()
        self.step(case_id, "suspend", by, {"reason": "等管材", "until": until})

    @rule(case_id=cases, trigger=st.sampled_from(("resume", "acknowledge", "unmerge")), by=st.sampled_from(HANDS))
    def try_a_plain_move(self, case_id: UUID, trigger: str, by: str) -> None:
        self.step(case_id, trigger, by, {})

    @rule(case_id=cases, other=cases)
    def try_to_merge(self, case_id: UUID, other: UUID) -> None:
        self.step(case_id, "merge", "he", {"into": str(other)})

    def step(self, case_id: UUID, trigger: str, by: str, given: dict[str, Any]) -> None:
        before = self.world.case(case_id)
        rows = len(self.world.history(case_id))
        offered: set[str] = set()
        try:
            offered = set(self.world.available(case_id, by, at=self.at).available)
            self.world.move(case_id, trigger, by, at=self.at, **given)
        except CaseworkError:
            after = self.world.case(case_id)
            assert (after.state, after.version, after.head_hash) == (before.state, before.version, before.head_hash)
            assert len(self.world.history(case_id)) == rows
        else:
            # The screen had offered what was then done; only what undoes a slip is offered elsewhere.
            assert trigger in {*offered, "recall"}
            assert len(self.world.history(case_id)) == rows + 1

    @invariant()
    def every_history_is_whole(self) -> None:
        for case_id in getattr(self, "known", ()):
            case, rows = self.world.case(case_id), self.world.history(case_id)
            assert [row.seq for row in rows] == list(range(1, case.version + 1))
            assert rows[-1].to_state == case.state
            assert rows[-1].hash == case.head_hash == history.digest(rows[-1])
            assert all(a.to_state == (b.from_state or a.to_state) for a, b in pairwise(rows))

    @invariant()
    def every_open_case_has_one_leading_clock_and_no_ended_one_has_any(self) -> None:
        workflow = registry().latest("case").workflow
        for case_id in getattr(self, "known", ()):
            case = self.world.case(case_id)
            live = [row for row in self.world.clocks(case_id) if row.status in ("running", "paused")]
            leading = [row for row in live if workflow.clocks[row.kind].leads]
            assert len(leading) == (1 if case.is_open else 0), (case.state, [(r.kind, r.status) for r in live])
            assert all((row.status == "paused") == (case.state == "suspended") for row in live)
            assert all(row.next_fire_at is None for row in self.world.clocks(case_id) if row.status != "running")

    @rule(lot=st.sampled_from((1, 3, tallies.LOT)))
    def fold(self, lot: int) -> None:
        tallies.fold(self.db, lot=lot)

    @invariant()
    def the_tallies_are_what_counting_gives(self) -> None:
        if hasattr(self, "db"):
            with self.db.reading() as session:
                assert tallies.kept(session) == tallies.expected(session)

    def teardown(self) -> None:
        if hasattr(self, "db"):
            with view_of(self.db, at=self.at) as view:
                assert not [*case_units.units(view), *case_units.led(view)]
            self.db.close()
            self.lent.__exit__(None, None, None)
            self.folder.cleanup()


@pytest.mark.parametrize("engine", databases.ENGINES)
def test_no_walk_breaks_the_invariants(engine: str, request: pytest.FixtureRequest) -> None:
    if engine == "postgresql":
        request.getfixturevalue("postgres_url")
    machine = type("Machine", (CaseMachine,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25 if engine == "sqlite" else 10,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
