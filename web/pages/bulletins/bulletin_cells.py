"""What one number of a bulletin's tables counts: exactly those records, as they were known when it was frozen."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.bulletins import cells, document, people, queries
from casework.bulletins.cells import Cell
from casework.bulletins.drafting import Content
from casework.bulletins.drawing import Drawing
from casework.campaign import counted, quarters
from casework.campaign.counted import Counted
from casework.campaign.sources import Instants
from casework.core import money, texts
from casework.core.actors import Actor
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.permissions import Subject, may_anywhere, permits, require
from web import identity, lateness, unit
from web.access import needs
from web.api.campaign.figures import READ
from web.locales import locale, words
from web.pages.bulletins import bulletin_forms
from web.pages.campaign import figures
from web.views import addresses, counting, reference

blueprint = Blueprint("bulletin_cells", __name__)

PAGE_SIZE = 50
_MOST_PAGES = 10_000
# What is under way is not yet for everybody who reads figures.
_READ_OPEN = "case.read_internal"
# Whose titles are more than a figure says: what reading them asks for besides.
_READ = {
    "consultation": "consultation.read",
    "consensus": "consultation.read",
    "supervision": "supervision.read",
    "urging": "supervision.read",
}


@blueprint.get("/bulletins/counted/<table>/<int:column>/<row>")
@needs(READ, anywhere=True)
@lateness.may_be_late
def show(table: str, column: int, row: str) -> Response:
    """List the records behind a number of a table, page by page."""
    cell = cells.cell_of(table, column)
    instants = figures.asked_instants()
    needed = _needed(table, cell)
    if needed:
        require(identity.actor(), needed, Subject(instants.campaign.region_code))
    quarter = quarters.read_quarter(request.args.get("quarter"))
    nth = texts.parse_int(request.args.get("page", "1"), field="page", minimum=1, maximum=_MOST_PAGES)
    session = unit.session()
    keys = _named(table, column, row)
    if keys is None:
        keys = cell.find(session, Drawing.of(instants, at=unit.at()), quarter, row)
    keys = sorted(keys, key=str)
    here = keys[(nth - 1) * PAGE_SIZE : nth * PAGE_SIZE]
    title, heading = cells.headings(instants, table, column)
    number = money.wan(_sum(keys, instants)) if cell.kind == "fund_line" else str(len(keys))
    page = render_template(
        "bulletins/counted.html",
        frame=counting.framed(bulletin_forms.ROOM),
        back=url_for("bulletins.show_list"),
        title=title,
        told=words("bulletins.counted", row=_row_told(table, row, instants), column=heading, n=number),
        rows=[figures.row_of(each) for each in counted.told(session, cell.kind, here, instants)],
        is_money=cell.kind == "fund_line",
        pager_data=_pager(nth, len(here), more=len(keys) > nth * PAGE_SIZE),
    )
    return make_response(page)


def opened_by(actor: Actor, region_code: str) -> Callable[[str], bool]:
    """Return who tells which addresses of a bulletin of a place its reader may open."""
    subject = Subject(region_code)
    may_figures = may_anywhere(actor, READ)

    def opens(path: str) -> bool:
        if not may_figures or not path.startswith(f"{document.CELL}/"):
            return may_figures
        table, column = path.removeprefix(f"{document.CELL}/").split("/")[:2]
        needed = _needed(table, cells.cell_of(table, int(column)))
        return not needed or permits(actor, needed, subject)

    return opens


def _needed(table: str, cell: Cell) -> str:
    return _READ_OPEN if table == cells.OPEN else _READ.get(cell.kind, "")


def _named(table: str, column: int, row: str) -> Sequence[Any] | None:
    """Return the records that the bulletin of the address names itself; None where it names none.

    Raises:
        NotFound: there is no such bulletin, or none the caller may know of.
    """
    if "bulletin" not in request.args:
        return None
    wanted = parse_id(request.args["bulletin"])
    if wanted is None:
        raise NotFound("bulletin")
    found = queries.get(unit.session(), identity.actor(), wanted)
    return None if found.frozen is None else cells.kept(Content(found.frozen), table, column, row)


def _sum(keys: Sequence[Any], instants: Instants) -> int:
    lines: Sequence[Counted] = counted.told(unit.session(), "fund_line", keys, instants)
    return sum(each.amount_fen or 0 for each in lines)


def _row_told(table: str, row: str, instants: Instants) -> str:
    """Name a row by its key: a place, a unit, a category, a quarter, a member."""
    if table in people.NUMBERS:
        return people.name_of(unit.session(), instants, row)
    if table in ("money", cells.FACT, cells.OPEN):
        return row
    if table in ("offices", "supervision"):
        org = parse_id(row)
        return "" if org is None else reference.org_name(org)
    return reference.category_label(row, locale()) if table == "kinds" else reference.place_told(row)


def _pager(nth: int, count: int, *, more: bool) -> dict[str, Any] | None:
    if nth == 1 and not more:
        return None
    kept = {name: [value] for name, value in request.args.items() if name != "page"}
    return {
        "text": words("links.page", n=count),
        "prev_url": addresses.changed(kept, page=str(nth - 1)) if nth > 1 else None,
        "next_url": addresses.changed(kept, page=str(nth + 1)) if more else None,
    }
