"""The leader's page asks for the late cases, longest due first, and narrows them as every other number of the page."""

import re
from datetime import date, timedelta
from urllib.parse import unquote

import pytest

from casework.cases.figures.scopes import Period, scope_of
from casework.cases.filters import read_filter
from tests.web.desk import Desk
from tests.world import MORNING

pytestmark = pytest.mark.usefixtures("morning")


def test_what_is_late_is_asked_for_and_only_where_it_was_reported(desk: Desk) -> None:
    world, lu = desk.world, desk.browser("lu")
    late = [world.case(world.report(at=MORNING - timedelta(days=days), title=f"第{days}天前")) for days in (40, 30)]
    soon = world.case(world.report(title="今天才报"))
    asked = _asked(lu.get("/overview").text)
    assert 0 < asked.index(late[0].title) < asked.index(late[1].title) and soon.title not in asked
    since = (MORNING - timedelta(days=35)).date()
    asked = _asked(lu.get(f"/overview?from={since}").text)
    assert late[1].title in asked and late[0].title not in asked
    asked = _asked(lu.get(f"/overview?from={MORNING.date()}").text)
    assert not [each for each in (*late, soon) if each.title in asked]


def test_a_scope_narrows_as_its_words_say(desk: Desk) -> None:
    world = desk.world
    with world.db.reading() as session:
        for period in (Period(), Period(date(2026, 7, 1), date(2026, 9, 30)), Period(None, date(2026, 9, 30))):
            scope = scope_of(world["lu"], zone=session.info["zone"], period=period)
            assert scope.narrowing() == read_filter(scope.filter(), session=session, actor=world["lu"])


def test_the_rates_of_an_earlier_day_are_those_of_that_day_and_open_its_cases(desk: Desk) -> None:
    world, guan = desk.world, desk.browser("guan")
    # Resolved yesterday: the call back of today counts today alone.
    case_id = world.resolved(at=MORNING - timedelta(days=1))
    world.move(case_id, "close", "he", at=MORNING, followed_up="reached", satisfaction="satisfied")
    then, number = (MORNING - timedelta(days=1)).date(), world.case(case_id).number
    now = guan.get(f"/overview?as_of={then}").text
    assert "stood=" not in now and f"看 {then} 当天的样子" in now, "what costs a walk through histories is asked for"
    # Said above the numbers which of them are of that day; of today there is nothing to say.
    above = f"只数 {then} 和以前收到的件"
    page = guan.get(f"/overview?as_of={then}&rates=then").text
    assert (
        "不是那天的样子" in now
        and "八个比率是那天的样子；在办" in page
        and "以前收到的件" not in guan.get("/overview").text
    )
    assert all(told.index(above) < told.index('class="card figs"') for told in (now, page))
    assert f"{then} 当天的样子" in page and f"stood=content@{then}" in unquote(page)
    assert number in guan.get(f"/cases?stood=on_time%40{then}").text
    assert number not in guan.get(f"/cases?stood=content%40{then}").text
    assert number in guan.get(f"/cases?stood=content%40{MORNING.date()}").text
    assert "看现在的样子" in page and "stood=" not in guan.get("/overview?rates=then").text


def _asked(page: str) -> str:
    """Return the part of the page that asks for the leader."""
    return page.partition("要您过问的")[2].partition("</section>")[0]


def test_every_rate_is_told_of_one_unit_too_with_both_its_numbers(desk: Desk) -> None:
    world, guan = desk.world, desk.browser("guan")
    world.resolved()
    back = world.report()
    world.move(back, "assign", "an", org="SLJ")
    world.move(back, "return", "bai", reason="不归我们管")
    world.move(back, "assign", "an", org="ZYZ")
    whole, of_unit = (_rates(guan.get(path).text) for path in ("/overview", "/overview?unit=SLJ"))
    assert list(whole) == list(of_unit) and len(of_unit) == 8
    assert [whole["退回"][n][0] for n in (0, 1)] == [1, 2]
    assert [of_unit["退回"][n][0] for n in (0, 1)] == [1, 2], "who sent it back answers for it, whoever leads it now"
    other = _rates(guan.get("/overview?unit=ZYZ").text)
    assert [other["退回"][n][0] for n in (0, 1)] == [0, 1]
    assert _rates(guan.get("/overview?unit=NONE").text) == whole, "what leads nothing narrows nothing"
    pages = (guan.get(f"/overview?unit={code}").text for code in ("SLJ", "NONE"))
    assert ["算在现在主办的单位名下" in page for page in pages] == [True, False]
    for n, url in (each for pair in of_unit.values() for each in pair):
        listed = set(re.findall(r"/cases/(QC-AJ-[0-9-]+)", guan.get(url).text))
        assert re.search("lead_org=SLJ|unit_ever=[a-z_]+@SLJ", url) and len(listed) == n, url


def _rates(page: str) -> dict[str, tuple[tuple[int, str], tuple[int, str]]]:
    """Return of each rate of the page both numbers, each with the address that lists its records."""
    part = page.split('id="rate-h"')[1].split("</dl>", maxsplit=1)[0].replace("&amp;", "&")
    number = r'<a class="fig" href="([^"]+)">(\d+)</a>'
    found = re.findall(rf"<dt>([^<]+)</dt>.*?{number}/{number}", part)
    return {label: ((int(n), url), (int(of), whole)) for label, url, n, whole, of in found}
