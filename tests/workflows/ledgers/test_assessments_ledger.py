"""The ledger of the assessment: years before are kept as they were, frozen; what is here no file changes."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from casework.assessment import sheets
from casework.assessment.tables import Assessment
from casework.core.office import Office
from tests.workflows.ledgers.test_links_ledger import AT, LATER, counts, do, linked
from tests.world import World
from workflows.campaign import assessments
from workflows.ledgers import exporting

__all__ = ["linked"]
HEADINGS = [
    "序号",
    "年度",
    "委员姓名",
    "联户数量",
    "联户得分",
    "办实事得分",
    "加分",
    "扣分",
    "总分",
    "等次",
    "本人确认",
]
ROW: list[object] = [1, 2024, "陈青山", 9, 36.5, "20", 3, None, "59.50", "需改进", "已确认"]


def changed(**changes: object) -> list[object]:
    return [changes.get(heading, value) for heading, value in zip(HEADINGS, ROW, strict=True)]


def test_a_year_before_is_kept_frozen_and_comes_out_the_same(
    office: Office, linked: World, book: Callable[..., Path], tmp_path: Path
) -> None:
    file = book([HEADINGS, ROW, changed(委员姓名="罗敏", 总分=88, 等次="优秀", 本人确认=None)])
    assert counts(do(office, linked, "assessments", file)) == (2, 0, 0, 0)
    assert counts(do(office, linked, "assessments", file, at=LATER)) == (0, 0, 2, 0)
    with linked.db.reading() as session:
        row = next(each for each in session.query(Assessment) if each.member_name == "陈青山")
    assert (row.state, row.score, row.band, row.response, row.is_open) == (
        *("imported", 5950, "to_improve", "confirmed", False),
    )
    assert row.frozen is not None and sheets.digest(row.frozen) == row.frozen_sha256
    out = tmp_path / "out.xlsx"
    assert exporting.run(office, "assessments", out, actor=linked["he"], at=AT) == 2
    assert counts(do(office, linked, "assessments", out, at=LATER)) == (0, 0, 2, 0)


def test_bad_rows_are_told_at_their_column_and_good_ones_land(
    office: Office, linked: World, book: Callable[..., Path]
) -> None:
    rows: list[Any] = [
        ROW,
        changed(总分=60),
        changed(委员姓名="没有此人"),
        changed(年度=2099, 委员姓名="罗敏"),
        changed(年度=2019, 委员姓名="罗敏"),
        changed(委员姓名="罗敏", 联户得分="三十来分", 本人确认="大概"),
    ]
    done = do(office, linked, "assessments", book([HEADINGS, *rows]))
    assert done.created == 1
    assert [(fault.row, fault.column) for fault in done.refused] == [
        *((3, "委员姓名"), (4, "委员姓名"), (5, "年度"), (6, "年度"), (7, "联户得分")),
    ]
    again = do(office, linked, "assessments", book([HEADINGS, changed(总分=60)]), at=LATER)
    assert [(fault.row, fault.column) for fault in again.refused] == [(2, "委员姓名")]


def test_a_sheet_computed_here_goes_out_and_no_file_changes_it(
    office: Office, linked: World, book: Callable[..., Path], tmp_path: Path
) -> None:
    with linked.db.transaction() as session:
        asked = {"campaign": "SLSC-2022", "year": 2022}
        made, _ = assessments.compute_all(session, asked, actor=linked["he"], at=AT)
    assert made > 0 and date(2022, 1, 1) < AT.date()
    out = tmp_path / "out.xlsx"
    assert exporting.run(office, "assessments", out, actor=linked["he"], at=AT) == made
    assert counts(do(office, linked, "assessments", out, at=LATER)) == (0, 0, made, 0)
    done = do(office, linked, "assessments", book([HEADINGS, changed(年度=2022)]), at=LATER)
    assert [fault.column for fault in done.refused] == ["委员姓名"]
