"""The model of triage by the command line: trained on real labelled messages, judged, rolled back (contract.md)."""

import json
import random
from pathlib import Path

import pytest

from tests.journeys.test_import import Shell

LABELLED = "petitions_labelled_words.xlsx"
ROWS = {
    "apart": (("交通道路", "路面塌了车过不去"), ("饮水安全", "水管漏了没有水吃")),
    "alike": (("交通道路", "路面塌了车过不去"), ("饮水安全", "路面塌了车过不去")),
}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Lend the command line of a new office."""
    return Shell(tmp_path / "home")


def test_it_learns_from_real_messages_and_is_judged_by_others(shell: Shell, shared_data: Path) -> None:
    learnt = json.loads(shell.run("triage", "train", "--labelled", shared_data / LABELLED, "--json"))
    assert (learnt["version"], learnt["rows"], len(learnt["labels"])) == (1, 8195, 7)
    # About rows that were kept from it in turn.
    assert learnt["macro_f1"] >= 0.9
    assert learnt["ece"] <= 0.05
    sample = shared_data / "petitions_labelled_sample.xlsx"
    found = json.loads(shell.run("triage", "evaluate", "--labelled", sample, "--json"))
    assert found["n"] == 495
    assert found["macro_f1"] >= 0.9
    assert set(found["per_class"]) == set(learnt["labels"])
    [model, keywords] = json.loads(shell.run("triage", "models", "--json"))
    assert (model["in_use"], keywords["in_use"], keywords["version"]) == (True, False, 0)
    # What is so already is no refusal: a script may say which version it wants.
    assert "1" in shell.run("triage", "use", "1")
    shell.run("triage", "use", "0")
    assert json.loads(shell.run("triage", "evaluate", "--labelled", sample, "--json"))["macro_f1"] < 0.2
    shell.run("triage", "use", "1")
    shell.run("verify")


def test_a_worse_version_says_how_to_go_back(shell: Shell, tmp_path: Path) -> None:
    def learnt(told: str) -> str:
        file, chance = tmp_path / "rows.csv", random.Random(7)
        rows = [f"{label},第{n}处{text}" for n in range(80) for label, text in [chance.choice(ROWS[told])]]
        file.write_text("\n".join(["一级分类,留言主题", *rows]) + "\n", "utf-8")
        return shell.run("triage", "train", "--labelled", file)

    assert "to go back" not in learnt("apart")
    # The same words under either label: nothing can be told apart.
    assert "to go back: casework triage use 1" in learnt("alike")


def test_refusals_are_one_clear_line(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    for text in ("a,b\n1,2\n", "一级分类,备注\n饮水,无\n", "一级分类,留言主题\n,\n", "一级分类,留言主题\n饮水,停水\n"):
        file.write_text(text, "utf-8")
        said = shell.run("triage", "train", "--labelled", file, code=1)
        assert said.count("\n") == 1
        assert "Traceback" not in said
    assert "60" in shell.run("triage", "train", code=1)
    assert "7" in shell.run("triage", "use", "7", code=1)
