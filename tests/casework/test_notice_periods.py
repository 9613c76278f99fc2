"""By when notices and materials of a meeting go out, reckoned backwards from it."""

from datetime import date, timedelta

import pytest

from casework.consultations import notice
from tests.casework.office_days import CALENDAR


def test_a_village_meeting_after_the_holidays_tells_what_it_passed_over():
    told = notice.period("youshi", date(2026, 10, 13), today=date(2026, 9, 28), calendar=CALENDAR)
    # Back from Tuesday: Monday the 12th, the worked Saturday, Friday the 9th.
    assert (told.notice_on, told.materials_on) == (date(2026, 10, 9), date(2026, 10, 10))
    assert not told.is_short
    assert told.explain("zh") == (
        "从10月13日往前数3个工作日，开会当天不算，10月10日周六调休照算，最迟10月9日发出通知，"
        "材料提前2个工作日，最迟10月10日周六送到"
    )


@pytest.mark.parametrize(("kind", "days"), [("thematic", 15), ("youshi", 3)])
def test_notices_that_go_out_on_their_last_day_are_in_time_and_a_day_later_are_not(kind, days):
    meets_on = date(2026, 10, 22)
    last = notice.period(kind, meets_on, today=date(2026, 9, 1), calendar=CALENDAR).notice_on
    on_time = notice.period(kind, meets_on, today=last, calendar=CALENDAR)
    late = notice.period(kind, meets_on, today=last + timedelta(days=1), calendar=CALENDAR)
    assert (on_time.ahead, on_time.is_short) == (days, False)
    assert (late.ahead, late.is_short) == (days - 1, True)
    assert notice.earliest(kind, today=last, calendar=CALENDAR) == meets_on


def test_a_year_without_a_holiday_plan_is_told_as_provisional():
    told = notice.period("thematic", date(2027, 1, 12), today=date(2026, 12, 1), calendar=CALENDAR)
    assert "2027" in told.explain("zh") and "暂定" in told.explain("zh")
