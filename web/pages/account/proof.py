"""Proving once more who one is, in a form that shows something personal or on a page of its own, and then going on.

By the password; who has none by the second factor; who has neither at the provider of single sign-on. Guesses are
counted, held back and locked like those at the log-in.
"""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.core.errors import FieldError
from casework.core.hashing import Busy, verify_password
from casework.registry import logins, second_factor, sessions
from casework.registry.accounts import get_account
from casework.registry.logins import WrongPassword
from web import frames, identity, proofs, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import words
from web.pages.account import login

blueprint = Blueprint("proof", __name__)

FIELD = "proof"
_LONGEST = 1100


@blueprint.get("/proof")
@needs("profile.change", at_the_door=True)
def show() -> Response:
    """Ask for the proof."""
    return _page()


@blueprint.post("/proof")
@needs("profile.change", at_the_door=True)
def prove() -> Response:
    """Judge it, and lead back to where it was wanted."""
    target = login.safe_next(request.args.get("next"))
    if proofs.way() == proofs.PROVIDER:
        return make_response(redirect(url_for("sso.begin", next=target, again="1"), 303))
    try:
        take()
    except WrongPassword as wrong:
        return _page(mistakes=[FieldError(FIELD, "proof_wrong", {"left": wrong.left})], status=403)
    if not proofs.is_fresh():
        return _page(mistakes=[FieldError(FIELD, "required")], status=422)
    return make_response(redirect(target, 303))


def take() -> None:
    """Judge the proof that came with a form, if one is wanted and came; a right one stands whatever the rest becomes.

    To be called before the request has a transaction of its own: none is open while a password is hashed.

    Raises:
        WrongPassword, LockedOut: it was not right, or not judged at all.
        Busy: too many passwords are being hashed; the try does not count.
    """
    given = request.form.get(FIELD, "")[:_LONGEST]
    if not given or proofs.is_fresh() or proofs.way() == proofs.PROVIDER:
        return
    known, db, at, by = identity.identity(), unit.office().db, unit.at(), proofs.way()
    attempt = login.counted_try()
    try:
        right = verify_password(given, stored=attempt.stored) if by == proofs.PASSWORD else _is_code(given)
    except Busy:
        with db.transaction() as session:
            logins.withdraw(session, attempt)
        raise
    if not right or known.session_id is None:
        login.hold_back(attempt.left)
        raise WrongPassword(attempt.left)
    with db.transaction() as session:
        logins.withdraw(session, attempt)
        sessions.prove(session, known.session_id, by=by, actor=known.actor, at=at)
    identity.forget()


def asked(next_url: str, *, wrong: WrongPassword | None = None) -> dict[str, Any] | None:
    """Return what a form asks for beside its own fields; None while the last proof is fresh."""
    if proofs.is_fresh():
        return None
    if proofs.way() == proofs.PROVIDER:
        return {"url": url_for("sso.begin", next=next_url, again="1")}
    mistakes = [] if wrong is None else [FieldError(FIELD, "proof_wrong", {"left": wrong.left})]
    return {"field": with_mistakes([_field()], mistakes)[0][0]}


def _field() -> dict[str, Any]:
    if proofs.way() == proofs.PASSWORD:
        made = field(FIELD, "proof.password", kind="password", autocomplete="current-password")
    else:
        made = field(FIELD, "proof.code", inputmode="numeric", autocomplete="one-time-code")
    return made | {"hint": words("proof.why", minutes=int(unit.office().settings.proof_within.total_seconds()) // 60)}


def _is_code(given: str) -> bool:
    with unit.office().db.transaction() as session:
        person = get_account(session, identity.person_id(), lock=True)
        return second_factor.use(session, person, code=given, at=unit.at())


def _page(*, mistakes: list[FieldError] | None = None, status: int = 200) -> Response:
    fields, summary = with_mistakes([] if proofs.way() == proofs.PROVIDER else [_field()], mistakes or [])
    target = login.safe_next(request.args.get("next"), default="")
    page = render_template(
        "second_factor.html",
        bare=frames.bare(),
        title=words("proof.title"),
        lead=words("proof.lead"),
        by_hand=None,
        button=words("proof.at_provider" if proofs.way() == proofs.PROVIDER else "proof.go_on"),
        done="",
        back=words("proof.back"),
        picture=None,
        spares=[],
        form={"url": url_for("proof.prove", next=target or None), "fields": fields, "errors": summary},
        back_url=target or "/",
    )
    return make_response(page, status)
