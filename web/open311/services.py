"""Discovery, the list of services, and what each asks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Response, request

from casework.core.database import Session
from casework.core.errors import NotFound
from casework.open311 import services
from casework.registry import office_settings
from casework.registry import queries as registry
from web import frames, unit
from web.locales import local, words
from web.open311 import formats
from web.open311.doors import ROOT, door
from workflows.cases import questions
from workflows.cases.questions import Question
from workflows.outside.open311_reading import EXTERNAL_ID

_PUBLIC = "GeoReport v2 needs no key to be read"
_SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
# What our questions ask for, by the names of the specification.
_TYPES = {"text": "text", "number": "number", "date": "datetime", "flag": "singlevaluelist"}


@door("GET", f"{ROOT}/discovery", _PUBLIC)
def show_discovery() -> Response:
    """Tell where the service is and what it understands."""
    return _discovery()


@door("GET", "/open311/discovery", _PUBLIC)
def show_discovery_above() -> Response:
    """Tell the same one level above, where some look first."""
    return _discovery()


def _discovery() -> Response:
    session = unit.session()
    changed = instant(services.changed_at(session))
    phone = office_settings.value_of(session, office_settings.PUBLIC_PHONE)
    contact = words("open311.contact" if phone else "open311.contact_alone", office=frames.office_name(), phone=phone)
    endpoint = {
        "specification": _SPECIFICATION,
        # Clients append paths to it without a slash of their own.
        "url": f"{request.url_root.rstrip('/')}{ROOT}/",
        "changeset": changed,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    told = {"changeset": changed, "contact": contact, "key_service": words("open311.key_service")}
    return formats.answer("discovery", {**told, "max_requests": 1000, "endpoints": [endpoint]})


@door("GET", f"{ROOT}/services", _PUBLIC)
def list_services() -> Response:
    """List what may be reported: whole or not at all, since readers delete what is missing."""
    found = [
        {
            "service_code": each.code,
            "service_name": each.name,
            "description": words("open311.service_description", name=each.name),
            "metadata": True,
            "type": "realtime",
            "keywords": ",".join(each.keywords),
            "group": each.group,
        }
        for each in services.listed(unit.session())
    ]
    return formats.answer("services", found)


@door("GET", f"{ROOT}/services/<code>", _PUBLIC)
def show_service(code: str) -> Response:
    """Tell what a service asks; nothing of it is required."""
    _require_offered(unit.session(), code)
    asked = [_attribute(each, place) for place, each in enumerate(questions.sheet_of(code).questions, 1)]
    external = {
        **_basis(EXTERNAL_ID, "string", len(asked) + 1, words("open311.external_id")),
        "automated": "server_set",
    }
    return formats.answer("service_definition", {"service_code": code, "attributes": [*asked, external]})


def _require_offered(session: Session, code: str) -> None:
    if registry.category(session, code) is None:
        raise NotFound("service")


def _attribute(question: Question, place: int) -> dict[str, Any]:
    made = _basis(question.name, _TYPES[question.type], place, question.label["zh"])
    if question.type == "flag":
        choices: Sequence[tuple[str, str]] = (("true", words("open311.yes")), ("false", words("open311.no")))
        made["values"] = [{"key": key, "name": name} for key, name in choices]
    return made


def _basis(code: str, kind: str, place: int, description: str) -> dict[str, Any]:
    return {
        "variable": True,
        "code": code,
        "datatype": kind,
        "required": False,
        "datatype_description": None,
        "order": place,
        "description": description,
    }


def instant(at: datetime) -> str:
    """Return an instant as the specification writes it: with its offset, in whole seconds."""
    return local(at).replace(microsecond=0).isoformat()
