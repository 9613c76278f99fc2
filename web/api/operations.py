"""The operations of the HTTP API: each view declares what it takes and gives, in one place, and the document follows.

`@operation(…)` routes a view, guards it (web/access.py), refuses query parameters it does not know, answers a repeated
`Idempotency-Key` with the kept answer, and turns what the view returns into JSON with its ETag. From the same
declarations openapi.py builds the document, so that the two cannot differ. Bodies are read by the rooms that know
their rules (casework, workflows), which tell all mistakes at once; the models here describe them.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, request
from pydantic import BaseModel

from casework.core import texts
from casework.core.errors import FieldError, Invalid
from casework.matters import idempotency
from casework.matters.idempotency import Answer, Once
from web import bodies, identity, unit
from web.access import needs

JSON = "application/json"
MULTIPART = "multipart/form-data"
ALWAYS = (401, 403)

blueprint = Blueprint("api", __name__)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter; `many`: it may be given more than once."""

    name: str
    schema: Mapping[str, Any]
    meaning: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """What a view takes and gives."""

    method: str
    path: str
    name: str
    summary: str
    permission: str
    request: type[BaseModel] | None
    media: str
    answers: Mapping[int, type[BaseModel] | None]
    problems: tuple[int, ...]
    parameters: tuple[Parameter, ...]
    has_etag: bool
    takes_if_match: bool
    kind: str

    @property
    def variables(self) -> tuple[str, ...]:
        """The variable parts of the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("<"))


OPERATIONS: list[Operation] = []


@dataclass(frozen=True, slots=True)
class Reply:
    """What a view returns: a model, its status, and headers beside the ETag."""

    body: BaseModel
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


View = Callable[..., Reply | Response]


def operation(
    method: str,
    path: str,
    *,
    permission: str,
    summary: str,
    answers: Mapping[int, type[BaseModel] | None],
    anywhere: bool = False,
    request_model: type[BaseModel] | None = None,
    media: str = JSON,
    problems: Sequence[int] = (),
    parameters: Sequence[Parameter] = (),
    has_etag: bool = False,
    takes_if_match: bool = False,
    kind: str = "",
    max_mebibytes: int = 0,
) -> Callable[[View], Callable[..., Response]]:
    """Route a view at `path` and enter it into `OPERATIONS`; `kind` is what it is about, for the document."""

    def declare(view: View) -> Callable[..., Response]:
        found = {*ALWAYS, *problems, 422} | ({400, 413, 415} if request_model is not None else set())
        made = Operation(
            method=method,
            path=path,
            name=view.__name__,
            summary=summary,
            permission=permission,
            request=request_model,
            media=media,
            answers=answers,
            problems=tuple(sorted(found)),
            parameters=tuple(parameters),
            has_etag=has_etag,
            takes_if_match=takes_if_match,
            kind=kind or path.split("/")[1],
        )
        OPERATIONS.append(made)

        guarded = needs(permission, anywhere=anywhere)(_judged(made, view))
        if max_mebibytes:
            guarded = bodies.takes_up_to(max_mebibytes)(guarded)
        endpoint = f"{made.kind}.{view.__name__}".replace(".", "_")
        blueprint.add_url_rule(_routed(path), endpoint=endpoint, view_func=guarded, methods=[method])
        return guarded

    return declare


def _routed(path: str) -> str:
    # A word of the contract that stands beside an id is none.
    routed = path.replace("<consultation_id>", "<consultation:consultation_id>")
    routed = routed.replace("/funds/<line_id>", "/funds/<fund_line:line_id>")
    # A code may have a slash in it, which comes in as one however it was sent.
    return routed.replace("<code>", "<code:code>")


def _judged(made: Operation, view: View) -> Callable[..., Response]:
    """Wrap a view: parameters first, then a repeated key, then the view, then its answer kept for the key."""

    def run(**values: Any) -> Response:
        mistakes = _wrong_parameters(made)
        if mistakes:
            raise Invalid(_with_those_of(view, values, mistakes) if made.method == "GET" else mistakes)
        once = _once(made)
        if once is not None:
            kept = idempotency.answered(unit.session(), once, at=unit.at())
            if kept is not None:
                return Response(kept.body, kept.status, dict(kept.headers), mimetype=JSON)
        response = _response(view(**values))
        if once is not None and response.status_code < 400:
            _keep(once, response)
        return response

    run.__name__ = view.__name__
    run.__doc__ = view.__doc__
    return run


def expected_version() -> int | None:
    """Return the version that `If-Match` asks for, None when it asks for none; a tag that is not ours matches none."""
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return None
    tag = given.strip().strip('"')
    return int(tag) if tag.isascii() and tag.isdigit() and len(tag) < 10 else -1


def _response(reply: Reply | Response) -> Response:
    if isinstance(reply, Response):
        return reply
    # A total stands only where one was asked for.
    left_out = {"total"} if getattr(reply.body, "total", 0) is None else None
    response = Response(reply.body.model_dump_json(exclude=left_out), reply.status, mimetype=JSON)
    version = getattr(reply.body, "version", None)
    if version is not None:
        response.set_etag(str(version))
    response.headers.update(reply.headers)
    return response


def _wrong_parameters(made: Operation) -> list[FieldError]:
    if not request.query_string:
        return []
    known = {parameter.name: parameter for parameter in made.parameters}
    errors = []
    for name, values in request.args.lists():
        if name not in known:
            errors.append(FieldError(name, "unknown_filter"))
        elif len(values) > 1 and not known[name].many:
            errors.append(FieldError(name, "once_only"))
    return errors


def _with_those_of(view: View, values: Mapping[str, Any], mistakes: Sequence[FieldError]) -> list[FieldError]:
    """Return the mistakes together with those the view itself finds, so that all are told at once."""
    found: Sequence[FieldError] = ()
    try:
        view(**values)
    except Invalid as more:
        found = more.errors
    return list({each.field: each for each in (*found, *mistakes)}.values())


def _once(made: Operation) -> Once | None:
    given = request.headers.get(idempotency.FIELD)
    person_id = identity.actor().person_id
    if given is None or made.method != "POST" or person_id is None:
        return None
    asked = idempotency.fingerprint(method=made.method, path=request.full_path, body=_asked(made))
    return Once(person_id, idempotency.read_key(given), asked)


def _asked(made: Operation) -> object:
    """Return what distinguishes one body from another: the JSON itself, or the digests of what was uploaded."""
    if made.media == MULTIPART:
        files = [(name, file.filename, _digest(file.stream)) for name, file in request.files.items(multi=True)]
        # A part without a name has none to be sorted by.
        return [sorted(request.form.items(multi=True), key=repr), files]
    raw = request.get_data(cache=True)
    try:
        # As JSON, so that neither spacing nor the order of keys makes it another body.
        return texts.refuse_bad_json(raw, max_bytes=bodies.BODY_BYTES)
    except Invalid:
        return hashlib.sha256(raw).hexdigest()


def _digest(stream: Any) -> str:
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    return digest


def _keep(once: Once, response: Response) -> None:
    headers = {name: response.headers[name] for name in ("ETag", "Location") if name in response.headers}
    kept = Answer(response.status_code, headers, response.get_data(as_text=True))
    idempotency.keep(unit.session(), once, kept, at=unit.at())
