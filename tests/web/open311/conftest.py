"""Open311 as other systems meet it: the county of tests/world.py on a Wednesday morning, a key for whoever needs one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from casework.cases.tables import Case
from casework.registry import tokens
from tests.web.desk import Desk, make_desk
from tests.world import MORNING, VILLAGE, World

ROOT = "/open311/v2"
LEAK: Mapping[str, str] = {
    "service_code": "drinking_water",
    "address_id": VILLAGE,
    "description": "二组蓄水池渗漏\n\n约二十户用水不足，<b>急</b> & 'x'",
    "first_name": "小芳",
    "last_name": "李",
    "phone": "13900000876",
    "email": "lixiaofang@example.org",
}


@dataclass
class Door:
    """The office seen through Open311."""

    desk: Desk
    world: World
    clock: time_machine.Traveller

    def key(self, user: str = "chen") -> str:
        """Make a key for one of the cast."""
        return self.desk.token(user, kind=tokens.OPEN311)

    def get(self, path: str, **query: Any) -> TestResponse:
        """Read."""
        return self.desk.client().get(f"{ROOT}{path}", query_string=query)

    def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Read a list."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return list(answer.json or ())

    def case(self, number: str) -> Case:
        """Read a case as it is stored."""
        with self.desk.office.db.reading() as session:
            found = session.query(Case).where(Case.number == number).one()
            session.expunge(found)
            return found

    def post(self, path: str = "/requests.json", sent: Any = None, **options: Any) -> TestResponse:
        """Send a form."""
        data = MultiDict(list(sent.items(multi=True)) if isinstance(sent, MultiDict) else dict(sent or {}))
        return self.desk.client().post(f"{ROOT}{path}", data=data, **options)

    def report(self, key: str, **changes: Any) -> str:
        """Report a leak and return its number."""
        answer = self.post(sent={**LEAK, "api_key": key, **changes})
        assert answer.status_code == 200, answer.text
        rows: Sequence[Mapping[str, str]] = answer.json or ()
        return rows[0]["service_request_id"]

    def release(self, number: str, words: str = "二组蓄水池渗漏，正在修") -> None:
        """Give a case its public summary, as triage does."""
        headers = self.desk.bearer("he")
        answer = self.desk.client().patch(f"/api/v1/cases/{number}", json={"public_summary": words}, headers=headers)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def door(world: World, tmp_path: Path) -> Iterator[Door]:
    """Open the office on a Wednesday morning."""
    with time_machine.travel(MORNING, tick=False) as clock:
        yield Door(make_desk(world, tmp_path), world, clock)
