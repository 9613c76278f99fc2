"""One file installs the product without internet; the units of systemd name commands that there are."""

import configparser
import hashlib
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

from casework.core.settings import read_settings
from cli.main import commands
from scripts import bundle
from tests.laws.source import ROOT
from tests.tiers import FULL
from web import bodies


def small_wheel(folder: Path) -> Path:
    """Make a package by hand, so that `make test` need not fetch the hundred of the real lock."""
    folder.mkdir()
    about = "smallpack-1.0.dist-info"
    content = {
        "smallpack.py": "WORD = 'small'\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: smallpack\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    wheel = folder / "smallpack-1.0-py3-none-any.whl"
    with ZipFile(wheel, "w") as package:
        for name, text in content.items():
            package.writestr(name, text)
        package.writestr(f"{about}/RECORD", "".join(f"{name},,\n" for name in [*content, f"{about}/RECORD"]))
    return wheel


def follow(guide: str, folder: Path, installed: Path, environment: dict[str, str]) -> None:
    """Run the commands of the guide's first chapter in their order, from the empty folder to the restored backup."""
    chapter = guide.partition("## 装起来")[2].partition("## 每天")[0]
    places = {"/var/lib/casework": folder / "home", "/srv": folder / "srv", "/tmp/casework-drill": folder / "drill"}
    (folder / "srv").mkdir()
    lines = [line.strip() for line in chapter.splitlines() if line.startswith(" " * 8)]
    (begin,) = [number for number, line in enumerate(lines) if line.startswith("mkdir")]
    script = "\n".join(lines[begin:])
    for named, place in places.items():
        script = script.replace(named, str(place))
    there = {**environment, "PATH": f"{installed}:{environment['PATH']}"}
    done = subprocess.run(["sh", "-e", "-c", script], env=there, capture_output=True, text=True, cwd="/", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAULT" not in done.stdout and "guanliyuan" in done.stdout and "FAIL" not in done.stdout
    assert (folder / "srv" / "casework-first.backup").is_file() and not (folder / "drill").exists()


def assert_no_link_is_dead(unpacked: Path) -> None:
    """Follow every link of every page of the bundle."""
    links = [
        (page, link)
        for page in unpacked.rglob("*.md")
        for link in re.findall(r"\]\(([^)#:\s]+)", page.read_text("utf-8"))
    ]
    assert len(links) > 10 and not [(page.name, link) for page, link in links if not (page.parent / link).exists()]


@pytest.mark.timeout(900)
def test_the_bundle_installs_without_any_index_and_a_damaged_one_does_not(tmp_path: Path) -> None:
    if FULL:
        made = bundle.make(tmp_path / "dist")
    else:
        wheel = small_wheel(tmp_path / "links")
        lock = tmp_path / "small.lock"
        pin = f"--hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"
        # The office's Python may be an older patch release than the one the bundle is made with.
        lock.write_text(f"smallpack==1.0 ; python_full_version < '3.11.3' and sys_platform == 'linux' \\\n    {pin}\n")
        made = bundle.make(tmp_path / "dist", lock=lock, find_links=wheel.parent)
    with tarfile.open(made) as package:
        package.extractall(tmp_path / "there", filter="data")
    (unpacked,) = (tmp_path / "there").iterdir()
    assert [*(unpacked / "wheels").glob("async_timeout-*" if FULL else "smallpack-*")]
    assert {"INSTALL.md", "casework-command", "systemd", "postgresql", "install.sh", "wheels"} <= {
        each.name for each in unpacked.iterdir()
    }
    guide = (unpacked / "docs" / "guide" / "administrator.md").read_text("utf-8")
    assert_no_link_is_dead(unpacked)
    # An index that nobody answers at: whoever asked it would fail.
    environment = os.environ | {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PYTHON": sys.executable}
    environment.pop("PYTHONPATH", None)

    def install(place: str) -> "subprocess.CompletedProcess[str]":
        command = ["sh", str(unpacked / "install.sh"), str(tmp_path / place)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    done = install("office")
    assert done.returncode == 0, done.stderr
    installed = tmp_path / "office" / "venv" / "bin"
    if not FULL:
        # What the small lock leaves out comes from the environment of the tests; the product itself from the bundle.
        environment["PYTHONPATH"] = sysconfig.get_path("purelib")
    command = [str(installed / "casework"), "calendar", "due", "--help"]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, cwd="/", check=False)
    assert told.returncode == 0, told.stderr
    follow(guide, tmp_path, installed, environment)
    (next((unpacked / "wheels").iterdir())).write_bytes(b"something else")
    assert install("other").returncode == 1
    assert not (tmp_path / "other" / "venv").exists()


def test_every_unit_runs_a_command_that_there_is_and_every_timer_has_its_service() -> None:
    units = {path.name: path for path in (ROOT / "deploy" / "systemd").iterdir()}
    for name, path in units.items():
        read = configparser.ConfigParser(strict=False, interpolation=None)
        read.optionxform = str  # type: ignore[assignment, method-assign] # names of systemd keep their capitals
        read.read_string(path.read_text("utf-8"))
        if name.endswith(".timer"):
            assert name.replace(".timer", ".service") in units
            continue
        service = read["Service"]
        assert service["ExecStart"].split()[1] in commands(), name
        assert (service["User"], service["ProtectSystem"], service["NoNewPrivileges"]) == ("casework", "strict", "yes")


SERVICE = ROOT / "docs" / "how-to" / "install-as-a-service.md"
AS_SERVICE = ROOT / "deploy" / "casework-command"


def settings_of_the_page() -> dict[str, str]:
    """Return every setting that the page of the service tells to write, with its value."""
    lines = re.findall(r"^ {8}(CASEWORK_\w+)=(\S+)$", SERVICE.read_text("utf-8"), re.MULTILINE)
    assert len(lines) >= 8
    return dict(lines)


def test_the_settings_of_the_page_start_an_office_behind_its_proxy(tmp_path: Path) -> None:
    named = settings_of_the_page() | {"CASEWORK_HOME": str(tmp_path)}
    named["CASEWORK_BACKUPS"] = str(tmp_path / "backups")
    settings = read_settings(named)
    assert settings.https and settings.proxies == 1 and settings.trusted_hosts == ("casework.example.gov.cn",)
    text = SERVICE.read_text("utf-8")
    # What ProxyFix reads is what the page lets nginx tell, and the port is the one that is listened on.
    for header in ("X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme", "X-Forwarded-Host $host"):
        assert f"proxy_set_header {header};" in text
    assert f"http://{settings.host}:{settings.port};" in text
    (size,) = re.findall(r"client_max_body_size (\d+)m;", text)
    assert int(size) >= bodies.MOST


def test_a_command_of_root_runs_as_the_service_with_its_settings(tmp_path: Path) -> None:
    settings, program, tools = tmp_path / "casework.env", tmp_path / "program", tmp_path / "tools"
    settings.write_text(
        "# a remark\nCASEWORK_HOME=/x y\nCASEWORK_DATABASE_URL=postgresql://a:$b@c/d?e=1&f=2\nPATH=/no\n", "utf-8"
    )
    program.write_text('#!/bin/sh\nprintf "%s|" "$CASEWORK_HOME" "$CASEWORK_DATABASE_URL" "$@"\n', "utf-8")
    program.chmod(0o755)
    tools.mkdir()
    # Accounts are the machine's; what is asked of it is written down.
    (tools / "setpriv").write_text('#!/bin/sh\nprintf "%s|" "$1" "$2" "$3"\nshift 3\nexec "$@"\n', "utf-8")
    (tools / "setpriv").chmod(0o755)
    text = AS_SERVICE.read_text("utf-8")
    for said, meant in (("/etc/casework.env", settings), ("/opt/casework/venv/bin/casework", program)):
        assert text.count(said) == 1
        text = text.replace(said, str(meant))

    def run(**given: str) -> list[str]:
        there = {"PATH": f"{tools}:{os.environ['PATH']}", **given}
        command = ["sh", "-c", text, "casework", "user", "a b"]
        done = subprocess.run(command, env=there, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.split("|")[:-1]

    who = ["--reuid=casework", "--regid=casework", "--init-groups"]
    assert run() == [*who, "/x y", "postgresql://a:$b@c/d?e=1&f=2", "user", "a b"]
    assert run(CASEWORK_HOME="/y") == [*who, "/y", "postgresql://a:$b@c/d?e=1&f=2", "user", "a b"]
