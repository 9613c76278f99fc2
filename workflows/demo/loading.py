"""The demo loaded: into an empty office only, the same for the same seed and day."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from casework.cases import imported
from casework.core.calendars import WorkCalendar
from casework.core.errors import refused
from casework.core.office import Office
from casework.matters import word_counts
from casework.registry import accounts
from casework.registry.calendar import load_calendar
from casework.registry.seeding import seed
from workflows.demo import consultations, county, desks, material, present, scripts, supervised, voices
from workflows.demo.campaign import checks
from workflows.demo.campaign import loading as campaign
from workflows.demo.playing import Played, Player, told_from
from workflows.demo.tales import tell

CASES = 300
# So many working days back; the last ones are busier, so that something lies on every desk.
_DAYS, _YOUNG_DAYS = 126, 12
_YOUNG_SHARE = 0.3
_TWINS = 0.035
# A few that nobody has moved for so long that they are on the list of level 3.
_FORGOTTEN, _LISTED_AGES = 3, (19, 26)


@dataclass(frozen=True, slots=True)
class Login:
    """One log-in that is shown at the start."""

    user_name: str
    name: str
    role: str


def load(
    office: Office, *, at: datetime, seed_number: int = 1, on_progress: Callable[[int, int], None] | None = None
) -> Played:
    """Found the demo county and let half a year pass in it.

    Raises:
        Refused: there are cases already, or the office is set to another county.
    """
    if office.settings.region != material.county()["county"]:
        raise refused("demo_needs_county", region=office.settings.region)
    with office.db.reading() as session:
        count = imported.count_cases(session)
    if count:
        raise refused("demo_not_empty", count=count)
    chance = random.Random(f"demo {seed_number}")
    with office.db.transaction() as session:
        seed(session, county=office.settings.region, at=at)
        cast = county.found(session, office, at=at)
        calendar = load_calendar(session)
    stage = campaign.load(office, cast, calendar, at=at, seed_number=seed_number)
    with office.db.transaction() as session:
        consultations.hold(session, cast, calendar, at=at)
    written = write_scripts(chance, cast, calendar, now=at)
    written += present.Present(chance, cast, calendar, now=at).scripts()
    played = Player(office, cast, calendar, written, at).play(on_progress=on_progress)
    supervised.lay(office, cast, calendar, at=at, told_from=told_from(calendar, at))
    with office.db.transaction() as session:
        made = [case_id for case_id in played.cases if case_id is not None]
        desks.lay(session, office, cast, calendar, cases=made, at=at)
        voices.speak(session, office, cast, calendar, at=at)
        checks.print_open(session, stage)
        imported.settle_older(session, before=told_from(calendar, at))
        word_counts.recount_if_grown(session, at=at)
    return played


def write_scripts(
    chance: random.Random, cast: county.Cast, calendar: WorkCalendar, *, now: datetime
) -> list[scripts.Script]:
    """Write the scripts of all cases, those reported first in front."""
    written: list[scripts.Script] = []
    told = _stories(chance)
    forgotten = _FORGOTTEN
    today = now.astimezone(calendar.zone).date()
    for reported in _arrivals(chance, calendar, now):
        tale = tell(chance, cast.villages, story=next(told))
        writer = scripts.Writer(chance, cast, calendar, tale=tale, reported=reported, now=now)
        age = calendar.count_workdays(reported.astimezone(calendar.zone).date(), today)
        fate = scripts.choose_fate(chance, age=age)
        if forgotten and _LISTED_AGES[0] <= age <= _LISTED_AGES[1] and tale.story["kind"] != "complaint":
            fate, forgotten = scripts.Writer.stuck, forgotten - 1
        fate(writer)
        written.append(writer.script)
        if fate is not scripts.Writer.declined and chance.random() < _TWINS:
            twin = tell(chance, cast.villages, story=tale.story, region_code=tale.region_code)
            later = reported + timedelta(minutes=chance.randint(20, 300))
            second = scripts.Writer(chance, cast, calendar, tale=twin, reported=min(later, now), now=now)
            second.merged(into=len(written) - 1)
            written.append(second.script)
    return written


def _stories(chance: random.Random) -> Iterator[material.Story]:
    """Yield stories without end, each of them once before any comes again."""
    while True:
        deck = list(material.stories())
        chance.shuffle(deck)
        yield from deck


def _arrivals(chance: random.Random, calendar: WorkCalendar, now: datetime) -> Sequence[datetime]:
    """Return when each case is reported, in order."""
    today = now.astimezone(calendar.zone).date()
    found = []
    for _ in range(CASES):
        young = chance.random() < _YOUNG_SHARE
        back = chance.randint(0, _YOUNG_DAYS) if young else chance.randint(_YOUNG_DAYS, _DAYS)
        day = calendar.add_workdays(today, -back) if back else today
        # Now and then somebody reports in the evening or at the weekend.
        minute = chance.randint(8 * 60 + 35, 17 * 60 + 20) if chance.random() < 0.93 else chance.randint(1080, 1290)
        local = datetime.combine(day, datetime.min.time(), tzinfo=calendar.zone) + timedelta(
            minutes=minute, seconds=chance.randint(0, 59)
        )
        instant = local.astimezone(UTC)
        if instant > now:
            instant -= timedelta(days=1)
        found.append(instant)
    return sorted(found)


def logins() -> Sequence[Login]:
    """Return the log-ins that are shown."""
    told = material.county()
    return [Login(user, name, role) for user, name, role, _, _ in told["people"][: told["shown"]]]


def is_loaded(office: Office) -> bool:
    """Say whether this office holds the demo: its first two people and cases are there."""
    with office.db.reading() as session:
        people = [accounts.by_user_name(session, each.user_name) for each in logins()]
        return all(people) and imported.count_cases(session) > 0
