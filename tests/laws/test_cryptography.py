"""Every module that uses a cryptographic library says what for in the inventory of docs/security.md; chance is none."""

import ast
from collections.abc import Collection, Iterable

from scripts import security
from tests.laws.source import ROOMS, Source, assert_none, planted, python_files

LIBRARIES = frozenset(
    {"argon2", "authlib", "cryptography", "hashlib", "hmac", "joserfc", "pyotp", "secrets", "ssl", "Crypto", "jwt"}
)
BROKEN = frozenset({"md5", "sha1", "DES", "TripleDES", "RC4", "ARC4", "ECB", "RSA1_5", "HS1"})


def imported(source: Source) -> set[str]:
    """Return the packages a module imports, wherever in it."""
    found = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def unlisted(sources: Iterable[Source], inventory: Collection[str]) -> list[str]:
    """Find modules that use cryptography and are not listed, and the other way round."""
    using = {
        source.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for source in sources
        if imported(source) & LIBRARIES
    }
    return [f"{module} is not listed" for module in sorted(using - set(inventory))] + [
        f"{module} is listed and uses none" for module in sorted(set(inventory) - using)
    ]


def broken(sources: Iterable[Source]) -> list[str]:
    """Find names of what is broken, and chance that is no secret where secrets are made."""
    found = []
    for source in sources:
        found += [
            f"{source.at(node)} {name}"
            for node in ast.walk(source.tree)
            if (name := getattr(node, "attr", None) or getattr(node, "id", None)) in BROKEN
        ]
        if "random" in imported(source) and imported(source) & {"secrets", "cryptography", "argon2"}:
            found.append(f"{source.path} draws by chance beside secrets")
    return found


def test_every_use_of_cryptography_is_in_the_inventory() -> None:
    advice = "Say what it is for in [cryptography] of scripts/security.toml."
    assert_none(
        unlisted(python_files(*(f"{room}/" for room in ROOMS)), security.source()["cryptography"]), advice=advice
    )


def test_nothing_broken_is_used() -> None:
    assert_none(broken(python_files(*(f"{room}/" for room in ROOMS))), advice="Take SHA-256, AES-GCM and `secrets`.")


def test_a_hidden_use_and_a_broken_one_are_caught() -> None:
    tree = {
        "web/a.py": "def f():\n    import hashlib\n    return hashlib.md5(b'')",
        "web/b.py": "from secrets import choice\nimport random",
        "web/c.py": "import json",
    }
    assert unlisted(planted(tree), ["web.c"]) == [
        "web.a is not listed",
        "web.b is not listed",
        "web.c is listed and uses none",
    ]
    assert broken(planted(tree)) == ["web/a.py:3 md5", "web/b.py draws by chance beside secrets"]
