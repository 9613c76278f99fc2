"""Definitions as data: every mistake of a file at once, static checks that find planted faults, the drawing."""

import copy
import itertools
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from casework.core import definitions
from casework.core.definitions import BadDefinition
from workflows.checks import check, check_names
from workflows.compiler import Compiled, ImpossibleMove
from workflows.definition import Workflow
from workflows.diagram import mermaid
from workflows.loader import load_file, load_text, read_workflow
from workflows.registry import LIBRARY, Registry, UnknownWorkflow

CASE = (LIBRARY / "case.v1.toml").read_text("utf-8")


def changed(*pairs: tuple[str, str]) -> Workflow:
    text = CASE
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return load_text(text)


def findings(workflow: Workflow) -> dict[str, str]:
    return {each.path: each.what for each in check(workflow)}


def test_the_case_workflow_has_nothing_wrong_with_it() -> None:
    assert check(load_text(CASE)) == []


def test_the_main_line_is_the_one_of_the_contract() -> None:
    names = [state.name for state in load_text(CASE).main_line]
    assert names == ["reported", "assigned", "coordinated", "resolved", "closed"]


def test_every_mistake_of_a_file_is_reported_at_once_with_its_key_path() -> None:
    text = """
name = "broken"
version = "one"
initial = "nowhere"
label = { zh = "坏的" }
colour = "red"

[state.open]
label = { zh = "开着", en = "Open" }
tone = 3

[[transition]]
trigger = "go"
from = ["opne"]
to = "shut"
label = { zh = "走", en = "Go" }

[[transition.field]]
name = "why"
type = "novel"
label = { zh = "为什么", en = "Why" }

[clock.handle]
label = { zh = "办理", en = "Handling" }
starts = ["run"]
runs_in = ["open"]
ladder = "steep"
limit = [{ working_days = 0 }]
"""
    with pytest.raises(BadDefinition) as bad:
        load_text(text, source="broken.toml")
    paths = {path for path, _ in bad.value.mistakes}
    assert paths >= {
        "version",
        "initial",
        "label.en",
        "colour",
        "state.open.tone",
        "transition[0](go).from",
        "transition[0](go).to",
        "transition[0](go).permission",
        "transition[0](go).field[0].type",
        "clock.handle.starts",
        "clock.handle.ladder",
        "clock.handle.limit[0].working_days",
    }


