"""My work holds the supervised matters too: who has a step to take finds it there, with what the step is called."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from casework.matters.tables import Deadline, HistoryEntry
from casework.supervisions import queries
from casework.supervisions.tables import Supervision
from tests.supervised import initiate, lived, multiply, step
from tests.web.api.counting import statements_of
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.world import MORNING, World
from workflows import firing, supervising

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


def test_a_listed_matter_that_nobody_leads_waits_for_the_office_with_a_clock_of_its_own(
    desk: Desk, world: World
) -> None:
    unled, led = initiate(world, level=3), initiate(world, level=3, leader="陈主席")
    assert clocks_of(world, led) == [] and clocks_of(world, unled) == [("running", 2)]
    assert "挂牌了，还没有定领衔领导" in says(desk, "he") and str(led) not in desk.browser("he").get(TAB).text
    assert "没有定领衔" not in says(desk, "bai"), "the unit does not name its leader"
    step(world, unled, "issue", "an")
    board = desk.browser("he").get("/supervision")
    assert "挂牌没定领衔" in words_of(board.text) and "level=3&amp;has_leader=false" in board.text
    firing.sweep(world.db, at=MORNING + timedelta(days=5))
    with world.db.reading() as session:
        rungs = session.scalars(select(HistoryEntry).where(HistoryEntry.matter_id == unled))
        assert [each.fields.get("kind") for each in rungs if each.trigger == "fall_due"] == ["acknowledge", "leader"]
    mend(world, unled, leader="陈主席")
    assert clocks_of(world, unled) == [("met", 2)]
    assert "没有定领衔" not in says(desk, "he") and "挂牌没定领衔" not in words_of(
        desk.browser("an").get("/supervision").text
    )
    mend(world, unled, leader="")
    mend(world, unled, title="六组管网")
    assert clocks_of(world, unled) == [("met", 2), ("running", 2)], "taken away, it is missing again, once"
    step(world, unled, "acknowledge", "bai")
    step(world, unled, "ease", "lu", level="2", reason="有进展")
    assert [status for status, _ in clocks_of(world, unled)] == ["met", "stopped"]
    step(world, unled, "escalate", "lu", level="3", reason="又拖了", leader="陈主席")
    assert len(clocks_of(world, unled)) == 2


def clocks_of(world: World, matter: UUID) -> list[tuple[str, int]]:
    """Return how the clocks of the leader in charge stand, in their order, and their working days."""
    asked = select(Deadline).where(Deadline.matter_id == matter, Deadline.kind == "leader").order_by(Deadline.epoch)
    with world.db.reading() as session:
        return [(each.status, each.limit_amount) for each in session.scalars(asked)]


def mend(world: World, matter: UUID, **raw: str) -> None:
    with world.db.transaction() as session:
        row = queries.get(session, world["he"], matter, lock=True)
        subject = queries.subject_of(session, row, actor=world["he"])
        supervising.mend(session, row, raw, subject=subject, actor=world["he"], at=MORNING)
