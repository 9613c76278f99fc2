"""The campaign of the demo: every figure follows from single records, by plain SQL, on the day and on earlier ones."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

import casework.tables  # noqa: F401 - every table is compared
from casework.activities.tables import Lead
from casework.assessment import spot_check
from casework.assessment.tables import SpotCheck
from casework.bulletins.queries import printing
from casework.campaign.loader import campaigns
from casework.campaign.records import activity_kinds
from casework.campaign.tables import Goal
from casework.campaign.wording import about, wan_about
from casework.cases import cloning, work
from casework.core.database import Base, Database, Session
from casework.core.editions import known
from casework.core.encryption import Keyring
from casework.core.moulds import Press
from casework.core.office import Office
from casework.core.settings import read_settings
from casework.keeping.verify import verify
from casework.registry.calendar import load_calendar
from casework.registry.seeding import seed
from tests import databases
from workflows.campaign import spot_checks
from workflows.demo import county
from workflows.demo.campaign import checks, loading
from workflows.lifecycles import lifecycles

COUNTY = "510822"
NOW = datetime(2026, 11, 28, 2, tzinfo=UTC)
TOLD_ON, EARLIER = date(2023, 1, 11), date(2022, 6, 30)
# What the article says, by the keys of the contract.
WORDINGS = {
    "members": "171名",
    "households_linked": "344户",
    "villages_linked": "9个",
    "village_visits": "20余次",
    "village_funds": "100余万元",
    "village_services": "30余条",
    "offices": "8委1室",
    "industries_linked": "9个",
    "industry_surveys": "20余次",
    "consultations_held": "9场",
    "suggestions": "26条",
    "industry_difficulties_solved": "13个",
    "household_problems_solved": "200余个",
    "visits_total": "50余次",
    "funds_total": "3000余万元",
    "problems_solved_total": "210余个",
    "agri_projects": "13个",
    "households_benefited": "1500余户",
}


@contextmanager
def loaded(folder: Path, *, now: datetime = NOW, number: int = 1) -> Iterator[tuple[Office, county.Cast]]:
    """Lend an office that holds the campaign and nothing else of the demo."""
    folder.mkdir(exist_ok=True)
    with databases.fresh_database("sqlite", holding="schema") as url:
        settings = read_settings({"CASEWORK_HOME": str(folder), "CASEWORK_DATABASE_URL": url})
        keyring = Keyring.open(folder)
        db = Database(url, zone=settings.zone, keyring=keyring)
        office = Office(settings, keyring, db)
        with db.transaction() as session:
            seed(session, county=COUNTY, at=now)
            cast = county.found(session, office, at=now)
            calendar = load_calendar(session)
        loading.load(office, cast, calendar, at=now, seed_number=number)
        yield office, cast
        db.close()


@pytest.fixture(scope="module")
def told_county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, county.Cast]]:
    with loaded(tmp_path_factory.mktemp("campaign")) as both:
        yield both


@pytest.fixture
def told_office(told_county: tuple[Office, county.Cast]) -> Office:
    return told_county[0]


# Each figure as a question of its own. {known}: editions that stood, {holds}: days of a term or link, {day}: day of an
# event within the campaign, {in_linked}: in a village that was linked on that day.
_CASES = "SELECT count(DISTINCT case_id) FROM solutions s WHERE {known} AND s.undone_on IS NULL AND {day}"
_BY_HOUSEHOLD = (
    "s.household_id IN (SELECT l.object_id FROM links l WHERE l.kind = 'member_household'"
    " AND l.superseded_at IS NULL AND l.valid_from <= s.raised_on AND (l.valid_to IS NULL OR l.valid_to >= :on))"
)
_BY_INDUSTRY = (
    "s.industry_id IN (SELECT l.object_id FROM links l WHERE l.kind = 'office_industry'"
    " AND l.superseded_at IS NULL AND l.valid_from <= s.raised_on AND (l.valid_to IS NULL OR l.valid_to >= :on))"
)
_IN_LINKED = (
    " AND EXISTS (SELECT 1 FROM links l WHERE l.kind = 'org_village' AND l.superseded_at IS NULL"
    " AND l.region_code = {table}.region_code AND l.valid_from <= {table}.on_date)"
)
_LINKS = "SELECT count(DISTINCT {what}) FROM links WHERE kind = '{kind}' AND {{known}} AND {{holds}}"
_ACTIVITIES = "SELECT count(*) FROM activities WHERE kind = '{kind}' AND NOT withdrawn AND {{known}} AND {{day}}"
_FUNDS = (
    "SELECT sum(amount_fen) FROM fund_lines WHERE stage = 'arrived' AND reverses_id IS NULL AND created_at <= :at"
    f" AND region_code LIKE '{COUNTY}%' AND {{day}}"
)
QUESTIONS = {
    "members": "SELECT count(DISTINCT member_id) FROM member_terms WHERE {known} AND {holds}",
    "households_linked": _LINKS.format(what="object_id", kind="member_household"),
    "villages_linked": _LINKS.format(what="region_code", kind="org_village"),
    "village_visits": _ACTIVITIES.format(kind="village_survey") + _IN_LINKED.format(table="activities"),
    "village_funds": _FUNDS + _IN_LINKED.format(table="fund_lines"),
    "village_services": "SELECT count(*) FROM services WHERE {known} AND {day}" + _IN_LINKED.format(table="services"),
    "offices": _LINKS.format(what="holder_id", kind="office_industry"),
    "industries_linked": _LINKS.format(what="object_id", kind="office_industry"),
    "industry_surveys": _ACTIVITIES.format(kind="industry_survey"),
    "consultations_held": _ACTIVITIES.format(kind="thematic_consultation"),
    "suggestions": "SELECT count(*) FROM suggestions WHERE {known} AND {day}",
    "industry_difficulties_solved": f"{_CASES} AND {_BY_INDUSTRY}",
    "household_problems_solved": f"{_CASES} AND {_BY_HOUSEHOLD}",
    "visits_total": _ACTIVITIES.format(kind="village_survey"),
    "funds_total": _FUNDS,
    "problems_solved_total": f"{_CASES} AND ({_BY_INDUSTRY} OR {_BY_HOUSEHOLD})",
    "agri_projects": "SELECT count(*) FROM projects WHERE kind = 'agri_industry' AND {known} AND begun_on <= :on",
    "households_benefited": "SELECT count(DISTINCT household_id) FROM beneficiaries WHERE {known} AND {day}",
}
_KNOWN = "recorded_at <= :at AND (superseded_at IS NULL OR superseded_at > :at)"
_HOLDS = "valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on)"
_DAY = "on_date >= '2022-01-01' AND on_date <= :on"


def figures(session: Session, *, on: date, known_at: datetime = NOW) -> dict[str, int]:
    """Ask for every figure of a day, as it was known at an instant."""
    given = {"on": on.isoformat(), "at": int(known_at.timestamp() * 1_000_000)}
    return {
        key: session.scalar(text(question.format(known=_KNOWN, holds=_HOLDS, day=_DAY)), given) or 0
        for key, question in QUESTIONS.items()
    }


def worded(session: Session, key: str, exact: int) -> str:
    """Word a figure as the campaign's file says."""
    figure = campaigns()["SLSC-2022"].figures[key]
    if figure.by_kind:
        asked = (
            "SELECT o.kind, count(DISTINCT o.id) FROM links l JOIN orgs o ON o.id = l.holder_id"
            " WHERE l.kind = 'office_industry' GROUP BY 1"
        )
        counts = {row[0]: row[1] for row in session.execute(text(asked))}
        assert sum(counts.values()) == exact
        return "".join(f"{counts[kind]}{words['zh']}" for kind, words in figure.by_kind.items())
    number = str(exact)
    if figure.wording == "about":
        number = wan_about(exact) if figure.measure == "amount" else about(exact)
    return figure.template["zh"].format(n=number)


