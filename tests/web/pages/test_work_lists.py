"""Whoever has more waiting than stands on a page sees how many it is, list by list, and reaches each."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from casework.activities.tables import Lead
from casework.cases.ratings.rating_tables import RateExclusion
from casework.cases.tables import Case, CaseUnit, CoTask, ExtensionRequest
from casework.consultations.tables import Consultation
from casework.core import bulk
from casework.core.database import Session
from casework.core.ids import new_id
from casework.matters.tables import Deadline, Draft
from tests.meeting import minuted
from tests.web.api.counting import statements_of
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import words_of
from tests.world import MORNING, VILLAGE, World

pytestmark = pytest.mark.usefixtures("morning")

MANY, PAGE = 120, 50
TITLES = {
    "to_sign": "待签收",
    "due": "快到期和超时",
    "in_hand": "手上还有",
    "questions": "等我答的协办",
    "to_approve": "待我批",
    "follow_up": "待回访",
    "meetings": "协商",
    "leads": "风险线索",
    "drafts": "草稿",
}
# How many of each wait for whom. What waits for a decision is of two kinds, and so is what waits in consultations.
WAITING = {
    "bai": {"to_sign": MANY, "due": MANY + 1, "in_hand": MANY + 2},
    "zhen": {"questions": MANY, "leads": MANY},
    "an": {"to_approve": 2 * MANY, "follow_up": MANY, "meetings": MANY},
    "he": {"follow_up": MANY, "meetings": MANY, "drafts": MANY},
}
Facts = Mapping[str, Any]
NOTHING: Facts = {}
STAMPS: Facts = {"created_at": MORNING, "updated_at": MORNING}


def twins(session: Session, table: Any, like: UUID, count: int, facts: Facts = NOTHING) -> list[UUID]:
    """Write `count` rows like a given one; what has a number gets one of its own."""
    row = session.get(table, like)
    known = {column.key: getattr(row, column.key) for column in table.__table__.columns if column.computed is None}
    made = [new_id() for _ in range(count)]
    rows = [{**known, "id": each, "number": f"{known['number'][:-6]}{each.int % 10**9}", **facts} for each in made]
    bulk.insert(session, table, rows)
    return made


def fill(session: Session, table: Any, matters: Iterable[UUID], facts: Facts, name: str = "case_id") -> None:
    """Write a row for each of some matters."""
    session.add_all([table(id=new_id(), **{name: each}, **facts) for each in matters])


def burden(world: World) -> None:
    """Let a hundred and twenty of everything wait, and some that is nobody's of these."""
    topic, assigned, held, resolved = minuted(world), world.assigned(), world.coordinated(), world.resolved()
    over, theirs = {"due_kind": "handle", "due_at": MORNING - timedelta(days=1)}, {"lead_org_id": world.orgs["JYJ"]}
    with world.db.transaction() as session:
        for each in session.scalars(select(Case).where(Case.id.in_([assigned, held]))):
            each.due_at = MORNING + timedelta(days=90)
        session.flush()
        # What is to be signed for is late as well, and stands among that alone.
        twins(session, Case, assigned, MANY - 1, over)
        twins(session, Case, held, MANY + 1, over)
        twins(session, Case, held, MANY + 1)
        twins(session, Case, assigned, 7, {**over, **theirs})
        twins(session, Case, resolved, MANY - 1)
        more = twins(session, Case, held, MANY, {"extensions_pending": 1, **theirs})
        asked: dict[str, Any] = {
            "deadline_id": new_id(),
            "until": date(2026, 12, 1),
            "reason": "等料",
            "old_due_at": MORNING,
        }
        asked |= {"status": "requested", "requested_at": MORNING, "version": 1}
        fill(session, ExtensionRequest, more, {**asked, **STAMPS, "requested_by": world["jiao"].person_id})
        fill(session, ExtensionRequest, more[:9], {**asked, **STAMPS, "requested_by": world["an"].person_id})
        told: dict[str, Any] = {
            "code": "weather",
            "reason": "封山",
            "status": "asked",
            "asked_by": world["he"].person_id,
        }
        fill(session, RateExclusion, more, {**told, "asked_at": MORNING, "decision_reason": ""})
        questions(world, session, held)
        notes(world, session, topic)


