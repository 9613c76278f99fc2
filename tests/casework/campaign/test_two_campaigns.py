"""A second campaign with other slogans runs beside the shipped one without a line of code: each counts its own."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from shutil import copy
from uuid import UUID

import pytest

from casework.activities.tables import Activity
from casework.bulletins import drafting
from casework.bulletins.drafting import Content
from casework.bulletins.drawing import Drawing
from casework.campaign import coverage, due_visits, figures, loader
from casework.campaign.coverage import Share
from casework.campaign.due_visits import Asked
from casework.campaign.links import links, member_list
from casework.campaign.links.links import NewLink
from casework.campaign.quarters import Quarter
from casework.campaign.sources import Instants
from casework.campaign.tables import Goal
from casework.campaign.visits import VISIT
from casework.core import editions
from casework.core.database import Database
from casework.core.definitions import BadDefinition
from casework.core.errors import Invalid
from tests.campaign import SINCE, Tied, tie
from tests.world import MORNING, VILLAGE, World, make_world

OWN = Path(__file__).parent / "data" / "qsqc-2026.toml"
CODE, OTHER = "QSQC-2026", "510822106004"
TODAY, QUARTER = date(2026, 10, 14), Quarter(2026, 4)


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[Path]:
    """Let the office have a campaign of its own."""
    folder = tmp_path / "campaigns"
    folder.mkdir()
    copy(OWN, folder)
    loader.use_folder(folder)
    yield folder
    loader.use_folder(tmp_path / "nothing")


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    return make_world(db, tmp_path)


@pytest.fixture
def tied(world: World, beside: Path) -> Tied:
    """陈青山 looks after `mine` in the shipped campaign, and after `free` and `other` by the water."""
    made = tie(world)
    for household in (made.free, made.other):
        begin(world, NewLink("water_household", made.member, VILLAGE, SINCE, household, "upstream"))
    return made


def begin(world: World, told: NewLink) -> None:
    with world.db.transaction() as session:
        links.begin(session, loader.campaigns()[CODE], told, actor=world["he"], at=MORNING)


def instants(code: str) -> Instants:
    return Instants(loader.campaigns()[code], TODAY)


def reckoned(world: World, code: str) -> dict[str, int]:
    with world.db.reading() as session:
        return {each.figure.key: each.exact for each in figures.reckon(session, instants(code))}


def visit(world: World, member: UUID, household: UUID) -> None:
    with world.db.transaction() as session:
        row = Activity(kind=VISIT, region_code=VILLAGE, on_date=date(2026, 10, 13), form="on_site")
        row.member_id, row.household_id = member, household
        editions.enter(session, row, actor=world["he"], at=MORNING)


def test_the_office_has_both_and_speaks_of_the_newer_while_it_is_under_way(beside: Path) -> None:
    assert list(loader.campaigns()) == ["SLSC-2022", CODE]
    assert [loader.newest(day).code for day in (date(2026, 6, 30), date(2026, 7, 1))] == ["SLSC-2022", CODE]


def test_links_and_figures_of_each_are_its_own(world: World, tied: Tied) -> None:
    begin(world, NewLink("unit_stream", world.orgs["ZYZ"], OTHER, SINCE))
    with world.db.transaction() as session:
        for place in (VILLAGE, OTHER):
            row = Activity(kind="village_survey", region_code=place, on_date=SINCE, title="看水")
            editions.enter(session, row, actor=world["he"], at=MORNING)
    assert reckoned(world, CODE) == {"keepers": 2, "streams": 1, "patrols": 1}
    shipped = reckoned(world, "SLSC-2022")
    assert (shipped["households_linked"], shipped["villages_linked"], shipped["village_visits"]) == (2, 0, 0)


def test_a_part_of_one_is_none_of_the_other(world: World, tied: Tied) -> None:
    with pytest.raises(Invalid) as caught:
        begin(world, NewLink("water_household", tied.colleague, VILLAGE, SINCE, tied.mine, "demonstration"))
    assert caught.value.errors[0].field == "part"


def test_who_lacks_what_follows_the_numbers_of_each(world: World, tied: Tied) -> None:
    def lacking(part: str, campaign: str | None = None) -> set[UUID]:
        with world.db.reading() as session:
            asked = member_list.Asked(lacks=part, campaign=campaign)
            found = member_list.page(session, world["he"], asked, on=TODAY, after=None, limit=10)
            return {each.member.id for each in found}

    assert lacking("upstream") == {tied.colleague}
    assert lacking("demonstration") == {tied.member, tied.colleague}
    assert lacking("demonstration", CODE) == lacking("pond") == set()
    with world.db.reading() as session:
        kind = loader.campaigns()[CODE].links["water_household"]
        assert [coverage.lacking(session, instants(CODE), kind, part) for part in kind.parts] == [1, 0]


def test_one_asks_a_visit_to_each_household_and_the_other_one_of_each_member(world: World, tied: Tied) -> None:
    def due(campaign: str) -> set[UUID]:
        with world.db.reading() as session:
            found = due_visits.page(session, world["he"], Asked(missing=True, campaign=campaign), on=TODAY)
            return {each.household.id for each in found}

    def share(campaign: str) -> Share:
        with world.db.reading() as session:
            return coverage.visited(session, instants(campaign), QUARTER)

    assert (due("SLSC-2022"), due(CODE)) == ({tied.mine, tied.other}, {tied.free, tied.other})
    visit(world, tied.member, tied.free)
    assert (due("SLSC-2022"), due(CODE)) == ({tied.mine, tied.other}, set())
    assert (share("SLSC-2022"), share(CODE)) == (Share(0, 2), Share(1, 1))
    visit(world, tied.colleague, tied.mine)
    assert (share("SLSC-2022"), share(CODE)) == (Share(1, 2), Share(1, 1))


def test_goals_of_each_are_counted_against_its_own_items(world: World, tied: Tied) -> None:
    with world.db.transaction() as session:
        for campaign, checklist, item, count in (
            (CODE, "three_clears", "yard", 1),
            (CODE, "three_clears", "accounts", 1),
            ("SLSC-2022", "five_ones_household", "job_post", 1),
        ):
            goal = Goal(campaign=campaign, checklist=checklist, item=item, year=2026, object_id=tied.free)
            goal.region_code, goal.count = VILLAGE, count
            goal.state = "in_progress" if item == "accounts" else "claimed"
            editions.enter(session, goal, actor=world["he"], at=MORNING)
    with world.db.reading() as session:
        assert coverage.objects(session, instants(CODE), "household") == 2
        assert coverage.reached(session, instants(CODE), "three_clears", objects=2) == Share(2, 8)
        assert coverage.reached(session, instants("SLSC-2022"), "five_ones_household", objects=2) == Share(1, 10)


def test_the_bulletin_of_each_says_its_own(world: World, tied: Tied) -> None:
    begin(world, NewLink("unit_stream", world.orgs["ZYZ"], OTHER, SINCE))
    visit(world, tied.member, tied.free)

    def drawn(code: str) -> Content:
        with world.db.reading() as session:
            return drafting.draw(session, Drawing.of(instants(code), at=MORNING), QUARTER, zone=session.info["zone"])

    own, shipped = drawn(CODE), drawn("SLSC-2022")
    assert (own.word("keepers"), own.data["facts"]["quarter_missed"]) == ("2户", 1)
    assert [each["title"] for each in own.data["tables"]] == ["联系村（社区）情况", "联系户走访情况"]
    numbers = {"households": 0, "visited": 0}
    lacks = {"id": str(tied.colleague), "name": "罗敏", "grounds": "尚缺上游户联系", "numbers": numbers}
    assert own.data["reminders"] == [lacks]
    told = {each["name"]: (each["grounds"], each["numbers"]) for each in shipped.data["reminders"]}
    assert told["陈青山"] == ("尚缺示范户联系、没有全部走访", {"households": 1, "visited": 0})
    assert "keepers" not in shipped.figures and shipped.data["facts"]["quarter_missed"] == 2


def test_a_code_claimed_twice_and_every_mistake_of_a_file_are_told(beside: Path) -> None:
    copy(OWN, beside / "again.toml")
    with pytest.raises(BadDefinition, match="QSQC-2026 is defined twice"):
        loader.use_folder(beside)
    wrong = OWN.read_text("utf-8").replace('upstream = { zh = "上游户", en = "Upstream" }', "")
    wrong = wrong.replace('share = "visits"', 'share = "miles"').replace("护水户{keepers}", "护水户{keeper}")
    with pytest.raises(BadDefinition) as caught:
        loader.load_text(wrong)
    assert {path for path, _ in caught.value.mistakes} == {
        *("link.water_household.parts.upstream.zh", "link.water_household.parts.upstream.en"),
        *("link.water_household.parts.upstream", "page.card[0].share", "bulletin"),
    }
