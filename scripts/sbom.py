"""Write dist/sbom.cdx.json: every part the product is made of, with version, licence and hashes (CycloneDX 1.6).

Names, versions and hashes are those of requirements/run.lock, licences those the installed packages declare; files of
others that we carry along come from web/static/vendor/vendor.json. The same parts give the same bytes.
"""

import argparse
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements" / "run.lock"
VENDORED = ROOT / "web" / "static" / "vendor" / "vendor.json"
TARGET = ROOT / "dist" / "sbom.cdx.json"
_PART = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>\S+)(?P<rest>(?:.*\\\n)(?:\s+--hash=\S+(?: \\)?\n?)+)", re.M)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NAME = re.compile(r"^[A-Za-z0-9._-]+")
_EXPRESSION = re.compile(r"[A-Za-z0-9.+-]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: a package or a file of somebody else's. `licence` is an SPDX expression, empty when unknown."""

    name: str
    version: str
    licence: str
    hashes: tuple[str, ...]
    needs: tuple[str, ...] = ()
    is_package: bool = True

    @property
    def reference(self) -> str:
        return f"pkg:{'pypi' if self.is_package else 'generic'}/{self.name.partition(' ')[0]}@{self.version}"


@cache
def known() -> Mapping[str, Any]:
    """Return what stands in licences.toml."""
    return tomllib.loads((ROOT / "scripts" / "licences.toml").read_text("utf-8"))


def parts(lock: str | None = None) -> list[Part]:
    """Return every part, packages first."""
    packages = [_package(found) for found in _PART.finditer(LOCK.read_text("ascii") if lock is None else lock)]
    return [*packages, *(_file(entry) for entry in json.loads(VENDORED.read_text("utf-8")))]


def _package(found: re.Match[str]) -> Part:
    name = found["name"]
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        return Part(name, found["version"], known()["of"].get(name, ""), tuple(_HASH.findall(found["rest"])))
    return Part(
        name,
        found["version"],
        known()["of"].get(name) or licence_of(installed.metadata),
        tuple(_HASH.findall(found["rest"])),
        tuple(sorted(_needed(installed))),
    )


def _file(entry: Mapping[str, str]) -> Part:
    return Part(entry["name"], entry["version"], entry["licence"], (entry["sha256"],), is_package=False)


def licence_of(metadata: Any) -> str:
    """Return the SPDX expression a package declares, in whichever of the three ways; empty when in none."""
    if metadata.get("License-Expression"):
        return str(metadata["License-Expression"])
    classified = [line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier") or () if "License ::" in line]
    for told in (str(metadata.get("License") or "").partition("\n")[0].strip(), *classified):
        meant = known()["means"].get(told, told)
        if meant and all(each in known()["goes_with_ours"] for each in names_in(meant)):
            return str(meant)
    return ""


def names_in(expression: str) -> list[str]:
    """Return the licences that an expression names."""
    return [word for word in _EXPRESSION.findall(expression) if word not in ("AND", "OR", "WITH")]


def goes_with_ours(expression: str) -> bool:
    """Say whether a licence is known and compatible: of what is joined by OR one is enough, of AND all are needed."""
    allowed = set(known()["goes_with_ours"])
    return bool(expression) and any(
        names_in(choice) and allowed.issuperset(names_in(choice)) for choice in expression.split(" OR ")
    )


def _needed(installed: Distribution) -> Iterator[str]:
    for asked in installed.requires or ():
        found = _NAME.match(asked)
        if found and "extra ==" not in asked:
            yield re.sub(r"[-_.]+", "-", found[0]).lower()


def document(made_of: Iterable[Part]) -> dict[str, Any]:
    """Return the document."""
    every = list(made_of)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    ours = {
        "type": "application",
        "bom-ref": f"pkg:generic/{project['name']}@{project['version']}",
        "name": project["name"],
        "version": project["version"],
        "licenses": [{"license": {"id": project["license"]}}],
    }
    references: dict[str, list[str]] = {}
    for part in every:
        references.setdefault(part.name, []).append(part.reference)
    asked = [_NAME.match(each) for each in project["dependencies"]]
    direct = {name[0].lower() for name in asked if name}
    components = [_component(part) for part in every]
    content = json.dumps(components, sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {"component": ours},
        "components": components,
        "dependencies": [
            {
                "ref": ours["bom-ref"],
                "dependsOn": sorted(part.reference for part in every if part.name in direct or not part.is_package),
            },
            *(
                {
                    "ref": part.reference,
                    "dependsOn": sorted({r for name in part.needs for r in references.get(name, ())}),
                }
                for part in every
            ),
        ],
    }


def _component(part: Part) -> dict[str, Any]:
    single = len(names_in(part.licence)) == 1
    licence = {"license": {"id": part.licence}} if single else {"expression": part.licence}
    return {
        "type": "library" if part.is_package else "file",
        "bom-ref": part.reference,
        "name": part.name,
        "version": part.version,
        "purl": part.reference,
        "licenses": [licence] if part.licence else [],
        "hashes": [{"alg": "SHA-256", "content": each} for each in part.hashes],
    }


def main() -> int:
    """Write the list; exit code 1 when a part has no licence that goes with ours."""
    parser = argparse.ArgumentParser(description="Write the list of parts (SBOM) of the product.")
    parser.add_argument("file", nargs="?", default=str(TARGET), help="where to (default: dist/sbom.cdx.json)")
    target = Path(parser.parse_args().file)
    every = parts()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(document(every), indent=1, ensure_ascii=False) + "\n", "utf-8")
    foreign = [
        f"{part.name} {part.version}: {part.licence or 'unknown'}" for part in every if not goes_with_ours(part.licence)
    ]
    print(f"{target}: {len(every)} parts")
    for each in foreign:
        print(f"no licence that goes with ours: {each}")
    return 1 if foreign else 0


if __name__ == "__main__":
    raise SystemExit(main())
