"""One action over many cases through the pages: the bar, the preview with its refusals, the results, a stack of paper."""

from typing import Any
from uuid import UUID

import pytest

from tests.web.desk import Browser, Desk
from tests.web.pages.reading import words_of
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")


def ask(browser: Browser, action: str, ids: list[UUID], path: str = "/batches", **given: str) -> Any:
    browser.get("/cases")
    return browser.post(path, {"action": action, "id": [str(each) for each in ids], **given})


def test_many_are_assigned_at_once_to_a_unit_found_by_its_letters(desk: Desk, world: World) -> None:
    fresh = [world.report(title="要交办的一"), world.report(title="要交办的二")]
    old = world.assigned(title="早交办了的")
    clerk = desk.browser("he")
    page = ask(clerk, "assign", [*fresh, old])
    told = words_of(page.text)
    assert "交办 3 件" in told and "可办 2 件" in told and "1 件不可" in told and "早交办了的" in told
    assert 'data-combo="/orgs"' in page.text and "<select" not in page.text
    done = ask(clerk, "assign", [*fresh, old], "/batches/run", org_text="县水利局")
    assert "办了 2 件" in words_of(done.text) and "1 件没办" in words_of(done.text)
    assert [world.case(each).state for each in fresh] == ["assigned", "assigned"]
    # Taken back at once, save what the unit has signed for meanwhile; and nothing else can be taken back so.
    assert "撤回这一批（10 分钟内）" in done.text and all(f'name="id" value="{each}"' in done.text for each in fresh)
    world.move(fresh[1], "acknowledge", "bai")
    back = words_of(ask(clerk, "assign", fresh, "/batches/undo").text)
    assert "办了 1 件" in back and "1 件没办" in back and "还在待分办" in back
    assert [world.case(each).state for each in fresh] == ["reported", "assigned"]
    assert ask(clerk, "urge", fresh, "/batches/undo").status_code == 422
    nobody = ask(clerk, "assign", [world.report(title="第三件")], "/batches/run", org="NIL")
    assert nobody.status_code == 422


def test_what_cannot_be_done_for_any_has_no_button(desk: Desk, world: World) -> None:
    page = ask(desk.browser("he"), "assign", [world.assigned(title="早交办了的")])
    assert "可办 0 件" in words_of(page.text)
    assert 'data-busy="正在办…"' not in page.text


def test_a_selection_is_printed_in_one_go_and_only_what_the_caller_may_see(desk: Desk, world: World) -> None:
    mine, other = world.assigned(title="水利局的件"), world.report(title="还没分的件")
    clerk = ask(desk.browser("he"), "print", [mine, other]).text
    assert clerk.count('<article class="sheet-a4 whole">') == 2 and "打印 2 件" in clerk
    assert "李小芳" not in clerk and "13900000876" not in clerk
    handler = ask(desk.browser("bai"), "print", [mine, other]).text
    assert "水利局的件" in handler and "还没分的件" not in handler
    assert handler.count('<article class="sheet-a4 whole">') == 1
    many = [world.report(title=f"第 {n} 件") for n in range(51)]
    assert ask(desk.browser("he"), "print", many).status_code == 422
