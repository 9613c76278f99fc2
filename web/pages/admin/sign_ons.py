"""To which subject of single sign-on an account is tied, for the administrator. Off (404) unless set."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from casework.core.errors import FieldError, Invalid, NotFound
from casework.registry import sign_ons
from casework.registry.tables import Person
from web import identity, unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages.admin import accounts

blueprint = Blueprint("sign_ons", __name__)

_CREATE = "accounts.create"


@blueprint.get("/admin/accounts/<uuid:person_id>/sign-on")
@needs(_CREATE, anywhere=True)
def ask(person_id: UUID) -> Response:
    """Show the form that ties an account to a subject of the provider of single sign-on."""
    person = accounts.account(person_id)
    return accounts.page(only=person, form=_tie_form(person))


@blueprint.post("/admin/accounts/<uuid:person_id>/sign-on")
@needs(_CREATE, anywhere=True)
def tie(person_id: UUID) -> Response:
    """Tie an account to a subject, or to nobody."""
    person, session = accounts.account(person_id, lock=True), unit.session()
    subject, issuer = request.form.get("subject", ""), _issuer()
    try:
        sign_ons.tie(session, person, subject, issuer=issuer, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return accounts.page(only=person, form=_tie_form(person, mistake.errors), status=422)
    return accounts.done(person)


def _issuer() -> str:
    if (settings := unit.office().settings.oidc) is None:
        raise NotFound("sign_on")
    return settings.issuer


def _tie_form(person: Person, mistakes: Sequence[FieldError] = ()) -> dict[str, Any]:
    issuer = _issuer()
    value = request.form.get("subject", sign_ons.tied_to(unit.session(), person, issuer=issuer))
    asked = field("subject", "accounts.subject", required=False, value=value, wide=True, hint="accounts.subject_hint")
    return accounts.form_of(
        "sign_ons.tie", person, words("accounts.sign_on_title", name=person.name), [asked], mistakes
    )
