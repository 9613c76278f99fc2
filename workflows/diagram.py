"""Workflow → Mermaid `stateDiagram-v2`, for the documentation and the administrator's page."""

from workflows.definition import BEFORE, Workflow


def mermaid(workflow: Workflow, *, locale: str = "zh") -> str:
    """Draw the workflow as Mermaid text; a way back is drawn to each state it may lead to."""
    lines = ["stateDiagram-v2", f"  [*] --> {workflow.initial}"]
    lines += [f"  {state.name}: {state.label[locale]}" for state in workflow.states.values()]
    for transition in workflow.transitions:
        label = transition.label[locale]
        for source in transition.sources:
            for target in _targets(workflow, transition.target, source):
                lines.append(f"  {source} --> {target}: {label}")
    lines += [f"  {state.name} --> [*]" for state in workflow.states.values() if state.final]
    return "\n".join(lines) + "\n"


def _targets(workflow: Workflow, target: str | None, source: str) -> list[str]:
    if target is None:
        return [source]
    if target != BEFORE:
        return [target]
    entering = [t for t in workflow.transitions if t.target == source]
    return sorted({name for transition in entering for name in transition.sources})
