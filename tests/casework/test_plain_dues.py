"""What is reckoned straight into words is what the arithmetic of every step comes to, and its words are JSON's own."""

import json
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from casework.core.calendars import Limit, WorkCalendar, seed_days
from casework.core.columns import canonical


def test_words_are_those_of_the_arithmetic() -> None:
    # Of 2027 no plan is known, so what touches it is provisional.
    calendar = WorkCalendar(seed_days(2020, 2026), range(2020, 2027), ZoneInfo("Asia/Shanghai"), version='7 "b"')
    chance, codes = random.Random(114), set()
    limits = [Limit("working_day", n) for n in (1, 2, 7, 60)] + [Limit("hour", 24), Limit("end_of_day")]
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    for day in range(0, 7 * 366, 3):
        received = begin + timedelta(days=day, minutes=chance.choice((30, 240, 569, 570, 700, 1200)))
        for limit in chance.sample(limits, 3):
            due = calendar.due(received, limit)
            due_at, told = calendar.plain_due(received, limit)
            assert due_at == due.due_at
            assert told.words == canonical(due.as_json())
            assert told == due.as_json()
            codes |= {step.code for step in due.steps}
    assert codes >= {"closed", "closed_for", "late", "makeup", "provisional", "skip", "skip_day", "working_weekend"}


def test_canonical_words_are_those_of_json() -> None:
    value = {"乙": [1, None, True, {"b": '\u2028"\\\n\x7f', "a": []}], "a": {}, "é": -(10**20), "": ["𠮷"]}
    for each in (value, '字"', [], None, 7, [value] * 3):
        told = json.dumps(each, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        assert canonical(each) == told
