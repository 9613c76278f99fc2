"""The assessment as pages: a year computed by the worker, the member answers on a phone, office and chair go on."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from casework.core import clock
from casework.core.ids import new_id
from casework.matters import jobs
from casework.matters.tables import Job
from tasks import computing
from tasks.relay import relay
from tasks.run import Run
from tasks.sending.releasing import release
from tests.web.api.tied import HOUSEHOLD, LINK, MEMBER
from tests.web.desk import Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import VILLAGE, World

pytestmark = pytest.mark.usefixtures("morning")

NAMES = ("安心", "周云")


def entered(desk: Desk, world: World, *, person: str = "chen") -> dict[str, Any]:
    """Enter a member with an account, a household they link, one visit, and two members without either."""
    client, headers = desk.client(), desk.bearer("he")

    def post(path: str, body: dict[str, Any]) -> Any:
        answer = client.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json

    member = post("/members", {**MEMBER, "person_id": str(world[person].person_id)})
    household = post("/households", HOUSEHOLD)
    post("/links", {**LINK, "holder": member["id"], "object": household["id"]})
    for name in NAMES:
        post("/members", {**MEMBER, "name": name})
    visit = {"household_id": household["id"], "on_date": "2022-04-09", "form": "on_site", "findings": "都好"}
    post("/activities", {"kind": "household_visit", "region_code": VILLAGE, "member_id": member["id"], **visit})
    return {"member": member, "household": household}


def work(desk: Desk) -> list[dict[str, Any]]:
    """Do what the page asked the worker for; return what was said of how far it is."""
    said: list[dict[str, Any]] = []
    with desk.office.db.reading() as session:
        job = session.query(Job).filter_by(name="sheets_compute").one()
    run = Run(
        desk.office, job.id, job.name, job.period, job.payload, datetime.now(UTC), lambda told: said.append(dict(told))
    )
    assert computing.sheets_compute(run) == {"computed": 3}
    assert computing.sheets_compute(run) == {"computed": 0}, "done twice it comes out the same"
    with desk.office.db.transaction() as session:
        session.query(Job).filter_by(id=job.id).update({"status": "done"})
    return said


def computed(desk: Desk, world: World, **more: Any) -> tuple[dict[str, Any], str]:
    tied = entered(desk, world, **more)
    clerk = desk.browser("he")
    form = form_of(clerk.get("/assessments?year=2022").text, "/assessments/compute")
    assert clerk.post("/assessments/compute", form).status_code == 303
    work(desk)
    page = clerk.get("/assessments?year=2022").text
    found = re.search(r'href="(/assessments/[0-9a-f-]{36})">陈青山<', page)
    assert found is not None
    return tied, found[1]


def test_a_year_is_computed_in_the_background_and_says_how_far_it_is(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computing, "AT_ONCE", 2)
    entered(desk, world)
    clerk = desk.browser("he")
    page = clerk.get("/assessments?year=2022").text
    assert "还有 3 位委员没有 2022 年的考核表" in words_of(page)
    form = form_of(page, "/assessments/compute")
    assert clerk.post("/assessments/compute", form).status_code == 303
    assert clerk.post("/assessments/compute", {**form, "form_id": str(new_id())}).status_code == 303
    page = clerk.get("/assessments?year=2022").text
    assert "排队中" in page and 'hx-get="/assessments/progress' in page
    part = clerk.get("/assessments/progress?year=2022", headers={"HX-Request": "true"}).text
    assert "排队中" in part and "<html" not in part
    stopped = form_of(clerk.get("/assessments?year=2022").text, "/assessments/stop")
    assert clerk.post("/assessments/stop", stopped).status_code == 303
    with world.db.transaction() as session:
        job = session.query(Job).filter_by(name="sheets_compute").one()
        # Whoever works at it is told so at the next word.
        assert jobs.is_stopped(job) and not jobs.heartbeat(session, job.id, worker="worker", at=clock.now())
        session.delete(job)
    page = clerk.get("/assessments?year=2022").text
    assert "算好的都在" in words_of(page) and "排队中" not in page
    assert clerk.post("/assessments/compute", form_of(page, "/assessments/compute")).status_code == 303
    said = work(desk)
    assert [(each["done"], each["whole"]) for each in said][:2] == [(2, 3), (3, 3)]
    part = clerk.get("/assessments/progress?year=2022", headers={"HX-Request": "true"}).text
    assert "算好了" in part and "hx-get" not in part
    year = {"campaign": "SLSC-2022", "year": "2026"}
    assert desk.browser("chen").post("/assessments/compute", year).status_code == 403


def test_the_list_is_by_name_without_scores_and_each_sees_what_they_may(desk: Desk, world: World) -> None:
    computed(desk, world)
    page = desk.browser("he").get("/assessments?year=2022").text
    assert re.findall(r'-[0-9a-f]{12}">([^<]+)</a>', page) == ["安心", "陈青山", "周云"], "by letters, not by code"
    assert "需改进" in page and "待本人确认 <b>3</b>" in page and "得分" not in page
    assert not re.search(r"\b1[0-9]\.\d\d\b", words_of(page)), "no points"
    assert desk.browser("he").get("/assessments?year=2022&state=approved").text.count("data-row") == 0
    assert desk.browser("he").get("/assessments?year=2022&q=周").text.count("data-row") == 1
    assert desk.browser("chen").get("/assessments").text.count("data-row") == 1
    assert desk.browser("bai").get("/assessments").status_code == 403


def test_a_member_finds_the_draft_with_its_records_and_appeals(desk: Desk, world: World) -> None:
    tied, url = computed(desk, world)
    chen = desk.browser("chen")
    mine = chen.get("/mine").text
    assert f'href="{url}"' in mine and "等次“需改进”，凭据 4 条" in words_of(mine)
    page = chen.get(url).text
    assert "确认无误" in page and "审核通过" not in page and "5个工作日" in words_of(page)
    # The visit and the link behind the points, one click away.
    assert f'href="/households/{tied["household"]["id"]}">张*生' in page
    assert chen.get(f"/households/{tied['household']['id']}").status_code == 200
    assert chen.post(f"{url}/moves/appeal", {}).status_code == 422
    assert chen.post(f"{url}/moves/review", {}).status_code == 403
    assert chen.get(f"{url}/adjust").status_code == 403
    form = {"form_id": str(new_id()), "reason": "二季度还走访了一次"}
    assert chen.post(f"{url}/moves/appeal", form).status_code == 303
    page = words_of(chen.get(url).text)
    assert "本人有异议" in page and "二季度还走访了一次" in page
    assert desk.browser("cun").get(url).status_code in (403, 404)
    relay(desk.office.db, at=clock.now())
    release(desk.office.db, at=clock.now())
    assert f'href="{url}"' in desk.browser("he").get("/notices").text


def test_the_office_sets_points_and_two_more_people_finish_it(desk: Desk, world: World) -> None:
    _, url = computed(desk, world)
    desk.browser("chen").post(f"{url}/moves/confirm", {})
    clerk = desk.browser("he")
    form = form_of(clerk.get(f"{url}/adjust").text, f"{url}/adjust")
    wrong = clerk.post(f"{url}/adjust", {**form, "points-households": "41", "points-matters": "x"})
    assert wrong.status_code == 422
    assert all(f'href="#f-{name}"' in wrong.text for name in ("points-households", "points-matters", "reason-matters"))
    assert form_of(wrong.text, f"{url}/adjust")["points-households"] == "41"
    set_to = {**form, "points-households": "12.5", "reason-households": "纸质台账上还有一次"}
    assert clerk.post(f"{url}/adjust", set_to).status_code == 303
    stale = clerk.post(f"{url}/adjust", {**set_to, "form_id": str(new_id()), "points-households": "13"})
    assert stale.status_code == 409 and "别人改过" in stale.text
    page = words_of(desk.browser("chen").get(url).text)
    assert "办公室调整，台账算出 7 分。理由：纸质台账上还有一次" in page
    assert clerk.post(f"{url}/moves/review", {}).status_code == 303
    assert "/moves/approve" not in clerk.get(url).text, "the reviewer does not approve"
    assert desk.browser("lu").post(f"{url}/moves/approve", {}).status_code == 303
    page = clerk.get(url).text
    assert "审定冻结，校验值" in page and "/moves/" not in page and "/adjust" not in page


def test_nobody_judges_the_own_sheet(desk: Desk, world: World) -> None:
    _, url = computed(desk, world, person="an")
    head = desk.browser("an")
    assert head.post(f"{url}/moves/recompute", {"reason": "x"}).status_code == 403
    assert head.get(f"{url}/adjust").status_code == 403


def test_an_empty_list_says_what_to_do_next(desk: Desk, world: World) -> None:
    clerk, chen = desk.browser("he"), desk.browser("chen")
    told = clerk.get("/assessments?year=2022").text
    assert "2022 年没有在任委员" in told and 'href="/members/new"' in told
    entered(desk, world)
    told = words_of(clerk.get("/assessments?year=2022").text)
    assert "3 位委员的表就从台账算出来" in told and "计算全年草稿" in told
    assert "换个字试试" in clerk.get("/assessments?year=2022&q=某").text
    told = chen.get("/assessments?year=2022").text
    assert "办公室算好以后会请本人确认" in told and 'href="/mine"' in told and "计算全年草稿" not in told