def test_names_are_judged_though_the_shape_is_wrong() -> None:
    with pytest.raises(BadDefinition) as bad:
        changed(
            ('initial = "reported"', 'initial = "nowhere"'), ('permission = "case.merge"', 'permission = "case.fuse"')
        )
    assert isinstance(bad.value.made, Workflow)
    assert [found.path for found in check_names(bad.value.made)] == ["transition(merge).permission"]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('name = "case"', 'name = "Case of ours"', "name"),
        ("version = 1", "version = 0", "version"),
        ("version = 1", "version = 3000000000", "version"),
        ("[state.coordinated]", '[state."Co Ordinated"]', "state.Co Ordinated"),
        ('tone = "teal"', 'tone = "pinkish"', "state.coordinated.tone"),
        ('trigger = "decline"', 'trigger = "@start"', "transition[2].trigger"),
        ('trigger = "decline"', 'trigger = ""', "transition[2].trigger"),
        ('trigger = "decline"', 'trigger = "report"', "opening"),
        ('from = ["merged"]', "from = []", "transition[4](unmerge).from"),
        ('from = ["reported", "assigned"]', 'from = ["assigned", "assigned"]', "transition[3](merge).from"),
        ('guards = ["target_can_take_it"]', 'guards = ["a", "a"]', "transition[3](merge).guards"),
        ('key = "D"', 'key = "De"', "transition[2](decline).key"),
        ('name = "co_orgs"', 'name = "org"', "transition[0](assign).field"),
        ('name = "co_orgs"', 'name = ""', "transition[0](assign).field[1].name"),
        (
            'type = "orgs"',
            'type = "orgs"\nchoices = { a = { zh = "a", en = "a" } }',
            "transition[0](assign).field[1].choices",
        ),
        ('type = "orgs"', 'type = "orgs"\nmax_length = 0', "transition[0](assign).field[1].max_length"),
        ("working_days = 7 }", "working_days = 70000 }", "clock.handle.limit[3].working_days"),
        ('{ when = { kind = "inquiry" }, working_days = 3 }', "{ working_days = 3 }", "clock.handle.limit[1]"),
        ('when = { kind = "inquiry" }', "when = { kind = 3 }", "clock.handle.limit[1].when.kind"),
        ('starts = ["assign", "rework"]', "starts = []", "clock.handle.starts"),
        ('runs_in = ["assigned"]', "runs_in = []", "clock.acknowledge.runs_in"),
        ('paused_in = ["suspended"]', 'paused_in = ["assigned"]', "clock.acknowledge.paused_in"),
        ("level = 2, working_days = 3", "level = 1, working_days = 3", "ladder.full.rungs"),
        ("level = 2, working_days = 3", "level = 2, working_days = 30", "ladder.full.rungs"),
        ("level = 3,", "level = 3000000000,", "ladder.full.rungs[3].level"),
        (
            "[ladder.single]",
            '[ladder.none]\nrungs = [{ level = 1, working_days = 0, name = "urge" }]\n[ladder.single]',
            "ladder.none",
        ),
    ],
)
def test_what_could_never_be_meant_is_refused_at_its_key(old: str, new: str, path: str) -> None:
    with pytest.raises(BadDefinition) as bad:
        changed((old, new))
    assert path in {found for found, _ in bad.value.mistakes}


def test_a_value_of_any_kind_in_any_place_is_told_of_and_never_trips_the_reader() -> None:
    whole = tomllib.loads(CASE)
    for place, value in itertools.product(_places(whole), _VALUES):
        data = copy.deepcopy(whole)
        table: Any = data
        for key in place[:-1]:
            table = table[key]
        table[place[-1]] = value
        try:
            check(definitions.made_of(data, read_workflow, source=str(place)))
        except BadDefinition as bad:
            assert isinstance(bad.made, Workflow)
            check_names(bad.made)


_VALUES: tuple[Any, ...] = (-1, 1.5, True, "", "zz", [], {}, [1], [{}], {"a": {"b": 1}})


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*place, key)
            yield from _places(part, (*place, key))


def test_a_file_says_in_its_name_what_it_holds_and_a_mark_before_its_first_letter_is_read_past(tmp_path: Path) -> None:
    right, wrong = tmp_path / "case.v1.toml", tmp_path / "case.v2.toml"
    for path in (right, wrong):
        path.write_text(CASE, "utf-8-sig")
    assert load_file(right).version == 1
    with pytest.raises(BadDefinition, match=r"version: is 1 here and 2 in the name of the file"):
        load_file(wrong)


def test_a_file_that_is_no_toml_says_so() -> None:
    with pytest.raises(BadDefinition, match="not TOML"):
        load_text("name = ")


def test_a_trigger_may_stand_only_once() -> None:
    with pytest.raises(BadDefinition, match="decline stands twice"):
        changed(('trigger = "assign"', 'trigger = "decline"'))


