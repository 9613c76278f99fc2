"""The same thing done to many cases, each by itself."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from casework.cases import filters
from casework.cases.filters import Filter
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, FieldError, Invalid
from casework.core.ids import parse_id
from web import bodies, identity, unit
from web.api import desk_schemas, desks, parameters, requests
from web.api.operations import Reply, operation
from web.errors import problem_of
from workflows.cases import batches

_FIELDS = ("action", "ids", "filter", "fields", "comment", "dry_run")


@operation(
    "POST",
    "/batches",
    permission=batches.PERMISSION,
    anywhere=True,
    summary="Do one thing to many cases",
    request_model=requests.BatchIn,
    answers={200: desk_schemas.BatchOut},
    problems=(409,),
)
def run_batch() -> Reply:
    """Do an action to the cases of `ids` or `filter`; each lands or is refused by itself."""
    raw = bodies.json_object()
    errors = desks.refuse_unknown(raw, _FIELDS)
    dry_run = raw.get("dry_run", False)
    if not isinstance(dry_run, bool):
        errors.append(FieldError("dry_run", "not_a_flag"))
    fields = {} if raw.get("fields") is None else raw["fields"]
    if not isinstance(fields, dict):
        errors.append(FieldError("fields", "not_an_object"))
    if not isinstance(raw.get("action"), str) or raw["action"] not in batches.actions():
        errors.append(FieldError("action", "not_a_choice", {"choices": ", ".join(batches.actions())}))
    ids: Sequence[UUID] = ()
    try:
        ids = _asked_ids(raw)
    except Invalid as mistake:
        errors += mistake.errors
    desks.require_none(errors)
    outcomes = []
    if ids:
        outcomes = batches.run(
            unit.session(),
            ids,
            action=raw["action"],
            fields=fields,
            comment=raw.get("comment"),
            actor=identity.actor(),
            at=unit.at(),
            dry_run=dry_run,
        )
    results = [_result(outcome) for outcome in outcomes]
    done = sum(result.done for result in results)
    return Reply(desk_schemas.BatchOut(results=results, done=done, refused=len(results) - done, dry_run=dry_run))


def _asked_ids(raw: Mapping[str, Any]) -> Sequence[UUID]:
    ids, asked = raw.get("ids"), raw.get("filter")
    if (ids is None) == (asked is None):
        raise Invalid([FieldError("ids", "ids_or_filter")])
    if ids is not None:
        return _read_ids(ids)
    if not isinstance(asked, dict):
        raise Invalid([FieldError("filter", "not_an_object")])
    session, actor = unit.session(), identity.actor()
    filter = _read_filter(session, actor, asked)
    return batches.ids_under(session, filter, actor=actor, at=unit.at())


def _read_filter(session: Session, actor: Actor, asked: Mapping[str, Any]) -> Filter:
    words: dict[str, list[str]] = {}
    mistakes: list[FieldError] = []
    for name, value in asked.items():
        try:
            words[name] = _words(name, value)
        except Invalid as mistake:
            mistakes += mistake.errors
    filter = filters.EVERYTHING
    try:
        filter = filters.read_filter(words, session=session, actor=actor, states=parameters.states())
    except Invalid as mistake:
        mistakes += mistake.errors
    desks.require_none([FieldError(f"filter.{each.field}", each.code, each.params) for each in mistakes])
    return filter


def _read_ids(ids: object) -> Sequence[UUID]:
    if not isinstance(ids, list) or not 0 < len(ids) <= batches.MOST:
        raise Invalid([FieldError("ids", "not_a_list", {"most": batches.MOST})])
    read = [parse_id(each) if isinstance(each, str) else None for each in ids]
    errors = [FieldError(f"ids.{n}", "not_an_id") for n, found in enumerate(read) if found is None]
    desks.require_none(errors)
    return [found for found in read if found is not None]


def _words(name: str, value: object) -> list[str]:
    """Return a filter of a body as the words a query string would carry."""
    values = value if isinstance(value, list) else [value]
    made: list[str] = []
    for each in values:
        if isinstance(each, bool):
            made.append("true" if each else "false")
        elif isinstance(each, str | int):
            made.append(str(each))
        else:
            raise Invalid([FieldError(name, "not_text")])
    if not made:
        raise Invalid([FieldError(name, "required")])
    return made


def _result(outcome: batches.Outcome) -> desk_schemas.BatchResult:
    return desk_schemas.BatchResult(
        id=outcome.id,
        done=outcome.is_done,
        reason=None if outcome.error is None else reason_of(outcome.error),
        code=None if outcome.error is None else outcome.error.code,
    )


def reason_of(error: CaseworkError) -> str:
    """Return why a row was refused, in the reader's language."""
    problem = problem_of(error)
    mistakes = problem.members.get("errors", [])
    told = " ".join(f"{each['field']}: {each['message']}" for each in mistakes)
    return told or problem.detail
