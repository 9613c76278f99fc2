"""Lifting a mask: one value, with a reason, capped a day, always logged. It is never put into a page that is kept."""

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request

from casework.cases import reporters
from casework.core.errors import Invalid, NotFound
from web.access import needs
from web.locales import is_program, words
from web.pages import desks
from web.pages.desks import Hand
from web.views import counting
from web.views.acts import case_url
from workflows import records, revealing
from workflows.revealing import CapReached

blueprint = Blueprint("reveal", __name__)

PERMISSION = "case.reveal"
SHOWN_SECONDS = 60
REASONS = ("call", "check", "fill")


@blueprint.get("/cases/<number>/reveal")
@needs(PERMISSION)
def ask(number: str) -> Response:
    """Ask for the reason."""
    hand = desks.take(number)
    records.require(hand.actor, PERMISSION, hand.subject)
    return _page(hand, _field())


@blueprint.post("/cases/<number>/reveal")
@needs(PERMISSION)
def show(number: str) -> Response:
    """Show one value in plain."""
    hand = desks.take(number, lock=True)
    field, reason = _field(), request.form.get("reason", "")
    told = request.form.get("words", "").strip()
    label = words(f"reveal.reason.{reason}") if reason in REASONS else reason
    raw = {"field": field, "reason": words("reveal.reason_words", reason=label, words=told) if told else label}
    try:
        value = revealing.reveal(hand.session, revealing.of_case(hand.session, hand.case), raw, **hand.acting())
    except Invalid as mistake:
        return _page(
            hand, field, error=words(f"field.{mistake.errors[0].code}", **mistake.errors[0].params), status=422
        )
    except CapReached:
        return _page(hand, field, error=words("refusal.cap_reached"), status=429)
    if value is None:
        raise NotFound("value")
    if is_program():
        left = revealing.left_today(hand.session, actor=hand.actor, at=hand.at)
        return jsonify(value=value, left=left, seconds=SHOWN_SECONDS)
    return _page(hand, field, value=value)


def _field() -> str:
    field = request.values.get("field", "")
    if field not in reporters.FIELDS:
        raise NotFound("value")
    return field


def _page(hand: Hand, field: str, *, value: str | None = None, error: str | None = None, status: int = 200) -> Response:
    url = case_url(hand.case)
    reveal: dict[str, Any] = {
        "title": words("reveal.title", what=words(f"case.{field}_of_reporter")),
        "url": f"{url}/reveal?field={field}",
        "back_url": url,
        "reasons": [{"value": code, "label": words(f"reveal.reason.{code}")} for code in REASONS],
        "left": max(revealing.left_today(hand.session, actor=hand.actor, at=hand.at), 0),
        "value": value,
        "error": error,
    }
    if desks.is_in_place():
        return make_response(render_template("cases/_reveal.html", reveal=reveal), status)
    frame = counting.framed("cases")
    return make_response(render_template("cases/reveal.html", frame=frame, reveal=reveal), status)
