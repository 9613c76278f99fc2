"""Rates of an earlier day are what the figures said on that day, whatever has happened to the cases since."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from casework.cases import counters, queries
from casework.cases.extensions import of_case
from casework.cases.figures import statistics
from casework.cases.figures.scopes import scope_of
from casework.cases.figures.statistics import Figure
from casework.cases.filters import read_filter
from casework.cases.visibility import subject_of
from casework.core.database import Database
from tests.world import MORNING, World, make_world
from workflows import firing
from workflows.cases import calling, excluding, extensions

A: Mapping[str, Any] = {"result_class": "A", "reply": '接通了，"result_class":"B" 这样写也不算'}
GOOD: Mapping[str, Any] = {"followed_up": "reached", "satisfaction": "basically", "attitude": "dissatisfied"}
SOLVED: Mapping[str, Any] = {**GOOD, "solved": "yes"}


def test_the_rates_of_a_day_stay_what_they_were(db: Database, tmp_path: Path) -> None:
    world = make_world(db, tmp_path)
    told: list[Mapping[str, tuple[int, int | None]]] = []
    lives = _lives(world)
    # On the days beside these nothing happens but clocks running out.
    days = sorted({*lives, 13, 20, 33})
    for n in days:
        for step in lives.get(n, ()):
            step(MORNING + timedelta(days=n))
        over = (MORNING + timedelta(days=n)).replace(hour=16)
        firing.sweep(db, at=over)
        told.append(_numbers(_now(world, over)))
    keys = (
        "on_time",
        "return_rate",
        "extension_rate",
        "rework_rate",
        "recurrence_rate",
        "excluded",
        "unreachable",
        "not_asked",
    )
    # Each of them moved: otherwise the days would say little.
    assert not [key for key in (*keys, "solution_rate", "response_rate") if len({day[key] for day in told}) < 2]
    with db.reading() as session:
        scope = scope_of(world["lu"], zone=session.info["zone"])
        for n, then in zip(days, told, strict=True):
            day = (MORNING + timedelta(days=n)).date()
            stood = statistics.stood_on(session, scope, day)
            assert _numbers(stood) == {key: then[key] for key in stood}, day
        figures = statistics.stood_on(session, scope, (MORNING + timedelta(days=20)).date())
        asked = {f"{each.key}.n": (each.filter, each.n) for each in figures.values()}
        asked |= {f"{e.key}.of": (e.of_filter, e.of) for e in figures.values() if e.of_filter and e.of is not None}
        read = {name: read_filter(words, session=session, actor=world["lu"]) for name, (words, _) in asked.items()}
        found = counters.count(session, world["lu"], read, at=MORNING + timedelta(days=34))
        assert found == {name: n for name, (_, n) in asked.items()}


def _now(world: World, at: datetime) -> Mapping[str, Figure]:
    with world.db.reading() as session:
        scope = scope_of(world["lu"], zone=ZoneInfo("Asia/Shanghai"))
        return statistics.overview(session, scope, at=at).figures()


def _numbers(figures: Mapping[str, Figure]) -> dict[str, tuple[int, int | None]]:
    return {key: (each.n, each.of) for key, each in figures.items()}


def _lives(world: World) -> Mapping[int, Any]:
    """Return what happens on which day: eight cases, each with its own way of moving a rate and moving it back."""
    first = MORNING - timedelta(hours=8)
    ids: list[UUID] = [world.report(at=first + timedelta(minutes=n), title=f"第{n}件") for n in range(9)]

    def move(n: int, trigger: str, by: str, **given: Any) -> Any:
        return lambda at: world.move(ids[n], trigger, by, at=at + timedelta(minutes=n), **given)

    def desk(n: int, operation: Any, by: str, **raw: Any) -> Any:
        def step(at: datetime) -> None:
            with world.db.transaction() as session:
                case = queries.get_for_update(session, world[by], case_id=ids[n], at=at)
                subject = subject_of(session, case, actor=world[by], at=at)
                more = () if operation is not extensions.decide else (_request(session, case),)
                operation(session, case, *more, raw, subject=subject, actor=world[by], at=at)

        return step

    give = [move(n, "assign", "an", org="SLJ") for n in range(8)]
    until = (MORNING + timedelta(days=13)).date().isoformat()
    yes = {"grant": True, "reason": "可以"}
    return {
        0: [*give, move(0, "contact", "bai", words="问了", spoke_to="本人")],
        1: [move(1, "return", "bai", reason="不归我"), desk(5, extensions.ask, "bai", until=until, reason="等管材")],
        2: [move(1, "assign", "an", org="JYJ"), desk(5, extensions.decide, "an", **yes), *(move(n, "resolve", "bai", **A) for n in (0, 2))],
        3: [
            desk(0, calling.close, "he", **SOLVED),
            move(2, "rework", "an", reason="没接通"),
        ],
        4: [desk(0, excluding.ask, "he", code="not_as_told", reason="没断")],
        5: [desk(0, excluding.decide, "an", **yes)],
        6: [desk(0, excluding.ask_lift, "he", reason="补了")],
        8: [desk(0, excluding.decide, "lu", **yes), *(move(n, "resolve", "bai", **A) for n in (2, 3))],
        9: [desk(2, calling.close, "he", **{**GOOD, "satisfaction": "dissatisfied", "solved": "no"}), desk(3, calling.call, "he", **_NO)],
        10: [desk(3, calling.call, "he", **_NO)],
        11: [desk(3, calling.close, "he", **_NO), move(0, "reopen", "an", reason="又断了")],
        12: [move(4, "suspend", "an", reason="等雨停", until="2026-11-08")],
        14: [move(0, "assign", "an", org="SLJ"), move(6, "resolve", "bai", **A), move(8, "decline", "an", reason="在诉讼")],
        15: [move(8, "reopen", "an", reason="撤诉了"), desk(6, calling.close, "he", **SOLVED)],
        24: [move(4, "resume", "an"), move(5, "resolve", "bai", **A)],
        25: [move(4, "resolve", "bai", **{**A, "result_class": "C"}), move(2, "reopen", "an", reason="还是没水")],
        26: [desk(4, calling.close, "he", **GOOD)],
    }  # fmt: skip


_NO: Mapping[str, Any] = {"followed_up": "unreachable"}


def _request(session: Any, case: Any) -> Any:
    return of_case(session, case.id)[-1]
