"""Due instants by example. Random ones: test_calendars_property.py; their words: test_due_dates.py."""

import doctest
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from casework.core import calendars
from casework.core.calendars import CalendarDay, Limit, Pause, WorkCalendar, known_years, seed_days
from casework.core.errors import Invalid
from tests.casework.office_days import (
    ASSIGNED,
    CALENDAR,
    EXAMPLES,
    SEVEN_DAYS,
    WAITING_FOR_PIPES,
    ZONE,
    at,
    closing,
    codes,
    drawn,
)


@pytest.mark.parametrize(("received", "days", "counted_from", "due_on"), [each[:4] for each in EXAMPLES])
def test_the_worked_examples_of_the_domain_come_out_exactly(received, days, counted_from, due_on):
    due = CALENDAR.due(at(received), Limit("working_day", days))
    assert due.received == date.fromisoformat(counted_from) == CALENDAR.received_on(at(received))
    assert due.due_at == closing(due_on)
    assert due.due_at.tzinfo is UTC
    assert not due.provisional
    assert due.calendar_version == "2026.1"


def test_a_year_whose_plan_is_not_known_gives_a_provisional_date_and_no_error():
    due = CALENDAR.due(at("2026-12-25T10:00"), Limit("working_day", 5))
    assert due.due_at == closing("2027-01-01")
    assert due.provisional
    assert due.explain() == (
        "12月25日10:00收件；5个工作日；到期2027年1月1日周五17:30；2027年放假安排还没公布，先按周一至周五推算，日期暂定"
    )
    assert "provisional" in due.explain("en")
    assert not CALENDAR.due(at("2026-12-25T10:00"), Limit("working_day", 4)).provisional


def test_a_suspension_moves_the_date_by_the_working_days_strictly_inside_it():
    assert CALENDAR.due(ASSIGNED, SEVEN_DAYS).due_at == closing("2026-10-12")
    due = CALENDAR.due(ASSIGNED, SEVEN_DAYS, [WAITING_FOR_PIPES])
    assert due.due_at == closing("2026-10-15")
    pause = next(step for step in due.steps if step.code == "pause.days")
    assert pause.params["days"] == ("2026-09-30", "2026-10-08", "2026-10-09")
    assert due.explain() == (
        "9月24日11:05收件；7个工作日，跳过9月25日至9月27日中秋、10月1日至10月7日国庆，10月10日周六调休照算，"
        "不挂起应到10月12日；9月29日16:05至10月10日09:10挂起，9月30日、10月8日、10月9日不计，顺延3个工作日；"
        "到期10月15日周四17:30"
    )


def test_an_open_suspension_needs_an_instant_to_reckon_by():
    with pytest.raises(ValueError, match="as_of"):
        CALENDAR.due(ASSIGNED, SEVEN_DAYS, [Pause(WAITING_FOR_PIPES.start, None)])


def test_an_open_suspension_that_has_not_begun_moves_nothing():
    pause = Pause(at("2026-10-09T10:00"), None)
    due = CALENDAR.due(ASSIGNED, SEVEN_DAYS, [pause], as_of=at("2026-09-28T10:00"))
    assert due == CALENDAR.due(ASSIGNED, SEVEN_DAYS)


def test_overlapping_and_touching_suspensions_count_once():
    parts = [
        Pause(at("2026-10-05T00:00"), at("2026-10-10T09:10")),
        Pause(at("2026-09-29T16:05"), at("2026-09-30T12:00")),
        Pause(at("2026-09-30T12:00"), at("2026-10-07T00:00")),
    ]
    due = CALENDAR.due(ASSIGNED, SEVEN_DAYS, parts)
    assert due == CALENDAR.due(ASSIGNED, SEVEN_DAYS, [WAITING_FOR_PIPES])


def test_two_suspensions_that_meet_on_one_day_leave_that_day_counting():
    parts = [
        Pause(at("2026-10-12T10:00"), at("2026-10-14T10:00")),
        Pause(at("2026-10-14T15:00"), at("2026-10-16T10:00")),
    ]
    due = CALENDAR.due(at("2026-10-12T09:00"), Limit("working_day", 2), parts)
    assert [step.params["days"] for step in due.steps if step.code == "pause.days"] == [
        ("2026-10-13",),
        ("2026-10-15",),
    ]
    assert due.due_at == closing("2026-10-16")


def test_a_suspension_over_a_holiday_adds_only_working_days():
    inside = Pause(at("2026-09-30T09:00"), at("2026-10-08T09:00"))
    due = CALENDAR.due(ASSIGNED, SEVEN_DAYS, [inside])
    assert due.due_at == closing("2026-10-12")
    assert "9月30日09:00至10月8日09:00挂起，不影响到期" in due.explain()
    longer = Pause(at("2026-09-29T09:00"), at("2026-10-09T09:00"))
    assert CALENDAR.due(ASSIGNED, SEVEN_DAYS, [longer]).due_at == closing("2026-10-14")


