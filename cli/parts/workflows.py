"""What the `workflow` commands share: the registry with the office's own definitions, and naming one of them."""

from casework.core.errors import refused
from casework.core.settings import read_settings
from workflows import registry as registry_module
from workflows.compiler import Compiled
from workflows.registry import Registry, UnknownWorkflow


def use_office() -> None:
    """Let definitions be the library's and those in <home>/workflows."""
    registry_module.use_folders(read_settings().home / "workflows")


def open_registry() -> Registry:
    """Return all definitions: the library's and those in <home>/workflows."""
    use_office()
    return registry_module.registry()


def named(reference: str) -> Compiled:
    """Return a definition by `name` (the latest version) or `name.vN`.

    Raises:
        Refused: there is none of that name.
    """
    registry = open_registry()
    name, dot, version = reference.partition(".v")
    try:
        return registry.get(name, int(version)) if dot and version.isdecimal() else registry.latest(reference)
    except UnknownWorkflow as error:
        known = ", ".join(f"{each.workflow.name}.v{each.workflow.version}" for each in registry.all())
        raise refused("workflow_unknown", name=reference, known=known) from error
