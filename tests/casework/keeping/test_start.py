"""Nothing starts on the wrong keys or a half restore, and nothing is written then (reliability.md F23)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from casework import migrations
from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.errors import Refused
from casework.core.office import Office as OpenOffice
from casework.core.office import open_office
from casework.core.settings import read_settings
from casework.keeping import keycheck
from casework.keeping.start import make_ready, require_ready
from casework.registry.tables import Category
from tests.casework.keeping.lived import Office
from tests.casework.keeping.saving import contents
from tests.faults.toll import toll
from tests.world import MORNING


@pytest.fixture
def opened(empty_database_url: str, tmp_path: Path) -> Iterator[OpenOffice]:
    """Open an office in an empty database."""
    made = open_office(read_settings({"CASEWORK_HOME": str(tmp_path), "CASEWORK_DATABASE_URL": empty_database_url}))
    yield made
    made.close()


def stored(db: Database) -> str | None:
    with db.reading() as session:
        return keycheck.stored(session)


def refused_with(office: OpenOffice) -> str:
    with pytest.raises(Refused) as caught:
        require_ready(office)
    return caught.value.refusals[0].code


def test_the_first_start_migrates_seeds_and_keeps_the_check_value(opened: OpenOffice) -> None:
    require_ready(opened)
    assert make_ready(opened, at=MORNING) == migrations.head() == migrations.current(opened.db)
    assert stored(opened.db) == opened.keyring.key_check_value()
    with opened.db.reading() as session:
        assert session.query(Category).count() == 14
    before = contents(opened.db)
    assert make_ready(opened, at=MORNING) == migrations.head()
    assert contents(opened.db) == before


def test_wrong_keys_stop_the_start_and_write_nothing(office: Office, tmp_path: Path) -> None:
    before = contents(office.db)
    settings = read_settings({"CASEWORK_HOME": str(tmp_path), "CASEWORK_DATABASE_URL": office.url})
    foreign = open_office(settings)
    assert refused_with(foreign) == "wrong_keys"
    with pytest.raises(Refused):
        make_ready(foreign, at=MORNING)
    foreign.close()
    after = contents(office.db)
    assert after == before
    toll("F23", times=2, held=sum(map(len, after.values())), what="rows unchanged")


def test_a_lost_key_stops_the_start(office: Office) -> None:
    keyring = Keyring(office.home / "keyring.json")
    old = keyring.active_key_id
    keyring.rotate()
    keyring.drop(old)
    settings = read_settings({"CASEWORK_HOME": str(office.home), "CASEWORK_DATABASE_URL": office.url})
    assert refused_with(OpenOffice(settings, keyring, office.db)) == "wrong_keys"


def test_a_rotated_ring_starts_and_its_check_value_is_kept_anew(opened: OpenOffice) -> None:
    make_ready(opened, at=MORNING)
    before = stored(opened.db)
    opened.keyring.rotate()
    require_ready(opened)
    make_ready(opened, at=MORNING)
    after = stored(opened.db)
    assert before is not None
    assert after is not None
    assert set(before.split(",")) < set(after.split(","))


def test_a_half_restore_stops_the_start(opened: OpenOffice) -> None:
    staging = opened.settings.home / ".restoring"
    staging.mkdir()
    assert refused_with(opened) == "restore_unfinished"
    staging.rmdir()
    require_ready(opened)
    if opened.db.is_postgresql:
        with opened.db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE restore_unfinished (n integer)")
        assert refused_with(opened) == "restore_unfinished"
