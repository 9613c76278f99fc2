"""How a line of the fund ledger and a share of a sum are read from what was sent: every mistake at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.campaign import record_visibility
from casework.campaign.visibility import take_member
from casework.core import money, reading, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, invalid
from casework.core.ids import parse_id
from casework.core.reading import Reader
from casework.funds import actions as ledger
from casework.funds.actions import STAGES, NewLine
from casework.funds.kinds import KINDS
from casework.projects.tables import Project
from casework.registry import queries as registry

SOURCE_LENGTH, NUMBER_LENGTH, PROJECT_LENGTH, NOTE_LENGTH = 100, 100, 200, 2000
FIELDS = ("stage", "amount", "source", "document_no", "on", "project", "expected_on", "note", "allocation", "kind")
ROLES = ("lead", "joint")
_HUNDREDTHS = 100
FindProject = Callable[[UUID], Project | None]


@dataclass(frozen=True, slots=True)
class Share:
    """A share as it was sent, checked: one holder, hundredths of a percent, and the part they had."""

    person_id: UUID | None
    member_id: UUID | None
    org_id: UUID | None
    share_bp: int
    role: str


def read_line(
    raw: Mapping[str, Any],
    *,
    find_allocation: Callable[[UUID], UUID | None],
    find_project: FindProject,
    at: datetime,
    zone: Any,
    beside: Mapping[str, Reader] | None = None,
) -> tuple[NewLine, Mapping[str, Any]]:
    """Read a line; `find_allocation` gives the sum an id belongs to, if the caller may carry it on.

    A project is told by its name or its id (`find_project`); the money is tied to it by its name.
    `beside`: further fields and their readers, whose values are returned beside the line.

    Raises:
        Invalid: every mistake, by the names of the fields.
    """
    today = at.astimezone(zone).date()
    readers: Mapping[str, Reader] = {**_readers(find_allocation, find_project, today), **(beside or {})}
    errors = [FieldError(name, "unknown_field") for name in raw if name not in (*FIELDS, *(beside or ()))]
    values: dict[str, Any] = {}
    for name, read in readers.items():
        try:
            values[name] = read(raw.get(name))
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    others = {name: values.pop(name) for name in beside or ()}
    line = NewLine(amount_fen=values.pop("amount"), allocation_id=values.pop("allocation"), **values)
    return line, others


def projects_in_sight(session: Session, actor: Actor, *, at: datetime) -> FindProject:
    """Return what gives the project of an id, if the caller may know of it."""
    on = at.astimezone(session.info["zone"]).date()

    def find(wanted: UUID) -> Project | None:
        try:
            found: Project = record_visibility.find(session, actor, Project, wanted, on=on)
        except NotFound:
            return None
        return None if found.withdrawn else found

    return find


def project_told(value: object, find: FindProject) -> Project | None:
    """Return the project that is told by its id; None when it is told by its name.

    Raises:
        Invalid: there is none of this id that the caller may know of.
    """
    wanted = parse_id(value) if isinstance(value, str) else None
    found = None if wanted is None else find(wanted)
    if wanted is not None and found is None:
        raise invalid("project", "no_such_project")
    return found


def _project(value: object, find: FindProject) -> str | None:
    found = project_told(value, find)
    return optional(value, "project", PROJECT_LENGTH) if found is None else found.name


def _readers(
    find_allocation: Callable[[UUID], UUID | None], find_project: FindProject, today: date
) -> Mapping[str, Reader]:
    return {
        "stage": _stage,
        "amount": _amount,
        "source": lambda v: texts.clean_text(v, field="source", max_length=SOURCE_LENGTH, multiline=False),
        "document_no": lambda v: texts.clean_text(v, field="document_no", max_length=NUMBER_LENGTH, multiline=False),
        "on": lambda v: _past_day(v, "on", today=today),
        "project": lambda v: _project(v, find_project),
        "expected_on": lambda v: None if v is None else _coming_day(v, "expected_on", today=today),
        "note": lambda v: optional(v, "note", NOTE_LENGTH, multiline=True),
        "allocation": lambda v: None if v is None else _allocation(v, find_allocation),
        "kind": _kind,
    }


def read_note(raw: Mapping[str, Any]) -> str:
    """Read why a line is taken back (`note`).

    Raises:
        Invalid: no note, or unknown fields.
    """
    readers = {"note": reading.text("note", NOTE_LENGTH, required=True)}
    return str(reading.fields(raw, readers, required=("note",))["note"])


def read_share(session: Session, raw: Mapping[str, Any], *, actor: Actor) -> Share:
    """Read a share (`person` or `member` id or `org` code, `share` in percent with two decimals, `role?`).

    A member who has an account is credited with both, so that whichever is asked by finds them.

    Raises:
        Invalid: every mistake, by the names of the fields.
    """
    errors = [FieldError(n, "unknown_field") for n in raw if n not in ("person", "member", "org", "share", "role")]
    share = 0
    if sum(raw.get(name) is not None for name in ("person", "member", "org")) != 1:
        errors.append(FieldError("person", "person_or_org"))
    try:
        share = money.parse_yuan(raw.get("share"), field="share")
        if not 0 < share <= ledger.FULL_SHARE:
            errors.append(FieldError("share", "out_of_range", {"min": "0.01", "max": "100.00"}))
    except Invalid:
        errors.append(FieldError("share", "share_form"))
    person_id, org_id, member_id = _person(session, raw, errors), _org(session, raw, errors), None
    if raw.get("member") is not None:
        try:
            member = take_member(session, actor, _id(raw, "member") or UUID(int=0))
            member_id, person_id = member.id, member.person_id
        except NotFound:
            errors.append(FieldError("member", "no_such_member"))
    role = raw.get("role", "lead")
    if role not in ROLES:
        errors.append(FieldError("role", "not_a_choice", {"choices": ", ".join(ROLES)}))
    if errors:
        raise Invalid(errors)
    return Share(person_id, member_id, org_id, share, role)


def percent(share_bp: int) -> str:
    """Return hundredths of a percent with two decimals."""
    return f"{share_bp // _HUNDREDTHS}.{share_bp % _HUNDREDTHS:02d}"


def optional(value: object, field: str, length: int, *, multiline: bool = False) -> str | None:
    """Read a text that may be missing; an empty one is none."""
    return texts.clean_text(value, field=field, max_length=length, required=False, multiline=multiline) or None


def _person(session: Session, raw: Mapping[str, Any], errors: list[FieldError]) -> UUID | None:
    wanted = _id(raw, "person")
    found = wanted if wanted is not None and registry.people_by_id(session, [wanted]) else None
    if raw.get("person") is not None and found is None:
        errors.append(FieldError("person", "no_such_person"))
    return found


def _org(session: Session, raw: Mapping[str, Any], errors: list[FieldError]) -> UUID | None:
    code = raw.get("org")
    org = registry.orgs_by_code(session, [code]).get(code) if isinstance(code, str) else None
    if code is not None and org is None:
        errors.append(FieldError("org", "no_such_org", {"value": str(code)[:64]}))
    return None if org is None else org.id


def _id(raw: Mapping[str, Any], name: str) -> UUID | None:
    given = raw.get(name)
    return parse_id(given) if isinstance(given, str) else None


def _stage(value: object) -> str:
    if value is None or value == "":
        raise invalid("stage", "required")
    return _choice(value, "stage", STAGES)


def _kind(value: object) -> str | None:
    return None if value is None or value == "" else _choice(value, "kind", KINDS)


def _choice(value: object, field: str, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise invalid(field, "not_a_choice", choices=", ".join(choices))
    return value


def _amount(value: object) -> int:
    if value is None or value == "":
        raise invalid("amount", "required")
    fen = money.parse_yuan(value, field="amount")
    if fen == 0:
        raise invalid("amount", "money_nought")
    return fen


def _past_day(value: object, field: str, *, today: date) -> date:
    if value is None or value == "":
        raise invalid(field, "required")
    day = texts.parse_date(value, field=field)
    if day > today:
        raise invalid(field, "date_ahead", today=today.isoformat())
    return day


def _coming_day(value: object, field: str, *, today: date) -> date:
    day = texts.parse_date(value, field=field)
    if day < today:
        raise invalid(field, "date_past")
    return day


def _allocation(value: object, find: Callable[[UUID], UUID | None]) -> UUID:
    wanted = parse_id(value) if isinstance(value, str) else None
    found = None if wanted is None else find(wanted)
    if found is None:
        raise invalid("allocation", "no_such_allocation")
    return found
