"""What the commands answer to good and bad words: exit 0, 1 with one clear line, or 2 with the usage."""

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import workflows
from cli import export, import_
from cli.main import COMMANDS, main
from workflows.ledgers import exporting
from workflows.ledgers.writing.kinds import LEDGERS

Type = Callable[..., tuple[int, str, str]]

# domain.md §7: received, working days, due; the last of them needs a plan that is not known yet.
EXAMPLES = (
    ("2025-01-24T10:00", 5, "2025-02-07"),
    ("2025-01-26T09:30", 3, "2025-02-06"),
    ("2025-01-27T18:10", 7, "2025-02-13"),
    ("2025-04-25T11:00", 7, "2025-05-08"),
    ("2025-05-30T17:31", 1, "2025-06-04"),
    ("2025-09-26T09:00", 15, "2025-10-23"),
    ("2025-09-30T15:00", 3, "2025-10-11"),
    ("2025-12-31T14:00", 3, "2026-01-06"),
    ("2026-02-14T10:00", 5, "2026-02-28"),
    ("2026-02-21T12:00", 3, "2026-02-27"),
    ("2026-04-30T09:00", 15, "2026-05-25"),
    ("2026-09-30T17:45", 7, "2026-10-16"),
    ("2026-12-25T10:00", 3, "2026-12-30"),
    ("2026-09-20T09:00", 7, "2026-09-30"),
)
HEADINGS = "留言编号,留言用户,留言主题,留言时间,留言详情\n"


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Type:
    """Lend a command line over a new office without data."""
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CASEWORK_DATABASE_URL", raising=False)

    def run(*words: object) -> tuple[int, str, str]:
        try:
            code = main([str(word) for word in words])
        except SystemExit as usage:
            code = int(usage.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    assert run("db", "upgrade")[0] == 0
    return run


def test_the_worked_examples_come_out_of_the_command(typed: Type) -> None:
    for received, days, due in EXAMPLES:
        code, out, err = typed("calendar", "due", "--received", received, "--days", days, "--json")
        answer = json.loads(out)
        assert (code, err, answer["due_at"], answer["provisional"]) == (0, "", f"{due}T17:30:00+08:00", False)
    # A day alone is a receipt before the office closes: as at ten, not as at ten past six.
    _, of_the_day, _ = typed("calendar", "due", "--received", "2025-01-24", "--days", 5, "--json")
    assert json.loads(of_the_day)["due_at"].startswith("2025-02-07")
    _, of_the_day, _ = typed("calendar", "due", "--received", "2025-01-27", "--days", 7, "--json")
    assert json.loads(of_the_day)["due_at"].startswith("2025-02-12")
    _, out, _ = typed("calendar", "due", "--received", "2026-12-25T10:00", "--days", 5, "--json")
    assert json.loads(out)["provisional"] is True


def test_a_refusal_is_one_clear_line_and_exit_1(typed: Type, tmp_path: Path) -> None:
    folder, noise, file = tmp_path / "folder.xlsx", tmp_path / "noise.toml", tmp_path / "one.csv"
    folder.mkdir()
    noise.write_bytes(bytes(range(128, 256)))
    file.write_text(f"{HEADINGS}1,甲,修路,2026/3/6 8:00:00,路断了\n", "utf-8")
    received = ("calendar", "due", "--received")
    for words in (
        (*received, "yesterday", "--days", 5),
        (*received, "2025-02-30T10:00", "--days", 5),
        (*received, "2025-02-30", "--days", 5),
        (*received, "2025-02-03T10:00", "--days", 0),
        (*received, "2025-02-03T10:00", "--days", 10**12),
        (*received, "2025-02-03T10:00", "--days", "many"),
        ("sweep", "--at", "soon"),
        ("workflow", "check", "nothing"),
        ("workflow", "check", "case.v9"),
        ("workflow", "show", "case.vx"),
        ("workflow", "diagram", "nothing"),
        ("workflow", "check", tmp_path / "missing.toml"),
        ("workflow", "check", noise),
        ("workflow", "replay", tmp_path / "missing.toml"),
        ("workflow", "replay", tmp_path),
        ("workflow", "replay", noise),
        ("export", "petitions", folder),
        ("export", "petitions", tmp_path / "no" / "x.xlsx"),
        ("import", "petitions", file, "--report", folder),
        ("import", "petitions", file, "--report", tmp_path / "x.csv"),
        ("import", "petitions", file, "--report", tmp_path / "no" / "x.xlsx"),
        ("import", "petitions", tmp_path),
    ):
        code, out, err = typed(*words)
        assert (code, out, err.count("\n")) == (1, "", 1), (words, code, out, err)
    # A report that cannot be written is refused before any row lands.
    assert json.loads(typed("import", "petitions", file, "--dry-run", "--json")[1])["created"] == 1


@pytest.mark.parametrize("quarter", ["2099Q1", "2020Q4"])
def test_a_quarter_without_a_day_of_the_campaign_has_no_bulletin(typed: Type, tmp_path: Path, quarter: str) -> None:
    assert typed("db", "upgrade")[0] == 0
    target = tmp_path / "bulletin.html"
    code, out, err = typed(
        "bulletin", "--campaign", "SLSC-2022", "--quarter", quarter, "--format", "html", "-o", target
    )
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert quarter in err
    assert not target.exists()


def test_an_unknown_workflow_is_answered_with_the_known_ones(typed: Type) -> None:
    assert "case.v1" in typed("workflow", "show", "nothing")[2]


def test_the_help_names_every_command_and_runs_none_of_them() -> None:
    """To run all commands for the one line of each took seconds, and read in a library that learns."""
    asked = (
        "import sys, cli.main\ntry:\n cli.main.main(['--help'])\nexcept SystemExit:\n"
        " sys.stderr.write(' '.join(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    for name, module in COMMANDS:
        assert f"  {name:<18} {importlib.import_module(module).HELP}\n" in told.stdout, name
    read = told.stderr.split()
    assert "cli.main" in read and not {module for _, module in COMMANDS} & set(read) and "sklearn" not in read


def test_files_in_and_out_are_all_named() -> None:
    for module, kinds in ((import_, LEDGERS), (export, exporting.SOURCES)):
        assert module.HELP.split(": ")[1] == ", ".join(kinds)


def test_wrong_usage_is_exit_2(typed: Type) -> None:
    for words in (
        ("calendar", "due"),
        ("calendar", "nothing"),
        ("workflow", "show"),
        ("workflow", "diagram", "case", "--locale", "fr"),
        ("import", "petitions"),
        ("demo", "--cases", "-1"),
        ("demo", "--counties", "1000"),
        ("demo", "--seed", "x"),
        ("nothing",),
    ):
        assert typed(*words)[0] == 2, words


def test_without_a_schema_the_cure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("CASEWORK_DATABASE_URL", raising=False)
    file = tmp_path / "names.csv"
    file.write_text("委员姓名,界别\n罗敏,农业界\n", "utf-8")
    replayed = Path(workflows.__file__).parent / "library" / "case.v1.toml"
    asked: tuple[tuple[object, ...], ...] = (
        ("import", "members", file),
        ("export", "cases", tmp_path / "out.csv"),
        ("workflow", "replay", replayed),
    )
    for words in asked:
        assert main([str(word) for word in words]) == 1
        assert "casework db upgrade" in capsys.readouterr().err, words


def test_half_a_command_and_none_at_all_are_told_what_there_is(typed: Type) -> None:
    assert typed("triage") == (
        2,
        "",
        "casework: triage needs one of: "
        + ", ".join(f"triage {each}" for each in ("train", "evaluate", "models", "use"))
        + "\n",
    )
    assert "no command 'nothing'" in typed("nothing")[2]
    code, out, err = typed()
    assert (code, out) == (2, "") and "db upgrade" in err
    assert typed("--version")[:2] == (0, f"casework {version('casework')}\n")


def test_a_command_that_is_stopped_says_so_and_leaves_nothing_half_written(
    typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Impatient:
        def readline(self, *_: int) -> str:
            raise KeyboardInterrupt

        read = readline

    monkeypatch.setattr("sys.stdin", Impatient())
    code, out, err = typed("user", "add", "anquan", "--role", "security", "--password-stdin")
    assert (code, out) == (130, "") and err.strip().count("\n") == 0 and "写到一半的没有留下" in err
    assert "建好了" in typed("user", "add", "anquan", "--role", "security")[1]


def test_a_terminal_is_told_what_is_being_done_and_nothing_else_is(
    typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed("db", "upgrade")[2] == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert typed("db", "upgrade")[2] == "正在建库、升级……\r\x1b[K"
    assert typed("db", "upgrade", "--json")[2] == ""


def test_backup_and_restore_say_what_they_did_in_the_language_asked_for(
    typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kept"
    code, told, heard = typed("backup", file)
    assert (code, heard) == (0, "") and told.startswith(f"已备份到 {file}：") and "没有加密" in told
    told = typed("backup", file, "--force", "--locale", "en", "--without-keys")[1]
    assert "without keys, not encrypted: set CASEWORK_BACKUP_PASSPHRASE" in told
    typed("backup", file, "--force")
    for locale, begins in (("zh", "已恢复 20"), ("en", "restored the backup of 20")):
        monkeypatch.setenv("CASEWORK_HOME", str(tmp_path / locale))
        code, told, heard = typed("restore", file, "--locale", locale)
        assert (code, heard) == (0, "") and told.startswith(begins)
        # The instant is the office's, as in every other line.
        assert re.match(r"\D+20[0-9-]{8} [0-9:]{5}\+08:00\D", told), told


def test_root_works_in_nobody_elses_home(typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    if os.geteuid() == 0:
        os.chown(home, 10_001, 10_001)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    before = sorted((each.name, each.stat().st_mtime_ns) for each in home.iterdir())
    for words in (("upgrade",), ("doctor",), ("backup",), ("user", "add", "a", "--role", "admin")):
        code, out, err = typed(*words)
        assert (code, out) == (1, "") and "runuser -u" in err and err.count("\n") == 1
    assert sorted((each.name, each.stat().st_mtime_ns) for each in home.iterdir()) == before


def test_what_became_of_a_file_and_of_the_keys_is_told_in_the_language_of_the_office(
    typed: Type, tmp_path: Path
) -> None:
    file = tmp_path / "留言.csv"
    rows = [f"{n},UU{n},水管冻裂{n},2026-01-0{n} 09:00,三户没有水\n" for n in range(1, 4)]
    file.write_text(HEADINGS + "".join(rows) + "4,UU4,水管,不是一天,没有水\n", "utf-8")
    code, out, _ = typed("import", "petitions", file, "--dry-run")
    assert (code, out.splitlines()[0]) == (
        0,
        "新增 3，更新 0，没有变化 0，退回 1 行；2 件标为相似（试导入，什么也没有存）",
    )
    assert "退回" in out.splitlines()[1] and "留言时间" in out.splitlines()[1]
    code, out, _ = typed("keys", "rotate")
    assert code == 0 and out.splitlines()[-1].startswith("0 行已换成新密钥")
    assert sorted(re.findall("在用|旧的", out)) == ["在用", "在用", "旧的", "旧的"]
    [old] = [line.split()[0] for line in out.splitlines() if "旧的" in line and "加密" in line]
    code, _, err = typed("keys", "drop", old)
    assert (code, "60 分钟" in err) == (1, True)
