"""Ledger 3 in and out: 编号 is the key, a row is a case with the life its dates tell."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.cases.reporters import unseal
from casework.cases.tables import Case, Solution
from casework.core.editions import known
from casework.core.office import Office
from casework.exchange.sheets import read_book
from casework.households import actions
from casework.matters import history
from casework.permissions import Subject
from casework.registry import loading
from tests.world import COUNTY, MORNING, TOWN, VILLAGE, World
from workflows import firing
from workflows.cases import co_tasks
from workflows.ledgers import exporting, importing

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ROW = {
    "序号": "1",
    "编号": "2026-17",
    "受理日期": "2026.3.6",
    "来源": "来信",
    "反映人": "李 芳、王五",
    "电话": "１３９００００１２３４",
    "村组": "竹园镇方石村三组",
    "类别": "饮水",
    "问题描述": "三组的水管被山洪冲断。十七户吃水靠挑。",
    "诉求": "请修好水管",
    "主办单位": "水利局",
    "协办单位": "竹园镇人民政府",
    "责任人": "白工",
    "交办日期": "3月9日2026年",
    "进展": "两处水管已换",
    "办结日期": "2026年3月18日",
    "结果类别": "A类",
    "回访日期": "20260320",
    "满意度": "满意",
    "是否销号": "是",
    "备注": "老人多",
}


def table(*rows: dict[str, object]) -> list[list[object]]:
    headings = list(dict.fromkeys(key for row in rows for key in row))
    return [["问题(困难)办理台账"], list(headings), *([row.get(heading) for heading in headings] for row in rows)]


def row(**changes: object) -> dict[str, object]:
    return {**ROW, "交办日期": "2026-03-09", **changes}


def open_row(**changes: object) -> dict[str, object]:
    ended = ("办结日期", "结果类别", "回访日期", "满意度", "是否销号")
    return row(**{**dict.fromkeys(ended), **changes})


def household(world: World, *, group: str = "三组", head: str = "张树生") -> UUID:
    told = actions.NewHousehold(VILLAGE, head, group_no=group)
    with world.db.transaction() as session:
        return actions.enter(session, told, actor=world["he"], at=AT).id


def cases(world: World) -> list[Case]:
    with world.db.reading() as session:
        return list(session.scalars(select(Case).order_by(Case.number)))


def solutions(world: World) -> list[Solution]:
    with world.db.reading() as session:
        return list(session.scalars(select(Solution).where(known(Solution))))


def do(office: Office, path: Path, world: World, **options: Any):
    return importing.run(office, "cases", path, actor=world["he"], at=AT, **options)


def only(world: World, number: str = "2026-17") -> Case:
    with world.db.reading() as session:
        return session.scalars(select(Case).where(Case.source_key == f"{COUNTY}:case:{number}")).one()


def test_a_closed_row_becomes_a_case_with_its_life(office, world, book) -> None:
    done = do(office, book(table(row())), world)
    assert (done.created, done.refused) == (1, [])
    case = only(world)
    assert (case.state, case.result_class, case.satisfaction, case.channel) == ("closed", "A", "satisfied", "letter")
    assert (case.region_code, case.category, case.title) == (VILLAGE, "drinking_water", "三组的水管被山洪冲断")
    assert case.description.endswith("\n\n诉求：请修好水管")
    assert (case.lead_org_id, case.assignee_id) == (world.orgs["SLJ"], world["bai"].person_id)
    rows = world.history(case.id)
    assert [each.trigger for each in rows] == ["report", "assign", "resolve", "close", "comment"]
    assert rows[0].at == datetime(2026, 3, 6, 0, 30, tzinfo=UTC)
    assert rows[2].at == datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
    assert rows[-1].comment == "老人多"
    assert all(history.digest(each) == each.hash for each in rows)
    with world.db.reading() as session:
        assert unseal(session, case, "name") == "李芳、王五"
        assert unseal(session, case, "phone") == "13900001234"


def test_a_row_lives_as_far_as_its_columns_go(office, world, book) -> None:
    rows = [
        open_row(编号="1", 主办单位=None, 协办单位=None, 交办日期=None, 进展=None),
        open_row(编号="2", 进展=None),
        open_row(编号="3"),
        row(编号="4", 是否销号="否", 回访日期=None, 满意度=None),
        row(编号="5", 满意度=None),
        open_row(编号="6", 主办单位=None, 协办单位=None, 交办日期=None, 进展="属信访事项，请到信访局", 是否销号="是"),
    ]
    assert do(office, book(table(*rows)), world).refused == []
    states = [only(world, str(n)).state for n in range(1, 7)]
    assert states == ["reported", "assigned", "coordinated", "resolved", "closed", "declined"]
    assert only(world, "5").followed_up == "unreachable"


def test_what_the_reporter_says_comes_from_a_file_that_tells_it_and_from_no_other(office, world, book) -> None:
    asked = [row(编号=str(n), 群众说是否解决=said) for n, said in enumerate(("解决了", "否", None), 1)]
    wrong = [row(编号="4", 群众说是否解决="大概"), row(编号="5", 群众说是否解决="是", 满意度=None)]
    done = do(office, book(table(*asked, *wrong)), world)
    assert [only(world, str(n)).solved for n in (1, 2, 3)] == ["yes", "no", None]
    assert {(each.row, each.column) for each in done.refused} == {(6, "群众说是否解决"), (7, "满意度")}
    # The office's own word on a result is not the reporter's.
    do(office, book(table(row(编号="6", 是否解决="是"))), world)
    assert only(world, "6").solved is None


def test_an_export_has_the_columns_of_the_ledger_and_the_reporters_word_in_the_remark(
    office, world, book, tmp_path
) -> None:
    rows = [row(编号=str(n), 群众说是否解决=said) for n, said in enumerate(("解决了", "没有解决", None), 1)]
    assert do(office, book(table(*rows)), world).created == 3
    for name in ("out.xlsx", "out.csv"):
        out = tmp_path / name
        exporting.run(office, "cases", out, actor=world["he"], at=AT)
        heads, *told = [each.cells for each in read_book(out).sheets[0].rows]
        # domain.md §4.2 no. 3, these and no other.
        assert set(heads) == {*ROW, "办理时限", "延期至"} and len(heads) == 23
        told = [each for each in told if each[heads.index("编号")] in ("1", "2", "3")]
        remarks = sorted(each[heads.index("备注")] for each in told)
        assert remarks == ["老人多", "老人多\n群众说是否解决：没有解决", "老人多\n群众说是否解决：解决了"]
        again = do(office, out, world)
        assert (again.created, again.updated, again.refused) == (0, 0, [])
        # Elsewhere it says the same as a column of its own.
        changed = [[*each[:1], f"{name}-{each[1]}", *each[2:]] for each in told]
        assert do(office, book([heads, *changed]), world).created == 3
        assert [only(world, f"{name}-{n}").solved for n in (1, 2, 3)] == ["yes", "no", None]


def test_the_same_file_twice_changes_nothing(office, world, book) -> None:
    path = book(table(row(), open_row(编号="18")))
    do(office, path, world)
    before = [world.case(only(world, number).id).version for number in ("2026-17", "18")]
    again = do(office, path, world)
    assert (again.created, again.updated, again.unchanged, again.refused) == (0, 0, 2, [])
    assert [world.case(only(world, number).id).version for number in ("2026-17", "18")] == before


def test_life_goes_on_with_a_later_file(office, world, book) -> None:
    do(office, book(table(open_row())), world)
    done = do(office, book(table(row())), world)
    assert (done.updated, done.refused, only(world).state) == (1, [], "closed")
    assert do(office, book(table(row())), world).unchanged == 1


def test_changed_words_are_mended(office, world, book) -> None:
    do(office, book(table(open_row())), world)
    done = do(office, book(table(open_row(问题描述="四组的水管断了。", 类别="道路水电网", 村组="竹园镇"))), world)
    case = only(world)
    assert (done.updated, done.refused) == (1, [])
    assert (case.category, case.region_code) == ("infrastructure", TOWN)
    assert case.description.startswith("四组的水管断了。")


def test_what_the_case_cannot_follow_is_refused_at_its_column(office, world, book) -> None:
    do(office, book(table(row())), world)
    done = do(office, book(table(row(结果类别="C", 受理日期="2026-03-01"))), world)
    assert {each.column for each in done.refused} == {"结果类别", "受理日期"}
    assert only(world).result_class == "A"


def test_a_longer_limit_of_the_ledger_is_kept(office, world, book) -> None:
    late = open_row(受理日期="2026-11-12", 交办日期="2026-11-13", 延期至="2026-12-12")
    do(office, book(table(late)), world)
    case = only(world)
    # 2026-12-12 is a Saturday.
    assert case.due_at == datetime(2026, 12, 14, 9, 30, tzinfo=UTC)
    # It was extended, so the rate of extensions counts it, today and as of an earlier day, which reads the history.
    told = [each.trigger for each in world.history(case.id)]
    assert case.was_extended and told.count("grant_extension") == 1
    assert firing.sweep(world.db, at=AT + timedelta(days=7)).fired == 0
    assert firing.sweep(world.db, at=AT + timedelta(days=22)).fired == 1


def test_a_call_that_closes_nothing_is_not_lost_without_a_word(office, world, book) -> None:
    done = do(office, book(table(row(是否销号="否"))), world)
    assert only(world).state == "resolved"
    assert [each.column for each in done.warnings] == ["回访日期"]


def test_the_limit_of_the_ledger_is_the_limit_of_a_life_that_is_over_too(office, world, book, tmp_path: Path) -> None:
    """Last year's ledger says by when it was to be done: neither a shorter nor a longer limit becomes ours."""
    rows = [
        row(编号="1", 办理时限="2026-03-11"),
        row(编号="2", 办理时限="2026.3.30", 问题描述="二组的水管断了。"),
        row(编号="3", 办理时限="7个工作日", 延期至="2026-03-27", 问题描述="四组的水管断了。"),
        row(编号="4", 办理时限="2026-03-09", 问题描述="五组的水管断了。"),
        open_row(
            编号="5", 受理日期="2026-11-12", 交办日期="2026-11-13", 办理时限="2026-11-17", 问题描述="六组没有水。"
        ),
        row(编号="6", 延期至="2026-03-12", 问题描述="一组的水管断了。"),
    ]
    done = do(office, book(table(*rows)), world)
    assert (done.created, done.refused) == (6, [])
    out = tmp_path / "out.xlsx"
    exporting.run(office, "cases", out, actor=world["he"], at=AT)
    heads, *told = [each.cells for each in read_book(out).sheets[0].rows]
    limits = {each[heads.index("编号")]: [each[heads.index(name)] for name in ("办理时限", "延期至")] for each in told}
    assert limits == {
        "1": ["2026-03-11", ""],
        "2": ["2026-03-30", ""],
        "3": ["2026-03-17", "2026-03-27"],
        "4": ["2026-03-09", ""],
        "5": ["2026-11-17", ""],
        # Put off, and still before our own limit would have been: the day stands.
        "6": ["2026-03-12", "2026-03-12"],
    }
    assert do(office, out, world).unchanged == 6


