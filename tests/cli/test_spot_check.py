"""`casework spot-check`: a seed is made and shown once, revealed when the quarter is over, and the draw repeated."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from casework.assessment.spot_check import commitment_of
from cli.main import main

ASKED = ("--campaign", "SLSC-2022", "--quarter", "2026Q4")


def test_the_command_commits_draws_and_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CASEWORK_DATABASE_URL", raising=False)
    assert main(["db", "upgrade"]) == 0
    capsys.readouterr()
    with time_machine.travel(datetime(2026, 10, 14, 1, 0, tzinfo=UTC), tick=False) as clock:
        assert main(["spot-check", "commit", *ASKED, "--json"]) == 0
        made = json.loads(capsys.readouterr().out)
        assert commitment_of(made["seed"]) == made["commitment"]
        clock.move_to(datetime(2027, 1, 4, 1, 0, tzinfo=UTC))
        monkeypatch.setattr("sys.stdin", io.StringIO("it was surely not this one\n"))
        assert main(["spot-check", "draw", *ASKED]) == 1
        assert "SHA-256" in capsys.readouterr().err
        monkeypatch.setattr("sys.stdin", io.StringIO(made["seed"] + "\n"))
        assert main(["spot-check", "draw", *ASKED, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["seed"] == made["seed"]
        assert main(["spot-check", "verify", *ASKED, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["differs"] == []
        assert main(["spot-check", "verify", *ASKED[:-1], "2026Q3"]) == 1
