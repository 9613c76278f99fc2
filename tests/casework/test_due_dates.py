"""Limits, pauses and due instants as data, and the words made from them."""

import json
import string

import pytest

from casework.core.calendars import Due, Limit, Pause
from casework.core.errors import Invalid
from casework.core.i18n import LOCALES, catalogue
from tests.casework.office_days import ASSIGNED, CALENDAR, SEVEN_DAYS, WAITING_FOR_PIPES, at, closing


def test_a_late_receipt_before_spring_festival_is_explained_in_words():
    due = CALENDAR.due(at("2025-01-27T18:10"), SEVEN_DAYS)
    assert due.explain("zh") == (
        "1月27日18:10收件，已过17:30，按2月5日收件；7个工作日，跳过1月28日至2月4日春节，2月8日周六调休照算；"
        "到期2月13日周四17:30"
    )
    assert due.explain("en") == (
        "Received 27 Jan 18:10, after 17:30, so it counts as received on 5 Feb; 7 working days, skipping 28 Jan to "
        "4 Feb (Spring Festival), counting Sat 8 Feb (make-up working day); due Thu 13 Feb 17:30"
    )


def test_a_long_suspension_is_told_as_a_range():
    pause = Pause(at("2026-10-12T10:00"), at("2026-11-23T10:00"))
    due = CALENDAR.due(at("2026-10-12T09:00"), SEVEN_DAYS, [pause])
    assert "10月13日至11月20日不计，顺延29个工作日" in due.explain()
    assert due.due_at == closing("2026-12-01")


def test_many_holidays_are_told_by_their_number():
    due = CALENDAR.due(at("2024-01-02T10:00"), Limit("working_day", 500))
    assert due.explain() == (
        "1月2日10:00收件；500个工作日，跳过其间13段假期共60天，其间14个调休上班日照算；到期2026年1月5日周一17:30"
    )


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
def test_what_moved_the_receipt_is_said(received, begins):
    assert CALENDAR.due(at(received), Limit("working_day", 1)).explain().startswith(begins)


def test_a_due_date_survives_storage():
    for limit in (SEVEN_DAYS, Limit("calendar_day", 20), Limit("hour", 24), Limit("end_of_day")):
        due = CALENDAR.due(ASSIGNED, limit, [WAITING_FOR_PIPES])
        assert Due.from_json(json.loads(json.dumps(due.as_json()))) == due


def test_nothing_anyone_typed_enters_the_stored_arithmetic():
    due = CALENDAR.due(ASSIGNED, SEVEN_DAYS, [WAITING_FOR_PIPES])
    assert "等管材" not in json.dumps(due.as_json(), ensure_ascii=False)


def test_every_sentence_of_the_arithmetic_takes_the_same_parameters_in_both_languages():
    for code, texts in catalogue().items():
        if code.startswith(("due.", "calendar.")):
            assert set(texts) == set(LOCALES), code
            fields = [{name for _, name, _, _ in string.Formatter().parse(texts[each]) if name} for each in LOCALES]
            assert fields[0] == fields[1], code


def test_a_suspension_cannot_end_before_it_starts():
    with pytest.raises(ValueError, match="cannot end"):
        Pause(at("2026-10-10T09:10"), at("2026-09-29T16:05"))


@pytest.mark.parametrize(("unit", "amount"), [("working_day", 0), ("hour", -1), ("calendar_day", 10_001)])
def test_an_impossible_limit_is_refused(unit, amount):
    with pytest.raises(Invalid) as refused:
        Limit(unit, amount)
    assert refused.value.errors[0].code == "limit_amount"


def test_an_unknown_unit_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="fortnight"):
        Limit("fortnight", 1)
