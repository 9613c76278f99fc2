"""Places, units and the tree of categories from files; kinds that come later; the file back with its errors marked."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from casework.core.errors import Refused
from casework.core.office import Office
from casework.exchange.sheets import read_book
from casework.registry.tables import AuditEvent, Category, Org, Region
from tests.world import COUNTY, World
from workflows.ledgers import exporting, importing

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
REGIONS = [
    ["code", "name", "parent", "level"],
    ["510822107001", "江边社区居民委员会", "510822107", "village"],
    ["510822107", "沙州镇", COUNTY, "town"],
]
ORGS = [
    ["code", "name", "kind", "region_code"],
    ["LYJ", "县林业局", "department", COUNTY],
    ["TW", "提案委员会", "committee", ""],
]


def do(office: Office, world: World, kind: str, path: Path, **options: Any):
    return importing.run(office, kind, path, actor=world["he"], at=AT, **options)


def test_places_come_in_any_order_with_their_letters(office, world, book) -> None:
    assert do(office, world, "regions", book(REGIONS)).created == 2
    assert do(office, world, "regions", book(REGIONS)).unchanged == 2
    with world.db.reading() as session:
        town = session.get(Region, "510822107")
    assert (town.pinyin, town.initials) == ("shazhouzhen", "szz")


def test_a_renamed_place_is_updated(office, world, book) -> None:
    do(office, world, "regions", book(REGIONS))
    done = do(office, world, "regions", book([REGIONS[0], ["510822107", "沙洲镇", COUNTY, "town"]]))
    with world.db.reading() as session:
        town = session.get(Region, "510822107")
    assert (done.updated, town.name, town.version) == (1, "沙洲镇", 2)


def test_bad_places_are_refused_each_at_its_column(office, world, book) -> None:
    rows = [
        REGIONS[0],
        ["51082", "五位", "", ""],
        ["510822108", "上级不对", "510824", "town"],
        ["510822109", "级别不对", COUNTY, "village"],
        ["510822110001", "没有上级", "510822110", "village"],
        ["510822111", "", COUNTY, "town"],
        ["510822112", "乐安镇", COUNTY, "town"],
    ]
    done = do(office, world, "regions", book(rows))
    assert [(each.row, each.column) for each in done.refused] == [
        (2, "code"),
        (3, "parent"),
        (4, "level"),
        (5, "parent"),
        (6, "name"),
    ]
    assert done.created == 1


def test_units_are_known_by_their_code(office, world, book) -> None:
    assert do(office, world, "orgs", book(ORGS)).created == 2
    changed = [ORGS[0], ["LYJ", "县林业和草原局", "department", COUNTY], ORGS[2]]
    done = do(office, world, "orgs", book(changed))
    assert (done.updated, done.unchanged) == (1, 1)
    with world.db.reading() as session:
        org = session.scalars(select(Org).where(Org.code == "TW")).one()
    assert (org.region_code, org.kind) == (COUNTY, "committee")


def test_bad_units_are_refused(office, world, book) -> None:
    rows = [ORGS[0], ["A$B", "x", "department", ""], ["B", "y", "bureau", ""], ["C", "z", "office", "510899"]]
    done = do(office, world, "orgs", book(rows))
    assert [(each.row, each.column) for each in done.refused] == [(2, "code"), (3, "kind"), (4, "region_code")]


def test_the_tree_of_categories_grows_and_keeps_its_codes(office, world, book) -> None:
    tree = [
        ["一级分类", "二级分类", "三级分类"],
        ["城乡建设", "安全", "事故"],
        ["城乡建设", "安全", "隐患"],
        ["饮水", "", ""],
    ]
    assert do(office, world, "categories", book(tree)).as_json()["created"] == 2
    assert do(office, world, "categories", book(tree)).unchanged == 3
    with world.db.reading() as session:
        rows = {row.label_zh: row for row in session.scalars(select(Category).where(Category.code.like("t-%")))}
    assert rows["城乡建设"].code == "t-chengxiangjianshe"
    assert rows["安全"].parent_code == "t-chengxiangjianshe"
    assert rows["事故"].parent_code == rows["隐患"].parent_code == rows["安全"].code


def test_a_level_missing_in_between_is_refused(office, world, book) -> None:
    done = do(office, world, "categories", book([["一级分类", "二级分类", "三级分类"], ["城乡建设", "", "事故"]]))
    assert [(each.row, each.column) for each in done.refused] == [(2, "二级分类")]


@pytest.mark.parametrize("kind", ["regions", "orgs", "categories"])
def test_what_is_exported_and_imported_again_changes_nothing(kind: str, office, world, book, tmp_path: Path) -> None:
    do(office, world, "regions", book(REGIONS))
    do(office, world, "orgs", book(ORGS))
    for name in ("out.xlsx", "out.csv"):
        count = exporting.run(office, kind, tmp_path / name, actor=world["an"], at=AT)
        again = do(office, world, kind, tmp_path / name)
        assert count >= 4
        assert (again.created, again.updated, again.unchanged, again.refused) == (0, 0, count, [])


def test_an_unknown_kind_is_refused(office, world, book) -> None:
    with pytest.raises(Refused) as refused:
        do(office, world, "../secrets", book(ORGS))
    assert refused.value.refusals[0].code == "import_kind_unknown"


def test_the_file_comes_back_with_its_errors_marked(office, world, book, tmp_path: Path) -> None:
    report = tmp_path / "marked.xlsx"
    do(office, world, "orgs", book([ORGS[0], ["LYJ", "县林业局", "bureau", COUNTY]]), report=report)
    [sheet] = read_book(report).sheets
    assert sheet.rows[1].cells[0] == "LYJ"
    assert "kind" in sheet.rows[1].cells[-1]


def test_every_import_and_export_leaves_a_trace(office, world, book, tmp_path: Path) -> None:
    do(office, world, "orgs", book(ORGS))
    do(office, world, "orgs", book(ORGS), dry_run=True)
    exporting.run(office, "orgs", tmp_path / "out.csv", actor=world["an"], at=AT)
    with world.db.reading() as session:
        events = session.scalars(
            select(AuditEvent).where(AuditEvent.event.like("ledger.%")).order_by(AuditEvent.id)
        ).all()
    assert [(event.event, event.person_id) for event in events] == [
        ("ledger.imported", world["he"].person_id),
        ("ledger.exported", world["an"].person_id),
    ]


def test_an_export_that_cannot_be_written_says_why(office, world, tmp_path: Path) -> None:
    for path, code in (
        (tmp_path / "out.pdf", "export_file_kind"),
        (tmp_path / "no" / "out.csv", "export_folder_missing"),
    ):
        with pytest.raises(Refused) as refused:
            exporting.run(office, "orgs", path, actor=world["an"], at=AT)
        assert refused.value.refusals[0].code == code


def test_a_file_of_nothing_but_headings_is_no_mistake(office, world, book) -> None:
    done = do(office, world, "orgs", book([ORGS[0]]))
    assert (done.created, done.refused) == (0, [])
    with world.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Org)) == 3
