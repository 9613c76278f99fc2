"""`casework user add` and `casework token create`, as somebody at the office's own machine types them."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from casework.core import clock
from casework.core.database import Database
from casework.core.hashing import token_digest, verify_password
from casework.registry import accounts, identities
from casework.registry.identities import Identity
from cli.main import main
from tests.world import make_world


@dataclass
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Read the answer of `--json`."""
        return json.loads(self.out)


Console = Callable[..., Said]


@pytest.fixture
def console(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Console:
    """Run commands in the office of `db`."""
    make_world(db, tmp_path)
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path))
    monkeypatch.setenv("CASEWORK_DATABASE_URL", db.url)

    def run(*arguments: str, typed: str = "") -> Said:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(list(arguments))
        told = capsys.readouterr()
        return Said(code, told.out, told.err)

    return run


def caller(db: Database, token: str) -> Identity | None:
    with db.reading() as session:
        return identities.by_token(session, digest=token_digest(token), at=clock.now())


def test_a_new_account_gets_a_role_and_a_password_shown_once(console: Console, db: Database) -> None:
    said = console("user", "add", "Qian", "--role", "clerk", "--display", "钱老师", "--json")
    assert (said.code, said.err) == (0, "")
    assert (said.json["user_name"], said.json["created"], said.json["region"]) == ("qian", True, "510822")
    with db.reading() as session:
        person = accounts.by_user_name(session, "qian")
    assert person is not None and person.name == "钱老师" and person.must_change
    assert verify_password(said.json["password"], stored=person.password_hash)


def test_a_given_password_is_the_password_and_need_not_be_changed(console: Console, db: Database) -> None:
    said = console("user", "add", "qian", "--role", "clerk", "--password-stdin", typed="Pferd Wolke 77 lila\n")
    assert (said.code, said.err) == (0, "")
    with db.reading() as session:
        person = accounts.by_user_name(session, "qian")
    assert person is not None and not person.must_change
    assert verify_password("Pferd Wolke 77 lila", stored=person.password_hash)


def test_a_weak_password_is_taken_at_the_console_and_told(console: Console) -> None:
    said = console("user", "add", "qian", "--role", "clerk", "--password-stdin", typed="123456\n")
    assert said.code == 0
    assert len(said.err.splitlines()) == 1
    assert console("user", "add", "sun", "--role", "clerk", "--password-stdin", typed="\n").code == 1


def test_a_second_call_adds_a_role_and_leaves_the_password(console: Console, db: Database) -> None:
    first = console("user", "add", "qian", "--role", "clerk", "--json").json
    second = console("user", "add", "QIAN", "--role", "handler", "--org", "SLJ", "--json").json
    assert (second["id"], second["created"], second["password"]) == (first["id"], False, None)
    token = console("token", "create", "qian", "--json").json["token"]
    found = caller(db, token)
    assert found is not None
    assert sorted(found.own_roles) == ["clerk", "handler"]


def test_a_token_works_at_once_though_the_password_must_be_changed(console: Console, db: Database) -> None:
    console("user", "add", "qian", "--role", "clerk")
    said = console("token", "create", "qian", "--json")
    assert list(said.json) == ["token"]
    found = caller(db, said.json["token"])
    assert found is not None and (found.user_name, found.token_kind) == ("qian", "api")
    key = console("token", "create", "qian", "--open311", "--json").json["token"]
    other = caller(db, key)
    assert other is not None and other.token_kind == "open311"


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "add", "qian", "--role", "king"),
        ("user", "add", "qian", "--role", "clerk", "--region", "999999"),
        ("user", "add", "qian", "--role", "handler"),
        ("user", "add", "qian", "--role", "handler", "--org", "NIX"),
        ("user", "add", "q ian", "--role", "clerk"),
        ("user", "add", "guanli", "--role", "security"),
        ("token", "create", "nobody", "--json"),
    ],
)
def test_a_refusal_is_one_line_and_changes_nothing(console: Console, db: Database, arguments: tuple[str, ...]) -> None:
    said = console(*arguments)
    assert (said.code, said.out) == (1, "")
    assert len(said.err.splitlines()) == 1 and "Traceback" not in said.err
    with db.reading() as session:
        assert accounts.by_user_name(session, "qian") is None


def test_wrong_usage_is_two(console: Console) -> None:
    with pytest.raises(SystemExit) as usage:
        console("user", "add", "qian")
    assert usage.value.code == 2


def test_a_database_without_tables_is_told_in_one_line(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASEWORK_HOME", str(tmp_path))
    monkeypatch.setenv("CASEWORK_DATABASE_URL", empty_database_url)
    assert main(["user", "add", "qian", "--role", "clerk"]) == 1
    assert "casework db upgrade" in capsys.readouterr().err
