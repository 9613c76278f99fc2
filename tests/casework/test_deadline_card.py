"""The weeks of the deadline card, cell by cell."""

from datetime import date

from casework.core.calendars import Limit, Pause
from tests.casework.office_days import ASSIGNED, CALENDAR, SEVEN_DAYS, WAITING_FOR_PIPES, at, closing, drawn


def test_the_deadline_card_of_the_picture_comes_out_cell_by_cell():
    due = CALENDAR.due(ASSIGNED, SEVEN_DAYS, [WAITING_FOR_PIPES])
    weeks = CALENDAR.month_grid(due, at("2026-10-14T09:00"), [WAITING_FOR_PIPES])
    read = [[drawn(cell) for cell in week.days] for week in weeks]
    assert read == [
        ["21", "22", "23", "24 received", "25 off 中秋", "26 off", "27 off"],
        ["28 counted 1", "29 counted 2", "30 paused", "1 off 国庆", "2 off", "3 off", "4 off"],
        ["5 off", "6 off", "7 off", "8 paused", "9 paused", "10 makeup counted 3", "11 weekend"],
        ["12 counted 4", "13 counted 5", "14 counted today 6", "15 counted due 7", "16", "17", "18"],
    ]
    assert weeks[1].days[2].reason == "等管材"
    assert CALENDAR.working_days_between(at("2026-10-14T09:00"), due.due_at) == 1


def test_a_clock_standing_still_today_is_drawn_as_if_started_again_now():
    pause = Pause(WAITING_FOR_PIPES.start, None, "等管材")
    now = at("2026-10-08T10:00")
    due = CALENDAR.due(ASSIGNED, SEVEN_DAYS, [pause], as_of=now)
    assert due.due_at == closing("2026-10-13")
    assert "还没恢复，先按10月8日10:00恢复推算" in due.explain()
    today = CALENDAR.month_grid(due, now, [pause])[2].days[3]
    assert today.flags == ("counted", "paused", "today")
    assert today.reason == "等管材"


def test_a_stored_date_is_drawn_with_a_suspension_begun_since():
    stored = CALENDAR.due(ASSIGNED, SEVEN_DAYS)
    weeks = CALENDAR.month_grid(stored, at("2026-10-09T10:00"), [Pause(WAITING_FOR_PIPES.start, None)])
    assert drawn(weeks[1].days[2]) == "30 paused"
    assert drawn(weeks[2].days[3]) == "8 paused"
    assert drawn(weeks[2].days[4]) == "9 counted paused today 3"


def test_a_long_span_is_drawn_by_its_beginning_and_its_end():
    due = CALENDAR.due(at("2026-01-05T10:00"), Limit("working_day", 60))
    weeks = CALENDAR.month_grid(due, at("2026-01-06T10:00"))
    assert [bool(week.days) for week in weeks] == [True, True, False, True, True, True, True, True]
    assert weeks[2].gap == 6
    assert weeks[3].days[0].day == date(2026, 3, 2)
    assert [cell.ordinal for cell in weeks[-1].days] == [56, 57, 58, 59, 60, None, None]
    assert len(CALENDAR.month_grid(CALENDAR.due(at("2026-06-22T10:00"), Limit("working_day", 39)), ASSIGNED)) == 8