def test_every_figure_of_the_article_follows(told_office: Office) -> None:
    with told_office.db.reading() as session:
        counted = figures(session, on=TOLD_ON)
        assert {key: worded(session, key, exact) for key, exact in counted.items()} == WORDINGS
        assert counted["village_funds"] % 10_000_00 and counted["funds_total"] % 10_000_00


def test_earlier_days_give_smaller_figures_and_so_does_what_was_known_then(told_office: Office) -> None:
    with told_office.db.reading() as session:
        counted, earlier = figures(session, on=TOLD_ON), figures(session, on=EARLIER)
        assert [key for key in counted if not 0 < earlier[key] < counted[key]] == []
        evening = datetime(2022, 6, 30, 15, tzinfo=UTC)
        known = figures(session, on=EARLIER, known_at=evening)
        # Written down on the evening of its day: what was known then is what had happened.
        assert known == earlier


def test_every_member_has_one_household_of_each_sort(told_office: Office) -> None:
    asked = (
        "SELECT t.member_id, count(DISTINCT CASE WHEN l.part = 'poverty_alleviated' THEN l.object_id END) AS poor,"
        " count(DISTINCT CASE WHEN l.part = 'demonstration' THEN l.object_id END) AS shown, count(l.id) AS links"
        " FROM member_terms t LEFT JOIN links l ON l.holder_id = t.member_id AND l.kind = 'member_household'"
        f" AND l.superseded_at IS NULL AND l.{_HOLDS.replace('(valid_to', '(l.valid_to').replace('OR valid', 'OR l.valid')}"
        f" WHERE t.superseded_at IS NULL AND t.{_HOLDS.replace('(valid_to', '(t.valid_to').replace('OR valid', 'OR t.valid')}"
        " GROUP BY 1"
    )
    with told_office.db.reading() as session:
        rows = session.execute(text(asked), {"on": TOLD_ON.isoformat()}).all()
        assert len(rows) == 171
        assert all(row.poor >= 1 and row.shown >= 1 for row in rows)
        assert sum(row.links == 3 for row in rows) == 2
        accounts = "SELECT count(*) FROM members m JOIN people p ON p.id = m.person_id WHERE p.user_name IN"
        assert session.scalar(text(f"{accounts} ('chen', 'tang', 'fu', 'xiang')")) == 4


