"""三联三促 on one page: five headline figures, the three links, money by stage, townships, what asks for a leader.

Every number leads to its records; each is reckoned for the day asked for, and earlier days give what there was then.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.bulletins import annexes
from casework.campaign import coverage, figures, quarters, receipts
from casework.campaign.coverage import Glance, Share
from casework.campaign.definition import VISITS, Card
from casework.campaign.figures import Reckoned
from casework.campaign.loader import campaigns
from casework.campaign.quarters import Quarter, quarter_of
from casework.campaign.sources import Instants
from casework.cases import fund_ledger
from casework.cases.figures import statistics
from casework.cases.figures.scopes import PERMISSION, Period, scope_of
from casework.core import money
from casework.funds import expected
from casework.leaders import queries as leaders
from casework.registry.calendar import load_calendar
from web import folding, identity, lateness, unit
from web.access import needs
from web.api.money.fund_ledger import words_of
from web.locales import locale, words
from web.pages.campaign.figures import asked_instants, number_of, unit_of, url_of
from web.pages.work import overview
from web.views import addresses, bar_chart, chips, counting, reference, townships, wording

blueprint = Blueprint("campaign", __name__)

MOST_QUARTERS = 6
MOST_LATE_MONEY = 2
# The stages the chart shows, in the order of its colours; the second is the strong one.
CHARTED = ("approved", "arrived", "disbursed")
TOTALLED = ("applied", *CHARTED)
_WIDTH, _HEIGHT = 52, 28


@blueprint.get("/campaign")
@needs(PERMISSION, anywhere=True)
@lateness.may_be_late
def show() -> Response:
    """Show the campaign of the county on a day."""
    instants = asked_instants()
    opens_money = fund_ledger.sees_all_of(identity.actor(), instants.campaign.region_code)
    key = (instants.campaign.code, instants.as_of, instants.known_at, unit.today(), locale(), opens_money)
    shown = counting.kept(("campaign", *key), lambda: _shown(instants, opens_money=opens_money))
    actor = identity.actor()
    now = counting.kept(("campaign", "now", actor.person_id, actor.grants, locale()), _now)
    page = render_template(
        "campaign/show.html",
        frame=counting.framed("campaign"),
        title=words("campaign.title", campaign=instants.campaign.label[locale()]),
        as_of=_as_of(instants),
        **shown,
        **now,
        bulletins_url=url_for("bulletins.show_list"),
        printed=wording.printed_foot(instants.campaign.label[locale()], instants.as_of, at=unit.at()),
    )
    return make_response(page)


def _now() -> dict[str, Any]:
    """Return what stands now, whatever day is asked for: open cases by township, what asks for the leader."""
    scope = scope_of(identity.actor(), zone=unit.office().settings.zone, period=Period())
    read = statistics.overview(unit.session(), scope, at=unit.at(), names=reference.of_figures())
    folding.fold_what_waits()
    open_towns, late_towns = read.open_and_late("place")
    county = unit.office().settings.region
    base = {**scope.filter(), "open": ["true"]}
    return {
        "towns": {
            "rows": townships.tiles(county, open_by=open_towns, late_by=late_towns, base=base),
            "legend": townships.legend(),
        },
        "ask": overview.ask(scope, read.figures()["overdue"], before=_late_money(county)),
    }


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
        "is_past": instants.as_of < today,
    }


def _shown(instants: Instants, *, opens_money: bool) -> dict[str, Any]:
    """Return what is reckoned for the page: every number of it in one statement, with its quarters."""
    campaign, quarter = instants.campaign, quarter_of(instants.until)
    ends = [min(end.last, instants.as_of) for end in quarters.between(campaign.begins, instants.as_of)[-MOST_QUARTERS:]]
    asked = {key: [instants.as_of, *(ends if key in campaign.front.headlines else ())] for key in campaign.figures}
    found = figures.numbers(unit.session(), instants, asked)
    reckoned = {key: Reckoned(figure, found[key][0]) for key, figure in campaign.figures.items()}
    return {
        "figures": [_headline(instants, reckoned[key], found[key][1:]) for key in campaign.front.headlines],
        "cards": _cards(instants, reckoned, quarter),
        "chart": _chart(instants, opens=opens_money),
        "notes": [note.text(locale()) for note in figures.notes(campaign, list(reckoned.values())) if not note.holds],
        "group": _group(instants),
        "publicity": _publicity(instants),
    }


def _publicity(instants: Instants) -> dict[str, Any] | None:
    """Return how many receipts of the campaign's announcements were given (宣传动员); None while none was asked for."""
    told = receipts.share_of_campaign(
        unit.session(), instants.campaign.code, until=instants.until, known_at=instants.known_at
    )
    if not told.whole:
        return None
    url = url_for("announcements.show_list") + addresses.query({"campaign": [instants.campaign.code]})
    share = words("told.coverage", done=told.done, whole=told.whole, percent=told.percent)
    return {"label": words("told.coverage_of_campaign"), "text": share, "url": url}


