"""How somebody is reached outside the application: mail and text messages, in my settings.

Both are asked for only where the office sends them. Neither is anybody else's to see, and no personal data of villagers
travels by either.
"""

from collections.abc import Sequence
from typing import Any

from flask import request

from casework.core.errors import FieldError, Invalid
from casework.registry import accounts
from casework.registry.identities import Identity
from casework.registry.tables import Person
from web import unit
from web.forms import field, with_mistakes
from web.locales import words

# What is so until somebody chooses: mail comes to whoever gave an address, text messages to whoever asked for them.
_STANDING = {"mail": "all", "sms": "none"}
MAIL_ADDRESS, PHONE = "mail_address", "phone"


def keep(person: Person) -> Sequence[FieldError]:
    """Keep address and number as far as they were sent; return all mistakes, and then nothing is kept."""
    mistakes: list[FieldError] = []
    kept = person.mail, person.phone_cipher
    try:
        if MAIL_ADDRESS in request.form:
            accounts.keep_mail(person, request.form[MAIL_ADDRESS], at=unit.at())
    except Invalid as mistake:
        mistakes += mistake.errors
    try:
        if PHONE in request.form:
            accounts.keep_phone(unit.session(), person, request.form[PHONE], at=unit.at())
    except Invalid as mistake:
        mistakes += mistake.errors
    if mistakes:
        person.mail, person.phone_cipher = kept
    return mistakes


def fields(known: Identity, person: Person, mistakes: Sequence[FieldError]) -> dict[str, Any]:
    """Return what is asked about mail and text messages; None where the office sends none."""
    return {**_mail(known, person, mistakes), **_texts(known, person, mistakes)}


def _mail(known: Identity, person: Person, mistakes: Sequence[FieldError]) -> dict[str, Any]:
    if not unit.office().settings.mail_url:
        return {"mail": None, MAIL_ADDRESS: None}
    address = request.form.get(MAIL_ADDRESS) if mistakes else person.mail
    asked = field(
        "mail_address", "profile.mail_address", required=False, value=address, hint="profile.mail_address_hint",
        autocomplete="email",
    )  # fmt: skip
    (shown,), _ = with_mistakes([asked], mistakes)
    choice = _choice("mail", known, mistakes)
    return {
        "mail": field("mail", "profile.mail", kind="radio", hint="profile.mail_hint", wide=True, **choice),
        MAIL_ADDRESS: shown,
    }


def _texts(known: Identity, person: Person, mistakes: Sequence[FieldError]) -> dict[str, Any]:
    if unit.office().settings.sms is None:
        return {"sms": None, PHONE: None}
    number = request.form.get(PHONE) if mistakes else accounts.plain_phone(unit.session(), person)
    asked = field("phone", "profile.text_phone", required=False, value=number, hint="profile.text_phone_hint")
    (shown,), _ = with_mistakes([asked], mistakes)
    choice = _choice("sms", known, mistakes)
    return {"sms": field("sms", "profile.sms", kind="radio", wide=True, **choice), PHONE: shown}


def _choice(name: str, known: Identity, mistakes: Sequence[FieldError]) -> dict[str, Any]:
    standing = known.preferences.get(name, _STANDING[name])
    return {
        "value": request.form.get(name, standing) if mistakes else standing,
        "options": [(str(code), words(f"profile.{name}.{code}")) for code in accounts.PREFERENCES[name]],
    }
