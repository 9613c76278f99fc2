"""Every check is broken once and its line read; a lived office that works is found well."""

import json
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy import text

from casework import migrations
from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.i18n import LOCALES, catalogue
from casework.core.ids import new_id
from casework.core.settings import read_settings
from casework.keeping import saving_log
from casework.keeping.doctor import house
from casework.keeping.doctor.examining import INSIDE, OUTSIDE, examine
from casework.keeping.doctor.lines import FAULT, OK, WARNING, Broker, Line, Seen
from casework.keeping.rows import STAGING_TABLE
from casework.matters import anchors, pulses
from casework.matters.tables import Job, OutboxEvent, Pulse
from casework.registry import alarms
from casework.registry.tables import AuditEvent, CalendarYear
from cli.main import main
from tests.casework.keeping.lived import LATER, Office

AT = LATER


def seen(office: Office, **given: Any) -> Seen:
    office.home.chmod(0o700)
    settings = read_settings({"CASEWORK_HOME": str(office.home), "CASEWORK_DATABASE_URL": office.url})
    settings = replace(settings, **given)
    return Seen(settings, AT, office.db, Keyring(office.home / "keyring.json"))


def found(lines: list[Line]) -> dict[str, tuple[str, str]]:
    for line in lines:
        assert "{" not in line.message() + line.cure() + line.message(locale="en") + line.cure(locale="en"), line
    return {line.check: (line.state, line.code) for line in lines}


def make_well(office: Office) -> None:
    """Give a lived office what a running one has: a worker that works, a backup, its anchors, the plan of the year."""
    with office.db.transaction() as session:
        session.query(OutboxEvent).filter_by(status="pending").update({"status": "done", "done_at": AT})
        session.query(OutboxEvent).filter_by(status="dead").update({"status": "done", "done_at": AT})
        session.query(Job).update({"status": "done", "done_at": AT - timedelta(hours=1), "lease_until": None})
        session.execute(text("UPDATE notices SET fate = 'told' WHERE fate = 'waiting'"))
        pulses.beat(session, "one", kind="worker", at=AT - timedelta(seconds=20))
        saving_log.note(session, at=AT - timedelta(hours=5), rows=1, size=1)
        day = AT.astimezone(session.info["zone"]).date() - timedelta(days=1)
        anchors.make(session, day=day, at=AT)
        for year in (day.year, day.year + 1):
            session.merge(CalendarYear(year=year, confirmed=True, version=1))


def test_a_lived_office_is_well_and_every_check_once_broken_says_so(office: Office, tmp_path: Path) -> None:
    make_well(office)
    well = found(examine(seen(office)))
    assert set(well) == {*OUTSIDE, *INSIDE}
    # The office lives at another instant than the server of the test.
    ailing = {"clock": (FAULT, "database_apart")} if office.db.is_postgresql else {}
    assert {name: each for name, each in well.items() if each[0] != OK} == ailing

    def after(break_it: Callable[[Any], object]) -> dict[str, tuple[str, str]]:
        with office.db.transaction() as session:
            break_it(session)
        return found(examine(seen(office)))

    job = Job(id=new_id(), name="tidy", period="p", payload={}, run_at=AT, status="dead", attempts=5, created_at=AT)
    assert after(lambda s: s.add(job))["jobs"] == (FAULT, "dead")
    late = {"run_at": AT - timedelta(hours=1), "status": "ready"}
    assert after(lambda s: s.query(Job).filter_by(id=job.id).update(late))["worker"] == (FAULT, "nobody")
    after(lambda s: s.query(Job).delete())
    hung = replace(seen(office), at=AT + timedelta(minutes=5))
    assert found(examine(hung))["worker"] == (FAULT, "all_silent")
    after(lambda s: pulses.beat(s, "two", kind="worker", at=AT + timedelta(minutes=5)))
    assert found(examine(hung))["worker"] == (WARNING, "silent")
    over = {"ended_at": AT + timedelta(minutes=5), "seen_at": AT + timedelta(minutes=5)}
    after(lambda s: s.query(Pulse).update(over))
    assert found(examine(hung))["worker"] == (WARNING, "stopped")
    after(lambda s: s.query(Pulse).delete())
    assert found(examine(seen(office)))["worker"] == (WARNING, "never")
    known = "UPDATE calendar_years SET confirmed = " + ("false" if office.db.is_postgresql else "0")
    assert after(lambda s: s.execute(text(known)))["calendar"] == (WARNING, "lacking")
    future = AuditEvent(id=new_id(), at=AT + timedelta(days=1), event="system.saved", facts={})
    after(lambda s: s.add(future))
    assert "behind" in {line.code for line in examine(seen(office))}
    old = AT - timedelta(days=20)
    assert after(lambda s: saving_log.note(s, at=old, rows=1, size=1))["backup"] == (FAULT, "old")
    assert found(examine(replace(seen(office), at=AT + timedelta(days=5))))["anchor"] == (WARNING, "old")
    after(lambda s: alarms.sound(s, "clock", facts={}, at=AT))
    assert "jumped" in {line.code for line in examine(seen(office))}
    foreign = Keyring.open(tmp_path)
    assert found(examine(replace(seen(office), keyring=foreign)))["keys"] == (FAULT, "wrong")
    apart = Broker(ok=True, now=AT + timedelta(minutes=2))
    with_broker = replace(seen(office, redis_url="redis://127.0.0.1:1/0"), broker=apart)
    assert "broker_apart" in {line.code for line in examine(with_broker)}


