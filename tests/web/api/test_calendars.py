"""A person's calendar as calendar programs read it, and answers of calendar programs as the office notes them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import recurring_ical_events
import time_machine
from icalendar import Calendar
from ics import Calendar as OtherCalendar
from sqlalchemy import select, update

from casework.cases.tables import Case
from casework.consultations.tables import Consultation, Participant
from casework.core.ids import new_id
from casework.registry.tables import Person, Token
from tests.web.api.conftest import Api
from tests.web.api.counting import statements_of
from tests.web.api.meetings import SPAN, approved, move, moved, scheduled, venues
from tests.web.api.meetings import date as date_of
from tests.world import MORNING


@pytest.fixture
def notified(api: Api) -> Any:
    """Set a meeting with 白工 and let the notices go out."""
    venues(api)
    return moved(move(api, "he", scheduled(api, "bai"), "notify", research="看过了"))


def feed_of(api: Api, who: str) -> str:
    """Let somebody have an address of their calendar."""
    url: str = api.ok(who, "POST", "/calendar-feeds")["url"]
    assert url.startswith("http://localhost/calendar/cwcal_") and url.endswith(".ics")
    return url


def fetched(api: Api, url: str, **headers: str) -> Any:
    with api.app.test_client() as client:
        return client.get(url, headers=headers)


def events(api: Api, url: str) -> dict[str, Any]:
    """Fetch a calendar and return its events by UID."""
    answer = fetched(api, url)
    assert answer.status_code == 200, answer.text
    return {str(each["UID"]): each for each in Calendar.from_ical(answer.get_data()).walk("VEVENT")}


def test_three_strangers_read_the_meetings_and_due_dates_of_a_unit_s_handler(api: Api, notified: Any) -> None:
    case_id = api.world.assigned()
    url = feed_of(api, "bai")
    answer = fetched(api, url)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "Set-Cookie" not in answer.headers and answer.headers["Referrer-Policy"] == "no-referrer"
    body = answer.get_data()
    assert all(len(line) <= 75 for line in body.split(b"\r\n")) and b"\n" not in body.replace(b"\r\n", b"")
    calendar = Calendar.from_ical(body)
    assert (str(calendar["METHOD"]), len(calendar.walk("VTIMEZONE"))) == ("PUBLISH", 1)
    assert calendar["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"
    meeting = {str(each["UID"]): each for each in calendar.walk("VEVENT")}[notified["id"]]
    assert meeting["SUMMARY"] == "协商：三组引水管道怎么修、谁出工"
    assert (meeting["STATUS"], meeting["LOCATION"]) == ("CONFIRMED", "方石村村委会会议室")
    assert "ATTENDEE" not in meeting and meeting["DTSTART"].params["TZID"] == "Asia/Shanghai"
    # The second reader works out what falls on a day, the third has a parser of its own.
    day = datetime.fromisoformat(SPAN[0]).date()
    assert [each["UID"] for each in recurring_ical_events.of(calendar).at(day)] == [notified["id"]]
    due = api.world.case(case_id).due_at
    assert due is not None
    other = {each.uid: each for each in OtherCalendar(body.decode()).events}
    assert other[notified["id"]].begin.datetime == datetime.fromisoformat(SPAN[0])
    assert other[f"{case_id}-handle"].begin.date() == due.astimezone(api.office.settings.zone).date()
    assert len(other) == 2


def test_nothing_personal_and_nothing_of_others_stands_in_it(api: Api, notified: Any) -> None:
    api.world.assigned(title="李小芳家水管断了，电话 13900000876")
    text = fetched(api, feed_of(api, "bai")).text.replace("\r\n ", "")
    assert "饮水" in text and "QC-AJ-2026-000001" in text
    for secret in ("李小芳", "13900000876", "水管断了", "何干事", "白工"):
        assert secret not in text
    # Who is neither invited nor handles anything has an empty calendar.
    assert events(api, feed_of(api, "ding")) == {}
    assert [str(each["STATUS"]) for each in events(api, feed_of(api, "chen")).values()] == ["CONFIRMED"]


def test_a_villager_named_in_a_title_is_masked_in_every_calendar(api: Api) -> None:
    """Feeds are copied to places we do not know: who reported a matter, or comes to it, stands in none by name."""
    venues(api)
    case_id = str(api.world.report(reporter={"name": "周大山", "phone": "13900000876"}))
    topic = approved(api, title="王大力和周大山两家的引水管", cases=[case_id])
    moved(move(api, "he", topic, "schedule", **date_of(api, "bai")))
    summary = str(events(api, feed_of(api, "bai"))[topic["id"]]["SUMMARY"])
    assert summary == "协商：王*力和周*山两家的引水管"


def test_a_change_keeps_the_uid_and_raises_the_sequence(api: Api, notified: Any, clock: time_machine.Traveller) -> None:
    url, uid, seen = feed_of(api, "bai"), notified["id"], list[tuple[str, int, bool]]()

    def look() -> None:
        found = events(api, url)[uid]
        seen.append((str(found["STATUS"]), int(found["SEQUENCE"]), "【" in found["SUMMARY"]))

    look()
    moved(move(api, "an", notified, "postpone", reason="下雨"))
    look()
    later = ("2026-10-22T09:00:00+08:00", "2026-10-22T11:00:00+08:00")
    who = [{"person": str(api.world["bai"].person_id), "part": "department", "required": True}]
    moved(
        move(api, "he", notified, "schedule", starts_at=later[0], ends_at=later[1], venue="FSC-HALL", participants=who)
    )
    look()
    moved(move(api, "he", notified, "notify"))
    look()
    moved(move(api, "an", notified, "cancel", reason="并入别的会"))
    look()
    moved(move(api, "an", notified, "archive"))
    look()
    assert [each[0] for each in seen] == ["CONFIRMED", "CANCELLED", "TENTATIVE", "CONFIRMED", *["CANCELLED"] * 2]
    numbers = [each[1] for each in seen]
    assert numbers[:5] == sorted(set(numbers)) and numbers[4] == numbers[5]
    assert [each[2] for each in seen] == [False, True, False, False, True, True]
    clock.shift(timedelta(days=31))
    assert uid not in events(api, url)


def test_what_is_known_already_is_not_sent_again(api: Api, notified: Any, clock: time_machine.Traveller) -> None:
    url = feed_of(api, "bai")
    first = fetched(api, url)
    clock.shift(timedelta(hours=2))
    again = fetched(api, url, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert fetched(api, url).get_data() == first.get_data()
    assert fetched(api, url, **{"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304
    with api.app.test_client() as client:
        head = client.head(url)
    assert (head.status_code, head.headers["ETag"]) == (200, first.headers["ETag"])
    moved(move(api, "an", notified, "postpone", reason="下雨"))
    assert fetched(api, url, **{"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_the_secret_is_kept_as_a_digest_and_ends_at_once(api: Api) -> None:
    first, second = feed_of(api, "bai"), feed_of(api, "bai")
    secret = first.rpartition("/")[2].removesuffix(".ics")
    with api.office.db.reading() as session:
        assert secret not in {row.digest for row in session.scalars(select(Token))}
    # It opens the calendar and nothing else.
    assert api(None, "GET", "/cases", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert fetched(api, f"/calendar/{api.tokens['bai']}.ics").status_code == 404
    rows = api.ok("bai", "GET", "/calendar-feeds")["items"]
    assert [row["url"] for row in rows] == [None, None]
    assert api("he", "DELETE", f"/calendar-feeds/{rows[1]['id']}").status_code == 404
    assert api("bai", "DELETE", f"/calendar-feeds/{rows[1]['id']}").status_code == 204
    assert [fetched(api, each).status_code for each in (first, second)] == [404, 200]
    assert api("bai", "DELETE", "/calendar-feeds").status_code == 204
    assert fetched(api, second).status_code == 404
    third = feed_of(api, "bai")
    with api.office.db.transaction() as session:
        session.execute(update(Person).where(Person.user_name == "bai").values(disabled_at=MORNING))
    assert fetched(api, third).status_code == 404


def test_five_hundred_entries_cost_as_few_statements_as_one(api: Api, notified: Any) -> None:
    case_id = api.world.assigned()
    url = feed_of(api, "bai")
    fetched(api, url)
    with statements_of(api.office.db) as few:
        assert len(events(api, url)) == 2
    _copy(api, notified["id"], case_id)
    with statements_of(api.office.db) as many:
        assert len(events(api, url)) == 500
    assert len(many) == len(few) <= 12, "\n".join(few)


def _copy(api: Api, meeting_id: str, case_id: Any) -> None:
    """Let there be 250 of the meeting and of the case."""
    with api.office.db.transaction() as session:
        meeting, case = session.get_one(Consultation, UUID(meeting_id)), session.get_one(Case, case_id)
        asked = select(Participant).where(Participant.person_id == api.world["bai"].person_id)
        named = session.scalars(asked).one()
        for n in range(2, 251):
            new = new_id()
            session.add(_like(meeting, id=new, number=f"{meeting.number}-{n}"))
            session.add(_like(named, id=new_id(), consultation_id=new))
            session.add(_like(case, id=new_id(), number=f"{case.number}-{n}"))


def _like(row: Any, **changes: Any) -> Any:
    written = [each for each in type(row).__mapper__.column_attrs if each.columns[0].computed is None]
    values = {each.key: getattr(row, each.key) for each in written}
    return type(row)(**{**values, **changes})


# ------------------------------------------------------------------ answers
def reply(uid: str, *, address: str = "bai@county.invalid", partstat: str = "ACCEPTED", **more: Any) -> str:
    """Write what a calendar program answers."""
    stamp = more.get("stamp", MORNING + timedelta(minutes=5))
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Stranger//1//EN", f"METHOD:{more.get('method', 'REPLY')}"),
        *("BEGIN:VEVENT", f"UID:{uid}", f"SEQUENCE:{more.get('sequence', 1)}", f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}"),
        *("DTSTART:20990101T010000Z", "SUMMARY:something else"),
        f'ATTENDEE;PARTSTAT={partstat};CN="Bai, Gong":MAILTO:{address}',
        *("END:VEVENT", "END:VCALENDAR", ""),
    ]
    return "\r\n".join(lines)


@pytest.fixture
def with_address(api: Api) -> Iterator[Api]:
    """Give 白工 and 丁某 an address."""
    with api.office.db.transaction() as session:
        for person in session.scalars(select(Person).where(Person.user_name.in_(("bai", "ding")))):
            person.mail = f"{person.user_name}@county.invalid"
    yield api


def test_an_answer_by_mail_is_noted_and_nothing_else_of_it_is_believed(with_address: Api, notified: Any) -> None:
    api, path = with_address, f"/consultations/{notified['id']}/reply-files"
    noted = api.ok("he", "POST", path, {"content": reply(notified["id"], partstat="TENTATIVE")})
    assert (noted["name"], noted["reply"]) == ("白工", "maybe")
    newer = reply(notified["id"], address="BAI@county.invalid", stamp=MORNING + timedelta(minutes=9))
    assert api.ok("he", "POST", path, {"content": newer})["reply"] == "yes"
    whole = api.ok("he", "GET", f"/consultations/{notified['id']}")
    assert (whole["title"], whole["starts_at"]) == (notified["title"], notified["starts_at"])
    assert date.fromisoformat(whole["starts_at"][:10]).year == 2026


def test_an_answer_from_a_mailbox_that_two_of_them_share_is_nobody_s(with_address: Api) -> None:
    api = with_address
    venues(api)
    meeting = moved(move(api, "he", scheduled(api, "bai", "shui"), "notify", research="看过了"))
    with api.office.db.transaction() as session:
        for person in session.scalars(select(Person).where(Person.user_name == "shui")):
            person.mail = "Bai@county.invalid"
    refused = api("he", "POST", f"/consultations/{meeting['id']}/reply-files", {"content": reply(meeting["id"])})
    assert refused.status_code == 409 and "reply_from_shared_address" in refused.text


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"address": "ding@county.invalid"}, 409, "reply_from_stranger"),
        ({"address": "nobody@elsewhere.invalid"}, 409, "reply_from_stranger"),
        ({"uid": "0190"}, 409, "reply_to_another_meeting"),
        ({"sequence": 0}, 409, "reply_to_earlier_date"),
        ({"stamp": datetime(2026, 10, 1, tzinfo=UTC), "twice": True}, 409, "reply_is_old"),
        ({"method": "COUNTER"}, 409, "reply_is_a_counter"),
        ({"method": "REQUEST"}, 422, "not_a_calendar_reply"),
        ({"partstat": "DELEGATED"}, 422, "not_a_calendar_reply"),
        ({"sequence": "many"}, 422, "not_a_calendar_reply"),
    ],
)
def test_what_is_no_answer_of_one_invited_is_refused_with_its_reason(
    with_address: Api, notified: Any, changes: dict[str, Any], status: int, code: str
) -> None:
    api, path = with_address, f"/consultations/{notified['id']}/reply-files"
    changes = dict(changes)
    if changes.pop("twice", False):
        api.ok("he", "POST", path, {"content": reply(notified["id"])})
    written = reply(changes.pop("uid", notified["id"]), **changes)
    before = api.ok("he", "GET", f"/consultations/{notified['id']}")["version"]
    answer = api("he", "POST", path, {"content": written})
    assert answer.status_code == status, answer.text
    assert code in answer.text
    assert api.ok("he", "GET", f"/consultations/{notified['id']}")["version"] == before


def test_only_the_office_notes_answers_of_others(with_address: Api, notified: Any) -> None:
    body = {"content": reply(notified["id"])}
    assert with_address("bai", "POST", f"/consultations/{notified['id']}/reply-files", body).status_code == 403
    assert with_address("ding", "POST", f"/consultations/{notified['id']}/reply-files", body).status_code == 404
