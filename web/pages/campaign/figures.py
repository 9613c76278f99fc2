"""One figure of a campaign with exactly the records it counts, what it leaves out, and how it grew by quarter."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from casework.campaign import counted, figures, quarters
from casework.campaign.asking import read_instants
from casework.campaign.counted import Counted, Only
from casework.campaign.definition import Figure
from casework.campaign.figures import Reckoned
from casework.campaign.loader import newest
from casework.campaign.records import activity_kinds
from casework.campaign.sources import Instants
from casework.core import money, texts
from casework.core.cursors import read_cursor, write_cursor
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.permissions import Subject, may_anywhere, require
from web import identity, lateness, unit
from web.access import needs
from web.api.campaign.figures import READ
from web.locales import locale, words
from web.views import addresses, counting, reference, wording

blueprint = Blueprint("figures", __name__)

PAGE_SIZE = 50
MOST_QUARTERS = 8
ROOM = "campaign"
# What a part of a figure is asked for by.
PARTS = ("category", "place", "org", "since")
_NOTED = ("service", "project", "suggestion")
# Kind of record → endpoint of its page, what of the record the address needs, and the permission that opens it.
_PAGES: Mapping[str, tuple[str, str, str, str]] = {
    "member": ("members.show", "member_id", "key", "member.read"),
    "household": ("households.show", "household_id", "key", "household.read"),
    "case": ("cases.show", "number", "note", "case.read"),
    "fund_line": ("funds.show", "line_id", "key", "fund.read"),
    "project": ("projects.show", "project_id", "key", "project.read"),
    "industry": ("industries.show", "industry_id", "key", "industry.read"),
    "activity": ("activities.show", "activity_id", "key", "activity.read"),
    "goal": ("targets.show", "record_id", "key", "goal.read"),
    "consultation": ("consultations.show", "meeting", "of", "consultation.read"),
    "consensus": ("consultations.show", "meeting", "of", "consultation.read"),
    "supervision": ("supervisions.show", "supervision_id", "of", "supervision.read"),
    "urging": ("supervisions.show", "supervision_id", "of", "supervision.read"),
}


def asked_instants() -> Instants:
    """Return which campaign, which day and as known when the address asks for; today of the newest without any.

    Raises:
        Invalid: no such campaign, or no day.
        Denied: not in this county.
    """
    found = read_instants(
        campaign=request.args.get("campaign") or newest(unit.today()).code,
        as_of=request.args.get("as_of") or None,
        known_at=request.args.get("known_at") or None,
        at=unit.at(),
        zone=unit.office().settings.zone,
    )
    require(identity.actor(), READ, Subject(found.campaign.region_code, has_funds=True))
    return found


def words_of(instants: Instants) -> dict[str, list[str]]:
    """Return what the addresses of all figures of a page carry."""
    told = {"campaign": [instants.campaign.code], "as_of": [instants.as_of.isoformat()]}
    if instants.known_at is not None:
        told["known_at"] = [instants.known_at.isoformat()]
    return told


def url_of(key: str, instants: Instants) -> str:
    """Return the page of a figure."""
    return url_for("figures.show", key=key) + addresses.query(words_of(instants))


def number_of(each: Reckoned) -> str:
    """Return the exact number as people read it: money in 万元."""
    return money.wan(each.exact) if each.is_money else f"{each.exact:,}"


def unit_of(each: Reckoned) -> str:
    """Return what a number that people read counts in."""
    return words("campaign.wan") if each.is_money else each.unit(locale())


@blueprint.get("/figures/<key>")
@needs(READ, anywhere=True)
@lateness.may_be_late
def show(key: str) -> Response:
    """Show a figure, what it counts and leaves out, its quarters, and its records page by page."""
    instants = asked_instants()
    figure = instants.campaign.figures.get(key)
    if figure is None:
        abort(404)
    session = unit.session()
    (reckoned,) = figures.reckon(session, instants, [key])
    only, told = _only()
    bound_to: list[Any] = ["page", key, *sorted((words_of(instants) | told).items())]
    after = None
    if (given := request.args.get("cursor")) is not None:
        (found,) = read_cursor(given, bound_to=bound_to, count=1)
        after = str(found)
    rows = counted.page(session, instants, figure, after=after, limit=PAGE_SIZE + 1, only=only)
    more = write_cursor([rows[PAGE_SIZE - 1].key], bound_to=bound_to) if len(rows) > PAGE_SIZE else None
    base = words_of(instants)
    language = locale()
    page = render_template(
        "campaign/figure.html",
        frame=counting.framed(ROOM),
        crumb={"text": instants.campaign.label[language], "url": url_for("campaign.show") + addresses.query(base)},
        title=figure.label[language],
        as_of={"value": instants.as_of.isoformat(), "kept": _kept(base)},
        figure={"n": number_of(reckoned), "unit": unit_of(reckoned), "text": reckoned.text(language)},
        facts=_facts(instants, figure, reckoned),
        parts=_parts(instants, figure, reckoned),
        only=_told_only(instants, figure, reckoned, only) if told else None,
        quarters=_quarters(instants, figure),
        rows=[row_of(row) for row in rows[:PAGE_SIZE]],
        is_money=reckoned.is_money,
        pager_data=_pager(base | told, more, len(rows[:PAGE_SIZE])),
    )
    return make_response(page)


def _only() -> tuple[Only, dict[str, list[str]]]:
    """Return which part of a figure the address asks for, and its words: a category, a place, a unit, since a day.

    Raises:
        NotFound: the id of a unit is none.
        Invalid: the day is none.
    """
    told = {name: [value] for name in PARTS if (value := request.args.get(name))}
    asked = {name: values[0] for name, values in told.items()}
    org = parse_id(asked["org"]) if "org" in asked else None
    if "org" in asked and org is None:
        raise NotFound("org")
    since = texts.parse_date(asked["since"], field="since") if "since" in asked else None
    return Only(asked.get("category"), asked.get("place"), org, since), told


def _told_only(instants: Instants, figure: Figure, reckoned: Reckoned, only: Only) -> dict[str, str]:
    """Return the part of a figure in words, and the way back to all of it."""
    label = {part.code: part.label[locale()] for part in reckoned.parts}
    names = [label.get(only.category, only.category)] if only.category else []
    names += [reference.place_told(only.place)] if only.place else []
    names += [reference.org_name(only.org)] if only.org else []
    names += [words("campaign.only_since", day=only.since.isoformat())] if only.since else []
    part = replace(reckoned, exact=counted.part(unit.session(), instants, figure, only))
    told = words("campaign.only", name=wording.joined(names), n=number_of(part), unit=unit_of(part))
    return {"text": told, "url": url_of(figure.key, instants)}


def _parts(instants: Instants, figure: Figure, reckoned: Reckoned) -> list[dict[str, Any]]:
    """Return what a figure is made up of; a category leads to its records."""
    return [
        {
            "text": part.label[locale()].strip(),
            "n": part.exact,
            "url": addresses.changed(words_of(instants), category=part.code) if figure.split else None,
        }
        for part in reckoned.parts
    ]


def _kept(base: Mapping[str, list[str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": values[0]} for name, values in base.items() if name != "as_of"]


def _facts(instants: Instants, figure: Figure, reckoned: Reckoned) -> list[dict[str, str]]:
    language = locale()
    told = {
        "counts": figure.counts[language],
        "leaves_out": figure.leaves_out[language],
        "wording": words(f"campaign.wording.{figure.wording}", text=reckoned.text(language)),
        "period": words(
            "campaign.period", begins=instants.campaign.begins.isoformat(), as_of=instants.as_of.isoformat()
        ),
    }
    if figure.stage is not None:
        told["stage"] = words(f"fund_stage.{figure.stage}")
    return [{"label": words(f"campaign.fact.{name}"), "text": text} for name, text in told.items()]


def _quarters(instants: Instants, figure: Figure) -> list[dict[str, Any]]:
    """Return the figure at the end of each of the last quarters, the earliest first."""
    session = unit.session()
    made: list[dict[str, Any]] = []
    for quarter in quarters.between(instants.campaign.begins, instants.as_of)[-MOST_QUARTERS:]:
        day: date = min(quarter.last, instants.as_of)
        then = Instants(instants.campaign, day, instants.known_at)
        (reckoned,) = figures.reckon(session, then, [figure.key])
        made.append(
            {"text": str(quarter), "n": number_of(reckoned), "url": url_of(figure.key, then), "exact": reckoned.exact}
        )
    most = max((each["exact"] for each in made), default=0)
    return [{**each, "share": 100 * each["exact"] // most if most else 0} for each in made]


def row_of(row: Counted) -> dict[str, Any]:
    """Return the line of a record that is counted, with its page for who may open such."""
    endpoint, name, source, needed = _PAGES.get(row.kind, ("", "", "", ""))
    is_open = endpoint and may_anywhere(identity.actor(), needed)
    note = row.note
    if row.kind == "activity":
        note = activity_kinds()[row.note]["label"][locale()]
    elif row.kind in _NOTED:
        note = words(f"record.{row.kind}.{row.note or 'none'}")
    elif row.kind == "goal":
        note = words(f"goal_state.{row.note}")
    elif row.kind == "org":
        note = ""
    return {
        "text": row.title,
        "url": url_for(endpoint, **{name: getattr(row, source)}) if is_open else None,
        "place": reference.place_told(row.region_code) if row.region_code else "",
        "on": "" if row.on is None else wording.short_day(row.on),
        "note": note,
        "amount": None if row.amount_fen is None else money.wan(row.amount_fen),
    }


def _pager(base: Mapping[str, list[str]], more: str | None, count: int) -> dict[str, Any] | None:
    if more is None and "cursor" not in request.args:
        return None
    return {
        "text": words("links.page", n=count),
        "prev_url": addresses.query(base) if "cursor" in request.args else None,
        "next_url": None if more is None else addresses.changed(base, cursor=more),
    }
