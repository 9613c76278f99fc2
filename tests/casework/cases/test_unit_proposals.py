"""Which unit and how urgent: learnt from cases, asked of real replies; the office's own word first, silence if unsure."""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from casework.cases import imported, suggestions
from casework.cases.lessons import closed_cases
from casework.cases.tables import Case
from casework.cases.unit_proposals import UnitShare, merged, propose
from casework.core.database import Database
from casework.core.ids import new_id
from casework.core.office import Office
from casework.core.settings import read_settings
from casework.exchange.sheets import read_book
from casework.registry.tables import Org
from casework.triage import shelf
from casework.triage.grams import marks_of, told
from casework.triage.learning import Example, learn
from casework.triage.shelf import Part
from cli import triage_train
from tests import databases
from tests.casework.triage.test_learning import examples
from tests.world import MORNING, TOWN, VILLAGE, World, make_world

# What a reply calls the department that dealt with the matter.
DEPARTMENTS = json.loads((Path(__file__).parent / "departments.json").read_text("utf-8"))
NAMED = re.compile(
    "("
    + "|".join(sorted(DEPARTMENTS, key=len, reverse=True))
    + r")[^，。；、,\\s]{0,6}?(局|委|支队|大队|办|部门|厅|公司|中心)"
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with databases.fresh_database("sqlite", holding="county") as url:
        made = make_world(Database(url), tmp_path)
        yield made
        made.db.close()


def _told_by_replies(file: Path) -> list[Example]:
    """Return the messages whose reply names one department more often than any other, with that department."""
    found: list[Example] = []
    for row in read_book(file).sheets[0].rows:
        named = Counter(DEPARTMENTS[each[1]] for each in NAMED.finditer(row.cell(5)))
        [(best, n), *rest] = named.most_common(2) or [("", 0)]
        if n and not (rest and rest[0][1] == n):
            found.append(Example(told(row.cell(2), row.cell(4).strip()), best))
    return found


def test_departments_of_real_replies_are_learnt_and_the_shares_keep_what_they_promise(shared_data: Path) -> None:
    learnt = learn(_told_by_replies(shared_data / "petitions_with_replies.xlsx"))
    figures = learnt.figures
    assert learnt.rows > 800 and len(figures.per_class) > 15
    # A department named in a reply is a rough label: three of four that are answered at all is what it gives.
    assert figures.macro_f1 >= 0.45
    assert figures.ece <= 0.08
    assert figures.per_class["教育"]["f1"] > 0.85


def test_place_and_category_decide_where_the_words_are_the_same() -> None:
    said = [each.text for each in examples(30)]
    towns = {"510822101": "AAZ", "510822102": "BBZ"}
    made = [Example(text, org, marks_of("housing", f"{town}201")) for text in said for town, org in towns.items()]
    model = learn(made).model
    for town, org in towns.items():
        [best, *_] = model.answer(said[0], marks_of("housing", f"{town}305"))
        assert (best.label, best.share > 0.8) == (org, True), "a village never met, in a town that was"


def test_the_model_proposes_beside_rules_and_haste_is_never_talked_away(world: World) -> None:
    waters = examples(30)
    orgs = {"drinking_water": "SLJ", "schooling": "JYJ", "market": "XYZ"}
    parts = {
        "org": [Example(each.text, orgs[each.label], marks_of(each.label, TOWN)) for each in waters],
        "urgency": [Example(each.text, "urgent" if "water" in each.label else "normal") for each in waters],
    }
    category = learn(waters)
    with world.db.transaction() as session:
        made = {name: Part(found.model, found.figures, found.rows) for name in parts for found in [learn(parts[name])]}
        shelf.put(session, category.model, category.figures, source="cases", rows=90, at=MORNING, parts=made)
        shelf.use(session, 1, at=MORNING)

    def ask(title: str, description: str) -> suggestions.Suggestions:
        with world.db.reading() as session:
            return suggestions.suggest(
                session, world["he"], title=title, description=description, region_code=VILLAGE, at=MORNING
            )

    water = ask("三组水管破裂", "停水三天，老人挑水吃")
    assert (water.org[0].code, water.org[0].ground, water.org[0].confidence > 0.6) == ("SLJ", "learnt", True)
    assert any("水" in word for word in water.org[0].words)
    assert (water.urgency[0].code, water.urgency[0].ground) == ("urgent", None), "停水 stands in the words"
    calm = ask("香菇卖不出", "收购价低，没有销路")
    assert (calm.org[0].code, calm.org[0].label["zh"]) == (None, "XYZ"), "a unit the office does not have"
    assert (calm.urgency[0].code, calm.urgency[0].words) == ("normal", ())
    assert ask("香菇卖不出", "收购价低，老人昏迷").urgency[0].code == "critical"
    assert ask("qqq", "zzz").category == ()


def test_a_unit_is_named_once_by_its_surest_ground() -> None:
    one = UnitShare("A", 0.7, "habit", facts={"n": 3, "of": 4})
    other = UnitShare("A", 0.6, "learnt", words=("水管",))
    [best] = merged([one, other])
    assert (best.share, best.ground, best.words) == (0.7, "habit", ("水管",))


def test_closed_cases_teach_unit_and_urgency_and_the_command_says_how_well(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    office = Office(read_settings({"CASEWORK_HOME": str(tmp_path)}), world.db.info["keyring"], world.db)
    first = world.report()
    with world.db.transaction() as session:
        row = session.get_one(Case, first)
        kept = {column.key: getattr(row, column.key) for column in Case.__table__.columns if column.computed is None}
        session.execute(update(Case).values(state="closed"))
        orgs = {"drinking_water": "SLJ", "schooling": "JYJ", "market": "ZYZ"}
        for n, each in enumerate(examples(30)):
            title, _, description = each.text.partition(". ")
            changes: dict[str, object] = {
                "title": title,
                "description": description,
                "category": each.label,
                "state": "closed",
            }
            changes |= {"lead_org_id": world.orgs[orgs[each.label]], "number": f"X{n}", "id": new_id()}
            changes |= {"urgency": "urgent" if each.label == "drinking_water" else "normal", "source_key": None}
            session.add(Case(**(kept | changes)))
    monkeypatch.setattr(triage_train, "open_current_office", lambda: office)
    arguments = argparse.Namespace(labelled=None, json=True)
    triage_train.run(arguments)
    answer = json.loads(capsys.readouterr().out)
    assert (answer["version"], set(answer["org"]["labels"])) == (1, {"SLJ", "JYJ", "ZYZ"})
    assert answer["org"]["macro_f1"] > 0.9 and answer["urgency"]["labels"] == ["normal", "urgent"]


def _nobody_knows_who(world: World) -> None:
    """Let three answered cases be of the unit that stands for whoever answered where a file named nobody."""
    with world.db.transaction() as session:
        code = imported.stand_in_unit(session, name="原承办单位(导入)", region="510822", at=MORNING)
        unknown = session.scalars(select(Org.id).where(Org.code == code)).one()
    made = [world.resolved() for _ in range(3)]
    with world.db.transaction() as session:
        session.execute(update(Case).where(Case.id.in_(made)).values(lead_org_id=unknown, state="closed"))


def test_whoever_answered_and_is_not_known_is_proposed_to_nobody(world: World) -> None:
    _nobody_knows_who(world)
    with world.db.reading() as session:
        case = session.scalars(select(Case).limit(1)).one()
        found = propose(
            session, world["he"], text="", category=case.category, region_code=case.region_code, model=None, at=MORNING
        )
        taught = [each.org for each in closed_cases(session)]
    assert [each.called for each in found if each.ground == "habit"] == []
    assert taught == [None, None, None]
