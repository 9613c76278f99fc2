"""Reading the fields of what was sent, each by its own reader, so that all mistakes are told at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from casework.core import texts
from casework.core.errors import FieldError, Invalid, invalid
from casework.core.ids import parse_id

Reader = Callable[[Any], Any]
Readers = Mapping[str, Reader]


def fields(raw: Mapping[str, Any], readers: Readers, *, required: Sequence[str] = ()) -> dict[str, Any]:
    """Read what was sent: the fields that are there, and those that have to be.

    Raises:
        Invalid: every mistake; a field that no reader knows is one.
    """
    errors = [FieldError(name, "unknown_field") for name in raw if name not in readers]
    values: dict[str, Any] = {}
    for name, read in readers.items():
        if name not in raw and name not in required:
            continue
        try:
            values[name] = read(raw.get(name))
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return values


def line(field: str, longest: int, *, required: bool = False) -> Reader:
    """Return a reader of one line."""
    return lambda value: texts.clean_text(value, field=field, max_length=longest, required=required, multiline=False)


def text(field: str, longest: int, *, required: bool = False) -> Reader:
    """Return a reader of a text of any lines."""
    return lambda value: texts.clean_text(value, field=field, max_length=longest, required=required)


def name(field: str, longest: int) -> Reader:
    """Return a reader of a name, which has to be there."""
    return lambda value: texts.clean_text(value, field=field, max_length=longest, name=True)


def flag(field: str) -> Reader:
    """Return a reader of `true` or `false`."""

    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise invalid(field, "not_a_flag")
        return value

    return read


def day(field: str, *, required: bool = True) -> Reader:
    """Return a reader of a day; nothing given is None where it is not required."""

    def read(value: Any) -> date | None:
        if value is None or value == "":
            if required:
                raise invalid(field, "required")
            return None
        return texts.parse_date(value, field=field)

    return read


def record_id(field: str, *, required: bool = True) -> Reader:
    """Return a reader of the id of a record; whether there is such a one is asked elsewhere."""

    def read(value: Any) -> Any:
        if value is None or value == "":
            if required:
                raise invalid(field, "required")
            return None
        found = parse_id(value) if isinstance(value, str) else None
        if found is None:
            raise invalid(field, "not_an_id")
        return found

    return read


def choice(field: str, choices: Sequence[str]) -> Reader:
    """Return a reader of one of a list of codes."""

    def read(value: Any) -> str:
        if value is None or value == "":
            raise invalid(field, "required")
        if not isinstance(value, str) or value not in choices:
            raise invalid(field, "not_a_choice", choices=", ".join(choices))
        return value

    return read


def require_days(first: date, last: date, *, most: int, field: str) -> None:
    """Require a last day that does not come before the first, nor more than `most` days after it.

    Raises:
        Invalid: on `field`.
    """
    if last < first:
        raise invalid(field, "ends_before_it_begins")
    if last - first > timedelta(days=most):
        raise invalid(field, "too_many_days", most=most)
