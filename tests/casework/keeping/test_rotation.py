"""Keys are changed while the office works: nothing is lost, nothing new is under an old key, none goes too soon."""

import json
import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from casework.cases.reporters import unseal
from casework.cases.tables import Case
from casework.core.database import Database
from casework.core.encryption import Keyring, key_id_of
from casework.core.errors import Refused
from casework.keeping import keycheck, rotation
from cli.main import main
from tests.casework.keeping.lived import ID_NUMBER, LATER, PHONE, Office
from tests.casework.keeping.test_backup_under_load import at_work
from tests.world import make_world


def rested(keyring: Keyring, at: datetime) -> None:
    """Let the ring have been changed two hours before."""
    when = (at - timedelta(hours=2)).timestamp()
    os.utime(keyring.path, (when, when))


def refused_with(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.refusals[0].code


def test_keys_are_changed_while_clients_write(office: Office) -> None:
    """The clients are of other rings than the one that rotates, as other processes are."""
    ring = Keyring(office.home / "keyring.json")
    old = {ring.active_key_id, ring.active_index_key_id}
    with at_work(office) as done:
        before = sum(done)
        new = set(rotation.rotate(office.db, ring, at=LATER))
        brought = rotation.bring_over(office.db, ring)
        while sum(done) < before + 4:
            time.sleep(0.01)
    assert brought.unopened == [] and brought.rows > 10 and brought.kept > 0
    rest = rotation.bring_over(office.db, ring)
    with office.db.reading() as session:
        counted = rotation.uses(session)
        # Under the old keys stands what the database refuses to write anew, and nothing else.
        assert new <= set(counted) <= old | new and sum(counted[key] for key in old) >= rest.kept == brought.kept
        cases = list(session.scalars(select(Case).where(Case.title.startswith("第 "))))
        assert len(cases) >= 4 and all(unseal(session, case, "id_number") == ID_NUMBER for case in cases)
        assert all(key_id_of(case.reporter_name_cipher) in new for case in session.scalars(select(Case)))
        assert {case.reporter_phone_index for case in cases} == {ring.blind_index(PHONE)}
        assert keycheck.stored(session) == ring.key_check_value()
    assert office.broken() == {}


def test_a_key_goes_only_when_nothing_needs_it(db: Database, tmp_path: Path) -> None:
    world = make_world(db, tmp_path)
    case_id, ring = world.report(), Keyring(tmp_path / "keyring.json")
    data, index = ring.active_key_id, ring.active_index_key_id
    assert refused_with(lambda: rotation.drop(db, ring, data, at=LATER)) == "key_active"
    rotation.rotate(db, ring, at=LATER)
    assert refused_with(lambda: rotation.drop(db, ring, "k00000000", at=LATER)) == "key_unknown"
    os.utime(ring.path, (LATER.timestamp(), LATER.timestamp()))
    assert refused_with(lambda: rotation.drop(db, ring, data, at=LATER)) == "key_young"
    rested(ring, LATER)
    assert refused_with(lambda: rotation.drop(db, ring, data, at=LATER)) == "key_needed"
    with db.transaction() as session:
        spoilt = world.report()
        session.execute(
            update(Case).where(Case.id == spoilt).values(reporter_name_cipher=world.case(case_id).reporter_name_cipher)
        )
    assert [told.split()[0] for told in rotation.bring_over(db, ring).unopened] == ["cases.reporter_name_cipher"]
    with db.transaction() as session:
        session.execute(
            update(Case)
            .where(Case.id == spoilt)
            .values(
                reporter_name_cipher=ring.encrypt("某", table="cases", column="reporter_name_cipher", row_id=spoilt)
            )
        )
    for key in (data, index):
        rested(ring, LATER)
        rotation.drop(db, ring, key, at=LATER)
    assert Keyring(ring.path).key_ids == {ring.active_key_id, ring.active_index_key_id}
    with db.reading() as session:
        keycheck.require(db, ring)
        case = session.get(Case, case_id)
        assert case is not None and unseal(session, case, "phone") == PHONE


def test_a_process_that_runs_writes_with_the_new_key_at_once(tmp_path: Path) -> None:
    cell = {"table": "cases", "column": "reporter_name_cipher", "row_id": "1"}
    running, rotating = Keyring.open(tmp_path), Keyring(tmp_path / "keyring.json")
    old = running.encrypt("李小芳", **cell)
    key, index = rotating.rotate(), rotating.rotate_index()
    assert key_id_of(running.encrypt("李小芳", **cell)) == key == key_id_of(running.reencrypt(old, **cell))
    assert running.blind_index("13900000876").startswith(f"{index}:")
    # A ring that is away for a moment takes nothing from a process that has it.
    (tmp_path / "keyring.json").rename(tmp_path / "away")
    assert running.decrypt(running.encrypt("李小芳", **cell), **cell) == "李小芳"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_commands_say_what_stands_under_which_key(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_world(db, tmp_path).report()
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path))
    monkeypatch.setenv("CASEWORK_DATABASE_URL", db.url)
    assert main(["keys", "list", "--json"]) == 0
    (data, index) = json.loads(capsys.readouterr().out)["keys"]
    assert (data["kind"], index["kind"], data["active"]) == ("data", "index", True) and data["values"] >= 2
    assert main(["keys", "rotate", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == 1 and [row["values"] for row in told["keys"]] == [data["values"], 0, index["values"], 0]
    assert main(["keys", "rotate", "--continue"]) == 0 and "0 行已换成新密钥" in capsys.readouterr().out
    assert main(["keys", "drop", data["key"]]) == 1
    said = capsys.readouterr()
    assert data["key"] in said.err and said.out == ""
