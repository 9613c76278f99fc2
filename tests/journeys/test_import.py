"""`casework import` and `export` as an office types them: real files, killed half-way, repeated, sent back marked."""

import csv
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from casework.exchange.sheets import read_book
from tests.faults.table import number
from tests.faults.toll import toll

ROOT = Path(__file__).resolve().parent.parent.parent
KILLS = number("F21", "kills")
# Rows of the real file: a whole chunk of an import and a part of one.
ROWS_TO_KILL = 280


class Shell:
    """The command line in a home of its own."""

    def __init__(self, home: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
        self.env = {**kept, "CASEWORK_HOME": str(home), "PYTHONPATH": str(ROOT)}
        self.run("db", "upgrade")

    def start(self, *arguments: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "cli.main", *map(str, arguments)]
        return subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments: object, code: int = 0) -> str:
        process = self.start(*arguments)
        out, err = process.communicate()
        assert process.returncode == code, err.decode()
        return out.decode() if not code else err.decode()

    def load(self, kind: str, file: Path, *options: object) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = json.loads(self.run("import", kind, file, "--json", *options))
        return answer

    def cases(self) -> int:
        """Count the cases that are kept by now, whoever writes meanwhile."""
        file = Path(self.env["CASEWORK_HOME"]) / "casework.db"
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            found: int = connection.execute("SELECT count(*) FROM cases").fetchone()[0]
        return found

    def table(self, kind: str, folder: Path) -> str:
        """Return everything of a kind as text, to be compared."""
        self.run("export", kind, folder / f"{kind}.csv")
        return (folder / f"{kind}.csv").read_text("utf-8-sig")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Lend the command line of a new office."""
    return Shell(tmp_path / "home")


@pytest.fixture(scope="module")
def some_petitions(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the first rows of the real file into a .csv."""
    [sheet] = read_book(shared_data / "petitions_with_replies.xlsx").sheets
    path = tmp_path_factory.mktemp("petitions") / "some.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(row.cells for row in sheet.rows[: ROWS_TO_KILL + 1])
    return path


def counts(answer: Mapping[str, Any]) -> Sequence[int]:
    return [answer[key] for key in ("created", "updated", "unchanged")]


def test_the_real_files_land_whole_and_a_second_time_change_nothing(shell: Shell, shared_data: Path) -> None:
    files = {"petitions_with_replies.xlsx": 2000, "petitions_with_votes.xlsx": 3000}
    for expected in ([1, 0, 0], [0, 0, 1]):
        for name, rows in files.items():
            answer = shell.load("petitions", shared_data / name)
            assert counts(answer) == [rows * share for share in expected]
            assert answer["refused"] == []


def test_the_real_places_and_the_tree_come_before_the_messages_they_sort(shell: Shell, shared_data: Path) -> None:
    assert shell.load("regions", shared_data / "regions_guangyuan.csv")["created"] == 1889
    assert shell.load("categories", shared_data / "taxonomy.xlsx")["created"] == 517
    answer = shell.load("petitions", shared_data / "petitions_labelled_sample.xlsx")
    # One number stands twice in the sample, with another category each time.
    assert (answer["created"], [each["column"] for each in answer["refused"]]) == (494, ["留言编号"])
    for kind in ("regions", "categories"):
        assert (
            shell.load(kind, shared_data / {"regions": "regions_guangyuan.csv"}.get(kind, "taxonomy.xlsx"))["created"]
            == 0
        )


def test_an_import_killed_anywhere_and_repeated_gives_the_same_rows(
    shell: Shell, some_petitions: Path, tmp_path: Path
) -> None:
    clean = Shell(tmp_path / "clean")
    began = time.monotonic()
    assert counts(clean.load("petitions", some_petitions)) == [ROWS_TO_KILL, 0, 0]
    lasted = time.monotonic() - began
    # The first kill comes when a part is surely written and a part is surely not.
    process = shell.start("import", "petitions", some_petitions, "--json")
    while shell.cases() == 0 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert 0 < shell.cases() < ROWS_TO_KILL
    chance = random.Random(21)
    for _ in range(KILLS):
        process = shell.start("import", "petitions", some_petitions, "--json")
        time.sleep(chance.uniform(0.3, 1.0) * lasted)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    answer = shell.load("petitions", some_petitions)
    assert answer["created"] + answer["unchanged"] == ROWS_TO_KILL
    assert counts(shell.load("petitions", some_petitions)) == [0, 0, ROWS_TO_KILL]
    for kind in ("petitions", "cases", "orgs"):
        assert shell.table(kind, tmp_path) == clean.table(kind, tmp_path)
    toll("F21", times=KILLS + 1, held=ROWS_TO_KILL, what="rows")


