"""Working days, due instants and the deadline card, by example. Random ones: test_calendars_property.py."""

import doctest
import json
import string
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from casework.core import calendars
from casework.core.calendars import CalendarDay, Due, Limit, Pause, WorkCalendar, half, known_years, seed_days
from casework.core.errors import Invalid
from casework.core.i18n import LOCALES, catalogue

ZONE = ZoneInfo("Asia/Shanghai")
SEVEN_DAYS = Limit("working_day", 7)


@pytest.fixture(scope="module")
def calendar():
    return WorkCalendar(seed_days(2004, 2026), known_years(), ZONE, version="2026.1")


@pytest.fixture(scope="module")
def plain():
    """Monday to Friday, every year confirmed: what the domain's table calls naive."""
    return WorkCalendar((), range(1900, 2200), ZONE, version="plain")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def closing(text):
    return at(text + "T17:30").astimezone(UTC)


def codes(due):
    return [step.code for step in due.steps]


EXAMPLES = [
    # received, working days, counted from, due, due if only weekdays counted
    ("2025-01-24T10:00", 5, "2025-01-24", "2025-02-07", "2025-01-31"),
    ("2025-01-26T09:30", 3, "2025-01-26", "2025-02-06", "2025-01-29"),
    ("2025-01-27T18:10", 7, "2025-02-05", "2025-02-13", "2025-02-05"),
    ("2025-04-25T11:00", 7, "2025-04-25", "2025-05-08", "2025-05-06"),
    ("2025-05-30T17:31", 1, "2025-06-03", "2025-06-04", "2025-06-02"),
    ("2025-09-26T09:00", 15, "2025-09-26", "2025-10-23", "2025-10-17"),
    ("2025-09-30T15:00", 3, "2025-09-30", "2025-10-11", "2025-10-03"),
    ("2025-12-31T14:00", 3, "2025-12-31", "2026-01-06", "2026-01-05"),
    ("2026-02-14T10:00", 5, "2026-02-14", "2026-02-28", "2026-02-20"),
    ("2026-02-21T12:00", 3, "2026-02-24", "2026-02-27", "2026-02-25"),
    ("2026-04-30T09:00", 15, "2026-04-30", "2026-05-25", "2026-05-21"),
    ("2026-09-30T17:45", 7, "2026-10-08", "2026-10-16", "2026-10-09"),
    ("2026-12-25T10:00", 3, "2026-12-25", "2026-12-30", "2026-12-30"),
    ("2026-09-20T09:00", 7, "2026-09-20", "2026-09-30", "2026-09-29"),
]


@pytest.mark.parametrize(("received", "days", "counted_from", "due_on"), [each[:4] for each in EXAMPLES])
def test_the_worked_examples_of_the_domain_come_out_exactly(calendar, received, days, counted_from, due_on):
    due = calendar.due(at(received), Limit("working_day", days))
    assert due.received == date.fromisoformat(counted_from) == calendar.received_on(at(received))
    assert due.due_at == closing(due_on)
    assert due.due_at.tzinfo is UTC
    assert not due.provisional
    assert due.calendar_version == "2026.1"


@pytest.mark.parametrize(("received", "naive", "days"), [(e[0], e[4], e[1]) for e in EXAMPLES])
def test_without_the_holiday_plan_only_weekdays_count(plain, received, naive, days):
    # The table's naive column knows neither holidays nor the receipt rule, so it counts from the day itself.
    assert plain.add_workdays(at(received).date(), days) == date.fromisoformat(naive)


def test_a_year_whose_plan_is_not_known_gives_a_provisional_date_and_no_error(calendar):
    due = calendar.due(at("2026-12-25T10:00"), Limit("working_day", 5))
    assert due.due_at == closing("2027-01-01")
    assert due.provisional
    assert due.explain() == (
        "12月25日10:00收件；5个工作日；到期2027年1月1日周五17:30；2027年放假安排还没公布，先按周一至周五推算，日期暂定"
    )
    assert "provisional" in due.explain("en")
    assert not calendar.due(at("2026-12-25T10:00"), Limit("working_day", 4)).provisional


