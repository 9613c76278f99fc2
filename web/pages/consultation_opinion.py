"""The page somebody who was asked opens by their link, without an account: one question, answered once."""

from datetime import timedelta

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from casework.consultations import codes, queries, ratings
from casework.core import personal
from casework.core.actors import SYSTEM
from casework.core.errors import Invalid, NotFound, Refused
from web import rates, unit
from web.access import open_to_all
from web.forms import field, with_mistakes
from web.locales import words
from web.pages import public_parts
from web.pages.login import address
from workflows import following

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
    raw = {name: request.form.get(name, "") for name in ("satisfaction", "words")}
    try:
        following.answer(unit.session(), token, raw, at=unit.at())
    except NotFound:
        abort(404)
    except Invalid as mistake:
        return _page(token, mistake=mistake, status=422)
    except Refused:
        return _page(token, status=409)
    return _page(token, fresh=True)


def _page(token: str, *, mistake: Invalid | None = None, fresh: bool = False, status: int = 200) -> Response:
    session = unit.session()
    known = ratings.of_token(session, token, at=unit.at())
    if known is None:
        abort(404)
    row = queries.take(session, SYSTEM, str(known.consultation_id))
    choices = [(code, words(f"meetings.satisfaction.{code}")) for code in codes.SATISFACTIONS]
    fields, summary = with_mistakes(
        [
            field("satisfaction", "meetings.opinion_title", kind="radio", options=choices,
                  value=request.form.get("satisfaction")),
            field("words", "meetings.field.opinion", kind="textarea", rows=3, required=False,
                  value=request.form.get("words")),
        ],
        mistake.errors if mistake is not None else (),
    )  # fmt: skip
    answered = known.answered_at is not None
    page = render_template(
        "consultations/opinion.html",
        bare=public_parts.bare(),
        # Who opens a link may have been sent it on: no name and no number of a villager stands in it.
        topic=personal.scrub(row.title),
        form=None if answered else {"url": url_for(".answer", token=token), "fields": fields, "errors": summary},
        told=(words("meetings.opinion_thanks" if fresh else "meetings.opinion_once")) if answered else None,
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _hold_off() -> None:
    rates.hold_off("opinions", _MOST, _WITHIN, key=rates.household(address()), at=unit.at())
