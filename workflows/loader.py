"""TOML → Workflow. Every mistake of a file is reported at once, each with its key path.

Only the shape is judged here; what the definition means as a whole is judged in `checks.py`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from casework.core import definitions
from casework.core.definitions import Reader
from casework.core.due_dates import Limit
from workflows.definition import (
    BEFORE,
    FIELD_TYPES,
    REPORT,
    START,
    Clock,
    Condition,
    Field,
    LimitRule,
    Rung,
    State,
    Transition,
    Workflow,
)

_LIMIT_UNITS = {
    "working_days": "working_day",
    "calendar_days": "calendar_day",
    "hours": "hour",
    "end_of_day": "end_of_day",
}


def load_file(path: Path) -> Workflow:
    """Read one definition file.

    Raises:
        BadDefinition: the file cannot be read or is no TOML, or any key is missing, unknown or of the wrong kind.
    """
    return definitions.load_file(path, _workflow)


def load_text(text: str, *, source: str = "workflow") -> Workflow:
    """Read one definition from text; see `load_file`."""
    return definitions.load_text(text, _workflow, source=source)


def _workflow(reader: Reader, data: Mapping[str, Any]) -> Workflow:
    allowed = ("name", "version", "initial", "opening", "label", "state", "transition", "clock", "ladder")
    reader.known(data, "", allowed)
    states = {
        name: _state(reader, name, reader.table(table, f"state.{name}"))
        for name, table in reader.get(data, "", "state", dict).items()
    }
    transitions = tuple(
        _transition(reader, table, f"transition[{index}]", states)
        for index, table in enumerate(reader.tables(data.get("transition", []), "transition"))
    )
    triggers = [transition.trigger for transition in transitions]
    for trigger in sorted({t for t in triggers if triggers.count(t) > 1}):
        reader.fault("transition", f"trigger {trigger} stands twice")
    ladders = {
        name: _ladder(reader, reader.table(table, f"ladder.{name}"), f"ladder.{name}")
        for name, table in reader.get(data, "", "ladder", dict, {}).items()
    }
    clocks = {
        name: _clock(
            reader,
            name,
            reader.table(table, f"clock.{name}"),
            states=states,
            triggers=triggers,
            ladders=ladders,
        )
        for name, table in reader.get(data, "", "clock", dict, {}).items()
    }
    initial = reader.get(data, "", "initial", str)
    if initial not in states:
        reader.fault("initial", f"{initial} is no state")
    return Workflow(
        name=reader.get(data, "", "name", str),
        version=reader.get(data, "", "version", int),
        label=reader.label(data, ""),
        initial=initial,
        states=states,
        transitions=transitions,
        clocks=clocks,
        opening=reader.get(data, "", "opening", str, REPORT),
    )


def _state(reader: Reader, name: str, table: Mapping[str, Any]) -> State:
    path = f"state.{name}"
    reader.known(table, path, ("label", "line", "tone", "final", "side"))
    label = reader.label(table, path)
    return State(
        name=name,
        label=label,
        line=reader.label(table, path, "line", label),
        tone=reader.get(table, path, "tone", str),
        final=reader.get(table, path, "final", bool, False),
        side=reader.get(table, path, "side", bool, False),
    )


def _transition(reader: Reader, table: Mapping[str, Any], path: str, states: Mapping[str, State]) -> Transition:
    trigger = reader.get(table, path, "trigger", str)
    path = f"{path}({trigger})"
    allowed = (
        "trigger",
        "from",
        "to",
        "permission",
        "label",
        "done",
        "field",
        "callers",
        "guards",
        "effects",
    )
    reader.known(table, path, (*allowed, "key", "main", "danger", "comment", "offered"))
    sources = reader.words(table, path, "from")
    target = reader.get(table, path, "to", str, None)
    for name in sources:
        if name not in states:
            reader.fault(f"{path}.from", f"{name} is no state")
    if target is not None and target != BEFORE and target not in states:
        reader.fault(f"{path}.to", f"{target} is no state")
    label = reader.label(table, path)
    return Transition(
        trigger=trigger,
        sources=sources,
        target=target,
        permission=reader.get(table, path, "permission", str),
        label=label,
        done=reader.label(table, path, "done", label),
        fields=tuple(
            _field(reader, field, f"{path}.field[{index}]")
            for index, field in enumerate(reader.tables(table.get("field", []), f"{path}.field"))
        ),
        callers=reader.words(table, path, "callers", []),
        guards=reader.words(table, path, "guards", []),
        effects=reader.words(table, path, "effects", []),
        key=reader.get(table, path, "key", str, ""),
        main=reader.get(table, path, "main", bool, False),
        danger=reader.get(table, path, "danger", bool, False),
        needs_comment=reader.get(table, path, "comment", bool, False),
        offered=reader.get(table, path, "offered", bool, True),
    )


def _field(reader: Reader, table: Mapping[str, Any], path: str) -> Field:
    allowed = ("name", "type", "label", "required", "max_length", "choices", "required_if", "only_if")
    reader.known(table, path, (*allowed, "unless", "may_be_empty"))
    kind = reader.get(table, path, "type", str)
    if kind not in FIELD_TYPES:
        reader.fault(f"{path}.type", f"{kind} is no type; there are {', '.join(FIELD_TYPES)}")
    choices = reader.get(table, path, "choices", dict, {})
    if kind == "choice" and not choices:
        reader.fault(f"{path}.choices", "is missing")
    for name in choices:
        reader.label(choices, f"{path}.choices", name)
    return Field(
        name=reader.get(table, path, "name", str),
        type=kind,
        label=reader.label(table, path),
        required=reader.get(table, path, "required", bool, "required_if" not in table),
        max_length=reader.get(table, path, "max_length", int, 2000),
        choices=choices,
        required_if=_condition(reader, table, path, "required_if"),
        only_if=_condition(reader, table, path, "only_if"),
        unless=reader.words(table, path, "unless", []),
        may_be_empty=reader.get(table, path, "may_be_empty", bool, False),
    )


def _condition(reader: Reader, table: Mapping[str, Any], path: str, key: str) -> Condition | None:
    facts = reader.get(table, path, key, dict, None)
    return None if facts is None else Condition({str(name): str(value) for name, value in facts.items()})


def _ladder(reader: Reader, table: Mapping[str, Any], path: str) -> tuple[Rung, ...]:
    reader.known(table, path, ("rungs",))
    rungs = []
    for index, rung in enumerate(reader.tables(table.get("rungs", []), f"{path}.rungs")):
        where = f"{path}.rungs[{index}]"
        reader.known(rung, where, ("level", "working_days", "name"))
        rungs.append(
            Rung(
                level=reader.get(rung, where, "level", int),
                working_days=reader.get(rung, where, "working_days", int),
                name=reader.get(rung, where, "name", str),
            )
        )
    if [(r.level, r.working_days) for r in rungs] != sorted((r.level, r.working_days) for r in rungs) or not rungs:
        reader.fault(f"{path}.rungs", "must rise in level and in time")
    return tuple(rungs)


def _clock(
    reader: Reader,
    name: str,
    table: Mapping[str, Any],
    *,
    states: Mapping[str, State],
    triggers: Sequence[str],
    ladders: Mapping[str, tuple[Rung, ...]],
) -> Clock:
    path = f"clock.{name}"
    allowed = ("label", "starts", "runs_in", "met_by", "paused_in", "ladder", "limit", "until", "halve_when")
    reader.known(table, path, (*allowed, "per_row", "extendable", "leads"))
    per_row = reader.get(table, path, "per_row", bool, False)
    starts = reader.words(table, path, "starts", [] if per_row else ...)
    met_by = reader.words(table, path, "met_by", [])
    reader.among(starts, (START, *triggers), f"{path}.starts", "trigger")
    reader.among(met_by, triggers, f"{path}.met_by", "trigger")
    runs_in = reader.words(table, path, "runs_in")
    paused_in = reader.words(table, path, "paused_in", [])
    reader.among(runs_in, states, f"{path}.runs_in", "state")
    reader.among(paused_in, states, f"{path}.paused_in", "state")
    ladder = reader.get(table, path, "ladder", str)
    if ladder not in ladders:
        reader.fault(f"{path}.ladder", f"{ladder} is no ladder")
    limits = tuple(
        _limit(reader, row, f"{path}.limit[{index}]")
        for index, row in enumerate(reader.tables(table.get("limit", []), f"{path}.limit"))
    )
    until = reader.get(table, path, "until", str, "") or None
    if not per_row and until is None and (not limits or limits[-1].when.facts):
        reader.fault(f"{path}.limit", "must end with a limit without `when`")
    return Clock(
        kind=name,
        label=reader.label(table, path),
        runs_in=runs_in,
        rungs=ladders.get(ladder, ()),
        starts=starts,
        met_by=met_by,
        paused_in=paused_in,
        limits=limits,
        until=until,
        halve_when=tuple(
            Condition({str(k): str(v) for k, v in row.items()})
            for row in reader.tables(table.get("halve_when", []), f"{path}.halve_when")
        ),
        leads=reader.get(table, path, "leads", bool, False),
        per_row=per_row,
        extendable=reader.get(table, path, "extendable", bool, False),
    )


def _limit(reader: Reader, table: Mapping[str, Any], path: str) -> LimitRule:
    reader.known(table, path, ("when", *_LIMIT_UNITS))
    when = reader.get(table, path, "when", dict, {})
    units = [unit for unit in _LIMIT_UNITS if unit in table]
    if len(units) != 1:
        reader.fault(path, f"needs exactly one of {', '.join(_LIMIT_UNITS)}")
        return LimitRule(Condition(when), Limit("working_day", 1))
    amount = reader.get(table, path, units[0], int)
    if amount < 0 or (amount == 0 and units[0] != "end_of_day"):
        reader.fault(f"{path}.{units[0]}", "must be positive")
        amount = 1
    return LimitRule(Condition(when), Limit(_LIMIT_UNITS[units[0]], amount))  # type: ignore[arg-type] # a literal of the table above
