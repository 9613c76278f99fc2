"""The compose file is valid, complete, and gives no service more rights than it needs."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from casework.core.settings import SETTINGS
from tests.laws.source import ROOT, assert_none

PARTS = ("postgres", "redis", "migrate", "web", "worker", "beat")
# These end when their work is done, so there is no health to ask for.
ONCE = ("secrets", "migrate")
LONE_ROOT = "secrets"


@pytest.fixture
def compose() -> dict[str, Any]:
    """Read the compose file."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return read


def dangling(compose: Mapping[str, Any]) -> list[str]:
    """Find parts that are missing and names that lead nowhere, which the schema does not see."""
    services = compose["services"]
    breaches = [f"there is no service {name}" for name in PARTS if name not in services]
    for name, service in services.items():
        breaches += [
            f"{name} waits for no service: {other}" for other in service.get("depends_on", {}) if other not in services
        ]
        for kind in ("networks", "volumes"):
            used = (str(entry).partition(":")[0] for entry in service.get(kind, ()))
            breaches += [f"{name} uses no entry of {kind}: {entry}" for entry in used if entry not in compose[kind]]
    return breaches


def too_many_rights(compose: Mapping[str, Any]) -> list[str]:
    """Find services that could write their own image, gain privileges, or be reached from outside without need."""
    return [f"{name}: {what}" for name, service in compose["services"].items() for what in _rights(name, service)]


def _rights(name: str, service: Mapping[str, Any]) -> Iterator[str]:
    if not service.get("read_only"):
        yield "its file system is not read_only"
    if service.get("cap_drop") != ["ALL"]:
        yield "it keeps capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", ()):
        yield "it may gain privileges"
    if service.get("privileged") or (_is_root(service) and name != LONE_ROOT):
        yield "it runs as root"
    if "ports" in service and name != "web":
        yield "it is reachable from outside"
    if name not in ONCE and "healthcheck" not in service:
        yield "nobody can see whether it is ready"


def _is_root(service: Mapping[str, Any]) -> bool:
    # Our own image names a user without rights; the others would start as root.
    user = service.get("user", "10001" if service["image"].startswith("casework") else "0")
    return str(user).partition(":")[0] in {"0", "root"}


def unknown_settings(compose: Mapping[str, Any], known: set[str]) -> list[str]:
    """Find environment variables of ours that no setting reads."""
    given = {name for service in compose["services"].values() for name in service.get("environment", {})}
    return [name for name in given if name.startswith("CASEWORK_") and name not in known]


def schema_check(file: Path) -> subprocess.CompletedProcess[str]:
    """Check a compose file against the published schema."""
    program = Path(sys.executable).parent / "check-jsonschema"
    command = [str(program), "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_compose_file_is_valid_complete_and_tight(compose: dict[str, Any]) -> None:
    done = schema_check(ROOT / "docker-compose.yml")
    assert done.returncode == 0, done.stdout
    assert_none(dangling(compose), advice="Name what is there in docker-compose.yml.")
    assert_none(too_many_rights(compose), advice="Take the anchor x-hardened, or argue in the file.")
    assert_none(unknown_settings(compose, {s.env for s in SETTINGS}), advice="Only settings are read.")


def test_a_flaw_of_the_compose_file_is_caught(compose: dict[str, Any], tmp_path: Path) -> None:
    # By way of JSON, for what YAML's anchors share must come apart.
    flawed = json.loads(json.dumps(compose))
    del flawed["services"]["beat"]
    flawed["services"]["web"]["depends_on"]["postgresql"] = {"condition": "service_healthy"}
    flawed["services"]["redis"] |= {"ports": ["6379:6379"], "user": "root", "healthchek": {}}
    flawed["services"]["postgres"]["volumes"] = ["data:/var/lib/postgresql/data"]
    flawed["services"]["worker"]["environment"]["CASEWORK_REDIS"] = "redis://redis"
    assert dangling(flawed) == [
        "there is no service beat",
        "postgres uses no entry of volumes: data",
        "web waits for no service: postgresql",
    ]
    assert too_many_rights(flawed) == ["redis: it runs as root", "redis: it is reachable from outside"]
    assert unknown_settings(flawed, {s.env for s in SETTINGS}) == ["CASEWORK_REDIS"]
    planted = tmp_path / "docker-compose.yml"
    planted.write_text(yaml.safe_dump(flawed), "utf-8")
    assert "healthchek" in schema_check(planted).stdout
