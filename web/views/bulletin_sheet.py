"""A bulletin as a sheet on the screen: the blocks it prints, and its figures beside it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from casework.bulletins import annexes, document, drafting
from casework.bulletins.drafting import Content
from casework.bulletins.tables import Bulletin
from casework.core import money
from casework.documents.model import FigureRun, Heading, Official, Paragraph, Picture, Table
from web.locales import words

Opens = Callable[[str], bool]


def sheet(made: Official, row: Bulletin, pictures: Sequence[str], *, opens: Opens) -> dict[str, Any]:
    """Return the sheet: head, blocks, signature; `pictures` are the addresses of its pictures in their order.

    `opens` says of an address whether the reader may open the records there; for others the number is no link.
    """
    return {
        "issuer": made.issuer,
        "document_no": made.number or words("bulletins.no_number"),
        "title": made.title,
        "addressee": made.addressee,
        "blocks": _blocks(made.blocks, iter(pictures), opens=opens),
        "signed_by": made.signed_by,
        "signed_on": "" if row.signed_on is None else drafting.day_in_words(row.signed_on),
        "footer": list(made.footer_lines),
    }


def _blocks(blocks: Sequence[Any], pictures: Iterator[str], *, opens: Opens) -> list[dict[str, Any]]:
    """Return the blocks of a sheet, headings of the first level counted as official documents count them."""
    ordinals = iter(annexes.words()["ordinals"])
    made = [_block(block, pictures, opens=opens) for block in blocks]
    for each in made:
        if each["kind"] == "heading":
            each["ordinal"] = next(ordinals, "") if each["level"] == 1 else ""
    return made


def _block(block: Any, pictures: Iterator[str], *, opens: Opens) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"kind": "heading", "text": block.text, "level": block.level}
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "runs": [_run(run, opens=opens) for run in block.runs]}
    if isinstance(block, Table):
        return {"kind": "table", "title": block.title, "headings": block.headings, "rows": _rows(block, opens)}
    if isinstance(block, Picture):
        return {"kind": "picture", "url": next(pictures), "caption": block.caption}
    raise TypeError(type(block).__name__)


def _rows(table: Table, opens: Opens) -> list[list[dict[str, Any]]]:
    """Return the cells of a table, each number with the address of what it counts."""
    links = table.links or [("",) * len(row) for row in table.rows]
    told = (zip(row, paths, strict=True) for row, paths in zip(table.rows, links, strict=True))
    return [[{"text": cell, "url": path if path and opens(path) else None} for cell, path in cells] for cells in told]


def _run(run: Any, *, opens: Opens) -> dict[str, Any]:
    if isinstance(run, FigureRun):
        return {"text": run.text, "url": run.href if opens(run.href) else None, "key": run.key}
    return {"text": run, "url": None, "key": None}


def figures(content: Content, *, opens: bool) -> list[dict[str, Any]]:
    """Return the figures beside the sheet, each with the address of its records for who may open them."""
    made = []
    for key, each in content.figures.items():
        exact = each["exact"]
        is_money = each["stage"] is not None
        made.append(
            {
                "key": key,
                "label": each["label"],
                "n": words("bulletins.wan", n=money.wan(money.parse_yuan(exact, field=key)))
                if is_money
                else f"{exact:,}",
                "text": each["text"],
                "url": document.path_of(key, content) if opens else None,
                "counts": each["counts"],
                "leaves_out": each["leaves_out"],
                "noted": any(key in note["figures"] for note in content.data["notes"]),
            }
        )
    return made
