"""An upgrade saves, migrates, verifies, or leaves what was there; killed anywhere, the next one goes on."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from casework import migrations
from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.errors import Refused
from casework.core.office import Office as OpenOffice
from casework.core.settings import read_settings
from casework.keeping import archive, occupancy
from casework.keeping.findings import Finding
from casework.keeping.start import require_ready
from casework.keeping.upgrading import Upgraded, upgrade
from casework.keeping.verify import verify
from cli.main import main
from tests.casework.keeping.lived import LATER, Office
from tests.casework.keeping.saving import contents
from tests.faults.crashing import KILLED, Strike, die
from tests.tiers import SHARE
from workflows.lifecycles import lifecycles

GOOD = 'op.add_column("people", sa.Column("nickname", sa.Text(), nullable=True))'
# Half of it is done when it breaks.
BREAKING = f'{GOOD}; raise RuntimeError("no such thing")'
# It goes through, and what comes out does not hold (I1, I2).
DAMAGING = f'{GOOD}; op.execute("UPDATE cases SET version = version + 7")'
NOT_COMPARED = {"audit", "audit_links", "office_settings", "calendar_days", "calendar_years"}


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lend what makes this program a later version, with one migration more."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations._FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))

    def release(body: str) -> None:
        (folder / "versions" / "0002_next.py").write_text(
            'import sqlalchemy as sa\nfrom alembic import op\n\nrevision = "0002"\ndown_revision = "0001"\n'
            f"branch_labels = None\ndepends_on = None\n\n\ndef upgrade() -> None:\n    {body}\n"
        )
        (folder / "head.txt").write_text("0002\n")
        monkeypatch.setattr(migrations, "_FOLDER", folder)

    return release


@pytest.fixture
def here(office: Office) -> Iterator[OpenOffice]:
    """Open the lived office as the command does."""
    opened = open_again(office)
    yield opened
    opened.close()


def open_again(office: Office) -> OpenOffice:
    # Nobody else may have it open.
    office.db.close()
    settings = read_settings({"CASEWORK_HOME": str(office.home), "CASEWORK_DATABASE_URL": office.url})
    keyring = Keyring(office.home / "keyring.json")
    return OpenOffice(settings, keyring, Database(office.url, zone=settings.zone, keyring=keyring, pool_size=2))


def look(db: Database, home: Path) -> Sequence[Finding]:
    """Verify what a migration may break, quickly."""
    only = ("I1", "I2")
    return verify(db, at=LATER, attachments=home / "attachments", lifecycles=lifecycles(), only=only)


def run(here: OpenOffice, **options: Any) -> Upgraded:
    return upgrade(here, at=LATER, verifier=look, **options)


def state_of(office: Office) -> tuple[str | None, bool, dict[str, Any]]:
    """Tell the schema, whether the new column is there, and every row that an upgrade has to keep."""
    db = Database(office.url, keyring=Keyring(office.home / "keyring.json"))
    try:
        with db.engine.connect() as connection:
            columns = {each["name"] for each in inspect(connection).get_columns("people")}
        rows = {name: each for name, each in contents(db).items() if name not in NOT_COMPARED}
        return migrations.current(db), "nickname" in columns, rows
    finally:
        db.close()


def test_an_upgrade_saves_migrates_and_verifies(office: Office, here: OpenOffice, newer: Callable[[str], None]) -> None:
    _, _, before = state_of(office)
    newer(GOOD)
    steps: list[str] = []
    done = run(here, on_step=steps.append)
    assert state_of(office) == ("0002", True, before)
    assert (done.before, done.after, done.resumed) == ("0001", "0002", False)
    assert steps == ["saving", "migrating", "verifying", "settling"]
    assert done.backup is not None and done.backup.stat().st_mode & 0o777 == 0o600
    with archive.reading(done.backup) as reader:
        assert reader.manifest.revision == "0001"
    again = run(here)
    assert (again.before, again.after) == ("0002", "0002")
    assert {"system.upgraded"} <= {row[2] for row in contents(office.db)["audit"]}


@pytest.mark.parametrize("body", [BREAKING, DAMAGING], ids=["breaking", "damaging"])
def test_what_fails_is_taken_back_and_said(
    office: Office, here: OpenOffice, newer: Callable[[str], None], body: str
) -> None:
    before = state_of(office)
    newer(body)
    with pytest.raises(Refused) as caught:
        run(here)
    refusal = caught.value.refusals[0]
    assert refusal.code == "upgrade_taken_back"
    assert ("no such thing" if body == BREAKING else "I1") in refusal.params["why"]
    assert state_of(office) == before
    assert not (office.home / ".upgrading").exists()
    assert not list(office.home.glob("casework.db.upgrading*"))
    if body == DAMAGING:
        # Whoever says so keeps it all the same.
        assert run(here, accept_faults=True).after == "0002"
        assert state_of(office)[:2] == ("0002", True)


def test_killed_anywhere_the_office_is_the_old_one_or_the_new_one_and_the_next_upgrade_goes_on(
    office: Office, here: OpenOffice, newer: Callable[[str], None], tmp_path: Path
) -> None:
    before = state_of(office)
    here.close()
    strikes = [(GOOD, "saving", 40), (GOOD, "migrating", 30), (GOOD, "settling", 1)]
    if here.db.is_postgresql:
        strikes = [(GOOD, "migrating", 9), (DAMAGING, "returning", 300)]
    if SHARE >= 1:
        strikes += [(GOOD, "migrating", n) for n in (1, 3, 6, 12, 14, 20, 40)]
        strikes += [(DAMAGING, "returning", n) for n in ((1, 4, 90, 200, 400, 600) if here.db.is_postgresql else ())]
    for body, step, n in strikes:
        newer(body)
        assert in_a_child(office, step, n) in (KILLED, 0), (body, step, n)
        judge_what_is_left(office, before)
        newer(GOOD)
        go_on(office, before)
        assert state_of(office) == ("0002", True, before[2]), (body, step, n)
        go_back(office)
        assert state_of(office) == before


def in_a_child(office: Office, step: str, n: int) -> int:
    """Upgrade in a child that dies at the n-th instant after a step began."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            opened = open_again(office)
            waiting = []

            def told(name: str) -> None:
                if name == step:
                    waiting.append(Strike(n, die).on())
                    waiting[0].__enter__()

            with suppress(Refused):
                run(opened, on_step=told)
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def judge_what_is_left(office: Office, before: tuple[str | None, bool, dict[str, Any]]) -> None:
    """See that a database is whole, old or new, or that nothing starts on it."""
    opened = open_again(office)
    try:
        require_ready(opened)
    except Refused as refusal:
        assert refusal.refusals[0].code == "upgrade_unfinished"
        return
    finally:
        opened.close()
    revision, has_column, rows = state_of(office)
    assert (revision, has_column) in (("0001", False), ("0002", True))
    assert rows == before[2]


