"""How the plain records of a campaign are read, entered, mended and withdrawn: one manner for every kind.

A form says which fields a kind of record takes and how each is read; what is stored keeps editions. Who may is asked by
the caller; nothing commits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.core import editions, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import Edition, known
from casework.core.errors import FieldError, Invalid, invalid, refused
from casework.core.ids import parse_id
from casework.registry import queries as registry

LINE, TEXT, MOST_PEOPLE = 200, 5000, 100_000


@dataclass(frozen=True, slots=True)
class Desk:
    """What is at hand while a record is read."""

    session: Session
    today: date


Read = Callable[[Desk, Any, str], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name as it is sent, how it is read, and the column it is kept in."""

    name: str
    read: Read
    required: bool = False
    column: str = ""

    @property
    def kept_in(self) -> str:
        """The column the value is kept in."""
        return self.column or self.name


def _no_rules(_values: Mapping[str, Any]) -> Sequence[FieldError]:
    return ()


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of record. `rules` judge a whole record by its columns, once each field is right by itself."""

    name: str
    table: type[Edition]
    fields: Sequence[Field]
    rules: Callable[[Mapping[str, Any]], Sequence[FieldError]] = field(default=_no_rules)


def enter(session: Session, form: Form, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Any:
    """Enter a record from what was sent; a client-made `id` is kept.

    Raises:
        Invalid: every mistake, by the names of the fields.
        Refused: the client-made id is taken.
    """
    sent = dict(raw)
    record_id = _client_id(session, form, sent.pop("id", None))
    values = _read(session, form, sent, at=at, is_new=True)
    judge(form, values)
    return editions.enter(session, form.table(**values), actor=actor, at=at, record_id=record_id)


def mend(
    session: Session,
    form: Form,
    row: Any,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Any:
    """Change what is named of a locked record; `reason` is kept with the edition, `withdrawn` takes the record back.

    Raises:
        Invalid: every mistake; withdrawing needs a reason.
        Stale: the record is not at `expected_version`.
    """
    sent = dict(raw)
    reason = texts.clean_text(sent.pop("reason", None), field="reason", max_length=TEXT, required=False)
    withdrawn = sent.pop("withdrawn", None)
    values = _read(session, form, sent, at=at, is_new=False)
    if withdrawn is not None:
        values["withdrawn"] = _flag(withdrawn)
        if values["withdrawn"] and not row.withdrawn and not reason:
            raise invalid("reason", "required")
    whole = {each.kept_in: getattr(row, each.kept_in) for each in form.fields} | values
    judge(form, whole)
    return editions.mend(session, row, values, actor=actor, at=at, reason=reason, expected_version=expected_version)


def read_partly(session: Session, form: Form, raw: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """Return the columns of the fields that are named; who enters many records at once has looked up the others.

    Raises:
        Invalid: every mistake, by the names of the fields.
    """
    return _read(session, form, raw, at=at, is_new=False)


def judge(form: Form, values: Mapping[str, Any]) -> None:
    """Judge a whole record by its columns.

    Raises:
        Invalid: what the rules of its kind have against it.
    """
    errors = form.rules(values)
    if errors:
        raise Invalid(errors)


def _read(session: Session, form: Form, sent: Mapping[str, Any], *, at: datetime, is_new: bool) -> dict[str, Any]:
    by_name = {each.name: each for each in form.fields}
    errors = [FieldError(name, "unknown_field") for name in sent if name not in by_name]
    desk = Desk(session, at.astimezone(session.info["zone"]).date())
    values: dict[str, Any] = {}
    for name, each in by_name.items():
        if name not in sent and not (is_new and each.required):
            continue
        given = sent.get(name)
        try:
            if (given is None or given == "") and each.required:
                raise invalid(name, "required")
            values[each.kept_in] = each.read(desk, given, name)
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return values


def _client_id(session: Session, form: Form, given: Any) -> UUID | None:
    if given is None:
        return None
    found = parse_id(given) if isinstance(given, str) else None
    if found is None:
        raise invalid("id", "not_an_id")
    if session.scalar(select(form.table.version).where(form.table.id == found).limit(1)) is not None:
        raise refused("id_taken")
    return found


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise invalid("withdrawn", "not_a_flag")
    return value


# ---------------------------------------------------------------- how fields are read


def line(*, longest: int = LINE) -> Read:
    """Read one line of words; nothing is empty."""

    def read(_desk: Desk, value: Any, name: str) -> str:
        return texts.clean_text(value, field=name, max_length=longest, required=False, multiline=False)

    return read


def prose(*, longest: int = TEXT) -> Read:
    """Read words of several lines; nothing is empty."""
    return lambda _desk, value, name: texts.clean_text(value, field=name, max_length=longest, required=False)


def choice(*codes: str, optional: bool = False) -> Read:
    """Read one of these codes; with `optional` nothing is empty."""

    def read(_desk: Desk, value: Any, name: str) -> str:
        if optional and value in (None, ""):
            return ""
        if not isinstance(value, str) or value not in codes:
            raise invalid(name, "not_a_choice", choices=", ".join(codes))
        return value

    return read


def day(*, ahead: bool = False) -> Read:
    """Read a day; one that has not come yet only with `ahead`."""

    def read(desk: Desk, value: Any, name: str) -> date | None:
        if value in (None, ""):
            return None
        found = texts.parse_date(value, field=name)
        if found > desk.today and not ahead:
            raise invalid(name, "date_ahead", today=desk.today.isoformat())
        return found

    return read


def number(*, most: int = MOST_PEOPLE) -> Read:
    """Read a number from 0; nothing is None."""

    def read(_desk: Desk, value: Any, name: str) -> int | None:
        return None if value in (None, "") else texts.parse_int(value, field=name, minimum=0, maximum=most)

    return read


def place(desk: Desk, value: Any, name: str) -> str:
    """Read the code of a place in force."""
    code = texts.parse_code(value, field=name)
    if registry.region(desk.session, code) is None:
        raise invalid(name, "no_such_region", value=code)
    return code


def unit(desk: Desk, value: Any, name: str) -> UUID | None:
    """Read the code of a unit in force; nothing is None."""
    if value in (None, ""):
        return None
    code = texts.parse_code(value, field=name)
    found = registry.orgs_by_code(desk.session, [code]).get(code)
    if found is None:
        raise invalid(name, "no_such_org", value=code)
    return found.id


def record(table: type[Edition], what: str) -> Read:
    """Read the id of a record of a table of editions; `what` completes the code `no_such_…`. Nothing is None."""

    def read(desk: Desk, value: Any, name: str) -> UUID | None:
        if value in (None, ""):
            return None
        found = parse_id(value) if isinstance(value, str) else None
        asked = select(table.id).where(table.id == found, known(table))
        if found is None or desk.session.scalar(asked) is None:
            raise invalid(name, f"no_such_{what}")
        return found

    return read
