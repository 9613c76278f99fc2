"""Topics from villagers: off until switched on, sent like a report, sifted by the office, followed by their code."""

from typing import Any

import pytest

from casework.cases.tables import Case
from casework.consultations.tables import Consultation
from casework.core import clock
from casework.registry import office_settings
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import words_of
from tests.web.pages.test_public import SENT, assert_sound, code_of, reports
from tests.world import MORNING, World
from workflows.consultations import consulting

pytestmark = pytest.mark.usefixtures("morning")
TOPIC: dict[str, Any] = {**SENT, "wish": "topic", "words": "三组水源三家都要用，怎么修谁出工没说拢。"}


def switch(desk: Desk, **on: bool) -> None:
    with desk.office.db.transaction() as session:
        office_settings.change(session, on, actor=desk.world["guanli"], at=MORNING)


def test_a_villagers_topic_waits_for_the_office_and_is_followed_by_its_code(desk: Desk, world: World) -> None:
    switch(desk, public_page=True)
    villager = Browser(desk.client())
    assert "wish=topic" not in villager.get("/report").text
    assert villager.get("/report/new?wish=topic").status_code == 404
    villager.get("/report/new")
    assert villager.post("/report/new", TOPIC).status_code == 404
    switch(desk, public_topics=True)
    assert "wish=topic" in villager.get("/report").text
    assert 'name="wish" value="topic"' in villager.get("/report/new?wish=topic").text
    wrong = villager.post("/report/new", {**TOPIC, "phone": "1"})
    assert wrong.status_code == 422 and 'name="wish" value="topic"' in wrong.text
    assert villager.post("/report/new", TOPIC).status_code == 303
    code = code_of(villager)
    assert "定下要不要商量" in villager.get("/report/receipt").text
    # Nothing of it stands at the desk where difficulties are sorted; another village's liaison sees none of it.
    (report,) = reports(world)
    office = desk.browser("an")
    assert office.get(f"/triage/public/{report.id}").status_code == 404
    assert desk.browser("cun").get(f"/consultations/inbox/{report.id}").status_code in (403, 404)
    page = office.get("/consultations/inbox")
    assert "李**" in page.text or "李*芳" in page.text or "李*" in page.text
    assert "13900000876" not in page.text and 'value="三组水源三家都要用，怎么修谁出工没说拢"' in page.text
    action = f"/consultations/inbox/{report.id}"
    assert office.post(f"{action}/turn", {"title": "", "kind": "youshi", "reason": "三家都要用"}).status_code == 422
    told = {"title": "三组水源怎么修", "kind": "youshi", "reason": "三家都要用"}
    assert office.post(f"{action}/turn", told).status_code == 303
    assert office.post(f"{action}/turn", told).status_code == 409
    with world.db.reading() as session:
        (row,) = session.query(Consultation)
        assert (row.source, row.state, row.title) == ("public", "collected", "三组水源怎么修")
        assert session.query(Case).count() == 0
    standing = words_of(villager.post("/report/state", {"code": code}).text)
    assert "定下要不要商量" in standing and "商定的事办完" in standing and "三组水源怎么修" not in standing
    other = _joined_to_another(office, world, row)
    assert "定下要不要商量" in words_of(villager.post("/report/state", {"code": code}).text)
    office.get(f"/consultations/{other.number}/moves/drop")
    assert office.post(f"/consultations/{other.number}/moves/drop", {"reason": "不属协商范围"}).status_code == 303
    assert "这件我们办不了" in villager.post("/report/state", {"code": code}).text
    assert_sound(desk)


def _joined_to_another(office: Browser, world: World, row: Consultation) -> Consultation:
    """Join a topic to another one; it goes on there, and whoever proposed it sees how that one stands."""
    raw = {
        "title": "三组水源",
        "kind": "youshi",
        "source": "member",
        "reason": "三家都要用",
        "region_code": row.region_code,
    }
    with world.db.transaction() as session:
        other = consulting.bring(session, raw, actor=world["an"], at=clock.now())
    assert f'value="{other.number}"' in office.get(f"/consultations/{row.number}/moves/drop").text
    same = {"reason": "是同一件事", "into": other.number}
    assert office.post(f"/consultations/{row.number}/moves/drop", same).status_code == 303
    shown = words_of(office.get(f"/consultations/{row.number}").text)
    # Among its facts, and in what happened to it; where it went on it is told too.
    assert shown.count(other.number) == 2
    assert row.number in words_of(office.get(f"/consultations/{other.number}").text)
    return other


def test_a_topic_is_declined_with_the_reason_its_sender_reads(desk: Desk, world: World) -> None:
    switch(desk, public_page=True, public_topics=True)
    villager, office = Browser(desk.client()), desk.browser("an")
    villager.get("/report/new?wish=topic")
    villager.post("/report/new", TOPIC)
    code, (report,) = code_of(villager), reports(world)
    office.get("/consultations/inbox")
    action = f"/consultations/inbox/{report.id}/decline"
    assert office.post(action, {"reason": ""}).status_code == 422
    assert office.post(action, {"reason": "这是一家的事，请找村委会。"}).status_code == 303
    assert "请找村委会" in villager.post("/report/state", {"code": code}).text
