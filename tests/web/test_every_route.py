"""Every route × everybody × {own, in scope, formerly in scope, out of scope}, pages and API alike (reliability.md §4.3).

What is expected follows from casework/permissions.toml, the file the code reads, and from what each of the cast is to
each case, which stands here by hand. A route whose address this page does not understand fails the test.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import casework
from casework.cases.tables import CaseUnit
from casework.core import clock
from casework.core.ids import new_id
from casework.registry.tables import Person, RoleGrant
from tests.tiers import FULL
from tests.web.addresses import ABSENT, OF_A_CASE, OTHERS, PARTS
from tests.web.answers import closed
from tests.web.desk import Desk, make_desk
from tests.web.test_routes_law import declared, routes
from tests.world import COUNTY, MORNING, World
from workflows.registry import registry

TABLE = tomllib.loads((Path(casework.__file__).parent / "permissions.toml").read_text("utf-8"))
PERMISSION: Mapping[str, set[str]] = {name: set(relations) for name, relations in TABLE["permission"].items()}
VISIBLE = set(TABLE["visible"]["case"])

# What each of the cast is to a case in the village that 陈委员 reported, the water bureau leads, the town helps with
# and the education bureau had until today; and, where it differs, to one that the bureau had 31 days ago and to one in
# another town that nobody handles yet. 老何 was a clerk until yesterday, 许某 has no role.
HERE: Mapping[str, set[str]] = {
    "an": {"triage", "head", "triage_anywhere"},
    "he": {"triage", "triage_anywhere"},
    "lu": {"triage", "head", "triage_anywhere"},
    "guan": {"overseer"},
    "shen": {"overseer", "auditor"},
    "jin": set(),
    "chen": {"reporter", "member"},
    "cun": {"liaison"},
    "bai": {"unit"},
    "shui": {"unit", "unit_head"},
    "zhen": {"co_unit"},
    "jiao": {"former"},
    "guanli": {"admin"},
    "anquan": {"security"},
    "laohe": set(),
    "xu": set(),
}
LONG_GONE = {**HERE, "jiao": set()}
AWAY = {**HERE, **{who: set() for who in ("chen", "cun", "bai", "shui", "zhen", "jiao")}}
# What a role could be to some case somewhere: the menu asks so, and so do rooms that hold no single case.
ANYWHERE: Mapping[str, set[str]] = {
    **{who: HERE[who] | {"reporter"} for who in ("an", "he", "lu")},
    "chen": HERE["chen"] | {"reporter", "linked", "own"},
    "guan": {"overseer"},
    "shen": {"overseer", "auditor"},
    "jin": {"finance"},
    "cun": {"liaison", "reporter"},
    "bai": {"unit", "co_unit", "former", "task_unit"},
    "shui": {"unit", "unit_head", "co_unit", "former", "task_unit"},
    "zhen": {"unit", "co_unit", "former", "task_unit"},
    "jiao": {"unit", "co_unit", "former", "task_unit"},
    **{who: HERE[who] for who in ("guanli", "anquan", "laohe", "xu")},
}
# Whoever has a role may be invited to a consultation.
ANYWHERE = {who: held | ({"invited"} if who not in ("laohe", "xu") else set()) for who, held in ANYWHERE.items()}
# The rules are the same on both engines, and that their SQL is too is shown on random worlds (test_visibility_twins.py):
# on PostgreSQL one of each relation asks everything, and everybody with CASEWORK_TEST_TIER=full.
ON_POSTGRESQL = tuple(HERE) if FULL else ("he", "chen", "bai", "jiao", "shen")
PAIRS = [("sqlite", who) for who in HERE] + [("postgresql", who) for who in ON_POSTGRESQL]
# Asked by the engine or of a row, so that the address alone asks for sight only.
DEEPER = {"api.cases_move_case", "api.cases_settle_co_task", "co_units.settle", "moves.show_move", "moves.move"}
NOT_THE_HANDLER = {"case.call", "case.ask_exclusion", "case.decide_exclusion"}  # not of a case one has in hand
# What an address needs beside its path before it asks who is there.
QUERY = {"reveal.ask": "?field=phone", "reveal.show": "?field=phone"}
REPORTER = ("李小芳", "13900000876")


@dataclass(frozen=True)
class Matter:
    """One case, the words that stand in it alone, one of them to ask with, and what everybody is to it."""

    id: UUID
    number: str
    word: str
    relations: Mapping[str, set[str]]

    @property
    def secret(self) -> str:
        # A page repeats the word it was asked with, never what stands beside it in the case.
        return f"{self.word}水管"

    def is_seen_by(self, who: str) -> bool:
        return bool(self.relations[who] & VISIBLE)


@dataclass(frozen=True)
class County:
    """The desk with three cases on it."""

    desk: Desk
    here: Matter
    long_gone: Matter
    away: Matter

    @property
    def matters(self) -> tuple[Matter, ...]:
        return (self.here, self.long_gone, self.away)


class Peopled(Protocol):
    """What a caller needs: the desk, and every case there is with what the caller is to it."""

    @property
    def desk(self) -> Desk: ...

    @property
    def matters(self) -> tuple[Matter, ...]: ...


def _case(world: World, word: str, relations: Mapping[str, set[str]]) -> Matter:
    away = relations is AWAY
    where: dict[str, Any] = {"region_code": "510822106"} if away else {}
    case_id = world.report("an" if away else "chen", title=f"{word}水管断了", description=f"{word}水管在山上", **where)
    if not away:
        world.move(case_id, "assign", "he", org="JYJ")
        world.move(case_id, "return", "jiao", reason="管网归水利局")
        world.move(case_id, "assign", "he", org="SLJ", co_orgs=["ZYZ"])
    return Matter(case_id, world.case(case_id).number, word, relations)


def _join(world: World) -> None:
    yesterday = (MORNING - timedelta(days=1)).date()
    with world.db.transaction() as session:
        for user, name in (("laohe", "老何"), ("xu", "许某")):
            person = Person(id=new_id(), name=name, user_name=user, created_at=MORNING, updated_at=MORNING)
            session.add(person)
            session.flush()
            if user == "laohe":
                grant = {"role": "clerk", "region": COUNTY, "valid_to": yesterday}
                session.add(RoleGrant(id=new_id(), person_id=person.id, created_at=MORNING, **grant))


@pytest.fixture
def county(world: World, tmp_path: Path) -> Iterator[County]:
    """Open the desk on the morning of the three cases."""
    with time_machine.travel(MORNING, tick=False):
        _join(world)
        here = _case(world, "雪豹", HERE)
        long_gone = _case(world, "杜鹃", LONG_GONE)
        away = _case(world, "金丝猴", AWAY)
        with world.db.transaction() as session:
            long_ago = MORNING - timedelta(days=31)
            former = update(CaseUnit).where(CaseUnit.case_id == long_gone.id, CaseUnit.part == "former")
            session.execute(former.values(until=long_ago))
    # What was just assigned could be taken back by the one who tries every route.
    with time_machine.travel(MORNING + timedelta(minutes=11), tick=False):
        yield County(make_desk(world, tmp_path), here, long_gone, away)


def methods_of(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def address(rule: Rule, matter: Matter) -> str:
    """Fill in the variable parts of a route."""
    path = rule.rule
    for part in path.split("/"):
        if not (part.startswith("<") or "<" in part):
            continue
        inside = part[part.index("<") : part.index(">") + 1]
        name = inside.strip("<>").rpartition(":")[2]
        path = path.replace(inside, _value(name, inside, matter))
    return path + QUERY.get(rule.endpoint, "")


def _value(name: str, inside: str, matter: Matter) -> str:
    if name in OF_A_CASE:
        return str(matter.id) if "uuid:" in inside or name == "id" else matter.number
    return {"other": matter.number, "trigger": "coordinate"}.get(name) or (ABSENT if name in PARTS else OTHERS[name])


@dataclass
class Caller:
    """Somebody with a bearer token, who calls a route and hears no secret of a case that is hidden from them."""

    county: Peopled
    who: str

    def __post_init__(self) -> None:
        self.headers = self.county.desk.bearer(self.who)
        self.client = self.county.desk.client()

    def __call__(self, method: str, path: str) -> TestResponse:
        body: dict[str, Any] = {"json": {}} if method != "GET" and path.startswith("/api/") else {}
        answer = self.client.open(path, method=method, headers=self.headers, **body)
        said = (self.who, method, path, answer.status_code)
        text = "" if answer.is_streamed and not answer.is_json and answer.mimetype != "text/html" else answer.text
        assert answer.status_code < 500 or path == "/readyz", (*said, text[-600:])
        closed(answer, said, personal=True)
        assert not any(secret in text for secret in REPORTER), said
        for matter in self.county.matters:
            assert matter.is_seen_by(self.who) or matter.secret not in text, said
        return answer


def _holds(relations: set[str], permission: str) -> bool:
    wanted = PERMISSION[permission]
    return bool(relations & wanted) or "anyone" in wanted


def judge_case(county: Peopled, caller: Caller, rule: Rule, method: str, matter: Matter) -> None:
    access = declared(county.desk.app, rule)
    answer = caller(method, address(rule, matter))
    told = (caller.who, method, rule.rule, matter.secret, answer.status_code)
    permission = access.permission
    assert permission is not None, told
    names, relations = set(rule.arguments), matter.relations[caller.who]
    if access.anywhere and not _holds(ANYWHERE[caller.who], permission):
        assert answer.status_code == 403, told
    elif not matter.is_seen_by(caller.who):
        assert answer.status_code == 404, told
    elif names & PARTS:
        assert answer.status_code in (403, 404, 405), told
    elif rule.endpoint in DEEPER:
        assert answer.status_code != 401, told
    elif _holds(relations, permission) and not ("unit" in relations and permission in NOT_THE_HANDLER):
        assert answer.status_code not in (401, 403, 404), told
    else:
        assert answer.status_code == 403, told


@pytest.mark.parametrize(("database_url", "who"), PAIRS, indirect=["database_url"])
def test_every_route_of_a_case_answers_everybody_as_the_table_says(who: str, county: County) -> None:
    caller = Caller(county, who)
    asked = 0
    for rule in routes(county.desk.app):
        if not OF_A_CASE & set(rule.arguments):
            continue
        for method in methods_of(rule):
            for matter in county.matters:
                judge_case(county, caller, rule, method, matter)
                asked += 1
            if method != "GET":
                # Some of the calls move the case; it must stay with whom HERE says.
                lead = county.desk.world.case(county.here.id).lead_org_id
                assert lead == county.desk.world.orgs["SLJ"], rule.rule
    assert asked > 150


@pytest.mark.parametrize(("database_url", "who"), PAIRS, indirect=["database_url"])
def test_every_other_route_answers_everybody_as_the_table_says(who: str, county: County) -> None:
    caller = Caller(county, who)
    for rule in routes(county.desk.app):
        if OF_A_CASE & set(rule.arguments):
            continue
        access = declared(county.desk.app, rule)
        for method in methods_of(rule):
            answer = caller(method, address(rule, county.here))
            told = (who, method, rule.rule, answer.status_code)
            permission = access.permission
            if permission is None:
                continue
            if _holds(ANYWHERE[who], permission):
                assert answer.status_code not in (401, 403), told
            elif access.anywhere:
                assert answer.status_code == 403, told
            else:
                # Asked of a row that is not there, or a list in which nothing is.
                nothing = answer.status_code == 200 and (answer.json or {}).get("items") == []
                assert nothing or answer.status_code in (403, 404), told


@pytest.mark.parametrize(("database_url", "who"), PAIRS, indirect=["database_url"])
def test_every_step_is_open_to_whom_the_workflow_names_and_possible_when_it_says(who: str, county: County) -> None:
    """Judged in the order of the contract: visible (404), possible in this state (409), allowed to this caller (403)."""
    caller = Caller(county, who)
    workflow = registry().latest("case").workflow
    for matter in county.matters:
        state = county.desk.world.case(matter.id).state
        for step in workflow.transitions:
            path = f"/api/v1/cases/{matter.id}/transitions"
            body = {"trigger": step.trigger, "fields": {"nothing_of_this_name": "x"}}
            answer = caller.client.post(path, json=body, headers=caller.headers)
            page = caller("GET", f"/cases/{matter.number}/moves/{step.trigger}")
            told = (who, matter.secret, state, step.trigger, answer.status_code, page.status_code)
            if not matter.is_seen_by(who):
                assert (answer.status_code, page.status_code) == (404, 404), told
            elif state not in step.sources:
                assert answer.status_code == 409 and page.status_code in (403, 409), told
            elif _holds(matter.relations[who], step.permission):
                # Known, but never with a field that does not exist: nothing moves here.
                assert answer.status_code in (409, 422) and page.status_code in (200, 409), told
            else:
                assert (answer.status_code, page.status_code) == (403, 403), told
        assert county.desk.world.case(matter.id).state == state


def test_a_hidden_case_looks_like_none_beside_a_seen_one(county: County) -> None:
    """The second case of an address or a form is looked for in the caller's sight too."""
    number = {matter.word: matter.number for matter in county.matters}
    nothing = "QC-AJ-2026-009999"
    for who in ("chen", "cun", "bai", "zhen"):
        caller = Caller(county, who)
        hidden = caller("GET", f"/cases/{number['雪豹']}/compare/{number['金丝猴']}")
        absent = caller("GET", f"/cases/{number['雪豹']}/compare/{nothing}")
        assert hidden.status_code == absent.status_code == 404
        assert caller("GET", f"/cases/{number['雪豹']}/compare/{number['杜鹃']}").status_code == 200


