"""An office with a campaign of its own beside the shipped one: a choice on the page, lists apart, a bulletin of each."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
import time_machine

from casework.campaign import loader
from casework.core.ids import new_id
from tests.campaign import tie
from tests.casework.campaign.test_two_campaigns import OWN
from tests.web.desk import Browser, Desk, make_desk
from tests.world import MORNING, VILLAGE, World

CODE = "QSQC-2026"


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Iterator[Desk]:
    """Open the web of an office that has a campaign of its own."""
    folder = tmp_path / "campaigns"
    folder.mkdir()
    copy(OWN, folder)
    made = make_desk(world, tmp_path)
    loader.use_folder(folder)
    with time_machine.travel(MORNING + timedelta(hours=1), tick=False):
        yield made
    loader.use_folder(tmp_path / "nothing")


def send(browser: Browser, path: str, **typed: str) -> Any:
    browser.get(path)
    return browser.post(path, {"form_id": str(new_id()), **typed})


def test_a_link_of_each_stands_in_its_own_list_and_on_its_own_page(desk: Desk) -> None:
    tied = tie(desk.world)
    clerk = desk.browser("he")
    form = clerk.get("/links/new").text
    assert "清水青川" in form and "上游户" in form and "脱贫户" in form
    ends = {"holder": str(tied.member), "valid_from": "2026-10-12", "campaign": CODE, "kind": "household"}
    wrong = send(clerk, "/links/new", **ends, object=str(tied.free), part="demonstration")
    assert wrong.status_code == 422 and 'href="#f-part"' in wrong.text
    made = send(clerk, "/links/new", **ends, object=str(tied.free), part="upstream")
    assert made.status_code == 303, made.text
    assert "委员护水户" in clerk.get(made.headers["Location"]).text
    village = {"holder": "ZYZ", "object": VILLAGE, "valid_from": "2026-10-12", "campaign": CODE, "kind": "region"}
    assert send(clerk, "/links/new", **village).status_code == 303
    assert [clerk.get(f"/links?campaign={code}").text.count("data-row") for code in (CODE, "SLSC-2022")] == [2, 2]
    assert clerk.get("/links?campaign=NO").status_code == 302
    leader = desk.browser("lu")
    own, shipped = (leader.get(f"/campaign?campaign={code}").text for code in (CODE, "SLSC-2022"))
    assert '<option value="QSQC-2026" selected>清水青川</option>' in own and "委员护水" in own
    assert "护水三清" in own and "2026Q4 已下户的委员" in own and "联村五个一" not in own
    assert '<option value="SLSC-2022" selected>三联三促</option>' in shipped and "护水" not in shipped
    assert leader.get("/campaign").text.count("清水青川一张图") == own.count("清水青川一张图") > 0
    assert "缺上游户" in clerk.get(f"/members?lacks=upstream&campaign={CODE}").text
    assert "没有这样的委员" in clerk.get(f"/members?lacks=demonstration&campaign={CODE}").text
    due = clerk.get(f"/visits/due?campaign={CODE}").text
    assert (due.count("data-row"), due.count("上游户")) == (1, 1)


def test_the_bulletin_of_each_is_its_own(desk: Desk) -> None:
    clerk = desk.browser("he")
    assert '<option value="QSQC-2026" selected>清水青川</option>' in clerk.get("/bulletins").text
    for code, told in ((CODE, "巡河护水"), ("SLSC-2022", "组织联村")):
        made = clerk.post("/bulletins", {"form_id": str(new_id()), "campaign": code, "quarter": "2026Q3"})
        assert made.status_code == 303
        assert told in clerk.get(made.headers["Location"]).text


def test_a_number_is_a_link_for_whoever_may_open_its_records_and_for_nobody_else(desk: Desk) -> None:
    clerk, head, chair, member = (desk.browser(name) for name in ("he", "an", "lu", "chen"))
    made = clerk.post("/bulletins", {"form_id": str(new_id()), "campaign": "SLSC-2022", "quarter": "2026Q3"})
    page = made.headers["Location"]
    for who, trigger in ((clerk, "freeze"), (head, "review"), (chair, "sign")):
        who.get(page)
        assert who.post(f"{page}/moves/{trigger}", {"form_id": str(new_id())}).status_code == 303, trigger
    assert "/figures/members?" in clerk.get(page).text
    told = member.get(page)
    assert told.status_code == 200 and "政协委员" in told.text
    assert "/figures/" not in told.text
