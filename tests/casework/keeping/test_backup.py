"""A backup brings everything back: the same rows on either engine, files, keys, and whoever had access has it again."""

import stat
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from casework.cases.reporters import unseal
from casework.cases.tables import Case
from casework.core.hashing import token_digest, verify_password
from casework.keeping.findings import all_hold
from casework.matters import word_counts
from casework.registry import identities
from casework.registry.tables import Org, Person
from tests import databases
from tests.casework.keeping.lived import ID_NUMBER, LATER, PASSWORD, PHONE, Office
from tests.casework.keeping.saving import PASSPHRASE, SECRET, bring, contents, open_at, place_for, save

# What COPY must escape, and what it takes for null.
ODD = "\\N 制表\t反斜\\t换行\n回车\r退格\b竖\v页\f\\.\u2028𠮷"


@pytest.mark.parametrize("to", databases.ENGINES)
@pytest.mark.parametrize("passphrase", ["", PASSPHRASE], ids=["plain", "sealed"])
def test_everything_comes_back(office: Office, to: str, passphrase: str, tmp_path: Path, postgres_url: str) -> None:
    with office.db.transaction() as session:
        session.query(Org).where(Org.code == "JYJ").update({"name": ODD})
        word_counts.recount(session, at=LATER)
    saved = save(office, tmp_path / "backup", passphrase=passphrase)
    assert (saved.files, saved.missing, saved.has_keys, saved.is_sealed) == (1, (), True, bool(passphrase))
    with place_for(to, tmp_path, passphrase=passphrase) as place:
        restored = bring(place, tmp_path / "backup")
        assert (restored.rows, restored.files) == (saved.rows, 1)
        assert all_hold(restored.findings)
        db = open_at(place)
        before, after = contents(office.db), contents(db)
        added = [row for row in after["audit"] if row not in before["audit"]]
        assert [row[2] for row in added] == ["system.restored"]
        assert len(after["audit_links"]) == len(after["audit"])
        assert after | {name: before[name] for name in ("audit", "audit_links")} == before
        assert (place.home / "secret.key").read_text() == SECRET
        one, other = (sorted(path.name for path in home.rglob("*/*/*")) for home in (office.home, place.home))
        assert one == other != []
        db.close()


def test_whoever_had_access_has_it_again(office: Office, engine: str, tmp_path: Path) -> None:
    save(office, tmp_path / "backup")
    with place_for(engine, tmp_path) as place:
        bring(place, tmp_path / "backup")
        db = open_at(place)
        with db.reading() as session:
            known = identities.by_token(session, digest=token_digest(office.known.token), at=LATER)
            assert known is not None
            assert known.user_name == "bai"
            bai = session.get_one(Person, known.actor.person_id)
            assert verify_password(PASSWORD, stored=bai.password_hash)
            case = session.get_one(Case, office.ids["closed"])
            assert (unseal(session, case, "id_number"), unseal(session, case, "phone")) == (ID_NUMBER, PHONE)
        db.close()


def test_work_goes_on_in_what_was_restored(office: Office, engine: str, tmp_path: Path) -> None:
    save(office, tmp_path / "backup")
    with place_for(engine, tmp_path) as place:
        bring(place, tmp_path / "backup")
        again = Office(place.settings.database_url, place.home, office.known)
        world = again.world()
        made = world.report(title="新修的水池漏水", at=LATER)
        world.move(made, "assign", "an", at=LATER, org="SLJ")
        assert again.broken() == {}
        with again.db.reading() as session:
            numbers = list(session.scalars(select(Case.number)))
        assert len(numbers) == len(set(numbers))
        again.db.close()


def test_nobody_else_can_read_the_file(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    target.touch(mode=0o644)
    save(office, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == ["backup"]


def test_a_sealed_backup_shows_nothing(office: Office, tmp_path: Path) -> None:
    save(office, tmp_path / "sealed", passphrase=PASSPHRASE)
    raw = (tmp_path / "sealed").read_bytes()
    keyring = (office.home / "keyring.json").read_bytes()
    for secret in (b"manifest", b"PK\x03\x04", b"keyring", SECRET.encode(), keyring[40:70], "安老师".encode()):
        assert secret not in raw


def test_identity_numbers_stand_in_no_backup(office: Office, tmp_path: Path) -> None:
    save(office, tmp_path / "plain")
    with zipfile.ZipFile(tmp_path / "plain") as package:
        for name in package.namelist():
            assert ID_NUMBER.encode() not in package.read(name), name


def test_an_attachment_that_is_lost_does_not_stop_the_backup(office: Office, tmp_path: Path) -> None:
    lost = next(path for path in office.attachments.rglob("*") if path.is_file())
    lost.unlink()
    saved = save(office, tmp_path / "backup")
    assert saved.missing == (lost.name,)
    assert saved.files == 0


def test_the_old_backup_stays_when_the_new_one_fails(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    save(office, target)
    before = target.read_bytes()

    class Stopped(Exception):
        pass

    def stop(_more: int, _total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        save(office, target, on_progress=stop)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == ["backup"]
    assert not list(office.home.glob(".backup-*"))


def test_progress_tells_how_much_there_is(office: Office, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    saved = save(office, tmp_path / "backup", on_progress=lambda more, total: told.append((more, total)))
    total = max(total for _, total in told)
    assert total == sum(more for more, _ in told) == saved.rows + saved.files
