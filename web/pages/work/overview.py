"""The leader's first page: what is open, late and due, where, with whom, and what asks for a leader.

Every number leads to exactly the cases it counts, for it comes with its own filter
(casework/cases/figures/statistics.py); none is computed here. Not here: the figures of the campaign.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.cases.figures import masked, statistics
from casework.cases.figures.scopes import PERMISSION, Period, Scope, scope_of
from casework.cases.figures.statistics import Cell, Figure, Overview
from casework.cases.listing import chosen
from casework.core import texts
from casework.core.errors import Invalid
from casework.registry.calendar import load_calendar
from web import folding, identity, lateness, masked_tables, unit
from web.access import needs
from web.api import answers
from web.locales import locale, words
from web.views import addresses, bar_chart, case_list, chips, counting, reference, townships, wording

blueprint = Blueprint("overview", __name__)

MONTHS = 6
MOST_ASKED = 5
MOST_UNITS = 10
# Whom nobody reached, what two persons left out, and of whom no first contact is known are in none of these rates: they
# stand beside them.
_RATES = (
    *("response_rate", "solution_rate", "satisfaction_rate", "on_time"),
    *("return_rate", "extension_rate", "rework_rate", "recurrence_rate"),
)
_ASIDE = {
    **{"response_rate": ("contact_unknown",), "solution_rate": ("not_asked",)},
    "satisfaction_rate": ("unreachable", "excluded"),
}
_SERIES = (("total", "received"), ("closed", "closed"), ("on_time", "on_time"))


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which cases are counted: those reported from a day (None: ever) until another, both included."""

    first: date | None
    last: date
    # The rates as they stood on a last day that is over; else those of the same cases as they are now.
    stood: bool = False

    def period(self) -> Period:
        """Return the period; open towards today, so that the addresses stay short."""
        return Period(self.first, None if self.last >= unit.today() else self.last)


@blueprint.get("/overview")
@needs(PERMISSION, anywhere=True)
@lateness.may_be_late
def show() -> Response:
    """Show the figures of the places for which the caller may read any."""
    session, at = unit.session(), unit.at()
    asked = _asked()
    scope = _scope(asked.period())
    read = statistics.overview(session, scope, at=at, names=reference.of_figures())
    folding.fold_what_waits()
    # Asked for by itself: what stood on a day is read from histories, the other figures from sums that are kept.
    figures = {**read.figures(), **(statistics.stood_on(session, scope, asked.last) if asked.stood else {})}
    open_towns, late_towns = read.open_and_late("place")
    county = unit.office().settings.region
    page = render_template(
        "overview.html",
        frame=counting.framed("overview"),
        as_of=_as_of(asked),
        earlier=_earlier(asked),
        print_url=url_for("overview.show", **_query(asked)),
        exports=_exports(asked),
        figures=_headlines(figures),
        rates=_rated(read, figures, asked),
        categories={"rows": _categories(read), "note": words("overview.categories.note")},
        units={"rows": _units(read), "note": words("overview.units.note")},
        towns={
            "rows": townships.tiles(
                county, open_by=open_towns, late_by=late_towns, base={**scope.filter(), "open": ["true"]}
            ),
            "total": _figure(figures["open"]),
            "legend": townships.legend(),
            "note": words("overview.towns.note"),
        },
        chart=_chart(read, asked.last),
        ask=ask(scope, figures["overdue"]),
        topics={"text": words("overview.topics"), "url": url_for("hot_topics.show")},
        footer={
            "text": words("overview.footer.stood" if asked.stood else "overview.footer"),
            "link": {"text": words("overview.help"), "url": "/help"},
        },
        printed=wording.printed_foot(words("overview.of_cases"), asked.last, at=at),
    )
    return make_response(page)


@blueprint.get("/overview/counts.csv")
@needs(PERMISSION, anywhere=True)
@lateness.may_be_late
def export_csv() -> Response:
    """Hand out the counts of whole months that are over, small ones put together, to be passed on."""
    return _export("csv")


@blueprint.get("/overview/counts.parquet")
@needs(PERMISSION, anywhere=True)
@lateness.may_be_late
def export_parquet() -> Response:
    """Hand out the same for programs that reckon with columns."""
    return _export("parquet")


def _export(form: str) -> Response:
    asked = _asked()
    period = masked.whole_months(asked.first, asked.last, today=unit.today())
    scope = _scope(period or Period())
    return masked_tables.file_of(None if period is None else scope, form, on=unit.today())


def _scope(period: Period) -> Scope:
    return scope_of(identity.actor(), zone=unit.office().settings.zone, period=period)


def _asked() -> _Asked:
    last = _day("as_of") or unit.today()
    first = _day("from")
    last = min(last, unit.today())
    stood = request.args.get("rates") == "then" and last < unit.today()
    return _Asked(first if first is not None and first <= last else None, last, stood)


