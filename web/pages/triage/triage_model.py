"""How well the proposals of the triage desk do: what was taken of them, and the versions of the model."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, make_response, render_template

from casework.cases import suggestions
from casework.triage import outcomes, shelf
from casework.triage.outcomes import Rate
from casework.triage.tables import TriageModel, TriagePart
from web import unit
from web.access import needs
from web.locales import locale, words
from web.views import counting, reference, wording

blueprint = Blueprint("triage_model", __name__)

PERMISSION = "case.assign"
LOOKED_BACK = timedelta(days=180)


@blueprint.get("/triage/model")
@needs(PERMISSION, anywhere=True)
def show() -> Response:
    """Show the rates of category, unit and urgency, the versions, and how a model is trained."""
    session, at = unit.session(), unit.at()
    used = shelf.in_use(session)
    found = outcomes.rates(session, since=at - LOOKED_BACK)
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


def said_of(code: str) -> dict[str, Any] | None:
    """Say in one line what became of earlier proposals of a category, None while there were none."""
    rate = outcomes.rate_of(unit.session(), code, since=unit.at() - LOOKED_BACK)
    if not rate.proposed:
        return None
    label = reference.category_label(code, locale())
    text = words("triage_model.said", category=label, proposed=rate.proposed, taken=rate.taken)
    return {"text": text, "link": {"text": words("triage_model.more"), "url": "/triage/model"}}


def _rates(subject: str, found: Mapping[tuple[str, str], Rate]) -> dict[str, Any] | None:
    """Return the rates of one subject, what was proposed most first; None where nothing was proposed."""
    rows = sorted(((code, rate) for (kind, code), rate in found.items() if kind == subject), key=_by_proposed)
    if not rows:
        return None
    whole = Rate(sum(rate.proposed for _, rate in rows), sum(rate.taken for _, rate in rows))
    return {
        "subject": subject,
        "title": words(f"triage.{subject}"),
        "whole": _rate(words("triage_model.all"), whole),
        "rows": [_rate(_name(subject, code), rate) for code, rate in rows],
    }


def _by_proposed(row: tuple[str, Rate]) -> tuple[int, str]:
    return -row[1].proposed, row[0]


def _name(subject: str, code: str) -> str:
    if subject == "org":
        return reference.org_names().get(code, code)
    return words(f"urgency.{code}") if subject == "urgency" else reference.category_label(code, locale())


def _rate(text: str, rate: Rate) -> dict[str, Any]:
    return {
        "text": text,
        "proposed": rate.proposed,
        "taken": rate.taken,
        "corrected": rate.proposed - rate.taken,
        "share": round(100 * rate.taken / rate.proposed),
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
