"""One table from what was refused to what is answered: RFC 9457 problems for programs, pages for people.

Every refusal of the product is a CaseworkError; what is not in the table is a fault of ours: it is logged, and the
caller gets a number to name, nothing of the inside.
"""

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, json, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from jinja2 import TemplateError
from markupsafe import escape
from structlog import get_logger
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from casework.core import errors
from casework.core.database_faults import DatabaseFault, is_passing, is_taken
from casework.core.errors import CaseworkError, FieldError, Invalid, NoRoom, Refusal
from casework.core.hashing import Busy
from casework.core.i18n import in_words
from casework.core.money import yuan
from casework.matters.held import ScannerAway
from casework.registry.logins import LockedOut
from web import frames, tracing, unit
from web.access import FromElsewhere, PasswordFirst, SecondFactorFirst
from web.bodies import Unreadable
from web.identity import Unknown
from web.locales import is_program, locale, words
from workflows.denials import CapReached, NotAllowed, ProofWanted

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_SECONDS = 5
_TELLERS = "casework_tellers"
_OF_A_STEP = frozenset({"workflow", "state", "trigger"})

# The most particular class stands first: the first that fits answers.
TABLE: Sequence[tuple[type[CaseworkError], int, str]] = (
    (Unknown, 401, "unknown-caller"),
    (errors.NotFound, 404, "not-found"),
    (errors.Denied, 403, "denied"),
    (PasswordFirst, 403, "denied"),
    (SecondFactorFirst, 403, "denied"),
    (FromElsewhere, 403, "denied"),
    (ProofWanted, 403, "proof-wanted"),
    (LockedOut, 429, "too-many"),
    (Unreadable, 400, "unreadable"),
    (errors.Invalid, 422, "invalid"),
    (errors.Stale, 409, "stale"),
    (errors.Refused, 409, "refused"),
    (CapReached, 429, "cap-reached"),
    (Busy, 503, "busy"),
    (NoRoom, 503, "busy"),
    (ScannerAway, 503, "busy"),
)
# Where a browser is led instead of being refused.
_DOORS: Mapping[type[CaseworkError], str] = {
    Unknown: "login.show",
    PasswordFirst: "password.show",
    SecondFactorFirst: "second_factor.show",
    ProofWanted: "proof.show",
}
# The rooms whose matters have pages below their own.
_MATTERS = frozenset({"cases", "supervision", "consultations"})
_PAGES = frozenset({400, 403, 404, 409, 413, 429, 500, 503})
_PAGES_WITH_DETAIL = frozenset({400, 403, 429, 503})
_HTTP_KINDS: Mapping[int, str] = {
    400: "bad-request",
    401: "unknown-caller",
    403: "denied",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "refused",
    411: "length-required",
    412: "stale",
    413: "too-large",
    414: "too-large",
    415: "wrong-type",
    429: "too-many",
    431: "too-large",
    500: "fault",
    503: "busy",
}


@dataclass(slots=True)
class Problem:
    """What is told: status, kind (the end of `type`), one sentence, and further members."""

    status: int
    kind: str
    detail: str
    members: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The kind in words, in the reader's language."""
        return words(f"problem.{self.kind.replace('-', '_')}")


def problem_of(error: CaseworkError) -> Problem:
    """Return what is told about a refusal."""
    status, kind = next(((status, kind) for known, status, kind in TABLE if isinstance(error, known)), (409, "refused"))
    problem = Problem(status, kind, words(f"refusal.{error.code}"))
    if isinstance(error, Unreadable):
        problem.detail = " ".join(each["message"] for each in field_errors(error.fault.errors))
    elif isinstance(error, Invalid):
        problem.members["errors"] = field_errors(error.errors)
    elif isinstance(error, errors.Refused):
        _tell_refused(problem, error)
    elif isinstance(error, NotAllowed) and error.refusals:
        problem.detail = sentences(error.refusals)
        problem.members["reasons"] = reasons(error.refusals)
    elif isinstance(error, errors.Stale):
        problem.members["version"] = error.actual
        if "If-Match" in request.headers:
            problem.status = 412
    elif status == 503:
        problem.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return problem