def test_no_clock_runs_out_while_it_stands_still():
    on_the_last_day = Pause(at("2026-10-12T16:00"), at("2026-10-15T09:00"))
    due = CALENDAR.due(ASSIGNED, SEVEN_DAYS, [on_the_last_day])
    assert due.due_at == closing("2026-10-15")
    assert "10月12日、10月13日、10月14日不计，顺延3个工作日" in due.explain()
    back_after_hours = Pause(at("2026-10-12T16:00"), at("2026-10-15T17:31"))
    assert CALENDAR.due(ASSIGNED, SEVEN_DAYS, [back_after_hours]).due_at == closing("2026-10-16")
    only_for_the_morning = Pause(at("2026-10-12T09:00"), at("2026-10-12T11:00"))
    assert CALENDAR.due(ASSIGNED, SEVEN_DAYS, [only_for_the_morning]).due_at == closing("2026-10-12")


def test_a_suspension_at_the_very_second_of_closing_comes_too_late_or_ends_in_time():
    from_closing = Pause(at("2026-10-12T17:30"), at("2026-10-15T09:00"))
    assert CALENDAR.due(ASSIGNED, SEVEN_DAYS, [from_closing]).due_at == closing("2026-10-12")
    until_closing = Pause(at("2026-10-12T09:00"), at("2026-10-12T17:30"))
    assert CALENDAR.due(ASSIGNED, SEVEN_DAYS, [until_closing]).due_at == closing("2026-10-12")


def test_a_make_up_day_spent_in_suspension_is_not_said_to_count():
    pause = Pause(at("2026-10-09T10:00"), at("2026-10-13T10:00"))
    assert "makeup" not in codes(CALENDAR.due(ASSIGNED, SEVEN_DAYS, [pause]))


def test_hours_run_through_nights_and_holidays():
    due = CALENDAR.due(at("2026-09-30T18:10"), Limit("hour", 24))
    assert due.due_at == at("2026-10-01T18:10").astimezone(UTC)
    assert due.explain() == "9月30日18:10收件；24小时，夜间和节假日照算；到期10月1日周四18:10"
    assert due.explain("en") == ("Received 30 Sep 18:10; 24 hours, nights and holidays included; due Thu 1 Oct 18:10")
    assert not CALENDAR.due(at("2027-10-01T00:00"), Limit("hour", 2)).provisional


def test_hours_are_lengthened_by_exactly_what_a_suspension_lasted():
    pauses = [
        Pause(at("2026-09-30T17:00"), at("2026-09-30T19:00")),  # the first hour lies before receipt
        Pause(at("2026-09-30T20:00"), at("2026-09-30T20:25")),
        Pause(at("2026-10-05T20:00"), at("2026-10-05T21:00")),
    ]
    due = CALENDAR.due(at("2026-09-30T18:00"), Limit("hour", 2), pauses)
    assert due.due_at == at("2026-09-30T21:25").astimezone(UTC)
    assert due.explain() == (
        "9月30日18:00收件；2小时，夜间和节假日照算；9月30日17:00至9月30日19:00挂起，顺延1小时0分；"
        "9月30日20:00至9月30日20:25挂起，顺延0小时25分；10月5日20:00至10月5日21:00挂起，不影响到期；"
        "到期9月30日周三21:25"
    )
    due = CALENDAR.due(
        at("2026-09-30T18:00"), Limit("hour", 2), [Pause(at("2026-09-30T20:00"), at("2026-10-01T00:00"))]
    )
    assert due.due_at == at("2026-09-30T20:00").astimezone(UTC)


def test_natural_days_that_end_on_a_holiday_run_to_the_next_working_day():
    due = CALENDAR.due(at("2026-09-21T10:00"), Limit("calendar_day", 15))
    assert due.due_at == closing("2026-10-08")
    assert due.explain() == (
        "9月21日10:00收件；15个自然日，节假日照算，最后一天10月6日不上班，顺延到10月8日；到期10月8日周四17:30"
    )
    assert CALENDAR.due(at("2026-09-21T10:00"), Limit("calendar_day", 9)).due_at == closing("2026-09-30")
    assert CALENDAR.due(at("2026-09-22T10:00"), Limit("calendar_day", 18)).due_at == closing("2026-10-10")


