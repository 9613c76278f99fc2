"""What is asked of the product and of its floor: the same work, each in its own words, every answer checked."""

import itertools
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import quote

from bench.floor.tables import TOKEN
from bench.load import CLIENTS, Check, Request, WrongAnswer
from bench.product import Product
from tests.world import REPORT

Plan = Sequence[Sequence[Request]]
# Words of two characters that 1.5 to 4 of a hundred cases hold.
WORDS = ("路灯", "低保", "补贴")
ROWS = 50
FLOOR_HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
# The life that transitions are taken from: trigger, who, fields.
LIFE: Sequence[tuple[str, str, dict[str, str]]] = (
    ("assign", "he", {"org": "SLJ"}),
    ("coordinate", "bai", {"plan": "水利局出管材和工人，镇上出工日"}),
    ("resolve", "bai", {"result_class": "A", "reply": "两处管道已焊好，水已通到户。"}),
    ("close", "he", {"followed_up": "reached", "satisfaction": "satisfied"}),
)
_FLOOR_STATES = ("reported", "assigned", "coordinated", "resolved", "closed")


@dataclass
class Made:
    """The ids of what was created, in the order of the answers; taken by the transitions that follow."""

    ids: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, content: bytes) -> None:
        """Keep the id of a created case."""
        made = json.loads(content)["id"]
        with self._lock:
            self.ids.append(made)

    def take(self, each: int) -> list[list[str]]:
        """Take `each` ids for every client."""
        taken, self.ids = self.ids[: each * CLIENTS], self.ids[each * CLIENTS :]
        if len(taken) < each * CLIENTS:
            raise LookupError("too few cases were created")
        return [taken[place::CLIENTS] for place in range(CLIENTS)]


_numbers = itertools.count()


def report() -> bytes:
    """Return a report nobody has sent before."""
    n = next(_numbers)
    told = {
        **REPORT,
        "title": f"{REPORT['title']}（第 {n} 件）",
        "reporter": {"name": "李小芳", "phone": "13900000876"},
    }
    return json.dumps(told, ensure_ascii=False).encode()


def creates(product: Product, each: int) -> Plan:
    """Report difficulties by the API."""
    headers = product.bearer("he")
    return [
        [Request("POST", "/api/v1/cases", headers, report(), 201) for _ in range(each)] for _client in range(CLIENTS)
    ]


def floor_creates(each: int) -> Plan:
    """Create bare cases with the same words."""
    return [
        [Request("POST", "/cases", FLOOR_HEADERS, report(), 201) for _ in range(each)] for _client in range(CLIENTS)
    ]


def moves(product: Product, ids: Sequence[Sequence[str]]) -> Plan:
    """Live the lives of created cases: four transitions each, with comment, by those who may."""
    bodies = [
        (who, json.dumps({"trigger": trigger, "fields": fields, "comment": "照此办理"}).encode())
        for trigger, who, fields in LIFE
    ]
    return [
        [
            Request("POST", f"/api/v1/cases/{case_id}/transitions", product.bearer(who), body)
            for case_id in mine
            for who, body in bodies
        ]
        for mine in ids
    ]


def floor_moves(ids: Sequence[Sequence[str]]) -> Plan:
    """Move bare cases through the same states."""
    bodies = [
        json.dumps({"from": left, "to": entered, "comment": "照此办理"}).encode()
        for left, entered in itertools.pairwise(_FLOOR_STATES)
    ]
    return [
        [Request("POST", f"/cases/{case_id}/transitions", FLOOR_HEADERS, body) for case_id in mine for body in bodies]
        for mine in ids
    ]


def queues(product: Product, each: int, *, clients: int = CLIENTS) -> Plan:
    """Show a clerk the open cases of the county, soonest due first: 50 rows in the real layout."""
    headers = product.browser("he")
    return [[Request("GET", "/cases", headers) for _ in range(each)] for _client in range(clients)]


def floor_queues(each: int, *, clients: int = CLIENTS) -> Plan:
    """Show 50 bare rows."""
    return [[Request("GET", "/queue", FLOOR_HEADERS) for _ in range(each)] for _client in range(clients)]


def searches(product: Product, each: int, *, clients: int = CLIENTS, count: bool) -> Plan:
    """Search for two characters over title and description, newest first; `count`: with the exact total."""
    more = "&count=true" if count else ""
    paths = [f"/api/v1/cases?q={quote(word)}&limit={ROWS}{more}" for word in WORDS]
    headers = product.bearer("he")
    return [[Request("GET", paths[n % len(paths)], headers) for n in range(each)] for _client in range(clients)]


def floor_searches(each: int, *, clients: int = CLIENTS) -> Plan:
    """Search the bare cases by the same index, with the exact total."""
    paths = [f"/search?q={quote(word)}" for word in WORDS]
    return [[Request("GET", paths[n % len(paths)], FLOOR_HEADERS) for n in range(each)] for _client in range(clients)]


def statistics(product: Product, *, today: date, count: int) -> Plan:
    """Show a leader the page of figures of a quarter until some day in it, a different question each time."""
    headers = product.browser("guan")
    return [[Request("GET", f"/overview?{query}", headers) for query in quarters(today, count)]]


def quarters(today: date, count: int) -> list[str]:
    """Return `count` different questions: each of the last three quarters, up to different days."""
    firsts = [date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)]
    while len(firsts) < 3:
        before = firsts[-1] - timedelta(days=1)
        firsts.append(date(before.year, 3 * ((before.month - 1) // 3) + 1, 1))
    ends = [today, *(first - timedelta(days=1) for first in firsts)]
    made = []
    for n in range(count):
        first, last = firsts[n % 3], ends[n % 3]
        made.append(f"from={first}&as_of={max(first, last - timedelta(days=n // 3))}")
    return made


def floor_statistics(count: int) -> Plan:
    """Count bare cases of a quarter by category and state."""
    return [[Request("GET", "/statistics", FLOOR_HEADERS) for _ in range(count)]]


def has_rows(mark: bytes) -> Check:
    """Return a check that an answer shows 50 rows."""

    def check(content: bytes) -> None:
        shown = content.count(mark)
        if shown != ROWS:
            raise WrongAnswer(f"{shown} rows instead of {ROWS}")

    return check


def holds_word(content: bytes) -> None:
    """Check that a search found cases and says how many there are in all, or where the next page begins."""
    answer = json.loads(content)
    if not answer["items"] or (len(answer["items"]) == ROWS and not (answer.get("total") or answer.get("next"))):
        raise WrongAnswer(content[:200].decode("utf-8", "replace"))
