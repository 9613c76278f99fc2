"""What the how-to pages say is done as they say it: files are written, commands typed, answers compared."""

import re
from pathlib import Path

import pytest

from cli.main import main
from tests.laws.source import ROOT

# A fenced block: its language, what it is called, and what stands in it.
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_tutorial_of_workflows_runs_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path / "home"))
    typed = 0
    for language, name, text in BLOCK.findall((ROOT / "docs/how-to/write-a-workflow.md").read_text("utf-8")):
        if language == "toml":
            (tmp_path / name).write_text(text, "utf-8")
        if language == "console":
            command, _, answer = text.removeprefix("$ casework ").partition("\n")
            code = main(command.split())
            told = capsys.readouterr()
            assert told.out + told.err == answer, command
            assert (code == 0) == answer.endswith(": ok\n"), command
            typed += 1
    assert typed == 2
