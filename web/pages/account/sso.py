"""Single sign-on: to the provider, back from it, and out of it. What it says is judged in web/oidc.py.

Who it vouches for comes in when an account here is tied to them (casework/registry/sign_ons.py): none is ever made by
coming in. A second factor set up here is asked for here too, since another house's word about it cannot be checked.
Off (404) unless set.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, current_app, make_response, redirect, request, url_for
from flask import session as form_session
from werkzeug.exceptions import TooManyRequests

from casework.core.errors import Refused
from casework.registry import audit, sessions, sign_ons
from casework.registry.logins import Attempt
from web import errors, identity, oidc, rates, unit
from web.access import open_to_all
from web.locales import words
from web.oidc import Going, NotVouched, Provider
from web.pages.account import login

blueprint = Blueprint("sso", __name__)

_OPEN = "nobody is known before single sign-on"
_GOING = "sso_going"
_WITHIN = timedelta(minutes=10)
# A whole office may sit behind one address, and a log-in takes two; refusals are rarer, and leave a row in the audit.
_TRIES = (600, timedelta(minutes=10))
_REFUSALS = (30, timedelta(minutes=10))
_NOT_REACHED = frozenset({"out_of_reach", "provider", "busy"})


@blueprint.get("/login/sso")
@open_to_all(_OPEN)
def begin() -> Response:
    """Send the browser to the provider; with `again`, who is in to prove once more who they are."""
    provider = _provider()
    again = "again" in request.args and identity.identity_or_none() is not None
    _hold_off()
    try:
        url, going = provider.begin(back=_back(), at=unit.at(), again=again)
    except NotVouched as fault:
        return _refused(fault.why)
    form_session[_GOING] = {
        **{"state": going.state, "nonce": going.nonce, "verifier": going.verifier, "again": going.again},
        "until": (unit.at() + _WITHIN).isoformat(),
        "next": login.safe_next(request.args.get("next"), default=""),
    }
    return _fresh(make_response(redirect(url)))


@blueprint.get("/login/sso/back")
@open_to_all(_OPEN)
def back() -> Response:
    """Judge what the provider answers; each going counts once."""
    provider = _provider()
    _hold_off()
    kept: Mapping[str, Any] = form_session.pop(_GOING, None) or {}
    going = _going(kept)
    answer = {name: value for name, value in request.args.items() if len(value) <= 4000}
    try:
        known = provider.vouched(answer, going, back=_back(), at=unit.at())
    except NotVouched as fault:
        return _refused(fault.why)
    db = unit.office().db
    with db.transaction() as session:
        attempt = sign_ons.vouched(
            session,
            issuer=provider.settings.issuer,
            subject=known.subject,
            user_name=known.user_name,
            address=login.address(),
        )
    if attempt is None:
        # The administrator needs it to tie the account; nobody else is told.
        return _refused("unknown", subject=known.subject)
    target = kept.get("next") or None
    if going is not None and going.again:
        return _proven(attempt, target)
    if attempt.has_second_factor:
        login.ask_for_code(attempt, came_by=sessions.OIDC)
        return _fresh(make_response(redirect(url_for("login.show", next=target, step="code"))))
    return _fresh(_come_in(attempt, target, proven_at=known.proven_at))


@blueprint.get("/login/sso/out")
@open_to_all(_OPEN)
def out() -> Response:
    """Lead to where somebody logs out at the provider too."""
    provider = _provider()
    try:
        target = provider.way_out(back=url_for("login.show", _external=True), at=unit.at())
    except NotVouched:
        target = None
    return _fresh(make_response(redirect(target or url_for("login.show"))))


def _proven(attempt: Attempt, target: str | None) -> Response:
    """Note that who is in has proven it anew, and lead back to where that was wanted."""
    known = identity.identity_or_none()
    if known is None or known.session_id is None or known.actor.person_id != attempt.person_id:
        return _refused("another")
    with unit.office().db.transaction() as session:
        sessions.prove(session, known.session_id, by=sessions.OIDC, actor=known.actor, at=unit.at())
    return _fresh(make_response(redirect(login.safe_next(target))))


def _come_in(attempt: Attempt, target: str | None, *, proven_at: datetime | None) -> Response:
    try:
        return login.come_in(attempt, came_by=sessions.OIDC, target=target, proven_at=proven_at)
    except Refused as refused:
        _note("account")
        return _fresh(login.page(strong=words("login.not_now"), text=errors.sentences(refused.refusals), status=403))


def _refused(why: str, **told: str) -> Response:
    """Say why nobody came in, and write it down."""
    _note(why)
    status = 502 if why in _NOT_REACHED else 403
    text = words(f"login.sso.{why}", **told)
    return _fresh(login.page(strong=words("login.sso.refused"), text=text, status=status))


def _hold_off() -> None:
    rates.hold_off("sso", *_TRIES, key=rates.household(login.address()), at=unit.at())


def _note(why: str) -> None:
    try:
        rates.hold_off("sso_refused", *_REFUSALS, key=rates.household(login.address()), at=unit.at())
    except TooManyRequests:
        # The reason is told all the same: an office whose provider is down reads it a hundred times.
        return
    facts = {"why": why, "address": login.address()}
    with unit.office().db.transaction() as session:
        audit.record(session, event="login.sso_refused", actor=None, at=unit.at(), facts=facts)


def _going(kept: Mapping[str, Any]) -> Going | None:
    if not kept or unit.at() > datetime.fromisoformat(kept["until"]):
        return None
    return Going(kept["state"], kept["nonce"], kept["verifier"], kept["again"])


def _provider() -> Provider:
    settings = unit.office().settings.oidc
    if settings is None:
        abort(404)
    known: dict[Any, Provider] = current_app.extensions.setdefault("casework_oidc", {})
    return known.setdefault(settings, oidc.Provider(settings))


def _back() -> str:
    return url_for("sso.back", _external=True)


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    # The address of the way back holds a code: it is told to nobody.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
