"""Backups taken while clients write hold together: whatever instant they caught, it is a whole one (reliability.md F22)."""

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from casework.cases.reporters import unseal
from casework.cases.tables import Case
from casework.keeping.findings import all_hold
from casework.keeping.view import view_of
from casework.matters import attachments
from casework.matters.tables import HistoryEntry
from tests.casework.keeping.lived import ID_NUMBER, LATER, PHONE, Office, act
from tests.casework.keeping.saving import PASSPHRASE, bring, open_at, place_for, save
from tests.faults.table import number
from tests.faults.toll import toll
from workflows.cases import attaching

WRITERS = 2
BACKUPS = number("F22", "backups")


@contextmanager
def at_work(office: Office) -> Iterator[list[int]]:
    """Let clients report, assign and attach until the end; lends the count of what each has done."""
    stop = threading.Event()
    done = [0] * WRITERS
    faults: list[BaseException] = []

    def work(number: int) -> None:
        world = office.world()
        try:
            while not stop.is_set():
                reporter = {"name": "赵六", "phone": PHONE, "id_number": ID_NUMBER}
                case_id = world.report(at=LATER, title=f"第 {number} 组第 {done[number]} 件", reporter=reporter)
                world.move(case_id, "assign", "an", at=LATER, org="SLJ")
                text = f"现场记录 {number}-{done[number]}".encode()
                staged = attachments.stage(io.BytesIO(text), name="记录.txt", folder=office.attachments)
                act(world, case_id, "bai", attaching.attach, staged, at=LATER)
                done[number] += 1
        except BaseException as fault:  # a thread's fault reaches nobody else; the test asserts there is none
            faults.append(fault)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not faults


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE], ids=["plain", "sealed"])
def test_a_backup_under_load_restores_to_a_sound_office(
    office: Office, engine: str, passphrase: str, tmp_path: Path
) -> None:
    counts = []
    with at_work(office) as done:
        for number in range(BACKUPS):
            before = sum(done)
            while sum(done) < before + 2:
                time.sleep(0.01)
            saved = save(office, tmp_path / f"backup-{number}", passphrase=passphrase)
            assert saved.missing == ()
            counts.append(saved.files)
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    # The last one is brought back whole; the others were made the same way.
    with place_for(engine, tmp_path, passphrase=passphrase) as place:
        restored = bring(place, tmp_path / f"backup-{BACKUPS - 1}")
        assert all_hold(restored.findings)
        assert restored.files == counts[-1]
        db = open_at(place)
        with db.reading() as session:
            cases = list(session.scalars(select(Case).where(Case.title.startswith("第 "))))
            assert all(unseal(session, case, "id_number") == ID_NUMBER for case in cases)
            assert len(cases) >= 2 * BACKUPS
        db.close()
    assert office.broken() == {}
    toll("F22", times=BACKUPS, held=len(cases) + counts[-1], what="cases and files brought back")


def test_verification_sees_one_instant_while_clients_write(office: Office) -> None:
    with at_work(office) as done:
        with view_of(office.db, at=LATER) as view:
            counted = [view.session.scalar(select(func.count()).select_from(HistoryEntry)) for _ in range(2)]
            before = sum(done)
            while sum(done) < before + 3:
                time.sleep(0.01)
            counted.append(view.session.scalar(select(func.count()).select_from(HistoryEntry)))
        assert len(set(counted)) == 1
        for _ in range(3):
            assert {n: f.first for n, f in office.findings().items() if f.rows} == {}