def test_a_database_that_is_away_old_new_or_half_restored_is_told_and_the_rest_is_still_looked_at(
    office: Office,
) -> None:
    def database() -> tuple[str, str]:
        told = found(examine(seen(office)))
        assert set(told) == {*OUTSIDE, *INSIDE}
        assert told["backup"] == (WARNING, "unseen") or told["database"][0] == OK
        return told["database"]

    def revision(value: str) -> None:
        with office.db.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": value})

    revision("0099")
    assert database() == (FAULT, "newer")
    revision(migrations.head())
    (office.home / ".upgrading").touch()
    assert database() == (FAULT, "upgrade_unfinished")
    (office.home / ".upgrading").unlink()
    if office.db.is_postgresql:
        with office.db.engine.begin() as connection:
            connection.execute(text(f"CREATE TABLE {STAGING_TABLE} (n integer)"))
    else:
        (office.home / ".restoring").mkdir()
    assert database() == (FAULT, "restore_unfinished")
    if not office.db.is_postgresql:
        (office.home / ".restoring").rmdir()
    nowhere = Database("postgresql://nobody:hidden-word@127.0.0.1:1/none")
    lines = examine(replace(seen(office), db=nowhere))
    assert found(lines)["database"] == (FAULT, "away")
    assert "hidden-word" not in json.dumps([line.as_json() for line in lines])


def test_the_house_is_judged_without_a_database(tmp_path: Path) -> None:
    def broken(line: Line, state: str, code: str) -> None:
        assert found([line]) == {line.check: (state, code)}
        assert line.cure() and line.cure(locale="en")

    broken(house.home_line(tmp_path / "no"), FAULT, "missing")
    broken(house.home_line(Path("/proc/self")), FAULT, "read_only")
    tmp_path.chmod(0o755)
    broken(house.home_line(tmp_path), WARNING, "open")
    broken(house.disk_line(tmp_path, free=100, total=10**12), FAULT, "full")
    broken(house.disk_line(tmp_path, free=10**10, total=10**12), WARNING, "low")
    broken(house.fonts_line(tmp_path, sample="\U0002ebf0"), WARNING, "lacking")
    assert house.fonts_line(tmp_path, sample="𫖯䶮㛃").state == OK
    # What a machine without the history of its zone would have: one offset for ever.
    plain = tmp_path / "Plain"
    plain.write_bytes(b"TZif" + bytes(16) + b"\0\0\0\0" * 4 + b"\0\0\0\1\0\0\0\4" + b"\0\0\x70\x80\0\0" + b"CST\0")
    with plain.open("rb") as file:
        broken(house.zone_line(ZoneInfo.from_file(file, "Asia/Shanghai"), at=AT), FAULT, "incomplete")


def test_a_key_ring_that_others_may_read_is_told_with_the_command_that_mends_it(office: Office, tmp_path: Path) -> None:
    looked, ring = replace(seen(office, home=tmp_path), keyring=None), tmp_path / "keyring.json"
    ring.write_text("{}", "utf-8")
    for mode, code in ((0o640, "open"), (0o604, "open"), (0o600, "unsafe")):
        ring.chmod(mode)
        (line,) = house.keys(looked)
        assert (line.state, line.code) == (FAULT, code)
        for locale in ("zh", "en"):
            assert (f"chmod 600 {ring}" in line.cure(locale=locale)) == (code == "open")