def test_a_late_receipt_before_spring_festival_is_explained_in_words(calendar):
    due = calendar.due(at("2025-01-27T18:10"), SEVEN_DAYS)
    assert due.explain("zh") == (
        "1月27日18:10收件，已过17:30，按2月5日收件；7个工作日，跳过1月28日至2月4日春节，2月8日周六调休照算；"
        "到期2月13日周四17:30"
    )
    assert due.explain("en") == (
        "Received 27 Jan 18:10, after 17:30, so it counts as received on 5 Feb; 7 working days, skipping 28 Jan to "
        "4 Feb (Spring Festival), counting Sat 8 Feb (make-up working day); due Thu 13 Feb 17:30"
    )


# The case of the picture: assigned on 24 September, suspended from the 29th until 10 October.
ASSIGNED = at("2026-09-24T11:05")
WAITING_FOR_PIPES = Pause(at("2026-09-29T16:05"), at("2026-10-10T09:10"), "等管材")


def test_a_suspension_moves_the_date_by_the_working_days_strictly_inside_it(calendar):
    assert calendar.due(ASSIGNED, SEVEN_DAYS).due_at == closing("2026-10-12")
    due = calendar.due(ASSIGNED, SEVEN_DAYS, [WAITING_FOR_PIPES])
    assert due.due_at == closing("2026-10-15")
    pause = next(step for step in due.steps if step.code == "pause.days")
    assert pause.params["days"] == ("2026-09-30", "2026-10-08", "2026-10-09")
    assert due.explain() == (
        "9月24日11:05收件；7个工作日，跳过9月25日至9月27日中秋、10月1日至10月7日国庆，10月10日周六调休照算，"
        "不挂起应到10月12日；9月29日16:05至10月10日09:10挂起，9月30日、10月8日、10月9日不计，顺延3个工作日；"
        "到期10月15日周四17:30"
    )


def test_the_deadline_card_of_the_picture_comes_out_cell_by_cell(calendar):
    due = calendar.due(ASSIGNED, SEVEN_DAYS, [WAITING_FOR_PIPES])
    weeks = calendar.month_grid(due, at("2026-10-14T09:00"), [WAITING_FOR_PIPES])
    drawn = [[_drawn(cell) for cell in week.days] for week in weeks]
    assert drawn == [
        ["21", "22", "23", "24 received", "25 off 中秋", "26 off", "27 off"],
        ["28 counted 1", "29 counted 2", "30 paused", "1 off 国庆", "2 off", "3 off", "4 off"],
        ["5 off", "6 off", "7 off", "8 paused", "9 paused", "10 makeup counted 3", "11 weekend"],
        ["12 counted 4", "13 counted 5", "14 counted today 6", "15 counted due 7", "16", "17", "18"],
    ]
    assert weeks[1].days[2].reason == "等管材"
    assert calendar.working_days_between(at("2026-10-14T09:00"), due.due_at) == 1


def _drawn(cell):
    told = [str(cell.day.day), *cell.flags, cell.name, cell.ordinal]
    return " ".join(str(part) for part in told if part)


def test_a_clock_standing_still_today_is_drawn_as_if_started_again_now(calendar):
    pause = Pause(WAITING_FOR_PIPES.start, None, "等管材")
    now = at("2026-10-08T10:00")
    due = calendar.due(ASSIGNED, SEVEN_DAYS, [pause], as_of=now)
    assert due.due_at == closing("2026-10-13")
    assert "还没恢复，先按10月8日10:00恢复推算" in due.explain()
    today = calendar.month_grid(due, now, [pause])[2].days[3]
    assert today.flags == ("counted", "paused", "today")
    assert today.reason == "等管材"


def test_a_stored_date_is_drawn_with_a_suspension_begun_since(calendar):
    stored = calendar.due(ASSIGNED, SEVEN_DAYS)
    weeks = calendar.month_grid(stored, at("2026-10-09T10:00"), [Pause(WAITING_FOR_PIPES.start, None)])
    assert _drawn(weeks[1].days[2]) == "30 paused"
    assert _drawn(weeks[2].days[3]) == "8 paused"
    assert _drawn(weeks[2].days[4]) == "9 counted paused today 3"


