"""The ledger of consultations: history at once, counted once, in again without a change, corrected by a later file."""

from datetime import date
from pathlib import Path
from typing import Any

from casework.activities.tables import Activity
from casework.campaign.figures import reckon
from casework.campaign.loader import campaigns
from casework.campaign.sources import Instants
from casework.consultations.tables import Consultation
from casework.core import editions
from casework.core.actors import SYSTEM
from casework.exchange.column_sets import column_set
from tests.world import COUNTY, MORNING
from workflows.consultations import consulting
from workflows.ledgers import exporting, importing

HEAD = (*column_set("consultations").headings, "类型")
HELD = (
    ("1", "夏秋茶怎么采、谁来收", "群众", "2022-05-18 09:30", "方石村村委会", "农业委", "23人：委员3、茶农15、部门5",
     "机采队两支", "县水利局", "2022-05-31", "已公布", "满意", ""),
    ("2", "路灯装几盏", "委员", "2022.6.1", "", "", "", "", "", "", "", "", "有事来协商"),
    ("3", "校车停靠点", "", "", "", "", "", "", "", "", "", "", ""),
)  # fmt: skip


def held(session: Any) -> int:
    campaign = campaigns()["SLSC-2022"]
    told = {each.figure.key: each.told for each in reckon(session, Instants(campaign, date(2022, 12, 31)))}
    return int(told["consultations_held"])


def do(office: Any, world: Any, path: Path) -> Any:
    return importing.run(office, "consultations", path, actor=world["he"], at=MORNING)


def test_rows_are_history_at_once_and_count_once(office: Any, world: Any, book: Any, tmp_path: Path) -> None:
    with world.db.transaction() as session:
        # One of them stands in the campaign's record already, by another way.
        known = Activity(kind="thematic_consultation", region_code=COUNTY, on_date=date(2022, 5, 18), title=HELD[0][1])
        editions.enter(session, known, actor=SYSTEM, at=MORNING)
        assert held(session) == 1
    path = book((HEAD, *HELD, (*HELD[0][:2], "外星人", *HELD[0][3:])))
    done = do(office, world, path)
    assert [(each.row, each.column) for each in done.refused] == [(5, "来源")] or len(done.refused) == 1
    assert (done.created, done.updated, done.unchanged) == (3, 0, 0)
    with world.db.reading() as session:
        assert held(session) == 1
        states = {row.title: (row.state, row.kind) for row in session.query(Consultation)}
    assert states == {
        "夏秋茶怎么采、谁来收": ("archived", "thematic"),
        "路灯装几盏": ("archived", "youshi"),
        "校车停靠点": ("collected", "thematic"),
    }
    more = (HEAD, ("4", "菌种站建在哪里", "部门", "2022-07-01", *HELD[0][4:]))
    assert do(office, world, book(more, name="二")).created == 1
    with world.db.reading() as session:
        assert held(session) == 2
    # What a later file says otherwise is taken; the history keeps what it was.
    changed = (HEAD, (*HELD[0][:10], "全部落实", *HELD[0][11:]))
    assert do(office, world, book(changed, name="三")).updated == 1
    out = tmp_path / "out.xlsx"
    assert exporting.run(office, "consultations", out, actor=world["he"], at=MORNING) == 4
    again = do(office, world, out)
    assert (again.created, again.updated, again.unchanged, again.refused) == (0, 0, 4, [])


def test_a_consultation_that_was_brought_here_is_not_changed_by_a_file(
    office: Any, world: Any, book: Any, tmp_path: Path
) -> None:
    raw = {"title": "水管怎么修", "kind": "youshi", "source": "public", "region_code": COUNTY, "reason": "吃水靠挑"}
    with world.db.transaction() as session:
        consulting.bring(session, raw, actor=world["he"], at=MORNING)
    out = tmp_path / "out.xlsx"
    exporting.run(office, "consultations", out, actor=world["he"], at=MORNING)
    assert do(office, world, out).unchanged == 1
    done = do(office, world, book((HEAD, ("1", "水管怎么修", "领导", "", *[""] * 9))))
    assert (done.updated, len(done.refused)) == (0, 1) and "QC-XS-2026-000001" in done.refused[0].reason
