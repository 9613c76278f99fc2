"""Make and check requirements/*.lock: every package of an installation, pinned by version and hash, from no named host.

`run.lock` is what the product runs on and is built with, `dev.lock` that and what the tests need. The first line of
each carries the fingerprint of what pyproject.toml asked for, so that a stale lock is seen without asking an index.
Which index serves the packages is the business of whoever installs (decision 0002).
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LOCKS = {"run.lock": ("build",), "dev.lock": ("build", "test")}
_FIRST_LINE = "# Made by `make lock` from what pyproject.toml asks for, fingerprint {}\n"
_PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>\S+?)(?: ; .*)? \\$", re.MULTILINE)


def fingerprint(project: Mapping[str, Any], groups: tuple[str, ...]) -> str:
    """Return the fingerprint of everything that a lock of these groups depends on."""
    asked = {
        "python": project["project"]["requires-python"],
        "dependencies": project["project"]["dependencies"],
        "groups": {group: project["dependency-groups"][group] for group in groups},
        "uv": project["tool"]["uv"],
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]


def faults(name: str, text: str, project: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with a lock: stale, a package without a hash, a host that it names."""
    found = []
    if not text.startswith(_FIRST_LINE.format(fingerprint(project, LOCKS[name]))):
        found.append(f"{name} is older than pyproject.toml: run `make lock`")
    if "://" in text:
        found.append(f"{name} names a host")
    for line in re.findall(r"^[a-z0-9].*", text, re.MULTILINE):
        if not _PIN.fullmatch(line):
            found.append(f"{name} has a line without version or hash: {line}")
    return found


def differing_pins(run: str, dev: str) -> list[str]:
    """Find packages that are tested in another version than they run in."""
    tested = set(_PIN.findall(dev))
    pins = [pin for pin in _PIN.findall(run) if pin not in tested]
    return [f"{name} {version} is not what dev.lock tests" for name, version in pins]


def make(project: Mapping[str, Any], *, upgrade: bool) -> None:
    """Resolve anew with uv, keeping the versions of the present locks unless `upgrade`."""
    uv = shutil.which("uv", path=str(ROOT / ".venv" / "bin")) or shutil.which("uv")
    if uv is None:
        raise SystemExit("uv is needed to make the locks: .venv/bin/pip install uv")
    for name, groups in LOCKS.items():
        target = ROOT / "requirements" / name
        command = [uv, "pip", "compile", "--quiet", "pyproject.toml", "--output-file", str(target)]
        options = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate"]
        options += [f"--group={group}" for group in groups] + (["--upgrade"] if upgrade else [])
        subprocess.run([*command, *options], cwd=ROOT, check=True)
        target.write_text(_FIRST_LINE.format(fingerprint(project, groups)) + target.read_text("ascii"), "ascii")


def check(project: Mapping[str, Any]) -> list[str]:
    """Return the faults of all locks."""
    texts = {name: (ROOT / "requirements" / name).read_text("ascii") for name in LOCKS}
    found = [fault for name, text in texts.items() for fault in faults(name, text, project)]
    return found + differing_pins(texts["run.lock"], texts["dev.lock"])


def main() -> int:
    """Make the locks, or check them."""
    parser = argparse.ArgumentParser(description="Make requirements/*.lock from pyproject.toml.")
    parser.add_argument("--check", action="store_true", help="only say whether they are right; asks no index")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that pyproject.toml allows")
    given = parser.parse_args()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    if not given.check:
        make(project, upgrade=given.upgrade)
    found = check(project)
    print(*found, sep="\n", file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
