"""Setting up the second factor: a code to scan, six digits back, ten spare codes shown once."""

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.core.errors import FieldError, Invalid
from casework.registry import logins, second_factor
from casework.registry.accounts import get_account
from web import frames, identity, proofs, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import words
from web.pages.account.login import counted_try
from web.views import codes

blueprint = Blueprint("second_factor", __name__)


@blueprint.get("/profile/second-factor")
@needs("profile.change", at_the_door=True)
def show() -> Response:
    """Show the way to begin; nothing is written by looking."""
    return _page()


@blueprint.post("/profile/second-factor/begin")
@needs("profile.change", at_the_door=True)
def begin() -> Response:
    """Draw a secret and show it to be scanned."""
    # Who has one proves it before another takes its place.
    has_one = identity.identity().has_second_factor
    if not has_one:
        proofs.require()
    attempt = counted_try() if has_one else None
    person = get_account(unit.session(), identity.person_id(), lock=True)
    if attempt is not None:
        code = request.form.get("code", "")
        if not second_factor.use(unit.session(), person, code=code, at=unit.at()):
            return _page(mistakes=[FieldError("code", "code_wrong")], status=422)
        logins.withdraw(unit.session(), attempt)
    secret, address = second_factor.begin(unit.session(), person, issuer=frames.office_name())
    return _page(secret=secret, address=address)


@blueprint.post("/profile/second-factor/confirm")
@needs("profile.change", at_the_door=True)
def confirm() -> Response:
    """Turn it on by a first code and show the spare codes."""
    person = get_account(unit.session(), identity.person_id(), lock=True)
    try:
        spares = second_factor.confirm(
            unit.session(), person, code=request.form.get("code", ""), actor=identity.actor(), at=unit.at()
        )
    except Invalid as mistake:
        secret, address = second_factor.pending(unit.session(), person, issuer=frames.office_name())
        return _page(secret=secret, address=address, mistakes=mistake.errors, status=422)
    return _page(spares=spares)


def _page(
    *,
    secret: str = "",
    address: str = "",
    spares: Sequence[str] = (),
    mistakes: Sequence[FieldError] = (),
    status: int = 200,
) -> Response:
    on = identity.identity().has_second_factor
    asks_code = bool(secret) or (on and not spares)
    fields, summary = with_mistakes(
        [field("code", "second.code", inputmode="numeric", autocomplete="one-time-code")] if asks_code else [],
        mistakes,
    )
    page = render_template(
        "second_factor.html",
        bare=frames.bare(),
        title=words("second.title"),
        lead=words("second.how") if secret else words("second.spares", count=len(spares)) if spares else _state(),
        by_hand=words("second.by_hand", secret=secret) if secret else None,
        button=words("second.confirm") if secret else words("second.begin"),
        done=words("second.done"),
        back=words("second.back"),
        picture=codes.data_uri(address, scale=5, border=2) if address else None,
        spares=list(spares),
        form={
            "url": url_for("second_factor.confirm" if secret else "second_factor.begin"),
            "fields": fields,
            "errors": summary,
        },
        back_url=url_for("profile.show"),
    )
    return make_response(page, status)


def _state() -> str:
    person = get_account(unit.session(), identity.person_id())
    if not second_factor.is_on(unit.session(), person):
        return words("second.off")
    return words("second.on", spares=second_factor.spares_left(unit.session(), person))
