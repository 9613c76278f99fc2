"""The numbers beside who is praised or reminded open what they count, drafted and frozen, whatever came in since."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

from openpyxl import load_workbook
from sqlalchemy import select

from casework.activities.tables import Activity
from casework.bulletins.tables import Bulletin
from casework.campaign.links import links
from casework.campaign.links.links import NewLink
from casework.campaign.loader import campaigns
from casework.campaign.tables import Link
from casework.cases.tables import Solution
from casework.core import editions
from casework.core.actors import SYSTEM
from casework.core.ids import new_id
from casework.members.tables import Member
from tests.campaign import SINCE, Tied, link, tie
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.world import MORNING, VILLAGE

DAY = date(2026, 10, 14)
# When the quarter is over.
OVER = datetime(2027, 1, 4, 2, tzinfo=UTC)


def _visit(desk: Desk, member: UUID, home: UUID, at: datetime = MORNING) -> None:
    with desk.world.db.transaction() as session:
        row = Activity(kind="household_visit", form="on_site", region_code=VILLAGE, on_date=DAY)
        row.member_id, row.household_id = member, home
        editions.enter(session, row, actor=SYSTEM, at=at)


def _solve(desk: Desk, home: UUID, at: datetime = MORNING) -> UUID:
    case = desk.world.report("he", household_id=str(home))
    with desk.world.db.transaction() as session:
        row = Solution(case_id=case, region_code=VILLAGE, category="drinking_water", household_id=home)
        row.raised_on = row.on_date = DAY
        editions.enter(session, row, actor=SYSTEM, at=at)
    return case


def _lay(desk: Desk) -> Tied:
    """陈青山 has two households, visited both and solved two things; 罗敏 has one and went nowhere."""
    tied = tie(desk.world)
    with desk.world.db.transaction() as session:
        told = NewLink("member_household", tied.member, VILLAGE, SINCE, tied.free, "demonstration")
        links.begin(session, campaigns()["SLSC-2022"], told, actor=desk.world["he"], at=MORNING)
    for home in (tied.mine, tied.free):
        _visit(desk, tied.member, home)
        _solve(desk, home)
    return tied


def _begun(desk: Desk) -> str:
    asked = {"form_id": str(new_id()), "campaign": "SLSC-2022", "quarter": "2026Q4"}
    url: str = desk.browser("he").post("/bulletins", asked).headers["Location"]
    return url


def _freeze(desk: Desk, url: str) -> None:
    assert desk.browser("he").post(f"{url}/moves/freeze", {"form_id": str(new_id())}).status_code == 303


def _numbers(desk: Desk, url: str) -> dict[str, int]:
    """Return the numbers beside those mentioned in the workbook: path → number; the screen and the page say the same."""
    book = load_workbook(io.BytesIO(desk.browser("he").get(f"{url}/file?format=xlsx").data))
    sheets = [each for each in book.worksheets if each.title in ("表扬", "提醒")]
    cells = [cell for sheet in sheets for row in sheet.iter_rows(min_row=3) for cell in row if cell.hyperlink]
    told = {cell.hyperlink.target.removeprefix("http://localhost"): cell.value for cell in cells}
    counted = r'href="(?:http://localhost)?(/bulletins/counted/(?:praise|reminders)/[^"]+)">(\d+)</a>'
    shown = desk.browser("he").get(url).text
    file = desk.client().get(f"/api/v1{url}/document?format=html", headers=desk.bearer("he")).text
    for page in (shown, file):
        assert {unescape(path): int(number) for path, number in re.findall(counted, page)} == told
    kept = desk.client().get(f"/api/v1{url}/document?format=json", headers=desk.bearer("he")).get_json()
    paths = [path for each in kept["blocks"] if each["block"] == "table" for row in each["links"] for path in row]
    assert set(told) <= set(paths)
    return told


def _opened(desk: Desk, path: str) -> int:
    page = desk.browser("he").get(path)
    assert page.status_code == 200, path
    return page.text.count("<tr data-row>")


def _columns(told: dict[str, int], member: UUID) -> dict[str, int]:
    return {"/".join(path.split("/")[3:5]): number for path, number in told.items() if str(member) in path}


def test_each_number_of_who_is_mentioned_opens_what_it_counts(desk: Desk, morning: Any) -> None:
    tied = _lay(desk)
    url = _begun(desk)
    drafted = _numbers(desk, url)
    assert _columns(drafted, tied.member) == {"praise/1": 2, "praise/2": 2, "praise/3": 2}
    assert _columns(drafted, tied.colleague) == {"reminders/1": 1, "reminders/2": 0}
    assert {path: _opened(desk, path) for path in drafted} == drafted
    page = desk.browser("he").get(next(path for path in drafted if "praise/3" in path)).text
    assert "陈青山，本季解决（件）：2" in words_of(page)
    text = words_of(desk.browser("he").get(url).text)
    assert "全部走访，帮助解决问题" in text and "没有全部走访" in text


def test_frozen_they_open_what_was_known_then(desk: Desk, morning: Any) -> None:
    tied = _lay(desk)
    morning.move_to(OVER)
    url = _begun(desk)
    _freeze(desk, url)
    before = _numbers(desk, url)
    with desk.world.db.reading() as session:
        known_at = session.scalars(select(Bulletin)).one().known_at
        assert known_at is not None
        later = known_at + timedelta(seconds=1)
    # A visit and a difficulty entered late, a link that ended, one that began, and the member's name mended.
    _visit(desk, tied.colleague, tied.other, at=later)
    _solve(desk, tied.mine, at=later)
    with desk.world.db.transaction() as session:
        held = session.scalars(select(Link).where(editions.known(Link), Link.object_id == tied.free)).one()
        editions.mend(session, held, {"valid_to": SINCE}, actor=SYSTEM, at=later)
        link(session, tied.colleague, tied.free, actor=desk.world["he"], at=later, since=DAY)
        member = session.scalars(select(Member).where(editions.known(Member), Member.id == tied.member)).one()
        editions.mend(session, member, {"name": "陈青川"}, actor=SYSTEM, at=later)
    assert _numbers(desk, url) == before
    assert {path: _opened(desk, path) for path in before} == before
    listed = desk.browser("he").get(next(path for path in before if "praise/1" in path)).text
    assert "陈青山，联系户（户）：2" in words_of(listed)


def test_two_links_to_one_household_are_one(desk: Desk, morning: Any) -> None:
    tied = _lay(desk)
    with desk.world.db.transaction() as session:
        row = Link(campaign="SLSC-2022", kind="member_household", holder_id=tied.member, object_id=tied.mine)
        row.region_code, row.part, row.valid_from = VILLAGE, "demonstration", SINCE
        editions.enter(session, row, actor=SYSTEM, at=MORNING)
    told = _numbers(desk, _begun(desk))
    assert _columns(told, tied.member) == {"praise/1": 2, "praise/2": 2, "praise/3": 2}
    assert {path: _opened(desk, path) for path in told} == told


def test_one_frozen_when_numbers_stood_in_the_ground_keeps_its_words(desk: Desk, morning: Any) -> None:
    _lay(desk)
    morning.move_to(OVER)
    url = _begun(desk)
    _freeze(desk, url)
    told = "联系户2户本季全部走访，帮助解决问题2件"
    with desk.world.db.transaction() as session:
        (row,) = session.scalars(select(Bulletin))
        kept = {**(row.frozen or {}), "praise": [{"id": str(new_id()), "name": "陈青山", "grounds": told}]}
        row.frozen = kept
    assert all("/reminders/" in path for path in _numbers(desk, url))
    assert told in words_of(desk.browser("he").get(url).text)
    book = load_workbook(io.BytesIO(desk.browser("he").get(f"{url}/file?format=xlsx").data))
    rows = [[cell.value for cell in row] for row in book["表扬"].iter_rows(min_row=2)]
    assert rows == [["姓名", "依据"], ["陈青山", told]]
    with desk.world.db.reading() as session:
        assert session.scalars(select(Bulletin)).one().frozen == kept


def test_a_row_of_no_member_and_of_no_unit_is_not_there(desk: Desk, morning: Any) -> None:
    asked = "campaign=SLSC-2022&quarter=2026Q4"
    for path in ("praise/1/x", "praise/3/x", "reminders/2/x", "offices/2/x", "offices/6/x", "praise/4/x"):
        assert desk.browser("he").get(f"/bulletins/counted/{path}?{asked}").status_code == 404, path
    assert desk.browser("chen").get(f"/bulletins/counted/praise/1/{new_id()}?{asked}").status_code == 403