def _exports(asked: _Asked) -> dict[str, Any]:
    links = [
        {"text": words(f"overview.export.{form}"), "url": url_for(f"overview.export_{form}", **_query(asked))}
        for form in masked_tables.FORMATS
    ]
    return {"links": links, "notes": masked_tables.notes(), "columns": list(masked_tables.meanings().items())}


def _day(name: str) -> date | None:
    """Read a day of the address; what is none is left out, as in any address from elsewhere."""
    try:
        return texts.parse_date(request.args[name], field=name) if request.args.get(name) else None
    except Invalid:
        return None


def _query(asked: _Asked) -> dict[str, Any]:
    made: dict[str, Any] = {} if asked.first is None else {"from": asked.first.isoformat()}
    if asked.last < unit.today():
        made["as_of"] = asked.last.isoformat()
    return {**made, "rates": "then"} if asked.stood else made


def _as_of(asked: _Asked) -> dict[str, Any]:
    today = unit.today()
    quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    choices = {
        "today": _Asked(None, today),
        "quarter": _Asked(quarter, today),
        "last_quarter": _Asked(None, quarter - timedelta(days=1)),
        "year": _Asked(date(today.year, 1, 1), today),
    }
    return {
        "value": asked.last.isoformat(),
        "text": asked.last.isoformat(),
        "url": url_for("overview.show"),
        "quick": [
            {
                "label": words(f"overview.quick.{name}"),
                "url": url_for("overview.show", **_query(each)),
                "current": each == asked,
            }
            for name, each in choices.items()
        ],
    }


def _earlier(asked: _Asked) -> dict[str, Any] | None:
    """Return what has to be read first on the page of a day that is over: which numbers are of that day."""
    if asked.last >= unit.today():
        return None
    day = asked.last.isoformat()
    told = "overview.earlier.stood" if asked.stood else "overview.earlier.now"
    return {"tone": "amber", "strong": words("overview.earlier", day=day), "text": words(told, day=day)}


def _figure(figure: Figure, *, late: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "n": figure.n,
        "unit": words("overview.cases"),
        "url": addresses.cases(figure.filter),
        "title": words(f"overview.{figure.key}.title"),
        "late": late and figure.n > 0,
        **more,
    }


def _headlines(figures: Any) -> list[dict[str, Any]]:
    made = []
    for key in ("open", "overdue", "due_this_week", "closed"):
        label, sub = words(f"overview.{key}"), words(f"overview.{key}.sub")
        made.append(_figure(figures[key], late=key == "overdue", label=label, sub=sub))
    on_time: Figure = figures["on_time"]
    share = words("overview.share", share=_tenths(on_time.n, on_time.of or 0)) if on_time.of else None
    whole = {
        "n": on_time.of or 0,
        "url": addresses.cases(on_time.of_filter or {}),
        "title": words("overview.on_time.whole"),
    }
    return [*made, _figure(on_time, label=words("overview.on_time"), sub=share, unit=None, whole=whole)]


def _rated(read: Overview, figures: Mapping[str, Figure], asked: _Asked) -> dict[str, Any]:
    """Return the rates of the scope, or of one unit of it, and the choice of units."""
    # What stood on a day is reckoned of the whole alone.
    codes = () if asked.stood else sorted(read.units())
    chosen, names = request.args.get("unit", ""), reference.org_names()
    rows = [{"value": code, "text": names.get(code, code), "current": code == chosen} for code in codes]
    of_unit = read.rates_of_unit(chosen) if chosen in codes else None
    return {
        "rows": _rates(of_unit or figures),
        "note": words("overview.rates.of_unit") if of_unit else _rates_note(asked),
        "other": _other_rates(asked),
        "units": {"rows": rows, "url": url_for("overview.show"), "kept": _query(asked)} if rows else None,
    }


def _rates(figures: Mapping[str, Figure]) -> list[dict[str, Any]]:
    """Return every rate an office answers for with both of its numbers; beside it who is in neither."""
    made = []
    for key in _RATES:
        rate = figures[key]
        of = rate.of or 0
        # An office that took in no files has nobody of whom nothing is known, and need not read so.
        aside = [figures[each] for each in _ASIDE.get(key, ()) if figures[each].n or each != "contact_unknown"]
        made.append(
            {
                "label": words(f"overview.rate.{key}"),
                "n": rate.n,
                "url": addresses.cases(rate.filter),
                "of": of,
                "of_url": addresses.cases(rate.of_filter or {}),
                "share": words("overview.percent", share=_tenths(rate.n, of)) if of else None,
                "aside": [
                    {"label": words(f"overview.aside.{each.key}"), "n": each.n, "url": addresses.cases(each.filter)}
                    for each in aside
                ],
            }
        )
    return made


def _rates_note(asked: _Asked) -> str:
    return words("overview.rates.stood", day=asked.last.isoformat()) if asked.stood else words("overview.rates.note")


