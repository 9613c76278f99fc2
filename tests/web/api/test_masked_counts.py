"""Counts that are passed on: small ones hidden, none to be worked out, the same table as CSV and as Parquet."""

import csv
import io
from collections import defaultdict
from datetime import date, datetime, timedelta

from arro3 import io as files
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.cases.figures import masked
from casework.cases.figures.masked import LEAST, hide, whole_months
from casework.cases.figures.scopes import Period
from tests.web.api.conftest import Api
from tests.world import COUNTY, MORNING

_CODES = st.tuples(*[st.sampled_from("ab"), st.sampled_from("abc"), st.sampled_from("abc")])


def fine(sums: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int | None]:
    """Return what each cell of a table shows by itself; None: it was put together with others."""
    alone = {each.codes: each.n for each in hide(sums) if not each.hidden}
    return {codes: alone.get(codes) for codes in sums}


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(_CODES, st.integers(1, 9)))
def test_nothing_small_can_be_worked_out_in_any_line(sums: dict[tuple[str, ...], int]) -> None:
    shown = fine(sums)
    lines: dict[object, list[tuple[str, ...]]] = defaultdict(list)
    for codes, n in shown.items():
        assert n in (None, sums[codes]) and (n is None or n >= LEAST)
        for place in range(3):
            lines[place, codes[:place], codes[place + 1 :]].append(codes)
    for cells in lines.values():
        hidden = [sums[codes] for codes in cells if shown[codes] is None]
        # A line that is hidden whole stands in no sum of the table.
        assert not hidden or len(hidden) == len(cells) or (len(hidden) > 1 and sum(hidden) >= LEAST)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(_CODES, st.integers(1, 9), min_size=1))
def test_every_case_is_counted_once_and_in_no_row_of_fewer_than_the_least(sums: dict[tuple[str, ...], int]) -> None:
    rows, total = hide(sums), sum(sums.values())
    if total < LEAST:
        assert [(each.codes, each.n, each.hidden) for each in rows] == [(("*",) * 3, None, masked.SMALL)]
        return
    assert sum(each.n or 0 for each in rows) == total
    assert all(each.n is not None and each.n >= LEAST for each in rows)
    assert all(("*" in each.codes) == (each.hidden == masked.MERGED) for each in rows)
    # What a month, or a category of it, has besides its rows is nothing or as much as may be shown.
    for depth in (1, 2):
        for key in {codes[:depth] for codes in sums}:
            inside = [each.n or 0 for each in rows if each.codes[:depth] == key]
            rest = sum(n for codes, n in sums.items() if codes[:depth] == key) - sum(inside)
            assert rest == 0 or rest >= LEAST or not inside


def test_a_table_of_small_counts_still_says_something() -> None:
    months, places = ("2026-07", "2026-08"), "abcde"
    sums: dict[tuple[str, ...], int] = {
        (month, "water", place, "SLJ", "closed"): 1 for month in months for place in places
    }
    assert [(each.codes, each.n) for each in hide(sums)] == [
        ((month, "water", "*", "SLJ", "closed"), 5) for month in months
    ]


def test_only_whole_months_that_are_over_are_counted() -> None:
    today = date(2026, 10, 14)
    asked = [
        *((None, None), (date(2026, 1, 2), None), (date(2026, 9, 2), None)),
        *((date(2026, 1, 1), date(2026, 3, 30)), (None, date(2026, 9, 30)), (date(2025, 12, 31), date(2026, 1, 31))),
    ]
    assert [whole_months(*each, today=today) for each in asked] == [
        Period(None, date(2026, 9, 30)),
        Period(date(2026, 2, 1), date(2026, 9, 30)),
        None,
        Period(date(2026, 1, 1), date(2026, 2, 28)),
        Period(None, date(2026, 9, 30)),
        Period(date(2026, 1, 1), date(2026, 1, 31)),
    ]


def told(api: Api, month: int, n: int, *, day: datetime = MORNING, **more: str) -> None:
    for _ in range(n):
        api.world.report(at=day.replace(month=month), **more)


def test_the_table_is_the_same_in_both_formats_and_says_what_it_hides(api: Api) -> None:
    for month, n in ((7, 4), (8, 5), (9, 2)):
        told(api, month, n)
    told(api, 9, 3, category="infrastructure")
    api.world.report(at=MORNING - timedelta(hours=1))
    answer = api("guan", "GET", "/statistics/export?from=2026-07-01")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    shown = {(row["month"], row["category"]): (row["count"], row["hidden"]) for row in rows}
    # The small one of September would follow from a sum; it is put together with what stands in line with it.
    water = next(category for month, category in shown if month == "2026-08")
    assert shown == {("2026-08", water): ("5", ""), ("*", "*"): ("9", "merged")}
    assert all(row["place_name"] and row["state_name"] for row in rows)
    described = api.ok("guan", "GET", answer.headers["Link"].split(">")[0].lstrip("<"))
    assert [column["name"] for column in described["columns"]] == list(rows[0])
    assert described["least"] == LEAST and all(column["meaning"] for column in described["columns"])
    whole = api("guan", "GET", "/statistics/export?format=parquet&from=2026-07-01")
    assert whole.mimetype == "application/vnd.apache.parquet"
    table = files.read_parquet(io.BytesIO(whole.get_data())).read_all()
    names = table.column_names
    columns = {name: table.column(name).to_pylist() for name in names}
    again = [{name: columns[name][place] for name in names} for place in range(table.num_rows)]
    assert [{**row, "count": "" if row["count"] is None else str(row["count"])} for row in again] == rows
    assert table.schema.field("count").metadata_str["meaning"]


def test_whoever_reads_no_figures_gets_none_and_a_wrong_question_is_told(api: Api) -> None:
    for who in ("chen", "guanli", "shui"):
        assert api(who, "GET", "/statistics/export").status_code == 403
    wrong = api("guan", "GET", "/statistics/export?format=xls&from=x&extra=1")
    assert {each["field"] for each in wrong.get_json()["errors"]} == {"format", "from", "extra"}
    none = api("guan", "GET", f"/statistics/export?from=2026-10-01&region={COUNTY}")
    assert none.get_data().decode("utf-8-sig").count("\r\n") == 1
    assert api("guan", "GET", "/statistics/export?from=2026-10-01&region=99").status_code == 403