def test_records_have_what_their_kind_demands_and_lie_in_a_link(told_office: Office) -> None:
    with told_office.db.reading() as session:
        for kind, about_kind in activity_kinds().items():
            for name in about_kind["needs"]:
                lacking = f"SELECT count(*) FROM activities WHERE kind = :kind AND ({name} IS NULL OR {name} = '')"
                assert session.scalar(text(lacking), {"kind": kind}) == 0, (kind, name)
        outside = (
            "SELECT count(*) FROM activities a WHERE a.kind = 'household_visit' AND NOT EXISTS (SELECT 1 FROM links l"
            " WHERE l.holder_id = a.member_id AND l.object_id = a.household_id AND l.superseded_at IS NULL"
            " AND l.valid_from <= a.on_date AND (l.valid_to IS NULL OR l.valid_to >= a.on_date))"
        )
        assert session.scalar(text(outside)) == 0


def test_what_lapsed_says_why(told_office: Office) -> None:
    with told_office.db.reading() as session:
        reasons = session.scalars(select(Goal.reason).where(known(Goal), Goal.state == "lapsed")).all()
    assert len(set(reasons)) > 5 and "" not in reasons


def test_the_example_of_an_experience_and_the_money_of_the_walnuts_lie_where_the_words_say(told_office: Office) -> None:
    with told_office.db.reading() as session:
        told = session.execute(
            text("""select a.region_code, p.region_code from mentions m join activities a on a.id = m.activity_id
                 join projects p on p.id = m.named_id where m.kind = 'project' and a.kind = 'experience'""")
        ).all()
        walnuts = session.execute(
            text("""select distinct f.region_code, p.region_code from fund_lines f join projects p on p.name = f.project
                 where f.project like '%核桃%'""")
        ).all()
    assert told and all(project.startswith(place) for place, project in told)
    assert walnuts and all(money == project for money, project in walnuts)


def test_visits_leave_gaps_in_every_quarter_and_go_on_until_now(told_office: Office) -> None:
    asked = (
        "SELECT count(DISTINCT household_id) FROM activities WHERE kind = 'household_visit'"
        " AND on_date BETWEEN :first AND :last"
    )
    spans = [("2022-04-01", "2022-06-30"), ("2022-07-01", "2022-09-30"), ("2022-10-01", "2022-12-31")]
    spans += [("2026-07-01", "2026-09-30"), ("2026-10-01", "2026-11-28")]
    with told_office.db.reading() as session:
        visited = [session.scalar(text(asked), {"first": first, "last": last}) for first, last in spans]
    assert all(150 < number < 344 for number in visited), visited


def test_nothing_stands_against_the_rules_and_nothing_lies_on_todays_desks(
    told_county: tuple[Office, county.Cast],
) -> None:
    office, cast = told_county
    findings = verify(office.db, at=NOW, attachments=office.settings.attachments, lifecycles=lifecycles())
    assert [(each.name, each.rows) for each in findings if each.rows] == []
    with office.db.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM cases WHERE state <> 'closed'")) == 0
        assert session.scalar(text("SELECT count(*) FROM firings")) == 0
        for user in ("he", "an", "bai"):
            desk = work.work_of(session, cast.actors[user], at=NOW)
            assert not (desk.to_sign or desk.due or desk.follow_up or desk.to_approve)
        # Load tests copy lives of the half year alone.
        assert cloning.patterns(session, Press(session.get_bind().dialect), region=COUNTY, most=9) == []


