"""A test that can not run fails, and whoever silences a tool says why beside it."""

import ast
import re
from collections.abc import Iterable

from tests.laws.source import ROOMS, Source, assert_none, planted, python_files

SKIPPING = {"skip", "skipif", "xfail", "importorskip", "skipTest", "skipIf", "skipUnless", "expectedFailure"}
# The reason follows on the same line: `type: ignore[attr-defined]  # no stubs`, `noqa: S602 - a constant command`.
SILENCED = re.compile(r"#\s*(?:noqa(?::\s*[A-Z0-9, ]+[0-9])?|type:\s*ignore(?:\[[^\]]*\])?)(?P<reason>.*)")


def skips(sources: Iterable[Source]) -> list[str]:
    """Find tests that are skipped or expected to fail."""
    return [
        f"{source.at(node)} {ast.unparse(node)}"
        for source in sources
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Attribute) and node.attr in SKIPPING)
        or (isinstance(node, ast.ImportFrom) and node.module == "pytest" and _imports_a_skip(node))
    ]


def _imports_a_skip(node: ast.ImportFrom) -> bool:
    return any(name.name in SKIPPING for name in node.names)


def silenced_without_reason(sources: Iterable[Source]) -> list[str]:
    """Find comments that silence a tool and do not say why."""
    return [
        f"{source.path}:{number} {line.strip()}"
        for source in sources
        for number, line in enumerate(source.text.splitlines(), 1)
        if (found := SILENCED.search(line)) and len(re.findall(r"\w+", found["reason"])) < 2
    ]


def test_no_test_is_skipped() -> None:
    assert_none(
        skips(python_files("tests/")),
        advice="Make the test run, or say in one sentence what it lacks and fail.",
    )


def test_a_skip_is_caught() -> None:
    code = "@pytest.mark.skipif(True)\ndef test_a(): pytest.skip('no')\n@pytest.mark.xfail\ndef test_b(): ..."
    places = {breach.split()[0] for breach in skips(planted({"tests/a.py": code}))}
    assert places == {"tests/a.py:1", "tests/a.py:2", "tests/a.py:3"}


def test_who_silences_a_tool_says_why() -> None:
    # The tests of the laws write such comments to see them caught.
    written = python_files(*ROOMS, "tests/", "bench/", "scripts/")
    sources = [source for source in written if not source.path.startswith("tests/laws/")]
    assert_none(
        silenced_without_reason(sources),
        advice="Write the reason behind it on the same line, or mend the code.",
    )


def test_silence_without_a_reason_is_caught() -> None:
    lines = [
        "noqa: S602",
        "noqa: S602 - a constant command",
        "type: ignore[x]",
        "type: ignore[x]  # no stubs",
        "noqa",
    ]
    code = "\n".join(f"a()  # {line}" for line in lines)
    found = silenced_without_reason(planted({"web/a.py": code}))
    assert [breach.split()[0] for breach in found] == ["web/a.py:1", "web/a.py:3", "web/a.py:5"]
