"""The figures of the demo county as the product reckons them: in the article's words, equal to their records, and each
record that is changed moves exactly the figures that count it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from casework.activities.tables import Activity, Service, Suggestion
from casework.bulletins import cells, drafting
from casework.bulletins.annexes import is_number
from casework.bulletins.drawing import Drawing
from casework.campaign import counted, coverage, figures, targets
from casework.campaign.counted import Only
from casework.campaign.loader import campaigns
from casework.campaign.quarters import Quarter, read_quarter
from casework.campaign.sources import Instants
from casework.campaign.tables import Link
from casework.cases.tables import Solution
from casework.core import editions, money
from casework.core.actors import SYSTEM
from casework.core.database import Session
from casework.core.editions import known
from casework.core.ids import new_id
from casework.core.office import Office
from casework.funds import actions as funds
from casework.members.tables import MemberTerm
from casework.projects.tables import Beneficiary, Project
from tests.workflows.demo import test_campaign_demo as plain
from tests.workflows.demo.test_campaign_demo import COUNTY, EARLIER, NOW, TOLD_ON, told_county, told_office

__all__ = ["told_county", "told_office"]
CAMPAIGN = campaigns()["SLSC-2022"]
LATER = NOW + timedelta(minutes=1)
DAY = date(2022, 11, 15)
# A village of the demo that somebody is linked to, and one that nobody is.
LINKED, ELSEWHERE = "510822106004", "510822100007"


def reckoned(session: Session, on: date, known_at: Any = None) -> dict[str, int]:
    found = figures.reckon(session, Instants(CAMPAIGN, on, known_at))
    return {each.figure.key: each.exact for each in found}


def test_the_product_reckons_what_plain_questions_count_in_the_words_of_the_article(told_office: Office) -> None:
    with told_office.db.reading() as session:
        for day in (TOLD_ON, EARLIER):
            assert reckoned(session, day) == plain.figures(session, on=day)
        texts = {each.figure.key: each.text("zh") for each in figures.reckon(session, Instants(CAMPAIGN, TOLD_ON))}
    assert texts == plain.WORDINGS


@pytest.mark.parametrize("told_quarter", ["2022Q1", "2022Q4"])
def test_every_number_of_a_bulletins_tables_is_the_number_of_its_records(
    told_office: Office, told_quarter: str
) -> None:
    quarter = read_quarter(told_quarter)
    instants = Drawing(CAMPAIGN, quarter.last, LATER, drawn_at=LATER)
    with told_office.db.reading() as session:
        tables = drafting.draw(session, instants, quarter, zone=session.info["zone"]).data["tables"]
        told = [
            pair
            for each in tables
            for row in zip(each["rows"], each["sources"], strict=True)
            for pair in zip(*row, strict=True)
        ]
        numbers = [(cell, source) for cell, source in told if is_number(cell)]
        assert len(numbers) > 150
        for cell, source in numbers:
            assert str(cell).partition("/")[0] == _behind(session, instants, quarter, source), source


def _behind(session: Session, instants: Drawing, quarter: Quarter, source: Any) -> str:
    """Return the number of the records that a cell leads to; of money their sum."""
    if "figure" in source:
        figure = CAMPAIGN.figures[source["figure"]]
        org = UUID(source["org"]) if "org" in source else None
        since = date.fromisoformat(source["since"]) if "since" in source else None
        only = Only(source.get("category"), source.get("place"), org, since)
        n = counted.part(session, instants, figure, only)
        return money.wan(n) if figure.measure == "amount" else str(n)
    cell = cells.cell_of(source["table"], int(source["column"]))
    keys = cell.find(session, instants, quarter, source["row"])
    assert len(set(keys)) == len(keys)
    rows = counted.told(session, cell.kind, keys, instants)
    return money.wan(sum(row.amount_fen or 0 for row in rows)) if cell.kind == "fund_line" else str(len(rows))


def test_every_figure_is_the_number_of_its_records(told_office: Office) -> None:
    instants = Instants(CAMPAIGN, TOLD_ON)
    with told_office.db.reading() as session:
        for each in figures.reckon(session, instants):
            after, keys, fen = None, set(), 0
            while page := counted.page(session, instants, each.figure, after=after, limit=200):
                keys |= {row.key for row in page}
                fen += sum(row.amount_fen or 0 for row in page)
                after = page[-1].key
            assert (fen if each.is_money else len(keys)) == each.exact, each.figure.key


def test_the_page_of_targets_and_the_campaign_s_page_count_the_same_share(told_office: Office) -> None:
    instants = Instants(CAMPAIGN, TOLD_ON)
    asked = targets.Asked(CAMPAIGN, 2022)
    with told_office.db.reading() as session:
        for code, checklist in CAMPAIGN.checklists.items():
            if checklist.of != "org":
                objects = coverage.objects(session, instants, checklist.of)
                share = coverage.reached(session, instants, code, objects=objects)
                lines = targets.lines(session, SYSTEM, asked, checklist, on=TOLD_ON)
                assert targets.share_of_all(lines, checklist) == share, code


def _survey(session: Session) -> None:
    row = Activity(kind="village_survey", region_code=LINKED, on_date=DAY)
    editions.enter(session, row, actor=SYSTEM, at=LATER)


def _survey_elsewhere(session: Session) -> None:
    row = Activity(kind="village_survey", region_code=ELSEWHERE, on_date=DAY)
    editions.enter(session, row, actor=SYSTEM, at=LATER)


def _service(session: Session) -> None:
    row = Service(kind="market", region_code=LINKED, on_date=DAY, content="找销路")
    editions.enter(session, row, actor=SYSTEM, at=LATER)


def _suggestion(session: Session) -> None:
    editions.enter(session, Suggestion(region_code=COUNTY, on_date=DAY, content="一条"), actor=SYSTEM, at=LATER)


def _withdrawn(session: Session) -> None:
    asked = select(Activity).where(known(Activity), Activity.kind == "industry_survey", Activity.on_date <= TOLD_ON)
    _mend(session, asked, withdrawn=True)


def _term_over(session: Session) -> None:
    asked = select(MemberTerm).where(known(MemberTerm), MemberTerm.valid_to.is_(None))
    _mend(session, asked, valid_to=TOLD_ON - timedelta(days=1))


def _village_left(session: Session) -> None:
    asked = select(Link).where(known(Link), Link.kind == "org_village", Link.valid_to.is_(None))
    _mend(session, asked, valid_to=TOLD_ON - timedelta(days=1))


def _money_elsewhere(session: Session) -> None:
    line = funds.NewLine("arrived", 12_345_67, "县财政", "青财补〔2022〕999号", DAY)
    funds.add(session, line, matter_id=new_id(), region_code=ELSEWHERE, actor=SYSTEM, at=LATER)
    session.flush()


def _undone(session: Session) -> None:
    held = select(Link.object_id).where(Link.kind == "office_industry")
    asked = select(Solution).where(known(Solution), Solution.industry_id.in_(held), Solution.on_date <= DAY)
    _mend(session, asked, undone_on=TOLD_ON)


def _project(session: Session) -> None:
    row = Project(name="新茶园", kind="agri_industry", region_code=LINKED, begun_on=DAY)
    editions.enter(session, row, actor=SYSTEM, at=LATER)


def _one_more_benefits(session: Session) -> None:
    project = session.scalars(select(Project).where(known(Project), Project.begun_on <= DAY).limit(1)).one()
    row = Beneficiary(project_id=project.id, household_id=new_id(), on_date=DAY)
    editions.enter(session, row, actor=SYSTEM, at=LATER)


def _mend(session: Session, asked: Any, **changes: Any) -> None:
    row = session.scalars(asked.limit(1)).one()
    editions.mend(session, row, changes, actor=SYSTEM, at=LATER)


@contextmanager
def _tried(office: Office) -> Iterator[Session]:
    session = office.db.session(write=True)
    try:
        yield session
    finally:
        office.db.end(session, keep=False)


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        (_survey, {"village_visits": 1, "visits_total": 1}),
        (_survey_elsewhere, {"visits_total": 1}),
        (_service, {"village_services": 1}),
        (_suggestion, {"suggestions": 1}),
        (_withdrawn, {"industry_surveys": -1}),
        (_term_over, {"members": -1}),
        (_village_left, {"villages_linked": -1}),
        (_money_elsewhere, {"funds_total": 12_345_67}),
        (_undone, {"industry_difficulties_solved": -1, "problems_solved_total": -1}),
        (_project, {"agri_projects": 1}),
        (_one_more_benefits, {"households_benefited": 1}),
    ],
)
def test_one_record_changed_moves_exactly_the_figures_that_count_it(
    change: Callable[[Session], None], moved: dict[str, int], told_office: Office
) -> None:
    with _tried(told_office) as session:
        before = reckoned(session, TOLD_ON)
        change(session)
        after = reckoned(session, TOLD_ON)
        assert {key: after[key] - n for key, n in before.items() if after[key] != n} == moved
        # And as it was known before the change, nothing moved.
        assert reckoned(session, TOLD_ON, NOW) == before
