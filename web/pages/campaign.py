"""三联三促 on one page: five headline figures, the three links, money by stage, townships, what asks for a leader.

Every number leads to its records; each is reckoned for the day asked for, and earlier days give what there was then.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.bulletins import annexes
from casework.campaign import coverage, figures, quarters
from casework.campaign.coverage import Share
from casework.campaign.definition import VISITS, Card
from casework.campaign.figures import Reckoned
from casework.campaign.loader import campaigns
from casework.campaign.quarters import Quarter, quarter_of
from casework.campaign.sources import Instants
from casework.cases import statistics
from casework.cases.scopes import PERMISSION, Period, scope_of
from casework.leaders import queries as leaders
from web import folding, frames, identity, unit
from web.access import needs
from web.locales import locale, words
from web.pages import overview
from web.pages.figures import asked_instants, number_of, unit_of, url_of
from web.views import addresses, counting, townships, wording

blueprint = Blueprint("campaign", __name__)

MOST_QUARTERS = 6
# The stages the chart shows, in the order of its colours; the second is the strong one.
CHARTED = ("approved", "arrived", "disbursed")
_WIDTH, _HEIGHT = 52, 28


@blueprint.get("/campaign")
@needs(PERMISSION, anywhere=True)
def show() -> Response:
    """Show the campaign of the county on a day."""
    instants = asked_instants()
    session = unit.session()
    reckoned = {each.figure.key: each for each in figures.reckon(session, instants)}
    quarter = quarter_of(instants.until)
    scope = scope_of(identity.actor(), zone=unit.office().settings.zone, period=Period())
    read = statistics.overview(session, scope, at=unit.at())
    folding.fold_what_waits()
    open_towns, late_towns = read.open_and_late("place")
    county = unit.office().settings.region
    page = render_template(
        "campaign/show.html",
        frame=counting.framed("campaign"),
        title=words("campaign.title", campaign=instants.campaign.label[locale()]),
        as_of=_as_of(instants),
        figures=[_headline(instants, reckoned[key]) for key in instants.campaign.front.headlines],
        cards=_cards(instants, reckoned, quarter),
        chart=_chart(instants, quarter),
        towns={
            "rows": townships.tiles(
                county, open_by=open_towns, late_by=late_towns, base={**scope.filter(), "open": ["true"]}
            ),
            "legend": townships.legend(),
        },
        ask=overview.ask(read.figures()["overdue"]),
        notes=[
            note.text(locale()) for note in figures.notes(instants.campaign, list(reckoned.values())) if not note.holds
        ],
        group=_group(instants),
        bulletins_url=url_for("bulletins.show_list"),
        printed={
            "left": words("overview.printed", office=frames.office_name(), day=instants.as_of.isoformat()),
            "right": words("overview.printed_by", name=identity.actor().name, moment=wording.plain_moment(unit.at())),
        },
    )
    return make_response(page)


def _group(instants: Instants) -> dict[str, Any]:
    """Return who was in the leading group on the day, in the order in which a notice names them."""
    rows = leaders.group(unit.session(), instants.campaign.region_code, on=instants.until)
    told = [words("leader.told", role=words(f"leader.role.{row.role}"), name=row.name) for row in rows]
    return {"rows": told, "url": url_for("leaders.show_list")}


def _as_of(instants: Instants) -> dict[str, Any]:
    today = unit.today()
    last_quarter = quarter_of(today).first - timedelta(days=1)
    days = {"today": today, "last_quarter": last_quarter, "last_year": date(today.year - 1, 12, 31)}
    return {
        "value": instants.as_of.isoformat(),
        "campaigns": [
            {"value": code, "label": each.label[locale()], "chosen": code == instants.campaign.code}
            for code, each in campaigns().items()
        ],
        "url": url_for("campaign.show"),
        "quick": [
            {
                "label": words(f"campaign.quick.{name}"),
                "url": url_for("campaign.show")
                + addresses.query({"campaign": [instants.campaign.code], "as_of": [day.isoformat()]}),
                "current": day == instants.as_of,
            }
            for name, day in days.items()
        ],
        "other": "as_of" in request.args,
    }


def _figure(instants: Instants, each: Reckoned) -> dict[str, Any]:
    language = locale()
    return {
        "label": each.figure.label[language],
        "n": number_of(each),
        "unit": unit_of(each),
        "url": url_of(each.figure.key, instants),
        "title": each.figure.counts[language],
    }


def _headline(instants: Instants, each: Reckoned) -> dict[str, Any]:
    session = unit.session()
    ends = quarters.between(instants.campaign.begins, instants.as_of)[-MOST_QUARTERS:]
    points = [
        figures.reckon(
            session, Instants(instants.campaign, min(end.last, instants.as_of), instants.known_at), [each.figure.key]
        )[0].exact
        for end in ends
    ]
    line = _line(points)
    return {
        **_figure(instants, each),
        "sub": words("campaign.worded", text=each.text(locale())),
        "points": line[0],
        "end": line[1],
    }


def _line(points: Sequence[int]) -> tuple[str | None, dict[str, str] | None]:
    """Return a line through the points in a box of 52 × 28, and where it ends; one point is no line."""
    most = max(points, default=0)
    if len(points) < 2 or most == 0:
        return None, None
    step = (_WIDTH - 6) / (len(points) - 1)
    places = [(3 + index * step, _HEIGHT - 3 - (_HEIGHT - 6) * value / most) for index, value in enumerate(points)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    x, y = places[-1]
    return path, {"x": f"{x:.1f}", "y": f"{y:.1f}"}


def _cards(instants: Instants, reckoned: dict[str, Reckoned], quarter: Quarter) -> list[dict[str, Any]]:
    return [
        {
            "code": card.link,
            "title": card.label[locale()],
            "share": _share(instants, card, quarter),
            "rows": [
                *(_figure(instants, reckoned[key]) for key in card.figures),
                *_lacks(instants, card),
                *(_items(instants, code) for code in card.checklists),
            ],
        }
        for card in instants.campaign.front.cards
    ]


def _share(instants: Instants, card: Card, quarter: Quarter) -> dict[str, Any]:
    if card.share == VISITS:
        share = coverage.visited(unit.session(), instants, quarter)
        text = words(f"campaign.share.{instants.campaign.visit_rule}", quarter=str(quarter))
    else:
        share = _reached(instants, card.share)
        label = instants.campaign.checklists[card.share].label[locale()]
        text = words("campaign.share.items", checklist=label)
    return {"text": text, "done": share.done, "whole": share.whole, "percent": share.percent}


def _reached(instants: Instants, checklist: str) -> Share:
    session = unit.session()
    objects = coverage.objects(session, instants, instants.campaign.checklists[checklist].of)
    return coverage.reached(session, instants, checklist, objects=objects)


def _lacks(instants: Instants, card: Card) -> list[dict[str, Any]]:
    """Return for each part every member has to hold how many have too few, with the way to their list."""
    kind = instants.campaign.links[card.link]
    made = []
    demanded = [part for part in kind.parts if kind.least[part]] if kind.holder == "member" else []
    for part in demanded:
        n = coverage.lacking(unit.session(), instants, kind, part)
        label = words("links.lacks", part=kind.parts[part][locale()])
        asked = {"lacks": [part], "campaign": [instants.campaign.code]}
        made.append(
            {
                "label": label,
                "n": n,
                "unit": words("campaign.people"),
                "url": url_for("members.show_list") + addresses.query(asked),
                "title": label,
                "late": n > 0,
            }
        )
    return made


def _items(instants: Instants, code: str) -> dict[str, Any]:
    share = _reached(instants, code)
    return {
        "label": instants.campaign.checklists[code].label[locale()],
        "n": f"{share.done}/{share.whole}",
        "unit": words("campaign.items"),
        "url": None,
    }


def _chart(instants: Instants, quarter: Quarter) -> dict[str, Any]:
    table = annexes.funds_by_stage(unit.session(), instants, quarter)
    stages = list(annexes.words()["stages"])
    rows = table.rows[-MOST_QUARTERS:]
    labels = [str(row[0]) for row in rows]
    series = []
    for stage in CHARTED:
        place = stages.index(stage) + 1
        texts = [str(row[place]) for row in rows]
        series.append(
            {
                "name": words(f"fund_stage.{stage}"),
                "points": [float(text.replace(",", "")) for text in texts],
                "urls": [None for _ in texts],
            }
        )
    return {
        "title": words("campaign.chart"),
        "note": words("campaign.chart.note"),
        "label_head": words("campaign.chart.head"),
        "labels": labels,
        "series": series,
        "json": {"labels": labels, "series": series},
    }
