"""Who reported a case: personal data sealed at the door, shown masked, revealed one by one elsewhere.

Stored twice on the case: as ciphertext bound to table, column and row, and masked for every screen. Phone and identity
number also leave a keyed index, so that the same person is recognised without decrypting anything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from casework.cases.tables import Case
from casework.core import personal, texts
from casework.core.database import Session, change
from casework.core.encryption import Keyring, keyring_of
from casework.core.errors import FieldError, Invalid

NAME_LENGTH = 30
FIELDS = ("name", "phone", "id_number")
_COLUMNS = {
    "name": "reporter_name_cipher",
    "phone": "reporter_phone_cipher",
    "id_number": "reporter_id_cipher",
}


@dataclass(frozen=True, slots=True)
class Reporter:
    """A reporter in plain; lives only between the request and the seal."""

    name: str
    phone: str | None
    id_number: str | None


def read_reporter(raw: object, *, today: date) -> Reporter:
    """Read a reporter from what was sent.

    Raises:
        Invalid: every mistake, with fields `reporter.name`, `reporter.phone`, `reporter.id_number`.
    """
    if not isinstance(raw, Mapping):
        raise Invalid([FieldError("reporter", "required" if raw is None else "not_an_object")])
    errors = [FieldError(f"reporter.{name}", "unknown_field") for name in raw if name not in FIELDS]
    values: dict[str, Any] = {}
    readers: Mapping[str, Callable[[object], str | None]] = {
        "name": lambda value: texts.clean_text(value, field="reporter.name", max_length=NAME_LENGTH, name=True),
        "phone": lambda value: personal.parse_phone(value, field="reporter.phone"),
        "id_number": lambda value: personal.parse_id_number(value, field="reporter.id_number", today=today),
    }
    for name, read in readers.items():
        value = raw.get(name)
        if name != "name" and (value is None or value == ""):
            continue
        try:
            values[name] = read(value)
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return Reporter(values["name"], values.get("phone"), values.get("id_number"))


# What stays empty of a reporter who told no more than a name.
_NOT_TOLD: Mapping[str, None] = dict.fromkeys(
    (
        *("reporter_phone", "reporter_phone_cipher", "reporter_phone_index"),
        *("reporter_id_number", "reporter_id_cipher", "reporter_id_index"),
    )
)
# The columns of a case that `sealed` fills.
SEALED = tuple(
    f"reporter_{each}"
    for each in (
        *("name", "phone", "id_number"),
        *("name_cipher", "phone_cipher"),
        *("id_cipher", "phone_index", "id_index"),
    )
)


def seal(session: Session, case: Case, reporter: Reporter) -> None:
    """Put a reporter on a case: sealed, masked and indexed."""
    change(case, **sealed(keyring_of(session), case.id, reporter))


def sealed(keyring: Keyring, case_id: UUID | str, reporter: Reporter) -> dict[str, str | None]:
    """Return the columns of a case that keep its reporter: sealed, masked and indexed."""
    keys = keyring.row("cases", case_id)
    columns: dict[str, str | None] = {
        "reporter_name": personal.mask_name(reporter.name),
        "reporter_name_cipher": keys.encrypt(reporter.name, column=_COLUMNS["name"]),
        **_NOT_TOLD,
    }
    if reporter.phone is not None:
        columns["reporter_phone"] = personal.mask_phone(reporter.phone)
        columns["reporter_phone_cipher"] = keys.encrypt(reporter.phone, column=_COLUMNS["phone"])
        columns["reporter_phone_index"] = keys.blind_index(reporter.phone)
    if reporter.id_number is not None:
        columns["reporter_id_number"] = personal.mask_id_number(reporter.id_number)
        columns["reporter_id_cipher"] = keys.encrypt(reporter.id_number, column=_COLUMNS["id_number"])
        columns["reporter_id_index"] = keys.blind_index(reporter.id_number)
    return columns


def named_in(session: Session, text: str, case: Any) -> str | None:
    """Return the name of a case's reporter if it may stand in a text, to be masked there; nobody is shown it.

    `case`: a case, or its id and the columns of its reporter's name.
    """
    if case.reporter_name[:1] not in text or case.reporter_name_cipher is None:
        return None
    column = _COLUMNS["name"]
    return keyring_of(session).decrypt(case.reporter_name_cipher, table="cases", column=column, row_id=str(case.id))


def hidden_in(session: Session, case: Case) -> Callable[[str | None], str]:
    """Return how free texts of a case are told outside: numbers of people are masked, and who reported it by name."""
    name = unseal(session, case, "name") or ""
    return lambda text: personal.scrub_with(text or "", (name,))


def unseal(session: Session, case: Case, field: str) -> str | None:
    """Return one field in plain; the caller has logged who asked and why."""
    value: str | None = getattr(case, _COLUMNS[field])
    if value is None:
        return None
    return keyring_of(session).decrypt(value, table="cases", column=_COLUMNS[field], row_id=str(case.id))
