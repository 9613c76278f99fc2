"""How well proposals do: every number of the rates opens exactly the proposals it counts, of the cases one may see."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import update

from casework.cases.tables import Case
from casework.core import clock
from casework.triage.outcomes import SUBJECTS
from tasks.relay import relay
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import words_of
from tests.world import MORNING, World
from web.pages.triage import triage_model

pytestmark = pytest.mark.usefixtures("morning")
PAGE = "/triage/model"
_NUMBER = re.compile(r'<a class="fig" href="(/triage/model/proposals\?[^"]+)">(\d+)</a>')
_ROW = re.compile(r'<tr data-row><td class="subj"><a class="plain" href="/cases/([^"]+)">')
_NEXT = re.compile(r'href="([^"]+)" rel="next"')


def tell(world: World) -> None:
    relay(world.db, at=clock.now(), mails=False)


def mend(world: World, case_id: UUID, **fields: str | None) -> None:
    with world.db.transaction() as session:
        session.execute(update(Case).where(Case.id == case_id).values(**fields))


def assign(world: World, case_id: UUID) -> None:
    world.move(case_id, "assign", "an", at=clock.now(), org="SLJ")
    tell(world)


def numbers(browser: Browser) -> dict[str, int]:
    """Return every number of the page by the address it opens."""
    return {unescape(url): int(n) for url, n in _NUMBER.findall(browser.get(PAGE).text)}


def records(browser: Browser, url: str) -> Iterator[str]:
    """Give the cases a number opens, page by page."""
    while True:
        page = browser.get(url).text
        yield from _ROW.findall(page)
        further = _NEXT.search(page)
        if further is None:
            return
        url = url.partition("?")[0] + unescape(further[1])


def test_each_number_opens_the_proposals_it_counts_also_after_a_correction_is_taken_back(
    desk: Desk, world: World, morning: time_machine.Traveller
) -> None:
    taken, changed, both = (world.report(at=clock.now()) for _ in range(3))
    other = world.report(title="村道塌方过不去车", description="路基垮了，车过不去。", category="infrastructure")
    for case_id in (taken, other):
        assign(world, case_id)
    for case_id in (changed, both):
        mend(world, case_id, category="infrastructure")
        assign(world, case_id)
    # Assigned by mistake, taken back, and assigned once more with what had been proposed.
    world.move(both, "recall", "an", at=clock.now(), comment="类别选错了")
    mend(world, both, category="drinking_water")
    morning.shift(timedelta(minutes=1))
    assign(world, both)
    browser = desk.browser("he")
    found = numbers(browser)
    assert found and len(found) % 3 == 0
    for url, n in found.items():
        assert len(list(records(browser, url))) == n, url
    water = {f"subject=category&code=drinking_water&number={each}" for each in ("proposed", "taken", "corrected")}
    counted = {url.partition("?")[2]: n for url, n in found.items()}
    assert [counted[each] for each in sorted(water)] == [2, 4, 2]
    number = {name: world.case(case_id).number for name, case_id in (("t", taken), ("c", changed), ("b", both))}
    of_water = f"{PAGE}/proposals?subject=category&code=drinking_water&number="
    assert sorted(records(browser, f"{of_water}taken")) == sorted((number["t"], number["b"]))
    assert sorted(records(browser, f"{of_water}corrected")) == sorted((number["c"], number["b"]))
    text = words_of(browser.get(f"{of_water}corrected").text)
    assert "建议的类别：饮水" in text and "改为道路水电网" in text and "共 2 次" in text and "您看不到" not in text


def test_a_number_of_many_is_gone_through_page_by_page(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triage_model, "PAGE_SIZE", 2)
    for _ in range(5):
        assign(world, world.report(at=clock.now()))
    browser = desk.browser("he")
    for url, n in numbers(browser).items():
        assert len(list(records(browser, url))) == n, url
    assert numbers(browser)[f"{PAGE}/proposals?subject=category&number=proposed"] == 5


def test_who_may_not_know_of_a_case_is_told_so_and_shown_nothing_of_it(desk: Desk, world: World) -> None:
    here, away = world.report("chen", at=clock.now()), world.report("chen", at=clock.now(), title="邻县的一件")
    for case_id in (here, away):
        assign(world, case_id)
    mend(world, away, region_code="510823100200", lead_org_id=None)
    browser = desk.browser("he")
    url = f"{PAGE}/proposals?subject=category&number=proposed"
    assert numbers(browser)[url] == 2
    assert list(records(browser, url)) == [world.case(here).number]
    text = words_of(browser.get(url).text)
    assert "其中 1 次的件您看不到" in text and "邻县的一件" not in text and world.case(away).number not in text


def test_what_is_older_than_the_rates_is_in_neither(desk: Desk, world: World, morning: time_machine.Traveller) -> None:
    assign(world, world.report(at=clock.now()))
    morning.move_to(MORNING + triage_model.LOOKED_BACK + timedelta(days=2))
    browser = desk.browser("he")
    assert numbers(browser) == {}
    empty = browser.get(f"{PAGE}/proposals?subject=category&number=proposed")
    assert empty.status_code == 200 and "这个数是 0" in words_of(empty.text)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "subject=category",
        "number=proposed",
        "subject=title&number=proposed",
        "subject=category&number=all",
        "subject=category&number=taken&cursor=nothing",
        "subject=category&number=taken&code=%00",
    ],
)
def test_an_address_of_no_number_leads_to_the_rates(desk: Desk, wrong: str) -> None:
    answer = desk.browser("he").get(f"{PAGE}/proposals?{wrong}")
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)


def test_only_who_assigns_opens_them(desk: Desk, world: World) -> None:
    assign(world, world.report(at=clock.now()))
    for subject in SUBJECTS:
        url = f"{PAGE}/proposals?subject={subject}&number=proposed"
        statuses = {user: desk.browser(user).get(url).status_code for user in ("an", "he", "lu", "bai", "guan", "chen")}
        assert statuses == {"an": 200, "he": 200, "lu": 200, "bai": 403, "guan": 403, "chen": 403}


def test_the_desk_leads_to_what_its_sentence_counts(desk: Desk, world: World) -> None:
    assign(world, world.report(at=clock.now()))
    page = desk.browser("he").get(f"/triage/{world.case(world.report(at=clock.now())).number}")
    assert "近 180 天建议 1 次，采纳 1 次" in words_of(page.text)
    links = [unescape(each) for each in re.findall(r'href="(/triage/model[^"]*)"', page.text)]
    assert links == [f"{PAGE}/proposals?subject=category&code=drinking_water&number=proposed", PAGE]
    assert list(records(desk.browser("he"), links[0]))
