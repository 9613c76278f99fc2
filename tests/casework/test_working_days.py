"""Which days are worked, and arithmetic on them. Due instants: test_calendars.py."""

from datetime import UTC, date

import pytest

from casework.core.calendars import CalendarDay, WorkCalendar, half, known_years, seed_days
from casework.core.i18n import catalogue
from tests.casework.office_days import CALENDAR, EXAMPLES, ZONE, at, closing

# Monday to Friday, every year confirmed: what the table of the domain calls naive.
PLAIN = WorkCalendar((), range(1900, 2200), ZONE, version="plain")


@pytest.mark.parametrize(("received", "naive", "days"), [(e[0], e[4], e[1]) for e in EXAMPLES])
def test_without_the_holiday_plan_only_weekdays_count(received, naive, days):
    # The table's naive column knows neither holidays nor the receipt rule, so it counts from the day itself.
    assert PLAIN.add_workdays(at(received).date(), days) == date.fromisoformat(naive)


def test_a_closed_day_runs_on_to_the_next_working_day():
    assert CALENDAR.workday_from(date(2026, 10, 3)) == date(2026, 10, 8)
    assert CALENDAR.workday_from(date(2026, 10, 10)) == date(2026, 10, 10)
    assert CALENDAR.workday_from(date(2026, 10, 31)) == date(2026, 11, 2)


def test_working_days_are_added_and_counted_both_ways():
    assert CALENDAR.next_workday(date(2026, 9, 30)) == date(2026, 10, 8)
    assert CALENDAR.add_workdays(date(2026, 10, 3), 0) == date(2026, 10, 3)
    assert CALENDAR.add_workdays(date(2026, 1, 5), -2) == date(2025, 12, 31)
    assert CALENDAR.count_workdays(date(2025, 12, 31), date(2026, 12, 31)) == 248
    assert CALENDAR.count_workdays(date(2024, 12, 31), date(2026, 12, 31)) == 496
    assert CALENDAR.count_workdays(date(2026, 10, 8), date(2026, 9, 30)) == 0
    assert [half(n) for n in (1, 2, 3, 7, 15)] == [1, 1, 2, 4, 8]


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-10-12T09:00", 3),
        ("2026-10-14T23:59", 1),
        ("2026-10-15T08:00", 0),
        ("2026-10-15T17:30", 0),
        ("2026-10-15T17:30:01", -1),
        ("2026-10-16T09:00", -1),
        ("2026-10-18T09:00", -1),
        ("2026-10-19T09:00", -2),
        ("2026-09-30T09:00", 7),
    ],
)
def test_days_left_and_days_late_are_working_days(now, left):
    assert CALENDAR.working_days_between(at(now), closing("2026-10-15")) == left


def test_rungs_of_the_ladder_keep_the_time_of_day():
    due_at = closing("2026-10-08")
    assert CALENDAR.shift(due_at, -2) == closing("2026-09-29")
    assert CALENDAR.shift(due_at, 3) == closing("2026-10-12")
    assert CALENDAR.shift(at("2026-10-03T04:10"), 10) == at("2026-10-20T04:10").astimezone(UTC)
    assert CALENDAR.shift(at("2026-10-03T04:10"), 0) == at("2026-10-03T04:10")


def test_what_falls_due_after_hours_can_be_told_at_the_next_opening():
    assert CALENDAR.next_opening(at("2026-09-30T10:00")) == at("2026-09-30T10:00")
    assert CALENDAR.next_opening(at("2026-09-30T07:00")) == at("2026-09-30T08:30")
    assert CALENDAR.next_opening(at("2026-09-30T17:30")) == at("2026-10-08T08:30")
    assert CALENDAR.next_opening(at("2026-10-03T10:00")) == at("2026-10-08T08:30")


def test_the_plan_of_the_package_becomes_named_days():
    assert known_years() == range(2004, 2027)
    days = {each.day: each for each in seed_days(2026, 2026)}
    assert days[date(2026, 2, 17)] == CalendarDay(date(2026, 2, 17), False, "春节", "chinesecalendar")
    assert sorted(day for day, each in days.items() if each.is_workday) == [
        date(2026, 1, 4),
        date(2026, 2, 14),
        date(2026, 2, 28),
        date(2026, 5, 9),
        date(2026, 9, 20),
        date(2026, 10, 10),
    ]
    assert {each.name for each in days.values() if each.is_workday} == {"调休"}
    assert {each.name for each in days.values()} == {
        "元旦",
        "春节",
        "清明",
        "劳动节",
        "端午",
        "国庆",
        "中秋",
        "调休",
    }
    assert all(each.is_workday == (each.day.weekday() > 4) for each in seed_days(2004, 2026))
    assert seed_days(2027, 2030) == ()
    assert len(seed_days(1990, 2030)) == len(seed_days(2004, 2026))


def test_every_holiday_of_the_package_has_a_name_in_both_languages():
    names = {each.name for each in seed_days(2004, 2026)}
    assert names == {texts["zh"] for code, texts in catalogue().items() if code.startswith("holiday.")}