def test_an_open_suspension_needs_an_instant_to_reckon_by(calendar):
    with pytest.raises(ValueError, match="as_of"):
        calendar.due(ASSIGNED, SEVEN_DAYS, [Pause(WAITING_FOR_PIPES.start, None)])


def test_an_open_suspension_that_has_not_begun_moves_nothing(calendar):
    pause = Pause(at("2026-10-09T10:00"), None)
    due = calendar.due(ASSIGNED, SEVEN_DAYS, [pause], as_of=at("2026-09-28T10:00"))
    assert due == calendar.due(ASSIGNED, SEVEN_DAYS)


def test_overlapping_and_touching_suspensions_count_once(calendar):
    parts = [
        Pause(at("2026-10-05T00:00"), at("2026-10-10T09:10")),
        Pause(at("2026-09-29T16:05"), at("2026-09-30T12:00")),
        Pause(at("2026-09-30T12:00"), at("2026-10-07T00:00")),
    ]
    due = calendar.due(ASSIGNED, SEVEN_DAYS, parts)
    assert due == calendar.due(ASSIGNED, SEVEN_DAYS, [WAITING_FOR_PIPES])


def test_two_suspensions_that_meet_on_one_day_leave_that_day_counting(calendar):
    parts = [
        Pause(at("2026-10-12T10:00"), at("2026-10-14T10:00")),
        Pause(at("2026-10-14T15:00"), at("2026-10-16T10:00")),
    ]
    due = calendar.due(at("2026-10-12T09:00"), Limit("working_day", 2), parts)
    assert [step.params["days"] for step in due.steps if step.code == "pause.days"] == [
        ("2026-10-13",),
        ("2026-10-15",),
    ]
    assert due.due_at == closing("2026-10-16")


def test_a_suspension_over_a_holiday_adds_only_working_days(calendar):
    inside = Pause(at("2026-09-30T09:00"), at("2026-10-08T09:00"))
    due = calendar.due(ASSIGNED, SEVEN_DAYS, [inside])
    assert due.due_at == closing("2026-10-12")
    assert "9月30日09:00至10月8日09:00挂起，不影响到期" in due.explain()
    longer = Pause(at("2026-09-29T09:00"), at("2026-10-09T09:00"))
    assert calendar.due(ASSIGNED, SEVEN_DAYS, [longer]).due_at == closing("2026-10-14")


def test_no_clock_runs_out_while_it_stands_still(calendar):
    on_the_last_day = Pause(at("2026-10-12T16:00"), at("2026-10-15T09:00"))
    due = calendar.due(ASSIGNED, SEVEN_DAYS, [on_the_last_day])
    assert due.due_at == closing("2026-10-15")
    assert "10月12日、10月13日、10月14日不计，顺延3个工作日" in due.explain()
    back_after_hours = Pause(at("2026-10-12T16:00"), at("2026-10-15T17:31"))
    assert calendar.due(ASSIGNED, SEVEN_DAYS, [back_after_hours]).due_at == closing("2026-10-16")
    only_for_the_morning = Pause(at("2026-10-12T09:00"), at("2026-10-12T11:00"))
    assert calendar.due(ASSIGNED, SEVEN_DAYS, [only_for_the_morning]).due_at == closing("2026-10-12")


def test_a_make_up_day_spent_in_suspension_is_not_said_to_count(calendar):
    pause = Pause(at("2026-10-09T10:00"), at("2026-10-13T10:00"))
    assert "makeup" not in codes(calendar.due(ASSIGNED, SEVEN_DAYS, [pause]))


def test_a_long_suspension_is_told_as_a_range(calendar):
    pause = Pause(at("2026-10-12T10:00"), at("2026-11-23T10:00"))
    due = calendar.due(at("2026-10-12T09:00"), SEVEN_DAYS, [pause])
    assert "10月13日至11月20日不计，顺延29个工作日" in due.explain()
    assert due.due_at == closing("2026-12-01")


