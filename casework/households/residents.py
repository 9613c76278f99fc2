"""Who lives in a household: entered and changed by staff, the name sealed and shown masked.

Kept is what a visit needs (domain.md §3e): relation to the head, sex, year of birth, health, labour, education, school,
workplace; numbers of people and of certificates are left to the town. Nobody is
deleted: who has moved out has a last day. Who may is asked by the caller.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.core import editions, personal, reading, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known
from casework.core.encryption import Keyring, keyring_of
from casework.core.errors import NotFound, Stale
from casework.core.ids import new_id
from casework.core.reading import Readers
from casework.households.tables import HouseholdMember

NAME_LENGTH, WORD_LENGTH = 30, 60
SEXES = ("male", "female")
_FIRST_YEAR = 1900
_LINES = ("relation", "health", "labour", "education", "school", "workplace")


def of_household(session: Session, household_id: UUID) -> Sequence[HouseholdMember]:
    """Return everybody who lives or lived in a household, in the order in which they were entered."""
    asked = select(HouseholdMember).where(known(HouseholdMember), HouseholdMember.household_id == household_id)
    return session.scalars(asked.order_by(HouseholdMember.id)).all()


def enter(
    session: Session, household_id: UUID, raw: Mapping[str, Any], *, actor: Actor, at: datetime
) -> HouseholdMember:
    """Enter somebody (`name`, and `relation, sex, birth_year, health, labour, education, school, workplace, left_on`).

    Raises:
        Invalid: every mistake.
    """
    values = reading.fields(raw, _readers(at), required=("name",))
    resident_id = new_id()
    row = HouseholdMember(household_id=household_id, **_kept(session, resident_id, values))
    return editions.enter(session, row, actor=actor, at=at, record_id=resident_id)


def change(
    session: Session,
    household_id: UUID,
    resident_id: UUID,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> HouseholdMember:
    """Change what is named of somebody in a household.

    Raises:
        NotFound: nobody of this id lives there.
        Stale: somebody else changed it since.
        Invalid: every mistake.
    """
    row = editions.newest(session, HouseholdMember, resident_id, lock=True)
    if row.household_id != household_id:
        raise NotFound
    if expected_version is not None and row.version != expected_version:
        raise Stale(expected=expected_version, actual=row.version)
    values = reading.fields(raw, _readers(at))
    if values.get("name") == _plain_name(session, row):
        del values["name"]
    return editions.mend(session, row, _kept(session, row.id, values), actor=actor, at=at)


def _plain_name(session: Session, row: HouseholdMember) -> str:
    return keyring_of(session).decrypt(
        row.name_cipher, table="household_members", column="name_cipher", row_id=str(row.id)
    )


def _kept(session: Session, resident_id: UUID, values: dict[str, Any]) -> dict[str, Any]:
    if "name" not in values:
        return values
    return {**values, **sealed_name(keyring_of(session), resident_id, values["name"])}


def sealed_name(keyring: Keyring, resident_id: UUID, name: str) -> dict[str, str]:
    """Return the columns that keep the name of somebody who lives in a household: masked, and sealed to this row."""
    cipher = keyring.encrypt(name, table="household_members", column="name_cipher", row_id=str(resident_id))
    return {"name": personal.mask_name(name), "name_cipher": cipher}


def _readers(at: datetime) -> Readers:
    def year(value: Any) -> int | None:
        if value is None or value == "":
            return None
        return texts.parse_int(value, field="birth_year", minimum=_FIRST_YEAR, maximum=at.year)

    return {
        "name": reading.name("name", NAME_LENGTH),
        "sex": lambda value: "" if value in (None, "") else reading.choice("sex", SEXES)(value),
        "birth_year": year,
        "left_on": reading.day("left_on", required=False),
        **{field: reading.line(field, WORD_LENGTH) for field in _LINES},
    }
