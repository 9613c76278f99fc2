"""The administrator's page of group robots, what became of their messages, and the text messages of one's own."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from casework.core.settings import Sms
from casework.matters import notices
from casework.registry.recipients import Directory
from casework.registry.tables import Person
from casework.robots.tables import Robot
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.world import MORNING, World

URL = "https://8.8.8.8/cgi-bin/webhook/send?key=of-this-group"


def test_a_robot_is_made_tried_and_ended_and_its_address_is_shown_to_nobody(desk: Desk, world: World) -> None:
    admin = desk.browser("guanli")
    admin.get("/admin/robots")
    assert desk.browser("an").get("/admin/robots").status_code == 403
    wrong = {"kind": "wecom", "label": " ", "url": "https://10.0.0.1/", "org": "nothing", "secret": "x", "digests": "1"}
    refused = admin.post("/admin/robots", wrong)
    told = words_of(refused.text)
    assert refused.status_code == 422 and "内网" in told and 'href="#f-label"' in refused.text
    assert "of-this-group" not in refused.text
    good = {"kind": "wecom", "label": "水利局群", "url": URL, "org": "SLJ"}
    assert "汇总和报警至少选一样" in words_of(admin.post("/admin/robots", good).text)
    assert "只有钉钉" in words_of(admin.post("/admin/robots", {**good, "secret": "SEC1", "digests": "1"}).text)
    assert admin.post("/admin/robots", {**good, "digests": "1"}).status_code == 303
    page = admin.get("/admin/robots").text
    assert "水利局群" in words_of(page) and "of-this-group" not in page
    with world.db.reading() as session:
        row = session.scalars(select(Robot)).one()
        assert "of-this-group" not in row.address
    assert admin.post(f"/admin/robots/{row.id}/try").status_code == 303
    with world.db.transaction() as session:
        notices.count_text(session, month="2026-10", parts=2, mills=90)
    fates = words_of(admin.get("/admin/fates?channel=wecom").text)
    assert "水利局群" in fates and "企业微信等着 1 条" in fates and "0.09 元" in fates
    assert "水利局群" not in words_of(admin.get("/admin/fates?channel=mail").text)
    assert admin.post(f"/admin/robots/{row.id}/end").status_code == 303
    assert admin.post(f"/admin/robots/{row.id}/try").status_code == 404


def test_a_person_asks_for_text_messages_with_a_number_nobody_else_sees(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = desk.browser("bai")
    assert "短信" not in words_of(who.get("/profile").text)
    settings = replace(desk.office.settings, sms=Sms("/bin/true", "{phone}{text}", "", 0))
    monkeypatch.setitem(desk.app.extensions, "casework", replace(desk.office, settings=settings))
    page = who.get("/profile").text
    assert 'name="phone"' in page and "特急件发短信" in words_of(page)
    kept = {"lang": "zh", "density": "loose", "sms": "urgent"}
    wrong = who.post("/preferences", {**kept, "phone": "123"})
    assert wrong.status_code == 422 and 'value="123"' in wrong.text
    assert who.post("/preferences", {**kept, "phone": "139 0000 0876"}).status_code == 303
    assert 'value="13900000876"' in who.get("/profile").text
    with world.db.reading() as session:
        person = session.get_one(Person, world["bai"].person_id)
        assert person.preferences["sms"] == "urgent" and person.phone_cipher
        assert "13900000876" not in person.phone_cipher
    assert who.post("/preferences", {**kept, "phone": ""}).status_code == 303
    with world.db.reading() as session:
        assert session.get_one(Person, world["bai"].person_id).phone_cipher is None


def test_a_person_gives_an_address_and_is_written_to_there(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = desk.browser("bai")
    assert "mail_address" not in who.get("/profile").text
    settings = replace(desk.office.settings, mail_url="smtp://127.0.0.1:1")
    monkeypatch.setitem(desk.app.extensions, "casework", replace(desk.office, settings=settings))
    assert 'name="mail_address"' in who.get("/profile").text
    kept = {"lang": "zh", "density": "loose", "mail": "all"}
    for wrong in ("bai", "bai@", "bai@a.cn, an@a.cn", "白@a.cn", "bai@county"):
        told = who.post("/preferences", {**kept, "mail_address": wrong})
        assert told.status_code == 422 and "name@example.cn" in told.text and f'value="{wrong}"' in told.text
    assert who.post("/preferences", {**kept, "mail_address": " bai＠county.invalid"}).status_code == 303
    assert 'value="bai@county.invalid"' in who.get("/profile").text
    person_id = world["bai"].person_id
    assert person_id is not None
    with world.db.reading() as session:
        assert Directory(session, MORNING.date()).recipients([person_id])[person_id].mail == "bai@county.invalid"
    assert who.post("/preferences", {**kept, "mail_address": ""}).status_code == 303
    assert desk.person("bai").mail is None
