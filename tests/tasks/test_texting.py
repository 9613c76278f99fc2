"""Text messages: for whoever asked, by the office's own command or address, counted in yuan, never handed in twice."""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from sqlalchemy import select

from casework.core.fates import UNCERTAIN
from casework.core.office import Office
from casework.core.outbound import Allowed
from casework.core.settings import Sms, UnsafeSettings, read_settings
from casework.matters import notices
from casework.matters.tables import Notice
from casework.registry import accounts
from casework.registry.tables import Person
from tasks.relay import relay
from tasks.sending import releasing
from tasks.sending.texting import Texter, parts
from tests.receiver import receiving
from tests.world import MORNING, World

PHONE = "13900000876"
JSON_BODY = '{"mobile":"{phone}","content":"{text}","ref":"{number}"}'


@pytest.fixture
def waiting(world: World, office: Office) -> World:
    """Let a text wait for 白工, who asked for it, and none for 水利局's head, who did not."""
    with office.db.transaction() as session:
        for who, wanted in (("bai", "urgent"), ("shui", "none")):
            person = session.get_one(Person, world[who].person_id)
            accounts.keep_phone(session, person, PHONE, at=MORNING)
            accounts.prefer(person, {"sms": wanted}, at=MORNING)
    world.assigned()
    world.assigned(urgency="critical")
    relay(world.db, at=MORNING, texts=True)
    releasing.release(world.db, at=MORNING)
    return world


def texts(office: Office) -> list[tuple[str, str | None]]:
    with office.db.reading() as session:
        rows = session.scalars(select(Notice).where(Notice.channel == "sms").order_by(Notice.id))
        return [(row.fate, row.fate_reason) for row in rows]


def test_a_critical_case_goes_by_address_to_who_asked_and_its_cost_is_counted(office: Office, waiting: World) -> None:
    here = replace(office, settings=replace(office.settings, webhook_allow=Allowed.read("127.0.0.1")))
    with receiving(body=b'{"code":"OK"}') as provider:
        texter = Texter(here, Sms(provider.url, JSON_BODY, '"OK"', 45))
        assert texter.send_due(at=MORNING) == 1 and texter.send_due(at=MORNING.replace(day=20)) == 0
        (received,) = provider.received
    told = json.loads(received.body)
    assert told["mobile"] == PHONE and told["ref"] == "QC-AJ-2026-000002"
    assert told["content"].startswith("【困难件】QC-AJ-2026-000002") and "李小芳" not in told["content"]
    assert texts(office) == [("sent", None)]
    with office.db.reading() as session:
        (month,) = notices.text_costs(session)
        assert (month.month, month.messages, month.parts, month.mills) == ("2026-10", 1, 1, 45)
        person = session.get_one(Person, waiting["bai"].person_id)
        assert PHONE not in str(person.phone_cipher)


def test_a_command_is_given_json_and_what_it_may_have_done_is_not_done_again(
    office: Office, waiting: World, tmp_path: Path
) -> None:
    kept, command = tmp_path / "kept", tmp_path / "send"
    command.write_text(f"#!/bin/sh\ncat > {kept}\nexit 75\n")
    command.chmod(0o700)
    texter = Texter(office, Sms(str(command), JSON_BODY, "", 0))
    texter.send_due(at=MORNING)
    assert json.loads(kept.read_text("utf-8"))["phone"] == PHONE and texts(office) == [("waiting", "exit 75")]
    texter._take(MORNING.replace(hour=9))
    kept.unlink()
    assert texter.send_due(at=MORNING.replace(hour=15)) == 0
    assert texts(office) == [("failed", UNCERTAIN)] and not kept.exists()


def test_long_texts_are_counted_as_several_and_a_form_is_filled_in_as_one(office: Office, waiting: World) -> None:
    assert [parts("字" * n) for n in (1, 70, 71, 134, 135)] == [1, 1, 2, 2, 3]
    here = replace(office, settings=replace(office.settings, webhook_allow=Allowed.read("127.0.0.1")))
    with receiving(statuses=[500]) as provider:
        Texter(here, Sms(provider.url, "to={phone}&what={text}", "", 0)).send_due(at=MORNING)
        assert parse_qs(provider.received[0].body.decode())["to"] == [PHONE]
    assert texts(office) == [("failed", UNCERTAIN)]


def test_half_a_setting_stops_the_start(tmp_path: Path) -> None:
    given = {
        "CASEWORK_HOME": str(tmp_path),
        "CASEWORK_SMS": "send",
        "CASEWORK_SMS_PRICE": "a lot",
        "CASEWORK_SMS_BODY": "x",
    }
    with pytest.raises(UnsafeSettings, match=r"CASEWORK_SMS must.*PRICE must.*\{phone\}.*\{text\}"):
        read_settings(given)
