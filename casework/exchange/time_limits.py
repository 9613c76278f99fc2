"""办理时限 as a cell has it: a day, or how many days there are, as in 15个工作日 or 自交办之日起30天内."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from casework.core.errors import Invalid
from casework.core.working_days import WorkDays
from casework.exchange import numerals
from casework.exchange.habits import habits, plain
from casework.exchange.values import date_from_cell

_SPAN = re.compile(habits().patterns["span"])
_BEHIND_DAY = re.compile(habits().patterns["behind_day"])
_MOST = 366


def limit_of(values: Mapping[str, Any], calendar: WorkDays) -> date | None:
    """Return the day by when a row (`limit, reported, assigned`) was to be done; None where it says neither a day nor a
    number of days.

    Days are counted from the one after it was reported, or after it was given out where the cell says so (domain.md
    §7); a day without a year is one of the year of the report.
    """
    text, reported = values.get("limit"), values["reported"]
    if not text:
        return None
    found = _SPAN.fullmatch(plain(text))
    if found is None:
        try:
            day = _BEHIND_DAY.sub("", text.strip(), count=1)
            return date_from_cell(day, column="limit", default_year=reported.year)
        except Invalid:
            return None
    told = found["days"]
    days = int(told) if told.isdecimal() else numerals.from_words(told)
    begun = (values.get("assigned") if found["given_out"] else None) or reported
    if days is None or not 1 <= days <= _MOST:
        return None
    return calendar.add_workdays(begun, days) if found["working"] else begun + timedelta(days=days)
