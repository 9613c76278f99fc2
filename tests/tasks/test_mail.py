"""Mail: counted before it is sent, tried again later, given up in sight; a case never waits for it (F18)."""

import smtplib
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from casework.core.database import Database
from casework.core.office import Office
from casework.matters.tables import Notice
from casework.registry import accounts
from casework.registry.recipients import Directory
from casework.registry.tables import Person
from tasks.sending.mail import BREAK_AFTER, MOST_ATTEMPTS, Postman, Server
from tests.tasks.conftest import Post, with_mail
from tests.tasks.smtp_server import MailServer, mail_server
from tests.world import MORNING, World

MINUTE = timedelta(minutes=1)


@pytest.fixture
def server() -> Iterator[MailServer]:
    """Lend a mail server."""
    with mail_server() as running:
        yield running


def letters(db: Database) -> list[Notice]:
    with db.reading() as session:
        return list(session.scalars(select(Notice).where(Notice.channel == "mail").order_by(Notice.id)))


@pytest.fixture
def waiting(world: World, post: Post, give_mail: Callable[..., None]) -> World:
    """Let two letters wait: a critical case was given to the water bureau."""
    give_mail("bai", "shui")
    world.assigned(urgency="critical")
    post.tell(at=MORNING, mails=True)
    return world


def test_a_letter_goes_out_in_its_reader_s_language_and_says_nothing_personal(
    office: Office, waiting: World, server: MailServer
) -> None:
    with office.db.transaction() as session:
        session.execute(update(Person).where(Person.id == waiting["shui"].person_id).values(locale="en"))
    assert Postman(with_mail(office, server.url)).send_due(at=MORNING) == 2
    number = "QC-AJ-2026-000001"
    by_reader = {letter["To"]: letter for letter in server.letters}
    assert by_reader["bai@county.invalid"]["Subject"] == f"请您留意 {number}"
    assert f"{number} 交给您单位办理" in by_reader["bai@county.invalid"].get_content()
    assert f"{number} was given to your unit" in by_reader["shui@county.invalid"].get_content()
    for letter in server.letters:
        assert "李小芳" not in letter.as_string() + letter.get_content()
        assert "水管" not in letter.get_content()
        assert letter["From"] == "casework@county.invalid"
    rows = letters(office.db)
    assert {(row.fate, row.sent_at, row.attempts) for row in rows} == {("sent", MORNING, 1)}
    assert {letter["Message-ID"] for letter in server.letters} == {f"<{row.id}@county.invalid>" for row in rows}


def test_a_sent_letter_is_not_sent_again(office: Office, waiting: World, server: MailServer) -> None:
    postman = Postman(with_mail(office, server.url))
    postman.send_due(at=MORNING)
    assert postman.send_due(at=MORNING + timedelta(days=2)) == 0
    assert len(server.letters) == 2


