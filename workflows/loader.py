"""TOML → Workflow. Every mistake of a file is reported at once, each with its key path.

Only the shape is judged here; what the definition means as a whole is judged in `checks.py`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from casework.core import definitions
from casework.core.definitions import Reader, Wrong
from casework.core.due_dates import MOST_DAYS, MOST_HOURS, Limit
from workflows.definition import (
    BEFORE,
    FIELD_TYPES,
    REPORT,
    START,
    TONES,
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
# A file that says in its name what it holds.
_FILE_NAME = re.compile(r"(?P<name>[^.]+)\.v(?P<version>[0-9]+)\.toml")


def load_file(path: Path) -> Workflow:
    """Read one definition file.

    Raises:
        BadDefinition: the file cannot be read or is no TOML, or any key is missing, unknown or of the wrong kind.
    """
    return definitions.load_file(path, partial(read_workflow, file_name=path.name))


def load_text(text: str, *, source: str = "workflow") -> Workflow:
    """Read one definition from text; see `load_file`."""
    return definitions.load_text(text, read_workflow, source=source)


def read_workflow(reader: Reader, data: Mapping[str, Any], file_name: str = "") -> Workflow:
    """Take one definition apart, noting every mistake."""
    allowed = ("name", "version", "initial", "opening", "label", "state", "transition", "clock", "ladder")
    reader.known(data, "", allowed)
    name, version, opening = _identity(reader, data, file_name)
    states = {
        reader.word(name, f"state.{name}"): _state(reader, name, reader.table(table, f"state.{name}"))
        for name, table in reader.get(data, "", "state", dict).items()
    }
    transitions = tuple(
        _transition(reader, table, f"transition[{index}]", states)
        for index, table in enumerate(reader.tables(data.get("transition", []), "transition"))
    )
    triggers = [transition.trigger for transition in transitions]
    reader.twice(triggers, "transition", "trigger")
    if opening in triggers:
        reader.fault("opening", Wrong("trigger_too", name=opening))
    ladders = {
        reader.word(name, f"ladder.{name}"): _ladder(reader, reader.table(table, f"ladder.{name}"), f"ladder.{name}")
        for name, table in reader.get(data, "", "ladder", dict, {}).items()
    }
    clocks = {
        reader.word(name, f"clock.{name}"): _clock(
            reader,
            name,
            reader.table(table, f"clock.{name}"),
            states=states,
            triggers=triggers,
            ladders=ladders,
        )
        for name, table in reader.get(data, "", "clock", dict, {}).items()
    }
    _unused_ladders(reader, data, ladders)
    initial = reader.get(data, "", "initial", str)
    if initial not in states:
        reader.fault("initial", Wrong("no_state", name=initial))
    return Workflow(
        name=name,
        version=version,
        label=reader.label(data, ""),
        initial=initial,
        states=states,
        transitions=transitions,
        clocks=clocks,
        opening=opening,
    )


def _identity(reader: Reader, data: Mapping[str, Any], file_name: str) -> tuple[str, int, str]:
    name, version = reader.name(data, "", "name"), reader.within(data, "", "version", between=(1, 9_999))
    if told := _FILE_NAME.fullmatch(file_name):
        for key, value in (("name", name), ("version", str(version))):
            if key in data and value != told[key]:
                reader.fault(key, Wrong("other_in_file_name", here=value, named=told[key]))
    return name, version, reader.name(data, "", "opening", REPORT)


def _unused_ladders(reader: Reader, data: Mapping[str, Any], ladders: Mapping[str, tuple[Rung, ...]]) -> None:
    clocks = data.get("clock", {})
    clocks = clocks.values() if isinstance(clocks, dict) else ()
    used = [clock.get("ladder") for clock in clocks if isinstance(clock, dict)]
    for name in ladders:
        if name not in used:
            reader.fault(f"ladder.{name}", Wrong("unused_ladder"))


def _state(reader: Reader, name: str, table: Mapping[str, Any]) -> State:
    path = f"state.{name}"
    reader.known(table, path, ("label", "line", "tone", "final", "side"))
    label = reader.label(table, path)
    return State(
        name=name,
        label=label,
        line=reader.label(table, path, "line", label),
        tone=reader.one_of(table, path, "tone", TONES),
        final=reader.get(table, path, "final", bool, False),
        side=reader.get(table, path, "side", bool, False),
    )


def _transition(reader: Reader, table: Mapping[str, Any], path: str, states: Mapping[str, State]) -> Transition:
    trigger = reader.name(table, path, "trigger")
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
    if not sources and table.get("from") == []:
        reader.fault(f"{path}.from", Wrong("names_none"))
    target = reader.get(table, path, "to", str, None)
    for name in sources:
        if name not in states:
            reader.fault(f"{path}.from", Wrong("no_state", name=name))
    if target is not None and target != BEFORE and target not in states:
        reader.fault(f"{path}.to", Wrong("no_state", name=target))
    label = reader.label(table, path)
    fields = tuple(
        _field(reader, field, f"{path}.field[{index}]")
        for index, field in enumerate(reader.tables(table.get("field", []), f"{path}.field"))
    )
    reader.twice([field.name for field in fields if field.name], f"{path}.field")
    return Transition(
        trigger=trigger,
        sources=sources,
        target=target,
        permission=reader.get(table, path, "permission", str),
        label=label,
        done=reader.label(table, path, "done", label),
        fields=fields,
        callers=reader.words(table, path, "callers", []),
        guards=reader.words(table, path, "guards", []),
        effects=reader.words(table, path, "effects", []),
        key=_key(reader, table, path),
        main=reader.get(table, path, "main", bool, False),
        danger=reader.get(table, path, "danger", bool, False),
        needs_comment=reader.get(table, path, "comment", bool, False),
        offered=reader.get(table, path, "offered", bool, True),
    )


def _key(reader: Reader, table: Mapping[str, Any], path: str) -> str:
    key: str = reader.get(table, path, "key", str, "")
    if "key" in table and not re.fullmatch("[A-Z]", key):
        reader.fault(f"{path}.key", Wrong("no_letter"))
    return key


def _field(reader: Reader, table: Mapping[str, Any], path: str) -> Field:
    allowed = ("name", "type", "label", "required", "max_length", "choices", "required_if", "only_if")
    reader.known(table, path, (*allowed, "unless", "may_be_empty"))
    kind = reader.get(table, path, "type", str)
    if kind not in FIELD_TYPES:
        reader.fault(f"{path}.type", Wrong("no_type", name=kind, types=", ".join(FIELD_TYPES)))
    choices = reader.get(table, path, "choices", dict, {})
    if kind == "choice" and not choices:
        reader.fault(f"{path}.choices", Wrong("missing"))
    if kind != "choice" and choices:
        reader.fault(f"{path}.choices", Wrong("has_no_choices", kind=kind))
    for name in choices:
        reader.label(choices, f"{path}.choices", name)
    return Field(
        name=reader.name(table, path, "name"),
        type=kind,
        label=reader.label(table, path),
        required=reader.get(table, path, "required", bool, "required_if" not in table),
        max_length=reader.within(table, path, "max_length", between=(1, 100_000), default=2000),
        choices=choices,
        required_if=_condition(reader, table, path, "required_if"),
        only_if=_condition(reader, table, path, "only_if"),
        unless=reader.words(table, path, "unless", []),
        may_be_empty=reader.get(table, path, "may_be_empty", bool, False),
    )


def _condition(reader: Reader, table: Mapping[str, Any], path: str, key: str) -> Condition | None:
    facts = reader.get(table, path, key, dict, None)
    return None if facts is None else _facts(reader, facts, f"{path}.{key}")


def _facts(reader: Reader, facts: Mapping[str, Any], path: str) -> Condition:
    for name, value in facts.items():
        if not isinstance(value, str):
            reader.fault(f"{path}.{name}", Wrong("no_str"))
    return Condition({name: str(value) for name, value in facts.items()})


def _ladder(reader: Reader, table: Mapping[str, Any], path: str) -> tuple[Rung, ...]:
    reader.known(table, path, ("rungs",))
    rungs = []
    for index, rung in enumerate(reader.tables(table.get("rungs", []), f"{path}.rungs")):
        where = f"{path}.rungs[{index}]"
        reader.known(rung, where, ("level", "working_days", "name"))
        rungs.append(
            Rung(
                level=reader.within(rung, where, "level", between=(0, 9)),
                working_days=reader.within(rung, where, "working_days", between=(-MOST_DAYS, MOST_DAYS)),
                name=reader.name(rung, where, "name"),
            )
        )
    if not rungs or any(a.level >= b.level or a.working_days >= b.working_days for a, b in pairwise(rungs)):
        reader.fault(f"{path}.rungs", Wrong("not_rising"))
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
    if not starts and table.get("starts") == [] and not per_row:
        reader.fault(f"{path}.starts", Wrong("names_none"))
    runs_in, paused_in = _lives(reader, table, path, states)
    ladder = reader.get(table, path, "ladder", str)
    if ladder not in ladders:
        reader.fault(f"{path}.ladder", Wrong("no_ladder", name=ladder))
    limits = _limits(reader, table, path)
    until = reader.get(table, path, "until", str, "") or None
    if not per_row and until is None and (not limits or limits[-1].when.facts):
        reader.fault(f"{path}.limit", Wrong("no_last_limit"))
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
            _facts(reader, row, f"{path}.halve_when[{index}]")
            for index, row in enumerate(reader.tables(table.get("halve_when", []), f"{path}.halve_when"))
        ),
        leads=reader.get(table, path, "leads", bool, False),
        per_row=per_row,
        extendable=reader.get(table, path, "extendable", bool, False),
    )


def _lives(
    reader: Reader, table: Mapping[str, Any], path: str, states: Mapping[str, State]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    runs_in = reader.words(table, path, "runs_in")
    paused_in = reader.words(table, path, "paused_in", [])
    reader.among(runs_in, states, f"{path}.runs_in", "state")
    reader.among(paused_in, states, f"{path}.paused_in", "state")
    if table.get("runs_in") == []:
        reader.fault(f"{path}.runs_in", Wrong("names_none"))
    for state in dict.fromkeys(state for state in paused_in if state in runs_in):
        reader.fault(f"{path}.paused_in", Wrong("runs_there", state=state))
    return runs_in, paused_in


def _limits(reader: Reader, table: Mapping[str, Any], path: str) -> tuple[LimitRule, ...]:
    limits = tuple(
        _limit(reader, row, f"{path}.limit[{index}]")
        for index, row in enumerate(reader.tables(table.get("limit", []), f"{path}.limit"))
    )
    for index, rule in enumerate(limits[:-1]):
        if not rule.when.facts:
            reader.fault(f"{path}.limit[{index}]", Wrong("fits_everything"))
    return limits


def _limit(reader: Reader, table: Mapping[str, Any], path: str) -> LimitRule:
    reader.known(table, path, ("when", *_LIMIT_UNITS))
    when = _facts(reader, reader.get(table, path, "when", dict, {}), f"{path}.when")
    units = [unit for unit in _LIMIT_UNITS if unit in table]
    if len(units) != 1:
        reader.fault(path, Wrong("needs_one_of", names=", ".join(_LIMIT_UNITS)))
        return LimitRule(when, Limit("working_day", 1))
    amount = reader.get(table, path, units[0], int)
    if amount < 0 or (amount == 0 and units[0] != "end_of_day"):
        reader.fault(f"{path}.{units[0]}", Wrong("not_positive"))
        amount = 1
    most = MOST_HOURS if units[0] == "hours" else MOST_DAYS
    if amount > most:
        reader.fault(f"{path}.{units[0]}", Wrong("above", most=most))
        amount = 1
    return LimitRule(when, Limit(_LIMIT_UNITS[units[0]], amount))  # type: ignore[arg-type] # a literal of the table above
