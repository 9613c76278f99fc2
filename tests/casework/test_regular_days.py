"""Which days a regular day falls on."""

from datetime import date

import pytest

from casework.consultations import regular
from casework.consultations.tables import RegularDays

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("week", "weekday", "span", "expected"),
    [
        (2, 4, (date(2026, 10, 8), date(2026, 12, 31)), ["2026-10-08", "2026-11-12", "2026-12-10"]),
        # The last Friday, of months with four and with five of them.
        (5, 5, (date(2026, 9, 1), date(2026, 11, 30)), ["2026-09-25", "2026-10-30", "2026-11-27"]),
        (1, 7, (date(2026, 2, 2), date(2026, 3, 1)), ["2026-03-01"]),
    ],
)
def test_the_nth_weekday_of_every_month_within_the_span(week, weekday, span, expected):
    row = RegularDays(week=week, weekday=weekday, first_on=span[0], last_on=span[1])
    assert [each.isoformat() for each in regular.dates_of(row)] == expected


@pytest.mark.parametrize("week", [1, 2, 3, 4, 5])
def test_there_is_one_a_month(week):
    row = RegularDays(week=week, weekday=3, first_on=YEAR[0], last_on=YEAR[1])
    assert [each.month for each in regular.dates_of(row)] == list(range(1, 13))
