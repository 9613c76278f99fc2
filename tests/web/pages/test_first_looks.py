"""A county that has just begun: every main list says what to do next, and leads there."""

import re
from datetime import date

from sqlalchemy import update

from casework.registry.tables import Org
from tests.web.desk import Desk
from tests.world import World

LISTS = (
    *("/work", "/triage", "/cases", "/followups", "/members", "/households", "/links", "/leaders", "/visits/due"),
    *("/funds", "/funds/totals", "/projects", "/industries", "/activities", "/consultations", "/supervision"),
    *("/announcements", "/bulletins", "/spot-checks", "/suggestions", "/targets", "/hot-topics"),
    *("/venues", "/consultation-days", "/consultation-plans", "/trainings", "/duties", "/slogans", "/experiences"),
)
# Assessments begin with a scheme of the campaign, which is a file. Where nothing is, that place leads on; or the page itself offers to make the first one.
EMPTY = re.compile(r'<(section|div)[^>]*class="[^"]*\b(?:empty|note)\b[^"]*"[^>]*>.*?</\1>', re.DOTALL)
MAKE = re.compile(r'<a class="btn main[^"]*" href=|<form[^>]*method="post"')


def test_every_main_list_of_a_new_county_leads_on(desk: Desk) -> None:
    head = desk.browser("an")
    silent = []
    for path in LISTS:
        answer = head.get(path)
        assert answer.status_code == 200, path
        main = answer.text.partition("<main")[2]
        places = [found[0] for found in EMPTY.finditer(main)]
        if not any("<a " in place for place in places) and not MAKE.search(main):
            silent.append(f"{path}: {[re.sub('<[^>]+>', ' ', place)[:90] for place in places]}")
    assert not silent, "\n".join(silent)


def test_an_office_without_units_is_told_to_bring_them_in_first(desk: Desk, world: World) -> None:
    """What is reported could be given to nobody; whoever may not import them is told nothing of it."""
    with world.db.transaction() as session:
        session.execute(update(Org).values(valid_to=date(2026, 1, 1)))
    told = desk.browser("an").get("/work").text
    assert "先把单位导进来" in told and 'href="/ledgers"' in told.partition("<main")[2]
    assert "先把单位导进来" not in desk.browser("bai").get("/work").text
    with world.db.transaction() as session:
        session.execute(update(Org).values(valid_to=None))
    assert "手上的事都办完了" in desk.browser("an").get("/work").text


def test_the_list_of_cases_begins_with_the_first_one_and_blames_no_filter(desk: Desk, world: World) -> None:
    for path in ("/cases", "/cases?all=1"):
        main = desk.browser("an").get(path).text.partition("<main")[2]
        assert "还没有困难件" in main and "这个筛选下没有件" not in main
        assert 'href="/cases/new">登记一件困难' in main and 'href="/ledgers">从台账导入' in main
        reader = desk.browser("shen").get(path).text.partition("<main")[2]
        assert "归您看的件，一有就会出现在这里" in reader and ">从台账导入" not in reader
    assert "这个筛选下没有件" in desk.browser("an").get("/cases?q=水管").text
    world.report()
    assert "这个筛选下没有件" in desk.browser("an").get("/cases?state=closed").text
    assert "还没有困难件" not in desk.browser("an").get("/cases").text


def test_who_may_not_put_anything_under_supervision_is_not_told_to(desk: Desk) -> None:
    for user, told in (("an", "从“立项”开始"), ("shen", "归您看的，会出现在这里")):
        main = desk.browser(user).get("/supervision").text.partition("<main")[2]
        assert told in main and ("从“立项”开始" in main) == (">立项<" in re.sub(r"<svg.*?</svg>", "", main))