def test_a_check_is_drawn_with_findings_and_the_seed_that_is_told_draws_the_next(told_county: Any) -> None:
    office, cast = told_county
    with office.db.transaction() as session:
        drawn, open_one = session.scalars(select(SpotCheck).where(known(SpotCheck)).order_by(SpotCheck.quarter))
        assert (drawn.quarter, open_one.quarter, open_one.seed) == ("2022Q4", "2026Q3", None)
        outcomes = {row.outcome for row in spot_check.findings_of(session, drawn.id)}
        assert outcomes == {"confirmed", "not_confirmed", "not_reached", ""}
        assert spot_check.differences(session, drawn) == []
        printed = printing(session, cast.actors["an"], "SLSC-2022", drawn.commitment)
        assert [(row.quarter, row.state) for row in printed] == [("2022Q3", "signed")]
        before = session.begin_nested()
        made = spot_checks.draw(session, open_one, {"seed": checks.open_seed()}, actor=cast.actors["an"], at=NOW)
        assert len(spot_check.findings_of(session, made.id)) == -(-(made.population or 0) // 10) > 10
        before.rollback()
        answers = set(session.scalars(select(Lead.answer).where(known(Lead), Lead.on_date >= date(2026, 10, 1))))
        assert answers >= {"", "checking"} and len(answers) == 3


def test_nothing_is_recorded_after_now_in_the_middle_of_it(tmp_path: Path) -> None:
    now = datetime(2022, 8, 10, 4, tzinfo=UTC)
    with loaded(tmp_path / "middle", now=now) as (office, _):
        findings = verify(office.db, at=now, attachments=office.settings.attachments, lifecycles=lifecycles())
        assert [(each.name, each.rows) for each in findings if each.rows] == []
        with office.db.reading() as session:
            stamped = [table.name for table in Base.metadata.sorted_tables if "recorded_at" in table.columns]
            latest = {name: session.scalar(text(f"SELECT max(recorded_at) FROM {name}")) or 0 for name in stamped}
            assert [name for name, last in latest.items() if last > now.timestamp() * 1_000_000] == []
            assert 0 < figures(session, on=now.date(), known_at=now)["problems_solved_total"] < 200


# What differs from one load to the next: ids and what is sealed with them or hashed over them.
_OWN = re.compile(r"(^|_)(id|by|hash|cipher|index|allocation|n|folded|tokens)$")
_COMPARED = (
    *("members", "member_terms", "households", "household_members", "household_statuses", "links", "industries"),
    *(
        "parks",
        "entities",
        "activities",
        "attendances",
        "services",
        "suggestions",
        "leads",
        "projects",
        "beneficiaries",
    ),
    *("goals", "cases", "solutions", "fund_lines"),
)


def contents(office: Office) -> Mapping[str, list[tuple[Any, ...]]]:
    """Return what stands in the tables of the campaign, apart from ids."""
    with office.db.reading() as session:
        found = {}
        for name in _COMPARED:
            columns = [each.name for each in Base.metadata.tables[name].columns if not _OWN.search(each.name)]
            rows = session.execute(text(f"SELECT {', '.join(columns)} FROM {name}"))
            found[name] = sorted((tuple(row) for row in rows), key=repr)
        return found


def test_a_seed_tells_the_same_campaign_and_another_seed_another(told_office: Office, tmp_path: Path) -> None:
    first = contents(told_office)
    with loaded(tmp_path / "again") as (office, _):
        assert contents(office) == first
    with loaded(tmp_path / "other", number=2) as (office, _):
        second = contents(office)
        assert [name for name in first if first[name] == second[name]] == []
        with office.db.reading() as session:
            counted = figures(session, on=TOLD_ON)
            assert {key: worded(session, key, exact) for key, exact in counted.items()} == WORDINGS


def test_money_lies_in_the_village_of_its_project(told_office: Office) -> None:
    asked = (
        "SELECT p.name, p.region_code, l.region_code FROM fund_lines l LEFT JOIN projects p ON p.name = l.project"
        " AND p.superseded_at IS NULL"
    )
    with told_office.db.reading() as session:
        rows = session.execute(text(asked)).all()
    assert len(rows) > 100 and len({name for name, _, _ in rows}) > 15
    assert [row for row in rows if row[1] != row[2]] == []