def questions(world: World, session: Session, like: UUID) -> None:
    """Ask the town of cases in which it has a part, and of some of which it may no longer know."""
    town = {"org_id": world.orgs["ZYZ"]}
    known, unknown = (twins(session, Case, like, n, {"lead_org_id": world.orgs["JYJ"]}) for n in (MANY, 9))
    fill(session, CaseUnit, known, {**town, "part": "co", "since": MORNING})
    told: dict[str, Any] = {"question": "几个工日", "due_on": date(2026, 10, 20), "status": "open", "version": 1}
    fill(session, CoTask, [*known, *unknown], {**town, **told, **STAMPS})


def notes(world: World, session: Session, topic: UUID) -> None:
    """Let visits have found risks, drafts been begun, and what consultations agreed on wait to become a record."""
    of_clock: dict[str, Any] = {"matter_kind": "consultation", "kind": "convert", "epoch": 1, "status": "running"}
    of_clock |= {"started_at": MORNING, "started_by": "minute", "due_at": MORNING, "limit_unit": "workday"}
    of_clock |= {"limit_amount": 5, "pauses_before": 0, "due": {}, "pauses": [], "rungs": []}
    fill(session, Deadline, twins(session, Consultation, topic, MANY - 1), of_clock, "matter_id")
    risk: dict[str, Any] = {
        "household_id": new_id(),
        "region_code": VILLAGE,
        "on_date": date(2026, 10, 1),
        "risks": ["illness"],
    }
    risk |= {"findings": "户主住院", "answer": "", "reply": "", "remark": "", "org_id": world.orgs["ZYZ"]}
    edition = {"version": 1, "created_at": MORNING, "recorded_at": MORNING, "reason": "", "withdrawn": False}
    fill(session, Lead, [new_id() for _ in range(MANY)], {**risk, **edition}, "activity_id")
    draft = {"form": "comment", "content": "sealed", "updated_at": MORNING}
    for who, n in (("he", MANY), ("lu", 9)):
        matters = [new_id() for _ in range(n)]
        fill(session, Draft, matters, {**draft, "person_id": world[who].person_id}, "matter_id")


def through(browser: Browser, name: str, total: int) -> None:
    """Go through the pages of a list: each says how many there are, and what they show is each of them once."""
    seen: list[str] = []
    url, nth, page = f"/work?tab={name}", 1, ""
    while url:
        page = browser.get(url).text
        assert f"{TITLES[name]} {total} 件" in words_of(page), (name, url)
        last = min(nth * PAGE, total)
        assert f"第 {(nth - 1) * PAGE + 1}—{last} 件，共 {total} 件" in words_of(page)
        shown = re.findall(r'<li data-row><div class="grow">(.*?)</li>', page, re.DOTALL)
        assert len(shown) == last - (nth - 1) * PAGE
        seen += shown
        further = re.search(r'href="([^"]+)" rel="next"', page)
        url, nth = (further[1].replace("&amp;", "&") if further else ""), nth + 1
    # Main for the first alone: what differs by it is the same row.
    ways = {re.sub(" main", "", each) for each in seen}
    assert len(seen) == total and (len(ways) == total or name in {"drafts", "meetings"}), name
    assert browser.get(f"/work?tab={name}&page={nth}").status_code == 302
    assert f'href="/work?tab={name}&amp;page={nth - 2}" rel="prev"' in page


