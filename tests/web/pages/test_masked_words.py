"""Numbers of people in the words about money and in an order: whoever works on the case reads them, no other."""

import pytest
from sqlalchemy import select

from casework.funds.tables import FundLine
from tests.web.api.test_masked_words import LINE, MOBILE, SAID
from tests.web.desk import Desk
from tests.web.pages.test_cases import act
from tests.world import World
from workflows.money import funding

pytestmark = pytest.mark.usefixtures("morning")


def test_who_only_reads_reads_no_numbers_on_pages_and_papers(desk: Desk, world: World) -> None:
    case_id = world.report()
    world.move(case_id, "assign", "he", org="SLJ", comment=SAID)
    world.move(case_id, "coordinate", "bai", plan="出管材")
    act(world, case_id, "bai", funding.add_line, LINE)
    with world.db.reading() as session:
        line = session.scalars(select(FundLine.id)).one()
    url = f"/cases/{world.case(case_id).number}"
    for page in (url, f"{url}/funds?stage=applied", f"{url}/print", f"{url}/slip", "/funds", f"/funds/{line}"):
        for who in ("guan", "shen", "jin"):
            answer = desk.browser(who).get(page)
            assert answer.status_code == 200 and MOBILE not in answer.text, (who, page)
        assert MOBILE in desk.browser("he").get(page).text, page
