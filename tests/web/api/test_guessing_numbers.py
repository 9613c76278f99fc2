"""Numbers of people in free texts cannot be guessed by searching: words hit what their asker is shown, and no more."""

import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from casework.cases.listing import lists
from casework.core import personal, texts
from tests.web.api.conftest import Api
from tests.web.api.test_lists import asked
from tests.world import VILLAGE

ID, MOBILE = "510822199003072315", "13812345678"
# Triage, observer, auditor, liaison, unit, co-unit and who reported some of it.
EVERYBODY = ("he", "guan", "shen", "cun", "bai", "zhen", "chen")
TOLD = (
    ("水管断了", f"找张三，身份证{ID}，电话{MOBILE}，三天没水"),
    (f"请打{MOBILE}", "路塌了 2026-03"),
    ("茶叶", "电话 138-1234-5678 或＋８６１３８１２３４５６７８，身份证 510822 19900307 231x"),
    ("没有号码", "第1234户，100%，3812 3456"),
)


@pytest.fixture(params=("by_index", "walked"))
def told(api: Api, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tell of numbers in many ways, with somebody in every relation; both ways to a page."""
    if request.param == "walked":
        for name in ("COMMON", "FEW", "FEW_TO_SEARCH"):
            monkeypatch.setattr(lists, name, 0)
    ids = []
    for n, (title, description) in enumerate(TOLD):
        case_id = api.world.report("chen" if n % 2 else "he", title=title, description=description)
        api.world.move(case_id, "assign", "he", org="SLJ" if n < 3 else "JYJ", co_orgs=["ZYZ"])
        ids.append(str(case_id))
    return ids


def _seen_by(api: Api, who: str) -> dict[str, str]:
    """Return the words of every case as somebody is shown them on its page."""
    known = [each["id"] for each in asked(api, who, {})]
    pages = [api.ok(who, "GET", f"/cases/{each}") for each in known]
    return {page["id"]: "\n".join(texts.search_key(page[name]) for name in ("title", "description")) for page in pages}


def _fragments() -> Iterator[str]:
    rnd = random.Random(8)
    everything = " ".join(part for pair in TOLD for part in pair)
    for text in (everything, "510822********2315 138****5678 138****5678，"):
        for _ in range(9):
            begins, length = rnd.randrange(len(text)), rnd.choice((1, 2, 2, 3, 5, 8, 11))
            if fragment := text[begins : begins + length].strip():
                yield fragment
    yield from (ID, MOBILE, "１３８１２３４５６７８", "**", "8*", "话1", "1234", "+86", "-", "231x")


def test_words_hit_what_their_asker_is_shown(api: Api, told: list[str]) -> None:
    for who in EVERYBODY:
        seen = _seen_by(api, who)
        for q in _fragments():
            needles = texts.search_key(q).split()
            wanted = {each for each, text in seen.items() if all(needle in text for needle in needles)}
            for more in ({}, {"sort": "due"}):
                page = api.ok(who, "GET", f"/cases?{urlencode({'q': q, 'count': 'true', **more})}")
                assert ({each["id"] for each in page["items"]}, page["total"]) == (wanted, len(wanted)), (who, q, more)


def _guessed(api: Api, who: str, case_id: str, begun: str) -> str:
    """Find a number digit by digit: what goes on as long as some digit more is still a hit."""
    hits = True
    while hits and len(begun) < 18:
        hits = False
        for digit in "0123456789":
            query = urlencode({"q": begun + digit})
            if any(each["id"] == case_id for each in api.ok(who, "GET", f"/cases?{query}")["items"]):
                begun, hits = begun + digit, True
                break
    return begun


def test_nobody_guesses_a_number_digit_by_digit_who_is_not_shown_it(api: Api, told: list[str]) -> None:
    for who in EVERYBODY:
        shown: Any = api(who, "GET", f"/cases/{told[0]}").get_json()
        if shown is None or "description" not in shown:
            continue
        for number, begun in ((ID, "510822"), (MOBILE, "138")):
            is_plain = number in shown["description"]
            assert is_plain == (who in ("he", "bai")), who
            assert _guessed(api, who, told[0], begun) == (number if is_plain else begun), (who, number)


def test_a_list_shows_a_title_as_its_page_does(api: Api, told: list[str]) -> None:
    api.world.move(UUID(told[1]), "coordinate", "bai", plan="换管")
    task = {"org": "ZYZ", "question": f"打过{MOBILE}吗", "due_on": "2026-10-30"}
    api.ok("he", "POST", f"/cases/{told[1]}/co-tasks", task)
    for who in EVERYBODY:
        for line in asked(api, who, {}):
            page = api.ok(who, "GET", f"/cases/{line['id']}")
            # Who reported it finds it masked in lists; nobody finds more there than on its page.
            assert line["title"] in (page["title"], personal.scrub(page["title"])), who
            assert MOBILE not in line["title"] or who in ("he", "bai"), who
    waiting = api.ok("zhen", "GET", "/work")["questions"]
    assert [(each["case"]["title"], each["question"]) for each in waiting] == [("请打138****5678", "打过138****5678吗")]


def test_nobody_finds_a_title_without_an_index_by_what_is_masked_in_it(api: Api) -> None:
    topic = {"kind": "youshi", "source": "public", "region_code": VILLAGE, "reason": "两组都说不够"}
    api.ok("he", "POST", "/consultations", topic | {"title": f"请{MOBILE}来谈三组2026年的水"})
    project = {"region_code": VILLAGE, "kind": "agri_industry", "name": f"饮水工程{MOBILE}，2026年"}
    api.ok("he", "POST", "/projects", project)
    for who in ("he", "guan"):
        for path in ("/consultations", "/projects"):
            for q, n in (("138", 1), ("1381", 0), ("45678", 0), (MOBILE, 0), ("2026年", 1), ("水", 1)):
                found = api.ok(who, "GET", f"{path}?{urlencode({'q': q})}")["items"]
                assert len(found) == n, (who, path, q)
