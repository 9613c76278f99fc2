"""The project names no machine it was made on and no index its packages came from: every office has its own."""

import re
from collections.abc import Iterable

from tests.laws.source import Source, assert_none, planted, project_files

# Joined here so that this file does not break its own law.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs"),
        ("deb", "debian"),
        ("npmmirror", "com"),
    )
]
FOLDERS = re.compile(r"(?<![\w.}])/(?:work|farm|root|home)/(?=[\w.])|/\.librar[y]\b|/opt/(?:wheel|pyp)[a-z]*\b")


def machine_words(sources: Iterable[Source]) -> list[str]:
    """Find hosts of package indexes and folders of a particular machine."""
    pattern = re.compile("|".join([*map(re.escape, HOSTS), FOLDERS.pattern]))
    return [
        f"{source.path}:{source.text.count(chr(10), 0, found.start()) + 1} {found[0]}"
        for source in sources
        for found in pattern.finditer(source.text)
    ]


def test_nothing_names_a_machine_or_an_index() -> None:
    assert_none(
        machine_words(project_files()),
        advice="Use a relative path; leave the index to the installer's settings.",
    )


def test_a_machine_is_caught() -> None:
    tree = {
        "a.md": "see /" + "root/.cache and https://" + HOSTS[0] + "/simple",
        "b.py": "x = '/" + "work/main'\nurl = '/api/v1/work'\nlink = '/api/v1/" + "work/due'",
    }
    found = machine_words(planted(tree))
    assert [breach.split()[0] for breach in found] == ["a.md:1", "a.md:1", "b.py:1"]