def test_many_holidays_are_told_by_their_number(calendar):
    due = calendar.due(at("2024-01-02T10:00"), Limit("working_day", 500))
    assert "skip_many" in codes(due)
    assert "makeup_many" in codes(due)
    assert "2个" not in due.explain().split("；")[2]


def test_hours_run_through_nights_and_holidays(calendar):
    due = calendar.due(at("2026-09-30T18:10"), Limit("hour", 24))
    assert due.due_at == at("2026-10-01T18:10").astimezone(UTC)
    assert due.explain() == "9月30日18:10收件；24小时，夜间和节假日照算；到期10月1日周四18:10"
    assert due.explain("en") == (
        "Received 30 Sep 18:10; 24 hours, nights and holidays included; due Thu 1 Oct 18:10"
    )
    assert not calendar.due(at("2027-10-01T00:00"), Limit("hour", 2)).provisional


def test_hours_are_lengthened_by_exactly_what_a_suspension_lasted(calendar):
    pauses = [
        Pause(at("2026-09-30T17:00"), at("2026-09-30T19:00")),  # the first hour lies before receipt
        Pause(at("2026-09-30T20:00"), at("2026-09-30T20:25")),
        Pause(at("2026-10-05T20:00"), at("2026-10-05T21:00")),
    ]
    due = calendar.due(at("2026-09-30T18:00"), Limit("hour", 2), pauses)
    assert due.due_at == at("2026-09-30T21:25").astimezone(UTC)
    assert due.explain() == (
        "9月30日18:00收件；2小时，夜间和节假日照算；9月30日17:00至9月30日19:00挂起，顺延1小时0分；"
        "9月30日20:00至9月30日20:25挂起，顺延0小时25分；10月5日20:00至10月5日21:00挂起，不影响到期；"
        "到期9月30日周三21:25"
    )
    due = calendar.due(
        at("2026-09-30T18:00"), Limit("hour", 2), [Pause(at("2026-09-30T20:00"), at("2026-10-01T00:00"))]
    )
    assert due.due_at == at("2026-09-30T20:00").astimezone(UTC)


def test_natural_days_that_end_on_a_holiday_run_to_the_next_working_day(calendar):
    due = calendar.due(at("2026-09-21T10:00"), Limit("calendar_day", 15))
    assert due.due_at == closing("2026-10-08")
    assert due.explain() == (
        "9月21日10:00收件；15个自然日，节假日照算，最后一天10月6日不上班，顺延到10月8日；到期10月8日周四17:30"
    )
    assert calendar.due(at("2026-09-21T10:00"), Limit("calendar_day", 9)).due_at == closing("2026-09-30")
    assert calendar.due(at("2026-09-22T10:00"), Limit("calendar_day", 18)).due_at == closing("2026-10-10")


def test_natural_days_are_lengthened_by_suspended_days_of_every_kind(calendar):
    due = calendar.due(ASSIGNED, Limit("calendar_day", 10), [WAITING_FOR_PIPES])
    assert "9月30日至10月9日这10天不计" in due.explain()
    assert due.due_at == closing("2026-10-14")
    weeks = calendar.month_grid(due, ASSIGNED, [WAITING_FOR_PIPES])
    assert _drawn(weeks[0].days[5]) == "26 off counted 2"
    assert _drawn(weeks[1].days[3]) == "1 off paused 国庆"
    assert [cell.ordinal for cell in weeks[3].days] == [8, 9, 10, None, None, None, None]


def test_the_end_of_the_day_is_the_close_of_the_day_it_counts_as_received(calendar):
    assert calendar.due(at("2026-09-24T11:05"), Limit("end_of_day")).due_at == closing("2026-09-24")
    late = calendar.due(at("2026-09-24T17:31"), Limit("end_of_day"))
    assert late.due_at == closing("2026-09-28")
    assert (
        late.explain() == "9月24日17:31收件，已过17:30，按9月28日收件；收件当天下班前；到期9月28日周一17:30"
    )
    cells = calendar.month_grid(late, at("2026-09-25T10:00"))
    assert [_drawn(cell) for week in cells for cell in week.days if cell.flags] == [
        "24 arrived",
        "25 off today 中秋",
        "26 off",
        "27 off",
        "28 received due",
    ]


