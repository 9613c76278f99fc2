"""The figures of a campaign, and the list of exactly the records that each of them counts."""

from flask import request, url_for

from casework.campaign import counted, figures, telling
from casework.campaign.asking import read_instants
from casework.campaign.counted import Counted
from casework.campaign.definition import Figure
from casework.campaign.sources import Instants
from casework.core import money
from casework.core.errors import NotFound
from casework.permissions import Subject, require
from web import identity, unit
from web.api import paging, parameters
from web.api.campaign import figure_schemas
from web.api.operations import Parameter, Reply, operation
from web.api.requests import DAY
from web.locales import locale

READ = "figures.read"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2})?$"
_ASKED = (
    Parameter("campaign", {"type": "string", "minLength": 1, "maxLength": 40}, "the campaign, such as SLSC-2022"),
    Parameter("as_of", {"type": "string", "pattern": DAY}, "what had happened by this day; today if left out"),
    Parameter("known_at", {"type": "string", "pattern": _MOMENT}, "what was recorded by then; now if left out"),
)


@operation(
    "GET",
    "/figures",
    permission=READ,
    anywhere=True,
    summary="The figures of a campaign",
    answers={200: figure_schemas.CampaignFigures},
    parameters=_ASKED,
)
def list_figures() -> Reply:
    """Reckon every figure of a campaign, of a day, as it was known at an instant."""
    instants = _instants()
    session = unit.session()
    reckoned = figures.reckon(session, instants)
    notes = figures.notes(instants.campaign, reckoned)
    base = url_for("api.figures_list_figures")
    told = telling.answer(instants, reckoned, notes, base=base, zone=unit.office().settings.zone, locale=locale())
    return Reply(figure_schemas.CampaignFigures(**told))


@operation(
    "GET",
    "/figures/<key>/records",
    permission=READ,
    anywhere=True,
    summary="The records a figure counts",
    answers={200: figure_schemas.CountedList},
    parameters=(*_ASKED, *parameters.PAGING),
    problems=(404,),
)
def list_counted(key: str) -> Reply:
    """List exactly the records a figure counts; their number, or the sum of their amounts, is the figure."""
    instants, limit, count = parameters.all_of(_instants, parameters.asked_limit, parameters.asked_count)
    figure = _figure(instants, key)
    session = unit.session()
    rows = counted.page(session, instants, figure, after=paging.after_text(key), limit=limit + 1)
    kept, more = paging.cut(key, rows, limit, lambda row: [row.key])
    total = counted.count(session, instants, figure) if count else None
    items = [_out(row) for row in kept]
    return Reply(figure_schemas.CountedList(items=items, next=more, total=total))


def _instants() -> Instants:
    asked = read_instants(
        campaign=request.args.get("campaign"),
        # An empty one, as a form sends it, is one left out.
        as_of=request.args.get("as_of") or None,
        known_at=request.args.get("known_at") or None,
        at=unit.at(),
        zone=unit.office().settings.zone,
    )
    # A viewer of money is one of figures too: they are sums over the county, without a name.
    require(identity.actor(), READ, Subject(asked.campaign.region_code, has_funds=True))
    return asked


def _figure(instants: Instants, key: str) -> Figure:
    figure = instants.campaign.figures.get(key)
    if figure is None:
        raise NotFound
    return figure


def _out(row: Counted) -> figure_schemas.CountedRecord:
    return figure_schemas.CountedRecord(
        id=row.key,
        kind=row.kind,
        title=row.title,
        region_code=row.region_code,
        on=row.on,
        amount=None if row.amount_fen is None else money.yuan(row.amount_fen),
        note=row.note,
    )
