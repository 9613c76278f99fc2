"""What the `workflow` commands share: the registry with the office's own definitions, and naming one of them."""

from casework.core.errors import NotFound
from casework.core.settings import read_settings
from workflows import registry as registry_module
from workflows.compiler import Compiled
from workflows.registry import Registry, UnknownWorkflow


def open_registry() -> Registry:
    """Return all definitions: the library's and those in <home>/workflows."""
    registry_module.use_folders(read_settings().home / "workflows")
    return registry_module.registry()


def named(reference: str) -> Compiled:
    """Return a definition by `name` (the latest version) or `name.vN`.

    Raises:
        NotFound: there is none of that name.
    """
    name, _, version = reference.partition(".v")
    try:
        return open_registry().get(name, int(version)) if version.isdigit() else open_registry().latest(name)
    except UnknownWorkflow as error:
        raise NotFound(reference) from error
