"""A calendar to subscribe to is written line by line as the library would write it, only quicker."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from casework.documents import calendar_file
from casework.documents.calendar_file import Entry

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 10, 19, 1, 2, 3, 456, tzinfo=UTC)
LONG: dict[str, Any] = {
    "summary": "三组的水管怎么修" * 12 + "; , \\ \n第二行\r\n第三行",
    "location": "会议室，三楼; A, B",
    "description": "带上身份证\n" * 30,
    "url": "https://office.example/q/1?a=1,2;3" + "z" * 90,
    "organizer": "office@office.example",
}


@pytest.mark.parametrize(
    "entry",
    [
        Entry("a@b", 0, AT, "短"),
        Entry("a;b,c@b", 12, AT, starts=AT, ends=AT + timedelta(hours=2), status="CANCELLED", **LONG),
        Entry("d@b", 1, AT, "到期", day=date(2026, 12, 31), status="TENTATIVE"),
    ],
)
def test_an_entry_is_what_the_library_writes(entry: Entry) -> None:
    mine = calendar_file.feed([entry], name="协商", zone=ZONE)
    frame = calendar_file._calendar(calendar_file.PUBLISH, ZONE)
    event = bytes(calendar_file._event(entry, ZONE, stamp=entry.changed_at).to_ical())
    assert event in mine and mine.count(b"BEGIN:VEVENT") == 1
    assert mine.endswith(event + b"END:VCALENDAR\r\n") and mine.startswith(bytes(frame.to_ical())[:40])
