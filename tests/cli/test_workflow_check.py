"""`casework workflow check` tells what is wrong in the language that was asked for, which is Chinese unless told so."""

import json
from pathlib import Path

import pytest

from cli.main import main

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
