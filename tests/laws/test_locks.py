"""The locks are fresh, complete and name no host."""

import tomllib

from scripts import lock
from tests.laws.source import ROOT, assert_none

PROJECT = {
    "project": {"requires-python": ">=3.11", "dependencies": ["flask>=3"]},
    "dependency-groups": {"build": ["hatchling"], "test": ["pytest"]},
    "tool": {"uv": {}},
}
GOOD = (
    "# Made by `make lock` from what pyproject.toml asks for, fingerprint {}\nflask==3.1.3 \\\n    --hash=sha256:00\n"
)


def test_the_locks_are_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert_none(lock.check(project), advice="Run `make lock`.")


def test_a_good_lock_is_kept() -> None:
    text = GOOD.format(lock.fingerprint(PROJECT, ("build",)))
    assert lock.faults("run.lock", text, PROJECT) == []
    assert lock.differing_pins(text, text) == []


def test_a_stale_lock_a_loose_package_and_a_host_are_caught() -> None:
    text = GOOD.format(lock.fingerprint(PROJECT, ("build",)))
    newer = PROJECT | {"project": {"requires-python": ">=3.11", "dependencies": ["flask>=4"]}}
    assert lock.faults("run.lock", text, newer) == ["run.lock is older than pyproject.toml: run `make lock`"]
    loose = text + "pytest>=9\nwheel @ https://example.org/wheel.whl\n"
    assert [fault.split(":")[0] for fault in lock.faults("run.lock", loose, PROJECT)] == [
        "run.lock names a host",
        "run.lock has a line without version or hash",
        "run.lock has a line without version or hash",
    ]


def test_another_version_in_the_tests_is_caught() -> None:
    assert lock.differing_pins(GOOD, GOOD.replace("3.1.3", "3.1.2")) == ["flask 3.1.3 is not what dev.lock tests"]
