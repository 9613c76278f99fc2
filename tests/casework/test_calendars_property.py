"""Due instants against a slow reference that shares no code with them: it walks day by day and asks the package.

Each example crosses several receipts with several limits, so that ten thousand combinations stay quick.
"""

import json
from datetime import UTC, date, datetime, time, timedelta

import chinese_calendar
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.core.calendars import Due, Limit, Pause
from tests.casework.office_days import CALENDAR, ZONE

CLOSES = time(17, 30)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
COMBINATIONS = 10_000
RECEIPTS, LIMITS = 5, 5


# The reference


def is_worked(day):
    return chinese_calendar.is_workday(day) if 2004 <= day.year <= 2026 else day.weekday() < 5


def midnight(day):
    return datetime.combine(day, time(0), tzinfo=ZONE).astimezone(UTC)


def close_of(day):
    return datetime.combine(day, CLOSES, tzinfo=ZONE).astimezone(UTC)


def stood_still(pauses, since, until):
    """Whether the pauses, taken together, leave no gap between the two instants."""
    reached = since
    while reached < until:
        ends = [pause.end for pause in pauses if pause.start <= reached < pause.end]
        if not ends:
            return False
        reached = max(ends)
    return True


def slow_receipt(received):
    local = received.astimezone(ZONE)
    day = local.date()
    if is_worked(day) and local.replace(tzinfo=None) <= datetime.combine(day, CLOSES):
        return day
    day += DAY
    while not is_worked(day):
        day += DAY
    return day


def slow_days(received, limit, pauses):
    day = slow_receipt(received)
    count = 0
    wanted = 0 if limit.unit == "end_of_day" else limit.amount
    while count < wanted:
        day += DAY
        counts = limit.unit == "calendar_day" or is_worked(day)
        if counts and not stood_still(pauses, midnight(day) - TICK, midnight(day + DAY)):
            count += 1
    while not is_worked(day) or stood_still(pauses, close_of(day) - TICK, close_of(day) + TICK):
        day += DAY
    return close_of(day)


def slow_hours(received, limit, pauses):
    left = timedelta(hours=limit.amount)
    now = received.astimezone(UTC)
    for edge in sorted({each for pause in pauses for each in (pause.start, pause.end) if each > now}):
        if not any(pause.start <= now < pause.end for pause in pauses):
            if left <= edge - now:
                return now + left
            left -= edge - now
        now = edge.astimezone(UTC)
    return now + left


def slow_due(received, limit, pauses):
    return (slow_hours if limit.unit == "hour" else slow_days)(received, limit, pauses)


# What is drawn

days = st.one_of(
    st.dates(date(2024, 12, 1), date(2027, 3, 1)),
    st.dates(date(1985, 1, 1), date(2035, 12, 31)),
)
clocks = st.one_of(
    st.sampled_from([time(0), time(8, 30), time(17, 29, 59), CLOSES, time(17, 30, 0, 1), time(23, 59)]),
    st.times(),
)
limits = st.one_of(
    st.builds(Limit, st.just("working_day"), st.integers(1, 40)),
    st.builds(Limit, st.just("calendar_day"), st.integers(1, 60)),
    st.builds(Limit, st.just("hour"), st.integers(1, 200)),
    st.just(Limit("end_of_day")),
)


@st.composite
def moments(draw, around):
    day = around + draw(st.integers(-3, 45)) * DAY
    return datetime.combine(day, draw(clocks), tzinfo=ZONE)


@st.composite
def some_pauses(draw, around, most=4):
    drawn = []
    for _ in range(draw(st.integers(0, most))):
        # Compared as instants: across the end of summer time, wall clocks may run the other way.
        ends = sorted((draw(moments(around)), draw(moments(around))), key=lambda each: each.astimezone(UTC))
        drawn.append(Pause(ends[0].astimezone(UTC), ends[1].astimezone(UTC)))
    return drawn


@st.composite
def situations(draw):
    around = draw(days)
    receipts = [draw(moments(around)) for _ in range(RECEIPTS)]
    chosen = [draw(limits) for _ in range(LIMITS)]
    return receipts, chosen, draw(some_pauses(around)), draw(some_pauses(around, most=2))


