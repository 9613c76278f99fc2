"""One value in two formats: JSON as the specification samples it, XML by the Spark convention turned round.

A list becomes a container whose items are called after it (`services` holds `service`); None is an empty element and
`null`. XML 1.0 cannot hold control characters, so both formats leave them out: one pasted byte would break a list.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from flask import Response, json, request

from casework.core import texts

JSON_TYPE, XML_TYPE = "application/json; charset=utf-8", "text/xml; charset=utf-8"
_ITEMS: Mapping[str, str] = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}


def is_json() -> bool:
    """Say whether JSON is asked for; whoever asks without an ending gets XML, which the specification demands."""
    return request.path.endswith(".json")


def answer(root: str, value: Mapping[str, Any] | Sequence[Any], status: int = 200) -> Response:
    """Answer a value, of which `root` is the name of the outermost element."""
    made = _clean(value)
    if is_json():
        return Response(json.dumps(made, ensure_ascii=False), status, content_type=JSON_TYPE)
    element = _element(root, made)
    return Response(
        ET.tostring(element, encoding="utf-8", xml_declaration=True, short_empty_elements=True),
        status,
        content_type=XML_TYPE,
    )


def _element(name: str, value: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(value, Mapping):
        element.extend(_element(key, inner) for key, inner in value.items())
    elif isinstance(value, list):
        element.extend(_element(_ITEMS[name], inner) for inner in value)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = str(value)
    return element


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return texts.without_bad(value)
    if isinstance(value, Mapping):
        return {key: _clean(inner) for key, inner in value.items()}
    return [_clean(inner) for inner in value] if isinstance(value, list | tuple) else value
