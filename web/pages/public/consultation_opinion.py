"""The page somebody who was asked opens by their link, without an account: one question, answered once.

It asks what they think of a consultation, or of what became of their own difficulty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from casework.agenda.queries import villagers_of
from casework.cases import codes as case_codes
from casework.cases.ratings import own_ratings
from casework.cases.reporters import hidden_in
from casework.cases.tables import Case
from casework.consultations import codes, queries, ratings
from casework.core import personal
from casework.core.actors import SYSTEM
from casework.core.errors import Invalid, NotFound, Refused
from web import rates, unit
from web.access import open_to_all
from web.forms import field, with_mistakes
from web.locales import words
from web.pages import public_parts
from web.pages.account.login import address
from workflows.cases import own_ratings as workflow_of_cases
from workflows.consultations import following

blueprint = Blueprint("consultation_opinion", __name__)

_OPEN = "whoever was asked has no account; the link is theirs, hard to guess, and answers one question once"
# By address: tokens are not to be tried out.
_MOST, _WITHIN = 60, timedelta(minutes=10)


@blueprint.get("/opinion/<token>")
@open_to_all(_OPEN)
def ask(token: str) -> Response:
    """Ask what somebody thinks of a consultation."""
    _hold_off()
    return _page(token)


@blueprint.post("/opinion/<token>")
@open_to_all(_OPEN)
def answer(token: str) -> Response:
    """Keep the answer, once."""
    _hold_off()
    is_case = own_ratings.of_token(unit.session(), token, at=unit.at()) is not None
    raw = {name: request.form.get(name, "") for name in ("satisfaction", "words")}
    if is_case and (solved := request.form.get("solved")):
        raw["solved"] = solved
    room = workflow_of_cases if is_case else following
    try:
        room.answer(unit.session(), token, raw, at=unit.at())
    except NotFound:
        abort(404)
    except Invalid as mistake:
        return _page(token, mistake=mistake, status=422)
    except Refused:
        return _page(token, status=409)
    return _page(token, fresh=True)


def _page(token: str, *, mistake: Invalid | None = None, fresh: bool = False, status: int = 200) -> Response:
    known = _asked(token)
    choices = [(code, words(f"{known.family}.{code}")) for code in known.codes]
    fields, summary = with_mistakes(
        [
            *(_solved() if known.is_case else ()),
            field("satisfaction", known.question, kind="radio", options=choices,
                  value=request.form.get("satisfaction")),
            field("words", "meetings.field.opinion", kind="textarea", rows=3, required=False,
                  value=request.form.get("words")),
        ],
        mistake.errors if mistake is not None else (),
    )  # fmt: skip
    answered = known.answered
    page = render_template(
        "consultations/opinion.html",
        bare=public_parts.bare(),
        # Who opens a link may have been sent it on: no name and no number of a villager stands in it.
        topic=known.title,
        about=known.about,
        form=None if answered else {"url": url_for(".answer", token=token), "fields": fields, "errors": summary},
        told=(words("meetings.opinion_thanks" if fresh else "meetings.opinion_once")) if answered else None,
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a link asks: of what, in which words, with which answers; `about` says why this person is asked."""

    title: str
    about: str
    question: str
    family: str
    codes: Sequence[str]
    answered: bool
    is_case: bool = False


def _asked(token: str) -> _Asked:
    """Return what a link asks; one that opens nothing (any more) is not there."""
    session, at = unit.session(), unit.at()
    if (known := ratings.of_token(session, token, at=at)) is not None:
        row = queries.take(session, SYSTEM, str(known.consultation_id))
        said = ("meetings.opinion_about", "meetings.opinion_title", "meetings.satisfaction")
        title = personal.scrub_with(row.title, villagers_of(session, row))
        return _Asked(title, words(said[0]), *said[1:], codes.SATISFACTIONS, known.answered_at is not None)
    own = own_ratings.of_token(session, token, at=at)
    case = None if own is None else session.get(Case, own.case_id)
    if own is None or case is None:
        abort(404)
    said = ("opinion.about", "opinion.title", "satisfaction")
    title, is_answered = hidden_in(session, case)(case.title), own.answered_at is not None
    return _Asked(title, words(said[0]), *said[1:], case_codes.SATISFACTIONS, is_answered, is_case=True)


def _solved() -> list[dict[str, Any]]:
    """Return the question whether it is solved; who leaves it out is not taken to have said anything."""
    choices = [(code, words(f"solved.{code}")) for code in case_codes.SOLVED]
    value = request.form.get("solved")
    return [field("solved", "opinion.solved", kind="radio", options=choices, required=False, value=value)]


def _hold_off() -> None:
    rates.hold_off("opinions", _MOST, _WITHIN, key=rates.household(address()), at=unit.at())
