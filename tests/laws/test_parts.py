"""Every part of the product is known with version, hash and a licence that goes with ours (`make sbom`)."""

import json
import re
from collections.abc import Iterable
from email.message import Message

from scripts import sbom
from tests.laws.source import assert_none


def unfit(parts: Iterable[sbom.Part]) -> list[str]:
    """Find parts without hashes or without a licence that goes with ours."""
    return [
        f"{part.name} {part.version}: {part.licence or 'no licence'}, {len(part.hashes)} hashes"
        for part in parts
        if not part.hashes or not sbom.goes_with_ours(part.licence)
    ]


def test_every_part_has_a_licence_that_goes_with_ours() -> None:
    parts = sbom.parts()
    pinned = re.findall(r"^[a-z0-9._-]+==", sbom.LOCK.read_text("ascii"), re.MULTILINE)
    assert len([part for part in parts if part.is_package]) == len(pinned) > 50
    assert_none(unfit(parts), advice="Read its licence and enter it in scripts/licences.toml, or do without it.")


def test_the_list_is_whole_and_the_same_every_time() -> None:
    parts = sbom.parts()
    made = sbom.document(parts)
    assert json.dumps(made) == json.dumps(sbom.document(sbom.parts()))
    assert (made["bomFormat"], made["specVersion"], made["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", made["serialNumber"])
    references = [each["bom-ref"] for each in made["components"]]
    assert len(set(references)) == len(references) == len(parts)
    assert all(re.fullmatch(r"[0-9a-f]{64}", each["content"]) for part in made["components"] for each in part["hashes"])
    graph = {each["ref"]: set(each["dependsOn"]) for each in made["dependencies"]}
    assert set(references) | {made["metadata"]["component"]["bom-ref"]} == set(graph)
    assert set().union(*graph.values()) <= set(references)
    reached: set[str] = set()
    todo = [made["metadata"]["component"]["bom-ref"]]
    while todo:
        todo += (found := graph[todo.pop()] - reached)
        reached |= found
    # What nothing leads to builds the product or is for other versions of Python.
    assert len(reached) > len(references) * 0.8


def test_a_part_of_unknown_or_foreign_licence_is_caught() -> None:
    hashed = ("0" * 64,)
    parts = [
        sbom.Part("good", "1", "MIT AND (Apache-2.0)", hashed),
        sbom.Part("chosen", "1", "GPL-3.0-only OR MIT", hashed),
        sbom.Part("foreign", "1", "GPL-3.0-only AND MIT", hashed),
        sbom.Part("silent", "1", "", hashed),
        sbom.Part("loose", "1", "MIT", ()),
    ]
    assert [each.split()[0] for each in unfit(parts)] == ["foreign", "silent", "loose"]
    told = Message()
    told["License"] = "Whatever you like"
    assert sbom.licence_of(told) == ""
    told["Classifier"] = "License :: OSI Approved :: MIT License"
    assert sbom.licence_of(told) == "MIT"