def test_natural_days_are_lengthened_by_suspended_days_of_every_kind():
    due = CALENDAR.due(ASSIGNED, Limit("calendar_day", 10), [WAITING_FOR_PIPES])
    assert "9月30日至10月9日这10天不计" in due.explain()
    assert due.due_at == closing("2026-10-14")
    weeks = CALENDAR.month_grid(due, ASSIGNED, [WAITING_FOR_PIPES])
    assert drawn(weeks[0].days[5]) == "26 off counted 2"
    assert drawn(weeks[1].days[3]) == "1 off paused 国庆"
    assert [cell.ordinal for cell in weeks[3].days] == [8, 9, 10, None, None, None, None]


def test_the_end_of_the_day_is_the_close_of_the_day_it_counts_as_received():
    assert CALENDAR.due(at("2026-09-24T11:05"), Limit("end_of_day")).due_at == closing("2026-09-24")
    late = CALENDAR.due(at("2026-09-24T17:31"), Limit("end_of_day"))
    assert late.due_at == closing("2026-09-28")
    assert late.explain() == "9月24日17:31收件，已过17:30，按9月28日收件；收件当天下班前；到期9月28日周一17:30"
    cells = CALENDAR.month_grid(late, at("2026-09-25T10:00"))
    assert [drawn(cell) for week in cells for cell in week.days if cell.flags] == [
        "24 arrived",
        "25 off today 中秋",
        "26 off",
        "27 off",
        "28 received due",
    ]


def test_what_comes_at_the_very_second_of_closing_is_of_that_day():
    assert CALENDAR.received_on(at("2026-05-08T17:30")) == date(2026, 5, 8)
    assert CALENDAR.received_on(at("2026-05-08T17:30:00.000001")) == date(2026, 5, 9)
    assert CALENDAR.received_on(at("2026-05-09T06:00")) == date(2026, 5, 9)
    due = CALENDAR.due(at("2026-05-08T17:30:20"), Limit("working_day", 1))
    assert due.explain() == "5月8日17:30:20收件，已过17:30，按5月9日周六收件；1个工作日；到期5月11日周一17:30"


def test_any_zone_of_the_instant_gives_the_same_due_instant():
    utc = datetime(2025, 1, 27, 10, 10, tzinfo=UTC)
    assert CALENDAR.due(utc, SEVEN_DAYS) == CALENDAR.due(at("2025-01-27T18:10"), SEVEN_DAYS)


def test_summer_time_of_1986_to_1991_is_kept():
    calendar = WorkCalendar((), range(1980, 2000), ZONE, version="old")
    due = calendar.due(at("1988-06-30T10:00"), Limit("working_day", 1))
    assert due.due_at == datetime(1988, 7, 1, 8, 30, tzinfo=UTC)
    before_the_change = at("1988-09-09T10:00")
    assert calendar.due(before_the_change, Limit("working_day", 1)).due_at == datetime(1988, 9, 12, 9, 30, tzinfo=UTC)
    two_days = calendar.due(before_the_change, Limit("hour", 48))
    assert two_days.due_at == datetime(1988, 9, 11, 1, 0, tzinfo=UTC)
    assert two_days.explain().endswith("到期9月11日周日09:00")
    assert calendar.shift(due.due_at, -1) == datetime(1988, 6, 30, 8, 30, tzinfo=UTC)


def test_an_extension_lasts_until_the_close_of_the_granted_day():
    old = CALENDAR.due(ASSIGNED, SEVEN_DAYS)
    new = CALENDAR.extended_due(old, date(2026, 10, 20))
    assert new.due_at == closing("2026-10-20")
    assert (new.received, new.limit) == (old.received, old.limit)
    assert new.explain().endswith("；原到期10月12日周一17:30，准予延期到10月20日；到期10月20日周二17:30")
    assert new.explain("en").endswith("; was due Mon 12 Oct 17:30, extended to 20 Oct; due Tue 20 Oct 17:30")
    again = CALENDAR.extended_due(new, date(2027, 1, 4))
    assert again.provisional
    assert codes(again)[-6:] == ["due_before", "extended", "due_before", "extended", "due", "provisional"]


def test_a_suspension_after_an_extension_moves_the_granted_day():
    extended = CALENDAR.extended_due(CALENDAR.due(ASSIGNED, SEVEN_DAYS), date(2026, 10, 20))
    pause = Pause(at("2026-10-15T10:00"), at("2026-10-19T10:00"))
    moved = CALENDAR.extended_due(CALENDAR.due(ASSIGNED, SEVEN_DAYS), date(2026, 10, 20), [pause])
    assert extended.due_at == closing("2026-10-20")
    assert moved.due_at == closing("2026-10-21")
    assert moved.explain().endswith(
        "准予延期到10月20日；10月15日10:00至10月19日10:00挂起，10月16日不计，顺延1个工作日；到期10月21日周三17:30"
    )


