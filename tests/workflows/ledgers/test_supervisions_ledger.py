"""The ledger of supervised matters: in, out and in again; what is worked at here no file changes."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from casework.core.office import Office
from casework.exchange.sheets import read_book
from casework.keeping.verify import verify
from casework.supervisions.tables import Supervision
from tests.supervised import lived, step
from tests.workflows.ledgers.test_links_ledger import AT, LATER, counts, do
from tests.world import World
from workflows import firing
from workflows.ledgers import exporting
from workflows.lifecycles import lifecycles

HEADINGS = [
    *("序号", "督办编号", "立项日期", "来源", "事项", "责任单位", "责任领导", "时限", "进度(灯号)", "催办次数", "延期"),
    *("完成情况", "销号日期"),
]
OPEN = [
    1,
    "督办〔2026〕3号",
    "2026-09-01",
    "批示",
    "集镇垃圾清运",
    "水利局",
    "陆主席",
    "2026-12-01",
    "蓝灯",
    2,
    None,
    "已签合同",
    None,
]
DONE = [
    2,
    "青督〔2025〕17号",
    "2025.3.5",
    "会议",
    "茶叶烘干线验收",
    "县教育局",
    None,
    "2025-04-30",
    "",
    None,
    "2025-05-31",
    "验收合格",
    "2025-05-28",
]


def changed(row: list[object], **changes: object) -> list[object]:
    return [changes.get(heading, value) for heading, value in zip(HEADINGS, row, strict=True)]


def test_matters_come_in_go_out_and_come_in_again_unchanged(
    office: Office, world: World, book: Callable[..., Path], tmp_path: Path
) -> None:
    joint = changed(OPEN, 责任单位="水利局、教育局")
    file = book([["督办事项台账"], HEADINGS, joint, DONE])
    done = do(office, world, "supervisions", file)
    assert counts(done) == (2, 0, 0, 0), done.refused
    assert counts(do(office, world, "supervisions", file, at=LATER)) == (0, 0, 2, 0)
    with world.db.reading() as session:
        rows = {row.slip_number: row for row in session.query(Supervision)}
    kept, old = rows["督办〔2026〕3号"], rows["青督〔2025〕17号"]
    assert (kept.state, kept.urges, kept.source, kept.leader) == ("in_progress", 2, "instruction", "陆主席")
    assert (old.state, old.struck_off_on, old.first_due_on, old.due_on) == (
        *("struck_off", date(2025, 5, 28)),
        *(date(2025, 4, 30), date(2025, 5, 31)),
    )
    # No rung fires for the past, and the next slip signed here goes on behind the file's numbers.
    assert firing.sweep(world.db, at=LATER).fired == 0
    matter = lived(world, "acknowledge", at=AT, due_on="2027-06-30")
    out = tmp_path / "out.xlsx"
    assert exporting.run(office, "supervisions", out, actor=world["he"], at=LATER) == 3
    assert counts(do(office, world, "supervisions", out, at=LATER)) == (0, 0, 3, 0)
    # Several units in one cell: the first leads. A file that names it alone contradicts nothing.
    assert {"县水利局、县教育局", "县教育局"} <= {row.cell(5) for row in read_book(out).sheets[0].rows}
    assert counts(do(office, world, "supervisions", book([HEADINGS, OPEN]), at=LATER)) == (0, 0, 1, 0)
    with world.db.reading() as session:
        mine = session.get(Supervision, matter)
        assert mine is not None and mine.slip_number == "督办〔2026〕4号"
    found = verify(world.db, at=LATER, attachments=office.settings.attachments, lifecycles=lifecycles())
    assert {each.name: each.first for each in found if each.rows} == {}


def test_a_file_mends_what_it_brought_and_strikes_it_off(
    office: Office, world: World, book: Callable[..., Path]
) -> None:
    do(office, world, "supervisions", book([HEADINGS, OPEN]))
    told = changed(OPEN, 完成情况="已清运完毕", 销号日期="2026-10-10")
    assert counts(do(office, world, "supervisions", book([HEADINGS, told]), at=LATER)) == (0, 1, 0, 0)
    assert counts(do(office, world, "supervisions", book([HEADINGS, told]), at=LATER)) == (0, 0, 1, 0)
    again = do(office, world, "supervisions", book([HEADINGS, OPEN]), at=LATER)
    assert {fault.column for fault in again.refused} <= {"销号日期", "完成情况"} and again.refused


def test_bad_rows_are_told_at_their_column_and_good_ones_land(
    office: Office, world: World, book: Callable[..., Path]
) -> None:
    here = lived(world, "issue", at=AT, due_on="2027-06-30")
    step(world, here, "urge", "he", at=AT, comment="请报")
    rows: list[Any] = [
        changed(OPEN, 督办编号="督办〔2026〕9号"),
        changed(OPEN, 督办编号="甲", 责任单位="没有这个局"),
        changed(OPEN, 督办编号="乙", 时限=None),
        changed(OPEN, 督办编号="丙", 销号日期="2026-01-01", 来源="听说"),
        changed(OPEN, 督办编号="督办〔2026〕1号"),
    ]
    done = do(office, world, "supervisions", book([HEADINGS, *rows]), at=LATER)
    assert done.created == 1
    told = {(fault.row, fault.column) for fault in done.refused}
    assert {(3, "责任单位"), (4, "时限"), (5, "销号日期"), (5, "来源"), (6, "事项")} <= told


def test_the_state_goes_out_in_the_progress_and_comes_in_without_changing_anything(
    office: Office, world: World, book: Callable[..., Path], tmp_path: Path
) -> None:
    """Exactly the columns of domain.md §4.2 no. 5, so that the state stands where the ledger tells of the progress."""
    do(office, world, "supervisions", book([HEADINGS, OPEN, DONE]))
    lived(world, "report", at=AT, due_on="2027-06-30")
    out = tmp_path / "out.xlsx"
    assert exporting.run(office, "supervisions", out, actor=world["he"], at=LATER) == 3
    heads, *told = [row.cells for row in read_book(out).sheets[0].rows]
    assert list(heads) == HEADINGS
    progress = {row[heads.index("督办编号")]: row[heads.index("进度(灯号)")] for row in told}
    assert progress == {
        "督办〔2026〕3号": "办理中，黄灯 临近时限",
        "青督〔2025〕17号": "已销号",
        "督办〔2026〕4号": "已报结果，蓝灯 正常推进",
    }
    again = do(office, world, "supervisions", out, at=LATER)
    assert (counts(again), again.warnings) == ((0, 0, 3, 0), [])


def test_a_state_that_a_ledger_tells_has_a_word_where_the_matter_is_in_another(
    office: Office, world: World, book: Callable[..., Path]
) -> None:
    said = [
        # With the words of an export, in a column of its own, or as ledgers always had it.
        [*changed(OPEN, 督办编号="甲", **{"进度(灯号)": "已报结果，蓝灯 正常推进"}), ""],
        [*changed(OPEN, 督办编号="乙"), "长期推进"],
        [*changed(DONE, 督办编号="丙"), "已销号"],
        [*changed(OPEN, 督办编号="丁"), "随便写的"],
    ]
    file = book([[*HEADINGS, "状态"], *said])
    done = do(office, world, "supervisions", file, at=LATER)
    assert counts(done) == (4, 0, 0, 0), done.refused
    assert [(each.row, each.column) for each in done.warnings] == [(2, "进度(灯号)"), (3, "状态")]
    assert "已报结果" in done.warnings[0].reason and "办理中" in done.warnings[0].reason
    assert counts(do(office, world, "supervisions", file, at=LATER)) == (0, 0, 4, 0)


def test_a_slip_is_the_same_whatever_brackets_its_year_was_typed_in(
    office: Office, world: World, book: Callable[..., Path]
) -> None:
    do(office, world, "supervisions", book([HEADINGS, OPEN]))
    typed = [changed(OPEN, 督办编号=f"督办{year}3号") for year in ("（2026）", "[2026]", "【２０２６】", "(2026)")]
    for row in typed:
        assert counts(do(office, world, "supervisions", book([HEADINGS, row]), at=LATER)) == (0, 0, 1, 0), row[1]
    twice = [changed(OPEN, 督办编号=f"督办{year}5号", 事项=f"事{year}") for year in ("（2026）", "〔2026〕")]
    done = do(office, world, "supervisions", book([HEADINGS, *twice]), at=LATER)
    assert (done.created, [fault.column for fault in done.refused]) == (1, ["督办编号"])
    with world.db.reading() as session:
        assert {row.slip_number for row in session.query(Supervision)} == {"督办〔2026〕3号", "督办〔2026〕5号"}


def test_nothing_is_struck_off_on_a_day_to_come(office: Office, world: World, book: Callable[..., Path]) -> None:
    do(office, world, "supervisions", book([HEADINGS, OPEN]))
    rows = [changed(OPEN, 督办编号="督办〔2026〕9号", 销号日期="2099-05-01"), changed(OPEN, 销号日期="2099-05-01")]
    done = do(office, world, "supervisions", book([HEADINGS, *rows]), at=LATER)
    assert (done.created, done.updated) == (0, 0)
    assert [fault.column for fault in done.refused] == ["销号日期", "销号日期"]
