"""(name, version) → compiled workflow. A matter keeps the version it began with.

Definitions come from workflows/library and, for an office that changed its own, from <home>/workflows. Two files may
not claim the same name and version.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

from casework.core.definitions import BadDefinition
from workflows.compiler import Compiled
from workflows.loader import load_file

LIBRARY = Path(__file__).parent / "library"


class UnknownWorkflow(KeyError):
    """No definition of this name and version is known here."""


class Registry:
    """All definitions at hand, compiled once."""

    def __init__(self, folders: Sequence[Path] = (LIBRARY,)) -> None:
        self._compiled: dict[tuple[str, int], Compiled] = {}
        for folder in folders:
            for path in sorted(folder.glob("*.toml")):
                if not path.name.startswith("questions."):
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
