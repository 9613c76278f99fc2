"""Beside a field that needs it stands the word of the trade behind it; no word is asked for by a field that is nowhere."""

import re

from casework.registry import glossary
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
    wanted = {(field.partition(".")[0], entry.word) for field, entry in glossary.by_field().items()}
    assert wanted <= shown, wanted - shown