@pytest.mark.parametrize("db", ["sqlite", "postgresql"], indirect=True)
def test_what_is_counted_is_all_that_waits_and_the_list_leads_to_each(desk: Desk, world: World) -> None:
    burden(world)
    for who, lists in WAITING.items():
        browser = desk.browser(who)
        whole = browser.get("/work").text
        for name, total in lists.items():
            assert f"{TITLES[name]} {total} 件" in words_of(whole), (who, name)
            assert f'href="/work?tab={name}">全部' in whole
            through(browser, name, total)
        assert f"全部 {sum(lists.values())} " in words_of(whole), who
        assert all(f"tab={name}" not in whole for name in TITLES if name not in lists), who


@pytest.mark.parametrize("who", ["an", "bai", "zhen", "he"])
def test_counting_asks_one_statement_more_of_whoever_has_more_than_a_page(desk: Desk, world: World, who: str) -> None:
    world.assigned()
    browser = desk.browser(who)

    def asked(url: str) -> tuple[int, int]:
        """Return how many questions a page asks, and how many of them count."""
        browser.get(url)
        with statements_of(world.db) as found:
            browser.get(url)
        told = [each for each in found if each.startswith(("SELECT", "WITH"))]
        return len(told), len([each for each in told if each.startswith("SELECT (SELECT count(")])

    assert asked("/work")[1] == 0, "who has less than a page has it counted by what is read"
    burden(world)
    whole, counting = asked("/work")
    assert counting == 1
    # One list alone: what stands in the others is only counted.
    alone, counting = asked(f"/work?tab={next(iter(WAITING[who]))}")
    assert counting == 1 and alone < whole


# What waits in the lists of the API; there, what is to be signed for stands among what is due as well.
BY_API = {
    "bai": {"to_sign": MANY, "due": 2 * MANY},
    "zhen": {"questions": MANY},
    "an": {"to_approve": MANY, "follow_up": MANY},
    "he": {"follow_up": MANY, "drafts": MANY},
}


def walked(browser: Browser, name: str, total: int) -> list[str]:
    """Go through a list of the API to its end and return the ids in their order."""
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        url = f"/api/v1/work-lists/{name}?count=true&limit=50" + (f"&cursor={cursor}" if cursor else "")
        page: Any = browser.get(url).json
        assert page["total"] == total and len(page["items"]) == min(PAGE, total - len(seen)), (name, len(seen))
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
    return seen


@pytest.mark.parametrize("db", ["sqlite", "postgresql"], indirect=True)
def test_the_api_counts_all_that_waits_and_leads_to_each(desk: Desk, world: World) -> None:
    burden(world)
    with world.db.transaction() as session:
        # One that came in by a file may lack the day, and its clock: it stands last on every engine.
        lacking = session.scalars(select(Case).where(Case.state == "assigned", Case.acknowledged_at.is_(None))).first()
        assert lacking is not None
        lacking.assigned_at = None
        resolved = session.scalars(select(Case).where(Case.state == "resolved")).first()
        assert resolved is not None
        resolved.due_at = None
        last = {"to_sign": str(lacking.id), "follow_up": str(resolved.id)}
    for who, lists in BY_API.items():
        browser = desk.browser(who)
        work: Any = browser.get("/api/v1/work").json
        assert work["totals"] == {name: lists.get(name, 0) for name in work["totals"]}, who
        for name in work["totals"]:
            seen = walked(browser, name, lists.get(name, 0))
            assert len(set(seen)) == len(seen) and seen[:PAGE] == [each["id"] for each in work[name]], (who, name)
            assert name not in last or not seen or seen[-1] == last[name]


def test_a_list_nobody_has_and_a_cursor_of_another_are_refused(desk: Desk, world: World) -> None:
    burden(world)
    browser = desk.browser("bai")
    assert browser.get("/api/v1/work-lists/leads").status_code == 404
    page: Any = browser.get("/api/v1/work-lists/to_sign").json
    cursor = page["next"]
    assert browser.get(f"/api/v1/work-lists/due?cursor={cursor}").status_code == 422
    wrong: Any = browser.get("/api/v1/work-lists/due?limit=0&count=x").json
    assert [each["field"] for each in wrong["errors"]] == ["limit", "count"]
