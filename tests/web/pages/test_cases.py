"""The list of cases and the page of one: what each of the cast sees, narrows, searches and is told."""

from datetime import timedelta

import pytest
import time_machine

from casework.cases import queries
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from tests.web.api.counting import statements_of
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.world import MORNING, World
from web.views import counting
from workflows.cases import co_tasks, extensions
from workflows.money import funding

pytestmark = pytest.mark.usefixtures("morning")


def number(world: World, case_id: object) -> str:
    return world.case(case_id).number  # type: ignore[arg-type]  # ids are ids


def act(world: World, case_id, who: str, what, raw: dict):
    """Do one of the acts that are no steps, as the edges do it."""
    with world.db.transaction() as session:
        case = queries.get_for_update(session, world[who], case_id=case_id, at=MORNING)
        subject = subject_of(session, case, actor=world[who], at=MORNING)
        return what(session, case, raw, subject=subject, actor=world[who], at=MORNING)


def test_the_list_shows_open_cases_first_due_first(desk: Desk, world: World) -> None:
    calm = world.assigned(title="路灯不亮", category="infrastructure")
    hasty = world.report(title="水池裂了")
    done = world.resolved(title="桥栏坏了")
    world.move(done, "close", "he", followed_up="reached", satisfaction="satisfied")
    page = desk.browser("an").get("/cases")
    assert page.status_code == 200
    assert page.text.index("水池裂了") < page.text.index("路灯不亮")
    assert "桥栏坏了" not in page.text and "未结案" in page.text
    everything = desk.browser("an").get("/cases?all=1")
    assert "桥栏坏了" in everything.text
    assert number(world, calm) in page.text and number(world, hasty) in page.text


def test_a_row_that_was_drawn_before_is_drawn_anew_when_anything_of_it_differs(desk: Desk, world: World) -> None:
    case_id = world.report(title="<b>水池</b>裂了")
    browser = desk.browser("he")

    def row(address: str = "/cases") -> str:
        text = browser.get(address).text
        return next(part for part in text.split("<tr ") if number(world, case_id) in part)

    first = row()
    assert row() == first and "&lt;b&gt;水池&lt;/b&gt;裂了" in first and " checked" not in first
    assert " checked" in row(f"/cases?open=true&ticked={case_id}")
    world.move(case_id, "assign", "he", org="SLJ")
    assert row() != first and "水利局" in row() and "已交办" in row()
    browser.get("/language/en")
    assert "Assigned" in row() and "已交办" not in row()
    assert "checkbox" not in desk.browser("guan").get("/cases").text.split("<tbody>")[1].split("</tr>")[0]


def test_rows_are_close_or_wide_as_the_address_says(desk: Desk, world: World) -> None:
    world.assigned(title="路灯不亮")
    browser = desk.browser("an")
    assert '<div class="loose" data-density' in browser.get("/cases").text
    assert '<div class="tight" data-density' in browser.get("/cases?open=true&density=tight").text
    assert '<div class="loose" data-density' in browser.get("/cases?open=true&density=askew").text


def test_promised_money_that_is_late_is_a_filter_with_a_number(desk: Desk, world: World) -> None:
    calm, late = world.assigned(title="钱还没到日子"), world.assigned(title="钱到期没到")
    for case_id, day in ((calm, "2026-10-30"), (late, "2026-10-15")):
        world.move(case_id, "coordinate", "bai", plan="换管材")
        sum_ = {"stage": "applied", "amount": "80000.00", "source": "水利专项", "on": "2026-10-12", "expected_on": day}
        act(world, case_id, "bai", funding.add_line, {**sum_, "document_no": f"青水〔2026〕{day[-2:]}号"})
    with time_machine.travel(MORNING + timedelta(days=5), tick=False):
        clerk, money = desk.browser("he"), desk.browser("jin")
        text = clerk.get("/cases?funds_late=true").text
        assert "钱到期没到" in text and "钱还没到日子" not in text and "说好的钱：到期没到" in words_of(text)
        # Its number stands over the list it opens; beside the filter it would be counted on every page.
        assert "钱到期未到" in words_of(text) and "钱到期未到 1" not in words_of(text) and "1 件" in words_of(text)
        assert "钱还没到日子" in clerk.get("/cases?funds_late=false").text
        assert "钱到期没到" in money.get("/cases?funds_late=true").text
        assert money.get("/work").text.count('href="/cases?funds_late=true"')


