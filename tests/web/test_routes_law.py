"""Laws over every route there is: each says who may come in, nothing is written by looking, strangers stay outside."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from casework.core import clock
from casework.core.database import Base
from casework.permissions import rules
from casework.registry import accounts
from tests.web.answers import closed
from tests.web.desk import Desk, password_hash
from web.access import Access, access_of

# Permissions that let somebody change something; a GET that asks for one only shows the form of the change.
READING = ("read", "read_internal")
FRAMEWORK = {"static"}
EXAMPLES = {"uuid": str(uuid.UUID(int=7)), "int": "1", "string": "x", "path": "x"}


def routes(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in FRAMEWORK]


def declared(app: Flask, rule: Rule) -> Access:
    found = access_of(app.view_functions[rule.endpoint])
    assert found is not None, f"{rule.endpoint}: put @needs or @open_to_all(reason) on the view"
    return found


def test_every_route_says_who_may_come_in(desk: Desk) -> None:
    for rule in routes(desk.app):
        access = declared(desk.app, rule)
        if access.permission is None:
            assert len(access.reason.split()) >= 3, f"{rule.endpoint}: say in words why everybody may come in"
        else:
            assert access.permission in rules().permission


def test_no_view_both_looks_and_changes(desk: Desk) -> None:
    for rule in routes(desk.app):
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        both = "GET" in methods and len(methods) > 1
        assert not both, f"{rule.endpoint}: give looking and changing a view each, so that each has its permission"


def test_no_word_of_a_path_is_taken_for_an_id_beside_it(desk: Desk) -> None:
    """`/sheets/all` beside `/sheets/<id>` would offer the methods of a sheet too (RFC 9110 §10.2.1, `Allow`)."""
    found: dict[str, set[str]] = {}
    for rule in routes(desk.app):
        found.setdefault(rule.rule, set()).update(rule.methods or ())
    client = desk.client()
    for path, methods in found.items():
        if "<" not in path:
            told = client.open(path, method="OPTIONS").headers["Allow"]
            assert set(told.split(", ")) == methods | {"OPTIONS"}, path


def test_nobody_unknown_gets_past_a_guarded_route(desk: Desk) -> None:
    client = desk.client()
    for rule, method in _calls(desk.app):
        if declared(desk.app, rule).permission is None:
            continue
        answer = client.open(_path(desk.app, rule), method=method, headers={"Accept": "application/json"})
        assert answer.status_code == 401, f"{method} {rule.rule} answered {answer.status_code}"
        closed(answer, (method, rule.rule), personal=False)


def test_a_stranger_without_any_role_gets_no_further_than_their_own_things(desk: Desk) -> None:
    headers = {**_of_nobody(desk), "Accept": "application/json"}
    client = desk.client()
    for rule, method in _calls(desk.app):
        access = declared(desk.app, rule)
        if access.permission is None or "anyone" in rules().permission[access.permission]:
            continue
        answer = client.open(_path(desk.app, rule), method=method, headers=headers, json={})
        empty = answer.status_code == 200 and method == "GET" and "items" in (answer.json or {})
        assert empty or 400 <= answer.status_code < 500, f"{method} {rule.rule} answered {answer.status_code}"


@pytest.mark.parametrize("user", ["an", "bai", "guanli", "anquan"])
def test_looking_changes_nothing_and_leaves_nothing_open(desk: Desk, user: str) -> None:
    headers = desk.bearer(user)
    desk.client().get("/profile", headers=headers)
    before = _everything(desk)
    for rule, method in _calls(desk.app):
        if method == "GET":
            answer = desk.client().get(_path(desk.app, rule), headers=headers)
            assert answer.status_code < 500, f"{rule.rule} answered {answer.status_code}"
    assert _everything(desk) == before
    pool: Any = desk.office.db.engine.pool
    assert pool.checkedout() == 0


def _calls(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in routes(app):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def _path(app: Flask, rule: Rule) -> str:
    values: dict[str, Any] = dict(rule.defaults or {})
    for name in rule.arguments - values.keys():
        kind = type(rule._converters[name]).__name__.lower()
        values[name] = next((value for key, value in EXAMPLES.items() if key in kind), "x")
        if kind == "anyconverter":
            values[name] = sorted(rule._converters[name].items)[0]  # type: ignore[attr-defined]  # any() has items
    app.url_map.update()
    built = rule.build(values)
    assert built is not None
    return built[1]


def _of_nobody(desk: Desk) -> dict[str, str]:
    with desk.office.db.transaction() as session:
        accounts.create_account(
            session,
            user_name="ding",
            name="丁某",
            hashed=password_hash(),
            actor=None,
            at=clock.now(),
            must_change=False,
        )
    return desk.bearer("ding")


def _everything(desk: Desk) -> dict[str, int]:
    with desk.office.db.reading() as session:
        return {name: session.query(table).count() for name, table in Base.metadata.tables.items()}
