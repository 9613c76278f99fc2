"""The document of the API, OpenAPI 3.1, drawn from `OPERATIONS` and the models; nothing is written twice."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from web.api.operations import JSON, OPERATIONS, Operation, Parameter
from web.api.schemas import Problem

BASE = "/api/v1"
TITLE, VERSION = "casework", "1"
_PROBLEM = "application/problem+json"
_REF = "#/components/schemas/{model}"
_VARIABLE = re.compile(r"<([a-z_]+)>")
_MEANINGS: Mapping[int, str] = {
    200: "done",
    201: "made",
    204: "done, nothing to say",
    400: "the body cannot be read",
    401: "unknown caller",
    403: "known, but not allowed",
    404: "not there, or nothing the caller may know of",
    409: "not possible in this state, or a rule stands against it",
    412: "changed since (If-Match)",
    413: "too large",
    415: "wrong kind of body",
    422: "wrong fields, filters or values, all of them",
    429: "too often",
    503: "for the moment not possible; try again later",
}
_VARIABLES: Mapping[str, str] = {
    "id": "id or number of the case",
    "code": "code of the record",
}


@cache
def document() -> Mapping[str, Any]:
    """Draw the document."""
    named = _models()
    schemas = {**_schemas(named), "Problem": Problem.model_json_schema(ref_template=_REF)}
    for name, schema in schemas.pop("Problem").pop("$defs", {}).items():
        schemas.setdefault(name, schema)
    problem = Problem.model_json_schema(ref_template=_REF)
    problem.pop("$defs", None)
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(_VARIABLE.sub(r"{\1}", each.path), {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": VERSION,
            "description": "Cases of a CPPCC office. Errors are RFC 9457 problems; times carry the office's offset.",
        },
        "servers": [{"url": BASE}],
        "security": [{"token": []}, {"browser": []}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Problem": problem},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "browser": {"type": "apiKey", "in": "cookie", "name": "casework_session"},
            },
        },
    }


def _models() -> Sequence[type[BaseModel]]:
    found: dict[str, type[BaseModel]] = {}
    for each in OPERATIONS:
        for model in (each.request, *each.answers.values()):
            if model is not None:
                found[model.__name__] = model
    return list(found.values())


def _schemas(models: Sequence[type[BaseModel]]) -> dict[str, Any]:
    _names, drawn = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    return {name: _without_defaults(schema) for name, schema in drawn["$defs"].items()}


def _without_defaults(schema: dict[str, Any]) -> dict[str, Any]:
    # A default here only marks a field that may be left out; what is left out of a PATCH stays as it is.
    for prop in schema.get("properties", {}).values():
        prop.pop("default", None)
    return schema


def _operation(each: Operation) -> dict[str, Any]:
    parameters = [_path_parameter(name) for name in each.variables]
    parameters += [_query_parameter(parameter) for parameter in each.parameters]
    if each.method == "POST":
        parameters.append(
            _header("Idempotency-Key", "the same key gives the same answer again", pattern="^[!-~]{1,200}$")
        )
    if each.takes_if_match:
        parameters.append(_header("If-Match", "the version last seen", pattern='^("[0-9]{1,9}"|\\*)$'))
    made: dict[str, Any] = {
        "operationId": f"{each.kind}_{each.name}".replace("-", "_"),
        "summary": each.summary,
        "description": f"Needs `{each.permission}`.",
        "tags": [each.kind],
        "parameters": parameters,
        "responses": {
            **{str(status): _answer(each, status, model) for status, model in each.answers.items()},
            **{str(status): _problem(status) for status in each.problems},
        },
    }
    if each.request is not None:
        schema = {"$ref": _REF.format(model=each.request.__name__)}
        made["requestBody"] = {"required": True, "content": {each.media: {"schema": schema}}}
    return made


def _answer(each: Operation, status: int, model: type[BaseModel] | None) -> dict[str, Any]:
    if status == 204:
        return {"description": _MEANINGS[status]}
    if model is None:
        return {"description": _MEANINGS[status], "content": {"*/*": {"schema": {}}}}
    made: dict[str, Any] = {
        "description": _MEANINGS[status],
        "content": {JSON: {"schema": {"$ref": _REF.format(model=model.__name__)}}},
    }
    if each.has_etag:
        made["headers"] = {"ETag": {"description": "the version", "schema": {"type": "string"}}}
    return made


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model="Problem")}
    return {"description": _MEANINGS[status], "content": {_PROBLEM: {"schema": schema}}}


def _path_parameter(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": _VARIABLES.get(name, "id"),
        "schema": {"type": "string", "minLength": 1, "maxLength": 64},
    }


def _query_parameter(parameter: Parameter) -> dict[str, Any]:
    schema: Mapping[str, Any] = dict(parameter.schema)
    if parameter.many:
        schema = {"type": "array", "items": schema, "minItems": 1}
    return {"name": parameter.name, "in": "query", "description": parameter.meaning, "schema": schema, "explode": True}


def _header(name: str, meaning: str, *, pattern: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": meaning, "schema": {"type": "string", "pattern": pattern}}
