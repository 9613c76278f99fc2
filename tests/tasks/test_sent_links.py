"""Links to answer by, on their way: each once, as its reader chose, nothing personal beside it, and its fate told."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs
from uuid import UUID

from sqlalchemy import select

from casework.cases import public_reports, reporters
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.consultations import polls, queries, sent_links
from casework.consultations.outcome_tables import SentLink
from casework.consultations.tables import ConsultationCase
from casework.core.ids import new_id
from casework.core.office import Office
from casework.core.outbound import Allowed
from casework.core.settings import Sms
from casework.matters.tables import Notice
from casework.registry.recipients import Recipient
from casework.registry.tables import Person
from tasks.relay import relay
from tasks.sending.mail import compose
from tasks.sending.texting import Texter
from tests.meeting import approved as brought
from tests.meeting import at, hall, minuted, move
from tests.receiver import receiving
from tests.tasks.conftest import Post
from tests.world import MORNING, VILLAGE, World
from workflows.cases import own_ratings
from workflows.consultations import date_polls, following, public_topics
from workflows.sending_links import Road

ROAD = Road("https://office.example", texts=True)
PHONE = "13900000876"


def fates(world: World) -> list[tuple[str, str, str | None]]:
    with world.db.reading() as session:
        rows = session.scalars(select(SentLink).order_by(SentLink.id))
        return [(row.channel, row.fate, row.fate_reason) for row in rows]


def polled(world: World) -> UUID:
    hall(world)
    topic = brought(world)
    given = at(0, "bai", world=world)
    with world.db.transaction() as session:
        row = queries.take(session, world["an"], str(topic), lock=True)
        raw = {
            "options": [{name: given[name] for name in ("starts_at", "ends_at")}],
            "participants": [*given["participants"], {"name": "李小芳", "part": "stakeholder", "required": False}],
            "venue": "HALL", "closes_on": "2026-10-18",
        }  # fmt: skip
        date_polls.ask(
            session, row, raw, subject=queries.subject_of(session, row), actor=world["an"], at=MORNING, road=ROAD
        )
        return topic


def test_an_account_is_told_where_it_chose_and_others_get_a_letter(world: World, post: Post) -> None:
    with world.db.transaction() as session:
        session.get_one(Person, world["bai"].person_id).mail = "bai@office.example"
    topic = polled(world)
    for _again in range(2):
        post.tell(at=MORNING, mails=True)
    assert [(each.to, each.channel) for each in post.notices(channel=None) if each.code == "poll_asked"] == [
        ("bai", "app"), ("bai", "mail"),
    ]  # fmt: skip
    assert fates(world) == [("account", "sent", None), ("letter", "waiting", None)]
    with world.db.transaction() as session:
        notice = session.scalars(select(Notice).where(Notice.code == "poll_asked", Notice.channel == "mail")).one()
        sent = session.scalars(select(SentLink).where(SentLink.channel == "account")).one()
        link = sent_links.address(session, sent)
        assert link is not None and link.startswith("https://office.example/l/")
        path = sent_links.by_code(session, link.rpartition("/")[2].upper(), at=MORNING)
        assert path is not None and path.startswith("/poll/poll_") and "poll_" not in json.dumps(notice.facts)
        letter = compose(notice, _reader(world), sender="o@office.example", zone=session.info["zone"], link=link)
        assert link in letter.get_content() and "水管" not in letter.as_string()
        # Answered meanwhile: what still waits is dropped when its time comes.
        voter, poll, _row = polls.by_secret(session, path.removeprefix("/poll/"), today=MORNING.date())
        polls.answer(voter, poll, {"0": "yes"}, by_phone=False, at=MORNING)
        assert sent_links.why_not(session, sent, at=MORNING) == "answered"
        assert [each.channel for each in sent_links.letters(session, topic, at=MORNING)] == ["letter"]
        assert sent_links.letters(session, topic, at=MORNING + timedelta(days=9)) == []
        assert sent_links.forget(session, before=MORNING + timedelta(days=9)) == 2
        assert sent_links.by_code(session, link.rpartition("/")[2], at=MORNING) is None


def _reader(world: World) -> Recipient:
    person_id = world["bai"].person_id
    assert person_id is not None
    return Recipient(person_id, "bai@office.example", world["bai"])


def test_a_villager_who_left_a_number_gets_one_text_without_a_word_of_theirs(world: World, office: Office) -> None:
    case_id = world.assigned()
    topic = minuted(world)
    with office.db.transaction() as session:
        case = session.get_one(Case, case_id)
        reporters.seal(session, case, reporters.Reporter("李小芳", PHONE, None))
        session.add(ConsultationCase(consultation_id=topic, case_id=case.id))
    with office.db.transaction() as session:
        row = queries.take(session, world["an"], str(topic), lock=True)
        subject = queries.subject_of(session, row)
        following.ask(session, row, subject=subject, actor=world["an"], at=MORNING, road=ROAD)
    relay(world.db, at=MORNING, texts=True)
    # Who came with no account but a name gets a letter, the reporter a text message.
    assert fates(world) == [("letter", "waiting", None), ("sms", "waiting", None)]
    here = replace(office, settings=replace(office.settings, webhook_allow=Allowed.read("127.0.0.1")))
    with receiving() as provider:
        texter = Texter(here, Sms(provider.url, '{"to":"{phone}","say":"{text}"}', "", 45))
        assert texter.send_due(at=MORNING) == 1 and texter.send_due(at=MORNING + timedelta(days=1)) == 0
        (received,) = provider.received
    told = json.loads(received.body)
    assert told["to"] == PHONE and "https://office.example/l/" in told["say"]
    assert not any(word in told["say"] for word in ("李", "水管", PHONE))
    assert fates(world)[1] == ("sms", "sent", None)
    # Of the result of their own case they are asked the same way.
    world.move(case_id, "coordinate", "bai", plan="换管")
    world.move(case_id, "resolve", "bai", result_class="A", reply="修好了")
    with office.db.transaction() as session:
        case = session.get_one(Case, case_id, with_for_update=True)
        subject = subject_of(session, case, actor=world["he"], at=MORNING)
        own_ratings.ask(session, case, subject=subject, actor=world["he"], at=MORNING, road=ROAD)
    with receiving() as provider:
        assert Texter(here, Sms(provider.url, "{text}", "", 0)).send_due(at=MORNING) == 1
        assert "您反映的事办了" in parse_qs("say=" + provider.received[0].body.decode())["say"][0]
    assert fates(world)[2] == ("sms", "sent", None)


def test_who_proposed_a_topic_is_told_by_text_what_became_of_it_or_looks_it_up(world: World, office: Office) -> None:
    with office.db.transaction() as session:
        told = {"subject": "environment", "words": "垃圾", "place": VILLAGE, "name": "李小芳", "phone": PHONE}
        raw = {**told, "wish": public_reports.TOPIC}
        sent = public_reports.read_report(raw, session=session, county=VILLAGE[:6])
        report = public_reports.put(session, sent, code=public_reports.new_code(), at=MORNING)
        given = {"title": "垃圾谁来收", "kind": "youshi", "reason": "满到路上"}
        topic = public_topics.turn_into_topic(session, report, given, actor=world["he"], at=MORNING).id
    move(world, topic, "screen", "an", scores={"urgency": 1, "breadth": 1, "feasibility": 1})
    for _again in range(2):
        relay(world.db, at=MORNING, texts=True)
    assert fates(world) == [("sms", "waiting", None)]
    # Overtaken before it went out: told once, of how it stands now.
    move(world, topic, "approve", "an", authority="office")
    relay(world.db, at=MORNING, texts=True)
    assert fates(world) == [("sms", "dropped", "replaced"), ("sms", "waiting", None)]
    here = replace(office, settings=replace(office.settings, webhook_allow=Allowed.read("127.0.0.1")))
    with receiving() as provider:
        assert Texter(here, Sms(provider.url, '{"to":"{phone}","say":"{text}"}', "", 0)).send_due(at=MORNING) == 1
        (received,) = provider.received
    told = json.loads(received.body)
    assert told["to"] == PHONE and "定下来要协商" in told["say"] and "垃圾" not in told["say"]
    # Where no text messages are sent that is its fate.
    with world.db.transaction() as session:
        row = queries.take(session, world["an"], str(topic), lock=True)
        event = new_id()
        sent_links.tell_topic(session, row, texts=False, change="met", event_id=event, at=MORNING, hold_until=MORNING)
    assert fates(world)[-1] == ("sms", "dropped", "by_code")
