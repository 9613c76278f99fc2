"""Coming in and going out: log-in in one or two steps, log-out, the language of this browser.

What counts tries and locks is casework/registry/logins.py. No transaction is open while a password is hashed, and
only a few threads at once are busy here: a flood of bad log-ins leaves the others to the people at work.
"""

import threading
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask import session as form_session

from casework.core.errors import CaseworkError, Refused
from casework.core.hashing import Busy, Gate, hash_password, is_outdated, verify_password
from casework.registry import logins, office_settings, passwords, second_factor, sessions
from casework.registry.account_rules import idle_limit
from casework.registry.accounts import get_account
from casework.registry.logins import Attempt, LockedOut, Welcome, WrongPassword
from web import errors, frames, identity, locales, unit
from web.access import needs, open_to_all
from web.locales import local, words

blueprint = Blueprint("login", __name__)

# The application's own setting: tests that fail a hundred log-ins do not wait for each.
DELAY_FACTOR = "LOGIN_DELAY_FACTOR"
_LONGEST_FIELD = 1100
_SECOND_STEP_WITHIN = timedelta(minutes=5)
_PENDING, _SSO_LEFT = "pending", "sso_left"
# Of the four that a process answers at once (web.crowding) two may log in and one be held back, so that while somebody
# guesses there is a place for pages; who comes then is asked to come again, at once.
_DOOR = Gate(slots=2, queue=0)
_SLOW_ANSWERS = threading.Semaphore(1)


@blueprint.get("/")
@open_to_all("leads to the first room of whoever is logged in, else to the log-in")
def home() -> Response:
    """Lead to where this person's work is."""
    known = identity.identity_or_none()
    return _to(url_for("login.show") if known is None else frames.home_url(known))


@blueprint.get("/login")
@open_to_all("nobody is known before this page")
def show() -> Response:
    """Show the log-in."""
    if identity.identity_or_none() is not None:
        return _to(url_for("login.home"))
    # Whom the provider of single sign-on sent back still owes the second factor.
    owed = request.args.get("step") == "code" and _came_by() == sessions.OIDC and _is_pending()
    return page(needs_code=owed)


@blueprint.post("/login")
@open_to_all("nobody is known before this page")
def log_in() -> Response:
    """Judge name and password, or the code of the second step."""
    came_by = _came_by() if "code" in request.form else sessions.PASSWORD
    try:
        with _DOOR.entered():
            attempt = _judged(*_asked())
            return come_in(attempt, came_by=came_by, target=request.form.get("next"))
    except WrongPassword as wrong:
        return _wrong(wrong.left)
    except LockedOut as locked:
        return _locked(locked.until)
    except Refused as refused:
        return page(strong=words("login.not_now"), text=errors.sentences(refused.refusals), status=403)
    except _CodeWanted:
        return page(needs_code=True)


@blueprint.post("/logout")
@needs("profile.change", at_the_door=True)
def log_out() -> Response:
    """End this log-in."""
    known = identity.identity()
    if known.session_id is not None and known.actor.person_id is not None:
        sessions.end(unit.session(), known.actor.person_id, session_id=known.session_id, at=unit.at())
    _forget_forms()
    if known.came_by == sessions.OIDC:
        form_session[_SSO_LEFT] = True
    response = _to(url_for("login.show"))
    identity.let_out(response)
    return response


@blueprint.get("/language/<code>")
@open_to_all("a choice of this browser alone, kept in its own cookie")
def choose_language(code: str) -> Response:
    """Keep the language for this browser and go back to the page."""
    locales.choose(code)
    return _to(safe_next(request.args.get("next")))


