"""The doors of Open311: each path with both endings, the jurisdiction asked first, the key known, errors in its words.

Cookies count for nothing here: whoever sends a key is the client it belongs to, everybody else is the public.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, Request, Response, request

from casework.core.errors import CaseworkError, NotFound
from casework.core.hashing import token_digest
from casework.open311.queries import Reader
from casework.open311.receiving import Client
from casework.registry import identities, tokens
from web import bodies, errors, identity, rates, unit
from web.access import open_to_all
from web.errors import Problem
from web.locales import words
from web.open311 import formats
from web.routing import Application

ROOT = "/open311/v2"
MEBIBYTES = 21
blueprint = Blueprint("open311", __name__)

View = Callable[..., Response]
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_LONGEST_KEY = 200
# What a key may do in an hour, and an address in ten minutes; the public pages are guarded alike.
_SENDING = (300, timedelta(hours=1))
_READING = (600, timedelta(minutes=10))
_GUESSING = (30, timedelta(minutes=10))
# What the specification has no code of its own for is a 400; 401 is none of its codes.
_STATUSES: Mapping[int, int] = {401: 403, 406: 400, 409: 400, 411: 400, 412: 400, 414: 400, 415: 400, 422: 400}


class OtherJurisdiction(CaseworkError):
    """Another county is asked for than the one served (404)."""

    code = "open311_jurisdiction"


class NoKey(CaseworkError):
    """A key is needed and none came along, or it is not valid (403)."""

    code = "open311_key"


class NoService(CaseworkError):
    """No such service is offered (404)."""

    code = "open311_service"


class NoForm(CaseworkError):
    """Something was sent that is no form (400)."""

    code = "open311_form"


def door(method: str, path: str, reason: str) -> Callable[[View], View]:
    """Route a view under both endings, open to all for a reason."""

    def declare(view: View) -> View:
        @functools.wraps(view)
        def guarded(**values: Any) -> Response:
            try:
                _require_jurisdiction()
                return view(**values)
            except (OtherJurisdiction, NoKey, NoForm) as error:
                return _refused(error)
            except NotFound as error:
                # Services are public: that one is not there may be said, while a request may be somebody else's.
                if error.args != ("service",):
                    raise
                return _refused(NoService())

        opened = open_to_all(reason, csrf=False)(guarded)
        if method == "POST":
            opened = bodies.takes_up_to(MEBIBYTES)(opened)
        for ending in ("json", "xml"):
            blueprint.add_url_rule(
                f"{path}.{ending}", endpoint=f"{view.__name__}_{ending}", view_func=opened, methods=[method]
            )
        return opened

    return declare


def county() -> str:
    """Return the county served: the jurisdiction."""
    return unit.office().settings.region


def sent() -> dict[str, Sequence[str]]:
    """Return all that was sent but for the key, each parameter with its values; an empty one is none.

    Raises:
        NoForm: the body is no form.
    """
    if request.method == "POST" and request.mimetype not in _FORMS and request.content_length:
        raise NoForm
    found: dict[str, Sequence[str]] = {}
    for source in (request.form, request.args):
        for name, values in source.lists():
            given = [value for value in values if value != ""]
            if given and name not in found and name != "api_key":
                found[name] = given
    return found


def asked(name: str) -> str:
    """Return one parameter of the query, empty when it is not there."""
    return request.args.get(name, "").strip()


def reader() -> Reader:
    """Return who reads: the client of the key that came along, or the public.

    Raises:
        NoKey: a key came along that is none.
    """
    hold_off("open311_reading", _READING)
    given = _key()
    return Reader(county(), _client(given).person_id if given else None)


def client() -> Client:
    """Return whose key came along.

    Raises:
        NoKey: none did, or it is none.
    """
    found = _client(_key())
    rates.hold_off("open311_sending", *_SENDING, key=found.person_id, at=unit.at())
    return found


def hold_off(what: str, limit: tuple[int, timedelta]) -> None:
    """Let an address do something only so often; this machine itself is left out."""
    rates.hold_off(what, *limit, key=rates.household(request.remote_addr or ""), at=unit.at())


def _client(given: str) -> Client:
    if not 0 < len(given) <= _LONGEST_KEY:
        raise NoKey
    at = unit.at()
    with unit.looking() as session:
        found = identities.by_token(session, digest=token_digest(given), at=at)
    if found is None or found.token_kind != tokens.OPEN311 or found.actor.person_id is None or found.token_id is None:
        hold_off("open311_guessing", _GUESSING)
        raise NoKey
    identity.note(found)
    return Client(found.actor, found.actor.person_id, found.token_id)


def _key() -> str:
    # Clients differ in where they put it.
    return (request.form.get("api_key") or request.args.get("api_key") or "").strip()


def _require_jurisdiction() -> None:
    named = (request.form.get("jurisdiction_id") or request.args.get("jurisdiction_id") or "").strip()
    if named and named != county():
        raise OtherJurisdiction


def _refused(error: CaseworkError) -> Response:
    status = {OtherJurisdiction: 404, NoService: 404, NoKey: 403}.get(type(error), 400)
    named = request.form.get("jurisdiction_id") or request.args.get("jurisdiction_id") or county()
    told = words(f"refusal.{error.code}", jurisdiction=named[:20])
    return tell(Problem(status, "open311", told))


def tell(problem: Problem) -> Response:
    """Tell a problem as Open311 does, in the format that was asked for."""
    status = _STATUSES.get(problem.status, problem.status)
    mistakes = problem.members.get("errors", ())
    told = [f"{each['field']}: {each['message']}" for each in mistakes] or [problem.detail]
    made = formats.answer("errors", [{"code": status, "description": each} for each in told], status)
    made.headers.update(problem.headers)
    return made


def init(app: Application) -> None:
    """Answer in these words whatever goes wrong under the path, also where no view is; let any page read."""
    errors.tell_under(app, "/open311/", tell)

    @app.on_answer
    def _open(asked: Request, response: Response) -> Response:
        if asked.path.startswith("/open311/") and asked.method in unit.SAFE_METHODS:
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
