"""Write docs/security.md: what could be done to an office, what stands against it, and the tests that prove it."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "security.md"
SOURCE = ROOT / "scripts" / "security.toml"
_HEAD = """# Security

Made by `make docs` from scripts/security.toml. Every row names the tests that prove it; a row without one, or with one
that is not there, fails `make test` (tests/laws/test_security_page.py). `make sbom` lists every part of the product with
version, licence and hashes (CycloneDX 1.6); `casework keys` changes keys; `casework verify` finds what was changed
behind the program's back.
"""
_THREATS = """## What could be done, and what stands against it

`before`: how systems of this kind fell.
"""
_REQUIREMENTS = """## Requirements

After OWASP ASVS 5.0, levels 1 and 2 as far as they apply, and of level 3 what is cheap; in our own words. Left out
since there is no such part here: OAuth as a provider (V10), WebRTC (V17), GraphQL and WebSocket (4.3, 4.4).
"""
_CRYPTOGRAPHY = """## Where cryptography is used

Every module that imports a cryptographic library, and what for.
"""
_OPEN = """## What is not there

Asked for by the notes this page follows, and not built; said here so that nobody believes in it.
"""


@cache
def source() -> Mapping[str, Any]:
    """Return the rows."""
    return tomllib.loads(SOURCE.read_text("utf-8"))


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *_threats(), *_requirements(), *_cryptography(), *_open()])


def _threats() -> Iterable[str]:
    yield _THREATS
    for each in source()["threat"]:
        yield f"### {each['name']}\n"
        yield f"Before: {each['before']}\n"
        yield f"Here: {each['rule']}\n"
        yield from (f"- {_linked(test, '..')}" for test in each["tests"])
        yield ""


def _requirements() -> Iterable[str]:
    yield _REQUIREMENTS
    yield "| section | requirement | proven by |"
    yield "|---|---|---|"
    for each in source()["requirement"]:
        yield f"| {each['id']} | {each['says']} | {'<br>'.join(_linked(test, '..') for test in each['tests'])} |"
    yield ""


def _cryptography() -> Iterable[str]:
    yield _CRYPTOGRAPHY
    yield "| module | what for |"
    yield "|---|---|"
    yield from (f"| `{module}` | {what} |" for module, what in sorted(source()["cryptography"].items()))
    yield ""


def _open() -> Iterable[str]:
    yield _OPEN
    yield from (f"- {each}" for each in source()["not_there"])
    yield ""


def _linked(test: str, root: str) -> str:
    file, _, function = test.partition("::")
    return f"[`{function.removeprefix('test_')}`]({root}/tests/{file})"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
