"""Write docs/reference/workflows.md: every workflow of the library, drawn and told from its own definition."""

from pathlib import Path

from casework.permissions import rules
from workflows.definition import Clock, Workflow
from workflows.diagram import mermaid
from workflows.registry import Registry

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "workflows.md"
_HEAD = "# Workflows\n\nMade by `make docs` from workflows/library.\n"


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *(_section(each.workflow) for each in Registry().all())])


def _section(workflow: Workflow) -> str:
    return "\n".join(
        [
            f"## {workflow.label['zh']} · {workflow.label['en']} (`{workflow.name}.v{workflow.version}`)\n",
            f"```mermaid\n{mermaid(workflow)}```\n",
            "| trigger | from → to | who | asks for |",
            "|---|---|---|---|",
            *_transitions(workflow),
            "",
            "| clock | begins with | lives in | limit | ladder |",
            "|---|---|---|---|---|",
            *(_clock(clock) for clock in workflow.clocks.values()),
            "",
        ]
    )


def _transitions(workflow: Workflow) -> list[str]:
    table = rules().permission
    lines = []
    for each in workflow.transitions:
        fields = ", ".join(f"`{f.name}`" if f.required else f"`{f.name}`?" for f in each.fields)
        who = ", ".join(table[each.permission])
        way = f"{', '.join(each.sources)} → {each.target or 'stays'}"
        lines.append(f"| `{each.trigger}` {each.label['zh']} | {way} | {who} | {fields} |")
    return lines


def _clock(clock: Clock) -> str:
    limits = "; ".join(
        f"{rule.limit.amount} {rule.limit.unit}"
        + (f" if {', '.join(f'{k} = {v}' for k, v in rule.when.facts.items())}" if rule.when.facts else "")
        for rule in clock.limits
    )
    halved = "; ".join(", ".join(f"{k} = {v}" for k, v in c.facts.items()) for c in clock.halve_when)
    limit = f"{limits}; half if {halved}" if halved else limits
    if clock.until is not None:
        limit = f"the day of `{clock.until}`"
    rungs = ", ".join(f"{r.level} at {r.working_days:+d}" for r in clock.rungs)
    begins = ", ".join(clock.starts) or "its own row"
    return f"| `{clock.kind}` {clock.label['zh']} | {begins} | {', '.join(clock.runs_in)} | {limit} | {rungs} |"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
