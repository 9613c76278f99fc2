"""What several processes make of a long ledger is what one makes of it, however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select, text
from structlog.contextvars import clear_contextvars

from casework.cases.tables import Case
from casework.core.database import Database
from casework.core.errors import Refused, Stale
from casework.core.office import Office
from casework.core.settings import read_settings
from casework.exchange.sheets import Book, read_book
from casework.keeping.verify import verify
from casework.registry.tables import AuditEvent
from tests import databases
from tests.patience import patience
from tests.workflows.ledgers.test_case_ledger import AT, do, open_row, row, table
from tests.workflows.ledgers.test_lives_together import Told, told
from tests.world import COUNTY, World, make_world
from workflows.ledgers import importing
from workflows.ledgers.desk import Imported
from workflows.ledgers.writing import hand, hands
from workflows.lifecycles import lifecycles

ROWS, CHUNK, OURS = 150, 10, 121
Desk = tuple[Office, World]


class StopError(Exception):
    """Somebody wants no more of it."""


@contextmanager
def county(home: Path) -> Iterator[Desk]:
    """Lend the small county in a database of its own, its keys in `home`, where another process finds them."""
    # What a request of another test was called would stand in the events.
    clear_contextvars()
    with databases.fresh_database("postgresql", holding="county") as url:
        settings = read_settings({"CASEWORK_HOME": str(home), "CASEWORK_DATABASE_URL": url, "CASEWORK_REGION": COUNTY})
        db = Database(url)
        world = make_world(db, home)
        yield Office(settings, db.info["keyring"], db), world
        db.close()


@dataclass(frozen=True, slots=True)
class Alone:
    """A ledger, what one process has made of it, and where the keys are."""

    home: Path
    ledger: Path
    told: Told
    said: Imported


@pytest.fixture(scope="module")
def alone(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """Let one process take in rows of all kinds: refused ones, look-alikes near and far, years, a number of ours."""
    assert postgres_url
    folder = tmp_path_factory.mktemp("alone")
    rows = [
        row(
            编号="QC-AJ-2026-000300" if n == OURS else str(n),
            问题描述=f"第{n % 50}处的水管被山洪冲断。",
            主办单位="没有的局" if n % 31 == 5 else "水利局",
            受理日期="去年" if n % 41 == 7 else f"202{4 + n % 3}-03-06",
        )
        if n % 3
        else open_row(编号=str(n), 问题描述=f"第{n % 50}处的路塌了，车进不来。", 责任人=None)
        for n in range(ROWS)
    ]
    ledger = written(folder / "台账.xlsx", rows)
    with county(folder) as desk:
        said = do(desk[0], ledger, desk[1])
        return Alone(folder, ledger, of_all(desk), said)


@pytest.fixture
def desk(alone: Alone) -> Iterator[Desk]:
    with county(alone.home) as found:
        yield found


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a short ledger be long enough for several hands."""
    monkeypatch.setattr(importing, "CHUNK", CHUNK)
    monkeypatch.setattr(hands, "FROM_ROWS", 1)


