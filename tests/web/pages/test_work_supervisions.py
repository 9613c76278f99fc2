"""My work holds the supervised matters too: who has a step to take finds it there, with what the step is called."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from casework.supervisions.tables import Supervision
from tests.supervised import initiate, lived, multiply, step
from tests.web.api.counting import statements_of
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.world import MORNING, World
from workflows import firing

pytestmark = pytest.mark.usefixtures("morning")

TAB = "/work?tab=supervisions"


def says(desk: Desk, user: str) -> str:
    """Return the words of somebody's list of supervised matters."""
    page = desk.browser(user).get(TAB)
    assert page.status_code == 200
    return words_of(page.text)


@pytest.mark.parametrize(
    ("until", "who", "label"),
    [
        (None, "an", "等您签发"),
        ("issue", "bai", "等您签收"),
        ("report", "he", "等您核实"),
        ("verify", "he", "可以提请销号"),
        ("propose_strike_off", "an", "等您同意"),
    ],
)
def test_each_step_of_the_line_waits_for_who_can_take_it(
    desk: Desk, world: World, until: str | None, who: str, label: str
) -> None:
    matter = initiate(world) if until is None else lived(world, until)
    page = desk.browser(who).get("/work")
    assert f'href="/supervision/{matter}"' in page.text and label in words_of(page.text)


def test_who_cannot_take_the_step_does_not_have_it(desk: Desk, world: World) -> None:
    matter = lived(world, "verify")
    step(world, matter, "propose_strike_off", "an")
    assert str(matter) not in desk.browser("an").get(TAB).text, "who proposed it does not strike it off"
    assert str(matter) in desk.browser("lu").get(TAB).text
    assert str(matter) not in desk.browser("bai").get(TAB).text


def test_what_a_unit_owes_waits_for_it_and_what_is_far_off_does_not(desk: Desk, world: World) -> None:
    matter = lived(world, "acknowledge", level=1)
    assert str(matter) not in desk.browser("shui").get(TAB).text
    later = MORNING + timedelta(days=33)
    firing.sweep(world.db, at=later)
    with time_machine.travel(later, tick=False):
        assert "该报办理结果了" in says(desk, "shui")
        assert "该报进展了" in says(desk, "bai")


def test_more_time_and_progress_wait_for_their_judgement(desk: Desk, world: World) -> None:
    matter = lived(world, "acknowledge")
    step(world, matter, "progress", "bai", words="挖开三处")
    assert "等您审阅" in says(desk, "he")
    step(world, matter, "ask_extension", "bai", until="2026-11-13", reason="管材没到")
    assert "申请延期，等您批" in says(desk, "an")


@pytest.mark.parametrize("who", ["an", "he", "bai", "shui"])
def test_what_is_asked_does_not_grow_with_what_waits(desk: Desk, world: World, who: str) -> None:
    matter, browser = lived(world, "acknowledge", level=1), desk.browser(who)
    shown, costs = [], set()
    # Whoever has more than a page has the rest counted, by so many questions whether it is ten or two hundred.
    for first, more in ((0, 480), (480, 240)):
        multiply(world.db, matter, more, units=[world.orgs["SLJ"]], first=first)
        browser.get(TAB)
        with statements_of(world.db) as asked:
            shown.append(counted(browser.get(TAB).text))
        costs.add(len([each for each in asked if each.startswith(("SELECT", "WITH"))]))
    assert shown[0] + 10 < shown[1] and len(costs) == 1, (shown, costs)


def counted(page: str) -> int:
    """Return how many matters the list says there are."""
    found = re.search(r"督办 (\d+) 件", words_of(page))
    assert found is not None, words_of(page)[:400]
    return int(found[1])


@pytest.mark.parametrize("who", ["an", "he", "lu", "bai", "shui"])
def test_whoever_has_more_than_a_page_sees_how_many_and_reaches_each(desk: Desk, world: World, who: str) -> None:
    matter = lived(world, "acknowledge", level=1)
    multiply(world.db, matter, 480, units=[world.orgs["SLJ"], world.orgs["JYJ"]])
    with world.db.transaction() as session:
        # Some can do a step with none of these: who proposed it, whose request it is, what is planned only.
        for n, row in enumerate(session.scalars(select(Supervision).order_by(Supervision.number))):
            if row.state == "proposed":
                row.proposed_by = world["an" if n % 2 else "lu"].person_id
            if row.state == "verified":
                row.result_class = "AB"[n % 2]
            if row.state == "in_progress" and n % 3 == 0:
                row.asked_until, row.asked_by = row.due_on, world["bai"].person_id
            if row.state == "in_progress" and n % 5 == 0:
                row.progress_review = "waiting"
    browser, seen, url = desk.browser(who), [], TAB
    total = counted(browser.get(TAB).text)
    while url:
        page = browser.get(url).text
        assert counted(page) == total, "each page says the same"
        seen += re.findall(r'<li data-row><div class="grow"><a href="(/supervision/[^"]+)"', page)
        further = re.search(r'href="([^"]+)" rel="next"', page)
        url = further[1].replace("&amp;", "&") if further else ""
    assert len(seen) == len(set(seen)) == total > 0
    assert counted(browser.get("/work").text) == total
    assert browser.get(f"{TAB}&page=99").status_code == 302 if total else True
    assert browser.get(f"{TAB}&page=x").text.count("<li data-row") == min(total, 50)


def test_a_unit_is_told_of_what_it_owes_while_more_time_is_asked_for(desk: Desk, world: World) -> None:
    matter = lived(world, "acknowledge", level=1)
    later = MORNING + timedelta(days=20)
    step(world, matter, "ask_extension", "bai", at=MORNING, until="2026-12-13", reason="管材没到")
    firing.sweep(world.db, at=later)
    with time_machine.travel(later, tick=False):
        assert "该报进展了" in says(desk, "bai")