def test_each_of_the_cast_sees_their_own_list(desk: Desk, world: World) -> None:
    world.assigned(title="水利局的件")
    world.report(title="还没分的件")
    world.report("chen", title="委员反映的件", channel="visit")
    seen = {who: desk.browser(who).get("/cases").text for who in ("he", "bai", "chen", "guan")}
    assert all(title in seen["he"] for title in ("水利局的件", "还没分的件", "委员反映的件"))
    assert "水利局的件" in seen["bai"] and "还没分的件" not in seen["bai"]
    assert "委员反映的件" in seen["chen"] and "水利局的件" not in seen["chen"]
    assert "还没分的件" in seen["guan"] and "batch-form" in seen["he"] and "data-all" not in seen["guan"]
    assert desk.browser("guanli").get("/cases").status_code == 403


def test_conditions_are_chips_in_words_and_each_can_be_taken_away(desk: Desk, world: World) -> None:
    world.assigned(title="路灯不亮")
    text = desk.browser("an").get("/cases?state=assigned&region=510822105&overdue=false").text
    told = words_of(text)
    assert "状态：已交办" in told and "地点：竹园镇" in told and "时限：没超时" in told
    assert 'href="?region=510822105&amp;overdue=false"' in text


def test_an_empty_filter_names_the_condition_to_loosen(desk: Desk, world: World) -> None:
    world.report()
    told = words_of(desk.browser("an").get("/cases?state=closed&region=510822106").text)
    assert "这个筛选下没有件" in told and "放宽“木鱼镇”" in told and "清空筛选" in told


def test_a_condition_that_means_nothing_any_more_falls_away(desk: Desk, world: World) -> None:
    answer = desk.browser("an").get("/cases?state=assigned&org=GONE")
    assert answer.status_code == 302 and answer.headers["Location"] == "/cases?state=assigned"
    answer = desk.browser("an").get("/cases?state=assigned&nonsense=1")
    assert answer.headers["Location"] == "/cases?state=assigned"


def test_the_top_bar_finds_by_words_number_short_number_and_letters(desk: Desk, world: World) -> None:
    case_id = world.report(title="三组停水")
    found = number(world, case_id)
    browser = desk.browser("he")
    assert "三组停水" in browser.get("/cases?q=停水").text
    assert browser.get(f"/cases?q={found.lower()}").headers["Location"] == f"/cases/{found}"
    assert browser.get("/cases?q=1").headers["Location"] == f"/cases/{found}"
    assert browser.get("/search?q=停水").status_code == 302
    assert "这个筛选下没有件" in browser.get("/cases?q=不存在的词").text