def _tell_refused(problem: Problem, error: errors.Refused) -> None:
    problem.detail = sentences(error.refusals)
    problem.members["reasons"] = reasons(error.refusals)
    if error.available_triggers is not None:
        problem.members["available_triggers"] = list(error.available_triggers)
    problem.members.update(error.facts)
    clash = next((each.params for each in error.refusals if "clashes" in each.params), None)
    if clash is not None:
        problem.kind = "clash"
        problem.members |= {name: clash[name] for name in ("clashes", "alternatives")}


def field_errors(mistakes: Iterable[FieldError]) -> list[dict[str, str]]:
    """Return mistakes in fields as the contract shows them, with their code beside the sentence."""
    return [
        {"field": each.field, "message": words(f"field.{each.code}", **each.params), "code": each.code}
        for each in mistakes
    ]


def spoken(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a refusal in words: states, steps and stages by their labels, fen as yuan."""
    told = in_words(params, locale=locale())
    if told.keys() >= _OF_A_STEP:
        known = _definitions().registry()
        told |= _labelled(known, told["workflow"], told["state"], told["trigger"], locale())
    if "clashes" in told:
        told |= {name: _short(told[name]) for name in ("since", "until")}
    for name, value in params.items():
        if name.endswith("_fen"):
            told[name.removesuffix("_fen")] = yuan(value)
    return told


@cache
def _definitions() -> Any:
    # Imported by whoever refused so; the log-in page does without, which is a third of the time until it is there.
    return importlib.import_module("workflows.registry")


@lru_cache(maxsize=1024)
def _labelled(known: Any, name: str, state: str, trigger: str, language: str) -> Mapping[str, str]:
    """Return what a state and a step are called; one that is not of this workflow is called by its code."""
    workflow = known.latest(name).workflow
    labels = {"state": workflow.states.get(state), "trigger": workflow.by_trigger.get(trigger)}
    codes = {"state": state, "trigger": trigger}
    return {part: codes[part] if found is None else found.label[language] for part, found in labels.items()}


def _short(instant: str) -> str:
    return instant[:16].replace("T", " ")


def reasons(refusals: Iterable[Refusal]) -> list[dict[str, str]]:
    """Return refusals as `{code, message}`."""
    return [{"code": each.code, "message": words(f"refusal.{each.code}", **spoken(each.params))} for each in refusals]


def sentences(refusals: Iterable[Refusal]) -> str:
    """Return all refusals as one text."""
    return " ".join(each["message"] for each in reasons(refusals))


def tell_under(app: Flask, prefix: str, teller: Callable[[Problem], Response]) -> None:
    """Let every problem under a path be told in the words of another protocol."""
    app.extensions.setdefault(_TELLERS, {})[prefix] = teller


def answer(problem: Problem) -> Response:
    """Answer a problem as JSON to programs and as a page to people."""
    tellers: Mapping[str, Callable[[Problem], Response]] = current_app.extensions.get(_TELLERS, {})
    for prefix, teller in tellers.items():
        if request.path.startswith(prefix):
            return teller(problem)
    response = _as_json(problem) if is_program() else _as_page(problem)
    response.headers.update(problem.headers)
    return response


def _as_json(problem: Problem) -> Response:
    body = {
        "type": f"/problems/{problem.kind}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": f"urn:request:{tracing.request_id()}",
        **problem.members,
    }
    return Response(json.dumps(body, ensure_ascii=False), problem.status, mimetype=PROBLEM_JSON)


def _as_page(problem: Problem) -> Response:
    try:
        page = render_template(f"errors/{_page_of(problem.status)}.html", **_page_context(problem))
    except TemplateError:
        # The page that tells of a fault must not need what may be at fault.
        get_logger().error("error_page.fault", exc_info=True)
        page = f"<!doctype html><meta charset=utf-8><title>{escape(problem.title)}</title><p>{escape(problem.detail)}"
    return make_response(page, problem.status)


def _page_of(status: int) -> int:
    """Return the status whose page is shown: its own, or that of its class."""
    return status if status in _PAGES else 400 if status < 500 else 500


def _page_context(problem: Problem) -> dict[str, Any]:
    return {
        "bare": frames.bare(),
        "error": {
            "text": _said(problem),
            "code": tracing.request_id() if problem.status >= 500 else None,
            "home_url": "/",
            "back_url": _page_before() or _matter_of_path(),
            "crowded": problem.kind == "crowded",
        },
        "reasons": [each["message"] for each in problem.members.get("reasons", ())] or [problem.detail],
        "conflict": None,
        "settle": None,
        "available": [],
    }


def _said(problem: Problem) -> str | None:
    """Return what the page of a refusal adds in words: for what was written wrong, how it is to be written."""
    if mistakes := problem.members.get("errors"):
        return " ".join(dict.fromkeys(each["message"] for each in mistakes))
    return problem.detail if problem.status in _PAGES_WITH_DETAIL else None


def _page_before() -> str | None:
    """Return the page of ours that one comes from, where what was typed still stands."""
    before = urlsplit(request.referrer or "")
    here = request.method in unit.SAFE_METHODS and before.path == request.path
    if before.netloc != request.host or here:
        return None
    # A path of ours begins with one slash; with two it would be somebody else's host.
    return "/" + before.path.lstrip("/") + (f"?{before.query}" if before.query else "")


def _matter_of_path() -> str | None:
    """Return the page of the matter whose step or form was asked for by its address alone."""
    _, room, *below = request.path.split("/")
    return f"/{room}/{below[0]}" if room in _MATTERS and len(below) > 1 else None


def _refused(error: CaseworkError) -> Response:
    door = _DOORS.get(type(error))
    return answer(problem_of(error)) if door is None or is_program() else _lead_to(door)


def _lead_to(endpoint: str) -> Response:
    """Lead a browser to what has to be done first, and from there back to where it wanted to go."""
    here = request.full_path.rstrip("?") if request.method in unit.SAFE_METHODS else None
    # Where a form was sent from is where it is sent again, once what was wanted first is done.
    back = here if here != "/" else None
    target = url_for(endpoint, next=back if here else _page_before())
    if "HX-Request" in request.headers:
        # A part of a page cannot hold the log-in; the whole page has to go there.
        response = make_response("", 401)
        response.headers["HX-Redirect"] = url_for(endpoint)
        return response
    return make_response(redirect(target, 302 if here else 303))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    kind = _HTTP_KINDS.get(status, "bad-request" if status < 500 else "fault")
    code = "form_expired" if isinstance(error, CSRFError) else kind.replace("-", "_")
    problem = Problem(status, kind, words(f"refusal.{code}"))
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    problem.headers.update(kept)
    return answer(problem)


def _untrusted(_error: SecurityError) -> Response:
    # Flask has no addresses for a host it does not trust, so no page can be built; nor should one be.
    return Response("400 Bad Request\n", 400, mimetype="text/plain")


def _database(fault: DatabaseFault) -> Response:
    if is_taken(fault):
        return answer(Problem(409, "refused", words("refusal.just_taken")))
    if is_passing(fault):
        get_logger().warning("database.passing_fault", fault=type(fault).__name__)
        later = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        return answer(Problem(503, "busy", words("refusal.out_of_reach"), headers=later))
    return _fault(InternalServerError(original_exception=fault))


def crowded() -> Response:
    """Answer that too many ask at this moment, and when to come again."""
    later = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return answer(Problem(503, "crowded", words("refusal.crowded"), headers=later))


def _fault(error: InternalServerError) -> Response:
    cause = error.original_exception
    get_logger().error("fault", exc_info=cause or error)
    return answer(Problem(500, "fault", words("refusal.fault", reference=tracing.request_id())))


def init(app: Flask) -> None:
    """Answer every refusal and every fault by this table."""
    app.register_error_handler(CaseworkError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SecurityError, _untrusted)
    app.register_error_handler(DatabaseFault, _database)
    app.register_error_handler(InternalServerError, _fault)