def written(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    workbook = Workbook()
    for each in table(*rows):
        workbook.active.append(each)
    workbook.save(path)
    return path


def of_all(desk: Desk) -> Told:
    with desk[1].db.reading() as session:
        return told(session)


def by_one(desk: Desk, alone: Alone) -> Imported:
    """Take the ledger in once more, by one process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hands, "FROM_ROWS", ROWS + 1)
        return do(desk[0], alone.ledger, desk[1])


def numbers_of_rows(world: World) -> list[int]:
    """Return the rows of the file that are there, by what they are known by."""
    with world.db.reading() as session:
        keys = [key.rpartition(":")[2] for key in session.scalars(select(Case.source_key)) if key]
    return sorted(OURS if key.startswith("QC") else int(key) for key in keys)


def sound(desk: Desk, folder: Path) -> None:
    found = verify(desk[1].db, at=AT, attachments=folder, lifecycles=lifecycles())
    assert {each.name: each.first for each in found if each.rows} == {}


def helpers_of(pid: int) -> list[int]:
    """Return the hands a process has."""
    tasks = Path(f"/proc/{pid}/task")
    children = [int(each) for task in tasks.iterdir() for each in (task / "children").read_text("ascii").split()]
    return [each for each in children if b"writing.hand" in Path(f"/proc/{each}/cmdline").read_bytes()]


def test_several_make_what_one_makes(desk: Desk, several: None, alone: Alone, tmp_path: Path) -> None:
    steps: list[int] = []
    seen: set[int] = set()

    def look(done: int, total: int) -> None:
        assert total == ROWS
        steps.append(done)
        seen.update(helpers_of(os.getpid()))

    trial = do(desk[0], alone.ledger, desk[1], dry_run=True)
    assert (trial.created, trial.refused, numbers_of_rows(desk[1])) == (alone.said.created, alone.said.refused, [])
    done = do(desk[0], alone.ledger, desk[1], on_progress=look)
    assert of_all(desk) == alone.told
    assert done == alone.said
    assert done.marked > 30
    assert len(done.refused) > 4
    assert (len(seen), steps) == (hands.HANDS, sorted(steps))
    assert len(steps) >= ROWS // CHUNK
    assert helpers_of(os.getpid()) == []
    again = do(desk[0], alone.ledger, desk[1])
    assert (again.created, again.updated, again.unchanged) == (0, 0, done.created)
    sound(desk, tmp_path)


def test_hands_are_called_while_a_long_file_is_read_and_go_when_nobody_needs_them(
    desk: Desk, several: None, alone: Alone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands, "_LONG_BYTES", 1)
    called: list[int] = []

    def look(path: Path) -> Book:
        until = time.monotonic() + patience(10)
        # The system tells of children without promising all of them at any moment.
        while len(there := helpers_of(os.getpid())) < hands.HANDS and time.monotonic() < until:
            time.sleep(0.05)
        called.extend(there)
        return read_book(path)

    monkeypatch.setattr("workflows.ledgers.importing.read_book", look)
    (tmp_path / "damaged.xlsx").write_bytes(b"PK" + b"nothing that unpacks" * 10)
    with pytest.raises(Refused):
        do(desk[0], tmp_path / "damaged.xlsx", desk[1])
    by_one(desk, alone)
    assert len(set(called)) == 2 * hands.HANDS
    assert helpers_of(os.getpid()) == []
    assert of_all(desk) == alone.told


def test_who_stops_it_has_its_first_chunks_and_no_others(
    desk: Desk, several: None, alone: Alone, tmp_path: Path
) -> None:
    def stop(done: int, _total: int) -> None:
        if done > 4 * CHUNK:
            raise StopError

    with pytest.raises(StopError):
        do(desk[0], alone.ledger, desk[1], on_progress=stop)
    assert helpers_of(os.getpid()) == []
    landed = numbers_of_rows(desk[1])
    assert 3 * CHUNK < len(landed) < ROWS // 2
    with desk[1].db.reading() as session:
        [trace] = session.scalars(select(AuditEvent).where(AuditEvent.event == "ledger.imported"))
    assert trace.facts["created"] == len(landed)
    by_one(desk, alone)
    assert of_all(desk) == alone.told


@pytest.mark.parametrize("which", range(hands.HANDS))
def test_a_hand_that_is_killed_is_done_without(
    desk: Desk, several: None, alone: Alone, tmp_path: Path, which: int
) -> None:
    killed: list[int] = []

    def strike(done: int, _total: int) -> None:
        if done > 3 * CHUNK and not killed:
            killed.append(helpers_of(os.getpid())[which])
            os.kill(killed[0], signal.SIGKILL)

    done = do(desk[0], alone.ledger, desk[1], on_progress=strike)
    assert killed
    assert of_all(desk) == alone.told
    assert done.created + done.unchanged == alone.said.created
    assert {each.row for each in done.refused} == {each.row for each in alone.said.refused}
    sound(desk, tmp_path)


_IMPORT = """
import os, sys
from pathlib import Path
from casework.core.office import open_office
from casework.core.settings import read_settings
from tests.workflows.ledgers.test_case_ledger import AT
from tests.workflows.ledgers.test_several_hands import CHUNK, helpers_of
from tests.world import make_world
from workflows.ledgers import importing
from workflows.ledgers.desk import Imported
from workflows.ledgers.writing import hands
importing.CHUNK, hands.FROM_ROWS = CHUNK, 1
office = open_office(read_settings())
def tell(done, total):
    print(done, *helpers_of(os.getpid()), flush=True)
who = make_world(office.db, office.settings.home)["he"]
importing.run(office, "cases", Path(sys.argv[1]), actor=who, at=AT, on_progress=tell)
"""


def test_a_service_that_is_killed_leaves_first_chunks_and_nobody_behind(
    desk: Desk, several: None, alone: Alone, tmp_path: Path
) -> None:
    office, world = desk
    environment = {
        **os.environ,
        "CASEWORK_HOME": str(office.settings.home),
        "CASEWORK_DATABASE_URL": office.settings.database_url,
        "CASEWORK_REGION": COUNTY,
    }
    with subprocess.Popen(
        [sys.executable, "-c", _IMPORT, str(alone.ledger)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        left: list[int] = []
        for line in process.stdout:
            rows, *left = map(int, line.split())
            if rows > 3 * CHUNK:
                process.kill()
                break
    assert len(left) == hands.HANDS
    until = time.monotonic() + patience(20)
    while any(Path(f"/proc/{pid}").exists() for pid in left):
        assert time.monotonic() < until
        time.sleep(0.05)
    landed = numbers_of_rows(world)
    assert 2 * CHUNK < len(landed) < ROWS
    refused = {each.row - 3 for each in alone.said.refused}
    assert landed == [n for n in range(landed[-1] + 1) if n not in refused]
    done = by_one(desk, alone)
    assert done.created + done.unchanged == alone.said.created
    assert of_all(desk) == alone.told


def test_what_goes_wrong_in_a_hand_is_told_here_and_ends_it(desk: Desk, several: None, alone: Alone) -> None:
    def break_it(done: int, _total: int) -> None:
        if done < 3 * CHUNK:
            with desk[1].db.transaction() as session:
                session.execute(text("ALTER TABLE IF EXISTS outbox RENAME TO gone"))

    with pytest.raises(Exception, match="outbox"):
        do(desk[0], alone.ledger, desk[1], on_progress=break_it)
    assert helpers_of(os.getpid()) == []
    landed = [index - n for index, n in enumerate(numbers_of_rows(desk[1]))]
    assert 0 < len(landed) < ROWS // 2
    # Only refused rows are missing between the first and the last.
    assert len([*groupby(landed)]) < 8


def test_without_another_process_it_is_written_here(
    desk: Desk, several: None, alone: Alone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    steps: list[int] = []
    done = do(desk[0], alone.ledger, desk[1], on_progress=lambda n, _total: steps.append(n))
    assert done.created == len(numbers_of_rows(desk[1])) > ROWS // 2
    assert len(steps) >= ROWS // CHUNK


def test_an_error_that_cannot_be_sent_is_sent_in_words() -> None:
    assert repr(hand._portable(ValueError("so"))) == repr(ValueError("so"))
    for stiff, words in ((Stale(expected=1, actual=2), "expected version 1"), (ValueError(lambda: None), "lambda")):
        in_words = hand._portable(stiff)
        assert isinstance(in_words, RuntimeError)
        assert words in str(in_words)
