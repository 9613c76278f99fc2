"""A published workflow never changes: matters keep the version they started with, so it has to mean the same for ever.

`workflows/library/PUBLISHED` lists what was released, a line each: the SHA-256, two blanks, the file's name.
"""

import hashlib
from collections.abc import Mapping

from tests.laws.source import ROOT, assert_none

LIBRARY = ROOT / "workflows" / "library"


def changed_workflows(published: str, files: Mapping[str, bytes]) -> list[str]:
    """Find published files that are gone or no longer what they were."""
    breaches = []
    for line in published.splitlines():
        digest, _, name = line.partition("  ")
        if name not in files:
            breaches.append(f"{name} is gone")
        elif hashlib.sha256(files[name]).hexdigest() != digest:
            breaches.append(f"{name} is not what was published")
    return breaches


def test_published_workflows_never_change() -> None:
    listed = LIBRARY / "PUBLISHED"
    published = listed.read_text("ascii") if listed.exists() else ""
    files = {path.name: path.read_bytes() for path in LIBRARY.glob("*.toml")}
    advice = "Take the change back and write the next version beside it: case.v2.toml."
    assert_none(changed_workflows(published, files), advice=advice)


def test_a_changed_and_a_vanished_workflow_are_caught() -> None:
    kept, changed = b"initial = 'reported'", b"initial = 'closed'"
    digest = hashlib.sha256(kept).hexdigest()
    published = f"{digest}  kept.v1.toml\n{digest}  changed.v1.toml\n{digest}  gone.v1.toml\n"
    assert changed_workflows(published, {"kept.v1.toml": kept, "changed.v1.toml": changed}) == [
        "changed.v1.toml is not what was published",
        "gone.v1.toml is gone",
    ]
