"""Lifting a mask: one value, with a reason, capped a day, always logged. It is never put into a page that is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from casework.activities.tables import Lead
from casework.campaign import visibility
from casework.campaign.record_visibility import find, subject_of
from casework.core.errors import Invalid, NotFound
from casework.permissions import Subject
from casework.registry.logins import WrongPassword
from web import identity, proofs, unit
from web.access import needs
from web.locales import is_program, words
from web.pages import desks
from web.pages.account import proof
from web.views import counting
from web.views.acts import case_url
from workflows import records, revealing
from workflows.denials import CapReached, ProofWanted
from workflows.revealing import Sealed

blueprint = Blueprint("reveal", __name__)

PERMISSION = "case.reveal"
SHOWN_SECONDS = 60
REASONS = ("call", "check", "fill")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is masked: the record, what it is to the caller, its page, and what its fields are called."""

    sealed: Sealed
    subject: Subject
    url: str
    room: str
    called: Callable[[str], str]

    @property
    def field(self) -> str:
        """The field asked for."""
        field = request.values.get("field", "")
        if field not in self.sealed.fields:
            raise NotFound("value")
        return field


@blueprint.get("/cases/<number>/reveal")
@needs(PERMISSION)
def ask(number: str) -> Response:
    """Ask for the reason."""
    return _ask(_of_case(number, lock=False))


@blueprint.post("/cases/<number>/reveal")
@needs(PERMISSION)
def show(number: str) -> Response:
    """Show one value in plain."""
    wrong = _prove()
    return _show(_of_case(number, lock=True), wrong)


@blueprint.get("/members/<uuid:member_id>/reveal")
@needs("member.reveal")
def ask_of_member(member_id: UUID) -> Response:
    """Ask why a member's phone is to be shown."""
    return _ask(_of_member(member_id))


@blueprint.post("/members/<uuid:member_id>/reveal")
@needs("member.reveal")
def show_of_member(member_id: UUID) -> Response:
    """Show a member's phone."""
    wrong = _prove()
    return _show(_of_member(member_id), wrong)


@blueprint.get("/households/<uuid:household_id>/reveal")
@needs("household.reveal")
def ask_of_household(household_id: UUID) -> Response:
    """Ask why a value of a household is to be shown."""
    return _ask(_of_household(household_id))


@blueprint.post("/households/<uuid:household_id>/reveal")
@needs("household.reveal")
def show_of_household(household_id: UUID) -> Response:
    """Show one value of a household in plain."""
    wrong = _prove()
    return _show(_of_household(household_id), wrong)


@blueprint.get("/leads/<uuid:lead_id>/reveal")
@needs("lead.reveal")
def ask_of_lead(lead_id: UUID) -> Response:
    """Ask why a value of a lead's household is to be shown."""
    return _ask(_of_lead(lead_id))


@blueprint.post("/leads/<uuid:lead_id>/reveal")
@needs("lead.reveal")
def show_of_lead(lead_id: UUID) -> Response:
    """Show one value of a lead's household in plain."""
    wrong = _prove()
    return _show(_of_lead(lead_id), wrong)


def _of_case(number: str, *, lock: bool) -> _Asked:
    hand = desks.take(number, lock=lock)
    sealed = revealing.of_case(hand.session, hand.case)
    return _Asked(sealed, hand.subject, case_url(hand.case), "cases", lambda name: words(f"case.{name}_of_reporter"))


def _of_member(member_id: UUID) -> _Asked:
    session = unit.session()
    row = visibility.take_member(session, identity.actor(), member_id)
    url = url_for("members.show", member_id=row.id)
    subject = visibility.subject_of_member(row)
    return _Asked(revealing.of_member(session, row), subject, url, "links", lambda name: words(f"linked.{name}"))


def _of_household(household_id: UUID) -> _Asked:
    session, today = unit.session(), unit.today()
    row = visibility.take_household(session, identity.actor(), household_id, on=today)
    url = url_for("households.show", household_id=row.id)
    subject = visibility.subject_of_household(session, row, on=today)
    return _Asked(revealing.of_household(session, row), subject, url, "links", lambda name: words(f"linked.{name}"))


def _of_lead(lead_id: UUID) -> _Asked:
    session, today = unit.session(), unit.today()
    row: Lead = find(session, identity.actor(), Lead, lead_id, on=today)
    url = url_for("leads.show", lead_id=row.id)
    subject = subject_of(session, row, on=today)
    return _Asked(revealing.of_lead(session, row), subject, url, "links", lambda name: words(f"linked.{name}"))


def _ask(asked: _Asked) -> Response:
    records.require(identity.actor(), asked.sealed.permission, asked.subject)
    return _page(asked, asked.field)


def _prove() -> WrongPassword | None:
    """Judge the proof that came along; what was wrong is told once it is known that there is such a value."""
    try:
        proof.take()
    except WrongPassword as wrong:
        return wrong
    return None


def _show(asked: _Asked, wrong: WrongPassword | None) -> Response:
    field, reason = asked.field, request.form.get("reason", "")
    told = request.form.get("words", "").strip()
    label = words(f"reveal.reason.{reason}") if reason in REASONS else reason
    raw = {"field": field, "reason": words("reveal.reason_words", reason=label, words=told) if told else label}
    session, actor, at = unit.session(), identity.actor(), unit.at()
    try:
        value = revealing.reveal(
            session, asked.sealed, raw, subject=asked.subject, actor=actor, at=at, proven=proofs.is_fresh()
        )
    except ProofWanted:
        return _page(asked, field, wrong=wrong, status=403)
    except Invalid as mistake:
        error = words(f"field.{mistake.errors[0].code}", **mistake.errors[0].params)
        return _page(asked, field, error=error, status=422)
    except CapReached:
        return _page(asked, field, error=words("refusal.cap_reached"), status=429)
    if value is None:
        raise NotFound("value")
    if is_program():
        left = revealing.left_today(session, actor=actor, at=at)
        return jsonify(value=value, left=left, seconds=SHOWN_SECONDS)
    return _page(asked, field, value=value)


def _page(
    asked: _Asked,
    field: str,
    *,
    value: str | None = None,
    error: str | None = None,
    wrong: WrongPassword | None = None,
    status: int = 200,
) -> Response:
    url = f"{asked.url}/reveal?field={field}"
    reveal: dict[str, Any] = {
        "title": words("reveal.title", what=asked.called(field)),
        "url": url,
        "proof": proof.asked(url, wrong=wrong),
        "back_url": asked.url,
        "reasons": [{"value": code, "label": words(f"reveal.reason.{code}")} for code in REASONS],
        "left": max(revealing.left_today(unit.session(), actor=identity.actor(), at=unit.at()), 0),
        "value": value,
        "error": error,
    }
    if desks.is_in_place() or (is_program() and value is None):
        # A form that is sent from within a page is shown again in its place, with what is to be mended.
        return make_response(render_template("cases/_reveal.html", reveal=reveal), status)
    return make_response(render_template("cases/reveal.html", frame=counting.framed(asked.room), reveal=reveal), status)
