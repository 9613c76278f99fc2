"""One action over many cases through the pages: the bar, the preview with its refusals, the results, a stack of paper."""

import re
from typing import Any
from uuid import UUID

import pytest

from casework.cases.extensions import of_case
from casework.core import clock
from casework.matters import notices
from casework.matters.tables import Notice
from tasks.relay import relay
from tasks.runner import Runner
from tasks.schedule import WORKS
from tasks.sending.releasing import release
from tests.casework.documents.reading import pages
from tests.casework.keeping.lived import act as lived_act
from tests.casework.templates.test_filled_papers import told
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import words_of
from tests.world import World
from workflows.cases import extensions

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
    assert ask(clerk, "acknowledge", fresh, "/batches/undo").status_code == 422
    nobody = ask(clerk, "assign", [world.report(title="第三件")], "/batches/run", org="NIL")
    assert nobody.status_code == 422


def test_urgings_are_taken_back_until_the_unit_knows_of_them(desk: Desk, world: World) -> None:
    kept, read = world.assigned(title="催错的"), world.assigned(title="单位看了的")
    clerk = desk.browser("he")
    assert "撤回这一批（10 分钟内）" in ask(clerk, "urge", [kept, read], "/batches/run").text
    relay(world.db, at=clock.now())
    release(world.db, at=clock.now())
    told = _urgings(world)
    assert set(told) == {kept, read}
    with world.db.transaction() as session:
        notices.mark_read(session, told[read].person_id, at=clock.now(), ids=[told[read].id])
    back = words_of(ask(clerk, "urge", [kept, read], "/batches/undo").text)
    assert "办了 1 件" in back and "单位没有收到" in back and "单位已经看到" in back
    assert set(_urgings(world)) == {read}
    # Once is enough, and only one's own.
    assert "没有可撤回的" in ask(desk.browser("an"), "urge", [kept], "/batches/undo").text
    # One by itself, before anybody was told: nobody ever is.
    number = world.case(kept).number
    assert clerk.post(f"/cases/{number}/urge", {"text": "快点"}).status_code == 303
    assert f'action="/cases/{number}/urge/undo"' in clerk.get(f"/cases/{number}").text
    assert clerk.post(f"/cases/{number}/urge/undo", {}).status_code == 303
    assert "催办撤回了" in clerk.get(f"/cases/{number}").text
    relay(world.db, at=clock.now())
    release(world.db, at=clock.now())
    assert "撤回催办" in words_of(clerk.get(f"/cases/{number}").text)
    assert set(_urgings(world)) == {read}


def _urgings(world: World) -> dict[UUID | None, Notice]:
    """Return by which cases the handler was urged, as they read it."""
    person_id = world["bai"].person_id
    assert person_id is not None
    with world.db.reading() as session:
        return {each.matter_id: each for each in notices.inbox(session, person_id) if each.code == "urged"}


def test_requests_for_more_time_are_taken_back_until_they_are_decided(desk: Desk, world: World) -> None:
    kept, decided = world.assigned(title="延错的"), world.assigned(title="批了的")
    handler = desk.browser("bai")
    given = {"until": "2026-10-28", "reason": "等管材"}
    done = ask(handler, "extend", [kept, decided], "/batches/run", **given)
    assert "办了 2 件" in words_of(done.text) and "撤回这一批" in done.text
    lived_act(world, decided, "an", _grant, {"grant": True, "reason": "可以"})
    back = words_of(ask(handler, "extend", [kept, decided], "/batches/undo").text)
    assert "还按原来的期限" in back and "没有您提交的" in back
    assert (world.case(kept).extensions_pending, world.case(kept).was_extended) == (0, False)
    # Asked again it is as if it had not been asked; what was signed for stays, and the page says why.
    assert "办了 1 件" in words_of(ask(handler, "extend", [kept], "/batches/run", **given).text)
    assert "签收撤不回" in ask(handler, "acknowledge", [kept], "/batches/run").text


def _grant(session: Any, case: Any, raw: Any, **rest: Any) -> None:
    extensions.decide(session, case, of_case(session, case.id)[-1], raw, **rest)


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
    # The page shows fifty; the bar offers all that the filter found, and says the same of them before they are done.
    head = desk.browser("an")
    page = head.get("/cases?state=reported")
    assert "筛出来的 52 件都选" in words_of(page.text) and "都选" not in head.get("/cases?state=assigned").text
    whole = {"all": "1", "filter": "?state=reported", "id": [str(many[0])]}
    assert "已选 52 件" in words_of(head.post("/batches/say", whole).text)
    told = words_of(head.post("/batches", {"action": "assign", **whole}).text)
    assert "交办 52 件" in told and "可办 52 件" in told


def test_a_stack_of_hundreds_is_made_in_the_background_as_one_file(desk: Desk, world: World) -> None:
    known = world.assigned(title="打 13900000876 要打印的件")
    ids = [known, *(world.report(title=f"第 {n} 件") for n in range(50))]
    clerk = desk.browser("he")
    clerk.post(f"/cases/{world.case(known).number}/comments", {"text": "只给办公室看的话"})
    page = ask(clerk, "print", ids)
    assert (
        "选了 51 件" in words_of(page.text)
        and "最多 500 件" in words_of(page.text)
        and '<option value="case_sheet" selected>' in page.text
    )
    assert '<option value="pdf" selected>' in page.text and world.case(known).number in page.text
    numbers = "\n".join(world.case(each).number for each in ids)
    assert clerk.post("/papers", {"kind": "case_sheet", "format": "pdf", "numbers": numbers}).status_code == 303
    Runner(desk.office, "worker", WORKS).run_next(names=["papers_print"])
    file = re.findall(r'"(/papers/prints/[^"]+/file)"', clerk.get("/papers").text)[0]
    internal = "".join(line.text for page in pages(clerk.get(file).data) for line in page)
    assert "第49件" in internal and "只给办公室看的话" in internal and "李*芳" in internal and "何干事登记" in internal
    public = told(clerk.get(f"/papers/of/public_sheet/{world.case(known).number}").data)
    assert "已交办" in public and "县水利局" in public and "只给办公室看的话" not in public and "李*芳" not in public
    assert "李小芳" not in internal and "13900000876" in internal and "13900000876" not in public
    # What cannot be held in one stack is refused in words, with all that fits.
    many = clerk.post("/papers", {"kind": "case_sheet", "format": "pdf", "numbers": "\n".join(map(str, range(501)))})
    assert many.status_code == 422 and "500" in words_of(many.text)
    # A unit prints what it may see, and nothing for readers outside.
    sent = {"kind": "public_sheet", "format": "docx", "numbers": world.case(known).number}
    handler = desk.browser("bai")
    handler.get("/papers")
    assert "不由您打" in words_of(handler.post("/papers", sent).text)
