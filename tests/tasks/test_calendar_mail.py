"""Invitations by mail: what a calendar program needs to ask its owner, and to take a meeting out again."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from icalendar import Calendar
from ics import Calendar as OtherCalendar
from sqlalchemy import select

from casework.core.office import Office
from casework.matters.tables import Notice
from tasks.sending.mail import Postman
from tests.meeting import approved, at, hall, move
from tests.tasks.conftest import Post, with_mail
from tests.tasks.smtp_server import MailServer, mail_server
from tests.world import MORNING, World

LATER = MORNING + timedelta(minutes=2)


@pytest.fixture
def server() -> Iterator[MailServer]:
    """Lend a mail server."""
    with mail_server() as running:
        yield running


def enclosed(letter: Any) -> tuple[str, Any]:
    """Return the method that the part of a letter names, and the calendar in it."""
    assert letter.get_content_type() == "multipart/alternative"
    words, page, part = letter.iter_parts()
    assert [each.get_content_type() for each in (words, page, part)] == ["text/plain", "text/html", "text/calendar"]
    said = [line for line in words.get_content().splitlines() if line.strip()]
    assert [unescape(line) for line in re.findall("<p>(.*?)</p>", page.get_content())] == said
    assert part.get_content_disposition() is None
    text = part.get_content()
    OtherCalendar(text)
    return part.get_param("method"), Calendar.from_ical(text)


def test_an_invitation_goes_to_each_invited_once_and_its_end_follows_it(
    office: Office, world: World, post: Post, give_mail: Callable[..., None], server: MailServer
) -> None:
    give_mail("bai", "zhen")
    hall(world)
    topic = approved(world)
    move(world, topic, "schedule", "an", **at(0, "bai", "zhen", world=world))
    move(world, topic, "notify", research="看过两处断口")
    post.tell(at=MORNING, mails=True)
    postman = Postman(with_mail(office, server.url))
    assert postman.send_due(at=MORNING) == 2
    assert {letter["To"] for letter in server.letters} == {"bai@county.invalid", "zhen@county.invalid"}
    for letter in server.letters:
        method, calendar = enclosed(letter)
        (event,) = calendar.walk("VEVENT")
        assert (method, calendar["METHOD"], event["UID"], int(event["SEQUENCE"])) == (
            "REQUEST",
            "REQUEST",
            str(topic),
            1,
        )
        assert (str(event["ATTENDEE"]), event["ATTENDEE"].params["RSVP"]) == (f"mailto:{letter['To']}", "TRUE")
        assert str(event["ORGANIZER"]) == "mailto:casework@county.invalid"
        assert "李小芳" not in letter.as_string()
        assert letter["Subject"] == "请您留意 QC-XS-2026-000001"
    move(world, topic, "postpone", "an", reason="下雨")
    post.tell(at=LATER, mails=True)
    assert postman.send_due(at=LATER) == 2
    method, calendar = enclosed(server.letters[-1])
    (event,) = calendar.walk("VEVENT")
    assert (method, event["UID"], int(event["SEQUENCE"])) == ("CANCEL", str(topic), 2)
    assert event["STATUS"] == "CANCELLED" and event["DTSTAMP"].dt == LATER


def test_a_letter_that_goes_out_late_invites_to_nothing_called_off_meanwhile(
    office: Office, world: World, post: Post, give_mail: Callable[..., None], server: MailServer
) -> None:
    give_mail("bai")
    hall(world)
    topic = approved(world)
    move(world, topic, "schedule", "an", **at(0, "bai", world=world))
    move(world, topic, "notify", research="看过两处断口")
    post.tell(at=MORNING, mails=True)
    move(world, topic, "cancel", "an", reason="并入别的会")
    post.tell(at=LATER, mails=True)
    Postman(with_mail(office, server.url)).send_due(at=LATER)
    assert {enclosed(letter)[0] for letter in server.letters} == {"CANCEL"}


def test_without_mail_nothing_waits_for_a_postman(world: World, post: Post, give_mail: Callable[..., None]) -> None:
    give_mail("bai")
    hall(world)
    topic = approved(world)
    move(world, topic, "schedule", "an", **at(0, "bai", world=world))
    move(world, topic, "notify", research="看过两处断口")
    post.tell(at=MORNING, mails=False)
    assert post.told("meeting_invited") == {"an", "bai"}
    with world.db.reading() as session:
        assert session.scalars(select(Notice).where(Notice.channel == "mail")).all() == []
