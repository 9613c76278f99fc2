"""The office's own pages: a changed day moves nothing until it is asked for, rules and switches, what was given up."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from casework.cases.tables import AssignmentRule, Snippet
from casework.core import clock, fates
from casework.core.errors import Refused
from casework.core.ids import new_id
from casework.keeping.findings import all_hold
from casework.keeping.verify import verify
from casework.matters import deadlines, jobs, notices, outbox
from casework.matters.tables import Job, OutboxEvent
from casework.registry import audit_list, calendar, grants, office_settings
from casework.registry.audit_list import Wanted
from casework.registry.tables import AuditEvent, CalendarEntry, Category, Person
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.world import COUNTY, MORNING, VILLAGE, World
from workflows import recalculate
from workflows.lifecycles import lifecycles


@pytest.fixture(autouse=True)
def fresh_calendar() -> None:
    calendar.forget_calendar()


def audited(world: World, event: str) -> list[AuditEvent]:
    with world.db.reading() as session:
        return list(audit_list.events(session, Wanted(event=event)))


def test_a_day_is_set_with_its_document_and_running_clocks_stay(desk: Desk, world: World) -> None:
    case_id = world.assigned()
    (before,) = world.clocks(case_id, "handle")
    clerk = desk.browser("he")
    assert clerk.get("/admin/calendar?year=2026").status_code == 200
    bad = clerk.post("/admin/calendar", {"day": "2026-02-30", "kind": "x"})
    assert bad.status_code == 422 and 'href="#f-source"' in bad.text
    given = {"day": "2026-10-20", "kind": "rest", "name": "山洪停工", "source": "县政府通知 8 号"}
    assert clerk.post("/admin/calendar", given).status_code == 303
    page = clerk.get("/admin/calendar?year=2026").text
    assert "县政府通知 8 号" in page and "会挪动" in page
    assert world.clocks(case_id, "handle")[0].due_at == before.due_at
    assert audited(world, "calendar.day_set")[0].facts["day"] == "2026-10-20"


def test_recalculation_shows_what_would_move_and_writes_the_reason_into_each_history(desk: Desk, world: World) -> None:
    case_id = world.assigned()
    (before,) = world.clocks(case_id, "handle")
    clerk = desk.browser("he")
    clerk.get("/admin/calendar")
    clerk.post("/admin/calendar", {"day": "2026-10-20", "kind": "rest", "source": "通知"})
    shown = clerk.get("/admin/calendar/recalculate")
    assert world.case(case_id).number in shown.text
    assert clerk.post("/admin/calendar/recalculate", {"reason": " "}).status_code == 422
    assert clerk.post("/admin/calendar/recalculate", {"reason": "10 月 20 日全县停工"}).status_code == 303
    old, new = world.clocks(case_id, "handle")
    assert (old.status, new.status, new.epoch) == ("superseded", "running", old.epoch + 1)
    # From Friday over the weekend to Monday.
    assert new.due_at == before.due_at + timedelta(days=3)
    assert world.case(case_id).due_at == new.due_at
    said = world.history(case_id)[-1]
    assert said.comment == "10 月 20 日全县停工" and {"handle"} <= {each["kind"] for each in said.fields["limits"]}
    with world.db.reading() as session:
        assert recalculate.would_move(session) == []
    findings = verify(
        desk.office.db, at=clock.now(), attachments=desk.office.settings.attachments, lifecycles=lifecycles()
    )
    assert all_hold(findings), [each for each in findings if not each.holds]
    assert "没有要挪的" in clerk.get("/admin/calendar/recalculate").text


def test_a_rung_that_fired_and_lies_behind_does_not_fire_again(world: World) -> None:
    case_id = world.assigned()
    with world.db.transaction() as session:
        row = session.query(type(world.clocks(case_id)[0])).filter_by(matter_id=case_id, kind="handle").one()
        assert row.next_level is not None
        fired = row.next_level
        deadlines.advance(row, fired=fired)
        calendar.set_day(
            session, day=MORNING.date() + timedelta(days=1), is_workday=False, name="", source="x", at=MORNING
        )
    late = MORNING + timedelta(days=30)
    with world.db.transaction() as session:
        assert recalculate.recalculate(session, "停工", actor=world["an"], at=late) > 0
    new = world.clocks(case_id, "handle")[-1]
    assert new.level == fired and (new.next_level or fired + 1) > fired
    soon = MORNING + timedelta(hours=1)
    with world.db.transaction() as session:
        calendar.set_day(
            session, day=MORNING.date() + timedelta(days=2), is_workday=False, name="", source="x", at=soon
        )
        recalculate.recalculate(session, "停工", actor=world["an"], at=soon)
    assert world.clocks(case_id, "handle")[-1].level is None


def test_a_year_is_confirmed_once_its_plan_is_out(desk: Desk, world: World) -> None:
    admin = desk.browser("guanli")
    page = admin.get("/admin/calendar?year=2030")
    assert "还没有定" in page.text and admin.get("/admin/calendar?year=nonsense").status_code == 200
    assert admin.post("/admin/calendar/2030/confirm").status_code == 303
    assert "已经定了" in admin.get("/admin/calendar?year=2030").text
    assert len(audited(world, "calendar.year_confirmed")) == 1


def test_a_rule_is_kept_replaced_and_taken_away_in_ones_own_county(desk: Desk, world: World) -> None:
    clerk = desk.browser("he")
    clerk.get("/admin/rules")
    rule = {"category": "drinking_water", "region": VILLAGE, "org": "SLJ", "route": "two_offices"}
    assert clerk.post("/admin/rules", {**rule, "region": "510900"}).status_code == 422
    assert clerk.post("/admin/rules", {**rule, "org": "NONE"}).status_code == 422
    named = {**rule, "region": "", "region_text": "方石村", "org": "", "org_text": "县水利局"}
    assert clerk.post("/admin/rules", named).status_code == 303
    assert clerk.post("/admin/rules", {**rule, "region": "510822"}).status_code == 303
    assert clerk.post("/admin/rules", {**rule, "org": "JYJ", "route": "letter"}).status_code == 303
    assert "县教育局" in clerk.get("/admin/rules").text
    with world.db.reading() as session:
        (kept,) = session.query(AssignmentRule).where(AssignmentRule.region == VILLAGE).all()
    assert kept.org_id == world.orgs["JYJ"] and kept.route == "letter"
    assert clerk.post(f"/admin/rules/{kept.id}/drop").status_code == 303
    assert clerk.post(f"/admin/rules/{kept.id}/drop").status_code == 404
    assert len(audited(world, "rule.kept")) == 3 and len(audited(world, "rule.dropped")) == 1


def test_a_snippet_is_kept_and_ended(desk: Desk, world: World) -> None:
    clerk = desk.browser("he")
    clerk.get("/admin/snippets")
    assert clerk.post("/admin/snippets", {"title": "", "body": ""}).status_code == 422
    given = {"title": "管道已修", "body": "管道已经修好，水已通到户。", "category": "drinking_water"}
    assert clerk.post("/admin/snippets", given).status_code == 303
    with world.db.reading() as session:
        (kept,) = session.query(Snippet).all()
    assert "水已通到户" in clerk.get("/admin/snippets").text
    assert clerk.post(f"/admin/snippets/{kept.id}/end").status_code == 303
    assert "到期" in clerk.get("/admin/snippets").text


def test_a_category_is_relabelled_and_switched_off_but_not_the_last_one(desk: Desk, world: World) -> None:
    clerk = desk.browser("he")
    assert 'name="label_zh"' in clerk.get("/admin/categories?code=market").text
    given = {"label_zh": "销路", "label_en": "Sales", "keywords": "滞销、压价 物流，滞销", "version": "1"}
    assert clerk.post("/admin/categories/market", given).status_code == 303
    with world.db.reading() as session:
        row = session.get(Category, "market")
        assert row is not None
        assert (row.label_zh, row.active, row.keywords) == ("销路", False, ["滞销", "压价", "物流"])
    assert clerk.post("/admin/categories/market", {**given, "active": "1"}).status_code == 409
    last = {"label_zh": "其他", "label_en": "Other", "keywords": ""}
    assert clerk.post("/admin/categories/other", last).status_code == 422
    assert clerk.post("/admin/categories/none", given).status_code == 404


def test_only_the_administrator_switches_the_public_page(desk: Desk, world: World) -> None:
    assert desk.browser("an").get("/admin/settings").status_code == 403
    admin = desk.browser("guanli")
    admin.get("/admin/settings")
    assert admin.post("/admin/settings", {"public_page": "1", "public_phone": "0839-0000000"}).status_code == 303
    assert "0839-0000000" in desk.client().get("/report").text
    with world.db.reading() as session:
        assert office_settings.value_of(session, "public_page") is True
    assert {row.facts["key"] for row in audited(world, "setting.changed")} == {"public_page", "public_phone"}
    admin.post("/admin/settings", {"public_phone": "0839-0000000"})
    assert desk.client().get("/report").status_code == 404


def given_up(world: World) -> tuple[Job, OutboxEvent]:
    """Keep a job and an event that nobody tries any more, and return them."""
    at = clock.now()
    with world.db.transaction() as session:
        job = Job(
            id=new_id(), name="digest", period="2026-10-14", payload={}, run_at=at, status="dead", attempts=5,
            progress={}, last_error="the mail server was away", created_at=at, done_at=at,
        )  # fmt: skip
        event = OutboxEvent(
            id=new_id(), event="case.created", facts={}, created_at=at, status="dead", attempts=5, next_try_at=at,
            last_error="nobody to tell", done_at=at,
        )  # fmt: skip
        session.add_all([job, event])
    return job, event


def test_what_was_given_up_is_seen_and_tried_again(desk: Desk, world: World) -> None:
    job, event = given_up(world)
    admin = desk.browser("guanli")
    page = admin.get("/admin/jobs").text
    assert "the mail server was away" in page and "nobody to tell" in page and "早上汇总" in page
    assert admin.post(f"/admin/jobs/{job.id}/retry").status_code == 303
    assert admin.post(f"/admin/events/{event.id}/retry").status_code == 303
    assert admin.post(f"/admin/events/{event.id}/retry").status_code == 409
    with world.db.reading() as session:
        assert jobs.count_dead(session) == outbox.count_dead(session) == 0
    page = admin.get("/admin/jobs?which=open").text
    assert "排队" in page
    # Tried again at another hour, it is due next at the hour it has.
    assert "每个工作日 08:30" in page and re.search(r"下次 20[-0-9]{8} 08:30", page)
    assert admin.get("/admin/jobs?which=done").status_code == 200
    with world.db.transaction() as session, pytest.raises(Refused):
        outbox.retry(session, event.id, actor=world["guanli"], at=clock.now())


def test_the_audit_is_read_by_kind_person_and_day_page_by_page(desk: Desk, world: World) -> None:
    with world.db.transaction() as session:
        for number in range(60):
            row = AuditEvent(
                id=new_id(), at=clock.now(), event="test.event", person_id=world["he"].person_id, facts={"n": number}
            )
            session.add(row)
    reader = desk.browser("shen")
    first = reader.get("/admin/audit?event=test.event&person=he")
    assert "数 59" in first.text and "数 9 " not in first.text and "何干事" in first.text
    older = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "数 9<" in reader.get(older).text
    assert "没有这样的记录" in reader.get("/admin/audit?event=test.event&to=2000-01-01").text
    assert "数 59" in reader.get("/admin/audit?event=test.event&from=2000-01-01&to=2100-12-31").text
    assert reader.get("/admin/audit?person=nobody&from=x").status_code == 200
    assert desk.browser("anquan").get("/admin/audit").status_code == 200


def test_the_audit_says_in_words_who_did_what_to_whom(desk: Desk, world: World) -> None:
    with world.db.transaction() as session:
        facts = {"grant": str(new_id()), "person": str(world["bai"].person_id), "role": "handler", "region": COUNTY}
        for event in ("grant.added", "of.no.words"):
            row = AuditEvent(id=new_id(), at=clock.now(), event=event, person_id=world["anquan"].person_id, facts=facts)
            session.add(row)
    told = words_of(desk.browser("shen").get("/admin/audit").text)
    assert "给了身份" in told and "对 白工" in told and "身份 承办人" in told and "地方 全县" in told
    assert "of.no.words" in told and facts["grant"] not in told and facts["person"] not in told


def test_the_audit_says_over_what_a_role_was_given_and_until_when(desk: Desk, world: World) -> None:
    with world.db.transaction() as session:
        person = session.get_one(Person, world["jiao"].person_id)
        scope = grants.Scope("unit_head", None, world.orgs["SLJ"])
        grants.add_grant(session, person, scope, actor=world["anquan"], at=clock.now(), valid_to=date(2099, 6, 30))
    page = desk.browser("shen").get("/admin/audit?event=grant.added&person=anquan").text
    told = words_of(page)
    assert "对 焦老师" in told and "单位 县水利局" in told and "到哪天止 2099-06-30" in told
    # What a role has not is not told.
    assert "从哪天起" not in told and "None" not in told
    loaded = words_of(desk.browser("shen").get("/admin/audit?event=calendar.seeded").text)
    assert "装入放假安排" in loaded and "chinesecalendar" not in loaded


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/admin/calendar", {"an", "he", "lu", "guanli"}),
        ("/admin/calendar/recalculate", {"an", "he", "lu", "guanli"}),
        ("/admin/rules", {"an", "he", "lu"}),
        ("/admin/snippets", {"an", "he", "lu"}),
        ("/admin/categories", {"an", "he", "lu"}),
        ("/admin/settings", {"guanli"}),
        ("/admin/system", {"guanli"}),
        ("/admin/jobs", {"guanli"}),
        ("/admin/audit", {"shen", "anquan"}),
    ],
)
def test_a_page_opens_for_its_roles_alone(desk: Desk, path: str, allowed: set[str]) -> None:
    everybody = ("an", "he", "lu", "chen", "bai", "shen", "guan", "guanli", "anquan")
    opened = {user for user in everybody if desk.client().get(path, headers=desk.bearer(user)).status_code == 200}
    assert opened == allowed


def test_a_local_closure_is_told_apart_from_a_holiday(desk: Desk, world: World) -> None:
    clerk = desk.browser("he")
    clerk.get("/admin/calendar")
    clerk.post("/admin/calendar", {"day": "2026-11-03", "kind": "rest", "name": "停工", "source": "通知"})
    page = clerk.get("/admin/calendar?year=2026").text
    assert 'class="local" title="停工"' in page and 'class="holiday"' in page and 'class="makeup"' in page
    with world.db.reading() as session:
        entry = session.get(CalendarEntry, datetime(2026, 11, 3, tzinfo=UTC).date())
        assert entry is not None and entry.source == "通知"


@pytest.mark.usefixtures("morning")
def test_the_fate_of_each_message_is_shown_without_what_stood_in_it(desk: Desk, world: World) -> None:
    bai = world["bai"].person_id
    assert bai is not None
    channels: tuple[notices.Channel, ...] = ("app", "mail", "mail")
    with world.db.transaction() as session:
        for n, channel in enumerate(channels):
            people = [(bai, channel)]
            facts = {"number": f"QC-AJ-2026-00000{n}"}
            notices.tell(
                session, event_id=new_id(), people=people, code="assigned", facts=facts, at=MORNING, hold_until=MORNING
            )
        one, other = notices.take_due(session, channel="mail", at=MORNING)
        fates.drop(one, reason="case_closed")
        fates.fail(other, reason="550 no such user")
    page = desk.browser("guanli").get("/admin/fates")
    told = words_of(page.text)
    assert page.status_code == 200 and "白工" in told and "这件事已经往前走了" in told and "550 no such user" in told
    assert "邮件没送成 1 条" in told and "QC-AJ" not in page.text
    failed = words_of(desk.browser("guanli").get("/admin/fates?fate=failed").text)
    assert "550 no such user" in failed and "这件事已经往前走了" not in failed
    assert desk.browser("an").get("/admin/fates").status_code in (403, 404)
