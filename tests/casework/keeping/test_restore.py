"""A restore that cannot be whole leaves nothing: damaged files, wrong words, places that are not empty, a crash."""

import os
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import cli.restore
from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.errors import Refused
from casework.core.office import Office as OpenOffice
from casework.core.settings import read_settings
from casework.keeping import archive
from casework.keeping import restore as restoring
from casework.keeping.findings import all_hold
from casework.keeping.start import require_ready
from tests.casework.keeping.breaking import breaking
from tests.casework.keeping.lived import Office
from tests.casework.keeping.saving import PASSPHRASE, Place, bring, look, open_at, place_for, save

KILLED = 137


@pytest.fixture
def backup(office: Office, tmp_path: Path) -> Path:
    save(office, tmp_path / "backup")
    return tmp_path / "backup"


@pytest.fixture
def place(engine: str, tmp_path: Path) -> Iterator[Place]:
    with place_for(engine, tmp_path) as lent:
        yield lent


def refusal(place: Place, file: Path, **options: Any) -> str:
    """Bring an office back, which must be refused and leave nothing; return the code of the refusal."""
    before = place.entries
    with pytest.raises(Refused) as caught:
        bring(place, file, **options)
    assert place.entries == before
    assert tables_at(place) <= {"theirs"}
    return caught.value.refusals[0].code


def tables_at(place: Place) -> set[str]:
    url = place.settings.database_url
    if url.startswith("sqlite"):
        return set(restoring._tables(url, Path(url.removeprefix("sqlite:///"))))
    return set(restoring._tables(url, None))


def test_a_wrong_passphrase_opens_nothing(office: Office, place: Place, tmp_path: Path) -> None:
    save(office, tmp_path / "sealed", passphrase=PASSPHRASE)
    assert refusal(place, tmp_path / "sealed") == "backup_sealed"
    assert refusal(place.with_passphrase(PASSPHRASE + "。"), tmp_path / "sealed") == "backup_passphrase"
    bring(place.with_passphrase(PASSPHRASE), tmp_path / "sealed")


def test_a_passphrase_does_not_stand_in_the_way_of_a_plain_backup(backup: Path, place: Place) -> None:
    assert all_hold(bring(place.with_passphrase(PASSPHRASE), backup).findings)


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE], ids=["plain", "sealed"])
@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_cut_file_is_refused(office: Office, place: Place, passphrase: str, tmp_path: Path) -> None:
    save(office, tmp_path / "whole", passphrase=passphrase)
    raw = (tmp_path / "whole").read_bytes()
    for size in (0, 1, 7, 60, len(raw) // 2, len(raw) - 80, len(raw) - 1):
        (tmp_path / "cut").write_bytes(raw[:size])
        assert refusal(place.with_passphrase(passphrase), tmp_path / "cut") in ("backup_damaged", "backup_no_backup")
    (tmp_path / "cut").write_bytes(raw + b"x")
    assert refusal(place.with_passphrase(passphrase), tmp_path / "cut") == "backup_damaged"


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE], ids=["plain", "sealed"])
@pytest.mark.parametrize("engine", ["sqlite"])
def test_any_altered_byte_is_refused(office: Office, place: Place, passphrase: str, tmp_path: Path) -> None:
    save(office, tmp_path / "whole", passphrase=passphrase)
    raw = (tmp_path / "whole").read_bytes()
    draw = random.Random(20261124)
    # The beginning and the end by every byte that differs in kind, the rest at random.
    places = [0, 1, 8, 30, len(raw) - 1, len(raw) - 90, *(draw.randrange(len(raw)) for _ in range(14))]
    expected = {"backup_damaged", "backup_no_backup", "backup_passphrase", "backup_sealed"}
    for at in places:
        altered = bytearray(raw)
        altered[at] ^= 1 << draw.randrange(8)
        (tmp_path / "altered").write_bytes(altered)
        assert refusal(place.with_passphrase(passphrase), tmp_path / "altered") in expected, at