def test_what_comes_at_the_very_second_of_closing_is_of_that_day(calendar):
    assert calendar.received_on(at("2026-05-08T17:30")) == date(2026, 5, 8)
    assert calendar.received_on(at("2026-05-08T17:30:00.000001")) == date(2026, 5, 9)
    assert calendar.received_on(at("2026-05-09T06:00")) == date(2026, 5, 9)
    due = calendar.due(at("2026-05-08T17:30:20"), Limit("working_day", 1))
    assert due.explain() == "5月8日17:30:20收件，已过17:30，按5月9日周六收件；1个工作日；到期5月11日周一17:30"


@pytest.mark.parametrize(
    ("received", "begins"),
    [
        ("2026-01-10T10:00", "1月10日周六10:00收件，当天不上班，按1月12日收件；"),
        ("2026-02-21T12:00", "2月21日周六12:00收件，当天春节放假，按2月24日收件；"),
        ("2026-02-14T10:00", "2月14日周六10:00收件，当天调休上班；"),
        (
            "2025-12-31T18:00",
            "12月31日18:00收件，已过17:30，按2026年1月4日周日收件；1个工作日，跳过2026年1月1日至1月3日元旦；",
        ),
    ],
)
def test_what_moved_the_receipt_is_said(calendar, received, begins):
    assert calendar.due(at(received), Limit("working_day", 1)).explain().startswith(begins)


def test_any_zone_of_the_instant_gives_the_same_due_instant(calendar):
    utc = datetime(2025, 1, 27, 10, 10, tzinfo=UTC)
    assert calendar.due(utc, SEVEN_DAYS) == calendar.due(at("2025-01-27T18:10"), SEVEN_DAYS)


def test_summer_time_of_1986_to_1991_is_kept():
    calendar = WorkCalendar((), range(1980, 2000), ZONE, version="old")
    due = calendar.due(at("1988-06-30T10:00"), Limit("working_day", 1))
    assert due.due_at == datetime(1988, 7, 1, 8, 30, tzinfo=UTC)
    before_the_change = at("1988-09-09T10:00")
    assert calendar.due(before_the_change, Limit("working_day", 1)).due_at == datetime(
        1988, 9, 12, 9, 30, tzinfo=UTC
    )
    two_days = calendar.due(before_the_change, Limit("hour", 48))
    assert two_days.due_at == datetime(1988, 9, 11, 1, 0, tzinfo=UTC)
    assert two_days.explain().endswith("到期9月11日周日09:00")
    assert calendar.shift(due.due_at, -1) == datetime(1988, 6, 30, 8, 30, tzinfo=UTC)


def test_an_extension_lasts_until_the_close_of_the_granted_day(calendar):
    old = calendar.due(ASSIGNED, SEVEN_DAYS)
    new = calendar.extended_due(old, date(2026, 10, 20))
    assert new.due_at == closing("2026-10-20")
    assert (new.received, new.limit) == (old.received, old.limit)
    assert new.explain().endswith("；原到期10月12日周一17:30，准予延期到10月20日；到期10月20日周二17:30")
    assert new.explain("en").endswith("; was due Mon 12 Oct 17:30, extended to 20 Oct; due Tue 20 Oct 17:30")
    again = calendar.extended_due(new, date(2027, 1, 4))
    assert again.provisional
    assert codes(again)[-6:] == ["due_before", "extended", "due_before", "extended", "due", "provisional"]


def test_a_suspension_after_an_extension_moves_the_granted_day(calendar):
    extended = calendar.extended_due(calendar.due(ASSIGNED, SEVEN_DAYS), date(2026, 10, 20))
    pause = Pause(at("2026-10-15T10:00"), at("2026-10-19T10:00"))
    moved = calendar.extended_due(calendar.due(ASSIGNED, SEVEN_DAYS), date(2026, 10, 20), [pause])
    assert extended.due_at == closing("2026-10-20")
    assert moved.due_at == closing("2026-10-21")
    assert moved.explain().endswith(
        "准予延期到10月20日；10月15日10:00至10月19日10:00挂起，10月16日不计，顺延1个工作日；到期10月21日周三17:30"
    )


