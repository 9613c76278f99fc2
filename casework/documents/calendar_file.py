"""Calendar files (RFC 5545) and invitations (RFC 5546): meetings and days by which something has to be done.

What stands in them is chosen by workflows/agenda.py. A file is the same for the same entries whenever it is written,
unless it is a message: its stamp is the moment it was written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

PRODUCT = "-//Casework//Office calendar//ZH"
MEDIA_TYPE = "text/calendar"
PUBLISH, REQUEST, CANCEL = "PUBLISH", "REQUEST", "CANCEL"
_EVERY = "PT1H"
_OCTETS = 75
_ESCAPES = (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: a meeting from `starts` to `ends`, or a whole `day`. `organizer` is the mailbox that takes replies."""

    uid: str
    sequence: int
    changed_at: datetime
    summary: str
    organizer: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    day: date | None = None
    location: str = ""
    description: str = ""
    url: str = ""
    # TENTATIVE, CONFIRMED or CANCELLED.
    status: str = "CONFIRMED"


def feed(entries: Sequence[Entry], *, name: str, zone: ZoneInfo) -> bytes:
    """Write a calendar to subscribe to."""
    calendar = _calendar(PUBLISH, zone)
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", str(zone))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    # As text: a timedelta would be written as 1:00:00.
    calendar.add("x-published-ttl", _EVERY)
    # The library takes a third of a millisecond for an entry: of a feed with hundreds it writes the frame alone, and a
    # test holds that what stands here is what it would write.
    head, end, rest = bytes(calendar.to_ical()).rpartition(b"END:VCALENDAR")
    return b"".join((head, *(_written(entry, zone) for entry in entries), end, rest))


def _written(entry: Entry, zone: ZoneInfo) -> bytes:
    """Write an entry as the library does, in its order of lines."""
    changed, lines = f"{entry.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}", ["BEGIN:VEVENT"]
    lines.append(f"SUMMARY:{_escaped(entry.summary)}")
    if entry.day is not None:
        lines += [f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}", f"DTEND;VALUE=DATE:{entry.day + timedelta(days=1):%Y%m%d}"]
    elif entry.starts is not None and entry.ends is not None:
        for name, at in (("DTSTART", entry.starts), ("DTEND", entry.ends)):
            lines.append(f"{name};TZID={zone}:{at.astimezone(zone):%Y%m%dT%H%M%S}")
    lines += [f"DTSTAMP:{changed}", f"UID:{_escaped(entry.uid)}", f"SEQUENCE:{entry.sequence}", "CLASS:PRIVATE"]
    if entry.description:
        lines.append(f"DESCRIPTION:{_escaped(entry.description)}")
    lines.append(f"LAST-MODIFIED:{changed}")
    if entry.location:
        lines.append(f"LOCATION:{_escaped(entry.location)}")
    lines += [f"ORGANIZER:mailto:{entry.organizer}", f"STATUS:{_escaped(entry.status)}"]
    lines.append(f"TRANSP:{_transparency(entry)}")
    if entry.url:
        lines.append(f"URL:{entry.url}")
    lines.append("END:VEVENT")
    return b"".join(_folded(line) for line in lines)


def _escaped(text: str) -> str:
    for plain, written in _ESCAPES:
        text = text.replace(plain, written)
    return text


def _folded(line: str) -> bytes:
    """Break a line after 75 octets at most, never within a character (RFC 5545 §3.1)."""
    whole = line.encode()
    if len(whole) <= _OCTETS:
        return whole + b"\r\n"
    from icalendar import parser  # noqa: PLC0415 - as below

    folded: Any = parser
    return bytes(folded.Contentline(line).to_ical()) + b"\r\n"


def _transparency(entry: Entry) -> str:
    return "OPAQUE" if entry.day is None and entry.status != "CANCELLED" else "TRANSPARENT"


def message(entry: Entry, *, method: str, attendee: str, zone: ZoneInfo, at: datetime) -> bytes:
    """Write an invitation (REQUEST) or its end (CANCEL) to one address."""
    from icalendar import vCalAddress  # noqa: PLC0415 - only where mail is sent

    calendar = _calendar(method, zone)
    event = _event(entry, zone, stamp=at)
    address = vCalAddress(f"mailto:{attendee}")
    for name, value in (
        ("CUTYPE", "INDIVIDUAL"),
        ("ROLE", "REQ-PARTICIPANT"),
        ("PARTSTAT", "NEEDS-ACTION"),
        ("RSVP", "TRUE" if method == REQUEST else "FALSE"),
    ):
        address.params[name] = value
    event.add("attendee", address, encode=False)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _calendar(method: str, zone: ZoneInfo) -> Any:
    from icalendar import Calendar, Timezone, TimezoneStandard  # noqa: PLC0415 - a service must start quickly

    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    # No summer time since 1991: one rule is the whole zone.
    standard = TimezoneStandard()
    offset = datetime(2026, 1, 1, tzinfo=zone).utcoffset()
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 - the zone itself is being told
    standard.add("tzoffsetfrom", offset)
    standard.add("tzoffsetto", offset)
    standard.add("tzname", datetime(2026, 1, 1, tzinfo=zone).tzname() or str(zone))
    told = Timezone()
    told.add("tzid", str(zone))
    told.add_component(standard)
    calendar.add_component(told)
    return calendar


def _event(entry: Entry, zone: ZoneInfo, *, stamp: datetime) -> Any:
    from icalendar import Event, vCalAddress  # noqa: PLC0415 - as above

    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", stamp)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", entry.sequence)
    if entry.day is not None:
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
    elif entry.starts is not None and entry.ends is not None:
        event.add("dtstart", entry.starts.astimezone(zone))
        event.add("dtend", entry.ends.astimezone(zone))
    event.add("summary", entry.summary)
    for name in ("location", "description", "url"):
        if getattr(entry, name):
            event.add(name, getattr(entry, name))
    event.add("status", entry.status)
    event.add("organizer", vCalAddress(f"mailto:{entry.organizer}"), encode=False)
    event.add("transp", _transparency(entry))
    event.add("class", "PRIVATE")
    return event
