"""A document as one web page: a single file with its own style, without script, that prints as a document does."""

from base64 import b64encode
from collections.abc import Callable
from functools import cache, partial
from html import escape
from pathlib import Path

from casework.documents.arranged import Arranged, arranged, cleaned
from casework.documents.geometry import BODY, cell_text
from casework.documents.links import absolute
from casework.documents.model import (
    Block,
    Cell,
    FigureRun,
    Heading,
    Official,
    PageBreak,
    Paragraph,
    Picture,
    Run,
    Table,
)
from casework.documents.pictures import size_mm
from casework.documents.words import words

_STYLE = Path(__file__).with_name("page.css")
_LANGUAGES = {"zh": "zh-CN", "en": "en"}
_PIXELS = 96 / 25.4  # in a mm
Link = Callable[[FigureRun], str]


def to_html(document: Official, *, base_url: str = "") -> str:
    """Write a document as a page; figures are links below `base_url`, or paths when it is empty.

    Raises:
        Refused: document_picture when a picture cannot be read.
        ValueError: `base_url` is not empty and no address of a site.
    """
    clean = cleaned(document)
    counted = {figure.key: f"{figure.label}: {figure.scope}" for figure in clean.figures}
    link = partial(_figure, base_url=base_url, counted=counted)
    settled = arranged(clean)
    # The red head takes one line, whatever its words.
    head = f":root {{ --head: {settled.issuer_size / BODY:.3f}; }}\n"
    start = (
        f'<!doctype html>\n<html lang="{_LANGUAGES[settled.language]}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(settled.name)}</title>\n<style>\n{_style()}{head}</style>\n</head>\n"
    )
    parts = [*_top(settled), *(_block(block, link) for block in settled.blocks), *_bottom(settled)]
    return f"{start}<body>\n<main>\n{chr(10).join(filter(None, parts))}\n</main>\n</body>\n</html>\n"


@cache
def _style() -> str:
    return _STYLE.read_text("utf-8")


def _top(settled: Arranged) -> list[str]:
    title = f"{words(settled.language).between_lines}<br>".join(map(escape, settled.title))
    return [
        _line("draft", settled.draft),
        _line("issuer", settled.issuer),
        _line("number", settled.number),
        '<hr class="rule">' if settled.issuer else "",
        f"<h1>{title}</h1>",
        _line("addressee", settled.addressee),
    ]


def _bottom(settled: Arranged) -> list[str]:
    classes = ["", *[' class="more"'] * len(settled.attachments)]
    attachments = [
        f"<p{more}><span>{escape(each.lead)}</span>{escape(each.name)}</p>"
        for more, each in zip(classes, settled.attachments, strict=False)
    ]
    signature = _line("", settled.signed_by) + _line("", settled.day)
    return [
        _part("attachments", "".join(attachments)),
        _part("signature", signature),
        _line("", settled.note),
        *(_line("fine", line) for line in settled.footer_lines),
        _imprint(settled),
    ]


def _imprint(settled: Arranged) -> str:
    copies = f"<p>{escape(settled.copies_lead + settled.copies)}</p>" if settled.copies else ""
    printed = f"<p><span>{escape(settled.printed_by)}</span><span>{escape(settled.printed)}</span></p>"
    if not (settled.printed_by or settled.printed):
        printed = ""
    return f"<footer>{copies}{printed}</footer>" if copies or printed else ""


def _block(block: Block, link: Link) -> str:
    match block:
        case Heading():
            # The title is the page's h1.
            return f"<h{block.level + 1}>{escape(block.text)}</h{block.level + 1}>"
        case Paragraph():
            return f"<p>{''.join(_run(run, link) for run in block.runs)}</p>"
        case Table():
            return _table(block, link)
        case Picture():
            data = b64encode(block.content).decode("ascii")
            caption = f"<figcaption>{_text(block.caption)}</figcaption>" if block.caption else ""
            width, height = (round(mm * _PIXELS) for mm in size_mm(block))
            says = f'alt="{escape(block.caption)}" width="{width}" height="{height}"'
            image = f'<img {says} src="data:{block.media_type};base64,{data}">'
            return f"<figure>{image}{caption}</figure>"
        case PageBreak():
            return '<div class="break"></div>'


def _table(table: Table, link: Link) -> str:
    aligned = [f' class="{side}"' if side != "left" else "" for side in table.align or ["left"] * len(table.headings)]
    heads = "".join(f'<th scope="col">{_text(heading)}</th>' for heading in table.headings)
    links = table.links or [("",) * len(row) for row in table.rows]
    rows = "\n".join(
        "<tr>"
        + "".join(
            f"<td{side}>{_run(_linked(cell, path), link)}</td>"
            for cell, path, side in zip(row, paths, aligned, strict=True)
        )
        + "</tr>"
        for row, paths in zip(table.rows, links, strict=True)
    )
    title = f"<caption>{_text(table.title)}</caption>" if table.title else ""
    body = f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>"
    kinds = f"{' wide' if table.landscape else ''}{' big' if table.big else ''}"
    return f'<div class="table{kinds}"><table>{title}\n{body}\n</table></div>'


def _linked(cell: Cell, path: str) -> Run:
    """Return a cell as a run, with what it leads to."""
    if isinstance(cell, FigureRun):
        return cell
    return FigureRun(cell_text(cell), "", path) if path else cell_text(cell)


def _run(run: Run, link: Link) -> str:
    return link(run) if isinstance(run, FigureRun) else _text(run)


def _figure(run: FigureRun, *, base_url: str, counted: dict[str, str]) -> str:
    address = absolute(base_url, run.href)
    says = f' title="{escape(counted[run.key])}"' if run.key in counted else ""
    if not address:
        return f'<span class="figure"{says}>{_text(run.text)}</span>'
    return f'<a class="figure" href="{escape(address)}"{says}>{_text(run.text)}</a>'


def _line(kind: str, text: str) -> str:
    named = f' class="{kind}"' if kind else ""
    return f"<p{named}>{escape(text)}</p>" if text else ""


def _part(kind: str, inner: str) -> str:
    return f'<div class="{kind}">{inner}</div>' if inner else ""


def _text(text: str) -> str:
    return escape(text).replace("\n", "<br>")
