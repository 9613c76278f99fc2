"""Who is calling: a bearer token or the log-in of a browser, looked up once in each request.

The cookie holds 256 random bits and nothing else; what they mean is kept in the database as their SHA-256, so that a
log-in can be ended from there at any moment.
"""

from uuid import UUID

from flask import Request, Response, request
from structlog import get_logger

from casework.core.actors import Actor
from casework.core.database_faults import DatabaseFault
from casework.core.errors import CaseworkError
from casework.core.hashing import token_digest
from casework.registry import identities, tokens
from casework.registry.identities import Identity
from web import unit
from web.routing import Application

COOKIE = "casework_session"
# Longer ones are none of ours: no reason to hash and look for them.
_LONGEST_TOKEN = 200


class Unknown(CaseworkError):
    """Nobody is known by what came with the request (401)."""

    code = "unknown_caller"


def actor() -> Actor:
    """Return the caller.

    Raises:
        Unknown: no token or log-in came with the request, or it has ended.
    """
    return identity().actor


def person_id() -> UUID:
    """Return the id of the caller.

    Raises:
        Unknown: no token or log-in came with the request, or it has ended.
    """
    found = actor().person_id
    if found is None:
        raise Unknown
    return found


def identity() -> Identity:
    """Return the caller with what let them in.

    Raises:
        Unknown: no token or log-in came with the request, or it has ended.
    """
    found = identity_or_none()
    if found is None:
        raise Unknown
    return found


def identity_or_none() -> Identity | None:
    """Return the caller, or None when nobody known calls."""
    at_hand = unit.at_hand()
    if not at_hand.is_caller_known:
        assume(_find())
    return at_hand.caller


def assume(caller: Identity | None) -> None:
    """Take somebody for the caller of this request."""
    at_hand = unit.at_hand()
    at_hand.caller, at_hand.is_caller_known = caller, True


def identity_already_known() -> Identity | None:
    """Return the caller if they have been looked up in this request; asks nobody."""
    return unit.at_hand().caller


def has_been_asked() -> bool:
    """Say whether the caller has been looked up in this request, whoever they turned out to be."""
    return unit.at_hand().is_caller_known


def is_bearer() -> bool:
    """Say whether the request carries a token of its own; only then no form token is asked for."""
    return _bearer() is not None


def is_browser() -> bool:
    """Say whether the request carries the cookie of a log-in."""
    # To read the cookies of who sent none takes longer than all else that is asked here.
    return "HTTP_COOKIE" in request.environ and cookie_name() in request.cookies


def cookie_name() -> str:
    """Return the name of the log-in's cookie; over https browsers hold it to this host alone."""
    return f"__Host-{COOKIE}" if unit.office().settings.https else COOKIE


def let_in(response: Response, *, secret: str) -> None:
    """Hand the browser its log-in."""
    response.set_cookie(
        cookie_name(), secret, path="/", httponly=True, samesite="Lax", secure=unit.office().settings.https
    )


def let_out(response: Response) -> None:
    """Take the log-in away from the browser."""
    response.delete_cookie(cookie_name(), path="/", httponly=True, samesite="Lax", secure=unit.office().settings.https)


def forget() -> None:
    """Look the caller up anew when next asked, after a log-in or log-out."""
    at_hand = unit.at_hand()
    at_hand.caller, at_hand.is_caller_known = None, False
    # Somebody else may read another language.
    unit.note_language(None)


def _bearer() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _find() -> Identity | None:
    at = unit.at()
    token = _bearer()
    if token is not None:
        if not 0 < len(token) <= _LONGEST_TOKEN:
            return None
        with unit.looking() as session:
            found = identities.by_token(session, digest=token_digest(token), at=at)
        if found is not None and found.token_kind != tokens.API:
            return None
        return _noted(found)
    secret = request.cookies.get(cookie_name(), "")
    if not 0 < len(secret) <= _LONGEST_TOKEN:
        return None
    profile = unit.office().settings.account_profile
    with unit.looking() as session:
        found = identities.by_session(session, digest=token_digest(secret), at=at, profile=profile)
    return _noted(found)


def _noted(found: Identity | None) -> Identity | None:
    if found is not None:
        note(found)
    return found


def note(found: Identity) -> None:
    """Note once this request is over that log-in or token is in use, where that was last noted long enough ago."""
    if identities.is_use_to_be_noted(found, at=unit.at()):
        unit.afterwards(lambda: _note_use(found))


def _note_use(found: Identity) -> None:
    """Write down that log-in or token is in use; a database that cannot write must not spoil a page that reads."""
    try:
        with unit.office().db.transaction() as session:
            identities.note_use(session, found, at=unit.at())
    except DatabaseFault as fault:
        get_logger().warning("use.not_noted", fault=type(fault).__name__)


def init(app: Application) -> None:
    """Answer 401 with the way in that programs may take."""

    @app.on_answer
    def _challenge(_asked: Request, response: Response) -> Response:
        if response.status_code == 401:
            response.headers.setdefault("WWW-Authenticate", "Bearer")
        return response
