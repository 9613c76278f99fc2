"""Leads as pages: told in the form of a visit without script, found and answered by the town, shown at the household."""

from typing import Any

import pytest
from sqlalchemy import select

from casework.activities.tables import Lead
from casework.core.editions import known
from tests.campaign import HEAD, Tied, tie
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")


def send(browser: Browser, path: str, **changes: Any) -> Any:
    return browser.post(
        path, {**form_of(browser.get(path).text, path if "/reveal" in path else path.partition("?")[0]), **changes}
    )


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_a_risk_goes_from_the_visit_to_the_town_and_its_answer_to_the_household(desk: Desk, world: World) -> None:
    tied: Tied = tie(world)
    chen, town = desk.browser("chen"), desk.browser("zhen")
    visit = f"/visits/new?household={tied.mine}"
    risk = {"lead.risks": ["illness", "no_labour"], "lead.findings": ""}
    wrong = send(chen, visit, findings="收成还好", **risk)
    assert (
        wrong.status_code == 422 and 'href="#f-lead.findings"' in wrong.text and 'value="illness" checked' in wrong.text
    )
    assert send(chen, visit, findings="收成还好", **{**risk, "lead.findings": "户主住院"}).status_code == 303
    assert "线索已交给乡镇" in words_of(chen.get("/mine").text)
    with world.db.reading() as session:
        lead = session.scalars(select(Lead).where(known(Lead))).one()
    path = f"/leads/{lead.id}"
    assert "张*生户的线索" in words_of(town.get("/work").text) and path in town.get("/work").text
    page = town.get(path)
    told = words_of(page.text)
    assert all(each in told for each in ("张*生", "因病", "缺劳力", "户主住院", "陈青山", "等乡镇答复", "填核查结果"))
    assert HEAD not in page.text and f"{path}/reveal?field=head_name" in page.text and "/households/" not in page.text
    assert HEAD in send(town, f"{path}/reveal?field=head_name", reason="check").text
    assert send(town, f"{path}/answer").status_code == 422
    assert send(town, f"{path}/answer", answer="watched", reply="已入户").status_code == 303
    assert "已纳入监测" in words_of(town.get(path).text) and "风险线索" not in words_of(town.get("/work").text)
    clerk = desk.browser("he")
    assert "张*生" in clerk.get("/leads?state=answered").text and "张*生" not in clerk.get("/leads?state=open").text
    household = words_of(clerk.get(f"/households/{tied.mine}").text)
    assert all(each in household for each in ("返贫致贫风险线索", "已纳入监测", "登记了风险线索", "更新了风险线索"))
    assert "风险：因病、缺劳力" in household and "核查结果：没有 → 已纳入监测" in household
    assert words_of(clerk.get(f"/activities/{lead.activity_id}").text).count("已纳入监测") == 1
    assert clerk.get(f"{path}/withdraw").status_code == 200 and town.get(f"{path}/withdraw").status_code == 403
    assert send(clerk, f"{path}/withdraw", reason="记错户").status_code == 303
    assert path not in clerk.get("/leads").text and town.post(f"{path}/answer", {}).status_code in (400, 409, 422)
    again = f"/leads/new?visit={lead.activity_id}"
    assert send(chen, again, risks=["housing"], findings="屋顶漏雨").status_code == 303
    assert town.get(again).status_code == 403 and desk.browser("guan").get(path).status_code == 200
