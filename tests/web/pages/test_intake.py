"""Registering a difficulty: keyboard first, proposals beside it, look-alikes before it is kept, nothing typed lost."""

import io
import json
import re
from uuid import uuid4

import pytest

from casework.cases import assignment_rules
from casework.cases.tables import Case
from casework.matters.tables import Draft
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import COUNTY, MORNING, VILLAGE, World

pytestmark = pytest.mark.usefixtures("morning")

TOLD = {
    "title": "三组水管被山洪冲断，17 户吃水靠挑",
    "description": "大雨以后，三组引水的水管冲断了两处，蓄水池进不了水。",
    "region_code": VILLAGE,
    "category": "drinking_water",
    "reporter_name": "李小芳",
    "reporter_phone": "13900000876",
    "kind": "help",
    "urgency": "normal",
    "channel": "phone",
}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c626001000000ffff03000006000557bfabd40000000049454e44ae426082"
)


def cases(world: World) -> list[Case]:
    with world.db.reading() as session:
        return session.query(Case).order_by(Case.number).all()


def fresh(browser: Browser, **changes: str) -> dict[str, str]:
    form = form_of(browser.get("/cases/new").text, "/cases/new")
    return {**form, **TOLD, "similar_seen": "1", **changes}


def test_a_clerk_registers_and_is_led_to_the_case(desk: Desk, world: World) -> None:
    clerk = desk.browser("he")
    answer = clerk.post("/cases/new", fresh(clerk, q_households="17", q_stopgap="0", q_since="2026-10-12"))
    assert answer.status_code == 303
    (case,) = cases(world)
    assert answer.headers["Location"] == f"/cases/{case.number}"
    assert case.answers == {"households": 17, "stopgap": False, "since": "2026-10-12"}
    page = words_of(clerk.get(answer.headers["Location"]).text)
    assert "已登记" in page and "涉及户数" in page and "李*芳" in page and "李小芳" not in page


def test_a_member_registers_and_sees_only_their_own(desk: Desk, world: World) -> None:
    member = desk.browser("chen")
    answer = member.post("/cases/new", fresh(member, channel="visit"))
    assert answer.status_code == 303
    page = member.get(answer.headers["Location"])
    assert page.status_code == 200 and 'name="text"' in page.text
    for who in ("bai", "guan", "shen", "guanli"):
        assert desk.browser(who).get("/cases/new").status_code == 403


def test_mistakes_stand_beside_their_fields_and_every_word_is_kept(desk: Desk, world: World) -> None:
    clerk = desk.browser("he")
    sent = fresh(clerk, title=" ", reporter_phone="138", region_code="510822999999", q_households="many")
    page = clerk.post("/cases/new", sent)
    assert page.status_code == 422 and not cases(world)
    for name in ("title", "reporter_phone", "region_code", "q_households"):
        assert f'href="#f-{name}"' in page.text, name
    kept = form_of(page.text, "/cases/new")
    assert kept["description"].strip() == TOLD["description"] and kept["reporter_phone"] == "138"
    assert kept["form_id"] == sent["form_id"] and kept["category"] == "drinking_water"


def test_without_script_a_place_is_known_by_its_exact_name(desk: Desk, world: World) -> None:
    clerk = desk.browser("he")
    sent = fresh(clerk) | {"region_code": "竹园镇 方石村"}
    assert clerk.post("/cases/new", sent).status_code == 303
    assert cases(world)[0].region_code == VILLAGE


def test_what_looks_alike_is_shown_before_anything_is_kept(desk: Desk, world: World) -> None:
    known = world.report()
    clerk = desk.browser("he")
    sent = fresh(clerk)
    del sent["similar_seen"]
    page = clerk.post("/cases/new", sent)
    assert page.status_code == 409 and world.case(known).number in page.text and "同一个人" in page.text
    assert "还没有登记" in page.text
    assert len(cases(world)) == 1
    again = form_of(page.text, "/cases/new")
    assert again["similar_seen"] == "1"
    assert clerk.post("/cases/new", {**again, "region_code": VILLAGE}).status_code == 303
    assert len(cases(world)) == 2