def test_bad_cells_are_refused_with_their_column(office, world, book) -> None:
    rows = [
        row(编号="1", 电话="12345"),
        row(编号="2", 村组="不存在的村"),
        row(编号="3", 主办单位="没有的局"),
        row(编号="4", 来源="飞鸽传书"),
        row(编号="5", 办结日期="2026-03-01"),
        row(编号="6", 主办单位=None, 协办单位=None),
        row(编号="7", 受理日期="3月6日"),
        row(编号="8", 反映人=None),
        row(编号="9", 结果类别="E", 满意度="还行吧"),
    ]
    done = do(office, book(table(*rows)), world)
    assert done.created == 0
    told = {(each.row, each.column) for each in done.refused}
    assert told >= {(3, "电话"), (4, "村组"), (5, "主办单位"), (6, "来源"), (7, "办结日期"), (8, "主办单位")}
    assert told >= {(9, "受理日期"), (10, "反映人"), (11, "结果类别"), (11, "满意度")}
    assert {row for row, _ in told} == set(range(3, 12))


def test_cases_of_every_state_go_out_and_come_back_unchanged(office, world, book, tmp_path: Path) -> None:
    do(office, book(table(row(), open_row(编号="18", 村组="木鱼镇", 类别="没有的类别"))), world)
    world.report(description="第一段\r\n第二段\t有制表符  \n", reporter={"name": "张三"})
    world.assigned()
    suspended = world.coordinated()
    with world.db.transaction() as session:
        case = session.get(Case, suspended)
        raw = {"org": "ZYZ", "question": "地从哪里过？", "due_on": "2026-10-16"}
        subject = Subject(case.region_code, lead_org_id=case.lead_org_id)
        co_tasks.ask(session, case, raw, subject=subject, actor=world["bai"], at=MORNING)
    world.move(suspended, "suspend", "he", reason="等管材", until="2026-10-20")
    resolved = world.resolved(urgency="urgent")
    world.move(world.resolved(), "close", "he", followed_up="reached", solved="no", satisfaction="basically")
    world.move(resolved, "rework", "he", reason="没通水")
    world.move(world.report(), "decline", "he", reason="请到法院")
    world.move(world.assigned(), "return", "bai", reason="不归我们")
    for name in ("out.xlsx", "out.csv"):
        count = exporting.run(office, "cases", tmp_path / name, actor=world["an"], at=AT)
        again = do(office, tmp_path / name, world)
        assert (again.created, again.updated, again.unchanged, again.refused) == (0, 0, count, [])
        assert count == 9