def test_the_try_is_on_record_before_anything_is_sent(
    office: Office, waiting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    class Dying(smtplib.SMTP):
        def __init__(self, *_: object, **__: object) -> None:
            seen.extend(row.attempts for row in letters(office.db))
            raise KeyboardInterrupt

    monkeypatch.setattr(smtplib, "SMTP", Dying)
    with pytest.raises(KeyboardInterrupt):
        Postman(with_mail(office, "smtp://127.0.0.1:1")).send_due(at=MORNING)
    assert seen == [1, 1]
    assert {row.fate for row in letters(office.db)} == {"waiting"}
    # Who comes after the dead one waits for the time of the next try.
    assert all(row.hold_until > MORNING + timedelta(seconds=40) for row in letters(office.db))


def test_a_server_that_is_away_is_tried_again_later_each_time(
    office: Office, waiting: World, server: MailServer
) -> None:
    away = Postman(with_mail(office, "smtp://127.0.0.1:1"))
    assert away.send_due(at=MORNING) == 2
    first = letters(office.db)[0]
    assert (first.fate, first.attempts) == ("waiting", 1)
    assert first.fate_reason is not None
    assert first.fate_reason.startswith("ConnectionRefusedError")
    assert away.send_due(at=MORNING + MINUTE / 2) == 0
    assert Postman(with_mail(office, server.url)).send_due(at=MORNING + 2 * MINUTE) == 2
    assert {(row.fate, row.fate_reason) for row in letters(office.db)} == {("sent", None)}


def test_a_server_that_hangs_up_is_tried_again(office: Office, waiting: World, server: MailServer) -> None:
    server.hangs_up = True
    postman = Postman(with_mail(office, server.url))
    postman.send_due(at=MORNING)
    assert {row.fate for row in letters(office.db)} == {"waiting"}
    server.hangs_up = False
    postman.send_due(at=MORNING + 2 * MINUTE)
    assert {row.fate for row in letters(office.db)} == {"sent"}


def test_a_reader_whom_the_server_does_not_know_is_given_up_at_once(
    office: Office, waiting: World, server: MailServer
) -> None:
    server.answers["bai@county.invalid"] = "550 no such reader"
    Postman(with_mail(office, server.url)).send_due(at=MORNING)
    fates = {row.fate: row.fate_reason for row in letters(office.db)}
    assert fates["sent"] is None
    assert "550" in (fates["failed"] or "")


def test_a_reader_who_is_busy_is_tried_again(office: Office, waiting: World, server: MailServer) -> None:
    server.answers["bai@county.invalid"] = "451 later"
    Postman(with_mail(office, server.url)).send_due(at=MORNING)
    assert sorted(row.fate for row in letters(office.db)) == ["sent", "waiting"]


def test_after_the_last_try_a_letter_is_given_up_in_sight(office: Office, waiting: World) -> None:
    at = MORNING
    for _ in range(MOST_ATTEMPTS):
        Postman(with_mail(office, "smtp://127.0.0.1:1")).send_due(at=at)
        at += timedelta(hours=8)
    assert {(row.fate, row.attempts) for row in letters(office.db)} == {("failed", MOST_ATTEMPTS)}


def test_after_some_failures_in_a_row_nothing_is_tried_for_a_while(
    office: Office, world: World, post: Post, give_mail: Callable[..., None], server: MailServer
) -> None:
    give_mail("bai")
    for _ in range(BREAK_AFTER + 4):
        world.assigned(urgency="critical")
    post.tell(at=MORNING, mails=True)
    server.hangs_up = True
    postman = Postman(with_mail(office, server.url))
    assert postman.send_due(at=MORNING) == BREAK_AFTER
    assert server.connections == BREAK_AFTER
    assert postman.send_due(at=MORNING + 4 * MINUTE) == 0
    assert server.connections == BREAK_AFTER
    server.hangs_up = False
    # One letter finds out whether the server is back, then the others follow.
    while postman.send_due(at=MORNING + timedelta(hours=1)):
        pass
    assert {row.fate for row in letters(office.db)} == {"sent"}


def test_a_letter_that_has_become_pointless_is_not_sent(office: Office, waiting: World, server: MailServer) -> None:
    case_id = letters(office.db)[0].matter_id
    assert case_id is not None
    waiting.move(case_id, "return", "bai", reason="不归我们管")
    assert Postman(with_mail(office, server.url)).send_due(at=MORNING) == 0
    # The unit has lost the case; as a former one it may look, but there is nothing to do for it.
    assert {(row.fate, row.fate_reason) for row in letters(office.db)} == {("dropped", "case_reported")}


def test_a_reader_without_an_address_by_now_gets_no_letter(office: Office, waiting: World, server: MailServer) -> None:
    with office.db.transaction() as session:
        session.execute(update(Person).values(mail=None))
    Postman(with_mail(office, server.url)).send_due(at=MORNING)
    assert {(row.fate, row.fate_reason) for row in letters(office.db)} == {("dropped", "no_address")}


def test_the_address_of_a_mail_server_is_read_whole() -> None:
    assert Server.read("smtps://office%40county.invalid:a%3Ab@mail.county.invalid", sender="") == Server(
        "mail.county.invalid", 465, "office@county.invalid", "a:b", True, "office@county.invalid"
    )
    assert Server.read("smtp://10.1.1.1:2525", sender="a@b.invalid").port == 2525


def test_each_reader_chooses_what_comes_by_mail(
    office: Office, world: World, post: Post, give_mail: Callable[..., None]
) -> None:
    give_mail("bai", "shui", "an")
    for who, choice in (("bai", "digest"), ("shui", "none")):
        with office.db.transaction() as session:
            accounts.prefer(session.get_one(Person, world[who].person_id), {"mail": choice}, at=MORNING)
    world.assigned(urgency="critical")
    post.tell(at=MORNING, mails=True)
    with office.db.reading() as session:
        told = {(row.person_id, row.channel) for row in session.scalars(select(Notice))}
    bai, shui = world["bai"].person_id, world["shui"].person_id
    assert bai is not None and shui is not None
    assert {(bai, "app"), (shui, "app")} <= told and not {(bai, "mail"), (shui, "mail")} & told
    # The digest comes to whoever wants it, and to nobody else.
    with office.db.transaction() as session:
        people = Directory(session, MORNING.date()).recipients([bai, shui])
    assert people[bai].mail == "bai@county.invalid" and people[shui].mail is None
