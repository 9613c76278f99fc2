"""Totals of money on one page: by stage across, by source, place, quarter, project or kind down; every number opens it.

Stages are never added up. What narrows the ledger narrows this page too, so that any two or more of source, place,
quarter, project and kind can be crossed by following a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, make_response, render_template, url_for

from casework.campaign import fund_totals
from casework.campaign.fund_totals import DIMENSIONS, QUARTER, Row
from casework.cases.fund_ledger import Asked
from casework.core import money
from casework.core.errors import Invalid
from casework.funds.actions import STAGES
from web import identity, lateness, unit
from web.access import needs
from web.api.money import fund_ledger as api
from web.api.money.fund_ledger import words_of
from web.api.operations import Parameter
from web.locales import words
from web.pages import link_parts
from web.pages.campaign.campaign import CHARTED
from web.pages.link_parts import MONEY
from web.pages.money import funds
from web.views import addresses, bar_chart, counting, link_words, reference, wording
from workflows.money.campaign_funds import READ

blueprint = Blueprint("fund_totals", __name__)

MOST_QUARTERS = 12
_WAN = 1_000_000


@blueprint.get("/funds/totals")
@needs(READ, anywhere=True)
@lateness.may_be_late
def show() -> Response:
    """Show the totals of the money the caller may know of."""
    asked_words = link_parts.asked_words((*api.FILTERS, Parameter("by", {}, "")))
    try:
        asked, by = api.asked_lines(), api.asked_dimension()
    except Invalid as mistake:
        return link_parts.without_wrong(mistake, asked_words)
    session, actor, at = unit.session(), identity.actor(), unit.at()
    rows = fund_totals.totals(session, actor, asked, by=by, at=at)
    whole = fund_totals.whole(rows)
    quarters = rows if by == QUARTER else fund_totals.totals(session, actor, asked, by=QUARTER, at=at)
    base = words_of(asked)
    page = render_template(
        "funds/totals.html",
        frame=counting.framed(MONEY),
        title=words("money.tab.fund_totals"),
        tabs=link_parts.tabs("fund_totals", MONEY),
        tabs_label=words("money.tabs"),
        by=[
            {
                "label": words(f"money.by.{each}"),
                "url": url_for("fund_totals.show") + addresses.query({**base, "by": [each]}),
                "current": each == by,
            }
            for each in DIMENSIONS
        ],
        chips=_chips(base, by),
        ways=link_words.ways("funds.new"),
        clear_url=url_for("fund_totals.show", by=by),
        head=words(f"money.by.{by}"),
        stages=[words(f"fund_stage.{stage}") for stage in whole],
        rows=[_row(asked, by, row, list(whole)) for row in rows],
        whole=[_number(fen, asked, stage) for stage, fen in whole.items()],
        chart=_chart(asked, quarters),
        printed=wording.printed_foot(words("overview.of_funds"), unit.today(), at=at),
    )
    return make_response(page)


def _chips(base: Mapping[str, Sequence[str]], by: str) -> list[dict[str, str]]:
    return [
        {
            "text": words(
                "filter.is",
                name=words(f"money.filter.{name}"),
                value=" ".join(funds.told_filter(name, value) for value in values),
            ),
            "remove_url": url_for("fund_totals.show") + addresses.query({**addresses.without(base, name), "by": [by]}),
        }
        for name, values in base.items()
    ]


def _row(asked: Asked, by: str, row: Row, stages: Sequence[str]) -> dict[str, Any]:
    narrow = fund_totals.narrowed(asked, by=by, key=row.key)
    # A row is looked into by what comes next.
    following = DIMENSIONS[(DIMENSIONS.index(by) + 1) % len(DIMENSIONS)]
    return {
        "text": _told(by, row.key),
        "url": url_for("fund_totals.show") + addresses.query({**words_of(narrow), "by": [following]}),
        "numbers": [_number(row.by_stage.get(stage, 0), narrow, stage) for stage in stages],
    }


def _number(fen: int, asked: Asked, stage: str) -> dict[str, Any]:
    return {
        "stage": words(f"fund_stage.{stage}"),
        "n": money.wan(fen) if fen else "",
        "url": _records(asked, stage),
    }


def _records(asked: Asked, stage: str) -> str:
    found = replace(asked, stages=(stage,), is_standing=True)
    return url_for("funds.show_list") + addresses.query(words_of(found))


def _told(by: str, key: str) -> str:
    if by == "place":
        return reference.place_told(key)
    if by == "kind":
        return words(f"fund_kind.{key}")
    return key or words("money.no_project")


def _chart(asked: Asked, rows: Sequence[Row]) -> dict[str, Any] | None:
    """Return bars by quarter of the stages that say most; one quarter says no more than the table."""
    shown = rows[-MOST_QUARTERS:]
    stages = [stage for stage in (CHARTED if not asked.stages else asked.stages) if stage in STAGES][: len(CHARTED)]
    if len(shown) < 2:
        return None
    series = []
    for stage in stages:
        narrow = [fund_totals.narrowed(asked, by=QUARTER, key=row.key) for row in shown]
        series.append(
            {
                "name": words(f"fund_stage.{stage}"),
                "points": [round(row.by_stage.get(stage, 0) / _WAN, 2) for row in shown],
                "urls": [_records(each, stage) for each in narrow],
            }
        )
    labels = [row.key for row in shown]
    return {
        "title": words("money.chart"),
        "note": words("campaign.chart.note"),
        "label_head": words("money.by.quarter"),
        "labels": labels,
        "series": series,
        "drawing": bar_chart.drawn(labels, series),
    }
