"""A definition whose effects would look for what nobody was asked is found before anybody makes the move."""

import ast
import inspect
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import pytest

from tests.workflows.test_definitions import changed, findings
from workflows.effects import EFFECTS
from workflows.needed_fields import NEEDED

INTO = '[[transition.field]]\nname = "into"\ntype = "case"\nlabel = { zh = "并入哪一件", en = "Into which case" }\n'


@pytest.mark.parametrize(
    ("old", "new", "path", "what"),
    [
        (INTO, "", "transition(merge).effects", "merge_into needs a field into"),
        ('name = "into"', 'name = "whither"', "transition(merge).effects", "merge_into needs a field into"),
        (
            INTO,
            INTO.replace("case", "text"),
            "transition(merge).field(into)",
            "must be of type case: merge_into needs it",
        ),
        (
            INTO,
            INTO + "required = false\n",
            "transition(merge).field(into)",
            "must always be given: merge_into needs it",
        ),
        ('"case.decline"', '"consultation.reply"', "transition(decline).permission", "nobody may do this"),
    ],
)
def test_a_move_that_could_not_be_made_is_found(old: str, new: str, path: str, what: str) -> None:
    assert findings(changed((old, new))) == {path: what}


def _always_read(effect: Callable[..., Any]) -> Iterator[str]:
    """Yield the fields an effect takes whatever happens: a plain index, under no condition."""
    assert isinstance(effect, FunctionType)
    (function,) = ast.parse(inspect.getsource(effect)).body
    assert isinstance(function, ast.FunctionDef)
    conditional = [node for node in ast.walk(function) if isinstance(node, ast.If | ast.IfExp)]
    skipped = {id(node) for each in conditional for node in ast.walk(each)}
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and id(node) not in skipped and ast.unparse(node.value) == "context.asked":
            assert isinstance(node.slice, ast.Constant)
            yield str(node.slice.value)


def test_what_an_effect_reads_is_listed() -> None:
    read = {name: set(_always_read(effect)) for name, effect in EFFECTS.items()}
    assert {name: set(fields) for name, fields in NEEDED.items()} == {name: each for name, each in read.items() if each}
