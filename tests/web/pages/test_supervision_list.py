"""The list of supervised matters is searched by words and by the number of a slip, within what else narrows it."""

import re
from html import unescape

import pytest

from casework.keeping import search_rows
from casework.keeping.view import view_of
from tests.supervised import initiate, lived, step
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import words_of
from tests.world import MORNING, World

pytestmark = pytest.mark.usefixtures("morning")
LIST = "/supervision?by=list"
_ROW = re.compile(r'<tr data-row><td class="subj"><a class="plain" href="/supervision/([^"]+)">')
_LINK = re.compile(r'<a class="(?:lk|fchip)[^"]*" href="([^"]+)"[^>]*>(.*?)</a>')


def found(browser: Browser, query: str = "") -> set[str]:
    page = browser.get(LIST + query)
    assert page.status_code == 200, query
    return set(_ROW.findall(page.text))


def links(page: str) -> dict[str, str]:
    """Return where the chips and the links of an empty list lead, by their words."""
    return {words_of(text).strip(): unescape(url) for url, text in _LINK.findall(page)}


def kept(page: str) -> dict[str, str]:
    """Return what the search sends along."""
    (form,) = re.findall(r'<form role="search" class="find-in">(.*?)</form>', page, re.DOTALL)
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', form))


@pytest.mark.parametrize(
    "typed",
    [
        "督办〔2026〕1号",
        "督办[2026]1号",
        "督办（2026）1号",
        "【2026】1号",
        "(2026) 1号",
        "〔2026〕1",
        "qc-db-2026-000001",
    ],
)
def test_a_matter_is_found_by_the_number_of_its_slip_in_any_brackets(desk: Desk, world: World, typed: str) -> None:
    signed, draft = lived(world, "issue"), initiate(world)
    assert str(signed) != str(draft)
    assert found(desk.browser("he"), f"&q={typed}") == {str(signed)}


def test_what_a_signed_slip_is_found_by_is_what_it_says(desk: Desk, world: World) -> None:
    matter = lived(world, "acknowledge")
    step(world, matter, "urge", "he", comment="请报进展")
    with view_of(world.db, at=MORNING) as view:
        assert list(search_rows.supervisions(view)) == []


def test_two_characters_of_title_or_requirement_find_it(desk: Desk, world: World) -> None:
    pipes = initiate(world)
    lamps = initiate(world, title="黄坪路灯修复", requirement="更换灯具，按（2026）3号文验收。")
    browser = desk.browser("he")
    assert found(browser) == {str(pipes), str(lamps)}
    assert found(browser, "&q=饮水") == {str(pipes)}
    assert found(browser, "&q=漏点") == {str(pipes)}, "of the requirement"
    assert found(browser, "&q=路灯 灯具") == {str(lamps)}
    assert found(browser, "&q=路灯 饮水") == set()
    assert found(browser, "&q=（2026）3号") == {str(lamps)}, "as typed, though no slip is called so"
    assert found(browser, "&q=灯") == {str(lamps)}


def test_the_search_keeps_what_else_narrows_the_list(desk: Desk, world: World) -> None:
    draft, signed = initiate(world), lived(world, "issue")
    browser = desk.browser("he")
    assert found(browser, "&q=饮水&state=issued&level=2&open=true") == {str(signed)}
    page = browser.get(f"{LIST}&state=initiated&open=true&has_leader=false&q=饮水").text
    assert kept(page) == {"by": "list", "state": "initiated", "open": "true", "has_leader": "false"}
    assert 'name="q" value="饮水"' in page and str(draft) in page and str(signed) not in page
    chips = links(page)
    assert "q=" not in chips["有“饮水” （去掉这个条件）"] and "open=true" in chips["有“饮水” （去掉这个条件）"]
    assert "q=" in chips["在督 （去掉这个条件）"] and "open=" not in chips["在督 （去掉这个条件）"]
    assert "q=" in chips["督办单已发"] and "has_leader=false" in chips["督办单已发"]
    assert chips["全部"] == "?by=list"


def test_where_nothing_fits_the_list_says_what_to_do(desk: Desk, world: World) -> None:
    browser = desk.browser("he")
    assert "还没有督办件" in words_of(browser.get(LIST).text)
    matter = initiate(world)
    page = browser.get(f"{LIST}&q=路灯").text
    assert "没有督办件里有“路灯” 事项或要求里的两个字就够" in words_of(page)
    assert links(page)["看全部督办件"] == "?by=list"
    page = browser.get(f"{LIST}&q=饮水&state=issued").text
    assert "照现在的条件，没有督办件里有“饮水”" in words_of(page)
    told = links(page)
    assert found(browser, "&" + told["在全部督办件里找“饮水”"].partition("?by=list&")[2]) == {str(matter)}
    assert told["不找“饮水”"] == "?by=list&state=issued"
    page = browser.get(f"{LIST}&state=issued").text
    assert "没有这样的督办件" in words_of(page) and links(page)["看全部督办件"] == "?by=list"


def test_nobody_finds_by_a_number_what_they_are_shown_masked(desk: Desk, world: World) -> None:
    matter = str(initiate(world, requirement="请联系群众，电话 13800138000，查明漏点。"))
    assert found(desk.browser("he"), "&q=13800138") == {matter}
    observer = desk.browser("guan")
    assert found(observer, "&q=漏点") == {matter}
    assert found(observer, "&q=13800138") == found(observer, "&q=0013") == set()
    assert found(desk.browser("jiao"), "&q=漏点") == set(), "of another unit"


def test_an_empty_field_and_what_means_nothing_are_left_out_and_the_rest_stays(desk: Desk, world: World) -> None:
    initiate(world)
    browser = desk.browser("he")
    for given, left in (
        ("&q=&level=2", "by=list&level=2"),
        ("&q=%20&state=&level=2", "by=list&level=2"),
        ("&level=9&q=饮水", "by=list&q=%E9%A5%AE%E6%B0%B4"),
        (f"&state=issued&q={'长' * 101}", "by=list&state=issued"),
        ("&q=%00", "by=list"),
        ("&cursor=nothing&level=2", "by=list&level=2"),
    ):
        answer = browser.get(LIST + given)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/supervision?{left}"), given
        assert browser.get(answer.headers["Location"]).status_code == 200
    assert browser.get(f"{LIST}&q=<b>'\"%25_").status_code == 200
    assert found(browser, "&q=%25") == set(), "no wildcard"


@pytest.mark.parametrize("page", ["/supervision", "/supervision?by=leader", LIST, "/supervision/monday"])
def test_numbers_of_people_in_a_title_are_masked_for_who_only_looks_on_every_page(
    desk: Desk, world: World, page: str
) -> None:
    lived(world, "acknowledge", level=3, leader="陆主席", title="回复 13800138000 反映的漏水")
    assert "13800138000" in desk.browser("he").get(page).text
    seen = desk.browser("guan").get(page).text
    assert "反映的漏水" in seen and "13800138000" not in seen
