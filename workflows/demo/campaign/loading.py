"""The campaign loaded into the demo county, before its half year of cases: the same for the same seed."""

import random
from dataclasses import replace
from datetime import datetime

from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.office import Office
from casework.registry import loading as registry
from workflows.demo import county, material
from workflows.demo.campaign import (
    announcing,
    checks,
    goals,
    industries,
    leads,
    links,
    living,
    meetings,
    members,
    money,
    naming,
    on_duty,
    planning,
    projects,
    troubles,
    villages,
    visits,
)
from workflows.demo.campaign.ledger import Ledger
from workflows.demo.campaign.living import Life
from workflows.demo.campaign.stage import Stage


def load(office: Office, cast: county.Cast, calendar: WorkCalendar, *, at: datetime, seed_number: int) -> Stage:
    """Tell the campaign and write it; nothing of it is recorded after `at`. Return where it was told."""
    with office.db.transaction() as session:
        stage = _stage(session, cast, calendar, at=at, seed_number=seed_number)
        lives = _tell(stage)
        stage.ledger.write(session, now=at)
    living.live(office, stage, lives)
    with office.db.transaction() as session:
        checks.hold(session, replace(stage, chance=random.Random(f"checks {seed_number}")))
    return stage


def _tell(stage: Stage) -> list[Life]:
    """Tell everything in memory; return the lives that are still to be lived."""
    seats = members.tell(stage)
    ties = links.tell(stage, seats)
    trades = industries.tell(stage)
    matters = villages.tell(stage, seats)
    meetings.tell(stage, seats)
    writer = troubles.Writer(stage)
    made = visits.tell(stage, ties)
    lives = writer.of_households(made)
    raised = [*writer.of_industries(trades), *writer.of_villages(matters)]
    works = projects.tell(stage, trades, matters, ties)
    money.tell(stage, works, raised)
    goals.tell(stage, ties, matters, trades, [*lives, *raised])
    # By a chance of its own: what is told of 2022 is the same whatever the day.
    own = random.Random(f"{stage.now:%Y-%m-%d} {stage.chance.random()}")
    present = visits.tell_present(replace(stage, chance=own), ties)
    planning.tell(replace(stage, chance=random.Random(f"plans {stage.chance.random()}")), ties, matters)
    announcing.tell(replace(stage, chance=random.Random(f"announcements {stage.now:%Y-%m-%d}")), seats)
    naming.tell(replace(stage, chance=random.Random("slogans")))
    on_duty.tell(replace(stage, chance=random.Random(f"duties {stage.now:%Y-%m-%d}")), seats)
    leads.tell(replace(stage, chance=random.Random(f"leads {stage.chance.random()}")), made, present)
    goals.tell_haves(replace(stage, chance=random.Random(f"haves {stage.chance.random()}")), ties)
    return [*lives, *raised]


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
