"""Records of the audit in words: what kind of thing it was, and its facts with people, places and roles by name.

What has no words yet is shown as it is written, so that no record is ever left out.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from casework.core.i18n import catalogue
from casework.core.ids import parse_id
from casework.registry.tables import AuditEvent
from web.locales import words
from web.views import reference

# Marks of rows for programs: a reader has the name beside them, or nothing to look up.
_FOR_PROGRAMS = frozenset({"grant", "appointment", "mark", "plan_days", "plan_years"})
_PEOPLE = frozenset({"person", "deputy"})
_FAMILIES = {"role": "role", "route": "audit.route", "field": "audit.field", "by": "audit.by"}


def people_in(rows: Iterable[AuditEvent]) -> set[UUID]:
    """Return whom records speak of: who did it, and to whom."""
    found = {row.person_id for row in rows if row.person_id is not None}
    for row in rows:
        found |= {known for name in _PEOPLE & row.facts.keys() if (known := parse_id(str(row.facts[name])))}
    return found


def kind_of(event: str) -> str:
    """Say what kind of thing happened."""
    return _in_words(f"audit.event.{event}") or event


def facts_of(row: AuditEvent, names: Mapping[UUID, str]) -> str:
    """Say what a record holds."""
    facts = ((name, value) for name, value in sorted(row.facts.items()) if name not in _FOR_PROGRAMS)
    told = [_fact(name, value, names) for name, value in facts if value is not None]
    if row.matter_id is not None:
        org = reference.orgs().get(row.matter_id)
        told.insert(0, org.name if org is not None else f"{_name('matter')} {row.matter_id}")
    return words("audit.between").join(told)


def _fact(name: str, value: Any, names: Mapping[UUID, str]) -> str:
    if isinstance(value, Mapping) and value.keys() == {"from", "to"}:
        value = f"{_value(name, value['from'], names)} → {_value(name, value['to'], names)}"
    told = _value(name, value, names)
    known = _in_words(f"audit.fact.{name}")
    return f"{known} {told}" if known else f"{name}={told}"


def _value(name: str, value: Any, names: Mapping[UUID, str]) -> str:
    text = str(value)
    if name in _PEOPLE and (known := parse_id(text)) in names and known is not None:
        return names[known]
    if name == "org":
        # Units are told by their code or, of a role, by their id.
        return reference.org_name(parse_id(text)) or reference.org_names().get(text, text)
    if name == "region":
        return reference.place_told(text)
    if isinstance(value, bool):
        return words("case.yes" if value else "case.no")
    return _in_words(f"{_FAMILIES.get(name, 'audit')}.{text}") or text


def _name(name: str) -> str:
    return _in_words(f"audit.fact.{name}") or name


def _in_words(code: str) -> str | None:
    return words(code) if code in catalogue() else None