def safe_next(target: str | None, *, default: str = "/") -> str:
    """Return `target` if it is a path of this office, else `default`: nobody is led away from here."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or len(target) > 2000:
        return default
    return default if any(ord(character) < 33 or character == "\\" for character in target) else target


def counted_try() -> Attempt:
    """Count a try of somebody logged in who proves once more who they are.

    Raises:
        LockedOut: too many failed.
    """
    name = identity.identity().user_name
    with unit.office().db.transaction() as session:
        return logins.begin(session, user_name=name, address=address(), at=unit.at())


class _CodeWanted(CaseworkError):
    """The password was right; the second factor is asked for now."""


def _asked() -> tuple[str, str, str | None]:
    """Return user name, password and code as typed; in the second step the name is the one judged in the first."""
    code = request.form.get("code")
    if code is not None:
        pending = form_session.get(_PENDING) or {}
        return str(pending.get("account", "")), "", code[:_LONGEST_FIELD]
    return request.form.get("account", ""), request.form.get("password", "")[:_LONGEST_FIELD], None


def _judged(account: str, password: str, code: str | None) -> Attempt:
    """Count the try, then judge it.

    Raises:
        WrongPassword, LockedOut: it was not right, or not judged at all.
        Busy: too many passwords are being hashed; the try does not count.
        _CodeWanted: the password was right and a second factor is on.
    """
    db, at = unit.office().db, unit.at()
    with db.transaction() as session:
        attempt = logins.begin(session, user_name=account, address=address(), at=at)
    if code is not None:
        if not _code_is_right(attempt, code):
            raise WrongPassword(attempt.left)
        form_session.pop(_PENDING, None)
        return attempt
    try:
        right = verify_password(password, stored=attempt.stored)
    except Busy:
        with db.transaction() as session:
            logins.withdraw(session, attempt)
        raise
    if not right:
        raise WrongPassword(attempt.left)
    _strengthen(attempt, password)
    if attempt.has_second_factor:
        with db.transaction() as session:
            logins.withdraw(session, attempt)
        ask_for_code(attempt, came_by=sessions.PASSWORD)
        raise _CodeWanted
    return attempt


def _strengthen(attempt: Attempt, password: str) -> None:
    """Hash a right password anew where its hash is weaker than those made now; this is the one moment it is known."""
    if attempt.person_id is None or attempt.stored is None or not is_outdated(attempt.stored):
        return
    # Where too many are being hashed the next log-in does it.
    with suppress(Busy):
        hashed = hash_password(password)
        with unit.office().db.transaction() as session:
            passwords.strengthen(session, attempt.person_id, stored=attempt.stored, hashed=hashed, at=unit.at())


def ask_for_code(attempt: Attempt, *, came_by: str) -> None:
    """Keep in this browser that only the second factor is still owed."""
    until = (unit.at() + _SECOND_STEP_WITHIN).isoformat()
    form_session[_PENDING] = {"account": attempt.user_name, "until": until, "by": came_by}


def _is_pending() -> bool:
    pending = form_session.get(_PENDING) or {}
    return bool(pending) and unit.at() <= datetime.fromisoformat(pending["until"])


def _came_by() -> str:
    return str((form_session.get(_PENDING) or {}).get("by", sessions.PASSWORD))


def _code_is_right(attempt: Attempt, code: str) -> bool:
    if not _is_pending() or attempt.person_id is None:
        return False
    with unit.office().db.transaction() as session:
        person = get_account(session, attempt.person_id, lock=True)
        return second_factor.use(session, person, code=code, at=unit.at())


def come_in(attempt: Attempt, *, came_by: str, target: str | None, proven_at: datetime | None = None) -> Response:
    """Open the log-in of a try that was judged right and lead to where its owner wanted to go.

    `proven_at`: when its owner proved who they are elsewhere.

    Raises:
        Refused: the account sleeps, or the password given by somebody else has run out.
    """
    office = unit.office()
    with office.db.transaction() as session:
        welcome = logins.let_in(
            session,
            attempt,
            agent=request.headers.get("User-Agent", ""),
            at=unit.at(),
            profile=office.settings.account_profile,
            came_by=came_by,
            proven_at=proven_at,
        )
    return _welcome(welcome, safe_next(target))


def _welcome(welcome: Welcome, chosen: str) -> Response:
    # The form token of before is worth nothing now: who planted a cookie beforehand gains nothing by it.
    _forget_forms()
    if welcome.ended_elsewhere:
        frames.say(words("login.ended_elsewhere"))
    response = _to(chosen)
    identity.let_in(response, secret=welcome.secret)
    return response


def _wrong(left: int) -> Response:
    hold_back(left)
    second = "code" in request.form
    what = "login.wrong_code" if second else "login.wrong"
    strong = words(what, left=left) if left else words("login.wrong_last")
    hint = words("login.wrong_code_hint" if second else "login.wrong_hint")
    return page(strong=strong, text=hint, needs_code=second and _PENDING in form_session, status=401)


def hold_back(left: int) -> None:
    """Let a wrong guess cost time, the more the oftener; but only few wait, so that waiting is no weapon either."""
    if _SLOW_ANSWERS.acquire(blocking=False):
        try:
            time.sleep(logins.delay_seconds(left) * current_app.config[DELAY_FACTOR])
        finally:
            _SLOW_ANSWERS.release()


def _locked(until: datetime) -> Response:
    when = f"{local(until + timedelta(minutes=1)):%H:%M}"
    response = page(strong=words("login.locked"), text=words("login.locked_hint", until=when), status=429)
    response.headers["Retry-After"] = str(max(int((until - unit.at()).total_seconds()) + 1, 1))
    return response


def page(*, strong: str = "", text: str = "", needs_code: bool = False, status: int = 200) -> Response:
    """Show the log-in, with what went wrong."""
    sso, left = unit.office().settings.oidc, form_session.pop(_SSO_LEFT, False)
    idle = idle_limit({"clerk"}, profile=unit.office().settings.account_profile)
    form: dict[str, Any] = {
        "url": url_for("login.log_in"),
        "next": safe_next(request.values.get("next"), default=""),
        "account": request.form.get("account", "")[:_LONGEST_FIELD],
        "error": {"strong": strong, "text": text} if strong else None,
        "needs_code": needs_code,
    }
    made = render_template(
        "login.html",
        bare=frames.bare(),
        form=form,
        sso=None if sso is None else {"url": url_for("sso.begin", next=form["next"] or None), "label": sso.label},
        sso_out_url=url_for("sso.out") if sso is not None and left else None,
        public_url="/report" if _public_page_is_on() else None,
        idle_minutes=int(idle.total_seconds()) // 60,
    )
    response = make_response(made, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _public_page_is_on() -> bool:
    with unit.looking() as session:
        return bool(office_settings.value_of(session, office_settings.PUBLIC_PAGE))


def address() -> str:
    """Return the address the request came from."""
    return request.remote_addr or ""


def _forget_forms() -> None:
    chosen = form_session.get(locales.CHOICE)
    form_session.clear()
    if chosen is not None:
        form_session[locales.CHOICE] = chosen


def _to(path: str) -> Response:
    return make_response(redirect(path, 303 if request.method == "POST" else 302))
