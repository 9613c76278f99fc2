"""How well the proposals of the triage desk do: what was taken of them, and the versions of the model."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.cases import suggestions
from casework.cases.filters import midnight
from casework.cases.listing import chosen, noted
from casework.cases.rows import CaseRow
from casework.core import personal
from casework.core.errors import Invalid, invalid
from casework.triage import outcomes, shelf
from casework.triage.outcomes import Counted, Rate
from casework.triage.tables import TriageModel, TriageOutcome, TriagePart
from web import identity, unit
from web.access import needs
from web.api import answers, asked, paging, parameters
from web.locales import locale, words
from web.views import addresses, chips, counting, reference, wording

blueprint = Blueprint("triage_model", __name__)

PERMISSION = "case.assign"
LOOKED_BACK = timedelta(days=180)
PAGE_SIZE = 50
_LIST = "triage_proposals"
_LONGEST_CODE = 64
# The three numbers of a rate, as the address of what each counts says it.
_NUMBERS: Mapping[str, bool | None] = {"proposed": None, "taken": True, "corrected": False}


@blueprint.get("/triage/model")
@needs(PERMISSION, anywhere=True)
def show() -> Response:
    """Show the rates of category, unit and urgency, the versions, and how a model is trained."""
    session = unit.session()
    used = shelf.in_use(session)
    found = outcomes.rates(session, since=_since())
    parts = shelf.parts_of(session)
    versions = [_version(each, parts.get(each.id, ()), used=each.id == used) for each in shelf.models(session)]
    page = render_template(
        "triage/model.html",
        frame=counting.framed("triage"),
        title=words("triage_model.title"),
        rates=[made for subject in outcomes.SUBJECTS if (made := _rates(subject, found)) is not None],
        versions=[
            *versions,
            {"name": suggestions.MODEL, "source": words("triage_model.keywords"), "used": used is None},
        ],
    )
    return make_response(page)


@blueprint.get("/triage/model/proposals")
@needs(PERMISSION, anywhere=True)
def show_proposals() -> Response:
    """List what a number of the rates counts, each proposal with its case, as far as the caller may know of it."""
    try:
        number, counted, after = _asked()
    except Invalid:
        return make_response(redirect(url_for("triage_model.show")))
    session, actor, at, since = unit.session(), identity.actor(), unit.at(), _since()
    rate = _rate("", outcomes.rate_of(session, counted, since=since), counted.subject, counted.code)
    found = noted.page(session, actor, counted, since=since, at=at, after=after, limit=PAGE_SIZE + 1)
    rows, more = paging.cut(_LIST, found, PAGE_SIZE, lambda row: [row.at.isoformat(), str(row.id)])
    hidden = rate[number] - noted.seen(session, actor, counted, since=since, at=at)
    page = render_template(
        "triage/proposals.html",
        frame=counting.framed("triage"),
        back={"text": words("triage_model.title"), "url": url_for("triage_model.show")},
        title=words("triage_model.of", subject=words(f"triage.{counted.subject}"), value=_whose(counted)),
        tabs=[
            {
                "label": words(f"triage_model.{each}"),
                "n": rate[each],
                "url": rate["urls"][each],
                "current": each == number,
            }
            for each in _NUMBERS
        ],
        told=words("triage_model.counted", n=rate[number]),
        hidden=words("triage_model.hidden", n=hidden) if hidden else None,
        rows=_noted_rows(rows),
        pager_data=_pager(len(rows), more) if after is not None or more is not None else None,
    )
    return make_response(page)


def _whose(counted: Counted) -> str:
    return words("triage_model.all") if counted.code is None else _name(counted.subject, counted.code)


def _asked() -> tuple[str, Counted, tuple[datetime, UUID] | None]:
    """Return which number the address means, what it counts, and behind which proposal this page begins.

    Raises:
        Invalid: there is no such number.
    """
    number, subject, code = parameters.all_of(
        asked.choice("number", tuple(_NUMBERS)),
        asked.choice("subject", outcomes.SUBJECTS),
        asked.text("code", _LONGEST_CODE),
    )
    if number is None or subject is None:
        raise invalid("number", "required")
    return number, Counted(subject, code, _NUMBERS[number]), paging.after_instant_and_id(_LIST)


def said_of(code: str) -> dict[str, Any] | None:
    """Say in one line what became of earlier proposals of a category, None while there were none."""
    counted = Counted(outcomes.SUBJECTS[0], code)
    rate = outcomes.rate_of(unit.session(), counted, since=_since())
    if not rate.proposed:
        return None
    label = reference.category_label(code, locale())
    text = words("triage_model.said", category=label, proposed=rate.proposed, taken=rate.taken)
    return {
        "text": text,
        "links": [
            {"text": words("triage_model.which"), "url": _urls(counted.subject, code)["proposed"]},
            {"text": words("triage_model.more"), "url": url_for("triage_model.show")},
        ],
    }


def _since() -> datetime:
    # From a midnight on, so that a number still counts what it did when it is opened.
    return midnight(unit.today() - LOOKED_BACK, zone=unit.office().settings.zone)


def _urls(subject: str, code: str | None) -> dict[str, str]:
    """Return the addresses of what the numbers of a rate count."""
    return {each: url_for("triage_model.show_proposals", subject=subject, code=code, number=each) for each in _NUMBERS}


def _noted_rows(rows: Sequence[TriageOutcome]) -> list[dict[str, Any]]:
    ids = list(dict.fromkeys(each.case_id for each in rows))
    cases = {row.id: row for row in chosen.rows(unit.session(), identity.actor(), ids, at=unit.at())}
    reads = answers.title_reader()
    return [_noted_row(each, cases[each.case_id], plainly=reads(cases[each.case_id])) for each in rows]


def _noted_row(each: TriageOutcome, case: CaseRow, *, plainly: bool) -> dict[str, Any]:
    chosen_label = _name(each.subject, each.chosen)
    return {
        "title": case.title if plainly else personal.scrub(case.title),
        "url": f"/cases/{case.number}",
        "about": "・".join((case.number, reference.place_told(case.region_code))),
        "proposed": _name(each.subject, each.proposed),
        "share": words("triage_model.share", n=each.share),
        "chip": chips.Chip("green", words("triage_model.taken"))
        if each.taken
        else chips.Chip("amber", words("triage_model.changed", chosen=chosen_label)),
        "when": wording.moment(each.at),
    }


def _pager(n: int, more: str | None) -> dict[str, Any]:
    here = dict(request.args.lists())
    return {
        "text": words("links.page", n=n),
        "prev_url": addresses.query(addresses.without(here, "cursor")) if "cursor" in here else None,
        "next_url": None if more is None else addresses.changed(here, cursor=more),
    }


def _rates(subject: str, found: Mapping[tuple[str, str], Rate]) -> dict[str, Any] | None:
    """Return the rates of one subject, what was proposed most first; None where nothing was proposed."""
    rows = sorted(((code, rate) for (kind, code), rate in found.items() if kind == subject), key=_by_proposed)
    if not rows:
        return None
    whole = Rate(sum(rate.proposed for _, rate in rows), sum(rate.taken for _, rate in rows))
    return {
        "subject": subject,
        "title": words(f"triage.{subject}"),
        "whole": _rate(words("triage_model.all"), whole, subject, None),
        "rows": [_rate(_name(subject, code), rate, subject, code) for code, rate in rows],
    }


def _by_proposed(row: tuple[str, Rate]) -> tuple[int, str]:
    return -row[1].proposed, row[0]


def _name(subject: str, code: str) -> str:
    if subject == "org":
        return reference.org_names().get(code, code)
    return words(f"urgency.{code}") if subject == "urgency" else reference.category_label(code, locale())


def _rate(text: str, rate: Rate, subject: str, code: str | None) -> dict[str, Any]:
    return {
        "text": text,
        "proposed": rate.proposed,
        "taken": rate.taken,
        "corrected": rate.proposed - rate.taken,
        "share": round(100 * rate.taken / rate.proposed) if rate.proposed else 0,
        "urls": _urls(subject, code),
    }


def _version(row: TriageModel, parts: Sequence[TriagePart], *, used: bool) -> dict[str, Any]:
    weakest = sorted(row.figures["per_class"].items(), key=lambda item: item[1]["f1"])[:3]
    told = wording.joined([f"{_called(label)} {each['f1'] / 100:.0f}%" for label, each in weakest])
    return {
        "name": suggestions.LEARNT.format(number=row.number),
        "source": words(f"triage_model.source.{row.source}", rows=row.rows, labels=len(row.labels)),
        "made": wording.plain_moment(row.made_at),
        "score": f"{row.figures['macro_f1'] / 100:.1f}%",
        "calibration": f"{row.figures['ece'] / 100:.1f}%",
        "weakest": words("triage_model.weakest", told=told),
        "beside": [
            words(
                "triage_model.beside",
                subject=words(f"triage.{part.subject}"),
                score=f"{part.figures['macro_f1'] / 100:.1f}%",
                calibration=f"{part.figures['ece'] / 100:.1f}%",
                rows=part.rows,
            )
            for part in parts
        ],
        "used": used,
    }


def _called(label: str) -> str:
    return reference.category_label(label, locale()) if label in reference.categories() else label