@pytest.mark.parametrize(
    ("pairs", "path", "what"),
    [
        ((('initial = "reported"', 'initial = "closed"'),), "state.merged", ""),
        (
            (('from = ["resolved"]\nto = "closed"', 'from = ["resolved"]\nto = "resolved"'),),
            "state.closed",
            "cannot be reached",
        ),
        (
            (('tone = "outline"\nfinal = true\n\n[state.declined]', 'tone = "outline"\n\n[state.declined]'),),
            "state.closed",
            "no leading clock",
        ),
        ((('guards = ["returned_twice"]', 'guards = ["returned_thrice"]'),), "transition(arbitrate).guards", "unknown"),
        ((('effects = ["keep_plan"]', 'effects = ["keep_plans"]'),), "transition(coordinate).effects", "unknown"),
        ((('callers = ["not_the_resolver"]', 'callers = ["nobody"]'),), "transition(close).callers", "unknown"),
        (
            (('permission = "case.rework"', 'permission = "case.redo"'),),
            "transition(rework).permission",
            "no permission",
        ),
        ((('when = { kind = "inquiry" }', 'when = { colour = "red" }'),), "clock.handle.limit", "colour"),
        (
            (('starts = ["resolve"]\nruns_in = ["resolved"]', 'starts = ["resolve"]\nruns_in = ["closed"]'),),
            "state.resolved",
            "no leading clock",
        ),
        ((('when = { kind = "inquiry" }', 'when = { kind = "inquiri" }'),), "clock.handle.limit", "inquiri is no kind"),
        ((('{ trigger = "rework" }', '{ trigger = "redo" }'),), "clock.handle.limit", "redo is no trigger"),
        ((('met_by = ["resolve"]', "met_by = []"),), "clock.handle.met_by", "nothing ever meets"),
        ((('met_by = ["resolve"]', 'met_by = ["resolve", "close"]'),), "clock.handle.met_by", "does not live"),
        ((('key = "M"', 'key = "A"'),), "transition(merge).key", "A is the key of assign too"),
        (
            (('only_if = { followed_up = "reached" }', 'only_if = { followed_up = "reched" }'),),
            "transition(close).field(solved)",
            "reched is no answer",
        ),
        (
            (('only_if = { followed_up = "reached" }', 'only_if = { followed = "reached" }'),),
            "transition(close).field(solved)",
            "no field",
        ),
    ],
)
def test_a_planted_fault_is_found(pairs: tuple[tuple[str, str], ...], path: str, what: str) -> None:
    if pairs[0][0].startswith("initial"):
        # From `closed` one can reopen: everything stays reachable, so nothing is found.
        assert path not in findings(changed(*pairs))
        return
    assert what in findings(changed(*pairs))[path]


def test_a_dead_end_is_found() -> None:
    workflow = changed(
        ('from = ["suspended"]\nto = "@before"', 'from = ["assigned"]\nto = "assigned"'),
    )
    assert findings(workflow)["state.suspended"] == "is a dead end but not final"


def test_the_machine_has_no_way_past_the_definition() -> None:
    compiled = Compiled(load_text(CASE))

    class Matter:
        state = "reported"

    matter = Matter()
    with pytest.raises(ImpossibleMove):
        compiled.fire(matter, "close")
    assert matter.state == "reported"
    assert not any(name.startswith("to_") for name in compiled._machine.events)


def test_the_drawing_names_every_state_and_every_arrow() -> None:
    drawing = mermaid(load_text(CASE))
    assert drawing.startswith("stateDiagram-v2\n  [*] --> reported\n")
    assert "  resolved --> closed: 结案\n" in drawing
    assert "  suspended --> coordinated: 恢复计时\n" in drawing
    assert "  merged --> reported: 撤销并案\n" in drawing
    assert "Resolve" in mermaid(load_text(CASE), locale="en")


def test_an_office_may_add_a_version_of_its_own_and_not_replace_a_published_one(tmp_path: Path) -> None:
    (tmp_path / "case.v2.toml").write_text(CASE.replace("version = 1", "version = 2", 1), "utf-8")
    known = Registry((LIBRARY, tmp_path))
    assert known.latest("case").workflow.version == 2
    assert known.get("case", 1).workflow.version == 1
    (tmp_path / "other.toml").write_text(CASE, "utf-8")
    with pytest.raises(BadDefinition, match="defined twice"):
        Registry((LIBRARY, tmp_path))
    with pytest.raises(UnknownWorkflow):
        known.get("case", 3)