@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_is_no_backup_is_refused(place: Place, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("您好", "utf-8")
    assert refusal(place, tmp_path / "letter") == "backup_no_backup"
    assert refusal(place, tmp_path / "nothing") == "backup_unreadable"
    assert refusal(place, tmp_path) == "backup_unreadable"


def test_a_home_that_is_not_empty_is_left_alone(backup: Path, place: Place) -> None:
    (place.home / "letter.txt").write_text("我的")
    assert refusal(place, backup) == "restore_not_empty"
    assert (place.home / "letter.txt").read_text() == "我的"


def test_a_database_that_is_not_empty_is_left_alone(backup: Path, place: Place) -> None:
    db = Database(place.settings.database_url)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE theirs (n integer)")
        connection.exec_driver_sql("INSERT INTO theirs VALUES (7)")
    assert refusal(place, backup) == "restore_not_empty"
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT n FROM theirs").scalar() == 7
    db.close()


def test_without_a_name_the_last_backup_of_the_folder_is_meant(tmp_path: Path) -> None:
    settings = read_settings({"CASEWORK_HOME": str(tmp_path)})
    with pytest.raises(Refused) as caught:
        cli.restore.last_backup(settings)
    assert caught.value.refusals[0].code == "restore_no_backup"
    settings.backups.mkdir()
    for day in ("12", "13", "11"):
        (settings.backups / f"casework-202611{day}-023000.backup").touch()
    assert cli.restore.last_backup(settings).name == "casework-20261113-023000.backup"


def test_a_second_restore_is_refused_and_the_first_stays(backup: Path, place: Place) -> None:
    # The folder of backups may lie in the home, and stays.
    place.settings.backups.mkdir()
    (place.settings.backups / "kept").touch()
    bring(place, backup)
    with pytest.raises(Refused):
        bring(place, backup)
    db = open_at(place)
    assert all_hold(look(db, place.home))
    db.close()


def test_the_backup_may_lie_in_the_new_home(backup: Path, place: Place) -> None:
    here = backup.rename(place.home / "backup")
    bring(place, here)
    assert here.exists()


def test_without_keys_a_backup_needs_them_from_elsewhere(office: Office, place: Place, tmp_path: Path) -> None:
    saved = save(office, tmp_path / "bare", with_keys=False)
    assert not saved.has_keys
    for secret in ("keyring.json", "secret.key"):
        assert secret.encode() not in (tmp_path / "bare").read_bytes()
    assert refusal(place, tmp_path / "bare") == "restore_keys_missing"
    Keyring.open(place.home)
    assert refusal(place, tmp_path / "bare") == "wrong_keys"
    keys = (office.home / "keyring.json").read_bytes()
    (place.home / "keyring.json").write_bytes(keys)
    assert all_hold(bring(place, tmp_path / "bare").findings)
    assert (place.home / "keyring.json").read_bytes() == keys


def test_what_does_not_hold_is_refused_unless_it_is_accepted(office: Office, place: Place, tmp_path: Path) -> None:
    with breaking(office) as breaker:
        breaker.set("cases", {"id": office.ids["closed"]}, state="resolved")
    save(office, tmp_path / "backup")
    assert refusal(place, tmp_path / "backup") == "restore_faults"
    restored = bring(place, tmp_path / "backup", accept_faults=True)
    assert [each.name for each in restored.findings if not each.holds] == ["I1", "I9"]
    assert (place.home / "keyring.json").exists()


def test_a_restore_that_is_killed_leaves_nothing_that_starts(backup: Path, place: Place) -> None:
    steps = progress_of(backup, place)
    deaths = 0
    for step in range(1, steps, max(1, steps // 5)):
        assert in_a_child(backup, place, dies_at=step) == KILLED
        deaths += 1
        if unfinished(place):
            with pytest.raises(Refused) as caught:
                start(place)
            assert caught.value.refusals[0].code == "restore_unfinished"
    assert deaths >= 4
    # The next one clears away what the others left.
    assert all_hold(bring(place, backup).findings)
    start(place)


def progress_of(backup: Path, place: Place) -> int:
    """Count the steps of a restore that is given up at its end."""
    count = 0

    def note(_more: int, _total: int) -> None:
        nonlocal count
        count += 1

    class Stopped(Exception):
        pass

    def stop(_db: Database, _home: Path) -> Any:
        raise Stopped

    with pytest.raises(Stopped):
        bring(place, backup, verifier=stop, on_progress=note)
    assert place.entries == set()
    return count


def in_a_child(backup: Path, place: Place, *, dies_at: int) -> int:
    child = os.fork()
    if child == 0:
        count = 0

        def die(_more: int, _total: int) -> None:
            nonlocal count
            count += 1
            if count == dies_at:
                os._exit(KILLED)

        try:
            bring(place, backup, on_progress=die)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def unfinished(place: Place) -> bool:
    return (place.home / ".restoring").exists()


def start(place: Place) -> None:
    """Look whether a service would start here."""
    db = Database(place.settings.database_url)
    try:
        require_ready(OpenOffice(place.settings, Keyring.open(place.home), db))
    finally:
        db.close()
        if unfinished(place):
            (place.home / "keyring.json").unlink()


def test_a_restore_that_is_killed_while_it_settles_can_be_done_again(backup: Path, place: Place) -> None:
    for last in (1, 3):
        assert in_a_child_that_renames(backup, place, last) == KILLED
        assert unfinished(place)
    assert "keyring.json" in place.entries
    assert all_hold(bring(place, backup).findings)
    start(place)


def in_a_child_that_renames(backup: Path, place: Place, last: int) -> int:
    child = os.fork()
    if child == 0:
        count = 0

        def die(event: str, _arguments: object) -> None:
            nonlocal count
            count += event == "os.rename"
            if count == last:
                os._exit(KILLED)

        sys.addaudithook(die)
        try:
            bring(place, backup)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def forged(backup: Path, *, revision: str | None = None, rows: bytes | None = None, name: str | None = None) -> Path:
    """Write a backup anew with something else in it, whole by every checksum."""
    target = backup.with_name("forged")
    with archive.reading(backup) as reader, target.open("wb") as file:
        manifest = replace(reader.manifest, members={}, revision=revision or reader.manifest.revision)
        with archive.writing(file, manifest) as writer:
            for member in reader.manifest.members:
                content = reader.read(member)
                if member == "rows/regions.copy" and rows is not None:
                    content = rows
                is_renamed = name is not None and member.startswith("attachments/")
                writer.add(str(name) if is_renamed else member, content)
    return target


@pytest.mark.parametrize("rows", [b"\\N\n", b"510822", b"1\t2\t3\n", b"\xff\n"], ids=["null", "cut", "few", "bytes"])
def test_rows_that_do_not_fit_are_refused(rows: bytes, backup: Path, place: Place) -> None:
    assert refusal(place, forged(backup, rows=rows)) == "restore_rows"


def test_fewer_rows_than_were_saved_are_refused(backup: Path, place: Place) -> None:
    assert refusal(place, forged(backup, rows=b"")) == "backup_damaged"


def test_a_backup_of_a_later_schema_is_refused(backup: Path, place: Place) -> None:
    assert refusal(place, forged(backup, revision="9999")) == "backup_newer"


@pytest.mark.parametrize("name", ["attachments/../../escaped", "attachments//tmp/escaped", "attachments/" + "g" * 64])
@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, backup: Path, place: Place, tmp_path: Path) -> None:
    assert refusal(place, forged(backup, name=name)) == "backup_damaged"
    assert not (tmp_path / "escaped").exists()
