"""What is late and what is due this week, by all parts of a page, is what counting case by case gives: whichever way is
taken to it, of any period and place.
"""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from casework.cases.figures import soon, statistics
from casework.cases.figures.scopes import Period, Scope, week_end
from casework.cases.filters import midnight
from casework.cases.tables import Case
from casework.core.database import Database
from tests.world import MORNING, World, make_world

ZONE = ZoneInfo("Asia/Shanghai")
PLACES = (("510822",), ("5108",), ("510822105",), ("510822104", "510822105"))
NOW = MORNING + timedelta(days=70, hours=5)


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    return make_world(db, tmp_path)


def _grown(world: World) -> None:
    """Report over three months, some to a unit; move due instants to before, about and long after now."""
    dice = random.Random(3)
    for n in range(60):
        case_id = world.report("he", at=MORNING + timedelta(days=n % 66, hours=n % 20))
        if n % 3 == 0:
            world.move(case_id, "assign", "he", at=MORNING + timedelta(days=67), org=("SLJ", "JYJ")[n % 2])
    with world.db.transaction() as session:
        for n, case in enumerate(session.scalars(select(Case).order_by(Case.id))):
            case.due_at = None if n % 11 == 0 else NOW + timedelta(hours=dice.randrange(-400, 300))
            case.region_code = ("510822105", "510822104", "510822")[n % 3]
            case.is_open = n % 5 > 0


def _counted(cases: Sequence[Case], scope: Scope) -> dict[str, object]:
    week = midnight(week_end(NOW, ZONE) + timedelta(days=1), zone=ZONE)
    since, until = scope.since(), scope.until()
    due = [
        (case, case.due_at)
        for case in cases
        if case.is_open and case.due_at is not None and case.region_code.startswith(scope.regions)
        if (since is None or case.reported_at >= since) and (until is None or case.reported_at < until)
    ]
    late = [case for case, at in due if at < NOW]
    units = Counter(case.lead_org_id.hex if case.lead_org_id else "" for case in late)
    handling = [case for case in late if case.due_kind == "handle"]
    return {
        "late": len(late),
        "this_week": sum(NOW <= at < week for _, at in due),
        "category": Counter(case.category for case in late),
        "place": Counter(case.region_code[:9] for case in late),
        "unit": units,
        "handling": len(handling),
        "handling_by_unit": Counter(case.lead_org_id.hex if case.lead_org_id else "" for case in handling),
    }


def _read(found: soon.Soon) -> dict[str, object]:
    return {
        "late": found.late(),
        "this_week": found.this_week(),
        **{name: dict(found.late_by(name)) for name in ("category", "place", "unit")},
        "handling": found.late_handling(),
        "handling_by_unit": dict(found.late_handling_by_unit()),
    }


@pytest.mark.parametrize("few", [0, 1_000])
def test_what_is_due_is_what_counting_gives(
    db: Database, world: World, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    _grown(world)
    monkeypatch.setattr(soon, "FEW_OPEN", few)
    first = MORNING.date()
    edges: list[date | None] = [None, first, first + timedelta(days=20), first + timedelta(days=65)]
    with db.reading() as session:
        cases = session.scalars(select(Case)).all()
        seen = set()
        for regions in PLACES:
            for begin in edges:
                for end in edges:
                    scope = Scope(regions, Period(begin, end), ZONE)
                    found = statistics.overview(session, scope, at=NOW).soon
                    assert _read(found) == _counted(cases, scope), (regions, begin, end)
                    seen.add((found.late() > 0, found.this_week() > 0))
    assert len(seen) > 2, "some periods have both, some one, some none"


def test_of_a_period_without_anything_open_nothing_is_asked(db: Database, world: World) -> None:
    case_id = world.report("he", at=MORNING)
    with db.reading() as session:
        scope = Scope(("510822",), Period(MORNING.date(), MORNING.date()), ZONE)
        assert _late(session.scalars(select(Case)).one(), statistics.overview(session, scope, at=NOW).soon)
    with db.transaction() as session:
        session.get_one(Case, case_id).is_open = False
    with db.reading() as session:
        assert statistics.overview(session, scope, at=NOW).soon == soon.Soon({})


def _late(case: Case, found: soon.Soon) -> bool:
    due: datetime | None = case.due_at
    return due is not None and due < NOW and found.late() == 1