@pytest.mark.parametrize("until", [date(2026, 10, 24), date(2026, 10, 12), date(2026, 10, 9)])
def test_an_extension_to_a_closed_or_earlier_day_is_a_mistake_of_the_caller(until):
    with pytest.raises(ValueError, match="no working day after"):
        CALENDAR.extended_due(CALENDAR.due(ASSIGNED, SEVEN_DAYS), until)


def test_a_closure_of_the_office_wins_over_the_plan_and_is_named():
    storm = CalendarDay(date(2026, 8, 5), is_workday=False, name="暴雨停工", source="县政府办")
    unnamed = CalendarDay(date(2026, 8, 7), is_workday=False)
    back = CalendarDay(date(2026, 10, 7), is_workday=True, name="抢险", source="县政府办")
    days = [*seed_days(2026, 2026), storm, unnamed, back]
    calendar = WorkCalendar(days, [2026], ZONE, version="2026.2")
    due = calendar.due(at("2026-08-04T10:00"), Limit("working_day", 2))
    assert due.due_at == closing("2026-08-10")
    assert due.explain() == ("8月4日10:00收件；2个工作日，跳过8月5日暴雨停工、8月7日至8月9日；到期8月10日周一17:30")
    assert "skipping 5 Aug (暴雨停工), 7 Aug to 9 Aug;" in due.explain("en")
    assert calendar.is_workday(date(2026, 10, 7))
    assert not calendar.is_workday(date(2026, 10, 6))


def test_an_override_in_an_unknown_year_counts_though_the_date_stays_provisional():
    new_year = CalendarDay(date(2027, 1, 1), is_workday=False, name="元旦", source="县政府办")
    calendar = WorkCalendar([new_year], [2026], ZONE, version="2027.1")
    due = calendar.due(at("2026-12-31T10:00"), Limit("working_day", 1))
    assert (due.due_at, due.provisional) == (closing("2027-01-04"), True)


def test_other_office_hours_move_cut_off_and_due_instant():
    winter = WorkCalendar(seed_days(2026, 2026), [2026], ZONE, time(18, 0), time(9, 0), version="winter")
    due = winter.due(at("2026-11-23T17:45"), Limit("working_day", 1))
    assert due.due_at == at("2026-11-24T18:00").astimezone(UTC)


def test_instants_without_an_offset_are_refused():
    naive = ASSIGNED.replace(tzinfo=None)
    for wrong in (
        lambda: CALENDAR.due(naive, SEVEN_DAYS),
        lambda: CALENDAR.received_on(naive),
        lambda: CALENDAR.shift(naive, 1),
        lambda: CALENDAR.next_opening(naive),
        lambda: CALENDAR.working_days_between(naive, ASSIGNED),
        lambda: CALENDAR.due(ASSIGNED, SEVEN_DAYS, [Pause(ASSIGNED, None)], as_of=naive),
        lambda: Pause(naive, None),
        lambda: Pause(ASSIGNED, naive),
    ):
        with pytest.raises(ValueError, match="offset"):
            wrong()


@pytest.mark.parametrize("far", ["0001-01-01T00:00", "9999-12-31T23:59", "1899-12-31T00:00", "2200-01-02T00:00"])
def test_an_instant_beyond_the_calendar_is_refused_and_does_not_overflow(far):
    with pytest.raises(Invalid) as refused:
        CALENDAR.due(at(far).replace(tzinfo=UTC), SEVEN_DAYS)
    assert refused.value.errors[0].code == "out_of_calendar"


def test_a_limit_that_leaves_the_calendar_is_refused():
    for received, limit in (
        ("2199-12-30T10:00", SEVEN_DAYS),
        ("2199-12-30T10:00", Limit("calendar_day", 10_000)),
        ("2199-12-30T10:00", Limit("hour", 100_000)),
    ):
        with pytest.raises(Invalid):
            CALENDAR.due(at(received), limit)
    with pytest.raises(Invalid):
        CALENDAR.add_workdays(date(1900, 1, 2), -10)
    endless = Pause(at("2026-09-25T10:00"), datetime(9999, 12, 31, tzinfo=UTC))
    with pytest.raises(Invalid):
        CALENDAR.due(ASSIGNED, SEVEN_DAYS, [endless])


def test_threads_share_one_calendar():
    calendar = WorkCalendar(seed_days(2004, 2026), known_years(), ZONE, version="2026.1")
    received = [at(f"{year}-09-28T10:00") for year in range(2004, 2027) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda each: calendar.due(each, SEVEN_DAYS), received))
    assert found == [calendar.due(each, SEVEN_DAYS) for each in received]


def test_the_example_in_the_documentation_holds():
    found = doctest.testmod(calendars, extraglobs={"ZoneInfo": ZoneInfo})
    assert (found.failed, found.attempted) == (0, 3)