@settings(max_examples=COMBINATIONS // (RECEIPTS * LIMITS), deadline=None)
@given(situation=situations())
def test_every_due_instant_is_that_of_the_slow_reference(situation):
    receipts, chosen, pauses, _ = situation
    for received in receipts:
        for limit in chosen:
            due = CALENDAR.due(received, limit, pauses)
            assert due.due_at == slow_due(received, limit, pauses), (received, limit, pauses)


@settings(max_examples=100, deadline=None)
@given(situation=situations())
def test_a_later_receipt_is_never_due_earlier(situation):
    receipts, chosen, pauses, _ = situation
    receipts = sorted(receipts, key=lambda each: each.astimezone(UTC))
    for limit in chosen:
        found = [CALENDAR.due(received, limit, pauses).due_at for received in receipts]
        assert found == sorted(found)


@settings(max_examples=100, deadline=None)
@given(situation=situations())
def test_a_suspension_never_shortens_what_is_left(situation):
    receipts, chosen, pauses, more = situation
    for limit in chosen:
        without = CALENDAR.due(receipts[0], limit).due_at
        some = CALENDAR.due(receipts[0], limit, pauses).due_at
        assert without <= some <= CALENDAR.due(receipts[0], limit, [*more, *pauses]).due_at


@settings(max_examples=100, deadline=None)
@given(situation=situations())
def test_the_arithmetic_told_adds_up(situation):
    receipts, _, pauses, _ = situation
    for n, received in enumerate(receipts, start=1):
        due = CALENDAR.due(received, Limit("working_day", n), pauses)
        told = sum(step.params.get("amount", 0) for step in due.steps if step.code.startswith("pause."))
        assert CALENDAR.count_workdays(due.received, due.due_at.astimezone(ZONE).date()) == n + told


@settings(max_examples=100, deadline=None)
@given(situation=situations())
def test_the_words_render_in_both_languages_and_mention_every_suspension(situation):
    receipts, chosen, pauses, _ = situation
    apart = [pause for pause in pauses if not _is_swallowed(pause, pauses)]
    for received, limit in zip(receipts, chosen, strict=True):
        due = CALENDAR.due(received, limit, pauses)
        zh, en = due.explain("zh"), due.explain("en")
        assert "{" not in zh + en
        for pause in apart:
            begun = pause.start.astimezone(ZONE)
            assert f"{begun.month}月{begun.day}日{begun:%H:%M}至" in zh
            assert f"{begun:%H:%M} to" in en
        assert ("provisional" in en) == ("暂定" in zh) == due.provisional
        assert Due.from_json(json.loads(json.dumps(due.as_json()))) == due


def _is_swallowed(pause, pauses):
    """Whether the pause goes on where another one has already begun, so that the two are told as one."""
    return any(other.start < pause.start <= other.end for other in pauses)


@settings(max_examples=100, deadline=None)
@given(situation=situations(), days_on=st.integers(0, 60))
def test_the_card_counts_one_by_one_up_to_the_due_day(situation, days_on):
    receipts, _, pauses, _ = situation
    for n, received in enumerate(receipts, start=1):
        due = CALENDAR.due(received, Limit("working_day", n), pauses)
        weeks = CALENDAR.month_grid(due, received + days_on * DAY, pauses)
        cells = [cell for week in weeks for cell in week.days]
        numbered = [cell for cell in cells if cell.ordinal is not None]
        assert len(weeks) <= 8
        assert all(len(week.days) == 7 and week.days[0].day.weekday() == 0 for week in weeks if not week.gap)
        assert "due" in numbered[-1].flags
        assert numbered[-1].ordinal == n
        assert [cell.day for cell in cells if "due" in cell.flags] == [due.due_at.astimezone(ZONE).date()]
        if not any(week.gap for week in weeks):
            assert [cell.ordinal for cell in numbered] == list(range(1, n + 1))
            assert sum("received" in cell.flags for cell in cells) == 1


@settings(max_examples=300, deadline=None)
@given(day=days, n=st.integers(-300, 300).filter(bool))
def test_adding_and_counting_working_days_are_inverse(day, n):
    found = CALENDAR.add_workdays(day, n)
    assert is_worked(found)
    if n > 0:
        assert CALENDAR.count_workdays(day, found) == n
    else:
        assert CALENDAR.count_workdays(found - DAY, day - DAY) == -n
    assert CALENDAR.count_workdays(day, day + 40 * DAY) == sum(is_worked(day + each * DAY) for each in range(1, 41))
