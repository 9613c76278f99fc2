"""However the child ends, the answer is one refusal; and starting it costs next to nothing."""

import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import pytest

from casework.core.errors import Refused
from casework.exchange import limits, sandbox
from casework.exchange.sheets import read_book
from tests.casework.exchange.makers import small_workbook

PROGRAMS = {
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "failed": "raise SystemExit(1)",
    "silent": "pass",
    "cut off in the middle": 'print(\'{"sheet":"x","hidden":false,"merges":[]}\')',
    "hungry": "import casework.exchange.child as c; c._limit_myself(); b = bytearray(2_000_000_000)",
    "slow": "import time; time.sleep(60)",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "b.xlsx"
    path.write_bytes(small_workbook())
    return path


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_child_that_ends_badly_makes_one_clear_refusal(
    program: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = (sys.executable, "-P", "-s", "-c", PROGRAMS[program])
    monkeypatch.setattr(limits, "CHILD_WALL_SECONDS", 1)
    begun = time.monotonic()
    with path.open("rb") as file, pytest.raises(Refused) as caught:
        sandbox.lines_of(file, command=command)
    assert caught.value.refusals[0].code == "file_unreadable"
    assert time.monotonic() - begun < 5


def test_a_child_limits_its_own_memory_time_and_output(path: Path) -> None:
    told = "import resource as r; from casework.exchange import child; child._limit_myself(); "
    told += "print([r.getrlimit(k)[0] for k in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_CORE)])"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", told], cwd=root, capture_output=True, text=True, check=True)
    wanted = [limits.CHILD_MEMORY_BYTES, limits.CHILD_CPU_SECONDS, limits.CHILD_OUTPUT_BYTES, 0]
    assert done.stdout.strip() == str(wanted)


def test_only_so_many_files_are_read_at_once_and_the_next_is_told_to_wait(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CHILD_WAIT_SECONDS", 0.2)
    with ExitStack() as taken, pytest.raises(Refused) as caught:
        for _ in range(limits.CHILDREN):
            taken.enter_context(sandbox.places)
        read_book(path)
    assert caught.value.refusals[0].code == "readers_busy"
    assert len(read_book(path).sheets) == 1


def test_many_threads_read_at_the_same_time_and_each_gets_its_own(tmp_path: Path) -> None:
    found: dict[int, str] = {}

    def work(number: int) -> None:
        path = tmp_path / f"{number}.csv"
        path.write_text(f"姓名\n张{number}\n", "utf-8")
        found[number] = read_book(path).sheets[0].rows[1].cells[0]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: f"张{number}" for number in range(6)}


def test_a_stream_that_is_no_file_is_an_error_of_ours(path: Path) -> None:
    with pytest.raises(OSError, match="fileno"):
        sandbox.lines_of(BytesIO(path.read_bytes()))