def test_cases_keep_their_numbers_when_they_move_to_another_system(office, world, book) -> None:
    do(office, book(table(open_row(编号="QC-AJ-2026-000041"))), world)
    assert only(world, "QC-AJ-2026-000041").number == "QC-AJ-2026-000041"
    assert world.case(world.report()).number == "QC-AJ-2026-000042"


def test_two_villages_of_one_name_need_the_township(office, world, book) -> None:
    twin = loading.Place("510822106206", "方石村村民委员会", "510822106", "village")
    with world.db.transaction() as session:
        loading.load_places(session, [twin], at=AT)
    done = do(office, book(table(row(编号="1", 村组="方石村"), row(编号="2", 村组="木鱼镇方石村"))), world)
    assert [(each.row, each.column) for each in done.refused] == [(3, "村组")]
    assert only(world, "2").region_code == "510822106206"


def test_dates_of_the_future_are_refused(office, world, book) -> None:
    ahead = date(2026, 12, 1).isoformat()
    done = do(office, book(table(open_row(受理日期=ahead, 交办日期=ahead))), world)
    assert {each.column for each in done.refused} == {"受理日期", "交办日期"}


def test_a_case_told_by_the_head_of_a_household_is_tied_to_it_and_counts_as_solved_for_it(office, world, book) -> None:
    known_head = household(world)
    done = do(office, book(table(row(反映人="张树生"), row(编号="2026-18", 反映人="张 树生", 村组="竹园镇"))), world)
    assert (done.created, done.warnings) == (2, [])
    first, second = cases(world)
    assert (first.household_id, second.household_id) == (known_head, None)
    assert [(each.case_id, each.household_id, each.on_date) for each in solutions(world)] == [
        (first.id, known_head, date(2026, 3, 18))
    ]


