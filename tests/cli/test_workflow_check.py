"""`casework workflow check` tells what is wrong in the language that was asked for, which is Chinese unless told so."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from cli.main import main
from workflows import registry
from workflows.registry import LIBRARY

WRONG = """
name = "loan"
version = 1
initial = "asked"
label = { zh = "借用会议室", en = "Loan of a room" }

[state.asked]
label = { zh = "已申请", en = "Asked for" }
tone = "blue"

[state.lent]
label = { zh = "已借出", en = "Lent" }
tone = "teal"

[[transition]]
trigger = "lend"
from = ["asked", "nowhere"]
to = "lent"
permission = "room.lend"
guards = ["the_sun_shines"]
key = "ab"
label = { zh = "借出", en = "Lend" }
"""


def _checked(path: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    code = main(["workflow", "check", str(path), *words])
    told = capsys.readouterr()
    return code, (told.out + told.err).splitlines()


@pytest.mark.parametrize("text", [WRONG, WRONG.replace(', "nowhere"', "").replace('key = "ab"\n', "")])
def test_every_mistake_is_told_in_the_language_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = tmp_path / "loan.v1.toml"
    path.write_text(text, "utf-8")
    plain, chinese, english = (_checked(path, capsys, *words) for words in ((), ("--locale", "zh"), ("--locale", "en")))
    assert plain == chinese and plain[0] == english[0] == 1
    wheres = [[line.split(": ")[1] for line in lines] for _, lines in (chinese, english)]
    assert wheres[0] == wheres[1] and len(wheres[0]) > 3
    assert all(not line.split(": ", 2)[2].isascii() for line in chinese[1]), chinese
    assert all(line.isascii() for line in english[1]), english
    code, (line,) = _checked(path, capsys, "--json", "--locale", "en")
    told = json.loads(line)["findings"]
    assert code == 1 and [": ".join(each.values()) for each in told] == english[1]


def test_what_is_right_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflow", "check", "case.v1", "--locale", "en"]) == 0
    assert capsys.readouterr().out == "case.v1: ok\n"


CASE = LIBRARY / "case.v1.toml"


def edited(folder: Path, old: str, new: str) -> Path:
    """Write the case workflow with one word changed."""
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / CASE.name
    text = CASE.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize("place", ["elsewhere", "home/workflows"])
def test_an_edited_file_that_still_calls_itself_a_version_at_hand_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path / "home"))
    path = edited(tmp_path / place, "version = 1", "# Ours.\nversion = 1")
    assert _checked(path, capsys)[0] == 0, "the same content under other remarks is no other version"
    path = edited(tmp_path / place, "tone =", 'tone  = "red" #')
    code, (is_right, line) = _checked(path, capsys, "--locale", "en")
    assert (code, line.split(": ")[:2]) == (0, ["case.v1", "version"]) and "take the next number" in line
    assert is_right == "case.v1: ok"
    path.write_text(path.read_text("utf-8").replace("version = 1", "version = 2", 1), "utf-8")
    renamed = path.rename(path.with_name("case.v2.toml"))
    assert _checked(renamed, capsys) == (0, ["case.v2: ok"])


def test_a_library_file_changed_in_place_is_held_against_what_was_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(registry, "LIBRARY", tmp_path / "library")
    shutil.copytree(LIBRARY, tmp_path / "library")
    digest = hashlib.sha256(CASE.read_bytes()).hexdigest()
    (tmp_path / "library" / "PUBLISHED").write_text(f"{digest}  {CASE.name}\n", "ascii")
    assert _checked(tmp_path / "library" / CASE.name, capsys)[0] == 0
    path = edited(tmp_path / "library", "tone =", 'tone  = "red" #')
    code, (_, line) = _checked(path, capsys, "--locale", "en")
    assert code == 0 and "(PUBLISHED)" in line