def _other_rates(asked: _Asked) -> dict[str, str] | None:
    """Return the way from the rates as they are now to those of the day that is over, or back."""
    if asked.last >= unit.today():
        return None
    text = words("overview.rates.now" if asked.stood else "overview.rates.then", day=asked.last.isoformat())
    return {"text": text, "url": url_for("overview.show", **_query(replace(asked, stood=not asked.stood)))}


def _tenths(n: int, of: int) -> str:
    tenths = (2000 * n + of) // (2 * of)
    return f"{tenths // 10}.{tenths % 10}"


def _percent(n: int, of: int) -> int:
    return (200 * n + of) // (2 * of) if of else 0


def _categories(read: Overview) -> list[dict[str, Any]]:
    cells, over = read.open_and_late("category")
    late = {cell.codes: cell for cell in over}
    most = max((cell.count for cell in cells), default=0)
    return [
        {
            "label": reference.category_label(cell.codes[0] or "", locale()),
            "n": cell.count,
            "url": addresses.cases(cell.filter),
            "share": _percent(cell.count, most),
            **_late(late.get(cell.codes), most),
        }
        for cell in cells
    ]


def _late(cell: Cell | None, most: int) -> dict[str, Any]:
    if cell is None:
        return {"over": 0, "over_url": None, "over_share": 0}
    return {"over": cell.count, "over_url": addresses.cases(cell.filter), "over_share": _percent(cell.count, most)}


def _units(read: Overview) -> list[dict[str, Any]]:
    cells, over_due = read.open_and_late("unit")
    late = {cell.codes: cell for cell in over_due}
    on_time = read.on_time_by_unit()
    names = reference.org_names()
    made = []
    for cell in cells[:MOST_UNITS]:
        code = cell.codes[0]
        over, rate = late.get(cell.codes), on_time.get(code)
        # Who has handled nothing that was due has no rate.
        of = 0 if rate is None else rate.of or 0
        made.append(
            {
                "name": names.get(code, code) if code is not None else words("filter.nobody"),
                "url": addresses.cases(cell.filter),
                "open": cell.count,
                "open_url": addresses.cases(cell.filter),
                "late": 0 if over is None else over.count,
                "late_url": None if over is None else addresses.cases(over.filter),
                "on_time": None if rate is None or not of else rate.n,
                "on_time_url": addresses.cases(rate.filter) if rate is not None and of else None,
                "due": of,
                "due_url": None if rate is None else addresses.cases(rate.of_filter or {}),
                "share": 0 if rate is None else _percent(rate.n, of),
            }
        )
    return made


def _chart(read: Overview, last: date) -> dict[str, Any]:
    """Return what was reported in each of the last months, and what became of it."""
    months = _months(last)
    found = read.months(months)
    labels = [words("overview.month", month=_month_name(month.first)) for month in months]
    series = [
        {
            "name": words(f"overview.series.{name}"),
            "points": [figures[key].n for figures in found],
            "urls": [addresses.cases(figures[key].filter) for figures in found],
        }
        for key, name in _SERIES
    ]
    return {
        "title": words("overview.chart"),
        "note": words("overview.chart.note"),
        "label_head": words("overview.chart.head"),
        "labels": labels,
        "series": series,
        "drawing": bar_chart.drawn(labels, series),
    }


def _months(last: date) -> Sequence[Period]:
    first, made = last.replace(day=1), []
    if last >= unit.today():
        # Nothing is reported after today, and a whole month is kept as a sum.
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    for _ in range(MONTHS):
        made.append(Period(first, last))
        last = first - timedelta(days=1)
        first = last.replace(day=1)
    return made[::-1]


def _month_name(day: date | None) -> str:
    return "" if day is None else words(f"calendar.month.{day.month}")


def ask(scope: Scope, overdue: Figure, *, before: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return what waits for a leader: `before`, then the late cases, highest rung and longest overdue first."""
    session, limit = unit.session(), MOST_ASKED - len(before)
    rows = (
        chosen.worst(session, identity.actor(), scope.narrowing(), at=unit.at(), limit=limit)
        if overdue.n and limit > 0
        else ()
    )
    calendar = load_calendar(session)
    reads, language = answers.title_reader(), locale()
    shown = [case_list.row_of(row, calendar, plainly=reads(row), language=language) for row in rows]
    return {
        "rows": [
            *before,
            *(
                {
                    "title": each.title,
                    "url": each.url,
                    "org": wording.joined([each.org or words("filter.nobody"), each.town]),
                    "chip": chips.of_row(row, calendar),
                }
                for each, row in zip(shown, rows, strict=True)
            ),
        ],
        "late": _figure(overdue, late=True, unit=words("overview.late_cases")),
        "all": {"text": words("overview.all_late"), "url": addresses.cases(overdue.filter)},
    }
