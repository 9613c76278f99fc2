"""What a transition is told: every value read, checked and looked up; all mistakes at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from casework.cases import queries as cases
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid
from casework.registry import directory
from casework.registry import queries as registry
from workflows.consultation_fields import READERS
from workflows.definition import Condition, Field, Transition
from workflows.field_desk import Desk

MOST_CO_ORGS = 20


@dataclass(frozen=True, slots=True)
class Given:
    """The values as the effects want them, and as the history keeps them (codes and ids, no personal data)."""

    values: Mapping[str, Any]
    recorded: Mapping[str, Any]


def read(
    transition: Transition,
    raw: Mapping[str, Any],
    *,
    session: Session,
    actor: Actor,
    at: datetime,
    today: date,
    matter: Any = None,
) -> Given:
    """Read the fields of a transition of a matter.

    Raises:
        Invalid: unknown, missing or wrong fields, every one of them.
    """
    errors = [FieldError(name, "unknown_field") for name in raw if name not in transition.field_names]
    desk = Desk(session, actor, at, today, matter, {}, {})
    for field in transition.fields:
        value = raw.get(field.name)
        if (value is None or _is_absent(value)) and not (field.may_be_empty and value == []):
            if (field.required and not _is_held(matter, field)) or _fits(field.required_if, raw):
                errors.append(FieldError(field.name, "required"))
            continue
        if field.only_if is not None and not _fits(field.only_if, raw):
            errors.append(FieldError(field.name, "not_expected"))
            continue
        try:
            if field.type in _READERS:
                _READERS[field.type](desk, field, value)
            else:
                _keep(desk, field, *READERS[field.type](desk, field, value))
        except Invalid as mistake:
            errors.extend(mistake.errors)
    if errors:
        raise Invalid(errors)
    return Given(desk.values, desk.recorded)


def _fits(condition: Condition | None, raw: Mapping[str, Any]) -> bool:
    if condition is None:
        return False
    for name, wanted in condition.facts.items():
        value = raw.get(name)
        if not isinstance(value, str | int) or str(value) != wanted:
            return False
    return True


def _is_held(matter: Any, field: Field) -> bool:
    return bool(field.unless) and any(getattr(matter, name) for name in field.unless)


def _is_absent(value: object) -> bool:
    return texts.is_blank(value) if isinstance(value, str) else value is None or value == []


def _keep(desk: Desk, field: Field, value: object, recorded: object) -> None:
    desk.values[field.name] = value
    desk.recorded[field.name] = recorded


def _text(desk: Desk, field: Field, value: object) -> None:
    text = texts.clean_text(value, field=field.name, max_length=field.max_length)
    _keep(desk, field, text, text)


def _choice(desk: Desk, field: Field, value: object) -> None:
    if isinstance(value, int) and not isinstance(value, bool):
        # A level is a number to who sends it and one of a few words to the definition.
        value = str(value)
    if not isinstance(value, str) or value not in field.choices:
        raise Invalid([FieldError(field.name, "not_a_choice", {"choices": ", ".join(field.choices)})])
    _keep(desk, field, value, value)


def _date(desk: Desk, field: Field, value: object) -> None:
    day = texts.parse_date(value, field=field.name)
    _keep(desk, field, day, day.isoformat())


def _org(desk: Desk, field: Field, value: object) -> None:
    code = texts.parse_code(value, field=field.name)
    org = directory.units(desk.session, [code]).get(code)
    if org is None:
        raise Invalid([FieldError(field.name, "no_such_org", {"value": code})])
    _keep(desk, field, org, org.code)


def _orgs(desk: Desk, field: Field, value: object) -> None:
    if not isinstance(value, list) or len(value) > MOST_CO_ORGS:
        raise Invalid([FieldError(field.name, "not_a_list", {"most": MOST_CO_ORGS})])
    codes = [texts.parse_code(each, field=field.name) for each in value]
    found = directory.units(desk.session, codes)
    missing = [FieldError(field.name, "no_such_org", {"value": code}) for code in codes if code not in found]
    if missing:
        raise Invalid(missing)
    orgs = list({found[code].id: found[code] for code in codes}.values())
    _keep(desk, field, orgs, [org.code for org in orgs])


def _person(desk: Desk, field: Field, value: object) -> None:
    # Whom one may name is somebody of the unit named beside it, so the unit stands before the person in the file.
    reference = texts.clean_text(value, field=field.name, max_length=100)
    org = desk.values.get("org")
    person = (
        None if org is None else registry.handler_in(desk.session, reference=reference, org_id=org.id, on=desk.today)
    )
    if person is None:
        raise Invalid([FieldError(field.name, "no_such_handler")])
    _keep(desk, field, person, str(person.id))


def _case(desk: Desk, field: Field, value: object) -> None:
    reference = texts.clean_text(value, field=field.name, max_length=64)
    case = cases.find(desk.session, desk.actor, reference=reference, at=desk.at, lock=True)
    if case is None:
        raise Invalid([FieldError(field.name, "no_such_case")])
    _keep(desk, field, case, {"id": str(case.id), "number": case.number})


def _number(desk: Desk, field: Field, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid([FieldError(field.name, "not_a_number")])
    _keep(desk, field, value, value)


def _flag(desk: Desk, field: Field, value: object) -> None:
    if not isinstance(value, bool):
        raise Invalid([FieldError(field.name, "not_a_flag")])
    _keep(desk, field, value, value)


_READERS: Mapping[str, Callable[[Desk, Field, object], None]] = {
    "text": _text,
    "choice": _choice,
    "date": _date,
    "org": _org,
    "orgs": _orgs,
    "person": _person,
    "case": _case,
    "number": _number,
    "flag": _flag,
    "money": _text,
}
