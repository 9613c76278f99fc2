"""Figures of cases, each with the path of the list that shows exactly its records."""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Response, request, url_for

from casework.cases.figures import masked, statistics
from casework.cases.figures.scopes import PERMISSION, Period, Scope, scope_of
from casework.cases.figures.statistics import Figure, Words
from casework.core.errors import invalid
from casework.registry import queries as registry
from web import folding, identity, lateness, masked_tables, unit
from web.api import asked, desk_schemas, parameters
from web.api.operations import Parameter, Reply, operation
from web.api.schemas import UnitRef

_BY = Parameter(
    "by", {"type": "string", "enum": list(statistics.DIMENSIONS)}, "count by this; twice for a table", many=True
)
_FORMAT = Parameter("format", {"type": "string", "enum": list(masked_tables.FORMATS)}, "what to write; csv if left out")
_REGION = Parameter("region", {"type": "string", "pattern": "^[0-9]{2,12}$"}, "in places whose code begins so")


@operation(
    "GET",
    "/statistics",
    permission=PERMISSION,
    anywhere=True,
    summary="Figures of cases",
    answers={200: desk_schemas.StatisticsOut},
    parameters=(*parameters.PERIOD, _REGION, _BY),
)
@lateness.may_be_late
def show_statistics() -> Reply:
    """Return the headline figures of the cases reported in a period, and counts by up to two dimensions.

    What nobody can know is in no rate: cases a file told with their answer have no known first contact and stand apart
    as `contact_unknown`, as those whom a call back did not reach do as `unreachable`,
    and those whom it reached without asking whether it is solved as `not_asked`.
    """
    session, at = unit.session(), unit.at()
    first, last, region, by = parameters.all_of(
        parameters.asked_day("from"),
        parameters.asked_day("to"),
        parameters.asked_region,
        lambda: _dimensions(request.args.getlist("by")),
    )
    scope = _scope(Period(first, last), region)
    figures = statistics.overview(session, scope, at=at).figures()
    folding.fold_what_waits()
    cells = statistics.counts(session, scope, by=by) if by else ()
    return Reply(
        desk_schemas.StatisticsOut(
            figures=[_out(figure) for figure in figures.values()],
            cells=[
                desk_schemas.CellOut(codes=list(cell.codes), count=cell.count, records=_path(cell.filter))
                for cell in cells
            ],
        )
    )


@operation(
    "GET",
    "/statistics/units",
    permission=PERMISSION,
    anywhere=True,
    summary="Rates of each unit",
    answers={200: desk_schemas.UnitRatesList},
    parameters=(*parameters.PERIOD, _REGION),
)
@lateness.may_be_late
def list_unit_rates() -> Reply:
    """Return the rates of the cases reported in a period by unit, each with both its numbers.

    How a case was handled counts for the unit that leads it; that it was sent back, got more time, was done anew or
    came again for the unit that led it then.
    """
    first, last, region = parameters.all_of(
        parameters.asked_day("from"), parameters.asked_day("to"), parameters.asked_region
    )
    scope = _scope(Period(first, last), region)
    read = statistics.overview(unit.session(), scope, at=unit.at())
    found = {code: read.rates_of_unit(code) or {} for code in sorted(read.units())}
    folding.fold_what_waits()
    names = registry.orgs_by_code(unit.session(), found)
    items = [
        desk_schemas.UnitRatesOut(
            unit=UnitRef(code=code, name=names[code].name if code in names else code),
            figures=[_out(each) for each in rates.values()],
        )
        for code, rates in found.items()
    ]
    return Reply(desk_schemas.UnitRatesList(items=items, next=None))


@operation(
    "GET",
    "/statistics/export",
    permission=PERMISSION,
    anywhere=True,
    summary="Counts of cases to be passed on, small ones put together",
    answers={200: None},
    parameters=(_FORMAT, *parameters.PERIOD, _REGION),
)
@lateness.may_be_late
def export_statistics() -> Response:
    """Return counts by month, category, place, unit and state of the whole months within a period that are over."""
    format, first, last, region = parameters.all_of(
        asked.choice("format", tuple(masked_tables.FORMATS), "csv"),
        parameters.asked_day("from"),
        parameters.asked_day("to"),
        parameters.asked_region,
    )
    period = masked.whole_months(first, last, today=unit.today())
    # Who may read no figures there is refused, whatever the period.
    scope = _scope(period or Period(), region)
    response = masked_tables.file_of(None if period is None else scope, format, on=unit.today())
    response.headers["Link"] = f'<{url_for("api.statistics_describe_export")}>; rel="describedby"'
    return response


@operation(
    "GET",
    "/statistics/dictionary",
    permission=PERMISSION,
    anywhere=True,
    summary="What the columns of the exported counts mean",
    answers={200: desk_schemas.DictionaryOut},
)
def describe_export() -> Reply:
    """Say what each column is, and by which rule counts are hidden, in the caller's language."""
    columns = [
        desk_schemas.ColumnOut(
            name=name, type="integer" if name in masked_tables.NUMBERS else "string", meaning=meaning
        )
        for name, meaning in masked_tables.meanings().items()
    ]
    return Reply(desk_schemas.DictionaryOut(columns=columns, least=masked.LEAST, notes=masked_tables.notes()))


def _out(figure: Figure) -> desk_schemas.CaseFigure:
    return desk_schemas.CaseFigure(
        key=figure.key,
        n=figure.n,
        records=_path(figure.filter),
        of=figure.of,
        of_records=None if figure.of_filter is None else _path(figure.of_filter),
    )


def _path(filter: Words) -> str:
    words = [(name, value) for name, values in filter.items() for value in values]
    return f"{url_for('api.cases_list_cases')}?{urlencode(words)}"


def _scope(period: Period, region: str | None) -> Scope:
    """Return what the caller may read of a place.

    Raises:
        Denied: the caller reads no figures there.
        Invalid: there is no such place; no list would open the records of what is counted there.
    """
    scope = scope_of(identity.actor(), zone=unit.office().settings.zone, period=period, region=region)
    if region is not None and not registry.begins_a_place(unit.session(), region):
        raise invalid("region", "no_such_region", value=region)
    return scope


def _dimensions(given: Sequence[str]) -> tuple[str, ...]:
    by = tuple(dict.fromkeys(given))
    if any(name not in statistics.DIMENSIONS for name in by):
        raise invalid("by", "not_a_choice", choices=", ".join(statistics.DIMENSIONS))
    if len(by) > 2:
        raise invalid("by", "not_a_list", most=2)
    return by
