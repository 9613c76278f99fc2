"""What staff enter and change of households by hand: read, checked, allowed, written. Files come in by
workflows/ledgers.

What a household counts as, and is watched for, is taken over from those who decide it, with day and source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from casework.campaign.links import links
from casework.campaign.links.household_list import HouseholdFile, files
from casework.campaign.links.places import place
from casework.core import personal, reading, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, Stale
from casework.core.reading import Readers
from casework.households import actions, handbook
from casework.households.actions import (
    CATEGORIES,
    CATEGORY,
    GROUP_LENGTH,
    MOST_PEOPLE,
    NAME_LENGTH,
    REMARK_LENGTH,
    WATCH,
    WATCHES,
    NewHousehold,
)
from casework.households.tables import Household
from casework.permissions import Subject, require

WRITE = "household.write"
REASON_LENGTH, SOURCE_LENGTH = 200, 100
_STATUS = ("category", "watch", "since", "source", "ends", "valid_to", "reason")


@dataclass(frozen=True, slots=True)
class _Moment:
    actor: Actor
    at: datetime
    today: date


def enter(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime, today: date) -> HouseholdFile:
    """Enter a household (`region_code, head_name`, and the other fields of `NewHousehold`; `category`, `watch`, that
    hold `since` a day as `source` says).

    Raises:
        Invalid: every mistake; a place where the caller has no say, and an identity number known already, is one.
    """
    known = {**_of_household(session, actor, today), **_of_status()}
    readers = {name: read for name, read in known.items() if name not in ("ends", "valid_to", "reason")}
    values = reading.fields(raw, readers, required=("region_code", "head_name"))
    require(actor, WRITE, Subject(values["region_code"]))
    of_status = {name: values.pop(name) for name in _STATUS if name in values}
    row = actions.enter(session, NewHousehold(**values), actor=actor, at=at)
    _count(session, row, of_status, _Moment(actor, at, today))
    return files(session, [row])[0]


def change(
    session: Session,
    row: Household,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    today: date,
    expected_version: int | None = None,
) -> HouseholdFile:
    """Change what is named of a locked household; `ends` with `valid_to` and `reason` ends what it counts as.

    Raises:
        Stale: somebody else changed it since.
        Invalid: every mistake.
        Refused: what is to end does not hold.
    """
    require(actor, WRITE, subject)
    file = files(session, [row])[0]
    if expected_version is not None and file.version != expected_version:
        raise Stale(expected=expected_version, actual=file.version)
    values = reading.fields(raw, {**_of_household(session, actor, today), **_of_status()})
    of_status = {name: values.pop(name) for name in _STATUS if name in values}
    reason = of_status.get("reason", "")
    mended = actions.change(session, row, values, actor=actor, at=at, reason=reason)
    if mended.region_code != row.region_code:
        links.move_with(session, mended, actor=actor, at=at)
    _count(session, mended, of_status, _Moment(actor, at, today))
    return files(session, [mended])[0]


def _count(session: Session, row: Household, told: Mapping[str, Any], now: _Moment) -> None:
    since = told.get("since") or now.today
    for name, part in (("category", CATEGORY), ("watch", WATCH)):
        if told.get(name):
            actions.count_as(
                session,
                row.id,
                part=part,
                code=told[name],
                since=since,
                source=told.get("source", ""),
                actor=now.actor,
                at=now.at,
            )
    if told.get("ends"):
        until = told.get("valid_to") or now.today
        reason = told.get("reason", "")
        actions.count_no_longer(
            session, row.id, code=told["ends"], until=until, reason=reason, actor=now.actor, at=now.at
        )
    elif told.get("valid_to") is not None:
        raise Invalid([FieldError("ends", "required")])


def _of_household(session: Session, actor: Actor, today: date) -> Readers:
    return {
        "region_code": place(session, actor, WRITE),
        "head_name": reading.name("head_name", NAME_LENGTH),
        "head_id_number": lambda value: personal.parse_id_number(value, field="head_id_number", today=today),
        "phone": lambda value: personal.parse_phone(value, field="phone"),
        "group_no": reading.line("group_no", GROUP_LENGTH),
        "people": _people,
        "remark": reading.text("remark", REMARK_LENGTH),
        **handbook.readers(),
    }


def _of_status() -> Readers:
    return {
        "category": reading.choice("category", CATEGORIES),
        "watch": reading.choice("watch", WATCHES),
        "since": reading.day("since", required=False),
        "source": reading.line("source", SOURCE_LENGTH),
        "ends": reading.choice("ends", (*CATEGORIES, *WATCHES)),
        "valid_to": reading.day("valid_to", required=False),
        "reason": reading.text("reason", REASON_LENGTH),
    }


def _people(value: Any) -> int | None:
    return None if value is None else texts.parse_int(value, field="people", minimum=0, maximum=MOST_PEOPLE)
