"""What people and programs ask in an office's day, by the weights of reliability.md §6."""

import json
import random
import urllib.parse
from collections.abc import Sequence
from urllib.parse import quote

from bench import workloads
from bench.load import Request
from bench.loads.generator import Draw, weighted
from bench.product import Product

# The kinds that only look; the bound of a page is theirs.
READS = ("list", "search", "case", "statistics")
WRITES = ("note", "report")


def office_day(product: Product, cases: Sequence[str], desk: Sequence[str]) -> Draw:
    """55 of lists and searches, 20 case pages, 12 notes, 6 new cases, 3 pages of figures, 4 lists by program."""
    clerk, leader = product.browser("he"), product.browser("guan")
    program = product.bearer("he")
    searches = [f"/api/v1/cases?q={quote(word)}&limit=50" for word in workloads.WORDS]

    def note(dice: random.Random) -> tuple[str, Request]:
        body = json.dumps({"text": f"已去看过，第 {dice.randrange(10**9)} 次"}).encode()
        return "note", Request("POST", f"/api/v1/cases/{dice.choice(desk)}/comments", program, body, 201)

    return weighted(
        (
            (35, lambda _: ("list", Request("GET", "/cases", clerk))),
            (20, lambda dice: ("search", Request("GET", dice.choice(searches), program))),
            (20, lambda dice: ("case", Request("GET", f"/cases/{dice.choice(cases)}", clerk))),
            (12, note),
            (6, lambda _: ("report", Request("POST", "/api/v1/cases", program, workloads.report(), 201))),
            (3, lambda _: ("statistics", Request("GET", "/overview", leader))),
            (4, lambda _: ("list", Request("GET", "/api/v1/cases?open=true&limit=50", program))),
        )
    )


def morning(names: Sequence[str], password: str, form: tuple[str, str], *, bad_share: float) -> Draw:
    """Everybody logs in once, and a guesser tries passwords from ever other addresses."""
    waiting = list(names)
    token, cookie = form

    def log_in(dice: random.Random) -> tuple[str, Request]:
        if not waiting or dice.random() < bad_share:
            return "guess", _form(f"u{dice.randrange(10**6)}", "wrong", token, cookie, address=dice.randrange(2**24))
        return "log-in", _form(waiting.pop(), password, token, cookie, address=len(waiting))

    return log_in


def _form(name: str, password: str, token: str, cookie: str, *, address: int) -> Request:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": cookie,
        "X-Forwarded-For": f"10.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}",
    }
    body = urllib.parse.urlencode({"account": name, "password": password, "csrf_token": token}).encode()
    return Request("POST", "/login", headers, body, 303)


def hot(product: Product, cases: Sequence[str], version: dict[str, int]) -> Draw:
    """Many hands on few cases, each of whom believes what it read last."""
    headers = product.bearer("bai")

    def contact(dice: random.Random) -> tuple[str, Request]:
        case_id = dice.choice(cases)
        fields = {"words": f"第 {dice.randrange(10**9)} 次去看", "spoke_to": "李小芳"}
        body = json.dumps({"trigger": "contact", "fields": fields}).encode()
        asked = {**headers, "If-Match": f'"{version[case_id]}"'} if dice.random() < 0.5 else headers
        return "contact", Request("POST", f"/api/v1/cases/{case_id}/transitions", asked, body)

    return contact
