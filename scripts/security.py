"""Write docs/security.md: what could be done to an office, what stands against it, and the tests that prove it."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from casework.core.hashing import FREE_FORM_FROM, length_rule
from casework.registry.account_rules import PROFILES, password_age_limit, session_age_limit

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "security.md"
SOURCE = ROOT / "scripts" / "security.toml"
_HEAD = """# Security

Made by `make docs` from scripts/security.toml. Every row names the tests that prove it; a row without one, or with one
that is not there, fails `make test` (tests/laws/test_security_page.py). `make sbom` lists every part of the product
with version, licence and hashes (CycloneDX 1.6); `casework keys` changes keys; `casework verify` finds what was changed
behind the program's back.
"""
_THREATS = """## What could be done, and what stands against it

`before`: how systems of this kind fell.
"""
_REQUIREMENTS = """## Requirements

After OWASP ASVS 5.0, levels 1 and 2 as far as they apply, and of level 3 what is cheap; in our own words. Left out
since there is no such part here: OAuth as a provider (V10), WebRTC (V17), GraphQL and WebSocket (4.3, 4.4).
"""
_PROFILES = """## Accounts

`CASEWORK_ACCOUNT_PROFILE` chooses between two profiles, drawn here from casework/registry/account_rules.py and
casework/core/hashing.py.
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
    return "\n".join([_HEAD, *_threats(), *_requirements(), *_profiles(), *_cryptography(), *_open()])


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


def _profiles() -> Iterable[str]:
    yield _PROFILES
    yield f"| | {' | '.join(f'`{name}`' for name in PROFILES)} |"
    yield "|---|" + "---|" * len(PROFILES)
    for title, told in _RULES.items():
        yield f"| {title} | {' | '.join(told(name) for name in PROFILES)} |"
    yield ""


def _lengths(profile: str) -> str:
    staff, kinds = length_rule(profile=profile, admin=False)
    officers, _ = length_rule(profile=profile, admin=True)
    mixed = f"three kinds of four below {FREE_FORM_FROM}" if kinds else "any"
    return f"{staff}, the three officers {officers}; characters: {mixed}"


def _rests(profile: str) -> str:
    rules = PROFILES[profile]
    rests = (rules.idle_officers, rules.idle_staff, rules.idle_members)
    return " / ".join(str(int(each.total_seconds() // 60)) for each in rests)


def _age(profile: str) -> str:
    age = password_age_limit(profile=profile)
    return "on suspicion" if age is None else f"after {age.days} days"


_RULES: Mapping[str, Callable[[str], str]] = {
    "shortest password": _lengths,
    "a password is changed": _age,
    "a log-in ends after a rest of (officers / staff / members), minutes": _rests,
    "and in any case after, hours": lambda _: str(int(session_age_limit().total_seconds() // 3600)),
    "log-ins at once (officers / others)": lambda name: (
        f"{PROFILES[name].sessions_officers} / {PROFILES[name].sessions_others}"
    ),
    "second factor, once `CASEWORK_HTTPS` is on": lambda name: ", ".join(sorted(PROFILES[name].second_factor)),
}


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
