"""(name, version) → compiled workflow. A matter keeps the version it began with.

Definitions come from workflows/library and, for an office that changed its own, from <home>/workflows. Two files may
not claim the same name and version.
"""

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path

from casework.core.definitions import BadDefinition
from workflows.compiler import Compiled
from workflows.definition import Workflow
from workflows.loader import load_file

LIBRARY = Path(__file__).parent / "library"
# What was released: a line each, the SHA-256, two blanks, the file's name.
PUBLISHED = "PUBLISHED"


class UnknownWorkflow(KeyError):
    """No definition of this name and version is known here."""


class Registry:
    """All definitions at hand, compiled once."""

    def __init__(self, folders: Sequence[Path] = (LIBRARY,)) -> None:
        self._compiled: dict[tuple[str, int], Compiled] = {}
        for folder in folders:
            for path in _files_of(folder):
                self._add(path)
        if not self._compiled:
            raise UnknownWorkflow("no workflow definition found")

    def _add(self, path: Path) -> None:
        compiled = Compiled(load_file(path))
        key = (compiled.workflow.name, compiled.workflow.version)
        if key in self._compiled:
            raise BadDefinition(path.name, [("version", f"{key[0]} version {key[1]} is defined twice")])
        self._compiled[key] = compiled

    def get(self, name: str, version: int) -> Compiled:
        """Return one version of a workflow.

        Raises:
            UnknownWorkflow: there is none.
        """
        try:
            return self._compiled[name, version]
        except KeyError as error:
            raise UnknownWorkflow(f"{name} version {version}") from error

    def latest(self, name: str) -> Compiled:
        """Return the version new matters begin with: the highest."""
        versions = [version for known, version in self._compiled if known == name]
        if not versions:
            raise UnknownWorkflow(name)
        return self._compiled[name, max(versions)]

    def all(self) -> Sequence[Compiled]:
        """Return every definition, by name and version."""
        return [self._compiled[key] for key in sorted(self._compiled)]


def differs_from(workflow: Workflow, path: Path) -> Path | None:
    """Return the file that holds, with other content, the name and version `workflow`, read from `path`, claims.

    Each file is read by itself, for a registry with two that claim the same cannot be had at all. A file that is the
    library's own is held against what was released of it; what cannot be read claims nothing.
    """
    for folder in _folders:
        for known in _files_of(folder):
            if known.samefile(path):
                if _released(known) not in {None, hashlib.sha256(known.read_bytes()).hexdigest()}:
                    return known.with_name(PUBLISHED)
                continue
            try:
                other = load_file(known)
            except BadDefinition:
                continue
            if (other.name, other.version) == (workflow.name, workflow.version) and other != workflow:
                return known
    return None


def _files_of(folder: Path) -> Sequence[Path]:
    return [path for path in sorted(folder.glob("*.toml")) if not path.name.startswith("questions.")]


def _released(path: Path) -> str | None:
    listed = path.with_name(PUBLISHED)
    lines = listed.read_text("ascii").splitlines() if listed.exists() else []
    return next((digest for digest, _, name in (line.partition("  ") for line in lines) if name == path.name), None)


_lock = threading.Lock()
_folders: tuple[Path, ...] = (LIBRARY,)
_registry: Registry | None = None


def use_folders(*folders: Path) -> None:
    """Read definitions from these folders besides the library (at start-up, before the first question)."""
    global _folders, _registry  # noqa: PLW0603 - the one registry of the process
    with _lock:
        _folders = (LIBRARY, *(folder for folder in folders if folder.is_dir()))
        _registry = None


def registry() -> Registry:
    """Return the registry of this process, read at the first question."""
    global _registry  # noqa: PLW0603 - the one registry of the process
    known = _registry
    if known is not None:
        # Asked several times at every step: nobody waits for it.
        return known
    with _lock:
        if _registry is None:
            _registry = Registry(_folders)
        return _registry
