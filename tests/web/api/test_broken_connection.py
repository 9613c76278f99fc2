"""The server goes away in the middle of a request: who only looks does not notice, who writes is told to come again."""

from sqlalchemy import text

from casework.core.database import Database
from tests.faults.crashing import Strike
from tests.web.api.conftest import Api
from tests.world import REPORT

_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def test_what_only_looks_is_asked_again_and_what_writes_is_not(api: Api) -> None:
    if not api.office.db.is_postgresql:
        return  # There is no connection to break.
    witness = Database(api.office.db.url)

    def hang_up() -> None:
        with witness.reading() as session:
            session.execute(text(_END))

    told = []
    for n in (1, 2, 3):
        with Strike(n, hang_up).on(api.office.db) as strike:
            told.append(api("he", "GET", "/cases").status_code)
        assert strike.fell
    assert told == [200, 200, 200]
    with Strike(4, hang_up).on(api.office.db):
        answer = api("he", "POST", "/cases", dict(REPORT))
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert api.ok("he", "GET", "/cases")["items"] == []
    witness.close()