def test_look_alikes_and_the_category_come_while_one_types_and_nothing_is_written(desk: Desk, world: World) -> None:
    known = world.report()
    clerk = desk.browser("he")
    clerk.get("/cases/new")
    asked = {**TOLD, "category": ""}
    part = clerk.post("/cases/new/similar", asked, headers={"HX-Request": "true"})
    assert world.case(known).number in part.text and 'data-suggested="drinking_water"' in part.text
    assert 'hx-swap-oob="true"' in part.text and "像是饮水" in words_of(part.text)
    with world.db.transaction() as session:
        raw = {"category": "drinking_water", "region": COUNTY, "org": "SLJ", "route": "two_offices"}
        assignment_rules.put(session, raw, actor=world["an"], at=MORNING)
    part = clerk.post("/cases/new/similar", {**asked, "description": "水管断了，已经断水两天，老人昏迷"})
    assert "像是特急（昏迷）" in words_of(part.text) and "多半归县水利局办（85%）" in words_of(part.text)
    stranger = desk.browser("chen")
    stranger.get("/cases/new")
    assert world.case(known).number not in stranger.post("/cases/new/similar", asked).text
    questions = clerk.post("/cases/new/questions", asked | {"category": "housing"})
    assert "今晚住着安不安全" in questions.text
    clock = clerk.post("/cases/new/clock", asked | {"kind": "complaint"})
    assert "15 个工作日" in words_of(clock.text)
    told = json.loads(clerk.get("/suggest/category?q=停水了，水管断了").data)
    assert told["category"] == "drinking_water" and "停水" in told["words"]
    assert len(cases(world)) == 1


def test_places_units_people_and_cases_are_offered_within_reach(desk: Desk, world: World) -> None:
    world.report(title="三组停水")
    clerk, village = desk.browser("he"), desk.browser("cun")

    def offered(browser: Browser, path: str) -> list[str]:
        return [each["label"] for each in browser.get(path).json["options"]]  # type: ignore[index]  # it answers JSON

    assert offered(clerk, "/places?q=方石") == ["竹园镇 方石村"]
    assert offered(clerk, "/places?q=510822106") == ["木鱼镇"]
    assert offered(village, "/places?q=木鱼") == [] and offered(village, "/places?q=方石") == ["竹园镇 方石村"]
    assert offered(clerk, "/orgs?q=水利") == ["县水利局"]
    assert offered(clerk, "/people?org=SLJ") == ["水科长", "白工"] or set(offered(clerk, "/people?org=SLJ")) == {
        "水科长",
        "白工",
    }
    assert offered(clerk, "/people?q=焦") == ["焦老师"]
    assert offered(clerk, "/case-options?q=停水")[0].endswith("三组停水")
    assert desk.browser("bai").get("/places?q=方石").status_code == 403


def test_a_message_of_a_chat_group_fills_the_form(desk: Desk, world: World) -> None:
    clerk = desk.browser("he")
    clerk.get("/cases/new")
    text = "@安老师 竹园镇方石村王大姐反映三组停水三天了，蓄水池进不了水 13800001234"
    page = clerk.post("/cases/new/paste", {"text": text})
    form = form_of(page.text, "/cases/new")
    assert form["region_code"] == "竹园镇 方石村"
    assert f'data-code="{VILLAGE}"' in page.text and form["reporter_phone"] == "13800001234"
    assert form["reporter_name"] == "王大姐" and form["channel"] == "chat" and form["category"] == "drinking_water"
    assert "已填：" in page.text and not cases(world)
    assert clerk.post("/cases/new/paste", {"text": "  "}).status_code == 200


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("竹园镇方石村三组 王桂香 13800001234：前天水管冲断了，17 户没水吃", "王桂香", "前天水管冲断了，17 户没水吃"),
        ("我是方石村的李小芳，家里房子漏雨，联系电话：13800001234", "李小芳", "家里房子漏雨"),
        ("方石村水管坏了，联系电话 13800001234", "", "方石村水管坏了"),
        ("方石村路灯坏了两个月，联系人李四 13800001234", "李四", "方石村路灯坏了两个月"),
        ("竹园镇方石村王大姐反映三组停水三天了", "王大姐", "三组停水三天了"),
    ],
)
def test_who_speaks_in_a_chat_is_the_reporter_and_no_part_of_the_title(
    desk: Desk, text: str, name: str, title: str
) -> None:
    clerk = desk.browser("he")
    clerk.get("/cases/new")
    form = form_of(clerk.post("/cases/new/paste", {"text": text}).text, "/cases/new")
    assert (form["reporter_name"], form["title"]) == (name, title)


def test_the_same_form_sent_twice_registers_once(desk: Desk, world: World) -> None:
    clerk = desk.browser("he")
    sent = fresh(clerk)
    first, second = clerk.post("/cases/new", sent), clerk.post("/cases/new", sent)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"] and len(cases(world)) == 1
    mended = clerk.post("/cases/new", {**sent, "title": "换了一句话"})
    assert mended.headers["Location"] != first.headers["Location"] and len(cases(world)) == 2


