"""Links of two campaigns in one county: told apart by a column that no ledger has while there is one alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from casework.campaign import loader
from casework.campaign.tables import Goal, Link
from casework.core.editions import known
from casework.exchange.sheets import read_book
from tests.workflows.ledgers.test_links_ledger import AT, LINKS, counts, do, linked
from tests.world import World
from workflows.ledgers import exporting

__all__ = ["linked"]
CODE, LABEL, HEADING = "ELSC-2022", "二联双促", "活动"


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[None]:
    """Let the office have a second campaign with the same kinds of links and checklists."""
    folder = tmp_path / "campaigns"
    folder.mkdir()
    told = (loader.LIBRARY / "slsc-2022.toml").read_text("utf-8")
    first = loader.load_text(told)
    told = told.replace(f'"{first.code}"', f'"{CODE}"', 1).replace(f'"{first.label["zh"]}"', f'"{LABEL}"', 1)
    (folder / "second.toml").write_text(told, "utf-8")
    loader.use_folder(folder)
    yield
    loader.use_folder(tmp_path / "nothing")


def test_one_campaign_alone_has_no_column(office, linked, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    exporting.run(office, "links", out, actor=linked["an"], at=AT)
    assert HEADING not in read_book(out).sheets[0].rows[0].cells


def test_a_row_names_its_campaign_and_comes_back_unchanged(office, linked: World, beside, book, tmp_path: Path) -> None:
    named = [[*LINKS[0], HEADING], [*LINKS[2], LABEL], [*LINKS[3], CODE], [*LINKS[2], "没有的活动"]]
    done = do(office, linked, "links", book(named))
    assert counts(done) == (2, 0, 0, 1)
    assert [(each.row, each.column) for each in done.refused] == [(4, HEADING)]
    goals = [
        ["年度", "对象", "村组", "明白人完成时间", HEADING],
        ["2022", "张树生", "竹园镇方石村", "2022-05-01", LABEL],
    ]
    assert counts(do(office, linked, "goals", book(goals))) == (1, 0, 0, 0)
    with linked.db.reading() as session:
        found = session.scalars(select(Link.campaign).where(known(Link)).order_by(Link.id)).all()
        assert session.scalars(select(Goal.campaign)).all() == [CODE]
    assert sorted(found) == [CODE] * 2 + ["SLSC-2022"] * 3
    for kind, rows in (("links", 5), ("goals", 1)):
        out = tmp_path / f"{kind}.xlsx"
        assert exporting.run(office, kind, out, actor=linked["an"], at=AT) == rows
        sheet = read_book(out).sheets[0]
        assert sheet.rows[0].cells[-1] == HEADING and LABEL in {row.cells[-1] for row in sheet.rows}
        assert counts(do(office, linked, kind, out)) == (0, 0, rows, 0), kind
