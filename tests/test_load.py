"""What `make load` makes of what it saw: its verdict stands whatever the soak looked like, and the page is its JSON."""

from pathlib import Path

from bench.loads import report
from bench.loads.generator import Answer, Told
from bench.loads.soak import Series, flat

DOCS = Path(__file__).parent.parent / "docs"


def test_an_outbox_that_stood_still_all_along_is_a_miss_and_no_end_of_the_run() -> None:
    names = ("web_mib", "worker_mib", "web_files", "worker_files", "connections")
    series: Series = {name: [(float(at), 100.0) for at in range(9)] for name in names}
    series["outbox_seconds"] = [(float(at), at + 500.0) for at in range(9)]
    missed = [each.what for each in flat(series, seconds=9) if not each.holds]
    assert missed == ["connections, the most", "outbox, ten seconds after the last request"]


def test_a_rush_is_told_apart_from_what_comes_after_it() -> None:
    told = Told([Answer("list", due, 5.0 if due < 6 else 1.0, 200) for due in range(100)])
    told.answers.append(Answer("list", 50.0, 90.0, 503))
    assert (told.due(0.95, before=6), told.due(0.95, after=6)) == (5000.0, 1000.0)


def test_the_page_and_its_drawings_are_those_of_the_json() -> None:
    runs, soak = report.kept(DOCS, ())
    assert (DOCS / "load.md").read_text("utf-8") == report.page(runs)
    assert (DOCS / "load.svg").read_text("utf-8") == report.bars(report._together(runs))
    assert (DOCS / "soak.svg").read_text("utf-8") == report.curves(soak)
