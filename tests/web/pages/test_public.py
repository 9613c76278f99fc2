"""The villagers' pages: off until switched on, a report with its receipt, the look-up, and the inbox of triage."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import EnvironBuilder

from casework.cases import public_reports
from casework.cases.tables import Case, PublicReport
from casework.core import clock
from casework.core.errors import Invalid
from casework.keeping.findings import all_hold
from casework.keeping.verify import verify
from casework.matters.tables import Attachment, HistoryEntry
from casework.registry import office_settings
from casework.registry.tables import AuditEvent
from tests.web.desk import Browser, Desk
from tests.world import VILLAGE, World
from web.rates import Rate, household
from workflows.lifecycles import lifecycles

SENT: dict[str, Any] = {
    "subject": "drinking_water",
    "words": "三组的水管冲断了，老人挑水吃。已经五天了。",
    "place": VILLAGE,
    "name": "李小芳",
    "phone": "13900000876",
}


@pytest.fixture
def villager(desk: Desk) -> Browser:
    """Somebody without an account, before the form, the page switched on."""
    switch_on(desk)
    browser = Browser(desk.client())
    assert browser.get("/report/new").status_code == 200
    return browser


def switch_on(desk: Desk) -> None:
    with desk.office.db.transaction() as session:
        office_settings.change(session, {"public_page": True}, actor=desk.world["guanli"], at=clock.now())


def reports(world: World) -> list[PublicReport]:
    with world.db.reading() as session:
        return session.query(PublicReport).order_by(PublicReport.created_at).all()


def code_of(browser: Browser) -> str:
    found = re.search(r'data-copy="([0-9A-Z-]+)"', browser.get("/report/receipt").text)
    assert found is not None
    return found[1]


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "JPEG")
    return out.getvalue()


def test_the_page_is_away_until_the_office_switches_it_on(desk: Desk) -> None:
    browser = Browser(desk.client())
    browser.get("/login")
    for path in ("/report", "/report/new", "/report/state", "/report/stop", "/report/places", "/report/receipt"):
        assert browser.get(path).status_code == 404, path
    assert browser.post("/report/new", SENT).status_code == 404
    assert "/report" not in browser.get("/login").text
    switch_on(desk)
    assert browser.get("/report").status_code == 200
    assert 'href="/report"' in browser.get("/login").text


def test_a_report_is_kept_sealed_and_its_receipt_tells_what_happens_next(villager: Browser, world: World) -> None:
    answer = villager.post("/report/new", SENT)
    assert answer.status_code == 303
    receipt = villager.get("/report/receipt")
    assert "收到了" in receipt.text and "最迟" in receipt.text
    assert receipt.headers["Cache-Control"] == "no-store"
    (report,) = reports(world)
    code = code_of(villager)
    assert len(code.replace("-", "")) == 28
    row = " ".join(str(value) for value in vars(report).values())
    assert "李小芳" not in row and "13900000876" not in row and "水管" not in row and code not in row
    with world.db.reading() as session:
        assert public_reports.content_of(session, report).words == SENT["words"]


def test_pressing_twice_is_one_report_and_a_second_tab_loses_nothing(villager: Browser, world: World) -> None:
    villager.post("/report/new", SENT)
    first = code_of(villager)
    villager.post("/report/new", SENT)
    assert code_of(villager) == first
    assert len(reports(world)) == 1
    villager.post("/report/new", {**SENT, "words": "还有一件别的事，路灯不亮。"})
    assert code_of(villager) != first
    assert len(reports(world)) == 2


def test_every_mistake_is_told_at_once_and_what_was_typed_stays(villager: Browser, world: World) -> None:
    answer = villager.post("/report/new", {"words": "水管断了", "place": "红旗社区", "name": "", "phone": "123"})
    assert answer.status_code == 422
    for name in ("subject", "place", "name", "phone"):
        assert f'href="#f-{name}"' in answer.text
    assert "水管断了" in answer.text and "红旗社区" in answer.text
    assert reports(world) == []


def test_an_identity_number_in_the_words_is_not_taken(villager: Browser, world: World) -> None:
    answer = villager.post("/report/new", {**SENT, "words": "我的号码是 999999199001010011，请帮忙"})
    assert answer.status_code in (303, 422)
    valid = villager.post("/report/new", {**SENT, "words": f"我的号码是 {valid_id()}，请帮忙"})
    assert valid.status_code == 422 and "身份证号" in valid.text


def assert_sound(desk: Desk) -> None:
    """Look for rows against every invariant."""
    findings = verify(
        desk.office.db, at=clock.now(), attachments=desk.office.settings.attachments, lifecycles=lifecycles()
    )
    assert all_hold(findings), [each for each in findings if not each.holds]


def valid_id() -> str:
    digits = "99999919900101001"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


def test_the_nearest_place_of_the_list_is_offered(villager: Browser) -> None:
    answer = villager.post("/report/new", {**SENT, "place": "方石"})
    assert answer.status_code == 422
    assert "竹园镇方石村" in answer.text and f'value="{VILLAGE}"' in answer.text
    # The button under the field says the code beside what was typed; a script sends the words apart.
    assert villager.post("/report/new", {**SENT, "place": ["方石", VILLAGE]}).status_code == 303
    assert villager.post("/report/new", {**SENT, "place": "", "place_text": "方石村"}).status_code == 303


def test_the_list_of_places_answers_names_of_the_county(villager: Browser) -> None:
    options = villager.get("/report/places?q=方石").json["options"]  # type: ignore[index]  # it answers JSON
    assert options == [{"value": VILLAGE, "label": "竹园镇方石村", "hint": ""}]


def test_the_stop_text_of_a_subject_stands_before_the_form(villager: Browser) -> None:
    assert "便民服务中心" in villager.get("/report/new?subject=social_security").text
    assert 'href="tel:110"' in villager.get("/report/stop?subject=dispute").text
    assert "township" in _english(villager).get("/report/stop?subject=social_security").text
    assert 'class="note' not in villager.get("/report/stop?subject=market").text


def _english(browser: Browser) -> Browser:
    browser.get("/language/en")
    return browser


def test_a_field_only_machines_see_must_stay_empty(villager: Browser, world: World) -> None:
    assert villager.post("/report/new", {**SENT, "website": "http://example.com"}).status_code == 422
    assert reports(world) == []


def test_a_form_without_its_token_is_not_taken(desk: Desk) -> None:
    switch_on(desk)
    assert desk.client().post("/report/new", data=SENT).status_code == 400


def test_an_address_may_report_only_so_often_and_this_machine_is_left_out(villager: Browser, world: World) -> None:
    def send(number: int, address: str) -> int:
        sent = {**SENT, "words": f"第 {number} 件事"}
        return villager.post("/report/new", sent, environ_base={"REMOTE_ADDR": address}).status_code

    assert [send(n, "203.0.113.9") for n in range(11)] == [303] * 10 + [429]
    assert send(11, "203.0.113.10") == 303
    assert [send(n, "127.0.0.1") for n in range(12, 24)] == [303] * 12
    answer = villager.post("/report/new", SENT, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert int(answer.headers["Retry-After"]) > 0
    assert len(reports(world)) == 23


def test_an_address_may_look_up_only_so_often(villager: Browser) -> None:
    there = {"REMOTE_ADDR": "2001:db8::7"}
    code = public_reports.new_code()
    answers = [villager.post("/report/state", {"code": code}, environ_base=there).status_code for _ in range(31)]
    assert answers == [404] * 30 + [429]


def test_a_rate_lets_go_with_time_and_takes_a_household_as_one() -> None:
    rate, at = Rate(most=2, within=timedelta(minutes=1)), clock.now()
    assert rate.wait("a", at=at) is None and rate.wait("a", at=at) is None
    assert rate.wait("a", at=at) == timedelta(minutes=1)
    assert rate.wait("b", at=at) is None
    assert rate.wait("a", at=at + timedelta(minutes=1)) is None
    assert household("2001:db8::1") == household("2001:db8::2") != household("2001:db8:1::1")
    assert household("127.0.0.1") is None and household("::1") is None and household("::ffff:127.0.0.1") is None
    assert household("203.0.113.9") == "203.0.113.9" and household("") is None


def test_a_code_is_read_as_people_copy_it_and_a_slip_is_noticed() -> None:
    code = public_reports.new_code()
    assert public_reports.read_code(f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} ") == code
    wrong = ("Z" if code[0] != "Z" else "Y") + code[1:]
    with pytest.raises(Invalid):
        public_reports.read_code(code[:-1])
    try:
        assert public_reports.read_code(wrong) != code
    except Invalid as mistake:
        assert mistake.errors[0].code == "code_slip"


def test_photos_are_drawn_anew_and_others_files_are_not_taken(villager: Browser, desk: Desk, world: World) -> None:
    def photos(*files: tuple[str, bytes]) -> dict[str, Any]:
        return {**SENT, "photos": [(io.BytesIO(content), name) for name, content in files]}

    answer = villager.post("/report/new", photos(("a.txt", b"hello")), content_type="multipart/form-data")
    assert answer.status_code == 422 and "只收照片" in answer.text
    large = picture() + b"\0" * (2 * 1024 * 1024)
    builder = EnvironBuilder("/report/new", method="POST", data=photos(("a.jpg", large)))
    builder.form["csrf_token"] = villager.form_token
    environ = builder.get_environ()
    assert villager.client.open(environ).status_code == 422
    environ["wsgi.input"].close()
    builder.close()
    many = [(f"{n}.jpg", picture()) for n in range(4)]
    assert villager.post("/report/new", photos(*many), content_type="multipart/form-data").status_code == 422
    assert reports(world) == []
    answer = villager.post("/report/new", photos(("a.jpg", picture())), content_type="multipart/form-data")
    assert answer.status_code == 303
    assert_sound(desk)
    with world.db.reading() as session:
        assert [row.matter_id for row in session.query(Attachment)] == [reports(world)[0].id]


def test_triage_makes_a_case_of_it_and_the_code_shows_how_it_stands(
    villager: Browser, desk: Desk, world: World
) -> None:
    villager.post(
        "/report/new",
        {**SENT, "photos": [(io.BytesIO(picture()), "a.jpg")]},
        content_type="multipart/form-data",
    )
    code = code_of(villager)
    (report,) = reports(world)
    clerk = desk.browser("he")
    inbox = clerk.get("/triage/public")
    assert "水管冲断" in inbox.text and "139****0876" in inbox.text and "13900000876" not in inbox.text
    photo = re.search(rf"/triage/public/{report.id}/photos/[0-9a-f-]+", inbox.text)
    assert photo is not None
    with clerk.client.get(photo[0]) as shown:
        assert shown.mimetype == "image/jpeg" and "sandbox" in shown.headers["Content-Security-Policy"]
    given = {"title": "三组水管断了", "kind": "help", "urgency": "normal", "category": "drinking_water"}
    assert clerk.post(f"/triage/public/{report.id}/turn", given).status_code == 303
    with world.db.reading() as session:
        case = session.query(Case).one()
        assert case.channel == "web" and case.reporter_phone == "139****0876" and case.description == SENT["words"]
        assert case.attachments_total == 1
    assert clerk.post(f"/triage/public/{report.id}/turn", given).status_code == 409
    waiting = villager.post("/report/state", {"code": code})
    assert "确定谁来办" in waiting.text and "三组" not in waiting.text
    world.move(case.id, "assign", "an", at=clock.now(), org="SLJ")
    world.move(case.id, "contact", "bai", at=clock.now(), words="已电话联系", spoke_to="李小芳")
    world.move(case.id, "resolve", "bai", at=clock.now(), result_class="A", reply="李小芳家的水已通。")
    assert_sound(desk)
    found = villager.post("/report/state", {"code": code.lower()})
    assert "县水利局来办" in found.text and "解决了" in found.text
    assert "李小芳" not in found.text and "876" not in found.text


def test_words_added_later_reach_the_report_and_then_the_case(villager: Browser, desk: Desk, world: World) -> None:
    villager.post("/report/new", SENT)
    villager.post("/report/state", {"code": code_of(villager)})
    assert "补上了" in villager.post("/report/state/add", {"words": "又断了一处。"}).text
    assert villager.post("/report/state/add", {"words": "  "}).status_code == 422
    (report,) = reports(world)
    clerk = desk.browser("he")
    assert "又断了一处" in clerk.get("/triage/public").text
    given = {"title": "三组水管断了", "kind": "help", "urgency": "normal"}
    clerk.post(f"/triage/public/{report.id}/turn", given)
    assert villager.post("/report/state/add", {"words": "今天来人了。"}).status_code == 200
    with world.db.reading() as session:
        case = session.query(Case).one()
        said = session.query(HistoryEntry).where(HistoryEntry.trigger == "comment").one()
    assert_sound(desk)
    assert "又断了一处" in case.description and said.comment == "今天来人了。" and case.comments_total == 1


def test_a_declined_report_tells_its_owner_why(villager: Browser, desk: Desk, world: World) -> None:
    villager.post("/report/new", SENT)
    code = code_of(villager)
    (report,) = reports(world)
    clerk = desk.browser("he")
    clerk.get("/triage/public")
    assert clerk.post(f"/triage/public/{report.id}/decline", {"reason": ""}).status_code == 422
    reason = "这件已经在法院，请等判决；法律上的事可以问 12348。"
    assert clerk.post(f"/triage/public/{report.id}/decline", {"reason": reason}).status_code == 303
    shown = villager.post("/report/state", {"code": code})
    assert reason in shown.text
    # Whoever is sent away is told whom to turn to, whatever was written: who sees to the subject, then anybody's.
    assert "要接着办，可以找：县供水服务热线和村里的管水员；或政务服务热线 12345" in shown.text
    assert villager.post("/report/state/add", {"words": "再说一句"}).status_code == 409
    assert "没有等着的件" in clerk.get("/triage/public").text
    with world.db.reading() as session:
        assert session.query(AuditEvent).where(AuditEvent.event == "public_report.declined").count() == 1


@pytest.mark.parametrize("user", ["chen", "bai", "guan", "guanli"])
def test_the_inbox_is_for_triage_alone(villager: Browser, desk: Desk, world: World, user: str) -> None:
    villager.post("/report/new", SENT)
    (report,) = reports(world)
    browser = desk.browser(user)
    assert browser.get("/triage/public").status_code == 403
    assert browser.get(f"/triage/public/{report.id}").status_code == 404
    given = {"title": "x", "kind": "help", "urgency": "normal"}
    assert browser.post(f"/triage/public/{report.id}/turn", given).status_code == 404


def test_the_poster_carries_the_code_to_scan(desk: Desk) -> None:
    page = desk.browser("he").get("/report/poster").text
    assert "/report?via=qr" in page and 'src="data:image/svg+xml' in page


def test_what_came_by_the_code_on_the_wall_says_so(villager: Browser, desk: Desk, world: World) -> None:
    assert "via=qr" in villager.get("/report?via=qr").text
    villager.get("/report/new?via=qr")
    villager.post("/report/new?via=qr", SENT)
    with world.db.reading() as session:
        assert public_reports.content_of(session, reports(world)[0]).via == "qr"
