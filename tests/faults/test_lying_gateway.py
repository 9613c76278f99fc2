"""A mail server that is away, breaks off, or takes letters and does not say so (reliability.md F18)."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from casework.core.database import Database
from casework.core.office import Office
from casework.core.settings import read_settings
from casework.matters.tables import Notice
from tasks.relay import relay
from tasks.sending import releasing
from tasks.sending.mail import Postman
from tests.faults.table import number
from tests.faults.toll import toll
from tests.tasks.conftest import give_addresses, with_mail
from tests.tasks.smtp_server import MailServer, mail_server
from tests.world import MORNING, World, make_world

# Two people of the unit hear of each case.
CASES = number("F18", "letters") // 2
MINUTE = timedelta(minutes=1)
NOWHERE = "smtp://127.0.0.1:1"


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """Found the county."""
    return make_world(db, tmp_path)


@pytest.fixture
def office(world: World, database_url: str, tmp_path: Path) -> Office:
    """Open its office."""
    settings = read_settings({"CASEWORK_HOME": str(tmp_path), "CASEWORK_DATABASE_URL": database_url})
    return Office(settings, world.db.info["keyring"], world.db)


@pytest.fixture
def server() -> Iterator[MailServer]:
    """Lend a mail server."""
    with mail_server() as running:
        yield running


def test_after_an_hour_of_outage_every_letter_arrives_and_twice_only_where_nobody_could_know(
    office: Office, world: World, server: MailServer
) -> None:
    give_addresses(world, "bai", "shui")
    for _ in range(CASES):
        world.assigned(urgency="critical")
    relay(office.db, at=MORNING, mails=True)
    releasing.release(office.db, at=MORNING)
    here = Postman(with_mail(office, server.url))
    away = Postman(with_mail(office, NOWHERE))
    at = _each_minute(away, MORNING, minutes=20)
    server.hangs_up = True
    at = _each_minute(here, at, minutes=20)
    server.hangs_up = False
    assert not server.letters
    # Now it takes what it is given, and its word gets lost on the way.
    server.keeps_quiet = True
    at = _each_minute(here, at, minutes=20)
    ambiguous = len(server.letters)
    assert ambiguous > 0
    server.keeps_quiet = False
    storm = _until_all_are_out(here, office, at, lambda: len(server.letters))
    arrived = Counter(letter["Message-ID"] for letter in server.letters)
    rows = letters(office.db)
    again = len(server.letters) - len(arrived)
    assert {row.fate for row in rows} == {"sent"} and len(rows) == 2 * CASES
    assert again <= ambiguous
    lost = len({f"<{row.id}@county.invalid>" for row in rows} - arrived.keys())
    told = f"{ambiguous} letters taken without a word, {again} of them came twice under the same Message-ID"
    toll("F18", times=60, held=len(rows), lost=lost, what="letters", told=f"{told}; at most {storm} in a minute")


def letters(db: Database) -> list[Notice]:
    with db.reading() as session:
        return list(session.scalars(select(Notice).where(Notice.channel == "mail")))


def _each_minute(postman: Postman, at: datetime, *, minutes: int) -> datetime:
    for _ in range(minutes):
        postman.send_due(at=at)
        at += MINUTE
    return at


def _until_all_are_out(postman: Postman, office: Office, at: datetime, count: Callable[[], int]) -> int:
    """Go on minute by minute; return the most letters of one."""
    most = 0
    for _ in range(24 * 60):
        before = count()
        while postman.send_due(at=at):
            pass
        most = max(most, count() - before)
        if all(row.fate != "waiting" for row in letters(office.db)):
            return most
        at += 10 * MINUTE
    raise AssertionError("letters are still waiting after days")
