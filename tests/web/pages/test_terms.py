"""Beside a field that needs it stands the word of the trade behind it; no word is asked for by a field that is nowhere."""

import ast
import re
from collections.abc import Iterator

from casework.registry import glossary
from tests.laws.source import ROOT
from tests.web.desk import Desk

# A room, who enters it, and a form of it. {number}: a reported case.
FORMS = (
    ("intake", "an", "/cases/new"),
    ("triage", "an", "/triage/{number}"),
    ("moves", "an", "/cases/{number}/moves/assign"),
    ("moves", "bai", "/cases/{assigned}/moves/resolve"),
    ("co_units", "bai", "/cases/{assigned}/co-tasks/new"),
    ("moves", "an", "/cases/{resolved}/moves/close"),
    ("money", "bai", "/cases/{coordinated}/funds/new"),
    ("funds", "an", "/funds/new"),
    ("households", "an", "/households/new"),
    ("links", "an", "/links/new"),
    ("supervision_forms", "an", "/supervision/new"),
    ("consultations", "an", "/consultations/new"),
)
# What needs no words beside its label: names, days, places, notes, why, the tick that agrees.
_PLAIN = """
active address addressed_to again amount answered_on as_of asked_on begun_on body campaign capacity
closes_on comment content copied count current day department description end_reason ends event events
evidence_id file findings finished_on first first_on format fresh from grant group_no halves home_id
industry_id label label_en label_zh last last_on links name note numbers on on_date org person post project
project_id proposer question reached_on reason region_code remark reply requirement responsible shared since
sms source_words start text valid_from valid_to venue venues version week weekday weekdays withdrawn words
year announcements.answer announcements.audience announcements.title consultations.came
consultations.convenor consultations.ends_at consultations.minutes consultations.starts_at acts.title
acts.to admin.to admin_lists.title consultation_opinion.satisfaction consultation_plans.minutes
consultation_polls.minutes consultations.case consultations.title duties.people duties.policy exchange.kind
experiences.title funds.allocation funds.member handovers.leader households.people incomes.people
links.holder links.leader money.allocation money.member paper_prints.kind profile.until projects.kind
mentions.kept personal_exports.kind retention.kind robots.kind slogans.case supervision_forms.title year_plans.due_on
consultation_opinion.solved leads.visit
"""
PLAIN = frozenset(_PLAIN.split())
# Files that draw forms for the pages of another.
HELPERS = {
    "reached": "profile",
    "activity_form": "activities",
    "announcement_forms": "announcements",
    "consultation_forms": "consultations",
}
# On forms further on than those above; the second test sees that each of these fields is asked for.
FURTHER_ON = {("co_units", "延期"), ("funds", "归谁"), ("money", "归谁"), ("links", "联系的三种")} | {
    ("consultations", word) for word in ("审定", "共识落实", "满意度")
}
QUESTION = re.compile(r'<details class="menu term"><summary>.*?</summary><div><b>(.*?)</b><p>(.*?)</p>', re.DOTALL)


def test_every_word_a_field_asks_for_stands_beside_that_field(desk: Desk) -> None:
    world = desk.world
    numbers = {"number": world.case(world.report()).number}
    numbers["assigned"] = world.case(world.assigned()).number
    numbers["coordinated"] = world.case(world.coordinated()).number
    numbers["resolved"] = world.case(world.resolved()).number
    browsers = {user: desk.browser(user) for user in {user for _, user, _ in FORMS}}
    shown: set[tuple[str, str]] = set()
    for room, user, path in FORMS:
        answer = browsers[user].get(path.format(**numbers))
        assert answer.status_code == 200, path
        found = QUESTION.findall(answer.text)
        assert found, f"{path} explains nothing"
        shown |= {(room, word) for word, _text in found}
    rooms = {room for room, _, _ in FORMS}
    wanted = {(field.partition(".")[0], entry.word) for field, entry in glossary.by_field().items()}
    wanted = {(room, word) for room, word in wanted if room in rooms} - FURTHER_ON
    assert wanted <= shown, wanted - shown


def asked() -> Iterator[tuple[str, str, bool]]:
    """Yield the rooms' fields as the code asks for them: room, name, and whether it has a hint of its own."""
    for path in sorted((ROOT / "web").rglob("*.py")):
        text = path.read_text("utf-8")
        room = re.search(r'Blueprint\("([a-z_]+)"', text)
        name_of_room = room[1] if room else HELPERS.get(path.stem)
        if name_of_room is None:
            continue
        for call in ast.walk(ast.parse(text)):
            if not isinstance(call, ast.Call) or getattr(call.func, "id", "") != "field" or not call.args:
                continue
            name = call.args[0]
            if isinstance(name, ast.Constant):
                yield name_of_room, str(name.value), any(each.arg == "hint" for each in call.keywords)


def test_each_field_of_a_form_explains_itself_by_its_label_its_hint_or_a_word_of_the_trade() -> None:
    fields = list(asked())
    told = {f"{room}.{name}" for room, name, has_hint in fields if has_hint} | set(glossary.by_field())
    bare = {f"{room}.{name}" for room, name, _ in fields} - told
    unknown = {each for each in bare if each not in PLAIN and each.partition(".")[2] not in PLAIN}
    assert not unknown, f"a hint, an entry of glossary.toml, or a label that says it all: {sorted(unknown)}"
    assert {name for _, name, _ in fields} | bare >= PLAIN, "a name that no form asks for any more"