def test_a_draft_survives_and_ends_when_the_form_is_sent(desk: Desk, world: World) -> None:
    clerk = desk.browser("he")
    form = fresh(clerk)
    number = form["form_id"]
    saved = clerk.post(f"/drafts/intake/{number}", {"title": "写到一半", "reporter_name": "李小芳", "version": "3"})
    assert saved.json == {"saved_at": "10:00"}
    with world.db.reading() as session:
        (row,) = session.query(Draft).all()
        assert "李小芳" not in row.content and "写到一半" not in row.content
    shown = clerk.get(f"/cases/new?draft={number}")
    kept = form_of(shown.text, "/cases/new")
    assert kept["title"] == "写到一半" and kept["reporter_name"] == "李小芳" and kept["form_id"] == number
    assert "写到一半" in clerk.get("/work").text and "没登记完的困难" in clerk.get("/work").text
    assert f"draft={number}" in clerk.get("/work").text
    assert form_of(desk.browser("an").get(f"/cases/new?draft={number}").text, "/cases/new")["title"] == ""
    clerk.get("/cases/new")
    assert clerk.post("/cases/new", {**form, "form_id": number}).status_code == 303
    with world.db.reading() as session:
        assert session.query(Draft).count() == 0
    assert clerk.post("/drafts/INTAKE/1", {}).status_code == 404
    assert clerk.post(f"/drafts/intake/{uuid4()}", {"title": "x" * 200_000}).status_code == 422


def test_pictures_come_with_the_report_and_bad_files_refuse_it_whole(desk: Desk, world: World) -> None:
    clerk = desk.browser("he")
    sent = fresh(clerk)
    bad = clerk.post("/cases/new", {**sent, "files": (io.BytesIO(b"MZ\x90\x00\x03"), "x.exe")})
    assert bad.status_code == 422 and 'href="#f-files"' in bad.text and not cases(world)
    text = (io.BytesIO("水管照片说明".encode()), "说明.txt")
    good = clerk.post("/cases/new", {**sent, "files": text})
    assert good.status_code == 303 and cases(world)[0].attachments_total == 1
    page = clerk.get(good.headers["Location"]).text
    found = re.search(r'href="(/cases/[^"]+/files/[^"]+)"', page)
    assert found is not None
    file = clerk.get(found[1])
    assert file.data == "水管照片说明".encode()
    file.close()
    assert (
        file.headers["Content-Disposition"].startswith("attachment")
        and "sandbox" in file.headers["Content-Security-Policy"]
    )
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert desk.browser("jiao").get(found[1]).status_code == 404


def test_registering_another_leads_back_to_an_empty_form(desk: Desk, world: World) -> None:
    clerk = desk.browser("he")
    answer = clerk.post("/cases/new", fresh(clerk, next="again"))
    assert answer.headers["Location"] == "/cases/new"
    assert "已登记" in clerk.get("/cases/new").text


def test_who_comes_back_to_a_form_that_was_sent_hears_that_it_was(desk: Desk, world: World) -> None:
    clerk = desk.browser("he")
    sent = fresh(clerk)
    assert clerk.post("/cases/new", sent).status_code == 303
    page = clerk.get(f"/cases/new?draft={sent['form_id']}").text
    number = cases(world)[0].number
    assert f"已经登记成 {number}" in page and f'href="/cases/{number}"' in page
    assert form_of(page, "/cases/new")["form_id"] != sent["form_id"]
    assert "已经登记" not in desk.browser("an").get(f"/cases/new?draft={sent['form_id']}").text


def test_a_browser_that_lost_its_log_in_is_led_to_it_and_back_and_files_are_asked_for_again(
    desk: Desk, world: World
) -> None:
    clerk = desk.browser("he")
    wrong = {**fresh(clerk), "reporter_phone": "138", "files": (io.BytesIO(b"x"), "断口.jpg")}
    page = clerk.post("/cases/new", wrong, content_type="multipart/form-data")
    assert page.status_code == 422 and "请再选一次：断口.jpg" in page.text
    # With its cookies went the one-time token, too: that is no reason to be told of an incomplete request.
    gone = desk.client().post("/cases/new", data={"csrf_token": "x"}, headers={"Referer": "http://localhost/cases/new"})
    # A step that cannot be made any more, opened by its address alone, leads back to its matter.
    number = world.case(world.assigned()).number
    late = clerk.get(f"/cases/{number}/moves/reopen")
    assert late.status_code == 409 and f'href="/cases/{number}" data-back' in late.text
    assert gone.status_code == 303 and gone.headers["Location"] == "/login?next=/cases/new"


def test_who_opens_the_form_types_at_once_and_who_has_something_to_read_does_not(desk: Desk) -> None:
    clerk = desk.browser("he")
    empty = clerk.get("/cases/new").text
    assert re.findall(r'name="(\w+)"[^>]* autofocus', empty) == ["description"]
    sent = fresh(clerk)
    sent["title"] = ""
    answer = clerk.post("/cases/new", sent)
    assert answer.status_code == 422 and "autofocus" not in answer.text