def _figure(instants: Instants, each: Reckoned) -> dict[str, Any]:
    language = locale()
    return {
        "label": each.figure.label[language],
        "n": number_of(each),
        "unit": unit_of(each),
        "url": url_of(each.figure.key, instants),
        "title": each.figure.counts[language],
    }


def _headline(instants: Instants, each: Reckoned, points: Sequence[int]) -> dict[str, Any]:
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
    made = []
    found = coverage.at_a_glance(unit.session(), instants, quarter)
    for card in instants.campaign.front.cards:
        is_visits = card.share == VISITS
        rows = [
            *(_figure(instants, reckoned[key]) for key in card.figures),
            *_lacks(instants, card, found),
            *(_due(instants, found.visited) if is_visits else []),
            *(_items(instants, code, found) for code in card.checklists),
        ]
        told = _share(instants, card, found, quarter)
        made.append({"code": card.link, "title": card.label[locale()], "share": told, "rows": rows})
    return made


def _share(instants: Instants, card: Card, found: Glance, quarter: Quarter) -> dict[str, Any]:
    """Return how far a link has come, with the way to what is counted, as far as it is known today what was known."""
    if card.share == VISITS:
        share, text = found.visited, words(f"campaign.share.{instants.campaign.visit_rule}", quarter=str(quarter))
        url = _homes_of(instants)
    else:
        share, url = found.reached[card.share], _targets_of(instants, card.share, found)
        text = words("campaign.share.items", checklist=_checklist(instants, card.share, found))
    return {"text": text, "done": share.done, "whole": share.whole, "percent": share.percent, "url": url}


def _homes_of(instants: Instants) -> str | None:
    """Return the list of linked households as of the day; None where there is none: of what was known once, of a day to
    come, or after the campaign.
    """
    campaign, today = instants.campaign, unit.today()
    is_over = campaign.ends is not None and campaign.ends < instants.as_of
    if instants.known_at is not None or instants.as_of > today or is_over:
        return None
    past = {} if instants.as_of == today else {"on": [instants.as_of.isoformat()]}
    return url_for("visits.show_due") + addresses.query({"campaign": [campaign.code], **past})


def _checklist(instants: Instants, code: str, found: Glance) -> str:
    """Return what a checklist is called; one that was planned for another year than the day's says which."""
    label, year = instants.campaign.checklists[code].label[locale()], found.planned[code]
    is_other = year is not None and year != instants.as_of.year
    return words("campaign.of_year", checklist=label, year=year) if is_other else label


def _targets_of(instants: Instants, code: str, found: Glance) -> str:
    year = found.planned[code]
    told = {"campaign": [instants.campaign.code], **({} if year is None else {"year": [str(year)]})}
    return url_for("targets.show_list") + addresses.query(told)


