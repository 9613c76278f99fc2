"""What was agreed leads to what it became, for whoever may open that; nobody is led to a page they are refused."""

import re
from uuid import UUID

import pytest
from sqlalchemy import select

from casework.cases.tables import Case
from casework.consultations.tables import ConsensusItem
from tests import meeting
from tests.web.desk import Desk
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")


def ways(desk: Desk, who: str, topic: UUID) -> set[str]:
    page = desk.browser(who).get(f"/consultations/{topic}")
    assert page.status_code == 200
    found = set(re.findall(r'href="(/(?:cases|supervision|suggestions)/[0-9a-f-]{36})"', page.text))
    assert all(desk.browser(who).get(each, follow_redirects=True).status_code == 200 for each in found)
    return found


def test_what_was_agreed_leads_only_where_the_reader_may_go(desk: Desk, world: World) -> None:
    topic = meeting.approved(world)
    meeting.hall(world)
    meeting.move(world, topic, "schedule", **meeting.at(0, "chen", world=world))
    meeting.move(world, topic, "notify", research="看过两处断口")
    meeting.move(world, topic, "hold", attended=["李小芳"])
    agreed = [{"text": f"第{n}处换管", "org": "SLJ", "due_on": "2026-10-31"} for n in (1, 2, 3)]
    meeting.move(world, topic, "minute", minutes="谈成了", consensus=agreed)
    for n, into in enumerate(("case", "supervision", "suggestion"), 1):
        meeting.convert(world, topic, n, into)
    with world.db.reading() as session:
        became = dict(session.execute(select(ConsensusItem.into, ConsensusItem.record_id)).all())
        assert session.scalar(select(Case.id)) == became["case"]
    pages = {"case": "cases", "supervision": "supervision", "suggestion": "suggestions"}
    all_of_them = {f"/{pages[into]}/{record}" for into, record in became.items()}
    assert ways(desk, "he", topic) == all_of_them
    # A member who was there: what it became is told, with a way only to what they may open.
    assert ways(desk, "chen", topic) < all_of_them
    told = desk.browser("chen").get(f"/consultations/{topic}").text
    assert "督办" in told and f"/supervision/{became['supervision']}" not in told
