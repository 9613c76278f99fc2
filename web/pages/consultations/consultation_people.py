"""What was typed into a form of a consultation: its fields, and the people in them, picked or only typed."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from casework.core.actors import UNIT_ROLES
from casework.core.ids import parse_id
from casework.registry import queries as registry
from web import unit


def typed(name: str) -> str:
    """Return a field of the form or the address without blanks around it."""
    return request.values.get(name, "").strip()


def lines(name: str) -> list[str]:
    """Return the lines of a text field that hold something."""
    return [line.strip() for line in request.values.get(name, "").splitlines() if line.strip()]


def invited() -> list[dict[str, Any]]:
    """Return who is to come, as the engine takes it; what somebody takes part as follows from their roles."""
    typed_in = [(person, name) for name in ("required", "invited") for person in people_typed(name)]
    parts = parts_of([person for person, _name in typed_in])
    people = [{"person": each, "part": parts[each], "required": name == "required"} for each, name in typed_in]
    named = [{"name": line, "part": "stakeholder", "required": False} for line in lines("stakeholders")]
    return people + named + [{"name": line, "part": "guest", "required": False} for line in lines("others")]


def people_typed(name: str) -> list[str]:
    """Return the people of a field; a name that was typed and picked from no list counts, or is told as unknown."""
    return people_meant([*request.form.getlist(name), typed(f"{name}_text")])


def one_typed(name: str) -> str:
    """Return the person of a field: the one picked, else the one typed."""
    return person_typed(typed(name) or typed(f"{name}_text"))


def person_typed(value: str) -> str:
    """Return the id of a person as a form sends it, or without script the exact name only one bears."""
    return next(iter(people_meant([value])), "")


def people_meant(values: Sequence[str]) -> list[str]:
    """Return the same of several people, asked for at once; who is not found stays as typed."""
    typed_in = [each.strip() for each in values if each.strip()]
    found = registry.people_by_name(unit.session(), [each[:60] for each in typed_in if parse_id(each) is None])
    return [str(found[each[:60]][0]) if found.get(each[:60]) else each for each in typed_in]


def parts_of(people: Sequence[str]) -> Mapping[str, str]:
    """Return what people, by their ids as a form sends them, take part as; their roles are asked for at once."""
    ids = {each: parse_id(each) for each in people}
    held = registry.roles_of(unit.session(), [found for found in ids.values() if found is not None], on=unit.today())
    return {each: _part(held.get(found, frozenset()) if found else frozenset()) for each, found in ids.items()}


def _part(roles: frozenset[str]) -> str:
    return "member" if "member" in roles else "department" if roles & UNIT_ROLES else "guest"
