"""The built-in form of each kind of paper, made by code from kinds.toml: as a template for Word, or filled as PDF."""

import base64
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from casework.documents import render
from casework.documents.model import Align, Block, Heading, Official, PageBreak, Paragraph, Picture, Table
from casework.templates import kinds, tags
from casework.templates.kinds import Kind, Tag

_WIDTHS = (1.0, 4.0)
_LISTED = (1.6, 4.0)
# The columns of a list: a number is narrow, what is told is wide, and a name has to be signed beside it.
_SHARES = {
    "n": 1.0,
    "text": 6.0,
    "words": 6.0,
    "answer": 6.0,
    "rule": 6.0,
    "note": 5.0,
    "question": 4.0,
    "due_on": 4.0,
    "came": 5.0,
}
_USUAL_SHARE = 3.0
# Wide enough for any telephone, small enough for the foot of a page.
_CODE_MM = 25.0
# So many papers in a stack are a document of hundreds of pages.
_APART = 50


@cache
def template(code: str) -> bytes:
    """Return the built-in form of a kind as .docx, with its tags to be seen and moved in Word."""
    kind = kinds.kind_of(code)
    form, words = kind.form, kinds.words()
    blocks: list[Block] = []
    if "rows" in form:
        blocks.append(_pairs(kind, {key: _tag(kind.tags[key]) for key in form["rows"]}))
    blocks += [Paragraph((text,)) for text in form.get("texts", ())]
    for key in form.get("lists", ()):
        blocks.append(_loop(kind.tags[key]))
    if form.get("foot"):
        blocks += [Paragraph((words["foot"],)), Paragraph((_tag(kind.tags["qr"]),))]
    office, day = _tag(kind.tags["office"]), _tag(kind.tags["printed_on"])
    made = Official(
        title=form["title"],
        blocks=tuple(blocks),
        addressee=_tag(kind.tags[form["to"]]) if "to" in form else "",
        signed_by=f"{office}\u3000{day}" if form.get("signed") else "",
    )
    return render.render(made, "docx")


def pdf(kind: Kind, stack: Sequence[Mapping[str, Any]], *, home: Path, on: date) -> bytes:
    """Return the built-in papers of a stack as one PDF; several begin with a list of them.

    Raises:
        Refused: as documents are.
    """
    papers = [_paper(kind, values) for values in stack]
    form = kind.form
    if len(papers) == 1:
        (title, blocks), first = papers[0], stack[0]
        made = Official(
            title=title,
            blocks=tuple(blocks),
            addressee=str(first[form["to"]]) if "to" in form else "",
            signed_by=str(first["office"]) if form.get("signed") else "",
            signed_on=on if form.get("signed") else None,
        )
    else:
        heads = (kind.tags["number"].name, kind.tags["title"].name)
        listed = tuple((str(values["number"]), str(values["title"])) for values in stack)
        all_blocks: list[Block] = [Table("", heads, listed, widths=_LISTED)]
        for title, blocks in papers:
            all_blocks += [PageBreak(), Heading(1, title), *blocks]
        made = Official(title=kind.label["zh"], blocks=tuple(all_blocks))
    return render.render(made, "pdf", fonts=home / "fonts", apart=len(papers) > _APART)


def _paper(kind: Kind, values: Mapping[str, Any]) -> tuple[str, list[Block]]:
    form, words = kind.form, kinds.words()
    named = kinds.by_name(kind, values)

    def filled(text: str) -> str:
        # Of our own texts alone; no markup is meant, so none is escaped.
        environment = tags.environment()
        environment.autoescape = False
        return environment.from_string(text).render(named)

    blocks: list[Block] = []
    if "rows" in form:
        pairs = {key: str(values.get(key, "")) for key in form["rows"]}
        blocks.append(_pairs(kind, {key: text for key, text in pairs.items() if text or not form.get("sparse")}))
    blocks += [Paragraph((filled(text),)) for text in form.get("texts", ())]
    for key in form.get("lists", ()):
        tag = kind.tags[key]
        rows = tuple(tuple(str(row.get(each, "")) for each in tag.items) for row in values.get(key, ()))
        if rows:
            blocks.append(_listed(tag, rows))
    if form.get("foot"):
        blocks.append(Paragraph((filled(words["foot"]),)))
        if values.get("qr"):
            blocks.append(Picture(base64.b64decode(values["qr"]), "image/png", "", _CODE_MM))
    return filled(form["title"]), blocks


def _pairs(kind: Kind, values: Mapping[str, str]) -> Table:
    heads = kinds.words()["row_heads"]
    rows = tuple((kind.tags[key].name, value) for key, value in values.items())
    return Table("", (heads[0], heads[1]), rows, widths=_WIDTHS)


def _loop(tag: Tag) -> Table:
    """Return a table whose middle row Word shows once and the paper once for every row of the list."""
    row = kinds.words()["item"]
    cells = tuple(f"{{{{ {row}.{name} }}}}" for name in tag.items.values())
    empty = ("",) * (len(cells) - 1)
    begin, end = f"{{%tr for {row} in {tag.name} %}}", "{%tr endfor %}"
    return _listed(tag, ((begin, *empty), cells, (end, *empty)), flows=True)


def _listed(tag: Tag, rows: tuple[tuple[str, ...], ...], *, flows: bool = False) -> Table:
    heads, many = tuple(tag.items.values()), len(tag.items)
    if not tag.big:
        # Not by their contents: in a form these are tags, which are longer than what will stand there.
        widths = tuple(_SHARES.get(key, _USUAL_SHARE) for key in tag.items)
        return Table(_caption(tag), heads, rows, widths=widths, flows=flows)
    middle: Align = "center"
    return Table(_caption(tag), heads, rows, widths=(1.0,) * many, align=(middle,) * many, big=True)


def _caption(tag: Tag) -> str:
    return "" if tag.untitled else tag.name


def _tag(tag: Tag) -> str:
    return f"{{{{ {tag.name} }}}}"
