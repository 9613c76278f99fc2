"""The notice of a month that is over says how matters stood then, whatever has become of them since."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from casework.bulletins import oversight
from casework.documents.model import Official, Paragraph, Table
from tests.supervised import initiate, lived, step
from tests.world import MORNING, World
from workflows import firing

# October of the world; what comes in November is none of it.
COUNTY, LABELS = (
    "510822",
    dict.fromkeys(
        ("initiated", "issued", "in_progress", "reported", "verified", "proposed", "struck_off", "long_term"), ""
    ),
)
LATER = MORNING + timedelta(days=30)


def notice(world: World, month: int, *, at: datetime) -> Official:
    """Write the notice of a month of 2026 at some instant; states are called by their names."""
    labels: Mapping[str, str] = {name: name for name in LABELS}
    with world.db.reading() as session:
        return oversight.of_month(session, county=COUNTY, name="某县", year=2026, month=month, at=at, labels=labels)


def words(paper: Official) -> str:
    """Return its sentences."""
    return "".join(str(each) for block in paper.blocks if isinstance(block, Paragraph) for each in block.runs)


def rows(paper: Official, which: int) -> list[tuple[Any, ...]]:
    """Return the lines of its first table (0) or of the annex (-1)."""
    table = [block for block in paper.blocks if isinstance(block, Table)][which]
    return [tuple(getattr(cell, "text", cell) for cell in row) for row in table.rows]


def test_what_happened_after_the_month_is_not_in_its_notice(world: World) -> None:
    matter = lived(world, "acknowledge", level=1)
    step(world, matter, "urge", "he", at=LATER, comment="请报进展")
    step(world, matter, "escalate", "an", at=LATER, level="2", reason="逾期")
    step(world, matter, "report", "shui", at=LATER, result_class="A", result="通水了")
    step(world, matter, "verify", "he", at=LATER, evidence="看过")
    step(world, matter, "propose_strike_off", "he", at=LATER)
    step(world, matter, "strike_off", "an", at=LATER)
    october, november = (notice(world, month, at=LATER + timedelta(hours=1)) for month in (10, 11))
    assert "本月督办事项1件，还在督1件，其中挂牌督办0件。本月新签发1件、销号0件" in words(october)
    assert rows(october, 0) == [("县水利局", 1, 1, 0, 1, 0, 0, 0)]
    assert rows(october, -1)[0][3:] == ("1 催办", "2026-10-30", "in_progress")
    assert "本月督办事项1件，还在督0件" in words(november) and "销号1件" in words(november)
    assert rows(november, -1)[0][3:] == ("2 督办", "2026-10-30", "struck_off")


def test_what_was_struck_off_and_recurs_later_was_struck_off_then(world: World) -> None:
    matter = lived(world, "strike_off")
    step(world, matter, "recur", "an", at=LATER, reason="又断水")
    october, november = (notice(world, month, at=LATER + timedelta(hours=1)) for month in (10, 11))
    assert "销号1件" in words(october) and "销号后反弹" not in words(october)
    assert "查明漏点" not in words(october) and "按原定时限" not in words(october)
    assert "还在督1件" in words(november) and "销号后反弹，重新督办" in words(november)


def test_a_matter_struck_off_before_the_month_is_not_in_it_because_it_came_back_after(world: World) -> None:
    matter = lived(world, "strike_off")
    december = LATER + timedelta(days=30)
    step(world, matter, "recur", "an", at=december, reason="又断水")
    november, now = (notice(world, month, at=december + timedelta(hours=1)) for month in (11, 12))
    assert "本月督办事项0件" in words(november) and "本月督办事项1件，还在督1件" in words(now)


def test_a_late_matter_that_nobody_urged_is_said_so(world: World) -> None:
    initiate(world)
    lived(world, "acknowledge")
    firing.sweep(world.db, at=LATER)
    assert "逾期未报结果，还没有催办。" in words(notice(world, 11, at=LATER))


def test_the_first_page_has_text_under_its_head_and_who_signs_stands_below_the_list(world: World) -> None:
    lived(world, "acknowledge")
    blocks = notice(world, 10, at=LATER).blocks
    # What leads to a table goes with it; the paragraph before stays where the head is.
    assert [type(each).__name__ for each in blocks[:4]] == ["Heading", "Paragraph", "Paragraph", "Table"]
    annex = blocks[-1]
    assert isinstance(annex, Table) and not annex.landscape, "a turned page would leave the signature one of its own"


def test_what_was_due_on_the_last_day_is_late_when_the_month_is_over_and_not_before(world: World) -> None:
    lived(world, "acknowledge", level=1, due_on="2026-10-31")
    over, running = notice(world, 10, at=LATER), notice(world, 10, at=datetime(2026, 10, 31, 10, tzinfo=MORNING.tzinfo))
    assert "逾期未报结果1件" in words(over) and rows(over, 0)[0][4] == 1
    assert "逾期未报结果0件" in words(running) and rows(running, 0)[0][4] == 0


def test_a_listed_matter_without_a_leader_is_said_to_have_none(world: World) -> None:
    lived(world, "acknowledge", level=3)
    assert "责任单位县水利局，还没有定领衔领导，时限" in words(notice(world, 10, at=LATER))
