"""The rows of a week: every minute has its row, what overlaps stands together, nothing is drawn where it is not."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from casework.consultations import weeks
from tests.casework.office_days import CALENDAR, ZONE

MINUTES = st.integers(0, 24 * 60 - 1)
PARTS = st.lists(st.tuples(MINUTES, st.integers(1, 600)), max_size=8).map(
    lambda found: sorted((since, min(since + length, 24 * 60)) for since, length in found)
)


@given(PARTS)
def test_the_rows_hold_the_office_hours_and_every_part_in_order(parts):
    rows = weeks.rows_of(parts, calendar=CALENDAR)
    assert rows.opens <= 8 * 60 + 30 and rows.closes >= 17 * 60 + 30
    lines = [(rows.line(since), rows.line(until, up=True)) for since, until in parts]
    assert all(1 <= since < until <= rows.line(rows.closes, up=True) for since, until in lines)
    for (one, at), (other, below) in zip(
        sorted(zip(parts, lines, strict=True)), sorted(zip(parts, lines, strict=True))[1:], strict=False
    ):
        assert at[0] <= below[0], (one, other)
        # What begins when the other has ended stands under it, save for the quarter that both share.
        assert other[0] < one[1] or below[0] >= at[1] - 1


@given(PARTS)
def test_noon_is_folded_only_where_nothing_begins_or_ends_in_it(parts):
    rows = weeks.rows_of(parts, calendar=CALENDAR)
    inside = [minute for part in parts for minute in part if 12 * 60 < minute < 14 * 60]
    assert rows.folds is not bool(inside)
    assert rows.line(14 * 60) - rows.line(12 * 60) == (8 if inside else weeks.FOLDED)


@given(PARTS)
def test_what_overlaps_in_one_go_stands_together_and_nothing_else_does(parts):
    groups = weeks.together(parts)
    assert [place for group in groups for place in group] == list(range(len(parts)))
    ends = [max(parts[place][1] for place in group) for group in groups]
    begins = [min(parts[place][0] for place in group) for group in groups]
    assert all(end <= begin for end, begin in zip(ends, begins[1:], strict=False))
    for group in groups:
        covered = parts[group[0]][1]
        for place in group[1:]:
            assert parts[place][0] < covered
            covered = max(covered, parts[place][1])


@given(st.integers(0, 360 * 24 * 60), st.integers(1, 24 * 60))
def test_a_span_lies_on_its_days_in_parts_that_add_up_to_it(after, minutes):
    begins = datetime(2026, 1, 1, tzinfo=ZONE) + timedelta(minutes=after)
    span = (begins, begins + timedelta(minutes=minutes))
    first = weeks.monday(begins.date())
    parts = [weeks.within(span, first + timedelta(days=n), calendar=CALENDAR) for n in range(9)]
    assert sum(part[1] - part[0] for part in parts if part is not None) == minutes


def test_a_week_begins_on_monday():
    assert weeks.monday(date(2026, 10, 18)) == date(2026, 10, 12) == weeks.monday(date(2026, 10, 12))
