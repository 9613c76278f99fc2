"""Static checks of a definition as a whole: what the loader cannot see line by line.

Unreachable states, dead ends, timed states without a clock, transitions nobody may do, unknown permissions, guards,
effects, callers and facts, fields that an effect cannot do without. Every finding carries the key path it belongs to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from casework.assessment.tables import Assessment
from casework.bulletins.tables import Bulletin
from casework.cases.codes import KINDS, URGENCIES
from casework.cases.tables import Case
from casework.consultations.tables import Consultation
from casework.core.definitions import Wrong
from casework.funds.tables import ExpectedFund
from casework.permissions import RELATIONS, rules
from casework.supervisions.tables import Supervision
from workflows.callers import CALLERS
from workflows.definition import BEFORE, START, Field, Transition, Workflow
from workflows.effects import EFFECTS
from workflows.guards import GUARDS
from workflows.needed_fields import NEEDED

# The table whose columns a lifecycle's conditions may ask about.
_TABLES: Mapping[str, type] = {
    "case": Case,
    "bulletin": Bulletin,
    "assessment": Assessment,
    "expected_fund": ExpectedFund,
    "supervision": Supervision,
    "consultation": Consultation,
}
# What such a column may hold, where that is the same in every office.
_ANSWERS: Mapping[str, Mapping[str, Sequence[str]]] = {"case": {"kind": KINDS, "urgency": URGENCIES}}

# Relations that are part of another one, and those that ask nothing of a matter.
_WITHIN: Mapping[str, str] = {"head": "triage", "chair": "triage", "unit_head": "unit", "task_unit": "co_unit"}
_EVERYWHERE = ("system", "anyone", "triage_anywhere")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where."""

    path: str
    what: str


def check(workflow: Workflow) -> list[Finding]:
    """Return everything that is wrong with a definition; an empty list when nothing is."""
    return [
        *_unreachable(workflow),
        *_dead_ends(workflow),
        *_untimed(workflow),
        *_unmet(workflow),
        *_shared_keys(workflow),
        *check_names(workflow),
    ]


def check_names(workflow: Workflow) -> list[Finding]:
    """Return every name in a definition that nothing here answers to; its shape may be wrong."""
    found = [*_nobody(workflow), *_unknown_names(workflow), *_unknown_facts(workflow)]
    return [*found, *(each for one in workflow.transitions for each in _lacking_fields(one))]


def _targets(workflow: Workflow, source: str) -> Iterator[str]:
    for transition in workflow.from_state.get(source, ()):
        if transition.target == BEFORE:
            yield from {name for t in workflow.transitions if t.target == source for name in t.sources}
        elif transition.target is not None:
            yield transition.target


def _unreachable(workflow: Workflow) -> Iterator[Finding]:
    seen: set[str] = set()
    frontier = [workflow.initial]
    while frontier:
        state = frontier.pop()
        if state not in seen:
            seen.add(state)
            frontier += _targets(workflow, state)
    for name in workflow.states:
        if name not in seen:
            yield Finding(f"state.{name}", Wrong("unreachable"))


def _dead_ends(workflow: Workflow) -> Iterator[Finding]:
    for name, state in workflow.states.items():
        if not state.final and not any(target != name for target in _targets(workflow, name)):
            yield Finding(f"state.{name}", Wrong("dead_end"))


def _untimed(workflow: Workflow) -> Iterator[Finding]:
    leading = [clock for clock in workflow.clocks.values() if clock.leads]
    for name, state in workflow.states.items():
        if not state.final and not any(clock.lives_in(name) for clock in leading):
            yield Finding(f"state.{name}", Wrong("untimed"))
    for kind, clock in workflow.clocks.items():
        for trigger in clock.starts:
            transition = workflow.by_trigger.get(trigger)
            lands = workflow.initial if transition is None else transition.target
            if lands is not None and lands != BEFORE and not clock.lives_in(lands):
                yield Finding(f"clock.{kind}.starts", Wrong("leads_elsewhere", trigger=trigger, state=lands))


def _unmet(workflow: Workflow) -> Iterator[Finding]:
    for kind, clock in workflow.clocks.items():
        if clock.until is None and not clock.per_row and not clock.met_by:
            yield Finding(f"clock.{kind}.met_by", Wrong("unmet"))
        for trigger in clock.met_by:
            transition = workflow.by_trigger.get(trigger)
            if transition is not None and not any(clock.lives_in(name) for name in transition.sources):
                yield Finding(f"clock.{kind}.met_by", Wrong("met_elsewhere", trigger=trigger))


