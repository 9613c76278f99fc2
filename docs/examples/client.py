"""A client of the office's API in one file, by the standard library alone: copy it, or take it as an example.

It knows no operation by itself but reads the document of the office it talks to, `/api/v1/openapi.json`; what is not
declared there it does not send. `python client.py https://office.example.org > office_types.py` writes the shapes of
all bodies and answers as typed dictionaries, for editors and mypy.
"""

import json
import keyword
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

TRIES, WAIT_SECONDS = 3, 1.0


class Refused(Exception):
    """The office says no: `status`, and the problem it tells (RFC 9457), with `errors` field by field."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('title', '')}: {problem.get('detail', '')}")
        self.status, self.problem = status, problem


class Office:
    """One office, seen with one token. `call("GET /cases/{id}", id="…")` calls an operation as the document has it."""

    def __init__(self, address: str, token: str) -> None:
        """Read the document."""
        self.base = address.rstrip("/") + "/api/v1"
        self._token = token
        self.document = self._send("GET", "/openapi.json", None, {})

    def call(self, operation: str, body: Any = None, **parameters: Any) -> Any:
        """Call an operation and return what it answers.

        A POST is sent again under the same key when no answer came: it happens once all the same.

        Raises:
            KeyError: there is no such operation, or it has no such parameter.
            Refused: the office says no.
        """
        method, _, path = operation.partition(" ")
        declared = self.document["paths"][path][method.lower()]
        places = {each["name"]: each["in"] for each in declared["parameters"]}
        query = {}
        for name, value in parameters.items():
            if places[name] == "path":
                path = path.replace("{" + name + "}", urllib.parse.quote(str(value), safe=""))
            else:
                query[name] = value
        if query:
            path += "?" + urllib.parse.urlencode(query, doseq=True)
        key = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        return self._send(method, path, body, key)

    def every(self, operation: str, **parameters: Any) -> Iterator[Any]:
        """Walk through a list, page after page."""
        while True:
            page = self.call(operation, **parameters)
            yield from page["items"]
            if page["next"] is None:
                return
            parameters["cursor"] = page["next"]

    def _send(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Any:
        sent = {"Authorization": f"Bearer {self._token}", "Accept": "application/json", **headers}
        data = None
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        may_repeat = method == "GET" or "Idempotency-Key" in sent
        for left in reversed(range(TRIES if may_repeat else 1)):
            asked = urllib.request.Request(self.base + path, data=data, headers=sent, method=method)  # noqa: S310 - the address is the caller's own
            try:
                with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - the address is the caller's own
                    told = answer.read()
                return json.loads(told) if told else None
            except urllib.error.HTTPError as refused:
                if refused.code not in (429, 503) or not left:
                    raise Refused(refused.code, _problem(refused.read())) from None
                time.sleep(min(float(refused.headers.get("Retry-After") or WAIT_SECONDS), 60))
            except OSError:
                if not left:
                    raise
                time.sleep(WAIT_SECONDS)
        raise AssertionError("unreachable")


def _problem(told: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(told)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def types_of(document: Mapping[str, Any]) -> str:
    """Return Python source that has the shape of each body and answer as a typed dictionary."""
    lines, last = ["from typing import Any, Literal, NotRequired, TypedDict", ""], []
    for name, schema in sorted(document["components"]["schemas"].items()):
        if "properties" not in schema:
            last.append(f"{name} = {_type(schema, quoted=False)}")
            continue
        needed = schema.get("required", ())
        fields = [
            f"    {field!r}: {_type(each) if field in needed else f'NotRequired[{_type(each)}]'},"
            for field, each in schema["properties"].items()
        ]
        lines += [f"{name} = TypedDict({name!r}, {{", *fields, "})"]
    return "\n".join(lines + last) + "\n"


_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def _type(schema: Mapping[str, Any], *, quoted: bool = True) -> str:
    text = _plain_type(schema)
    return repr(text) if quoted else text


def _plain_type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return name if name.isidentifier() and not keyword.iskeyword(name) else "Any"
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_plain_type(each) for each in schema["anyOf"]))
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_plain_type({**schema, "type": each}) for each in kind)
    if "enum" in schema:
        return f"Literal[{', '.join(repr(each) for each in schema['enum'])}]"
    return _built_type(schema, kind)


def _built_type(schema: Mapping[str, Any], kind: object) -> str:
    if kind == "array":
        return f"list[{_plain_type(schema.get('items', {}))}]"
    if kind == "object":
        more = schema.get("additionalProperties")
        return f"dict[str, {_plain_type(more) if isinstance(more, dict) else 'Any'}]"
    return _PLAIN.get(str(kind), "Any")


if __name__ == "__main__":
    sys.stdout.write(types_of(Office(sys.argv[1], "").document))
