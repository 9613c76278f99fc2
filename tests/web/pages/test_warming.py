"""What is done before workers are forked: templates compiled, the log-in page shown; and it never stands in the way."""

from typing import Any

import pytest
from flask import Flask, Response, request_finished
from sqlalchemy import event
from sqlalchemy.engine.interfaces import CacheStats
from sqlalchemy.exc import OperationalError

from tests.web.desk import Desk
from web import warming
from web.views import counting


def test_a_page_is_shown_in_each_language_and_a_database_that_is_down_does_not_keep_the_office_shut(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(desk.app.config, "TRUSTED_HOSTS", [".office.example"])
    told: list[int] = []

    def note(_app: Flask, response: Response, **_more: object) -> None:
        told.append(response.status_code)

    def refuse(*_arguments: object) -> None:
        raise OperationalError("connect", {}, ConnectionRefusedError("no server"))

    with request_finished.connected_to(note):
        warming.warm(desk.app)
        assert told == [200, 200]
        desk.office.db.close()
        event.listen(desk.office.db.engine, "do_connect", refuse)
        try:
            warming.warm(desk.app)
            assert not warming.rehearse(desk.app)
        finally:
            event.remove(desk.office.db.engine, "do_connect", refuse)
    assert desk.app.jinja_env.cache is not None
    assert len(desk.app.jinja_env.cache) > 100


def test_the_leaders_page_is_drawn_up_before_a_leader_comes(desk: Desk) -> None:
    lu = desk.browser("lu")
    assert warming.rehearse(desk.app)
    drawn_up: list[str] = []

    def note(_c: object, _cursor: object, statement: str, _p: object, context: Any, _many: object) -> None:
        if context.compiled is not None and context.cache_hit is not CacheStats.CACHE_HIT:
            drawn_up.append(statement)

    with desk.app.app_context():
        counting.forget()
    event.listen(desk.office.db.engine, "before_cursor_execute", note)
    assert lu.get("/campaign").status_code == 200
    # Who calls was asked in no rehearsal.
    assert [each for each in drawn_up if "sessions" not in each] == []
