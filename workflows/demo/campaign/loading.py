"""The campaign loaded into the demo county, before its half year of cases: the same for the same seed."""

import random
from datetime import datetime

from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.office import Office
from casework.registry import loading as registry
from workflows.demo import county, material
from workflows.demo.campaign import links, members
from workflows.demo.campaign.ledger import Ledger
from workflows.demo.campaign.stage import Stage

_TOWN = 9


def load(office: Office, cast: county.Cast, calendar: WorkCalendar, *, at: datetime, seed_number: int) -> None:
    """Tell the campaign and write it; nothing of it is recorded after `at`."""
    with office.db.transaction() as session:
        stage = _stage(session, cast, calendar, at=at, seed_number=seed_number)
        seats = members.tell(stage)
        links.tell(stage, seats)
        stage.ledger.write(session, now=at)


def _stage(session: Session, cast: county.Cast, calendar: WorkCalendar, *, at: datetime, seed_number: int) -> Stage:
    townships = {code[1:] for code in cast.handlers if code[1:].isdigit()}
    return Stage(
        chance=random.Random(f"campaign {seed_number}"),
        cast=cast,
        calendar=calendar,
        now=at,
        county=material.county()["county"],
        keyring=keyring_of(session),
        orgs={unit.code: unit.id for unit in registry.all_units(session)},
        towns={place.code: place.name for place in county.read_places() if place.code in townships},
        ledger=Ledger(),
    )