def _shared_keys(workflow: Workflow) -> Iterator[Finding]:
    for transitions in workflow.from_state.values():
        by_key: dict[str, str] = {}
        for transition in (each for each in transitions if each.key):
            first = by_key.setdefault(transition.key, transition.trigger)
            if first != transition.trigger:
                yield Finding(
                    f"transition({transition.trigger}).key", Wrong("key_twice", key=transition.key, first=first)
                )


def _nobody(workflow: Workflow) -> Iterator[Finding]:
    table, seers = rules().permission, rules().visible.get(workflow.name)
    for transition in workflow.transitions:
        relations = table.get(transition.permission)
        # Who can never know of a matter of this kind cannot move it, whatever the permission says.
        if relations is not None and not any(
            seers is None or _WITHIN.get(each, each) in (*seers, *_EVERYWHERE) for each in relations
        ):
            yield Finding(f"transition({transition.trigger}).permission", Wrong("nobody_may"))


def _lacking_fields(transition: Transition) -> Iterator[Finding]:
    given = {field.name: field for field in transition.fields}
    for effect in transition.effects:
        for name, kind in NEEDED.get(effect, {}).items():
            field, path = given.get(name), f"transition({transition.trigger}).field({name})"
            if field is None:
                yield Finding(
                    f"transition({transition.trigger}).effects", Wrong("needs_field", effect=effect, name=name)
                )
            elif not field.required or field.only_if is not None or field.unless:
                yield Finding(path, Wrong("needed_always", effect=effect))
            elif kind is not None and field.type != kind:
                yield Finding(path, Wrong("needed_of_type", kind=kind, effect=effect))


def _unknown_names(workflow: Workflow) -> Iterator[Finding]:
    table = rules().permission
    for transition in workflow.transitions:
        path = f"transition({transition.trigger})"
        if transition.permission not in table:
            yield Finding(f"{path}.permission", Wrong("no_permission", name=transition.permission))
        else:
            for relation in table[transition.permission]:
                if relation not in RELATIONS:
                    yield Finding(f"{path}.permission", Wrong("no_relation", name=relation))
        for key, names, known in (
            ("guards", transition.guards, GUARDS),
            ("effects", transition.effects, EFFECTS),
            ("callers", transition.callers, CALLERS),
        ):
            for name in names:
                if name not in known:
                    yield Finding(f"{path}.{key}", Wrong("unknown", name=name))
        names_of_fields = {field.name for field in transition.fields}
        for field in transition.fields:
            for condition in (field.required_if, field.only_if):
                for name in condition.facts if condition else ():
                    if name not in names_of_fields:
                        yield Finding(f"{path}.field({field.name})", Wrong("no_field", name=name))
            yield from _unknown_answers(field, transition, f"{path}.field({field.name})")


def _unknown_answers(field: Field, transition: Transition, path: str) -> Iterator[Finding]:
    choices = {other.name: other.choices for other in transition.fields if other.type == "choice"}
    for condition in (field.required_if, field.only_if):
        for name, value in condition.facts.items() if condition else ():
            if name in choices and value not in choices[name]:
                yield Finding(path, Wrong("no_answer", value=value, name=name))


def _unknown_facts(workflow: Workflow) -> Iterator[Finding]:
    table = _TABLES.get(workflow.name)
    for transition in workflow.transitions:
        for field in transition.fields:
            for name in field.unless if table is not None else ():
                if not hasattr(table, name):
                    path = f"transition({transition.trigger}).field({field.name}).unless"
                    yield Finding(path, Wrong("no_fact", name=name, workflow=workflow.name))
    for kind, clock in workflow.clocks.items():
        conditions = [rule.when for rule in clock.limits] + list(clock.halve_when)
        for name in {name for condition in conditions for name in condition.facts}:
            if name != "trigger" and table is not None and not hasattr(table, name):
                yield Finding(f"clock.{kind}.limit", Wrong("no_fact", name=name, workflow=workflow.name))
        answers = {"trigger": (START, *workflow.by_trigger), **_ANSWERS.get(workflow.name, {})}
        for name, value in {fact for condition in conditions for fact in condition.facts.items()}:
            if name in answers and value not in answers[name]:
                yield Finding(f"clock.{kind}.limit", Wrong("no_value", value=value, name=name))
        if clock.until is not None and table is not None and not hasattr(table, clock.until):
            yield Finding(f"clock.{kind}.until", Wrong("no_fact", name=clock.until, workflow=workflow.name))
