"""What the tags of a template may be: names of values, rows of lists, and conditions on them. Nothing else.

Jinja is a language; of it only this much is let through, judged on the parsed tree before anything runs. It then runs
in Jinja's own sandbox without one filter, test or global, so that what slipped through here finds nothing to call.
"""

import re
from collections.abc import Iterable, Mapping

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from casework.core import errors

TAGS, LOOPS = 500, 20
_PARAGRAPH = re.compile(r"<w:p([ >])")
_MARKUP = re.compile(r"<[^>]*>")
_LOOP = "loop"
_OF_LOOP = frozenset({"index", "first", "last", "length"})
_PLAIN = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Compare,
    nodes.Operand,
)
_SHOWN = 120

# A tag's name → the names of what a row has, where the tag is a list.
Known = Mapping[str, frozenset[str]]


def environment() -> ImmutableSandboxedEnvironment:
    """Return the only environment in which a template of an office ever runs."""
    made = ImmutableSandboxedEnvironment(autoescape=True, extensions=())
    for names in (made.globals, made.filters, made.tests):
        names.clear()
    return made


def in_lines(source: str) -> str:
    """Begin a line with every paragraph, so that a mistake can be shown with its paragraph."""
    return _PARAGRAPH.sub(r"\n<w:p\1", source)


def out_of_lines(source: str) -> str:
    """Undo `in_lines`."""
    return re.sub(r"\n(<w:p[ >])", r"\1", source)


def check(source: str, known: Known) -> None:
    """Judge the tags of one part, whose paragraphs begin lines.

    Raises:
        Refused: template_broken, template_construct, template_unknown_tags, template_loop, template_too_many_tags.
    """
    try:
        tree = environment().parse(source)
    except TemplateSyntaxError as broken:
        raise errors.refused("template_broken", near=_near(source, broken.lineno)) from broken
    judge = _Judge(source, known)
    judge.judge(tree, {})
    if judge.unknown:
        raise errors.refused("template_unknown_tags", tags=", ".join(dict.fromkeys(judge.unknown))[:200])
    if judge.count > TAGS or judge.loops > LOOPS:
        raise errors.refused("template_too_many_tags", tags=TAGS, loops=LOOPS)


def _near(source: str, line: int) -> str:
    lines = source.splitlines()
    text = " ".join(_MARKUP.sub("", each).strip() for each in lines[max(line - 1, 0) : line + 1])
    return text.strip()[:_SHOWN]


class _Judge:
    """Walks a parsed template. `rows`: the names of rows in scope → what such a row has."""

    def __init__(self, source: str, known: Known) -> None:
        self._source = source
        self._known = known
        self.unknown: list[str] = []
        self.count = self.loops = 0

    def judge(self, node: nodes.Node, rows: Mapping[str, frozenset[str]]) -> None:
        match node:
            case nodes.Name():
                self._on_name(node, rows)
                return
            case nodes.Getattr():
                self._on_row(node, rows)
                return
            case nodes.For():
                self._on_loop(node, rows)
                return
            case nodes.Const() if isinstance(node.value, str | int | bool | None):
                return
            case nodes.If():
                pass
            case _ if not isinstance(node, _PLAIN):
                raise self._refused(node)
        for child in node.iter_child_nodes():
            self.judge(child, rows)

    def _on_name(self, node: nodes.Name, rows: Mapping[str, frozenset[str]]) -> None:
        self.count += 1
        if node.name not in self._known and node.name not in rows:
            self.unknown.append(node.name)

    def _on_row(self, node: nodes.Getattr, rows: Mapping[str, frozenset[str]]) -> None:
        self.count += 1
        if not isinstance(node.node, nodes.Name) or node.node.name not in rows:
            raise self._refused(node)
        if node.attr.startswith("_"):
            raise self._refused(node)
        if node.attr not in rows[node.node.name]:
            self.unknown.append(f"{node.node.name}.{node.attr}")

    def _on_loop(self, node: nodes.For, rows: Mapping[str, frozenset[str]]) -> None:
        self.loops += 1
        over = node.iter
        is_plain = isinstance(node.target, nodes.Name) and not node.else_ and node.test is None and not node.recursive
        if rows or not is_plain or not isinstance(over, nodes.Name):
            raise errors.refused("template_loop", near=_near(self._source, node.lineno))
        has = self._known.get(over.name)
        if has is None:
            self.unknown.append(over.name)
        elif not has:
            raise errors.refused("template_loop", near=_near(self._source, node.lineno))
        assert isinstance(node.target, nodes.Name)
        inside = {node.target.name: has or frozenset(), _LOOP: _OF_LOOP}
        for child in node.body:
            self.judge(child, inside)

    def _refused(self, node: nodes.Node) -> errors.Refused:
        what = node.attr if isinstance(node, nodes.Getattr) else type(node).__name__.lower()
        return errors.refused("template_construct", what=str(what)[:40], near=_near(self._source, node.lineno))


def known_of(tags: Mapping[str, Iterable[str]]) -> Known:
    """Return what a template may name, from what came over as JSON."""
    return {name: frozenset(items) for name, items in tags.items()}