@pytest.mark.parametrize("until", [date(2026, 10, 24), date(2026, 10, 12), date(2026, 10, 9)])
def test_an_extension_to_a_closed_or_earlier_day_is_a_mistake_of_the_caller(calendar, until):
    with pytest.raises(ValueError, match="no working day after"):
        calendar.extended_due(calendar.due(ASSIGNED, SEVEN_DAYS), until)


def test_a_closed_day_has_two_nearest_working_days(calendar):
    assert calendar.nearest_workdays(date(2026, 10, 3)) == (date(2026, 9, 30), date(2026, 10, 8))
    assert calendar.nearest_workdays(date(2026, 10, 31)) == (date(2026, 10, 30), date(2026, 11, 2))


def test_working_days_are_added_and_counted_both_ways(calendar):
    assert calendar.next_workday(date(2026, 9, 30)) == date(2026, 10, 8)
    assert calendar.add_workdays(date(2026, 10, 3), 0) == date(2026, 10, 3)
    assert calendar.add_workdays(date(2026, 1, 5), -2) == date(2025, 12, 31)
    assert calendar.count_workdays(date(2025, 12, 31), date(2026, 12, 31)) == 248
    assert calendar.count_workdays(date(2024, 12, 31), date(2026, 12, 31)) == 496
    assert calendar.count_workdays(date(2026, 10, 8), date(2026, 9, 30)) == 0
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
def test_days_left_and_days_late_are_working_days(calendar, now, left):
    assert calendar.working_days_between(at(now), closing("2026-10-15")) == left


def test_rungs_of_the_ladder_keep_the_time_of_day(calendar):
    due_at = closing("2026-10-08")
    assert calendar.shift(due_at, -2) == closing("2026-09-29")
    assert calendar.shift(due_at, 3) == closing("2026-10-12")
    assert calendar.shift(at("2026-10-03T04:10"), 10) == at("2026-10-20T04:10").astimezone(UTC)
    assert calendar.shift(at("2026-10-03T04:10"), 0) == at("2026-10-03T04:10")


def test_what_falls_due_after_hours_can_be_told_at_the_next_opening(calendar):
    assert calendar.next_opening(at("2026-09-30T10:00")) == at("2026-09-30T10:00")
    assert calendar.next_opening(at("2026-09-30T07:00")) == at("2026-09-30T08:30")
    assert calendar.next_opening(at("2026-09-30T17:30")) == at("2026-10-08T08:30")
    assert calendar.next_opening(at("2026-10-03T10:00")) == at("2026-10-08T08:30")


def test_a_closure_of_the_office_wins_over_the_plan_and_is_named():
    storm = CalendarDay(date(2026, 8, 5), is_workday=False, name="暴雨停工", source="县政府办")
    unnamed = CalendarDay(date(2026, 8, 7), is_workday=False)
    back = CalendarDay(date(2026, 10, 7), is_workday=True, name="抢险", source="县政府办")
    days = [*seed_days(2026, 2026), storm, unnamed, back]
    calendar = WorkCalendar(days, [2026], ZONE, version="2026.2")
    due = calendar.due(at("2026-08-04T10:00"), Limit("working_day", 2))
    assert due.due_at == closing("2026-08-10")
    assert due.explain() == (
        "8月4日10:00收件；2个工作日，跳过8月5日暴雨停工、8月7日至8月9日；到期8月10日周一17:30"
    )
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


def test_a_due_date_survives_storage(calendar):
    for limit in (SEVEN_DAYS, Limit("calendar_day", 20), Limit("hour", 24), Limit("end_of_day")):
        due = calendar.due(ASSIGNED, limit, [WAITING_FOR_PIPES])
        assert Due.from_json(json.loads(json.dumps(due.as_json()))) == due


def test_nothing_anyone_typed_enters_the_stored_arithmetic(calendar):
    due = calendar.due(ASSIGNED, SEVEN_DAYS, [WAITING_FOR_PIPES])
    assert "等管材" not in json.dumps(due.as_json(), ensure_ascii=False)