def test_pages_go_on_by_a_cursor(desk: Desk, world: World) -> None:
    for n in range(53):
        world.report(title=f"第{n}件")
    browser = desk.browser("an")
    first = browser.get("/cases?sort=-reported")
    assert first.text.count("data-row") == 50 and 'rel="next"' in first.text
    following = first.text.split('rel="next"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    second = browser.get(f"/cases{following}")
    assert second.text.count("data-row") == 3 and 'rel="prev"' in second.text


def test_saved_filters_are_kept_with_counters_private_or_shared(desk: Desk, world: World) -> None:
    world.assigned(title="路灯不亮")
    head, clerk = desk.browser("an"), desk.browser("he")
    head.get("/filters/new?state=assigned")
    made = head.post("/filters/new?state=assigned&sort=due", {"name": "已交办的", "shared": "1"})
    assert made.status_code == 303 and "state=assigned" in made.headers["Location"]
    assert "已交办的" in clerk.get("/cases").text
    clerk.get("/filters/new?state=reported")
    clerk.post("/filters/new?state=reported", {"name": "等我分的"})
    assert "等我分的" in clerk.get("/cases").text and "等我分的" not in head.get("/cases").text
    assert clerk.post("/filters/new?state=reported", {"name": " "}).status_code == 422
    handler = desk.browser("bai")
    handler.get("/filters/new?state=assigned")
    assert handler.post("/filters/new?state=assigned", {"name": "大家的", "shared": "1"}).status_code == 403


def test_the_list_costs_little(desk: Desk, world: World) -> None:
    for n in range(60):
        world.report(title=f"三组引水的水管被山洪冲断了两处，第 {n} 户也没有水吃")
    browser = desk.browser("an")
    browser.get("/cases")
    with statements_of(world.db) as asked:
        page = browser.get("/cases")
    told = [each for each in asked if not each.startswith(("BEGIN", "ROLLBACK", "COMMIT"))]
    assert len(told) <= 5, told
    assert page.text.count("data-row") == 50 and len(page.data) <= 60_000, len(page.data)


def test_a_list_looked_at_again_is_not_sent_to_be_kept_again(desk: Desk, world: World) -> None:
    world.report(title="水池裂了")
    browser = desk.browser("an")
    assert "casework_form" in str(browser.get("/cases").headers.getlist("Set-Cookie"))
    assert not browser.get("/cases").headers.getlist("Set-Cookie")
    assert "casework_form" in str(browser.get("/cases?all=1").headers.getlist("Set-Cookie")), "another list"
    world.report(title="路灯不亮")
    assert "casework_form" in str(browser.get("/cases?all=1").headers.getlist("Set-Cookie")), "one more is in it"


def test_the_page_of_a_rich_case_costs_a_dozen_statements(desk: Desk, world: World) -> None:
    case_id = world.coordinated(title="三组停水")
    asked_co = act(world, case_id, "an", co_tasks.ask, {"org": "ZYZ", "question": "谁送水？", "due_on": "2026-10-20"})
    line = {"stage": "approved", "amount": "120000", "source": "县财政局", "document_no": "青财农〔2026〕31号"}
    act(world, case_id, "bai", funding.add_line, {**line, "on": "2026-10-13", "expected_on": "2026-10-30"})
    act(world, case_id, "bai", extensions.ask, {"until": "2026-10-30", "reason": "等管材"})
    handler = desk.browser("bai")
    path = f"/cases/{number(world, case_id)}"
    handler.get(path)
    with statements_of(world.db) as asked:
        page = handler.get(path)
    told = [each for each in asked if not each.startswith(("BEGIN", "ROLLBACK", "COMMIT"))]
    assert len(told) <= 12, told
    shown = words_of(page.text)
    assert "谁送水？" in shown and "12.00" in shown and "还差 12.00 万元到位" in shown and asked_co is not None
    assert "还差 1 件协办答复" in shown and "上一次延期申请还没批" in shown


def test_the_page_says_what_can_be_done_and_why_not(desk: Desk, world: World) -> None:
    case_id = world.resolved()
    path = f"/cases/{number(world, case_id)}"
    handler = words_of(desk.browser("bai").get(path).text)
    assert "承办人" in handler and "是您办结的，须另一人结案" in handler
    clerk = desk.browser("he").get(path).text
    assert (
        f'href="{path}/moves/close"' in clerk and "aria-disabled" not in clerk.split("case-actions")[1].split("诉求")[0]
    )
    observer = words_of(desk.browser("guan").get(path).text)
    assert (
        "现在没有要您做的" in observer and "139****0876" in observer and "查看" not in observer.split("诉求")[1][:400]
    )


def test_the_deadline_card_draws_the_days_and_tells_the_arithmetic(desk: Desk, world: World) -> None:
    case_id = world.coordinated()
    world.move(case_id, "suspend", "an", reason="等管材", until="2026-10-20", at=MORNING + timedelta(hours=2))
    path = f"/cases/{number(world, case_id)}"
    told = words_of(desk.browser("bai").get(path).text)
    assert ("挂起到 10-20" in told and "第1天" in told) or "挂起" in told
    assert "10-14 交办，7 个工作日" in told and "现到期" in told and "等管材" in told


def test_an_old_number_leads_to_where_the_case_lives_on(desk: Desk, world: World) -> None:
    kept, gone = world.report(title="先登记的"), world.report(title="后登记的")
    world.move(gone, "merge", "an", into=number(world, kept))
    browser = desk.browser("he")
    page = browser.get(f"/cases/{number(world, gone)}")
    assert "这件已经并案" in page.text and f'href="/cases/{number(world, kept)}"' in page.text
    assert f"{number(world, gone)} 并进了这件" in words_of(browser.get(f"/cases/{number(world, kept)}").text)


def test_hidden_and_absent_look_alike(desk: Desk, world: World) -> None:
    case_id = world.report()
    teacher = desk.browser("jiao")
    for path in (f"/cases/{number(world, case_id)}", "/cases/QC-AJ-2026-999999", f"/cases/{case_id}/print"):
        assert teacher.get(path).status_code == 404
    assert desk.browser("guanli").get(f"/cases/{case_id}").status_code == 404


def test_who_has_it_open_is_told_by_a_post_and_forgotten_by_itself(desk: Desk, world: World, morning) -> None:
    case_id = world.report()
    path = f"/cases/{number(world, case_id)}"
    head, clerk = desk.browser("an"), desk.browser("he")
    clerk.get(path)
    assert clerk.post(f"{path}/presence").status_code == 200
    assert "何干事也在看" in head.get(path).text
    assert "只有您打开着" in clerk.get(path).text
    morning.shift(60)
    assert "何干事也在看" not in head.get(path).text


def test_history_can_be_narrowed_to_what_moved_the_case_in_place(desk: Desk, world: World) -> None:
    case_id = world.assigned()
    world.move(case_id, "contact", "bai", words="明天去看", spoke_to="李*芳")
    path = f"/cases/{number(world, case_id)}/history"
    browser = desk.browser("he")
    part = browser.get(f"{path}?moves=1", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<section") and "交办" in part.text and "联系了反映人" not in part.text
    whole = browser.get(path)
    assert "<html" in whole.text and "联系了反映人" in whole.text and "：明天去看" in words_of(whole.text)


def test_sheets_print_the_whole_case_and_the_public_one_names_nobody(desk: Desk, world: World) -> None:
    case_id = world.resolved()
    path = f"/cases/{number(world, case_id)}"
    browser = desk.browser("an")
    inside = words_of(browser.get(f"{path}/print").text)
    assert "李*芳" in inside and "白工" in inside and "两处管道已焊好" in inside and "2026-10-14 09:00" in inside
    public = words_of(browser.get(f"{path}/print?public=1").text).split("打印：")[0]
    assert "李*芳" not in public and "白工" not in public and "两处管道已焊好" in public
    slip = browser.get(f"{path}/slip")
    assert "困难交办单" in slip.text and "data:image/svg+xml" in slip.text and "县水利局" in slip.text
    assert desk.browser("guan").get(f"{path}/print?public=1").status_code == 403
    assert browser.get(f"/cases/{number(world, world.report())}/slip").status_code == 409


def test_two_cases_stand_side_by_side_with_what_differs_marked(desk: Desk, world: World) -> None:
    one = world.report(description="三组的水管断了，没有水吃。")
    two = world.assigned(description="三组的水管断了两处，没有水吃。")
    page = desk.browser("an").get(f"/cases/{number(world, one)}/compare/{number(world, two)}")
    assert "<ins>两处</ins>" in page.text and "相同" in page.text and 'name="into"' in page.text
    assert desk.browser("bai").get(f"/cases/{number(world, two)}/compare/{number(world, one)}").status_code == 404


def test_who_only_looks_sees_no_numbers_of_people_in_titles(desk: Desk, world: World) -> None:
    world.report(title="请回电 13812345678 说水的事")
    assert "13812345678" in desk.browser("he").get("/cases").text
    assert "13812345678" not in desk.browser("guan").get("/cases").text


def test_numbers_beside_rooms_follow_what_this_process_changed(desk: Desk, world: World) -> None:
    browser = desk.browser("an")
    browser.get("/cases")
    case_id = world.report()
    path = f"/triage/{number(world, case_id)}"
    page = browser.get(path)
    counting_app = desk.app.extensions
    counting_app.pop("casework_counts", None)
    assert 'aria-label="1 件"' in browser.get("/cases").text
    browser.post(f"{path}/assign", {"org": "SLJ", "version": "1"})
    assert 'href="/triage"' in browser.get("/cases").text and 'aria-label="1 件"' not in browser.get("/cases").text
    assert page.status_code == 200 and counting.shown(1000) == "999+"


def test_a_case_stays_what_it_was_after_all_this_looking(desk: Desk, world: World) -> None:
    case_id = world.report()
    browser = desk.browser("an")
    for tail in ("", "/history", "/print", "/funds"):
        assert browser.get(f"/cases/{number(world, case_id)}{tail}").status_code == 200
    with world.db.reading() as session:
        assert session.get_one(Case, case_id).version == 1
