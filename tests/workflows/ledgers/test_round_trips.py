"""Whatever lands from a file of plain records goes out so that it changes nothing when it comes in again."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.campaign.forms import enter
from casework.campaign.records import INDUSTRY
from casework.exchange.column_sets import column_set
from casework.exchange.sheets import read_book
from casework.exchange.writer import write_table
from tests.tiers import tier
from tests.workflows.ledgers.test_links_ledger import AT, LATER, counts, do, linked
from tests.world import COUNTY
from workflows.ledgers import exporting

__all__ = ["linked"]
WORDS = st.sampled_from(
    [
        "",
        "缺水",
        "=1+1",
        "'+86",
        " 两头空 ",
        "第一行\n第二行",
        "合计",
        "无",
        "/",
        "a  b",
        "５户",
        "“引号”,逗号",
        "\u200b隐",
        "@x",
    ]
) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
DAYS = st.sampled_from(["2022-11-03", "2022.11.4", "20221105", "2023年1月5日", "44937"])
PEOPLE = st.sampled_from(["陈青山", "罗 敏", "王石", "没有此人"])
PLACES = st.sampled_from(["竹园镇方石村", "方石村三组", "竹园镇", "三组", "/", ""])
CELLS: Mapping[str, Mapping[str, st.SearchStrategy[str]]] = {
    "visits": {
        "日期": DAYS,
        "委员": st.lists(PEOPLE, min_size=1, max_size=3).map("、".join),
        "户主": st.sampled_from(["张树生", "李小芳"]),
        "村组": PLACES,
        "走访方式": st.sampled_from(["入户", "电话", "", "/"]),
        **dict.fromkeys(("了解情况", "存在困难", "佐证", "备注"), WORDS),
    },
    "services": {
        "日期": DAYS,
        "服务类别": st.sampled_from(["技术", "市场服务", "信息"]),
        "服务内容": WORDS,
        "提供单位或委员": PEOPLE | st.sampled_from(["水利局", "外地公司", "", "/"]),
        "村": st.sampled_from(["方石村", ""]),
        "服务对象": WORDS,
        "备注": WORDS,
    },
    "suggestions": {
        "日期": DAYS | st.just(""),
        "内容": WORDS,
        "提出人": st.lists(PEOPLE, min_size=1, max_size=3).map("、".join)
        | st.sampled_from(["县水利局", "外来的人", ""]),
        "涉及产业": st.sampled_from(["茶叶", "天麻", ""]),
        "采纳情况": st.sampled_from(["采纳", "部分采纳", "未采纳", ""]),
        **dict.fromkeys(("答复", "备注"), WORDS),
    },
    "attendance": {
        "日期": DAYS,
        "活动名称": WORDS,
        "类别": st.sampled_from(["培训", "会议", "文明新风活动", ""]),
        "委员姓名": PEOPLE,
        "签到情况": st.sampled_from(["到会", "请假", "病假", "公假", "缺席", "迟到", ""]),
        "备注": WORDS,
    },
    "consultations": {
        "议题": WORDS,
        "类型": st.sampled_from(["专题协商", "有事来协商", ""]),
        "来源": st.sampled_from(["群众", "委员", "领导", ""]),
        "时间": DAYS | st.sampled_from(["2022-05-10 09:30", "2099-01-01", ""]),
        "召集人": PEOPLE | st.just(""),
        "责任单位": st.sampled_from(["县水利局", "县水利局、外来的单位", ""]),
        "完成时限": DAYS | st.just(""),
        **dict.fromkeys(("地点", "参加人员(数量/构成)", "共识事项", "落实情况", "评价"), WORDS),
    },
    "goals": {
        "年度": st.sampled_from(["2022", "2023", ""]),
        "对象": st.sampled_from(["方石村", "茶叶", "张树生", "县水利局"]),
        "年度工作计划完成时间": DAYS | st.sampled_from(["2099-01-01", ""]),
        "主导产业完成时间": DAYS | st.just(""),
        "新型经营主体完成数量": st.sampled_from(["0", "3", "5", ""]),
        **dict.fromkeys(("增收项目佐证", "年度工作计划佐证", "领导牵头佐证", "领导牵头责任人"), WORDS),
    },
}


def rows_of(kind: str) -> st.SearchStrategy[list[list[str]]]:
    return st.lists(st.tuples(*CELLS[kind].values()).map(list), min_size=1, max_size=12)


@pytest.mark.parametrize("kind", sorted(CELLS))
def test_what_landed_comes_out_and_in_again_and_changes_nothing(office, linked, tmp_path: Path, kind: str) -> None:
    with linked.db.transaction() as session:
        enter(session, INDUSTRY, {"region_code": COUNTY, "name": "茶叶"}, actor=linked["he"], at=AT)
    kinds = [column.key for column in column_set(kind).written]

    @settings(max_examples=max(4, tier(20)), suppress_health_check=list(HealthCheck), deadline=None)
    @given(rows_of(kind))
    def check(rows: Sequence[Sequence[str]]) -> None:
        given_file, out, again = (tmp_path / f"{name}.xlsx" for name in ("given", "out", "again"))
        text = column_set("visits").cell_kinds[:1] * len(CELLS[kind])
        write_table(given_file, headings=list(CELLS[kind]), rows=rows, kinds=text)
        first = do(office, linked, kind, given_file)
        repeated = do(office, linked, kind, given_file, at=LATER)
        assert (repeated.created, repeated.updated) == (0, 0)
        assert repeated.refused == first.refused
        count = exporting.run(office, kind, out, actor=linked["he"], at=AT)
        back = do(office, linked, kind, out, at=LATER)
        assert counts(back) == (0, 0, count, 0), back.refused
        exporting.run(office, kind, again, actor=linked["he"], at=LATER)
        before, after = read_book(out).sheets[0], read_book(again).sheets[0]
        assert [row.cells for row in before.rows] == [row.cells for row in after.rows]
        assert len(before.rows[0].cells) == len(kinds)

    check()


def test_a_name_that_stands_twice_in_a_cell_signs_once(office, linked, tmp_path: Path) -> None:
    def brought(proposer: str) -> tuple[int, ...]:
        told = {"日期": "2022-05-10", "内容": "路烂", "提出人": proposer}
        rows = [[told.get(heading, "") for heading in CELLS["suggestions"]]]
        kinds = column_set("visits").cell_kinds[:1] * len(rows[0])
        write_table(tmp_path / "given.xlsx", headings=list(CELLS["suggestions"]), rows=rows, kinds=kinds)
        return counts(do(office, linked, "suggestions", tmp_path / "given.xlsx"))

    assert brought("陈青山")[:2] == (1, 0)
    assert [brought("陈青山、陈青山")[:2] for _ in range(2)] == [(0, 0), (0, 0)]
    assert [brought("陈青山、罗敏、陈青山")[:2] for _ in range(2)] == [(0, 1), (0, 0)]
    assert brought("罗 敏、罗 敏、罗　敏")[:2] == (1, 0)
    assert [brought("罗 敏、罗 敏、罗　敏")[:2] for _ in range(2)] == [(0, 0), (0, 0)]