def test_a_long_span_is_drawn_by_its_beginning_and_its_end(calendar):
    due = calendar.due(at("2026-01-05T10:00"), Limit("working_day", 60))
    weeks = calendar.month_grid(due, at("2026-01-06T10:00"))
    assert [bool(week.days) for week in weeks] == [True, True, False, True, True, True, True, True]
    assert weeks[2].gap == 6
    assert weeks[3].days[0].day == date(2026, 3, 2)
    assert [cell.ordinal for cell in weeks[-1].days] == [56, 57, 58, 59, 60, None, None]
    assert (
        len(calendar.month_grid(calendar.due(at("2026-06-22T10:00"), Limit("working_day", 39)), ASSIGNED))
        == 8
    )


def test_instants_without_an_offset_are_refused(calendar):
    naive = datetime(2026, 9, 24, 11, 5)
    for wrong in (
        lambda: calendar.due(naive, SEVEN_DAYS),
        lambda: calendar.received_on(naive),
        lambda: calendar.shift(naive, 1),
        lambda: calendar.next_opening(naive),
        lambda: calendar.working_days_between(naive, ASSIGNED),
        lambda: calendar.due(ASSIGNED, SEVEN_DAYS, [Pause(ASSIGNED, None)], as_of=naive),
        lambda: Pause(naive, None),
        lambda: Pause(ASSIGNED, naive),
    ):
        with pytest.raises(ValueError, match="offset"):
            wrong()


def test_a_suspension_cannot_end_before_it_starts():
    with pytest.raises(ValueError, match="cannot end"):
        Pause(at("2026-10-10T09:10"), at("2026-09-29T16:05"))


@pytest.mark.parametrize("far", [datetime.min, datetime.max, datetime(1899, 12, 31), datetime(2200, 1, 2)])
def test_an_instant_beyond_the_calendar_is_refused_and_does_not_overflow(calendar, far):
    with pytest.raises(Invalid) as refused:
        calendar.due(far.replace(tzinfo=UTC), SEVEN_DAYS)
    assert refused.value.errors[0].code == "out_of_calendar"


def test_a_limit_that_leaves_the_calendar_is_refused(calendar):
    for received, limit in (
        ("2199-12-30T10:00", SEVEN_DAYS),
        ("2199-12-30T10:00", Limit("calendar_day", 10_000)),
        ("2199-12-30T10:00", Limit("hour", 100_000)),
    ):
        with pytest.raises(Invalid):
            calendar.due(at(received), limit)
    with pytest.raises(Invalid):
        calendar.add_workdays(date(1900, 1, 2), -10)
    endless = Pause(at("2026-09-25T10:00"), datetime.max.replace(tzinfo=UTC))
    with pytest.raises(Invalid):
        calendar.due(ASSIGNED, SEVEN_DAYS, [endless])


@pytest.mark.parametrize(("unit", "amount"), [("working_day", 0), ("hour", -1), ("calendar_day", 10_001)])
def test_an_impossible_limit_is_refused(unit, amount):
    with pytest.raises(Invalid) as refused:
        Limit(unit, amount)
    assert refused.value.errors[0].code == "limit_amount"


def test_an_unknown_unit_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="fortnight"):
        Limit("fortnight", 1)


def test_threads_share_one_calendar():
    calendar = WorkCalendar(seed_days(2004, 2026), known_years(), ZONE, version="2026.1")
    received = [at(f"{year}-09-28T10:00") for year in range(2004, 2027) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda each: calendar.due(each, SEVEN_DAYS), received))
    assert found == [calendar.due(each, SEVEN_DAYS) for each in received]


def test_every_sentence_of_the_arithmetic_takes_the_same_parameters_in_both_languages():
    for code, texts in catalogue().items():
        if code.startswith(("due.", "calendar.")):
            assert set(texts) == set(LOCALES), code
            fields = [
                {name for _, name, _, _ in string.Formatter().parse(texts[each]) if name} for each in LOCALES
            ]
            assert fields[0] == fields[1], code


def test_the_example_in_the_documentation_holds():
    found = doctest.testmod(calendars, extraglobs={"ZoneInfo": ZoneInfo})
    assert (found.failed, found.attempted) == (0, 3)