def test_certificate_mail_and_settings_are_judged_by_what_is_set(office: Office, tmp_path: Path) -> None:
    def told(**given: Any) -> dict[str, tuple[str, str]]:
        looked = seen(office, **given)
        return found([*house.certificate(looked), *house.mail(looked), *house.settings(looked), *house.broker(looked)])

    def judged(database_url: str, redis_url: str) -> tuple[str, str]:
        (*_, last) = house.settings(seen(office, database_url=database_url, redis_url=redis_url))
        return last.state, last.code

    for days, expected in ((-1, (FAULT, "over")), (10, (WARNING, "soon")), (90, (OK, "fine"))):
        assert (
            told(certificate=str(certificate(tmp_path / "c.pem", AT + timedelta(days=days, hours=1))))["certificate"]
            == expected
        )
    assert told(certificate=str(tmp_path / "no.pem"))["certificate"] == (FAULT, "unreadable")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert told(mail_url=f"smtp://127.0.0.1:{port}", mail_from="a@b.test")["mail"] == (OK, "fine")
    assert told(mail_url=f"smtp://127.0.0.1:{port}", mail_from="a@b.test")["mail"] == (FAULT, "unreachable")
    assert told(host="0.0.0.0")["settings"] == (WARNING, "plain_http")
    assert told(redis_url="redis://127.0.0.1:1/0")["broker"] == (WARNING, "away")
    far, sure = "postgresql://a@db.example/office", "?sslmode=verify-full"
    near = (
        "postgresql://a@127.0.0.1/office",
        "postgresql://a@postgres/office",
        "postgresql:///office",
        "sqlite:///a.b",
    )
    links = [
        ("", "redis://10.0.0.7:6379/0"),
        (far, ""),
        (f"{far}?sslmode=require", ""),
        (f"{far}{sure}", "redis://c.d"),
    ]
    for database_url, redis_url in links:
        assert judged(database_url, redis_url) == (WARNING, "plain_links")
    for database_url, redis_url in [(f"{far}{sure}", "rediss://c.d"), *((url, "unix:///run/redis") for url in near)]:
        assert judged(database_url, redis_url) == (OK, "fine")


def certificate(path: Path, ends: datetime) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "office.test")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(ends)
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return path


def test_slow_statements_are_shown_where_the_database_counts_them(office: Office) -> None:
    if not office.db.is_postgresql:
        assert found(examine(seen(office)))["queries"] == (OK, "not_counted")
        return
    with office.db.engine.begin() as connection:
        # What the extension offers, as far as it is asked for: the test server has not loaded it.
        connection.execute(
            text(
                "CREATE TABLE pg_stat_statements AS SELECT oid AS dbid, 'SELECT 1'::text AS query, 900.0 AS"
                " mean_exec_time, 9 AS calls, 8100.0 AS total_exec_time FROM pg_database WHERE datname ="
                " current_database()"
            )
        )
    assert found(examine(seen(office)))["queries"] == (WARNING, "slow")


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CASEWORK_DATABASE_URL", raising=False)

    def run(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_the_command_tells_machines_and_people_and_makes_nothing(typed, tmp_path: Path, monkeypatch) -> None:
    home = tmp_path / "home"
    code, out, err = typed("doctor", "--json")
    assert code == 1 and not home.exists() and err.count("\n") == 1
    assert json.loads(out)["checks"][0]["check"] == "home"
    home.mkdir(mode=0o700)
    code, out, err = typed("doctor", "--json", "--locale", "en")
    states = {each["check"]: each["code"] for each in json.loads(out)["checks"]}
    assert (code, states["database"], states["keys"], list(home.iterdir())) == (1, "empty", "missing", [])
    assert typed("db", "upgrade")[0] == 0
    code, out, err = typed("doctor")
    assert (code, err) == (0, "") and "FAULT" not in out and "→" in out
    monkeypatch.setenv("CASEWORK_PORT", "many")
    code, out, err = typed("doctor")
    assert code == 1 and "CASEWORK_PORT" in out and err.count("\n") == 1


def test_a_backup_is_not_written_over_and_without_a_name_the_newest_stay(typed, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("CASEWORK_BACKUPS_KEPT", "2")
    assert typed("db", "upgrade")[0] == 0
    file, folder = tmp_path / "one.backup", tmp_path / "home" / "backups"
    assert typed("backup", file)[0] == 0
    code, _, err = typed("backup", file)
    assert (code, err.count("\n")) == (1, 1) and "--force" in err
    assert typed("backup", file, "--force")[0] == 0
    folder.mkdir()
    for name in ("casework-20200101-000000.backup", "casework-20210101-000000.backup", "mine.txt"):
        (folder / name).touch()
    made = json.loads(typed("backup", "--json")[1])["file"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "casework-20210101-000000.backup", Path(made).name, "mine.txt"
    ]  # fmt: skip
    assert Path(made).stat().st_mode & 0o777 == 0o600
    states = {each["check"]: each["code"] for each in json.loads(typed("doctor", "--json")[1])["checks"]}
    assert states["backup"] == "fine"


def test_every_line_that_is_not_well_has_a_cure() -> None:
    codes: Mapping[str, Mapping[str, str]] = catalogue()
    well = re.compile(r"fine|embedded|substitutes|not_\w+|unset|new|none|sample|faults|between")
    for code in codes:
        parts = code.split(".")
        if parts[0] == "doctor" and len(parts) == 3 and not well.fullmatch(parts[2]):
            assert all(codes[f"{code}.cure"][locale] for locale in LOCALES)
