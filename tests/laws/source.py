"""How the laws read the project: files as text and syntax trees, of the checkout or of a planted tree.

Every law is a pure function from sources to breaches, so that the test beside it can plant a breach and see it caught.
"""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("casework", "workflows", "tasks", "web", "cli")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True)
class Source:
    """One file: `path` from the root of the project, with forward slashes, and what stands in it."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """Return the syntax tree of a Python file."""
        return _parsed(self.text, self.path)

    def at(self, node: ast.AST) -> str:
        """Return the place of `node` as editors know it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


def python_files(*folders: str) -> list[Source]:
    """Read the Python files of the checkout under `folders`."""
    return [source for source in project_files() if source.path.endswith(".py") and source.path.startswith(folders)]


def templates() -> list[Source]:
    """Read the HTML templates of the checkout."""
    return [source for source in project_files() if re.fullmatch(r"web/templates/.+\.html", source.path)]


def project_files() -> list[Source]:
    """Read every text file that git knows or would take; without git, all but what it would ignore."""
    if not (ROOT / ".git").exists():
        left_out = {".venv", ".hypothesis", "var", "__pycache__", "build", "dist"}
        paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        kept = (p for p in paths if not left_out.intersection(p.parts) and not p.parts[0].endswith("_cache"))
        return list(_read(sorted(path.as_posix() for path in kept)))
    # Whoever runs the tests trusts the checkout, also one that another user has cloned.
    git = [
        "git",
        "-c",
        f"safe.directory={ROOT}",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return list(_read(sorted(filter(None, listed.split("\0")))))


def planted(files: Mapping[str, str]) -> list[Source]:
    """Make sources that never were files."""
    return [Source(path, text) for path, text in files.items()]


def assert_none(breaches: Iterable[str], *, advice: str) -> None:
    """Fail with every breach and one advice."""
    found = sorted(breaches)
    assert not found, f"{advice}\n  " + "\n  ".join(found)


@cache
def _parsed(text: str, path: str) -> ast.Module:
    """Parse each file once for all laws: thousands of files in a dozen laws are minutes otherwise."""
    return ast.parse(text, path)


def _read(paths: Iterable[str]) -> Iterator[Source]:
    for path in paths:
        try:
            yield Source(path, (ROOT / path).read_text("utf-8"))
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            # A picture or an office file; or one that was deleted and is not committed yet.
            continue
