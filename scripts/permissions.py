"""Write docs/reference/permissions.md: who may do what, from the table that the program itself reads."""

from pathlib import Path

from casework.permissions import rules
from workflows.registry import Registry

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "permissions.md"
_HEAD = """# Permissions

Made by `make docs` from casework/permissions.toml. A permission is given by any one of its relations; what a relation
means stands below. Whoever may not even see a matter is told that there is none.
"""
_RELATION = "# A relation is what somebody is to a matter:\n"


def page() -> str:
    """Return the page."""
    steps = _steps()
    lines = [_HEAD, "| permission | relations of which one is enough | steps of the workflow |", "|---|---|---|"]
    for name, relations in rules().permission.items():
        lines.append(f"| `{name}` | {', '.join(relations)} | {', '.join(steps.get(name, ()))} |")
    lines += ["", *(f"Who sees a {kind}: {', '.join(names)}.\n" for kind, names in rules().visible.items())]
    return "\n".join([*lines, "## Relations\n", f"```text\n{_meanings()}```", ""])


def _steps() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for compiled in Registry().all():
        for each in compiled.workflow.transitions:
            found.setdefault(each.permission, []).append(f"`{each.trigger}`")
    return found


def _meanings() -> str:
    # The table explains its relations in a comment of two columns; the page shows that comment as it stands.
    text = (ROOT / "casework" / "permissions.toml").read_text("utf-8")
    block = text.split(_RELATION, 1)[1].split("# A place-bound", 1)[0]
    return "".join(line.removeprefix("#").removeprefix("   ") for line in block.splitlines(keepends=True))


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
