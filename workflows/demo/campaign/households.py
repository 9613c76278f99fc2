"""The households of the campaign: the head, who lives there, and what they count as by somebody else's list."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from casework.core.ids import new_id
from casework.households import handbook
from casework.households.actions import CATEGORY, WATCH, NewHousehold, sealed
from casework.households.residents import sealed_name
from casework.households.tables import Household, HouseholdMember, HouseholdStatus
from workflows.demo.campaign.ledger import Row
from workflows.demo.campaign.material import told
from workflows.demo.campaign.stage import Stage

POOR, SHOWN = "poverty_alleviated", "demonstration"
# The county left poverty at the end of this span; a household counts as lifted out of it since the year of its own.
_LIFTED = (date(2016, 12, 31), date(2020, 12, 31))
_WATCHES = ("unstable", "marginal", "sudden_hardship")
_WATCH_SHARE, _CLEARED_SHARE = 0.06, 0.4
_WATCHED_IF_KNOWN = date(2022, 7, 31)
_CLEARED = "risk_cleared"


@dataclass(frozen=True, slots=True)
class Home:
    """A household in plain, as the telling needs it; `known`: when it was first written down."""

    id: UUID
    head: str
    phone: str | None
    region_code: str
    group: str
    known: date
    part: str = ""


def tell(stage: Stage, region_code: str, *, on: date, part: str = "") -> Home:
    """Tell of a household; one that will be linked (`part`) with those who live in it and what it counts as."""
    about = told("people")["household"]
    phone = stage.phone() if part or stage.chance.random() < 0.3 else None
    home = Home(new_id(), _head(stage, region_code), phone, region_code, stage.chance.choice(about["groups"]), on, part)
    people = stage.chance.choices((1, 2, 3, 4, 5, 6), (5, 20, 24, 27, 16, 8))[0]
    plain = NewHousehold(region_code, home.head, phone=phone)
    at = stage.afternoon(on)
    stage.ledger.enter(
        Household,
        by=stage.clerk(),
        at=at,
        record_id=home.id,
        region_code=region_code,
        group_no=home.group,
        people=people,
        remark=stage.chance.choice(about["remarks"]) if part else "",
        **(_handbook(home) if part else {}),
        **sealed(stage.keyring, home.id, plain),
    )
    if part:
        _category(stage, home)
        _residents(stage, home, min(people - 1, 3))
        if part == POOR and on < _WATCHED_IF_KNOWN and stage.chance.random() < _WATCH_SHARE:
            _watch(stage, home)
    return home


def _handbook(home: Home) -> dict[str, Any]:
    """Tell what the handbook says, by a chance of the household's own: what else is told stays the same."""
    about, chance = told("people")["handbook"], random.Random(f"{home.region_code} {home.head}")
    areas = {name: Decimal(chance.randint(*about[name])) / 10 for name in handbook.AREAS}
    words = {name: str(chance.choice(about[name])) for name in ("water", "insurance")}
    hardship = str(chance.choice(about["hardship"])) if home.part == POOR else ""
    return {**areas, **words, "housing_grade": chance.choice(about["grades"]), "hardship": hardship}


def _head(stage: Stage, region_code: str) -> str:
    """Return a head's name that no other household of the village has: by it ledgers know a household."""
    name = stage.name()
    while (region_code, name) in stage.heads:
        name = stage.name()
    stage.heads.add((region_code, name))
    return name


def _category(stage: Stage, home: Home) -> None:
    about = told("people")["household"]
    source, since = about["show_source"], home.known
    if home.part == POOR:
        source = about["poor_source"]
        since = date(stage.chance.randint(_LIFTED[0].year, _LIFTED[1].year), 12, 31)
    _status(stage, home, CATEGORY, home.part, source=source, since=since, on=home.known)


def _status(stage: Stage, home: Home, part: str, code: str, *, source: str, since: date, on: date) -> Row:
    return stage.ledger.enter(
        HouseholdStatus,
        by=stage.clerk(),
        at=stage.evening(on),
        household_id=home.id,
        part=part,
        code=code,
        source=source,
        valid_from=since,
    )


def _watch(stage: Stage, home: Home) -> None:
    """Have a household watched for some months; of some the risk is cleared in the end."""
    source = told("people")["household"]["watch_source"]
    begun = stage.day(home.known + timedelta(days=20), date(2022, 8, 31))
    kind = stage.chance.choice(_WATCHES)
    row = _status(stage, home, WATCH, kind, source=source, since=begun, on=begun)
    if stage.chance.random() < _CLEARED_SHARE:
        over = stage.day(begun + timedelta(days=60), date(2022, 12, 20))
        at = stage.evening(over)
        stage.ledger.mend(HouseholdStatus, row, {"valid_to": over - timedelta(days=1)}, by=stage.clerk(), at=at)
        _status(stage, home, WATCH, _CLEARED, source=source, since=over, on=over)


def _residents(stage: Stage, home: Home, count: int) -> None:
    about = told("people")["household"]
    relatives = stage.chance.sample(told("people")["relative"], count)
    at = stage.evening(home.known)
    for relative in relatives:
        row_id, born = new_id(), stage.chance.randint(*relative["born"])
        age = home.known.year - born
        is_pupil = age < 18
        stage.ledger.enter(
            HouseholdMember,
            by=stage.clerk(),
            at=at,
            record_id=row_id,
            household_id=home.id,
            relation=relative["name"],
            sex=relative["sex"],
            birth_year=born,
            health=about["health"][0] if is_pupil else stage.chance.choice(about["health"]),
            labour=about["pupil"] if is_pupil else stage.chance.choice(about["labour"]),
            school=about["schools"][min(max(age - 3, 0) // 4, 3)] if is_pupil else "",
            **sealed_name(stage.keyring, row_id, stage.name()),
        )
