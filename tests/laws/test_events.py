"""Every event that is published has an entry in the table of handlers, if only an empty one, and none stands idle."""

import ast
from collections.abc import Collection, Iterable, Iterator

from tasks.handlers import HANDLERS
from tests.laws.source import Source, assert_none, planted, python_files
from workflows.registry import registry

# Functions that take an event's whole name, and those that put the kind of the matter before it.
PUBLISHING = {"publish"}
NOTING = {"note", "_note"}
# A module that publishes in bulk names its event in a constant of this name.
CONSTANT = "EVENT"


def published(sources: Iterable[Source], kinds: Collection[str]) -> dict[str, str]:
    """Find the names of all events with the place of each; `kinds` are those of matters."""
    found: dict[str, str] = {}
    for source in sources:
        for node in ast.walk(source.tree):
            for name in _names(node, kinds):
                found.setdefault(name, source.at(node))
    return found


def _names(node: ast.AST, kinds: Collection[str]) -> Iterator[str]:
    if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [CONSTANT]:
        yield from (name for name in _texts(node.value) if "." in name)
    if not isinstance(node, ast.Call):
        return
    function = ast.unparse(node.func).rpartition(".")[2]
    given = [word.value for word in node.keywords if word.arg == "event"]
    for value in given:
        if function in PUBLISHING:
            yield from (name for text in _texts(value) for name in _spelled(text, kinds))
        elif function in NOTING:
            yield from (f"{kind}.{text}" for text in _texts(value) for kind in kinds)


def _texts(value: ast.expr) -> Iterator[str]:
    """Yield what a literal says; in an f-string the parts that are computed stand as a star."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from (*_texts(value.body), *_texts(value.orelse))
    elif isinstance(value, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in value.values)


def _spelled(text: str, kinds: Collection[str]) -> Iterator[str]:
    yield from (text.replace("*", kind, 1) for kind in kinds) if "*" in text else (text,)


def without_entry(found: dict[str, str], entries: Collection[str]) -> list[str]:
    """Find events that no entry stands for. What a matter does not do besides moving, it need not have; what is noted
    of one kind alone has its entry by that kind.
    """
    ends = {entry.partition(".")[2] for entry in entries if entry.partition(".")[0] in kinds_that_move()}
    return [
        f"{place} {name}"
        for name, place in found.items()
        if name not in entries and "*" not in name and not (name.startswith("case.") and name[5:] in ends)
    ]


def kinds_that_move() -> list[str]:
    """Return the kinds of matters there are."""
    return sorted({compiled.workflow.name for compiled in registry().all()})


def test_every_published_event_has_an_entry() -> None:
    moving = published(python_files("workflows/engine.py"), kinds_that_move())
    others = published(python_files("casework/", "workflows/", "web/", "tasks/"), ["case"])
    advice = "Add the event to tasks/handlers.py; an empty tuple says that nothing is done about it."
    assert_none(without_entry(others | moving, HANDLERS), advice=advice)


def test_every_entry_is_for_an_event_that_is_published() -> None:
    sources = python_files("casework/", "workflows/", "web/", "tasks/")
    idle = set(HANDLERS) - published(sources, kinds_that_move()).keys()
    assert_none(idle, advice="Take what nobody publishes any more out of tasks/handlers.py.")


def test_an_event_without_an_entry_is_caught() -> None:
    code = (
        'outbox.publish(s, event="bulletin.signed")\n'
        'outbox.publish(s, event=f"{workflow.name}.created")\n'
        'records.note(s, m, event="split" if x else "joined")\n'
        'audit.record(s, event="login")\n'
        'EVENT = "case.suspension_over"\nEVENT = "reveal"'
    )
    found = published(planted({"web/a.py": code}), ["case"])
    assert sorted(without_entry(found, {"case.created", "case.split"})) == [
        "web/a.py:1 bulletin.signed",
        "web/a.py:3 case.joined",
        "web/a.py:5 case.suspension_over",
    ]
