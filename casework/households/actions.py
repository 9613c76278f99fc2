"""What may be done to households: enter, mend, note what they count as. Who may is asked by the caller.

Nothing commits. Personal data is sealed at the door: what is stored is masked for the screen, and encrypted for the one
who may reveal it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from casework.core import editions, personal, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.encryption import Keyring, keyring_of
from casework.core.errors import FieldError, Invalid, refused
from casework.core.ids import new_id
from casework.households import handbook, queries
from casework.households.known import Asked, Known
from casework.households.tables import Household, HouseholdStatus

NAME_LENGTH, GROUP_LENGTH, REMARK_LENGTH, MOST_PEOPLE = 30, 30, 1000, 99
CATEGORY, WATCH = "category", "watch"
# What the office takes over from others about a household; it decides none of it (domain.md §3e).
CATEGORIES = ("poverty_alleviated", "demonstration")
WATCHES = ("unstable", "marginal", "sudden_hardship", "risk_cleared")
SEALED_FIELDS = ("head_name", "head_id_number", "phone")
_SEALED = {"head_name": "head_name_cipher", "head_id_number": "head_id_cipher", "phone": "phone_cipher"}

_MASKS: Mapping[str, Callable[[str], str]] = {
    "head_name": personal.mask_name,
    "head_id_number": personal.mask_id_number,
    "phone": personal.mask_phone,
}


@dataclass(frozen=True, slots=True)
class NewHousehold:
    """A household in plain, checked; lives only between what was sent and the seal."""

    region_code: str
    head_name: str
    head_id_number: str | None = None
    phone: str | None = None
    group_no: str = ""
    people: int | None = None
    remark: str = ""
    # As in casework/households/handbook.py.
    hardship: str = ""
    farmland: Decimal | None = None
    forest: Decimal | None = None
    floor_area: Decimal | None = None
    housing_grade: str = ""
    water: str = ""
    insurance: str = ""


def read_household(raw: Mapping[str, Any], *, region_code: str, today: date) -> NewHousehold:
    """Check what was sent of a household (`head_name`, and the other fields of `NewHousehold`).

    Raises:
        Invalid: every mistake.
    """
    readers: Mapping[str, Any] = {
        "head_name": lambda value: texts.clean_text(value, field="head_name", max_length=NAME_LENGTH, name=True),
        "head_id_number": lambda value: personal.parse_id_number(value, field="head_id_number", today=today),
        "phone": lambda value: personal.parse_phone(value, field="phone"),
        "group_no": lambda value: texts.clean_text(
            value, field="group_no", max_length=GROUP_LENGTH, required=False, multiline=False
        ),
        "people": lambda value: texts.parse_int(value, field="people", minimum=0, maximum=MOST_PEOPLE),
        "remark": lambda value: texts.clean_text(value, field="remark", max_length=REMARK_LENGTH, required=False),
        **handbook.readers(),
    }
    errors: list[FieldError] = []
    values: dict[str, Any] = {}
    for name, read in readers.items():
        if raw.get(name) is None and name != "head_name":
            continue
        try:
            values[name] = read(raw.get(name))
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return NewHousehold(region_code=region_code, **values)


def enter(session: Session, told: NewHousehold, *, actor: Actor, at: datetime, known: Known | None = None) -> Household:
    """Enter a household; who enters many at once has looked up what is `known` of them.

    Raises:
        Invalid: another household's head has this identity number.
    """
    keyring = keyring_of(session)
    others = Asked(session) if known is None else known
    if told.head_id_number is not None and others.by_id_number(told.head_id_number) is not None:
        raise Invalid([FieldError("head_id_number", "household_known")])
    household_id = new_id()
    names = ("region_code", "group_no", "people", "remark", *handbook.FIELDS)
    plainly = {name: getattr(told, name) for name in names}
    row = Household(**plainly, **sealed(keyring, household_id, told))
    return editions.enter(session, row, actor=actor, at=at, record_id=household_id)


def mend(
    session: Session, row: Household, told: NewHousehold, *, actor: Actor, at: datetime, reason: str = ""
) -> Household:
    """Change what is told of a locked household; what is left out, or a place told less exactly, stays as it is."""
    changes: dict[str, Any] = {}
    if not row.region_code.startswith(told.region_code):
        changes["region_code"] = told.region_code
    changes |= {name: value for name in ("group_no", "remark") if (value := getattr(told, name))}
    if told.people is not None:
        changes["people"] = told.people
    changes |= handbook.told(told)
    # Sealed anew a value is another text each time: only what really differs is touched.
    changes |= _resealed(session, row, {name: told_so for name in _SEALED if (told_so := getattr(told, name))})
    return editions.mend(session, row, changes, actor=actor, at=at, reason=reason)


def change(
    session: Session, row: Household, values: Mapping[str, Any], *, actor: Actor, at: datetime, reason: str = ""
) -> Household:
    """Change exactly the given fields of a locked household; None or an empty text takes a value away.

    Raises:
        Invalid: another household's head has this identity number.
    """
    number = values.get("head_id_number")
    if number is not None:
        other = queries.by_id_number(session, keyring_of(session), number)
        if other is not None and other.id != row.id:
            raise Invalid([FieldError("head_id_number", "household_known")])
    changes: dict[str, Any] = {name: value for name, value in values.items() if name not in _SEALED}
    changes |= _resealed(session, row, {name: values[name] for name in _SEALED if name in values})
    return editions.mend(session, row, changes, actor=actor, at=at, reason=reason)


def plain(session: Session, row: Household, field: str) -> str | None:
    """Return `head_name`, `head_id_number` or `phone` in plain; whoever shows it has logged who asked and why."""
    column = _SEALED[field]
    value: str | None = getattr(row, column)
    if value is None:
        return None
    return keyring_of(session).decrypt(value, table="households", column=column, row_id=str(row.id))


def count_as(
    session: Session,
    household_id: UUID,
    *,
    part: str,
    code: str,
    since: date,
    source: str,
    actor: Actor,
    at: datetime,
    known: Known | None = None,
) -> bool:
    """Note that a household counts as something from a day on, until it is said to have ended; whether that is new.

    Who notes many at once has looked up what is `known` of them.
    """
    statuses = Asked(session) if known is None else known
    for row in statuses.statuses_of(household_id, part=part, code=code):
        if row.valid_to is not None and row.valid_to < since:
            continue
        if row.valid_from <= since:
            return False
        # Known to hold later: it holds from the earlier day.
        mended = editions.mend(session, statuses.locked(row), {"valid_from": since}, actor=actor, at=at)
        statuses.note_status(mended)
        return True
    row = HouseholdStatus(household_id=household_id, part=part, code=code, valid_from=since, source=source)
    statuses.note_status(editions.enter(session, row, actor=actor, at=at))
    return True


def count_no_longer(
    session: Session, household_id: UUID, *, code: str, until: date, reason: str, actor: Actor, at: datetime
) -> HouseholdStatus:
    """End what a household counts as, or is watched for, with its last day.

    Raises:
        Refused: it does not count so.
        Invalid: the day lies before it began, or there is no reason.
    """
    part = CATEGORY if code in CATEGORIES else WATCH
    open_ones = [each for each in queries.statuses_of(session, household_id, part=part, code=code) if not each.valid_to]
    if not open_ones:
        raise refused("household_not_so")
    errors = [] if reason.strip() else [FieldError("reason", "required")]
    if until < open_ones[-1].valid_from:
        errors.append(FieldError("valid_to", "ends_before_it_begins"))
    if errors:
        raise Invalid(errors)
    row = editions.newest(session, HouseholdStatus, open_ones[-1].id, lock=True)
    return editions.mend(session, row, {"valid_to": until}, actor=actor, at=at, reason=reason)


def sealed(keyring: Keyring, household_id: UUID, told: NewHousehold) -> dict[str, str | None]:
    """Return the columns that keep what is personal of a household: masked, and sealed to this household."""
    columns: dict[str, str | None] = {}
    for name in _SEALED:
        columns |= _kept(keyring, household_id, name, getattr(told, name))
    return columns


def _resealed(session: Session, row: Household, values: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return the columns of the sealed fields whose value differs from what is kept."""
    changes: dict[str, str | None] = {}
    for name, value in values.items():
        if value != plain(session, row, name):
            changes |= _kept(keyring_of(session), row.id, name, value)
    return changes


def _kept(keyring: Keyring, household_id: UUID, field: str, value: str | None) -> dict[str, str | None]:
    """Return the columns that keep one personal value: masked, sealed to this household, and to be looked for."""
    column = _SEALED[field]
    cipher, index, masked = None, None, None
    if value is not None:
        cipher = keyring.encrypt(value, table="households", column=column, row_id=str(household_id))
        index, masked = keyring.blind_index(value), _MASKS[field](value)
    columns = {field: masked, column: cipher}
    return columns if field == "phone" else {**columns, column.replace("_cipher", "_index"): index}