def go_on(office: Office, before: tuple[str | None, bool, dict[str, Any]]) -> None:
    """Upgrade to the end; what had been damaged before the kill is taken back first."""
    opened = open_again(office)
    try:
        done = run(opened)
    except Refused as refusal:
        assert refusal.refusals[0].code == "upgrade_taken_back"
        assert state_of(office) == before
        done = run(opened)
    finally:
        opened.close()
    assert done.after == "0002"


def go_back(office: Office) -> None:
    with office.db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE people DROP COLUMN nickname"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    office.db.close()


def test_nobody_upgrades_under_a_service_or_beside_another_upgrade(office: Office, here: OpenOffice) -> None:
    def refusal() -> str:
        with pytest.raises(Refused) as caught:
            run(here)
        return caught.value.refusals[0].code

    with occupancy.serving(office.home), occupancy.serving(office.home):
        assert refusal() == "service_running"
    with occupancy.alone(office.home, here.db):
        assert refusal() == "upgrade_running"
        with pytest.raises(Refused, match="upgrade_running"), occupancy.serving(office.home):
            pytest.fail("it served")
    if here.db.is_postgresql:
        with office.db.engine.connect():
            assert refusal() == "service_elsewhere"


def test_the_commands_tell_of_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CASEWORK_PORT", "0")
    monkeypatch.delenv("CASEWORK_DATABASE_URL", raising=False)

    def typed(*words: str) -> tuple[int, str, str]:
        return main(words), *capsys.readouterr()

    code, out, _ = typed("upgrade", "--json")
    assert (code, json.loads(out)["from"], json.loads(out)["backup"]) == (0, None, None)
    command = [sys.executable, "-m", "cli.main", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as served:
        assert served.stdout is not None and served.stdout.readline()
        code, out, err = typed("upgrade")
        served.send_signal(signal.SIGTERM)
    assert (code, out, err.count("\n")) == (1, "", 1)
    code, out, err = typed("upgrade")
    assert (code, err) == (0, "") and ".backup" in out