def test_a_dry_run_with_a_report_changes_nothing_and_marks_the_bad_rows(shell: Shell, tmp_path: Path) -> None:
    file, report = tmp_path / "petitions.csv", tmp_path / "report.xlsx"
    rows = [
        "留言编号,留言用户,留言主题,留言时间,留言详情",
        "1,甲,修路,2026/3/6 8:00:00,路断了",
        "2,乙,修桥,没写,桥断了",
    ]
    file.write_text("\n".join(rows), "utf-8")
    answer = shell.load("petitions", file, "--dry-run", "--report", report)
    assert counts(answer) == [1, 0, 0]
    assert [(each["sheet"], each["row"], each["column"]) for each in answer["refused"]] == [
        ("petitions", 3, "留言时间")
    ]
    assert shell.table("petitions", tmp_path).count("\n") == 1
    [sheet] = read_book(report).sheets
    assert "留言时间" in sheet.rows[2].cells[-1]


def test_refusals_are_one_clear_line_and_exit_1(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a,b\n1,2\n", "utf-8")
    for arguments in (
        ("import", "wishes", file),
        ("import", "consultations", file),
        ("import", "petitions", tmp_path / "missing.xlsx"),
        ("import", "petitions", file),
        ("import", "petitions", file, "--as", "nobody"),
        ("export", "wishes", tmp_path / "out.xlsx"),
        ("export", "petitions", tmp_path / "out.docx"),
    ):
        said = shell.run(*arguments, code=1)
        assert said.count("\n") == 1
        assert "Traceback" not in said
    shell.run("import", "petitions", code=2)


def test_members_and_links_come_in_and_a_program_of_its_own_finds_all_sound(shell: Shell, tmp_path: Path) -> None:
    members, links = tmp_path / "members.csv", tmp_path / "links.csv"
    members.write_text("委员姓名,界别,任职日期\n陈青山,农业界,2021-12-20\n", "utf-8")
    links.write_text("委员姓名,户主姓名,户类型,结对日期\n陈青山,张树生,脱贫户,2022.3.1\n", "utf-8")
    assert counts(shell.load("members", members)) == [1, 0, 0]
    assert counts(shell.load("links", links)) == [1, 0, 0]
    shell.run("verify")


def test_a_campaign_comes_in_file_by_file_and_a_program_of_its_own_finds_all_sound(
    shell: Shell, tmp_path: Path
) -> None:
    files = {
        "members": "委员姓名,界别,任职日期\n陈青山,农业界,2021-12-20\n罗敏,教育界,2021-12-20\n",
        "links": "委员姓名,户主姓名,户类型,结对日期\n陈青山,张树生,脱贫户,2022.3.1\n",
        "visits": "日期,季度,委员,户主,走访方式,存在困难\n2022-11-03,第四季度,陈青山、罗敏,张树生,入户,缺水\n"
        "2022-02-01,,陈青山,张树生,,\n2022-11-04,,陈青山,没有此户,,\n",
        "services": "日期,服务类别,服务内容,提供单位或委员\n2022-05-06,技术,茶园管护,陈青山\n",
        "suggestions": "意见建议,提出人\n建冷库,罗敏\n",
    }
    for kind, text in files.items():
        (tmp_path / f"{kind}.csv").write_text(text, "utf-8")
    for expected in ("created", "unchanged"):
        answers = {kind: shell.load(kind, tmp_path / f"{kind}.csv") for kind in files}
        assert {kind: answer[expected] for kind, answer in answers.items()} == {**dict.fromkeys(files, 1), "members": 2}
        assert [(each["row"], each["column"]) for each in answers["visits"]["refused"]] == [(3, "日期"), (4, "户主")]
    assert shell.table("visits", tmp_path).count("\n") == 2
    assert counts(shell.load("visits", tmp_path / "visits.csv")) == [0, 0, 1]
    shell.run("verify")


def test_who_imports_is_named_and_must_be_triage(shell: Shell, some_petitions: Path, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("留言编号,留言用户,留言主题,留言时间,留言详情\n1,甲,修路,2026/3/6 8:00:00,路断了\n", "utf-8")
    for name, role in (("he", "clerk"), ("chen", "member")):
        shell.run("user", "add", name, "--role", role)
    assert counts(shell.load("petitions", file, "--as", "he")) == [1, 0, 0]
    assert "casework import" in shell.run("import", "petitions", file, "--as", "chen", code=1)


def lines(text: str) -> Iterator[str]:
    yield from text.splitlines()
