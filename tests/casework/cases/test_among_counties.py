"""What is asked of one county costs what that county has, however many others are kept beside it; and what a unit has
open is listed without going through all it ever had.
"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from casework.cases import counters, led
from casework.cases.filters import EVERYTHING, Span, read_filter
from casework.cases.listing import chosen, lists
from casework.cases.tables import Case, CaseUnit
from casework.cases.under import within
from casework.core import bulk
from casework.core.database import Database, Session
from casework.core.ids import new_id
from casework.supervisions import queries as supervisions
from tests.web.api.counting import asked_again
from tests.world import COUNTY, MORNING, World, make_world

OTHERS = ("510102", "510702", "510823", "511902")
PLACES: dict[str, tuple[str, ...]] = {"none": (), "elsewhere": OTHERS, "here": (*OTHERS, COUNTY), "anywhere": ("",)}
# As a room and a head of the list do, the last asks for what the second asks for.
FILTERS = (
    *({"state": ["reported"]}, {"open": ["true"]}, {"overdue": ["true"]}),
    *({"open": ["true"], "returns": ["2"]}, {"open": ["true"]}),
)
_LEADS = {"until": None, "times_led": 1, **{f"was_{mark}": False for mark in led.MARKS}}
_TURNS = ("reported", "assigned", "assigned", "suspended", "closed")


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    return make_world(db, tmp_path)


def _multiply(world: World, county: str, count: int, **facts: Any) -> None:
    """Write so many cases of a county in bulk: in all states, some late, each with its unit."""
    with world.db.reading() as session:
        row = session.scalars(select(Case).order_by(Case.id).limit(1)).one()
        like = {column.key: getattr(row, column.key) for column in Case.__table__.columns if column.computed is None}
    made, parts = [], []
    for n in range(count):
        state = facts.get("state", _TURNS[n % len(_TURNS)])
        is_open = state != "closed"
        due = MORNING + timedelta(hours=n % 97 - 60) if is_open and state != "suspended" else None
        own = {"id": new_id(), "number": f"{county}-{new_id()}", "region_code": f"{county}{105 + n % 2}"}
        own |= {"state": state, "is_open": is_open, "due_at": due, "due_level": (None, 0, 1, 2, 3)[n % 5]}
        own |= {"returns": 2 if n % 50 == 0 else 0, "reported_at": MORNING - timedelta(days=n % 400)}
        made.append({**like, "lead_org_id": world.orgs["JYJ"], "reported_by": None, **own, **facts})
        told = {"case_id": own["id"], "org_id": made[-1]["lead_org_id"], "part": "lead"}
        parts.append({**told, **_LEADS, "id": new_id(), "since": MORNING})
    with world.db.transaction() as session:
        bulk.insert(session, Case, made)
        bulk.insert(session, CaseUnit, parts)
    with world.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _questions(world: World) -> dict[str, Callable[[Session], Any]]:
    he, lu = world["he"], world["lu"]

    def filtered(session: Session, words: dict[str, list[str]]) -> Any:
        return read_filter(words, session=session, actor=he)

    def listed(session: Session) -> Any:
        return lists.page(session, he, at=MORNING, filter=filtered(session, {"open": ["true"]}), sort="due").items

    def counted(session: Session) -> Any:
        asked = {str(n): filtered(session, words) for n, words in enumerate(FILTERS)}
        return counters.count(session, he, asked, at=MORNING)

    lately = type(EVERYTHING)(reported=Span(MORNING - timedelta(days=90), MORNING))
    return {
        "list": listed,
        "counts": counted,
        "worst": lambda session: chosen.worst(session, lu, EVERYTHING, at=MORNING, limit=5),
        "worst of a period": lambda session: chosen.worst(session, lu, lately, at=MORNING, limit=5),
        "proposed": lambda session: supervisions.cases_to_propose(session, he, at=MORNING, limit=4),
    }


def _asked(db: Database, act: Callable[[Session], Any]) -> tuple[Any, list[tuple[str, Any]]]:
    found: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, given: Any, *_rest: object) -> None:
        found.append((statement, given))

    with db.reading() as session:
        event.listen(db.engine, "before_cursor_execute", note)
        answer = act(session)
        event.remove(db.engine, "before_cursor_execute", note)
    return answer, [each for each in found if "cases" in each[0]]


def _scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Scan" in plan["Node Type"] and plan.get("Relation Name", plan.get("Index Name", "")).find("cases") >= 0:
        yield plan
    for each in plan.get("Plans", ()):
        yield from _scans(each)


def _read(db: Database, statement: str, given: Any) -> float:
    """Return how many rows of cases PostgreSQL reads to answer, those it throws away with them."""
    with db.engine.connect() as connection:
        # Tests keep few rows, which would be read through for being few.
        connection.exec_driver_sql("SET enable_seqscan = off")
        told: Any = asked_again(connection, "EXPLAIN (ANALYZE, FORMAT JSON)", statement, given)[0]
    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return sum(
        (each["Actual Rows"] + each.get("Rows Removed by Filter", 0)) * each["Actual Loops"] for each in _scans(plan)
    )


def _ways(db: Database, statement: str, given: Any) -> list[str]:
    with db.engine.connect() as connection:
        plan = asked_again(connection, "EXPLAIN QUERY PLAN", statement, given)
        return [str(row) for row in plan if "cases" in str(row)]


def _sort_of(answer: Any) -> Any:
    return [str(each.id) for each in answer] if isinstance(answer, list | tuple) else answer


def test_a_county_among_others_reads_no_more_than_alone(world: World) -> None:
    world.report()
    _multiply(world, COUNTY, 400)
    questions = _questions(world)
    alone = {name: _asked(world.db, act) for name, act in questions.items()}
    read: dict[str, float] = {}
    if world.db.is_postgresql:
        read |= {name: sum(_read(world.db, *each) for each in asked) for name, (_, asked) in alone.items()}
    for other in OTHERS:
        _multiply(world, other, 400)
    for name, act in questions.items():
        answer, asked = _asked(world.db, act)
        assert _sort_of(answer) == _sort_of(alone[name][0]), name
        assert asked, name
        if world.db.is_postgresql:
            assert sum(_read(world.db, *each) for each in asked) <= 1.1 * read[name] + 10, name
            continue
        for each in asked:
            # Straight to the county, to a case by its id, or to what somebody reported elsewhere.
            ways = [way for way in _ways(world.db, *each) if "county=?" not in way and "(id=?)" not in way]
            assert not [way for way in ways if "reported_by=? AND region_code" not in way], (name, ways)


def test_what_was_reported_elsewhere_is_listed_and_counted_too(world: World) -> None:
    world.report()
    _multiply(world, COUNTY, 30)
    for other in OTHERS[::3]:
        _multiply(world, other, 20, reported_by=world["he"].person_id, due_level=3)
    for name, act in _questions(world).items():
        answer, asked = _asked(world.db, act)
        if name == "counts":
            with world.db.reading() as session:
                rows = session.scalars(select(Case)).all()
            late = [each for each in rows if each.is_open and each.due_at is not None and each.due_at < MORNING]
            returned = [each for each in rows if each.is_open and each.returns >= 2]
            states = [sum(each.state == "reported" for each in rows), sum(each.is_open for each in rows)]
            assert list(answer.values()) == [*states, len(late), len(returned), states[1]]
            assert asked[0][0].count("LIMIT") == len(FILTERS) - 1, "what is asked twice is counted once"
        if name == "list":
            dated = [(each.due_at, each.id) for each in answer if each.due_at is not None]
            others = [each.id for each in answer if each.due_at is None]
            assert [each.id for each in answer] == [*(each_id for _, each_id in sorted(dated)), *sorted(others)[::-1]]
            assert dated and others
            assert len({each.region_code[:6] for each in answer}) == 3


def test_a_unit_lists_what_it_has_open_without_all_it_had(world: World) -> None:
    case = world.report()
    unit: UUID = world.orgs["SLJ"]
    _multiply(world, COUNTY, lists.FEW + 200, lead_org_id=unit, state="closed")
    _multiply(world, COUNTY, 40, lead_org_id=unit)
    with world.db.transaction() as session:
        helped = {"id": new_id(), "case_id": case, "org_id": unit, "part": "co", "since": MORNING}
        bulk.insert(session, CaseUnit, [{**_LEADS, **helped, "times_led": 0}])
    _multiply(world, COUNTY, 600)
    with world.db.reading() as session:
        rows = session.scalars(select(Case).where(Case.is_open)).all()
        expected, still_open = {each.id for each in rows if each.lead_org_id == unit} | {case}, len(rows)
    for actor, words in (("bai", {"open": ["true"]}), ("he", {"open": ["true"], "org": ["SLJ"]})):

        def listed(session: Session, actor: str = actor, words: Any = words) -> Any:
            wanted = read_filter(words, session=session, actor=world[actor])
            return lists.page(session, world[actor], at=MORNING, filter=wanted, sort="due", limit=200).items

        answer, asked = _asked(world.db, listed)
        assert {each.id for each in answer} == expected
        dues = [each.due_at for each in answer]
        assert dues == sorted(dues, key=lambda due: (due is None, due or MORNING))
        assert len(asked) == 1, actor
        if world.db.is_postgresql:
            # No more than what is open in the house, however much has ended.
            assert _read(world.db, *asked[0]) < 3 * still_open < lists.FEW, actor
        else:
            assert not [way for way in _ways(world.db, *asked[0]) if way.startswith("SCAN cases")]


def test_within_no_place_there_is_nothing(world: World) -> None:
    world.report()
    with world.db.reading() as session:
        found = {name: session.scalars(select(Case.id).where(within(places))).all() for name, places in PLACES.items()}
    assert {name: len(ids) for name, ids in found.items()} == {"none": 0, "elsewhere": 0, "here": 1, "anywhere": 1}


def test_the_worst_of_a_place_are_those_of_all_that_lie_there(world: World) -> None:
    world.report()
    _multiply(world, COUNTY, 30)
    he = world["he"]
    for other in OTHERS[:2]:
        _multiply(world, other, 20)
        _multiply(world, other, 10, reported_by=he.person_id, due_level=3)
    with world.db.reading() as session:
        everywhere = chosen.worst(session, he, EVERYTHING, at=MORNING, limit=90)
        for places in ((COUNTY,), (f"{COUNTY}105",), OTHERS[:1], (COUNTY, OTHERS[0]), OTHERS[2:3]):
            found = chosen.worst(session, he, type(EVERYTHING)(region=tuple(places)), at=MORNING, limit=90)
            assert found == [each for each in everywhere if each.region_code.startswith(tuple(places))], places
            assert bool(found) == (tuple(places) != tuple(OTHERS[2:3])), places


def test_only_of_a_list_that_nothing_narrows_it_is_asked_first_whether_there_is_more_elsewhere(world: World) -> None:
    world.report()
    he = world["he"]

    def beginning(words: dict[str, list[str]]) -> list[bool]:
        def look(session: Session) -> Any:
            filter = read_filter(words, session=session, actor=he)
            return lists.page(session, he, at=MORNING, filter=filter, limit=1).items

        return ["beyond" in statement for statement, _ in _asked(world.db, look)[1]]

    assert beginning({"open": ["true"]}) == beginning({}) == [True, False]
    # How many are in a state differs so much that each had better have a plan of its own.
    assert beginning({"state": ["reported"]}) == [True]
    _multiply(world, OTHERS[0], 10, reported_by=he.person_id)
    assert beginning({"open": ["true"]}) == [True, True]
