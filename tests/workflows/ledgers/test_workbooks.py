"""Whole counties in workbooks: what one county exports, an empty one takes in and exports identically, cell by cell.

Five hundred workbooks over all kinds of ledgers in the full tier. One engine is enough: what could differ between the
engines is what test_round_trips.py and the tests of each kind ask on both.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from casework.campaign.forms import enter
from casework.campaign.records import INDUSTRY
from casework.core.database import Database
from casework.core.office import Office
from casework.core.settings import read_settings
from casework.exchange.column_sets import column_set
from casework.exchange.sheets import read_book
from casework.exchange.writer import Kind, write_table
from tests.databases import fresh_database
from tests.tiers import tier
from tests.workflows.ledgers.test_links_ledger import AT, IDS
from tests.workflows.ledgers.test_round_trips import CELLS as RECORDS
from tests.workflows.ledgers.test_round_trips import DAYS, WORDS
from tests.world import COUNTY, World, make_world
from workflows.ledgers import exporting, importing
from workflows.ledgers.writing.kinds import LEDGERS

Rows = Sequence[Sequence[str]]
RARE = ("陈𫖯", "罗䶮", "王㛃石", "陈青山")
HEADS = st.sampled_from(["张树生", "李小芳", "张𫖯生", "䶮小芳"])
PEOPLE = st.sampled_from([*RARE, "没有此人"])
# Thousandths of 万元, and the last fen there is.
AMOUNTS = st.integers(1, 10**10).map(lambda fen: f"{fen // 10**6}.{fen % 10**6:06d}") | st.just("0.000001")
MAYBE_DAY = DAYS | st.just("")
PLACE = {"乡镇": st.sampled_from(["竹园镇", ""]), "村": st.sampled_from(["方石村", ""])}
HOUSEHOLD = {
    "户主姓名": HEADS,
    "身份证号": st.sampled_from([*IDS, "", ""]),
    "人口": st.integers(0, 12).map(str) | st.just(""),
    **PLACE,
    "组": st.sampled_from(["三组", "一组", ""]),
}
CELLS: Mapping[str, Mapping[str, st.SearchStrategy[str]]] = {
    "orgs": {
        "code": st.sampled_from(["NEW1", "NEW2"]),
        "name": st.sampled_from(["县林业局", "县文旅局", "㛃办"]),
        "kind": st.just("department"),
        "region_code": st.just(COUNTY),
    },
    "supervisions": {
        "督办编号": st.sampled_from(["督办〔2021〕1号", "督办〔2021〕2号", "䶮督〔2022〕7号"]),
        "立项日期": DAYS,
        "来源": st.sampled_from(["会议议定", "领导批示", ""]),
        "事项": WORDS,
        "责任单位": st.sampled_from(["县水利局", "没有此单位"]),
        "责任领导": WORDS,
        "时限": MAYBE_DAY,
        "催办次数": st.integers(0, 3).map(str) | st.just(""),
        "完成情况": WORDS,
        "销号日期": MAYBE_DAY,
    },
    "categories": {"一级分类": st.sampled_from(["农业", "䶮业"]), "二级分类": st.sampled_from(["水", "路", ""])},
    "members": {
        "委员姓名": st.sampled_from([*RARE, "罗敏"]),
        "届次": st.sampled_from(["十一届", ""]),
        "界别": st.sampled_from(["农业界", "教育界", ""]),
        "是否常委": st.sampled_from(["是", "否", ""]),
        "工作单位及职务": WORDS,
        "联系电话": st.sampled_from(["13900001111", "0839-7201234", ""]),
        "任职日期": st.just("2021-12-20"),
        "备注": WORDS,
    },
    "households": {
        **HOUSEHOLD,
        "户类型": st.sampled_from(["脱贫户", "示范户", ""]),
        "户主联系电话": st.sampled_from(["13900003333", ""]),
        "监测类型": st.sampled_from(["边缘易致贫户", ""]),
        "纳入监测日期": MAYBE_DAY,
        "耕地面积（亩）": st.sampled_from(["3.5", "３.５０", "三亩", ""]),
        "危房等级": st.sampled_from(["C级", "b", "危房", ""]),
        "备注": WORDS,
    },
    "links": {
        "委员姓名": PEOPLE,
        "户类型": st.sampled_from(["脱贫户", "示范户"]),
        **HOUSEHOLD,
        "结对日期": st.sampled_from(["2022-03-01", "2022.4.2", ""]),
        "备注": WORDS,
    },
    **{kind: {**cells} for kind, cells in RECORDS.items()},
    "assessments": {
        "年度": st.just("2024"),
        "委员": PEOPLE,
        "加分": st.sampled_from(["1.25", "3", ""]),
        "总分": st.sampled_from(["88", "59.5", "4.25"]),
        "等次": st.sampled_from(["优秀", "需改进", ""]),
        "本人确认": st.sampled_from(["已确认", ""]),
    },
    "petitions": {
        "留言编号": st.integers(1, 5).map(str),
        "留言用户": PEOPLE,
        "留言主题": WORDS,
        "留言时间": st.sampled_from(["2026/3/6 8:00:00", "2026-03-07 23:59:59"]),
        "留言详情": WORDS,
        "答复意见": WORDS,
        "答复时间": st.sampled_from(["2026/3/16 8:00:00", ""]),
    },
    "cases": {
        "编号": st.integers(1, 5).map(lambda number: f"问{number}"),
        "受理日期": st.sampled_from(["2026.3.6", "2026年3月7日"]),
        "反映人": HEADS,
        "电话": st.sampled_from(["13900001234", ""]),
        "村组": st.sampled_from(["竹园镇方石村三组", "竹园镇", ""]),
        "问题描述": WORDS,
        "诉求": WORDS,
        "主办单位": st.sampled_from(["水利局", "水利局", ""]),
        "交办日期": st.sampled_from(["2026-03-09", ""]),
        "办理时限": st.sampled_from(["2026-03-12", "2026.4.8", "7个工作日", ""]),
        "延期至": st.sampled_from(["2026-04-20", "", ""]),
        "进展": WORDS,
        "办结日期": st.sampled_from(["2026-03-18", "2026-03-30", ""]),
        "结果类别": st.sampled_from(["A", "B类", "D", ""]),
        "回访日期": st.sampled_from(["2026-03-31", ""]),
        "满意度": st.sampled_from(["满意", "不满意", ""]),
        "是否销号": st.sampled_from(["是", "否", ""]),
        "备注": WORDS,
    },
    "funds": {
        "项目名称": st.sampled_from(["饮水管网", "茶园䶮路"]),
        "建设地点": st.sampled_from(["竹园镇方石村", "没有的村", ""]),
        "建设内容": WORDS,
        "资金来源": st.sampled_from(["衔接资金", "㛃基金"]),
        "申请(万元)": AMOUNTS | st.just(""),
        "批复(万元)": AMOUNTS | st.just(""),
        "到位(万元)": AMOUNTS | st.just(""),
        "文号": st.sampled_from(["青财〔2026〕8号", "无", ""]),
        "到位日期": MAYBE_DAY,
        "协调人": PEOPLE,
        "受益户数": st.integers(0, 99).map(str) | st.just(""),
        "进度": WORDS,
    },
}
# How many there are in the full tier; and of how many counties, a workbook of each kind in each, a share is.
WORKBOOKS, COUNTIES = 500, 3


@contextmanager
def county(folder: Path) -> Iterator[tuple[Office, World]]:
    """Open an empty county that knows its places, units and one industry."""
    folder.mkdir(exist_ok=True)
    with fresh_database("sqlite", holding="county") as url:
        db = Database(url)
        world = make_world(db, folder)
        with db.transaction() as session:
            enter(session, INDUSTRY, {"region_code": COUNTY, "name": "茶叶"}, actor=world["he"], at=AT)
        keyring: Any = db.info["keyring"]
        office_settings = read_settings({"CASEWORK_HOME": str(folder), "CASEWORK_REGION": COUNTY})
        yield Office(office_settings, keyring, db), world
        db.close()


def taken_in(office: Office, world: World, files: Mapping[str, Path]) -> Mapping[str, Any]:
    return {kind: importing.run(office, kind, path, actor=world["he"], at=AT) for kind, path in files.items()}


def given_out(office: Office, world: World, folder: Path) -> Mapping[str, Path]:
    folder.mkdir(exist_ok=True)
    for kind in CELLS:
        exporting.run(office, kind, folder / f"{kind}.xlsx", actor=world["he"], at=AT)
    return {kind: folder / f"{kind}.xlsx" for kind in CELLS}


def cells_of(path: Path) -> list[Sequence[str]]:
    return [row.cells for row in read_book(path).sheets[0].rows]


def test_every_kind_of_ledger_is_in_the_counties() -> None:
    assert {*CELLS, "regions"} == set(LEDGERS) == set(exporting.SOURCES)
    for kind, cells in CELLS.items():
        known = {name for column in column_set(kind).columns for name in (column.heading, *column.aliases)}
        assert set(cells) <= known, kind


# A share takes a minute of a processor; where many want it, that is several of the clock.
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("share", range(tier(-(-WORKBOOKS // (len(CELLS) * COUNTIES)))))
def test_a_county_exported_into_an_empty_one_exports_identically(tmp_path: Path, share: int) -> None:
    rows = {kind: st.lists(st.tuples(*cells.values()), min_size=1, max_size=6) for kind, cells in CELLS.items()}
    landed: set[str] = set()

    @seed(share)
    @settings(
        max_examples=COUNTIES,
        suppress_health_check=list(HealthCheck),
        # A county takes seconds: to look for a smaller one that fails too would take an hour.
        phases=(Phase.reuse, Phase.generate),
        deadline=None,
    )
    @given(st.fixed_dictionaries(rows))
    def check(told: Mapping[str, Rows]) -> None:
        files = {kind: tmp_path / f"{kind}.xlsx" for kind in CELLS}
        for kind, path in files.items():
            headings = list(CELLS[kind])
            write_table(path, headings=headings, rows=told[kind], kinds=[Kind.TEXT] * len(headings))
        with county(tmp_path / "one") as (office, world):
            done = taken_in(office, world, files)
            first = given_out(office, world, tmp_path / "first")
        with county(tmp_path / "other") as (office, world):
            again = taken_in(office, world, first)
            second = given_out(office, world, tmp_path / "second")
        for kind in CELLS:
            assert not again[kind].refused, kind
            assert cells_of(second[kind]) == cells_of(first[kind]), kind
        landed.update(kind for kind, each in done.items() if each.created)

    check()
    assert len(landed) > len(CELLS) // 2