def _lacks(instants: Instants, card: Card, found: Glance) -> list[dict[str, Any]]:
    """Return for each part every member has to hold how many have too few, with the way to their list."""
    kind = instants.campaign.links[card.link]
    made = []
    demanded = [part for part in kind.parts if kind.least[part]] if kind.holder == "member" else []
    for part in demanded:
        n = found.lacking[kind.code, part]
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


def _due(instants: Instants, share: Share) -> list[dict[str, Any]]:
    """Return what is still to be visited this quarter, with the way to whom to visit next; of another day there is
    no such list.
    """
    if instants.as_of != unit.today():
        return []
    asked = {"missing": ["true"], "campaign": [instants.campaign.code]}
    label = words(f"campaign.due.{instants.campaign.visit_rule}")
    return [
        {
            "label": label,
            "n": share.whole - share.done,
            "unit": words(f"campaign.due_unit.{instants.campaign.visit_rule}"),
            "url": url_for("visits.show_due") + addresses.query(asked),
            "title": label,
        }
    ]


def _items(instants: Instants, code: str, found: Glance) -> dict[str, Any]:
    share = found.reached[code]
    return {
        "label": _checklist(instants, code, found),
        "n": f"{share.done}/{share.whole}",
        "unit": words("campaign.items"),
        "url": _targets_of(instants, code, found),
    }


def _late_money(county: str) -> list[dict[str, Any]]:
    """Return the money that should have arrived and has not, for those who see money; the longest waiting first."""
    session = unit.session()
    if not fund_ledger.sees_all_of(identity.actor(), county):
        return []
    rows = expected.late(session, county, at=unit.at(), limit=MOST_LATE_MONEY)
    calendar = load_calendar(session) if rows else None
    return [
        {
            "title": words(
                "campaign.late_money", project=line.project or line.source, amount=money.wan(line.amount_fen)
            ),
            "url": url_for("funds.show", line_id=line.id),
            "org": wording.joined([line.source, reference.place_told(line.region_code)]),
            "chip": chips.of_clock(row.due_at, calendar, level=row.due_level),
        }
        for row, line in rows
        if row.due_at is not None and calendar is not None
    ]


def _chart(instants: Instants, *, opens: bool) -> dict[str, Any]:
    found = annexes.money_by_stage(unit.session(), instants)
    shown = list(found)[-MOST_QUARTERS:]
    labels = [str(each) for each in shown]
    series = [
        {
            "name": words(f"fund_stage.{stage}"),
            "points": [float(money.wan(found[each][stage]).replace(",", "")) for each in shown],
            "urls": [_lines_of(instants, each.first, each.last, stage) if opens else None for each in shown],
        }
        for stage in CHARTED
    ]
    return {
        "title": words("campaign.chart"),
        "note": words("campaign.chart.note"),
        "label_head": words("campaign.chart.head"),
        "labels": labels,
        "totals": [_of_stage(instants, stage, found, opens=opens) for stage in TOTALLED] if found else [],
        "series": series,
        "drawing": bar_chart.drawn(labels, series),
    }


def _of_stage(
    instants: Instants, stage: str, found: Mapping[Quarter, Mapping[str, int]], *, opens: bool
) -> dict[str, Any]:
    """Return what has come to a stage so far; stages are the same money further on."""
    first, last = instants.campaign.begins, instants.until
    return {
        "label": words(f"fund_stage.{stage}"),
        "n": money.wan(sum(each[stage] for each in found.values())),
        "url": _lines_of(instants, first, last, stage) if opens else None,
        "strong": stage == CHARTED[1],
    }


def _lines_of(instants: Instants, first: date, last: date, stage: str) -> str:
    """Return the address of just the lines of a stage that a number adds up."""
    asked = fund_ledger.Asked(
        stages=(stage,),
        regions=(instants.campaign.region_code,),
        first=max(first, instants.campaign.begins),
        last=min(last, instants.until),
        is_standing=True,
    )
    return url_for("funds.show_list") + addresses.query(words_of(asked))
