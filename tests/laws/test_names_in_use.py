"""Every guard, effect, caller and permission is named by a workflow or by the code, and every name is known."""

import re
from collections.abc import Iterable

from casework.permissions import RELATIONS, rules
from tests.laws.source import ROOMS, assert_none, python_files
from workflows.callers import CALLERS
from workflows.definition import Workflow
from workflows.effects import EFFECTS
from workflows.guards import GUARDS
from workflows.registry import Registry


def idle(known: Iterable[str], used: Iterable[str], what: str) -> list[str]:
    """Name what is known and never used, and what is used and not known."""
    known, used = set(known), set(used)
    return [f"{what} {name} is never used" for name in sorted(known - used)] + [
        f"{what} {name} is used and not known" for name in sorted(used - known)
    ]


def _workflows() -> list[Workflow]:
    return [each.workflow for each in Registry().all()]


def _permissions_in_code() -> set[str]:
    text = "\n".join(source.text for source in python_files(*ROOMS))
    rooms = "|".join(sorted({name.split(".")[0] for name in rules().permission}))
    asked = re.findall(rf'(?:needs|require|permits|may_anywhere|acting)\([^()"]*"((?:{rooms})\.\w+)"', text)
    kept = {name for name in rules().permission if f'"{name}"' in text}
    return kept | set(asked)


def test_every_guard_effect_and_caller_is_used_by_a_workflow() -> None:
    steps = [step for workflow in _workflows() for step in workflow.transitions]
    found = [
        *idle(GUARDS, (name for step in steps for name in step.guards), "guard"),
        *idle(EFFECTS, (name for step in steps for name in step.effects), "effect"),
        *idle(CALLERS, (name for step in steps for name in step.callers), "caller"),
    ]
    assert_none(found, advice="Take it out, or let a definition of workflows/library name it.")


def test_every_permission_is_asked_for_somewhere() -> None:
    used = _permissions_in_code() | {step.permission for each in _workflows() for step in each.transitions}
    assert_none(
        idle(rules().permission, used, "permission"), advice="Keep casework/permissions.toml and its use in step."
    )


def test_every_relation_is_used_by_a_rule() -> None:
    used = {name for names in (*rules().permission.values(), *rules().visible.values()) for name in names}
    assert_none(idle(RELATIONS, used, "relation"), advice="Keep casework/permissions.py and permissions.toml in step.")


def test_an_idle_and_an_unknown_name_are_caught() -> None:
    assert idle(["a", "b"], ["b", "c"], "guard") == ["guard a is never used", "guard c is used and not known"]