def test_a_household_known_later_is_put_to_the_case_by_the_same_file_and_once(office, world, book) -> None:
    do(office, book(table(row(反映人="张树生"))), world)
    known_head = household(world)
    assert do(office, book(table(row(反映人="张树生"))), world).updated == 1
    [case] = cases(world)
    assert (case.household_id, len(solutions(world))) == (known_head, 1)
    last = world.history(case.id)[-1]
    assert (last.trigger, last.fields["household_id"]) == ("mend", {"from": None, "to": str(known_head)})
    assert all(history.digest(each) == each.hash for each in world.history(case.id))
    assert do(office, book(table(row(反映人="张树生"))), world).unchanged == 1


def test_of_several_units_in_one_cell_the_first_leads_and_a_slip_is_told_what_is_near(
    office, world, book, tmp_path
) -> None:
    file = book(
        table(row(主办单位="水利局、县教育局", 协办单位="竹园镇人民政府"), row(编号="2026-18", 主办单位="县水务局"))
    )
    done = do(office, file, world)
    assert [(each.row, each.column) for each in done.refused] == [(4, "主办单位")]
    assert "县水利局" in done.refused[0].reason
    assert do(office, file, world).unchanged == 1
    out = tmp_path / "out.xlsx"
    exporting.run(office, "cases", out, actor=world["he"], at=AT)
    told = dict(zip(*(each.cells for each in read_book(out).sheets[0].rows[-2:]), strict=False))
    assert (told["主办单位"], set(told["协办单位"].split("、"))) == ("县水利局", {"县教育局", "竹园镇人民政府"})
    assert do(office, out, world).unchanged == 1


def test_an_export_that_comes_back_ties_no_case_that_was_reported_here(office, world, tmp_path) -> None:
    case_id = world.report(reporter={"name": "张树生"})
    household(world)
    out = tmp_path / "out.csv"
    assert exporting.run(office, "cases", out, actor=world["he"], at=AT) == 1
    again = do(office, out, world)
    assert (again.updated, again.unchanged, again.refused) == (0, 1, [])
    assert world.case(case_id).household_id is None


def test_several_heads_of_one_name_tie_no_case_unless_the_group_tells_them_apart(office, world, book) -> None:
    here = household(world)
    household(world, group="五组")
    rows = (row(反映人="张树生"), row(编号="2026-18", 反映人="张树生", 村组="竹园镇方石村"))
    done = do(office, book(table(*rows)), world)
    assert [(each.row, each.column) for each in done.warnings] == [(4, "反映人")]
    assert [case.household_id for case in cases(world)] == [here, None]


def test_what_nobody_answered_goes_out_as_empty_as_it_came(office, world, book, tmp_path: Path) -> None:
    done = do(office, book(table(row(进展=None, 来源="委员走访"))), world)
    assert (done.created, done.refused, only(world).channel) == (1, [], "visit")
    out = tmp_path / "out.xlsx"
    exporting.run(office, "cases", out, actor=world["he"], at=AT)
    told, *rows = ([str(cell or "") for cell in each.cells] for each in read_book(out).sheets[0].rows)
    assert [each[told.index("进展")] for each in rows] == [""]
    assert do(office, out, world).unchanged == 1