def test_finding_suggesting_completing_and_counting_tell_nothing_of_what_is_hidden(county: County) -> None:
    """Whatever is asked for with the words of a hidden case, it is not told; who may see it is told."""
    for who in HERE:
        caller = Caller(county, who)
        for matter in county.matters:
            asked = (
                *(f"/search?q={matter.word}", f"/cases?q={matter.word}", f"/case-options?q={matter.word}"),
                *(f"/search?q={matter.number}", f"/case-options?q={matter.number}"),
                *("/overview", "/cases", "/work", "/followups", "/triage", "/notices"),
                *(f"/api/v1/cases?q={matter.word}&count=true", "/api/v1/statistics?by=state", "/api/v1/work"),
            )
            for path in asked:
                caller("GET", path)
            listed = caller("GET", f"/api/v1/cases?q={matter.word}&count=true").json
            assert listed is not None
            assert listed["total"] == int(matter.is_seen_by(who)), (who, matter.secret)
            if matter.is_seen_by(who):
                assert matter.secret in caller("GET", f"/cases?q={matter.word}").text


def test_a_grant_that_ends_closes_every_door_at_the_next_request(county: County) -> None:
    for who in ("he", "bai", "cun", "guan"):
        person_id: Any = county.desk.world[who].person_id
        caller = Caller(county, who)
        browser = county.desk.browser(who)
        for open_path in ("/cases", f"/cases/{county.here.number}"):
            assert browser.get(open_path).status_code == 200
            assert caller("GET", open_path).status_code == 200
        with county.desk.office.db.transaction() as session:
            grant = session.query(RoleGrant).where(RoleGrant.person_id == person_id).one()
            grant.valid_to = (clock.now() - timedelta(days=1)).date()
        for path in (f"/cases/{county.here.number}", f"/cases/{county.here.number}/print"):
            assert browser.get(path).status_code == 404
            assert caller("GET", path).status_code == 404
        assert caller("GET", f"/api/v1/cases/{county.here.id}").status_code == 404
        assert caller("GET", "/cases").status_code == 403
